"""The rows of a CIF's atom loop: numbers checked, defaults by the dictionary's meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import BadCifError, CrystextError, NoAtomsError, shown
from crystext.formats.asymmetric import MAX_SHARE
from crystext.formats.cif import both_places
from crystext.formats.cif.species import HYDROGENS, readings
from crystext.formats.cif.values import coordinate, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.formats.cif.blocks import Block

FRACTIONAL = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
CARTESIAN = ("_atom_site_cartn_x", "_atom_site_cartn_y", "_atom_site_cartn_z")
_LABEL, _SYMBOL = "_atom_site_label", "_atom_site_type_symbol"
_MULTIPLICITIES = ("_atom_site_site_symmetry_multiplicity", "_atom_site_symmetry_multiplicity")
_OCCUPANCIES = tuple(
    f"_atom_site_{name}"
    for name in (
        *("occupancy", "occ", "sof", "site_occupancy", "occupancies", "occupation"),
        *("occupancy_factor", "site_occupancy_factor", "occupation_factor", "fract_occupancy"),
    )
)
"""The dictionary's name, and what people call it."""
_NOTHING = 1e-4  # of an atom
_NAMED = 4  # sites that a note names


@dataclass(frozen=True)
class SiteRow:
    """One row, before its element is known.

    Attributes:
        label: as the file writes it.
        symbol: type symbol, ``None`` where there is none.
        position: fractional coordinates.
        occupancy: share of the site, above 0 and at most 1.
        assembly: disorder assembly, empty for none.
        group: disorder group, empty for none.
        hydrogens: attached ones without positions, as ``_atom_site_attached_hydrogens`` says.
        apart: partly occupied, and no symmetry element is said to hold it.
        multiplicity: as the file states it, ``None`` where it does not.
    """

    label: str
    symbol: str | None
    position: tuple[float, float, float]
    occupancy: float
    assembly: str
    group: str
    hydrogens: float
    apart: bool
    multiplicity: int | None = None


def rows_of(block: Block, matrix: NDArray[np.float64]) -> tuple[list[SiteRow], list[str]]:
    """Reads the rows.

    Args:
        block: the data block.
        matrix: lattice vectors as rows, angstrom, for Cartesian coordinates.

    Returns:
        The rows that stand for atoms, and notes on those that do not.

    Raises:
        BadCifError: a column is missing or a value is no number.
        NotFiniteError: a coordinate is NaN or infinite.
        NoAtomsError: no row is left.
    """
    table = _table(block)
    cartesian = not any(tag in table for tag in FRACTIONAL)
    columns = CARTESIAN if cartesian else FRACTIONAL
    shares = next((tag for tag in _OCCUPANCIES if any(table.get(tag, ()))), _OCCUPANCIES[0])
    to_fractional = np.linalg.inv(matrix) if cartesian else None
    rows: list[SiteRow] = []
    above: list[str] = []
    left_out: dict[str, list[str]] = {}
    for at in range(len(table[columns[0]])):
        values = {tag: column[at] for tag, column in table.items()}
        label = values.get(_LABEL) or values.get(_SYMBOL) or f"row {at + 1}"
        if reason := _is_no_atom(values, columns, label):
            left_out.setdefault(reason, []).append(label)
            continue
        where = f"site {shown(label)} of {block.name}"
        x, y, z = ((number if cartesian else coordinate)(values[tag], where) for tag in columns)
        if to_fractional is not None:
            x, y, z = (np.array([x, y, z]) @ to_fractional).tolist()
        occupancy = _occupancy(values.get(shares, ""), where)
        if occupancy > 1:
            above.append(label)
        if occupancy < _NOTHING:
            left_out.setdefault("of occupancy 0", []).append(label)
            continue
        rows.append(
            SiteRow(
                label,
                values.get(_SYMBOL) or None,
                (x, y, z),
                min(occupancy, 1.0),
                values.get("_atom_site_disorder_assembly") or "",
                _group(values.get("_atom_site_disorder_group")),
                _count(values.get("_atom_site_attached_hydrogens"), where),
                occupancy < 1 and _apart(values),
                _multiplicity(values),
            )
        )
    if not rows:
        message = f"{block.name} lists no atom with a position; export it again"
        raise NoAtomsError(message)
    notes = _notes(left_out, table.get(shares) or [])
    if all(tag in table for tag in (*FRACTIONAL, *CARTESIAN)):
        labels = [text or "?" for text in table.get(_LABEL) or table[_SYMBOL]]
        one, other = ({tag: table[tag] for tag in tags} for tags in (FRACTIONAL, CARTESIAN))
        notes += both_places.note(labels, one, other, matrix)
    if above:
        notes.append(f"occupancies a little above 1 read as 1: {_some(above)}")
    return rows, notes


