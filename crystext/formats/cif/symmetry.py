"""Which symmetry a CIF gives: operations, Hall symbol, Hermann-Mauguin symbol, number, in order.

What stands higher in this order is trusted more. A symbol or number that leaves the origin, the
axes or the setting open gives several candidates; those that do not fit the cell are dropped here,
and the sites decide among the rest (:mod:`crystext.formats.cif.reading`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import BadSymmetryError, shown
from crystext.formats.cif.symbols import Setting, of_hall, of_number, of_symbol, without_extension
from crystext.formats.operations import (
    STRAINED,
    WRONG,
    Operations,
    centred,
    listed,
    strain_notes,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.formats.cif.blocks import Block

_OPERATIONS = (
    "_space_group_symop_operation_xyz",
    "_symmetry_equiv_pos_as_xyz",
    "_space_group_symop_operation_xyz_",
    "_symmetry_equiv_as_xyz",
)
_MAGNETIC = "_space_group_symop_magn_operation_xyz"
_CENTRING = "_space_group_symop_magn_centering_xyz"
_MAGNETIC_GROUP = tuple(
    f"_space_group_magn_{what}_{whose}"
    for what in ("number", "name")
    for whose in ("bns", "og", "uni")
)
_TRIVIAL = re.compile(r"(P\s*)?1(\.[12])?(\.\d+)?$")
_HALL = ("_space_group_name_hall", "_symmetry_space_group_name_hall")
_SYMBOL = (
    "_space_group_name_h-m_full",
    "_space_group_name_h-m_alt",
    "_symmetry_space_group_name_h-m",
    "_space_group_name_h-m",
    "_space_group_name_h-m_ref",
)
_DIGITS = 10  # of a number that is still read as one
_NUMBER = ("_space_group_it_number", "_symmetry_int_tables_number", "_space_group_it_number_")
IDENTITY = Operations(np.eye(3, dtype=np.int64)[None], np.zeros((1, 3)))
"""The group of P 1."""
AS_LISTED = "sites as listed"
"""Source of a candidate without symmetry where the symbol does not fit and no site is missing."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One reading of the symmetry.

    Attributes:
        operations: the group.
        source: ``operations``, ``Hall symbol``, ``symbol``, ``number``, ``nothing`` or
            :data:`AS_LISTED`.
        name: of the setting, for messages.
    """

    operations: Operations
    source: str
    name: str = ""


@dataclass(frozen=True)
class Statements:
    """What the file says of its symmetry.

    Attributes:
        operations: listed ones as texts.
        centring: listed centring translations of a magnetic group.
        hall: Hall symbol, ``None`` without.
        symbol: Hermann-Mauguin symbol, ``None`` without.
        number: space-group number, ``None`` without.
    """

    operations: tuple[str, ...]
    centring: tuple[str, ...]
    hall: str | None
    symbol: str | None
    number: int | None

    @classmethod
    def of(cls, block: Block) -> Statements:
        """Reads them.

        Raises:
            BadSymmetryError: the number is none of 1 to 230.
        """
        operations: tuple[str, ...] = ()
        for tag in _OPERATIONS:
            operations = operations or _texts(block.column(tag))
        magnetic = _texts(block.column(_MAGNETIC))
        if magnetic:  # without time reversal: the nuclear cell
            operations = tuple(",".join(text.split(",")[:3]) for text in magnetic)
        found = _texts(block.column(_CENTRING)) if operations else ()
        centring = tuple(",".join(text.split(",")[:3]) for text in found)
        hall, symbol = block.one(*_HALL), block.one(*_SYMBOL)
        alone = not (operations or hall or symbol)
        if alone and (named := block.one(*_MAGNETIC_GROUP)) and not _TRIVIAL.match(named):
            message = f"{block.name} names the magnetic space group {shown(named)} alone"
            raise BadSymmetryError(f"{message}; list its symmetry operations")
        return cls(operations, centring, hall, symbol, _number(block, alone=alone))

    def origins(self) -> list[Setting]:
        """The settings of its symbol or number with any origin and axes."""
        bare = without_extension(self.symbol or "")[0]
        return of_symbol(bare) or of_number(self.number or 0)


def _number(block: Block, *, alone: bool) -> int | None:
    """The space-group number, ``None`` without; one that is unreadable matters where it is alone.

    Raises:
        BadSymmetryError: it is none of 1 to 230, or unreadable and all that is said of symmetry.
    """
    text = block.one(*_NUMBER)
    if text is None:
        return None
    whole = re.fullmatch(r"\+?(\d+)(\.0*)?", text)
    number = int(whole[1]) if whole and len(whole[1]) < _DIGITS else None
    if alone if number is None else not 1 <= number <= 230:
        message = f"{block.name} has the space-group number {shown(text)}"
        raise BadSymmetryError(f"{message}; give one of 1 to 230")
    return number


def _texts(column: list[str | None] | None) -> tuple[str, ...]:
    """The operations of a column; several may stand in one text field."""
    found: list[str] = []
    for value in column or ():
        lines = (value or "").replace(";", "\n").split("\n")
        for line in filter(None, (line.strip().strip("'\"") for line in lines)):
            if found and (found[-1].endswith(",") or line.startswith(",")):
                found[-1] += line  # x, y, z without quotes is three values
            else:
                found.append(line)
    return tuple(found)


def candidates(
    said: Statements, matrix: NDArray[np.float64], name: str
) -> tuple[list[Candidate], list[str]]:
    """The groups that the file may mean, the likeliest first, and notes on what was passed over.

    Args:
        said: what the file says.
        matrix: lattice vectors as rows, angstrom.
        name: of the data block, for messages.

    Raises:
        BadSymmetryError: operations are no group, a symbol is unknown, or nothing fits the cell.
    """
    notes: list[str] = []
    if said.operations:
        if said.centring:
            group = centred(said.operations, said.centring, name)
        else:
            group = listed(said.operations, name)
        notes += strain_notes(group, matrix, name, "the listed operations")
        return [Candidate(group, "operations")], notes
    if said.hall:
        if (named := of_hall(said.hall)) is not None:
            notes += strain_notes(named, matrix, name, f"the Hall symbol {said.hall}")
            return [Candidate(named, "Hall symbol", said.hall)], notes
        notes.append(f"the Hall symbol {shown(said.hall)} is unknown and was passed over")
    if said.symbol:
        if found := of_symbol(said.symbol):
            found = _of_its_axes(found, said.symbol, matrix, notes)
            return _fitting(found, "symbol", said.symbol, matrix, name), notes
        if said.number is None:
            message = f"the space group {shown(said.symbol)} of {name} is unknown"
            raise BadSymmetryError(f"{message}; correct the symbol or list the operations")
        notes.append(f"the symbol {shown(said.symbol)} is unknown and was passed over")
    if said.number is not None:
        found = of_number(said.number)
        return _fitting(found, "number", str(said.number), matrix, name), notes
    if said.hall:
        message = f"the Hall symbol {shown(said.hall)} of {name} is unknown"
        raise BadSymmetryError(f"{message}; correct it or list the operations")
    return [Candidate(IDENTITY, "nothing")], notes


def _of_its_axes(
    found: list[Setting], symbol: str, matrix: NDArray[np.float64], notes: list[str]
) -> list[Setting]:
    """The settings of a symbol, or those of other axes where only these fit the cell."""
    if not any(_fits(one, matrix) for one in found):
        others = of_symbol(without_extension(symbol)[0])
        if any(_fits(one, matrix) for one in others):
            notes.append(f"the axes of {symbol} do not fit the cell; others do")
            return others
    return found


def _fitting(
    settings: list[Setting], source: str, text: str, matrix: NDArray[np.float64], name: str
) -> list[Candidate]:
    """The settings whose operations keep the cell; of one setting of the axes all origins."""
    fits = [one for one in settings if _fits(one, matrix)]
    if not fits:
        best = min(one.operations.strain(matrix) for one in settings)
        if best > WRONG:
            message = f"the space group {shown(text)} of {name} does not fit its cell"
            raise BadSymmetryError(f"{message}; check the symbol, lengths and angles")
        fits = [one for one in settings if one.operations.strain(matrix) <= best]
    first = fits[0].name.partition(":")[0]
    if not (source == "symbol" and "e" in text.lower()):  # C m m e is C m m a or C m m b
        fits = [one for one in fits if one.name.partition(":")[0] == first]
    return [Candidate(one.operations, source, one.name) for one in fits]


def _fits(setting: Setting, matrix: NDArray[np.float64]) -> bool:
    return setting.operations.strain(matrix) < STRAINED
