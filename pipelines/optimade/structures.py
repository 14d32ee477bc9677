"""One structure of OPTIMADE as an input: its text for the reader, its values as typed columns.

Reading (species, vacancies, assemblies, dimensions, contradictions) is that of a file of OPTIMADE,
see :mod:`crystext.formats.optimade`, and happens where the crystal's time is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.crystal import Failure
from crystext.errors import BadJsonError, shown
from crystext.formats.parsed import Part
from crystext.ids import with_text_id
from crystext.pipelines.optimade.transport import as_object
from crystext.pipelines.sources.property_columns import typed_row
from crystext.unread import UnreadCrystal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.pipelines.sources.property_columns import Key
    from crystext.unread import Input

FIELDS = (
    *("elements", "nelements", "chemical_formula_reduced", "dimension_types"),
    *("nperiodic_dimensions", "lattice_vectors", "cartesian_site_positions", "nsites"),
    *("species", "species_at_sites", "assemblies", "structure_features"),
)
"""What decides the crystal; asked for, and handed on to the reader."""


def input_of(
    entry: object,
    keys: Sequence[Key] = (),
    *,
    place: str = "structure",
    source: str = "optimade",
    name: str | None = None,
) -> Input:
    """The input that an entry is, not yet read.

    Args:
        entry: as a page gives it.
        keys: columns to fill.
        place: where it stands, as the id of one that has none.
        source: of the crystal.
        name: id of the crystal, by default the entry's.

    Returns:
        A failure in its place where it is no structure, or has no id.
    """
    own, attributes = map(as_object(entry).get, ("id", "attributes"))
    if not isinstance(own, (str, int)) or own == "" or not isinstance(attributes, dict):
        message = f"{place} is {shown(entry)}, without id or attributes"
        error = BadJsonError(f"{message}; tell the provider", crystal_id=place)
        return Failure(place, error)
    content = {key: attributes[key] for key in FIELDS if attributes.get(key) is not None}
    content = {"id": str(own), "type": "structures", "attributes": content}
    row, notes = typed_row(attributes, keys)
    part = Part("json", content, str(own))
    return with_text_id(UnreadCrystal(name or str(own), part, source, row, tuple(notes)))
