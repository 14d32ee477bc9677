"""Names of the molecules of mini crystals, beside those that the independent route gives."""

from __future__ import annotations

import pytest
from pymatgen.core import Molecule
from pymatgen.core.graphs import MoleculeGraph

from crystext.description.components import find_components, unique_components
from crystext.description.molecules import MoleculeNamer, whole_molecule
from tests.description import crystals

NUMBERS = (
    25, 111, 1818, 5033, 7461, 8560, 20066, 22885, 23045, 23184, 23230, 23739, 27726, 28099,
    28460, 29145, 29174, 29443, 29761, 29870, 29966, 31050, 32959, 34337, 504769, 555229, 559119,
    561153, 570778, 571436, 611836, 634059, 642662, 643794, 696588,
)  # fmt: skip


def components_as_upstream(cell, components):
    """As pymatgen's ``get_structure_components`` gives them."""
    for component in components:
        found = {"dimensionality": component.dimensionality}
        if component.dimensionality == 0:
            sites = sorted(component.site_ids)
            place = {site: i for i, site in enumerate(sites)}
            species = [cell.structure.species[site] for site in sites]
            edges = {
                (place[site], place[other]): None
                for site in sites
                for other in cell.bonds[site].indices.tolist()
                if site < other
            }
            molecule = Molecule(species, whole_molecule(cell, component))
            found["molecule_graph"] = MoleculeGraph.from_edges(molecule, edges)
        yield found


@pytest.mark.parametrize("crystal_id", [f"mp-{number}" for number in NUMBERS])
def test_names_are_those_of_the_independent_route(crystal_id):
    pytest.importorskip("openbabel")
    from tests.upstream.molecule_names import name_of

    cell = crystals.bonded(crystal_id)
    components = unique_components(find_components(cell), cell)
    theirs = list(components_as_upstream(cell, components))
    assert MoleculeNamer().names(cell, components) == [
        None if one["dimensionality"] else name_of(one["molecule_graph"], theirs) for one in theirs
    ]
