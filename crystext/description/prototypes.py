"""Mineral prototypes: the library, and which of them a crystal is or is like.

The library holds robocrys' 180 named AFLOW prototypes (Mehl et al., Comput. Mater. Sci. 136, S1
(2017)), each reduced to its primitive Niggli cell when the package was made
(``build_prototypes.py``), and indexed by how many atoms of each kind that cell has.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.anonymous_match import AnonymousMatcher, Reduced, reduce_structure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.description.arrays import ArrayStructure

_TIE = 6  # decimals of a fingerprint distance beyond which two prototypes tie
NO_MINERAL: dict[str, Any] = {"type": None, "distance": -1, "n_species_type_match": True}


@dataclass(frozen=True)
class Matching(AnonymousMatcher):
    """How minerals are told: the arguments of robocrys' ``MineralMatcher``.

    Attributes:
        by_fingerprint: whether a crystal that is no prototype may be like one.
        cutoff: fingerprint distance from which it is not.
    """

    by_fingerprint: bool = True
    cutoff: float = 0.4


DEFAULT_MATCHING = Matching()


@dataclass(frozen=True)
class Library:
    """The prototypes.

    Attributes:
        names: mineral names, in the order of their AFLOW labels.
        n_elements: (n,), number of different elements of each.
        fingerprints: (n, 122), structure fingerprints.
        cells: reduced cells.
    """

    names: list[str]
    n_elements: NDArray[np.int64]
    fingerprints: NDArray[np.float64]
    cells: list[Reduced]

    @cached_property
    def by_counts(self) -> dict[tuple[int, ...], list[int]]:
        """Prototypes by the sorted numbers of atoms of each kind in the reduced cell."""
        found = defaultdict(list)
        for i, cell in enumerate(self.cells):
            found[cell.counts].append(i)
        return dict(found)

    @cached_property
    def ratios(self) -> set[tuple[int, ...]]:
        """The stoichiometries that occur, for example (1, 1, 3)."""
        return {_ratio(counts) for counts in self.by_counts}


@cache
def library() -> Library:
    """Loads the library, once a process."""
    with as_file(files("crystext") / "data" / "prototypes.npz") as path, np.load(path) as data:
        bounds = data["bounds"].tolist()
        cells = [
            Reduced(matrix, data["frac_coords"][a:b], data["kinds"][a:b])
            for matrix, a, b in zip(data["lattices"], bounds[:-1], bounds[1:], strict=True)
        ]
        return Library(data["names"].tolist(), data["n_elements"], data["fingerprints"], cells)


def match_mineral(
    structure: ArrayStructure,
    fingerprint: NDArray[np.float64],
    matching: Matching = DEFAULT_MATCHING,
) -> dict[str, Any]:
    """Names the prototype that a crystal has, or else is most like.

    Args:
        structure: the conventional cell.
        fingerprint: its structure fingerprint, (122,).
        matching: tolerances.

    Returns:
        ``type`` (``None`` if none), ``distance`` between the fingerprints (-1 where the structure
        itself matches), and ``n_species_type_match``, whether the prototype has as many elements.
    """
    known = library()
    distances = np.sqrt(((known.fingerprints - fingerprint) ** 2).sum(axis=1))
    # Several prototypes share a fingerprint: the first by AFLOW label wins, in which order they are
    order = np.argsort(np.round(distances, _TIE), kind="stable").tolist()
    matches = _structure_matches(structure, order, matching)
    if matches:
        return NO_MINERAL | {"type": known.names[matches[0]]}
    near = [i for i in order if matching.by_fingerprint and distances[i] < matching.cutoff]
    if not near:
        return dict(NO_MINERAL)
    same_number = [i for i in near if known.n_elements[i] == len(structure.composition)]
    best = (same_number or near)[0]
    return {
        "type": known.names[best],
        "distance": float(distances[best]),
        "n_species_type_match": bool(same_number),
    }


def _structure_matches(
    structure: ArrayStructure, order: list[int], matching: Matching
) -> list[int]:
    """Prototypes that match the structure itself, nearest fingerprint first.

    Where several match, all tolerances are made 0.8 times as tight until one is left, none is
    left, or they fall below 0.01.
    """
    known = library()
    counts = structure.composition.values()  # of elements, or of species with oxidation states
    if _ratio(tuple(sorted(int(n) for n in counts))) not in known.ratios:
        return []
    reduced = reduce_structure(structure)
    candidates = set(known.by_counts.get(reduced.counts, ()))
    places = [i for i in order if i in candidates]
    matcher: AnonymousMatcher = matching
    matches = [i for i in places if matcher.fit(known.cells[i], reduced)]
    while len(matches) > 1:
        matcher = matcher.tightened(0.8)
        matches = [i for i in places if matcher.fit(known.cells[i], reduced)]
        if matcher.ltol < 0.01:
            break
    return matches


def _ratio(counts: tuple[int, ...]) -> tuple[int, ...]:
    divisor = gcd(*counts)
    return tuple(n // divisor for n in counts)
