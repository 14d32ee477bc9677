"""From a structure to condensed data: everything that the text says, as plain Python values.

The keys and their meaning are those of robocrys' ``StructureCondenser.condense_structure``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.description.bonding import BondedCell
from crystext.description.components import (
    Component,
    find_components,
    formula_from_components,
    heterostructure,
    unique_components,
)
from crystext.description.databases import common_formulas
from crystext.description.fingerprints import site_fingerprints, structure_fingerprint
from crystext.description.molecules import MoleculeNamer, with_molecules_as_points
from crystext.description.orbits import conventional_cell
from crystext.description.prototypes import match_mineral
from crystext.description.sites import SiteAnalysis

if TYPE_CHECKING:
    from crystext.description.arrays import ArrayStructure
    from crystext.description.symmetry import Symmetry


@dataclass(frozen=True)
class Condenser:
    """Condenses structures under fixed settings.

    Attributes:
        symprec: symmetry tolerance in angstrom.
        namer: names molecules.
        use_orbits: ``False`` analyses every site by itself, for tests: the text is the same.
    """

    symprec: float
    namer: MoleculeNamer
    use_orbits: bool = True

    def condense(self, symmetry: Symmetry) -> dict[str, Any]:
        """Condenses one ordered structure, given with its symmetry.

        Raises:
            NeighborsFailedError: a site has no bounded Voronoi cell.
        """
        conventional, orbits = conventional_cell(symmetry, self.symprec)
        cell = BondedCell.under(conventional, orbits, use_orbits=self.use_orbits)
        fingerprints = site_fingerprints(cell)
        components = find_components(cell)
        sites = SiteAnalysis(cell, fingerprints)
        different = unique_components(components, cell)
        names = self.namer.names(cell, different)
        return {
            "formula": _formula(conventional, components),
            "spg_symbol": symmetry.symbol,
            "crystal_system": symmetry.crystal_system,
            "mineral": self._mineral(cell, fingerprints, components),
            "dimensionality": max(c.dimensionality for c in components),
            **sites.condensed(),
            "components": {
                i: {
                    "formula": component.formula,
                    "dimensionality": component.dimensionality,
                    "orientation": component.orientation,
                    "molecule_name": names[i],
                    "sites": [sites.kinds[site] for site in component.site_ids],
                }
                for i, component in enumerate(different)
            },
            "component_makeup": [i for i, c in enumerate(different) for _ in range(c.count)],
            "vdw_heterostructure_info": heterostructure(components, cell),
        }

    def _mineral(
        self, cell: BondedCell, fingerprints: dict, components: list[Component]
    ) -> dict[str, Any]:
        """The mineral of the crystal or, failing that, of it with molecules as points."""
        mineral = match_mineral(cell.structure, structure_fingerprint(cell, fingerprints))
        if mineral["type"] is not None:
            return mineral | {"simplified": False}
        if any(component.dimensionality == 0 for component in components):
            simplified = BondedCell.of(
                with_molecules_as_points(cell, components),
                self.symprec,
                use_orbits=self.use_orbits,
            )
            mineral = match_mineral(
                simplified.structure,
                structure_fingerprint(simplified, site_fingerprints(simplified)),
            )
        return mineral | {"simplified": True}


def _formula(structure: ArrayStructure, components: list[Component]) -> str:
    reduced = structure.reduced_formula
    return common_formulas().get(reduced) or formula_from_components(components)
