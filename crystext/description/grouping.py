"""Groups that the text speaks of: equal components, sites of a species, neighbours alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.description import notation
from crystext.description.record import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Component:
    """A component as the text needs it."""

    index: int
    formula: str
    dimensionality: int
    molecule: str
    orientation: tuple[int | float, ...] | None
    count: int
    n_sites: int

    @property
    def order(self) -> tuple:
        """What the components of one group share, in the order of the text."""
        # Upstream sorts components without a molecule name as if it were "z".
        return (self.molecule or "z", self.dimensionality, self.formula)


@dataclass(frozen=True, order=True)
class Neighbours:
    """Neighbours alike in species and label, and as polyhedra in connectivity and geometry.

    The fields stand in the order in which upstream sorts polyhedra.
    """

    connectivity: str
    geometry: str
    count: int
    rank: float
    poly_formula: str
    label: str
    sites: list[int]  # inequivalent ones
    species: str

    @property
    def equivalent(self) -> str:
        """The word between number and name: several of one site are equivalent."""
        return " equivalent " if len(self.sites) == 1 and self.count != 1 else " "


class Grouping:
    """The groups of one crystal; ``labelled`` tells sites of one species by their labels, too."""

    def __init__(self, condensed: dict[str, Any], *, labelled: bool = True) -> None:
        self._data = condensed
        self._labelled = labelled
        self._sites = condensed["sites"]
        self.labels = {index: self.label([index]) for index in self._sites}
        self.components = _component_groups(condensed)

    def sites(self, component: int) -> list[list[int]]:
        """The sites of a component by species, the species in IUPAC order."""
        by_species = defaultdict(list)
        for index in _distinct(self._data["components"][component]["sites"]):
            by_species[self._sites[index]["element"]].append(index)
        rank = {name: notation.parse_species(name).order for name in by_species}
        order = sorted((rank[name], len(sites), sites) for name, sites in by_species.items())
        return [sites for _, _, sites in order]

    def nearest(self, neighbours: list[int]) -> list[Neighbours]:
        """Bonded neighbours alike in species and label."""
        found = self._alike(neighbours)
        return sorted(found, key=lambda n: (n.rank, n.count, n.label, n.sites))

    def polyhedral(self, by_connectivity: dict[str, list[int]]) -> list[Neighbours]:
        """Next-nearest neighbours that form polyhedra, by what they share."""
        return sorted(
            group
            for connectivity, neighbours in by_connectivity.items()
            for group in self._alike(neighbours, connectivity)
        )

    def _alike(self, neighbours: list[int], connectivity: str = "") -> list[Neighbours]:
        """Groups neighbours; only those that form polyhedra if a connectivity is given."""
        groups: dict[tuple, list[int]] = defaultdict(list)
        for index in _distinct(neighbours):
            site = self._sites[index]
            if not connectivity or site["poly_formula"]:
                geometry = site["geometry"]["type"] if connectivity else ""
                label = self.labels[index] if self._labelled else ""
                groups[site["element"], geometry, label].append(index)
        return [
            Neighbours(
                connectivity,
                geometry,
                sum(map(neighbours.count, sites)),
                notation.parse_species(species).order,
                self._sites[sites[0]]["poly_formula"],
                self.label(sites),
                sites,
                species,
            )
            for (species, geometry, _), sites in groups.items()
        ]

    def label(self, sites: Iterable[int]) -> str:
        """The symmetry labels of some sites, for example "(1,2)"."""
        labels = sorted(label for site in sites for label in self._sites[site]["sym_labels"])
        return f"({','.join(map(str, labels))})"


def _component_groups(condensed: dict[str, Any]) -> list[list[Component]]:
    """The components by formula, dimensionality and molecule name, in the order of the text."""
    makeup = condensed["component_makeup"]
    components = []
    for index in _distinct(makeup):
        data = condensed["components"][index]
        orientation = data["orientation"]
        components.append(
            Component(
                index=index,
                formula=data["formula"],
                dimensionality=int(data["dimensionality"]),
                molecule=data["molecule_name"] or "",
                orientation=tuple(map(plain, orientation)) if orientation else None,
                count=makeup.count(index),
                n_sites=len(data["sites"]),
            )
        )
    components.sort(key=lambda c: (*c.order, c.orientation or (0, 0, 0), c.count))
    groups: dict[tuple, list[Component]] = defaultdict(list)
    for component in components:
        groups[component.order].append(component)
    return sorted(groups.values(), key=lambda group: (*group[0].order, count_of(group)))


def count_of(group: list[Component]) -> int:
    """How many components a group stands for."""
    return sum(component.count for component in group)


def _distinct(indices: Sequence[int]) -> list[int]:
    """The different indices in the order in which CPython walks a set of them.

    Upstream numbers inequivalent sites ("in the first ... site") and lists equal components in
    this order, which is ascending only as long as the indices are small. An integer hashes to
    itself, so the order follows from the values and their sequence alone, never from the hash
    seed or the platform.
    """
    return list(set(indices))
