"""Whether the multiplicities that a CIF states are those of the sites that its symmetry makes.

Some programs state the order of the site symmetry in their place (SHELXL did), others those of
another cell of the same lattice: what counts is that one reading fits all atoms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.formats.asymmetric import Place
    from crystext.formats.cif.sites import SiteRow


def wrong(rows: Sequence[SiteRow], places: Sequence[Place], order: int) -> SiteRow | None:
    """An atom whose stated multiplicity fits in no reading; ``None`` where all may fit.

    Args:
        rows: as listed.
        places: the sites that they make.
        order: of the group, centring translations included.
    """
    pairs = [
        (rows[at], len(place.images.coords))
        for place in places
        for at in place.atoms
        if rows[at].multiplicity is not None
    ]
    ratios = {(row.multiplicity or 0) / made for row, made in pairs}
    if len(ratios) < 2 or all((row.multiplicity or 0) * made == order for row, made in pairs):
        return None
    return next(row for row, made in pairs if row.multiplicity != made)


def note(rows: Sequence[SiteRow], places: Sequence[Place], order: int) -> list[str]:
    """One line on an atom of another multiplicity than stated, none where there is none."""
    row = wrong(rows, places, order)
    if row is None:
        return []
    made = next(
        len(place.images.coords) for place in places if any(rows[at] is row for at in place.atoms)
    )
    text = f"{row.label} is said to lie on {row.multiplicity} places in the cell"
    return [f"{text}, the symmetry makes {made}; check its position, the symmetry and the origin"]
