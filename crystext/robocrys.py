"""robocrys' two classes, many times as fast: change the import, and nothing else.

``from crystext.robocrys import StructureCondenser, StructureDescriber`` in place of ``from robocrys
import ...``. Arguments, methods and results are those of robocrys 0.2.13 with the repairs of
``docs/explain/words.md``. Numbers in the condensed dictionary are plain ones where robocrys' are
numpy's; no molecule is looked up on the network.

What cannot be computed here (bonds by another rule than the default ``CrystalNN()``, minerals of
another library) is left to robocrys' own classes, and a :class:`FallbackWarning` says so once.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from crystext.choices import STYLES
from crystext.errors import CrystextError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymatgen.core import Structure

    from crystext.description.language import Writer
    from crystext.description.options import Wording
    from crystext.description.prototypes import Matching

__all__ = ["FallbackWarning", "StructureCondenser", "StructureDescriber", "get_mineral_name"]

_PARTS = ("mineral", "component_makeup", "components")
_ALL_DISTORTED = 2.0  # above every order parameter


class FallbackWarning(UserWarning):
    """An argument is honoured by robocrys' own classes, at their speed and without our repairs."""


@dataclass(eq=False, repr=False)
class StructureCondenser:
    """Condenses structures: robocrys' ``StructureCondenser`` in arguments and results.

    Args:
        use_conventional_cell: describe the conventional cell, not the one given.
        near_neighbors: ``None`` or a default ``CrystalNN()``; any other is left to robocrys.
        mineral_matcher: ``None``, ``False`` for no minerals, or robocrys' ``MineralMatcher`` with
            its own library; any other is left to robocrys.
        use_symmetry_equivalent_sites: sites are equivalent by symmetry, not by their neighbours.
        symprec: symmetry tolerance in angstrom.
        simplify_molecules: look for minerals with molecules as points too.
        use_iupac_formula: order components' formulas as IUPAC does, not by electronegativity.
        use_common_formulas: prefer the formulas of robocrys' database.
    """

    use_conventional_cell: bool = True
    near_neighbors: Any = None
    mineral_matcher: Any = None
    use_symmetry_equivalent_sites: bool = False
    symprec: float = 0.01
    simplify_molecules: bool = True
    use_iupac_formula: bool = True
    use_common_formulas: bool = True
    _known: tuple[Any, Matching | None] | None = field(default=None, init=False)

    def condense_structure(self, structure: Structure) -> dict[str, Any]:
        """Everything that a description says, as robocrys' dictionary.

        Args:
            structure: ordered; it is not changed.

        Raises:
            ValueError: it cannot be condensed, as without a space group at this tolerance; the
                error of crystext is its cause.
        """
        from crystext.description.arrays import ArrayStructure
        from crystext.description.condenser import Condenser
        from crystext.description.molecules import MoleculeNamer
        from crystext.description.options import Condensing
        from crystext.description.symmetry import find_symmetry

        matching = self._matching()
        if matching is None:
            return self._original("mineral_matcher").condense_structure(structure)
        if not _is_default(self.near_neighbors):
            return self._original("near_neighbors").condense_structure(structure)
        with _as_value_error():
            settings = Condensing(
                symprec=self.symprec,
                use_conventional_cell=bool(self.use_conventional_cell),
                match_minerals=self.mineral_matcher is None or bool(self.mineral_matcher),
                use_symmetry_equivalent_sites=bool(self.use_symmetry_equivalent_sites),
                simplify_molecules=bool(self.simplify_molecules),
                use_iupac_formula=bool(self.use_iupac_formula),
                use_common_formulas=bool(self.use_common_formulas),
            )
            symmetry = find_symmetry(ArrayStructure.of(structure), self.symprec)
            return Condenser(settings, MoleculeNamer(), matching).condense(symmetry)

    def _matching(self) -> Matching | None:
        """Of the mineral matcher, looked at once."""
        if self._known is None or self._known[0] is not self.mineral_matcher:
            self._known = self.mineral_matcher, _matching(self.mineral_matcher)
        return self._known[1]

    def _original(self, argument: str) -> Any:
        """The original condenser with the same arguments, because of one of them."""
        from robocrys import StructureCondenser as Original

        _say_once(argument)
        return Original(**{name: one for name, one in vars(self).items() if name[0] != "_"})