def _table(block: Block) -> dict[str, list[str | None]]:
    """The columns that stand beside the coordinates; one row may stand outside a loop."""
    only_cartesian = all(map(block.column, CARTESIAN)) and not any(map(block.column, FRACTIONAL))
    columns = CARTESIAN if only_cartesian else FRACTIONAL
    table = {
        tag: column
        for tag, column in block.items.items()
        if tag.startswith("_atom_site_") and not tag.startswith("_atom_site_aniso_")
    }
    for tag in columns:
        if tag not in table:
            message = f"{block.name} has no loop with {tag}"
            raise BadCifError(f"{message}; list the sites with fractional coordinates")
    if _LABEL not in table and _SYMBOL not in table:
        message = f"{block.name} has no loop with {_LABEL}; name each site's element"
        raise BadCifError(message)
    loop = next((loop for loop in block.loops if columns[0] in loop), None)
    if loop is not None:
        table = {tag: column for tag, column in table.items() if tag in loop}
    wanted = len(table[columns[0]])
    for tag in (*columns, _LABEL, _SYMBOL):
        if tag not in table:
            if tag in block.items and tag not in (_LABEL, _SYMBOL):
                message = f"{tag} of {block.name} stands apart from {columns[0]}"
                raise BadCifError(f"{message}; list the sites in one loop")
            continue
        if len(table[tag]) != wanted:
            message = f"{tag} of {block.name} has {len(table[tag])} values for {wanted} sites"
            raise BadCifError(f"{message}; list the sites in one loop")
    if _LABEL not in table and _SYMBOL not in table:
        message = f"the loop of sites of {block.name} has no {_LABEL}; name each site's element"
        raise BadCifError(message)
    return {tag: column for tag, column in table.items() if len(column) == wanted}


def _is_no_atom(
    values: dict[str, str | None], columns: tuple[str, str, str], label: str
) -> str | None:
    """Why a row is no atom with a position; ``None`` where it is one."""
    if (values.get("_atom_site_calc_flag") or "").lower() in {"dum", "dummy"}:
        return "marked as dummies"
    if any(values[tag] for tag in columns):
        return None
    found = readings(values.get(_SYMBOL), label)
    return "hydrogens without coordinates" if found and found[0].element in HYDROGENS else None


def _occupancy(text: str | None, where: str) -> float:
    if not text:
        return 1.0
    value = number(text, f"the occupancy of {where}")
    if value < 0 or value > MAX_SHARE:
        raise BadCifError(f"the occupancy of {where} is {text}; give a share from 0 to 1")
    return value


def _apart(values: dict[str, str | None]) -> bool:
    """Whether the file says that the atom lies on no special position, or is disordered there."""
    orders = ("_atom_site_site_symmetry_order", "_atom_site_symmetry_order")
    group = values.get("_atom_site_disorder_group") or ""
    return group.startswith("-") or any(values.get(tag) == "1" for tag in orders)


def _multiplicity(values: dict[str, str | None]) -> int | None:
    """The multiplicity; one that is no number says nothing."""
    found = next((values[tag] for tag in _MULTIPLICITIES if values.get(tag)), None)
    return int(found) if found and re.fullmatch(r"[1-9][0-9]{0,2}", found) else None


def _group(text: str | None) -> str:
    return "" if text in {None, "0"} else str(text)


def _count(text: str | None, where: str) -> float:
    if not text:
        return 0.0
    value = number(text, f"the attached hydrogens of {where}")
    if value < 0:
        raise BadCifError(f"the attached hydrogens of {where} are {text}; give 0 or more")
    return value


def _notes(left_out: dict[str, list[str]], occupancies: list[str | None]) -> list[str]:
    notes = []
    for reason, labels in left_out.items():
        notes.append(f"rows left out, {reason}: {_some(labels)}")
    if (unknown := sum(value is None for value in occupancies)) and any(occupancies):
        notes.append(f"the occupancy of {unknown} site{'s'[: unknown > 1]} is unknown; read as 1")
    return notes


def _some(labels: list[str]) -> str:
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(labels[:_NAMED]) + more


def charges_of(block: Block) -> dict[str, float]:
    """Oxidation states by type symbol, as ``_atom_type_oxidation_number`` gives them."""
    symbols = block.column("_atom_type_symbol") or []
    states = block.column("_atom_type_oxidation_number") or []
    if len(symbols) != len(states):
        return {}
    charges = {}
    for symbol, state in zip(symbols, states, strict=True):
        if symbol and state:
            try:
                charges[symbol] = number(state, "")
            except CrystextError:
                return {}
    return charges
