"""What the instructions of a SHELX file say, up to the atoms with their parts and residues."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crystext.errors import BadShelxError, ContradictionError, UnknownSpeciesError, shown
from crystext.formats.asymmetric import Atom
from crystext.formats.shelx_lines import ENDS, check_finite, decoded, numbers_of, whole
from crystext.formats.tokens import is_symbol, number, numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.formats.shelx_lines import Line

_RIGID = 5
"""Tens of ``AFIX`` from which atoms at 0 0 0 are placed by SHELXL itself."""


@dataclass
class Model:
    """A SHELX file as listed.

    Attributes:
        cell: a, b, c in angstrom, alpha, beta, gamma in degrees.
        lattice: the number of ``LATT``; 1, primitive with a centre, where there is none.
        symmetry: texts of ``SYMM``.
        elements: of ``SFAC``.
        unit: numbers of ``UNIT``.
        variables: of ``FVAR``.
        atoms: with sof in the place of the occupancy and ``PART`` as group.
        peaks: how many peaks were left out.
        ended: whether ``END`` or ``HKLF`` stands behind the atoms.
        notes: one line each.
    """

    cell: tuple[float, float, float, float, float, float] | None = None
    lattice: int = 1
    symmetry: list[str] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    unit: list[float] = field(default_factory=list)
    variables: list[float] = field(default_factory=list)
    atoms: tuple[Atom, ...] = ()
    peaks: int = 0
    ended: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass
class _Context:
    """What earlier instructions say about the atoms that follow."""

    part: int = 0
    sof_of_part: float | None = None
    afix: int = 0
    sof_of_afix: float | None = None
    residue: str = ""
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    sign: float = 1.0
    in_fragment: bool = False


def model_of(lines: Iterable[Line]) -> Model:
    """Reads instructions and atoms.

    Raises:
        BadShelxError: a line does not hold what it must; the message names it.
        UnknownSpeciesError: ``SFAC`` names no element.
        ContradictionError: ``CELL`` or ``LATT`` stands there twice with different values.
    """
    lines = list(lines)
    model = Model()
    for line in lines:  # variables and elements count wherever they stand
        if line.key == "FVAR":
            model.variables += numbers_of(line)
        elif line.key == "SFAC":
            model.elements += _elements(line)
        elif line.key == "UNIT":
            model.unit += numbers_of(line)
    _check_once(lines, "CELL")
    _check_once(lines, "LATT")
    model.ended = any(line.key in ENDS for line in lines)
    context = _Context()
    atoms: list[Atom] = []
    for line in lines:
        if line.key:
            _instruct(model, context, line)
        elif context.in_fragment:
            continue
        elif re.fullmatch(r"Q\d+", line.words[0], re.IGNORECASE):
            model.peaks += 1
        else:
            atoms.append(_atom(line, model, context))
    model.atoms = tuple(atom for atom in atoms if atom.occupancy > 0)
    _note_left_out(model, [atom.label for atom in atoms if not atom.occupancy > 0])
    return model


def _note_left_out(model: Model, absent: list[str]) -> None:
    if model.peaks:
        model.notes.append(f"peaks of the electron density left out: {model.peaks}")
    if absent:
        names = ", ".join(absent[:3]) + " …" * (len(absent) > 3)
        model.notes.append(f"atoms of occupancy 0 left out: {names}")


def _check_once(lines: Iterable[Line], key: str) -> None:
    found = [line for line in lines if line.key == key]
    for line in found[1:]:
        if line.words[1:] != found[0].words[1:]:
            message = f"line {line.number} of the SHELX file gives {key} again, not as before"
            raise ContradictionError(f"{message}; remove one")


def _elements(line: Line) -> list[str]:
    """The elements of ``SFAC``: a list of them, or one with its scattering factors."""
    words = line.words[1:]
    if len(words) > 1 and number(words[1]) is not None:
        words = words[:1]
    return [_element(word, line) for word in words]


def _element(word: str, line: Line) -> str:
    found = re.fullmatch(r"\$?([A-Za-z]{1,2})(\d*[+-]|[+-]\d*)?", word)
    symbol = found[1].capitalize() if found else ""
    if symbol == "T" or not is_symbol(symbol):  # a tetrahedral site, not tritium
        message = f"SFAC in line {line.number} of the SHELX file names {shown(word)}"
        raise UnknownSpeciesError(f"{message}, which is no chemical element; correct it")
    return symbol


def _instruct(model: Model, context: _Context, line: Line) -> None:
    """Takes what an instruction says about cell, symmetry or the atoms that follow."""
    if line.key == "CELL":
        _, a, b, c, alpha, beta, gamma, *_ = numbers_of(line, least=7)
        model.cell = (a, b, c, alpha, beta, gamma)
    elif line.key == "LATT":
        model.lattice = whole(numbers_of(line, least=1)[0], line)
    elif line.key == "SYMM":
        model.symmetry.append("".join(line.words[1:]))
    elif line.key == "PART":
        values = numbers_of(line) or [0.0]
        context.part = whole(values[0], line)
        context.sof_of_part = values[1] if len(values) > 1 else None
    elif line.key == "AFIX":
        values = numbers_of(line) or [0.0]
        context.afix = whole(values[0], line)
        context.sof_of_afix = values[2] if len(values) > 2 else None
    elif line.key == "RESI":
        digits = [word for word in line.words[1:] if re.fullmatch(r"\S*\d+", word)]
        context.residue = f"_{digits[0]}" if digits and digits[0] != "0" else ""
    elif line.key == "MOVE":
        values = numbers_of(line, least=3)
        context.shift = (values[0], values[1], values[2])
        context.sign = values[3] if len(values) > 3 else 1.0
    elif line.key in {"FRAG", "FEND"}:
        context.in_fragment = line.key == "FRAG"


def _atom(line: Line, model: Model, context: _Context) -> Atom:
    """An atom: name, number in ``SFAC``, coordinates, sof.

    Raises:
        BadShelxError: the line is none.
        NotFiniteError: a number is NaN or infinite.
    """
    name, *words = line.words
    values = numbers_in(words[:5])
    what = f"line {line.number} of the SHELX file"
    if (
        not name[0].isalpha()
        or values is None
        or len(values) < 4
        or not re.fullmatch(r"[0-9]{1,3}", words[0])
    ):
        message = f"{what} is {shown(' '.join(line.words))}"
        raise BadShelxError(f"{message}, neither an instruction nor an atom; correct it")
    check_finite(values, line)
    kind = int(words[0])
    if not 1 <= kind <= len(model.elements):
        message = f"{what} names element {kind} of the {len(model.elements)} that SFAC lists"
        raise BadShelxError(f"{message}; correct one of them")
    if not any(values[1:4]) and context.afix // 10 >= _RIGID:
        message = f"{name} in {what} is to be placed by AFIX {context.afix}"
        raise BadShelxError(f"{message}; refine it first and give the .res")
    coded = values[4] if len(values) > 4 else 11.0
    for override in (context.sof_of_afix, context.sof_of_part):
        coded = coded if override is None else override
    sof = decoded(coded, model.variables, line)
    if not -1e-6 <= sof <= 1000:
        message = f"{name} in {what} has the occupancy {sof:g}"
        raise BadShelxError(f"{message}; correct sof or FVAR")
    position = [
        shift + context.sign * decoded(value, model.variables, line)
        for value, shift in zip(values[1:4], context.shift, strict=True)
    ]
    return Atom(
        label=name + context.residue,
        element=model.elements[kind - 1],
        position=(position[0], position[1], position[2]),
        occupancy=sof if sof > 1e-6 else 0.0,
        group=str(context.part) if context.part else "",
    )
