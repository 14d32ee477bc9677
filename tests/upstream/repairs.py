"""Upstream robocrys with the documented repairs and nothing else changed.

``crystext`` promises the text of robocrys 0.2.13 but for a short list of repairs
(docs/explain/words.md). Here each repair is one patch of the original classes, so that sameness can
be shown by bytes. A patch counts the crystals whose condensed data or text it changed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import pymatgen.core.local_env as local_env_module
import robocrys.condense.condenser as condenser_module
import robocrys.condense.mineral as mineral_module
import robocrys.condense.site as site_module
import robocrys.describe.describer as describer_module
from pymatgen.analysis.dimensionality import get_structure_components
from pymatgen.core.local_env import LocalStructOrderParams, VoronoiNN
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
from robocrys import StructureDescriber
from robocrys.condense.component import (
    get_sym_inequiv_components,
    get_vdw_heterostructure_information,
)

from tests.upstream import molecule_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymatgen.core import Structure

REPAIRS = (
    "set-order",
    "numpy-scalars",
    "direction-sign",
    "molecule-names",
    "bcc-order-parameter",
    "prototype-ties",
    "angle-noise",
    "sheet-orientations",
    "open-cells",
    "heavy-radii",
    "overlines",
    "symmetric-components",
    "given-cells",
)
LIKENESS_TOLERANCE = 1e-3  # what robocrys itself calls a different order parameter
SAME_DISTANCE = 6  # decimals to which two fingerprint distances are told apart
_EQUATOR = 1e-6  # radians from a right angle within which noise decides on the side
SAME_ANGLE = 6  # decimals of a degree to which two angles are told apart when put in order
STRAIGHT = 179.9999  # degrees, above which an angle is 180 when put in order
_NOWHERE = 5e9  # angstrom; a vertex of a Voronoi cell that is so far away is none
_HEAVY = {"Bk": 1.68, "Cf": 1.68, "Es": 1.65, "Fm": 1.67, "Md": 1.73, "No": 1.76, "Lr": 1.61}


class Repairs:
    """The patches, and how many crystals each has changed so far."""

    def __init__(self) -> None:
        self.changed: Counter[str] = Counter(dict.fromkeys(REPAIRS, 0))
        self._now: set[str] = set()
        self._inflect = describer_module.en
        self._crystal: list[dict[str, Any]] = []
        self._bonded: Any = None
        self._written: set[str] = set()  # names of molecules in the crystal that is worded

    @contextmanager
    def active(self) -> Iterator[None]:
        """Patches the original modules for the time of the block."""
        patches = (
            *(
                mock.patch.object(describer_module, name, self._but_names(name))
                for name in ("latexify", "unicodeify", "htmlify")
            ),
            *(
                mock.patch.object(describer_module, name, self._over_its_digit(name))
                for name in ("unicodeify_spacegroup", "htmlify_spacegroup")
            ),
            mock.patch.object(StructureDescriber, "describe", self._aware_of_names()),
            mock.patch.object(describer_module, "en", _SortedJoin(self)),
            mock.patch.object(condenser_module, "get_structure_components", self._components),
            mock.patch.object(condenser_module, "MoleculeNamer", self._molecule_namer),
            mock.patch.object(
                condenser_module, "get_vdw_heterostructure_information", self._stacking
            ),
            mock.patch.object(
                condenser_module.SpacegroupAnalyzer, "get_symmetrized_structure", _plain_cell(self)
            ),
            mock.patch.object(condenser_module, "get_sym_inequiv_components", self._by_symmetry),
            mock.patch.object(site_module, "nnn_summaries_match", _without_noise(self)),
            mock.patch.object(LocalStructOrderParams, "get_order_parameters", _symmetric_bcc(self)),
            mock.patch.object(local_env_module, "_get_default_radius", _heavy_radii(self)),
            mock.patch.object(VoronoiNN, "_extract_cell_info", _closed_cells(self)),
            mock.patch.object(
                mineral_module.MineralMatcher, "_set_distance_matrix", _stable_distances(self)
            ),
        )
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()

    def touched(self, name: str) -> None:
        """Marks a repair as having changed the crystal at hand."""
        self._now.add(name)

    def start(self) -> None:
        """Begins a new crystal."""
        self._now.clear()

    def finish(self) -> list[str]:
        """Ends a crystal and returns the repairs that changed it."""
        self.changed.update(self._now)
        return sorted(self._now)

    def _components(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Orientations as plain numbers, and of a direction and its opposite always the same."""
        components = get_structure_components(*args, **kwargs)
        self._bonded = args[0]
        self._crystal = components
        for component in components:
            orientation = component["orientation"]
            if orientation is None:
                continue
            plain = tuple(x.item() if isinstance(x, np.generic) else x for x in orientation)
            if repr(plain) != repr(orientation):
                self.touched("numpy-scalars")
            signed = _fixed_sign(plain)
            if signed != plain:
                self.touched("direction-sign")
            component["orientation"] = signed
        return components

    def _by_symmetry(self, components: list[dict[str, Any]], given: Any) -> list[dict[str, Any]]:
        """Equivalent sites of the cell that is described, whose sites the components name.

        Upstream looks them up in the cell that was given: in another order, or past its end.
        """
        own = SpacegroupAnalyzer(self._bonded.structure, given._symprec)
        found = get_sym_inequiv_components(components, own)
        try:
            before = get_sym_inequiv_components(components, given)
        except IndexError:
            before = []
        if [c["site_ids"] for c in before] != [c["site_ids"] for c in found]:
            self.touched("symmetric-components")
        return found

    def _stacking(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Sheets in several orientations have no stacking; upstream fails on them."""
        try:
            return get_vdw_heterostructure_information(*args, **kwargs)
        except ValueError as error:
            if "same orientation" not in str(error):
                raise
            self.touched("sheet-orientations")
            return None

    def _but_names(self, style: str) -> Callable[[str], str]:
        """A name is no formula: its numbers are no amounts."""
        original = getattr(describer_module, style)
        return lambda text: text if text in self._written else original(text)

    def _over_its_digit(self, style: str) -> Callable[[str], str]:
        """A combining overline follows what it stands over."""
        original = getattr(describer_module, style)

        def formatted(symbol: str) -> str:
            found = original(symbol)
            moved = re.sub("(\u0305)([0-9])", r"\2\1", found)
            if moved != found:
                self.touched("overlines")
            return moved

        return formatted

    def _aware_of_names(self) -> Callable[..., Any]:
        original = StructureDescriber.describe

        def describe(describer: StructureDescriber, condensed: dict[str, Any]) -> Any:
            names = (c["molecule_name"] for c in condensed["components"].values())
            self._written = set(filter(None, names))
            return original(describer, condensed)

        return describe

    def _molecule_namer(self) -> _Namer:
        """Offline names by bonded graphs, and elements' names of single atoms."""
        return _Namer(self)


def _plain_cell(repairs: Repairs) -> Any:
    """The cell as given, as a plain structure.

    Upstream takes a ``SymmetrizedStructure``, of which pymatgen can make no bonded structure any
    more; nothing but its sites is used.
    """

    def get_symmetrized_structure(analyzer: SpacegroupAnalyzer) -> Structure:
        repairs.touched("given-cells")
        return analyzer._structure.copy()

    return get_symmetrized_structure


class _Namer:
    def __init__(self, repairs: Repairs) -> None:
        self._repairs = repairs

    def get_name_from_molecule_graph(self, graph: Any) -> str | None:
        name = molecule_names.name_of(graph, self._repairs._crystal)
        if name:
            self._repairs.touched("molecule-names")
        return name


class _SortedJoin:
    """inflect's engine, whose ``join`` sorts what upstream took out of a set."""

    def __init__(self, repairs: Repairs) -> None:
        self._repairs = repairs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repairs._inflect, name)

    def join(self, words: list[str], *args: Any, **kwargs: Any) -> str:
        if words and all(word in {"corner", "edge", "face"} for word in words):
            ordered = sorted(words)
        elif words and all(word.startswith("(") for word in words):
            ordered = sorted(words, key=lambda w: tuple(map(float, w.strip("()").split(","))))
        else:
            ordered = words
        if ordered != words:
            self._repairs.touched("set-order")
        return self._repairs._inflect.join(ordered, *args, **kwargs)


