"""The cell of a CIF: six numbers, those left out by the rules of the crystal system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.errors import BadCifError, ZeroVolumeError
from crystext.formats.cif.values import number
from crystext.formats.tokens import check_parameters

if TYPE_CHECKING:
    from crystext.formats.cif.blocks import Block

LENGTHS = ("_cell_length_a", "_cell_length_b", "_cell_length_c")
ANGLES = ("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma")
_SYSTEM = ("_space_group_crystal_system", "_symmetry_cell_setting")
_EQUAL = {"cubic": "abc", "rhombohedral": "abc", "tetragonal": "ab", "hexagonal": "ab"}
_EQUAL |= {"trigonal": "ab"}

_ANGSTROM = re.compile(r"\s*(?:A|Ang|Angstroms?)\.?", re.IGNORECASE)
_DEGREES = re.compile(r"\s*(?:deg|degrees?)\.?", re.IGNORECASE)

Cell = tuple[float, float, float, float, float, float]


def cell_of(block: Block) -> tuple[Cell, list[str]]:
    """The cell's parameters in angstrom and degrees, and notes on those that were left out.

    Raises:
        BadCifError: a length is missing, or a value is no number or negative.
        NotFiniteError: one is NaN or infinite.
        ZeroVolumeError: they span no volume.
    """
    system = (block.one(*_SYSTEM) or "").lower()
    equal = _EQUAL.get(system, "a")
    lengths: list[float] = []
    angles: list[float] = []
    left_out: list[str] = []
    for axis, key in zip("abc", LENGTHS, strict=True):
        text = block.one(key)
        if text is None and axis in equal and lengths:
            left_out.append(f"{axis} = a")
            lengths.append(lengths[0])
            continue
        if block.column(key) is None:
            message = f"{block.name} has no {key}; give the cell's six parameters"
            raise BadCifError(message)
        lengths.append(number(_bare(text, _ANGSTROM), f"{key} of {block.name}"))
        if not lengths[-1] > 0:
            raise ZeroVolumeError(f"{key} of {block.name} is {text}; give a length above 0")
    for key in ANGLES:
        text = block.one(key)
        if text is not None:
            angles.append(number(_bare(text, _DEGREES), f"{key} of {block.name}"))
            continue
        # the dictionary's default is 90
        angles.append(120.0 if key == ANGLES[2] and system in {"hexagonal", "trigonal"} else 90.0)
        left_out.append(f"{key.removeprefix('_cell_angle_')} = {angles[-1]:g}")
    (a, b, c), (alpha, beta, gamma) = lengths, angles
    cell = (a, b, c, alpha, beta, gamma)
    check_parameters(cell, block.name)
    notes = [f"not in the file and set by its crystal system or default: {', '.join(left_out)}"]
    return cell, notes if left_out else []


def _bare(text: str | None, unit: re.Pattern[str]) -> str | None:
    """A number without the unit that it has by the dictionary, where someone wrote it."""
    found = re.match(r"[^A-Za-z]*", text or "")
    if text and found and unit.fullmatch(text, len(found[0].rstrip())):
        return found[0].rstrip()
    return text