@dataclass(eq=False, repr=False)
class StructureDescriber:
    """Words condensed data: robocrys' ``StructureDescriber`` in arguments, methods and text.

    Args:
        describe_mineral: the sentence with formula, mineral and space group.
        describe_component_makeup: the sentence that counts the components.
        describe_components: the sentences on the sites.
        describe_symmetry_labels: number the sites of an element.
        describe_oxidation_states: write oxidation states that the crystal has.
        describe_bond_lengths: write bond lengths.
        bond_length_decimal_places: of bond lengths.
        distorted_tol: order parameter under which a geometry is called distorted.
        only_describe_cation_polyhedra_connectivity: ``False`` speaks of the polyhedra of cations
            alone, ``True`` of all, against the word, as in robocrys.
        only_describe_bonds_once: not for both of a bond's sites.
        fmt: ``raw``, ``unicode``, ``latex`` or ``html``; any other is ``raw``.
        return_parts: give a dictionary of the three parts.
    """

    describe_mineral: bool = True
    describe_component_makeup: bool = True
    describe_components: bool = True
    describe_symmetry_labels: bool = True
    describe_oxidation_states: InitVar[bool] = True
    describe_bond_lengths: bool = True
    bond_length_decimal_places: int = 2
    distorted_tol: float = 0.6
    only_describe_cation_polyhedra_connectivity: InitVar[bool] = True
    only_describe_bonds_once: bool = True
    fmt: str = "raw"
    return_parts: bool = False
    _writer: Writer | None = field(default=None, init=False)

    def __post_init__(
        self, describe_oxidation_states: bool, only_describe_cation_polyhedra_connectivity: bool
    ) -> None:
        """Keeps two arguments under the names that they have in robocrys."""
        self.describe_oxidation_state = describe_oxidation_states
        self.cation_polyhedra_only = only_describe_cation_polyhedra_connectivity

    def describe(self, condensed_structure: dict[str, Any]) -> str | dict[str, str]:
        """The text of condensed data, or its parts.

        Args:
            condensed_structure: what ``condense_structure`` gave, ours or robocrys'.

        Returns:
            The text; with ``return_parts`` a dictionary with ``mineral``, ``component_makeup`` and
            ``components``, as far as they were asked for.

        Raises:
            ValueError: it cannot be worded, as a formula with a decimal point in unicode.
        """
        from crystext.description.language import Writer

        self._writer = Writer(condensed_structure, self._wording())
        wanted = (self.describe_mineral, self.describe_component_makeup, self.describe_components)
        writers = (self._writer.mineral, self._writer.makeup, self._writer.components)
        parts = {
            name: write()
            for name, write, asked in zip(_PARTS, writers, wanted, strict=True)
            if asked
        }
        return parts if self.return_parts else " ".join(filter(None, parts.values()))

    def get_mineral_description(self) -> str:
        """The sentence with formula, mineral and space group, after :meth:`describe`."""
        return self._described().mineral()

    def get_component_makeup_summary(self) -> str:
        """The sentence that counts the components; empty for a single framework."""
        return self._described().makeup()

    def get_all_component_descriptions(self) -> str:
        """The sentences on the sites of all components."""
        return self._described().components()

    def get_component_description(
        self, component_index: int, single_component: bool = False
    ) -> str:
        """The sentences on the sites of one component."""
        there = "There" if single_component else "there"
        return self._described().component(component_index, there)

    def get_site_description(self, site_index: int) -> str:
        """The sentences on one site."""
        return self._described().site(site_index)

    def get_bond_length_description(self, from_site: int, to_sites: list[int]) -> str:
        """The bond lengths from a site to sites of one species; empty if they were told."""
        return self._described().lengths(from_site, to_sites)

    def get_octahedral_tilt_description(self, site_index: int) -> str:
        """How far octahedra that share corners are tilted; empty if there are none."""
        return self._described().tilt(site_index)

    def _described(self) -> Writer:
        if self._writer is None:
            raise AttributeError("nothing was described yet; call describe(condensed_structure)")
        return self._writer

    def _wording(self) -> Wording:
        from crystext.description.options import Wording

        with _as_value_error():
            return Wording(
                style=self.fmt if self.fmt in STYLES else "raw",
                describe_mineral=bool(self.describe_mineral),
                describe_component_makeup=bool(self.describe_component_makeup),
                describe_components=bool(self.describe_components),
                describe_symmetry_labels=bool(self.describe_symmetry_labels),
                describe_oxidation_states=bool(self.describe_oxidation_state),
                describe_bond_lengths=bool(self.describe_bond_lengths),
                bond_length_decimal_places=self.bond_length_decimal_places,
                distorted_tol=min(max(self.distorted_tol, 0.0), _ALL_DISTORTED),
                only_describe_cation_polyhedra_connectivity=bool(self.cation_polyhedra_only),
                only_describe_bonds_once=bool(self.only_describe_bonds_once),
            )


def get_mineral_name(mineral_dict: dict[str, Any]) -> str | None:
    """The mineral's name with ``-like`` or ``-derived``, of ``condensed["mineral"]``."""
    from crystext.description.notation import mineral_name

    return mineral_name(mineral_dict)


@contextmanager
def _as_value_error() -> Iterator[None]:
    """Callers of robocrys catch ``ValueError`` and try other settings."""
    try:
        yield
    except CrystextError as error:
        raise ValueError(error.message) from error


def _is_default(near_neighbors: Any) -> bool:
    """Whether bonds are those of ``CrystalNN()`` as robocrys makes it."""
    if not near_neighbors:
        return True
    from pymatgen.core.local_env import CrystalNN

    return type(near_neighbors) is CrystalNN and vars(near_neighbors) == vars(CrystalNN())


def _matching(matcher: Any) -> Matching | None:
    """The tolerances of a mineral matcher; ``None`` where only robocrys can honour it."""
    import numpy as np

    from crystext.description.prototypes import DEFAULT_MATCHING, Matching, library

    if not matcher:
        return DEFAULT_MATCHING
    from robocrys.condense.mineral import MineralMatcher

    if type(matcher) is not MineralMatcher:
        return None
    table, known = matcher.mineral_db.sort_index(kind="stable"), library()
    fingerprints = np.stack(table["fingerprint"].tolist())
    if table["mineral"].tolist() != known.names or not np.allclose(
        fingerprints, known.fingerprints
    ):
        return None
    return Matching(
        ltol=matcher.initial_ltol,
        stol=matcher.initial_stol,
        angle_tol=matcher.initial_angle_tol,
        by_fingerprint=bool(matcher.use_fingerprint_matching),
        cutoff=matcher.fingerprint_distance_cutoff,
    )


@cache
def _say_once(argument: str) -> None:
    warnings.warn(
        f"this {argument} is honoured by robocrys' own classes, at their speed and without the "
        "repairs; leave it out for ours",
        FallbackWarning,
        stacklevel=4,
    )
