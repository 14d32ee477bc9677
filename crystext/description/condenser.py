"""From a structure to condensed data: everything that the text says, as plain Python values.

The keys and their meaning are those of robocrys' ``StructureCondenser.condense_structure``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.description.bonding import BondedCell
from crystext.description.components import (
    Component,
    components_by_symmetry,
    find_components,
    formula_from_components,
    heterostructure,
    unique_components,
)
from crystext.description.databases import common_formulas
from crystext.description.fingerprints import site_fingerprints, structure_fingerprint
from crystext.description.molecules import MoleculeNamer, with_molecules_as_points
from crystext.description.orbits import conventional_cell, given_cell, site_orbits
from crystext.description.prototypes import (
    DEFAULT_MATCHING,
    NO_MINERAL,
    Matching,
    match_mineral,
)
from crystext.description.sites import SiteAnalysis

if TYPE_CHECKING:
    from crystext.description.options import Condensing
    from crystext.description.symmetry import Symmetry


@dataclass(frozen=True)
class Condenser:
    """Condenses structures under fixed settings.

    Attributes:
        settings: what robocrys' condenser can be told.
        namer: names molecules.
        matching: how minerals are told, if at all.
    """

    settings: Condensing
    namer: MoleculeNamer
    matching: Matching = DEFAULT_MATCHING

    def condense(self, symmetry: Symmetry) -> dict[str, Any]:
        """Condenses one ordered structure, given with its symmetry.

        Raises:
            NeighborsFailedError: a site has no bounded Voronoi cell.
        """
        settings = self.settings
        cell = self._cell(symmetry)
        fingerprints = site_fingerprints(cell)
        components = find_components(cell)
        by_symmetry = settings.use_symmetry_equivalent_sites
        sites = SiteAnalysis(cell, fingerprints, by_symmetry=by_symmetry)
        different = (components_by_symmetry if by_symmetry else unique_components)(components, cell)
        names = self.namer.names(cell, different)
        formulas = {"iupac": settings.use_iupac_formula, "common": settings.use_common_formulas}
        return {
            "formula": self._formula(cell, components),
            "spg_symbol": symmetry.symbol,
            "crystal_system": symmetry.crystal_system,
            "mineral": self._mineral(cell, fingerprints, components),
            "dimensionality": max(c.dimensionality for c in components),
            **sites.condensed(),
            "components": {
                i: {
                    "formula": component.named(**formulas)[0],
                    "dimensionality": component.dimensionality,
                    "orientation": component.orientation,
                    "molecule_name": names[i],
                    "sites": [sites.kinds[site] for site in component.site_ids],
                }
                for i, component in enumerate(different)
            },
            "component_makeup": [i for i, c in enumerate(different) for _ in range(c.count)],
            "vdw_heterostructure_info": heterostructure(components, cell, **formulas),
        }

    def _cell(self, symmetry: Symmetry) -> BondedCell:
        """The cell that is described, with its bonds."""
        symprec = self.settings.symprec
        if self.settings.use_conventional_cell:
            return BondedCell.of(*conventional_cell(symmetry, symprec))
        return BondedCell.of(*given_cell(symmetry, symprec))

    def _mineral(
        self, cell: BondedCell, fingerprints: dict, components: list[Component]
    ) -> dict[str, Any]:
        """The mineral of the crystal or, failing that, of it with molecules as points."""
        if not self.settings.match_minerals:
            return NO_MINERAL | {"simplified": False}
        fingerprint = structure_fingerprint(cell, fingerprints)
        mineral = match_mineral(cell.structure, fingerprint, self.matching)
        if mineral["type"] is not None:
            return mineral | {"simplified": False}
        molecules = any(component.dimensionality == 0 for component in components)
        if molecules and self.settings.simplify_molecules:
            points = with_molecules_as_points(cell, components)
            simplified = BondedCell.of(points, site_orbits(points, self.settings.symprec))
            fingerprint = structure_fingerprint(simplified, site_fingerprints(simplified))
            mineral = match_mineral(simplified.structure, fingerprint, self.matching)
        return mineral | {"simplified": True}

    def _formula(self, cell: BondedCell, components: list[Component]) -> str:
        """As chemists write it, if the database is used and has it; else by its components."""
        common = self.settings.use_common_formulas
        found = common_formulas().get(cell.structure.reduced_formula) if common else None
        return found or formula_from_components(components, common=common)
