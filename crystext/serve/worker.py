"""What the child process of the page does: finds structures, describes them, predicts.

Everything that an upload can do to a program, it does here: in a process under a time limit that
can be killed (:class:`crystext.pipelines.parallel.limited_describer.LimitedDescriber`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.choices import DISORDER, REFUSE
from crystext.crystal import Failure
from crystext.errors import CrystextError, UsageError, shown
from crystext.formats.catalogue import CATALOGUE
from crystext.settings import check_choice
from crystext.spread import with_spread

if TYPE_CHECKING:
    from crystext.crystal import Crystal
    from crystext.description.record import Description
    from crystext.unread import UnreadCrystal

MOST_UNPACKED = 20_000_000
"""The most bytes of an upload once it is unpacked."""


@dataclass(frozen=True)
class Upload:
    """What was dropped or pasted.

    Attributes:
        data: the bytes; nothing else is ever read.
        name: what the file is called there, for the id and the format; it names no file here.
        format: a key of the formats, or ``None`` to tell it from name and content.
        disorder: what to do with disordered crystals.
    """

    data: bytes
    name: str = ""
    format: str | None = None
    disorder: str = REFUSE

    def __post_init__(self) -> None:
        """Refuses what is not known.

        Raises:
            UsageError: of format or disorder.
        """
        check_choice("disorder", self.disorder, DISORDER)
        if self.format is not None and self.format not in CATALOGUE:
            raise UsageError(f"format {shown(self.format)} is not known; see crystext formats")


@dataclass(frozen=True)
class Found:
    """One structure of an upload, to be described."""

    crystal: UnreadCrystal
    disorder: str


class PageWorker:
    """Answers the questions of the page; lives in the child process.

    Args:
        run: folder of a finished run that predicts; ``None`` for the networks of the package.
        max_sites: refuse larger structures.
        predicts: whether anything is predicted.
    """

    def __init__(self, *, run: str | None, max_sites: int, predicts: bool = True) -> None:
        from crystext.pipelines.describing import ready_describer

        self._max_sites = max_sites
        self._describers = {REFUSE: ready_describer(max_sites=max_sites)}
        self._predictor = None
        if predicts:
            from crystext.model import load

            self._predictor = load(run, device="cpu")

    def describe(self, question: Upload | Found) -> Any:
        """The structures of an upload, unread; or of one of them all that the page shows.

        Raises:
            CrystextError: there is none, or it cannot be described.
        """
        if isinstance(question, Upload):
            return split(question)
        return self._shown(question)

    def _shown(self, question: Found) -> dict[str, Any]:
        from crystext import Describer

        if question.disorder not in self._describers:
            self._describers[question.disorder] = Describer(
                disorder=question.disorder, max_sites=self._max_sites
            )
        describer = self._describers[question.disorder]
        crystal = describer.read(question.crystal)
        return card(describer.describe_read(crystal)) | self._prediction(crystal)

    def _prediction(self, crystal: Crystal) -> dict[str, Any]:
        if self._predictor is None:
            return {}
        try:
            found = list(self._predictor.predict([crystal]))
        except CrystextError as error:
            found = [Failure(crystal.id, error)]
        return {"predictions": [predicted(one) for one in found]}


def predicted(found: Any) -> dict[str, Any]:
    """What the page shows of a prediction, or why there is none."""
    if isinstance(found, Failure):
        return {"code": found.error.code, "message": found.error.message}
    value = f"{found.value:.4g} {found.unit}".strip()
    if found.spread is not None:
        value = f"{with_spread(found.value, found.spread)} {found.unit}".strip()
    return {"property": found.property, "value": value, "notes": list(found.notes)}


def split(upload: Upload) -> list[UnreadCrystal]:
    """The structures of an upload, found and not yet read.

    Raises:
        InputError: there is none.
    """
    from pathlib import PurePath

    from crystext.formats.names import format_of_name, stem
    from crystext.formats.packed import text_of
    from crystext.reading import unread_text

    name = PurePath(upload.name.replace("\\", "/")).name
    text = text_of(upload.data, name or "the text", MOST_UNPACKED)
    fmt = upload.format or (format_of_name(name) if name else None)
    return unread_text(text, fmt=fmt, id=(stem(name) if name else "") or "pasted")


def card(description: Description) -> dict[str, Any]:
    """What the page shows of a description: plain text, but for the picture, which is SVG."""
    from crystext.notebook.html import summary_of
    from crystext.notebook.svg import picture

    drawn = description.drawn
    title = f"Unit cell of {description.formula}"
    return {
        "id": description.id,
        "facts": summary_of(description),
        "global": description.global_text,
        "local": description.local_text,
        "notes": list(description.notes),
        "svg": picture(drawn, title, width=340, height=300) if drawn else "",
    }
