"""From a crystal to a text of some form, and back."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any

from crystext.choices import DISORDER, REFUSE
from crystext.errors import UsageError
from crystext.representations.cell import Cells
from crystext.representations.representation import REPRESENTATIONS
from crystext.settings import check_choice, check_number, check_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crystext.crystal import Crystal
    from crystext.representations.representation import Representation

MOST_DIGITS = 8
_LEAST_SYMPREC, _MOST_SYMPREC = 1e-8, 10.0


def encode(
    structure: Any,
    representation: str,
    *,
    digits: int | None = None,
    canonical: bool = True,
    symprec: float = 0.01,
    disorder: str = REFUSE,
) -> str:
    """A crystal as one of the texts that language models are compared on.

    >>> crystext.encode("NaCl.cif", "composition")
    'ClNa'

    What was mended or doubtful while reading stands in the notes of :meth:`Encoder.describe`.

    Args:
        structure: as :func:`crystext.describe` takes it.
        representation: one of :data:`~crystext.representations.representation.REPRESENTATIONS`.
        digits: decimals of lengths or coordinates; as published if not given.
        canonical: choose cell, origin and order of sites anew, so that the text depends on the
            crystal alone; else they are taken as given, where the form does not ask for the
            standard cell.
        symprec: symmetry tolerance in angstrom.
        disorder: ``refuse``, ``majority`` or ``order``.

    Raises:
        InputError: the structure cannot be read.
        DescriptionError: no symmetry is found.
        UsageError: there is no such form, or it has no digits to choose.
        MissingExtraError: its package is not installed.
    """
    encoder = Encoder(
        (representation,), digits=digits, canonical=canonical, symprec=symprec, disorder=disorder
    )
    return encoder.describe(structure).texts[representation]


@dataclass(frozen=True)
class Encoded:
    """A crystal's texts.

    Attributes:
        id: of the crystal.
        texts: by the name of the representation.
        notes: what was mended or doubtful while reading, one line each.
    """

    id: str
    texts: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, str]:
        """Id and texts, for JSON."""
        return {"id": self.id, **self.texts}


@dataclass(frozen=True)
class Encoder:
    """Writes crystals in several forms; what the forms share is computed once a crystal.

    Attributes:
        representations: their names.
        digits: as :func:`encode`.
        canonical: as :func:`encode`.
        symprec: as :func:`encode`.
        disorder: as :func:`encode`.
        max_sites: refuse larger structures.

    Raises:
        UsageError: a setting is wrong.
    """

    representations: Sequence[str]
    _: KW_ONLY
    digits: int | None = None
    canonical: bool = True
    symprec: float = 0.01
    disorder: str = REFUSE
    max_sites: int | None = None

    def __post_init__(self) -> None:
        """Checks the settings."""
        for name in self.representations:
            find(name)
        check_digits(self.digits, self.representations)
        check_number("symprec", self.symprec, _LEAST_SYMPREC, _MOST_SYMPREC, "angstrom")
        check_choice("disorder", self.disorder, DISORDER)

    def describe(self, structure: Any) -> Encoded:
        """The texts of a structure, of anything that :func:`crystext.describe` takes.

        Raises:
            InputError: the structure cannot be read.
            DescriptionError: no symmetry is found.
        """
        from crystext.reading import to_crystal

        crystal = to_crystal(structure, disorder=self.disorder, max_sites=self.max_sites)
        return Encoded(crystal.id, self.texts(crystal), crystal.notes)

    def texts(self, crystal: Crystal) -> dict[str, str]:
        """The texts of a crystal that was read and checked."""
        cells = Cells.of(crystal.structure, canonical=self.canonical, symprec=self.symprec)
        return {name: find(name).write(cells, self.digits) for name in self.representations}


def decode(text: str, representation: str, *, id: str = "text") -> Crystal:  # noqa: A002 (as the field)
    """The crystal of such a text, checked as one read from a file is.

    >>> crystext.decode(text, "wyckoff-sites").structure

    What a form loses, its digits above all, does not come back:
    :data:`~crystext.representations.representation.REPRESENTATIONS` says what. Of Wyckoff letters
    only the multiplicity counts; coordinates say where a site is.

    Args:
        text: what :func:`encode`, a person or a model wrote.
        representation: its form.
        id: of the crystal.

    Returns:
        The crystal; its notes say what was mended or doubtful.

    Raises:
        InputError: the text is not of this form, or is no sound crystal.
        UsageError: no crystal can be made of this form.
    """
    from crystext.validation import check_crystal

    found = find(representation)
    if found.read_by is None:
        able = ", ".join(one.name for one in REPRESENTATIONS.values() if one.read_by)
        raise UsageError(
            f"no crystal can be made of {found.name}: it loses {found.loses}; those that can be "
            f"read are {able}"
        )
    return check_crystal(replace(found.read(text), id=id))


def find(name: str) -> Representation:
    """The representation of this name.

    Raises:
        UsageError: there is none.
    """
    check_choice("the representation", name, tuple(REPRESENTATIONS))
    return REPRESENTATIONS[name]


def check_digits(digits: int | None, names: Sequence[str]) -> None:
    """Refuses digits that no text of these forms has.

    Raises:
        UsageError: the number is none, or there is no form with digits.
    """
    if digits is None:
        return
    check_whole("digits", digits, 0, MOST_DIGITS)
    if all(REPRESENTATIONS[name].digits is None for name in names):
        raise UsageError(f"{', '.join(names)} has no digits to choose; leave them out")
