"""CIF with few digits, of the primitive cell without symmetry or of the standard cell with it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from crystext.errors import UnreadableTextError
from crystext.representations.decimals import coordinates, parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gemmi.cif import Block

    from crystext.crystal import Crystal
    from crystext.representations.cell import Cells

ANGLE_DIGITS = 2
"""Decimals of angles: 0.01 degrees of 10 angstrom are 0.002."""
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
_SITE = ["label", "type_symbol", "fract_x", "fract_y", "fract_z"]
_ORBIT = ["site_symmetry_multiplicity", "Wyckoff_symbol"]


def without_symmetry(cells: Cells, digits: int) -> str:
    """CIF of every site of the canonical primitive cell."""
    structure = cells.sites
    symbols = [site.specie.symbol for site in structure]
    block = _block(
        structure.composition.as_dict(), parameters(structure.lattice, digits, ANGLE_DIGITS)
    )
    _group(block, 1, "P 1", ["x,y,z"])
    rows = [
        [f"{symbol}{place}", symbol, *coordinates(site.frac_coords, digits)]
        for place, (symbol, site) in enumerate(zip(symbols, structure, strict=True), start=1)
    ]
    _loop(block, "_atom_site_", _SITE, rows)
    return _text(block)


def with_symmetry(cells: Cells, digits: int) -> str:
    """CIF of one site of each orbit of the standard cell, with all operations."""
    cell = parameters(cells.symmetry.standard.lattice, digits, ANGLE_DIGITS)
    orbits = [
        (one.symbol, one.multiplicity, one.letter, coordinates(one.coords, digits))
        for one in cells.orbits
    ]
    return of_orbits(cells.symmetry.number, cell, orbits)


def of_orbits(
    number: int, cell: Sequence[str], orbits: Sequence[tuple[str, int, str, Sequence[str]]]
) -> str:
    """CIF of a crystal in the standard setting of its space group.

    Args:
        number: of the space group, 1 to 230.
        cell: three lengths and three angles.
        orbits: element, sites in the cell, Wyckoff letter and coordinates of one site of each.
    """
    content: dict[str, float] = {}
    for symbol, multiplicity, _, _ in orbits:
        content[symbol] = content.get(symbol, 0) + multiplicity
    block = _block(content, cell)
    _group(block, number, *_space_group(number))
    rows = [
        [f"{symbol}{place}", symbol, *coords, str(multiplicity), letter]
        for place, (symbol, multiplicity, letter, coords) in enumerate(orbits, start=1)
    ]
    _loop(block, "_atom_site_", [*_SITE, *_ORBIT], rows)
    return _text(block)


def read(text: str) -> Crystal:
    """The crystal of a CIF, read as files are.

    Raises:
        InputError: it cannot be read, or contradicts itself.
    """
    from crystext.reading import read_text

    found = read_text(text, fmt="cif", id="text")
    if len(found) > 1:
        raise UnreadableTextError(f"the text holds {len(found)} crystals; give one at a time")
    return found[0]


def _block(content: Mapping[str, float], cell: Iterable[str]) -> Block:
    """A block with the formula of a cell and its lengths and angles."""
    from gemmi import cif
    from pymatgen.core import Composition

    composition = Composition(content)
    reduced, units = composition.get_reduced_formula_and_factor()
    block = cif.Document().add_new_block(reduced)
    block.set_pair("_chemical_formula_sum", cif.quote(composition.hill_formula))
    block.set_pair("_cell_formula_units_Z", str(round(units)))
    for name, value in zip(_CELL, cell, strict=True):
        block.set_pair(f"_cell_{name}", value)
    return block


@cache
def _space_group(number: int) -> tuple[str, list[str]]:
    """Hermann-Mauguin symbol with its setting, and the operations, of spglib's standard setting."""
    import gemmi
    import spglib

    hall = next(one for one in range(1, 531) if _number(one) == number)  # the first is the standard
    found = spglib.get_symmetry_from_database(hall)
    assert found is not None, hall
    operations = []
    for rotation, translation in zip(found["rotations"], found["translations"], strict=True):
        one = gemmi.Op()
        one.rot = (rotation * gemmi.Op.DEN).tolist()
        one.tran = [round(float(value) * gemmi.Op.DEN) % gemmi.Op.DEN for value in translation]
        operations.append(one)
    group = gemmi.find_spacegroup_by_ops(gemmi.GroupOps(operations))
    return group.xhm(), [one.triplet() for one in operations]


def _number(hall: int) -> int:
    import spglib

    found = spglib.get_spacegroup_type(hall)
    assert found is not None, hall
    return int(found.number)


def _group(block: Block, number: int, symbol: str, operations: Sequence[str]) -> None:
    block.set_pair("_space_group_name_H-M_alt", f"'{symbol}'")
    block.set_pair("_space_group_IT_number", str(number))
    rows = [[f"'{one}'"] for one in operations]
    _loop(block, "_space_group_symop_", ["operation_xyz"], rows)


def _loop(block: Block, prefix: str, names: list[str], rows: list[list[str]]) -> None:
    loop = block.init_loop(prefix, names)
    for row in rows:
        loop.add_row(row)


def _text(block: Block) -> str:
    from gemmi import cif

    return block.as_string(cif.WriteOptions(cif.Style.NoBlankLines))
