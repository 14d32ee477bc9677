"""SHELX .res and .ins, also AIRSS's: cell, symmetry and atoms as refined.

The format: the manual of SHELXL-2018 (https://shelx.uni-goettingen.de/shelxl_html.php). What
SHELX calls sof holds the symmetry of the site: an atom on a twofold axis has 0.5. Occupancies are
sof times the number of operations that leave the position where it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crystext.errors import BadShelxError, ContradictionError, NoAtomsError, TruncatedFileError
from crystext.formats.asymmetric import (
    MAX_SHARE,
    AsymmetricUnit,
    Atom,
    Place,
    content_of,
    places_of,
    structure_of,
)
from crystext.formats.cif.labels import Site, note, other_elements
from crystext.formats.images import orbit
from crystext.formats.operations import (
    Operations,
    as_listed,
    centred,
    product,
    strain_notes,
    written,
)
from crystext.formats.parsed import Parsed, Part
from crystext.formats.shelx_atoms import Model, model_of
from crystext.formats.shelx_lines import lines_of
from crystext.formats.tokens import check_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping


_NAME = "the SHELX file"
_CENTRINGS = {
    1: (),
    2: ("1/2 1/2 1/2",),
    3: ("2/3 1/3 1/3", "1/3 2/3 2/3"),
    4: ("0 1/2 1/2", "1/2 0 1/2", "1/2 1/2 0"),
    5: ("0 1/2 1/2",),
    6: ("1/2 0 1/2",),
    7: ("1/2 1/2 0",),
}
"""Translations by the number of ``LATT``: P, I, R (obverse), F, A, B, C."""
_FULL = 2e-3
_UNIT_TOLERANCE = 0.02


def split(text: str) -> list[Part]:
    """The structures, one for each ``CELL`` that ``TITL`` or ``END`` parts from the one before."""
    lines = text.split("\n")
    starts: list[int] = []
    boundary: int | None = 0
    for row, line in enumerate(lines):
        key = line[:4].upper().rstrip()
        if key == "TITL" or (key == "END" and boundary is None):
            boundary = row + (key == "END")
        elif key == "CELL" and boundary is not None:
            starts.append(boundary)
            boundary = None
    starts = [0, *starts[1:]] if starts else [0]
    ends = [*starts[1:], len(lines)]
    pairs = zip(starts, ends, strict=True)
    return [Part("shelx", "\n".join(lines[start:end])) for start, end in pairs]


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads one structure.

    Args:
        content: from ``TITL`` on.
        max_sites: the most sites that the cell may have.

    Returns:
        The structure, its sites perhaps shared, with ``PART`` as ``disorder_group``; and notes.

    Raises:
        BadShelxError: a line does not hold what it must; the message names it.
        BadSymmetryError: the operations are no group, or do not fit the cell.
        NoAtomsError: there are none but peaks.
        TruncatedFileError: atoms of ``UNIT`` lack, and nothing ends the file.
        InputError: as :func:`crystext.formats.asymmetric.places_of`.
    """
    lines, notes = lines_of(content)
    model = model_of(lines)
    notes += model.notes
    if model.cell is None:
        raise BadShelxError(f"{_NAME} has no CELL; give wavelength, lengths and angles")
    check_parameters(model.cell, _NAME)
    if not model.atoms:
        peaks = " but peaks of the electron density" if model.peaks else ""
        raise NoAtomsError(f"{_NAME} lists no atoms{peaks}; refine it first")
    group = _group(model)
    unit = AsymmetricUnit(model.cell, model.atoms, group)
    notes += strain_notes(group, unit.lattice.matrix, _NAME, "LATT and SYMM")
    atoms = tuple(_with_occupancy(atom, unit, notes) for atom in unit.atoms)
    unit = replace(unit, atoms=atoms)
    places, more = places_of(unit, _NAME, max_sites=max_sites)
    notes += [*more, *_unit_notes(model, content_of(unit, places))]
    notes += _label_notes(model, unit, places)
    return Parsed(structure_of(unit, places), tuple(dict.fromkeys(notes)))