def _fixed_sign(orientation: tuple) -> tuple:
    """(-1, 1, 0) and (1, -1, 0) are one direction; upstream's choice is rounding noise."""
    negated = tuple(-x or 0 for x in orientation)
    same_signs = sum(x < 0 for x in negated) == sum(x < 0 for x in orientation)
    if same_signs and sorted(negated) == sorted(orientation):
        return max(orientation, negated)
    return orientation


def _symmetric_bcc(repairs: Repairs) -> Any:
    """The body-centred-cubic order parameter, averaged over what rounding noise decides upstream.

    Upstream sums over pairs (north pole j, prime meridian k) with j before k, so its value depends
    on the order in which rounding noise puts equivalent neighbours. Reversed neighbours give the
    pairs with k before j; the mean runs over all ordered pairs and depends on no order.

    A pair counts with one sign above the equator and with the other below it. Where k lies on the
    equator, noise decides between them: the mean over both signs lets the pair count for nothing.
    """
    original = LocalStructOrderParams.get_order_parameters

    def get_order_parameters(self: Any, structure: Any, n: int, indices_neighs: Any) -> list:
        values = original(self, structure, n, indices_neighs=indices_neighs)
        if self._types != ("bcc",) or values[0] is None:
            return values
        terms = []
        for side in (-_EQUATOR, _EQUATOR):
            with mock.patch.object(local_env_module, "math", _OneSide(side)):
                for neighbours in (indices_neighs, indices_neighs[::-1]):
                    terms += original(self, structure, n, indices_neighs=neighbours)
        mean = sum(terms) / len(terms)
        if abs(mean - values[0]) >= LIKENESS_TOLERANCE:
            repairs.touched("bcc-order-parameter")
        return [mean]

    return get_order_parameters


