"""Bonded components of a cell: their dimensionality, orientation, formula and multiplicity."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.databases import common_formulas
from crystext.description.long_cells import matcher_for
from crystext.description.vectors import cross_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymatgen.core import Composition

    from crystext.description.arrays import ArrayStructure
    from crystext.description.bonding import BondedCell

Image = tuple[int, int, int]


@dataclass(frozen=True)
class Component:
    """A connected part of the bonded network.

    Attributes:
        site_ids: its sites, in the order in which they are listed.
        dimensionality: 0 (molecule) to 3 (framework).
        orientation: Miller index of a sheet or direction of a ribbon, in lattice vectors.
        structure: its sites alone, in the whole cell.
        count: how many components are equal to this one, itself included.
    """

    site_ids: list[int]
    dimensionality: int
    orientation: tuple[float, ...] | None
    structure: ArrayStructure
    count: int = 1

    def named(self, *, iupac: bool = True, common: bool = True) -> tuple[str, float]:
        """Its reduced formula, and how many of it the component holds.

        Args:
            iupac: elements in IUPAC's order, not by electronegativity.
            common: the formula that chemists write, where the database has one.
        """
        composition = self.structure.composition
        formula, factor = composition.get_reduced_formula_and_factor(iupac_ordering=iupac)
        if common:
            formula = common_formulas().get(self.structure.reduced_formula, formula)
        return formula, factor

    @cached_property
    def reduced(self) -> Composition:
        """Reduced composition, by which components that may be equal are told."""
        return self.structure.composition.reduced_composition

    @cached_property
    def formula(self) -> str:
        """The common or IUPAC-ordered formula alone."""
        return self.named()[0]


def find_components(cell: BondedCell) -> list[Component]:
    """Splits a bonded cell into connected components, in order of their first site."""
    n = len(cell.structure)
    components = []
    for sites, dimensionality in _connected(cell):
        orientation = None
        if dimensionality in (1, 2):
            orientation = _orientation(_independent_images(cell, sites[0]), dimensionality)
        part = cell.structure
        if len(sites) < n:
            part = part.part(sites)
        components.append(Component(_listed(sites, n), dimensionality, orientation, part))
    return components


def _connected(cell: BondedCell) -> Iterator[tuple[list[int], int]]:
    """The sites of each component, ascending, and in how many directions it is endless.

    Every site is given a lattice step in which a walk along bonds reaches it. A bond between two
    sites closes a circle; the lattice steps that such circles make span the directions in which
    the component repeats (Larsen et al., Phys. Rev. Materials 3, 034003 (2019)).
    """
    bonds = [(one.indices.tolist(), one.images.tolist()) for one in cell.bonds]
    steps: dict[int, Image] = {}
    for first in range(len(bonds)):
        if first in steps:
            continue
        steps[first] = (0, 0, 0)
        walk, span = [first], _Span()
        span.add((0, 0, 0))
        tried = {(0, 0, 0)}
        for site in walk:  # the list grows while it is walked
            x, y, z = steps[site]
            for other, (i, j, k) in zip(*bonds[site], strict=True):
                here = steps.get(other)
                if here is None:
                    steps[other] = (x + i, y + j, z + k)
                    walk.append(other)
                elif span.rank < 3:
                    circle = (x + i - here[0], y + j - here[1], z + k - here[2])
                    if circle not in tried:
                        tried.add(circle)
                        span.add(circle)
        yield sorted(walk), span.rank


def _listed(sites: list[int], n: int) -> list[int]:
    """The order in which upstream lists a component's sites.

    It iterates over the smaller of two containers, which for small components is a set.
    """
    return list(set(sites)) if 2 * len(sites) < n else sites


def _independent_images(cell: BondedCell, start: int) -> list[Image]:
    """Images of ``start`` that a walk along bonds reaches, as many as are independent.

    The walk collects images of each site as long as they are linearly independent (Larsen et al.,
    Phys. Rev. Materials 3, 034003 (2019)).
    """
    queue: list[tuple[int, Image]] = [(start, (0, 0, 0))]
    seen: set[tuple[int, Image]] = set()
    spans: dict[int, _Span] = {}
    for site, image in queue:  # the list grows while it is walked
        if (site, image) in seen:
            continue
        seen.add((site, image))
        if not spans.setdefault(site, _Span()).add(image):
            continue
        bonds = cell.bonds[site]
        for other, (x, y, z) in zip(bonds.indices.tolist(), bonds.images.tolist(), strict=True):
            reached = (x + image[0], y + image[1], z + image[2])
            if (other, reached) in seen:
                continue
            if other not in spans or spans[other].grows(reached):
                queue.append((other, reached))
    return spans[start].images


class _Span:
    """Images of one site that are affinely independent."""

    def __init__(self) -> None:
        self.images: list[Image] = []

    @property
    def rank(self) -> int:
        return len(self.images) - 1

    def grows(self, image: Image) -> bool:
        """Whether an image is independent of those held, in exact integer arithmetic."""
        if not self.images:
            return True
        ox, oy, oz = self.images[0]
        vectors = [(x - ox, y - oy, z - oz) for x, y, z in (*self.images[1:], image)]
        if len(vectors) == 1:
            return any(vectors[0])
        normal = cross_of(vectors[0], vectors[1])
        if len(vectors) == 2:
            return any(normal)
        return (
            len(vectors) == 3 and sum(a * b for a, b in zip(normal, vectors[2], strict=True)) != 0
        )

    def add(self, image: Image) -> bool:
        if not self.grows(image):
            return False
        self.images.append(image)
        return True


def _orientation(images: list[Image], rank: int) -> tuple[float, ...]:
    """Direction of a ribbon, or normal of a sheet, in small whole numbers where there are any.

    A direction and its opposite are one orientation: the one with fewer negative numbers is
    written, and of (-1, 1, 0) and (1, -1, 0) the second.
    """
    import warnings

    from pymatgen.core.lattice import get_integer_index

    vertices = np.array(images, dtype=float)
    _, _, axes = np.linalg.svd(vertices - vertices.mean(axis=0))
    with warnings.catch_warnings():  # pymatgen warns where no whole numbers fit
        warnings.simplefilter("ignore")
        index = get_integer_index(axes[2 if rank == 2 else 0])
    orientation = tuple(x.item() if isinstance(x, np.generic) else x for x in index)
    opposite = tuple(-x or 0 for x in orientation)
    as_many = sum(x < 0 for x in opposite) == sum(x < 0 for x in orientation)
    if as_many and sorted(opposite) == sorted(orientation):
        return max(orientation, opposite)
    return orientation


def unique_components(components: list[Component], cell: BondedCell) -> list[Component]:
    """The structurally different components with their counts.

    Components that share a symmetry orbit are equal. Others are equal where pymatgen's
    ``StructureMatcher`` fits one on the other.
    """
    orbit_of = cell.orbits.of_site.tolist()
    of_orbit: dict[int, list[Component]] = {}
    alike: list[list[Component]] = []
    for component in components:
        orbit = orbit_of[component.site_ids[0]]
        if orbit not in of_orbit:
            equal = (found for found in alike if _fits(component, found[0], cell))
            if (group := next(equal, None)) is None:
                alike.append(group := [])
            of_orbit |= {orbit_of[site]: group for site in component.site_ids}
        of_orbit[orbit].append(component)
    return [replace(found[0], count=len(found)) for found in alike]


def _fits(one: Component, other: Component, cell: BondedCell) -> bool:
    return one.reduced == other.reduced and matcher_for(cell.structure).fit(
        one.structure.to_pymatgen(), other.structure.to_pymatgen()
    )


def components_by_symmetry(components: list[Component], cell: BondedCell) -> list[Component]:
    """The components that no symmetry maps onto another, with their counts.

    Components whose sites lie in the same orbits are equal.
    """
    orbit_of = cell.equivalent.tolist()
    alike: dict[frozenset[int], list[Component]] = defaultdict(list)
    for component in components:
        alike[frozenset(orbit_of[site] for site in component.site_ids)].append(component)
    return [replace(found[0], count=len(found)) for found in alike.values()]


def formula_from_components(components: list[Component], *, common: bool = True) -> str:
    """Chemical formula of the crystal, grouped by component, for example ``FeH8(ClO2)2``.

    ``common`` takes the formulas that chemists write, where the database has them.
    """
    from pymatgen.core import Composition

    amounts: dict[str, float] = defaultdict(float)
    for component in components:
        formula, factor = component.named(common=common)
        amounts[formula] += factor

    def mean_order(formula: str) -> float:
        elements = Composition(formula).elements
        return sum(element.iupac_ordering for element in elements) / len(elements)  # type: ignore[misc]  # of elements

    # Common formulas such as C60 may count in halves
    double = 1 if all(amount % 1 == 0 for amount in amounts.values()) else 2
    whole = {formula: int(amount * double) for formula, amount in amounts.items()}
    divisor = reduce(gcd, whole.values())
    text = ""
    for formula in sorted(amounts, key=mean_order):
        amount = whole[formula] // divisor
        text += formula if amount == 1 else f"({formula}){amount}"
    return text


def heterostructure(
    components: list[Component], cell: BondedCell, *, iupac: bool = True, common: bool = True
) -> dict[str, Any] | None:
    """Stacking of the sheets of a layered crystal; ``None`` where there are none.

    Sheets in several orientations have no stacking direction and give ``None`` too. ``iupac`` and
    ``common`` are those of :meth:`Component.named` and hold for the sheets; what lies between them
    has its default formula, as upstream has it.
    """
    orientations = {c.orientation for c in components if c.dimensionality == 2}
    if len(orientations) != 1:
        return None
    (orientation,) = orientations
    assert orientation is not None, "a sheet has one"
    normal = cell.structure.lattice.get_cartesian_coords(orientation)
    heights = [(c.structure.cart_coords @ normal).min() for c in components]
    ordered = [components[i] for i in np.argsort(heights, kind="stable")]
    layers = [c.named(iupac=iupac, common=common)[0] for c in ordered if c.dimensionality == 2]
    different = len(set(layers))
    unit, repetitions = layers, 1
    for n in range(len(layers) // different, 0, -1):
        periodic = all(len(set(layers[i::different])) == 1 for i in range(n))
        if periodic and len(layers) % n == 0:
            unit, repetitions = layers[: len(layers) // n], n
            break
    return {
        "repeating_unit": unit,
        "num_repetitions": repetitions,
        "intercalant_formulas": [c.formula for c in components if c.dimensionality < 2],
    }