def _group(model: Model) -> Operations:
    """All operations: those listed, their products with the inversion, and the centrings.

    Raises:
        BadShelxError: there is no such ``LATT``.
        BadSymmetryError: they are no group.
    """
    if abs(model.lattice) not in _CENTRINGS:
        message = f"LATT of {_NAME} is {model.lattice}"
        raise BadShelxError(f"{message}; give 1 to 7, negative without a centre of symmetry")
    base = as_listed(["x,y,z", *model.symmetry], _NAME)
    if model.lattice > 0:
        base = product(as_listed(["x,y,z", "-x,-y,-z"], _NAME), base)
    shifts = [shift.split() for shift in _CENTRINGS[abs(model.lattice)]]
    centrings = ["x,y,z", *(f"x+{a},y+{b},z+{c}" for a, b, c in shifts)]
    pairs = zip(base.rotations, base.translations, strict=True)
    return centred([written(rotation, shift) for rotation, shift in pairs], centrings, _NAME)


def _with_occupancy(atom: Atom, unit: AsymmetricUnit, notes: list[str]) -> Atom:
    """The atom with its occupancy in the place of its sof.

    Raises:
        ContradictionError: there would be more than one atom on the place.
    """
    images = orbit(atom.position, unit.group, unit.lattice.matrix)
    order = len(unit.group) // len(images.coords)
    occupancy = atom.occupancy * order
    if order > 1 and abs(atom.occupancy - 1) < _FULL:
        notes.append(f"sof 1 on special positions is read as full, such as {atom.label}'s")
        occupancy = 1.0
    if occupancy > MAX_SHARE:
        message = f"{atom.label} of {_NAME} has the sof {atom.occupancy:g} where {order} operations"
        message += f" leave it in place, so that {occupancy:.3g} atoms lie there"
        raise ContradictionError(f"{message}; correct sof or position")
    if abs(occupancy - 1) < _FULL or occupancy > 1:
        occupancy = 1.0
    return replace(atom, occupancy=occupancy)


def _unit_notes(model: Model, content: Mapping[str, float]) -> list[str]:
    """A note where ``UNIT`` and the listed atoms count differently.

    Raises:
        TruncatedFileError: atoms lack, and neither ``END`` nor ``HKLF`` ends the file.
    """
    stated = _stated(model)
    differing = _differing(stated, content)
    if not differing:
        return []
    lacking = [one for one in differing if one != "H" and content.get(one, 0) < stated[one]]
    if lacking and not model.ended:
        words = ", ".join(differing[symbol] for symbol in lacking)
        message = f"{_NAME} has neither END nor HKLF, and lacks atoms of UNIT: {words}"
        raise TruncatedFileError(f"{message}; copy it again, or write END")
    return [f"the listed atoms are not those of UNIT: {', '.join(differing.values())}"]


def _differing(stated: Mapping[str, float], content: Mapping[str, float]) -> dict[str, str]:
    """The elements of which there are more or fewer atoms than stated, and how many, in words."""
    return {
        symbol: f"{symbol}{content.get(symbol, 0):.4g} instead of {symbol}{count:g}"
        for symbol, count in stated.items()
        if abs(content.get(symbol, 0) - count) > max(_UNIT_TOLERANCE * count, 0.05)
    }


def _label_notes(model: Model, unit: AsymmetricUnit, places: list[Place]) -> list[str]:
    """A note where names tell other elements than ``SFAC``, unless ``UNIT`` speaks against them."""
    sites = [Site(one.element, one.label, one.element, one.position) for one in unit.atoms]
    named = other_elements(sites)
    atoms = tuple(
        replace(atom, element=named.get(at, atom.element)) for at, atom in enumerate(unit.atoms)
    )
    content = content_of(replace(unit, atoms=atoms), places)
    stated = _stated(model)
    return [] if stated and _differing(stated, content) else note(sites, named)


def _stated(model: Model) -> dict[str, float]:
    """The atoms of the cell by ``SFAC`` and ``UNIT``, deuterium as H; empty where not known."""
    counting = list(range(1, len(model.unit) + 1))  # 1 2 3 4 stands for numbers not yet known
    if len(model.unit) != len(model.elements) or (len(counting) > 2 and model.unit == counting):
        return {}
    stated: dict[str, float] = {}
    for element, count in zip(model.elements, model.unit, strict=True):
        symbol = "H" if element in {"D", "T"} else element
        stated[symbol] = stated.get(symbol, 0.0) + count
    return stated