class _OneSide:
    """Python's ``math``, whose ``acos`` puts a right angle on one side of the equator."""

    def __init__(self, side: float) -> None:
        self._side = side

    def __getattr__(self, name: str) -> Any:
        return getattr(math, name)

    def acos(self, cosine: float) -> float:
        angle = math.acos(cosine)
        right = 0.5 * math.pi
        return right + self._side if abs(angle - right) < _EQUATOR else angle


def _heavy_radii(repairs: Repairs) -> Any:
    """Radii of berkelium to lawrencium, for which upstream has none and fails."""
    original = local_env_module._get_default_radius

    def get_default_radius(site: Any) -> float:
        radius = original(site)
        if radius is None and site.specie.symbol in _HEAVY:
            repairs.touched("heavy-radii")
            radius = _HEAVY[site.specie.symbol]
        return radius

    return get_default_radius


def _closed_cells(repairs: Repairs) -> Any:
    """A wider search wherever a Voronoi cell is open.

    Upstream widens its search for open cells but for two kinds: those that rounding noise closes
    1e14 angstrom away, as it does for atoms of a surface, and those of a lone molecule so small
    that its atoms give no cell at all, on which it fails.
    """
    original = VoronoiNN._extract_cell_info

    def extract(self: Any, site_idx: int, sites: Any, targets: Any, voro: Any, *args: Any) -> dict:
        try:
            found = original(self, site_idx, sites, targets, voro, *args)
        except ValueError as error:
            if "No Voronoi neighbors" not in str(error):
                raise
            repairs.touched("open-cells")
            raise RuntimeError("infinite vertex") from error
        corners = {v for pair, ridge in voro.ridge_dict.items() if site_idx in pair for v in ridge}
        offsets = voro.vertices[sorted(corners)] - sites[site_idx].coords
        if np.linalg.norm(offsets, axis=1).max() > _NOWHERE:
            repairs.touched("open-cells")
            raise RuntimeError("infinite vertex")
        return found

    return extract


def _without_noise(repairs: Repairs) -> Any:
    """Next-nearest neighbours compared in an order that rounding noise does not change.

    Upstream sorts them by their angles before it compares them in pairs, so that 108.02159114280651
    and 108.02159114280653 decide which pairs are formed, and equivalent sites become different.
    """
    original = site_module.nnn_summaries_match

    def counted(angle: float) -> float:
        return 180.0 if angle > STRAIGHT else round(float(angle), SAME_ANGLE)

    def steady(sites: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rounded = [s | {"angles": [counted(angle) for angle in s["angles"]]} for s in sites]
        return sorted(rounded, key=lambda s: round(s["geometry"]["likeness"], SAME_ANGLE))

    def match(sites_a: list, sites_b: list, **kwargs: Any) -> bool:
        result = original(steady(sites_a), steady(sites_b), **kwargs)
        if result != original(sites_a, sites_b, **kwargs):
            repairs.touched("angle-noise")
        return result

    return match


def _stable_distances(repairs: Repairs) -> Any:
    original = mineral_module.MineralMatcher._set_distance_matrix

    def set_distances(self: Any, structure: Structure) -> None:
        known = self._mineral_db
        original(self, structure)
        if self._mineral_db is known:
            return
        rounded = self._mineral_db["distance"].round(SAME_DISTANCE)
        table = self._mineral_db.assign(rounded=rounded).sort_index(kind="stable")
        table = table.sort_values(by="rounded", kind="stable").drop(columns="rounded")
        near = self._mineral_db["distance"] < self.fingerprint_distance_cutoff
        before = self._mineral_db[near]["mineral"].tolist()
        if before != table["mineral"].tolist()[: len(before)]:
            repairs.touched("prototype-ties")
        self._mineral_db = table

    return set_distances
