"""Texts of crystals for prediction: written as the corpus' were, and embedded by its encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.choices import REFUSE
from crystext.description.describer import versions
from crystext.errors import EmbeddingFailedError, SymmetryFailedError
from crystext.pipelines.describing import describe_many, ready_describer
from crystext.reading import to_crystal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from crystext.crystal import Crystal, Failure
    from crystext.description.record import Description
    from crystext.model.text import TextEncoder
    from crystext.model.text.batches import Tokens
    from crystext.unread import UnreadCrystal

_ANY = "Cu\n1\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n"  # POSCAR


class Reader:
    """Reads a crystal, and describes it where texts are read; also in a child process.

    Args:
        disorder: what to do with disordered crystals.
        describers: keyword arguments of :class:`crystext.Describer`, one after the other to be
            tried where the last found no space group, as the corpus was built; none for no text.
    """

    def __init__(self, disorder: str, describers: Sequence[Mapping[str, Any]] = ()) -> None:
        from crystext import Describer

        self._disorder = disorder
        to_crystal(_ANY)  # so that every library is loaded before a crystal's time is counted
        self._describers = [ready_describer(**settings) for settings in describers[:1]]
        self._describers += [Describer(**settings) for settings in describers[1:]]

    def describe(self, item: Any) -> tuple[Crystal, Description | None]:
        """The crystal, and its description.

        Raises:
            InputError: it is no crystal.
            DescriptionError: it cannot be described.
        """
        crystal = to_crystal(item, disorder=self._disorder)
        if not self._describers:
            return crystal, None
        failed: SymmetryFailedError | None = None
        for describer in self._describers:
            try:
                return crystal, describer.describe_read(crystal)
            except SymmetryFailedError as error:
                failed = failed or error
        assert failed is not None
        raise failed


def read_and_described(
    items: Iterable[Crystal | UnreadCrystal | Failure],
    words: Mapping[str, Any] | None,
    *,
    workers: int = 1,
    timeout: float | None = None,
) -> Iterator[tuple[Crystal, Description | None] | Failure]:
    """Each crystal with its description, or why it has none, in order.

    Args:
        items: crystals, read or not; failures are passed on.
        words: how the corpus was written, see
            :func:`crystext.model.training.corpus_record.describer_words`; ``None`` for no texts.
        workers: processes that read and describe.
        timeout: seconds that one crystal may take.
    """
    settings, symprecs = (words["settings"], words["symprecs"]) if words else ({}, [])
    given = {
        "disorder": settings.get("disorder", REFUSE),
        "describers": [settings | {"symprec": one} for one in symprecs],
    }
    factory = f"{Reader.__module__}:{Reader.__name__}"
    return describe_many(items, given, workers=workers, timeout=timeout, factory=factory)


def wording_differences(words: Mapping[str, Any]) -> list[str]:
    """What may word a text otherwise here than in the corpus, a line each."""
    here = versions()
    return [
        f"texts of the training were written with {name} {there}, here it is {here[name]}"
        for name, there in words["versions"].items()
        if here.get(name, there) != there
    ]


def embedded(
    encoder: TextEncoder, tokens: Tokens, rows: NDArray[np.int64], ids: Sequence[str]
) -> Iterator[tuple[int, NDArray[np.floating] | EmbeddingFailedError]]:
    """What the encoder makes of some texts, by their places among the tokens'.

    Yields:
        A vector (width,) of each text, or its token states (tokens, width) where the last layers
        are trained; or what went wrong with it.
    """
    read = encoder.embed if encoder.upper is None else encoder.states
    try:
        yield from zip(rows.tolist(), read(tokens, rows, ids), strict=True)
    except EmbeddingFailedError as error:  # of one of them; alone it shows of which
        if len(rows) == 1:
            yield int(rows[0]), error
            return
        for row in rows:
            yield from embedded(encoder, tokens, row[None], ids)
