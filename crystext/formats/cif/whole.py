"""Whether a CIF was cut off behind its sites, which lack an element of the formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.errors import TruncatedFileError
from crystext.formats.cif.composition import written
from crystext.formats.cif.sites import CARTESIAN, FRACTIONAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crystext.formats.cif.blocks import Block
    from crystext.formats.cif.composition import StatedComposition
    from crystext.formats.cif.sites import SiteRow

_LACKING = 0.9  # share of the atoms that formula and Z ask for
_TRACE = 0.1  # share of the formula's atoms but hydrogen that may lie on no site
_MASKS = ("_platon_squeeze", "_smtbx_masks", "_shelx_fab")


def lacks_atoms(stated: StatedComposition, content: Mapping[str, float]) -> bool:
    """Whether a cell holds clearly fewer atoms, hydrogen apart, than formula and Z ask for."""
    found = sum(n for element, n in content.items() if element != "H")
    return found < _LACKING * _heavy(stated) * (stated.z or 1)


def check_elements(
    block: Block,
    rows: Sequence[SiteRow],
    stated: StatedComposition,
    content: Mapping[str, float],
) -> None:
    """Refuses a file that ends with its sites, where none is of an element of the formula.

    Left to a note are files that go on behind the sites, models that are partial on purpose
    (masked solvents, shared or left-out sites), traces, and elements that were mistaken.

    Raises:
        TruncatedFileError: it is such a file.
    """
    lacking = {
        element: n
        for element, n in stated.formula.items()
        if element != "H" and not content.get(element)
    }
    if sum(lacking.values()) <= _TRACE * _heavy(stated) or set(content) - set(stated.formula):
        return
    if stated.z is not None and not lacks_atoms(stated, content):
        return
    if _ends_with_sites(block) and not _is_partial(block, rows):
        message = f"{block.name} ends behind its sites, and none is of {' or '.join(lacking)}"
        message = f"{message}, though the formula is {written(stated.formula)}"
        raise TruncatedFileError(f"{message}; copy or export it again, or correct the formula")


def _heavy(stated: StatedComposition) -> float:
    return sum(n for element, n in stated.formula.items() if element != "H")


def _ends_with_sites(block: Block) -> bool:
    last = next(reversed(block.items), "")
    loop = next((loop for loop in block.loops if last in loop), (last,))
    return any(tag in loop for tag in (*FRACTIONAL, *CARTESIAN))


def _is_partial(block: Block, rows: Sequence[SiteRow]) -> bool:
    """Whether the file itself says that its sites are not all of the crystal."""
    columns = (block.column(tag) for tag in (FRACTIONAL[0], CARTESIAN[0]))
    left_out = len(next(filter(None, columns), [])) > len(rows)
    shared = any(row.occupancy < 1 or row.assembly or row.group for row in rows)
    return left_out or shared or any(tag.startswith(_MASKS) for tag in block.items)
