"""Names of the molecules of mini crystals, beside those that the independent route gives."""

from __future__ import annotations

import pytest
from pymatgen.core import Molecule
from pymatgen.core.graphs import MoleculeGraph

from crystext.description.components import find_components, unique_components
from crystext.description.molecules import MoleculeNamer, whole_molecule
from tests.description import crystals

IDS = (
    "mp-25 mp-111 mp-1818 mp-5033 mp-7461 mp-8560 mp-20066 mp-22885 mp-23045 mp-23184 mp-23230 "
    "mp-23739 mp-27726 mp-28099 mp-28460 mp-29145 mp-29174 mp-29443 mp-29761 mp-29870 mp-29966 "
    "mp-31050 mp-32959 mp-34337 mp-504769 mp-555229 mp-559119 mp-561153 mp-570778 mp-571436 "
    "mp-611836 mp-634059 mp-642662 mp-643794 mp-696588"
).split()


def components_as_upstream(cell, components):
    """As pymatgen's ``get_structure_components`` gives them."""
    for component in components:
        found = {"dimensionality": component.dimensionality}
        if component.dimensionality == 0:
            sites = sorted(component.site_ids)
            place = {site: i for i, site in enumerate(sites)}
            species = [cell.structure[site].specie for site in sites]
            edges = {
                (place[site], place[other]): None
                for site in sites
                for other in cell.bonds[site].indices.tolist()
                if site < other
            }
            molecule = Molecule(species, whole_molecule(cell, component))
            found["molecule_graph"] = MoleculeGraph.from_edges(molecule, edges)
        yield found


@pytest.mark.parametrize("crystal_id", IDS)
def test_names_are_those_of_the_independent_route(crystal_id):
    pytest.importorskip("openbabel")
    from tests.upstream.molecule_names import name_of

    cell = crystals.bonded(crystal_id)
    components = unique_components(find_components(cell), cell)
    theirs = list(components_as_upstream(cell, components))
    assert MoleculeNamer().names(cell, components) == [
        None if one["dimensionality"] else name_of(one["molecule_graph"], theirs) for one in theirs
    ]
