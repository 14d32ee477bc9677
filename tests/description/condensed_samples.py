"""Condensed data to describe: fifteen real mini crystals, and any number of random ones.

``condensed_samples.json`` holds what robocrys condensed (distances and angles rounded to four
decimals, next-nearest distances dropped, as no sentence uses them). JSON turns integer keys into
strings and tuples into lists; ``real`` turns them back.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

CONNECTED = (
    *("tetrahedral", "octahedral", "cuboctahedral", "trigonal pyramidal", "square pyramidal"),
    *("trigonal bipyramidal", "pentagonal pyramidal", "hexagonal pyramidal"),
    *("pentagonal bipyramidal", "hexagonal bipyramidal"),
)
GEOMETRIES = (
    *CONNECTED,
    *("L-shaped", "T-shaped", "bent 120 degrees", "bent 150 degrees", "body-centered cubic"),
    *("hexagonal planar", "linear", "pentagonal planar", "q2", "q4", "q6", "single-bond"),
    *("rectangular see-saw-like", "see-saw-like", "square co-planar", "trigonal non-coplanar"),
    *("trigonal planar", "water-like"),
    *(f"{number}-coordinate" for number in range(25)),
)
SPECIES = (
    *("Fe", "Fe2+", "Fe3+", "Fe2.67+", "Fe2+,spin=5", "Fe0+", "O", "O2-", "O0.5-", "H", "D", "D+"),
    *("Na+", "La3+", "U4+", "Cl-", "C4-", "Xe"),
)
FORMULAS = ("SnO2", "Mg(OH)2", "H2O", "O2", "La", "Ca10(PO4)6F2")
MOLECULES = ("water", "n,n-dimethylformamide", "1,2-dichloroethane", "zinc", "atomic chlorine")
MINERALS = (
    *("Halite, Rock Salt", "(La,Ba)CuO4", r"Frank-Kasper $\mu$ Phase", r"Lazarevi\'{c}ite"),
    *("hexagonal omega structure", "Bergman Structure: Mg32(Al,Zn)49 Bergman", "Spinel"),
    *("High pressure (38.9 GPa) phase of lithium", "Pb (Zr_0.50 Ti_0.48) O_3"),
)
SPACE_GROUPS = ("P1", "P-1", "P2_1/c", "P-42_1m", "Fd-3m", "P6_3/mmc", "I4_1/acd", "Im-3")
COUNTS = (1, 1, 1, 2, 2, 3, 4, 6, 11, 12, 21, 100, 101, 1000, 1211)


def real() -> dict[str, dict[str, Any]]:
    """The condensed data of the real crystals by id."""
    path = Path(__file__).with_name("condensed_samples.json")
    return {key: _restored(value) for key, value in json.loads(path.read_text("utf-8")).items()}


def random_condensed(seed: int) -> dict[str, Any]:
    """Condensed data that no crystal has, but that robocrys' describer takes."""
    rng = np.random.default_rng(seed)
    indices = [int(i) for i in rng.choice(70, size=rng.integers(1, 13), replace=False)]
    sites = {index: _site(rng, indices, label) for label, index in enumerate(indices, start=1)}
    _drop_lonely_polyhedra(sites)
    parts = np.array_split(indices, rng.integers(1, min(5, len(indices)) + 1))
    components = {int(part[0]): _component(rng, part) for part in parts}
    makeup = [key for key in components for _ in range(_count(rng))]
    rng.shuffle(makeup)
    return {
        "formula": _one_of(rng, FORMULAS),
        "spg_symbol": _one_of(rng, SPACE_GROUPS),
        "crystal_system": _one_of(rng, ("cubic", "trigonal", "monoclinic")),
        "mineral": {
            "type": _one_of(rng, (None, *MINERALS)),
            "distance": _one_of(rng, (-1, 0, 0.25)),
            "n_species_type_match": bool(rng.integers(2)),
            "simplified": False,
        },
        "dimensionality": max(c["dimensionality"] for c in components.values()),
        "sites": sites,
        "distances": {i: _distances(rng, site["nn"]) for i, site in sites.items()},
        "angles": {i: _angles(rng, site["nnn"]) for i, site in sites.items()},
        "nnn_distances": {},
        "components": components,
        "component_makeup": makeup,
        "vdw_heterostructure_info": None,
    }


def with_numpy_scalars(value: Any) -> Any:
    """The same data with every number but the keys as a numpy scalar."""
    if isinstance(value, dict):
        return {key: with_numpy_scalars(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(with_numpy_scalars, value))
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, int):
        return np.int64(value)
    return np.float64(value) if isinstance(value, float) else value


def _restored(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {int(k) if k.isdigit() else k: _restored(v, k) for k, v in value.items()}
    if isinstance(value, list) and key in {"sym_labels", "orientation"}:
        return tuple(value)
    return value


def _site(rng: np.random.Generator, indices: list[int], label: int) -> dict[str, Any]:
    geometry = _one_of(rng, CONNECTED if rng.random() < 0.6 else GEOMETRIES)
    connected = geometry in CONNECTED
    n_kinds = rng.integers(0 if rng.random() < 0.1 else 1, 5)
    nnn = {
        str(connectivity): _neighbours(rng, indices, rng.integers(1, 3))
        for connectivity in rng.permutation(["corner", "edge", "face"])[: rng.integers(0, 4)]
    }
    labels = {label, *rng.integers(1, 25, size=rng.integers(3)).tolist()}
    return {
        "element": _one_of(rng, SPECIES[: rng.integers(1, len(SPECIES) + 1)]),
        "geometry": {"type": geometry, "likeness": float(rng.choice([0.3, 0.59999, 0.6, 1.0]))},
        "nn": _neighbours(rng, indices, n_kinds),
        "nnn": nnn,
        "poly_formula": _one_of(rng, ("O6", "O6", "Cl12", "O4Cl2")) if connected else None,
        # Sometimes two inequivalent sites share a label, as upstream's tolerances allow.
        "sym_labels": tuple(labels) if rng.random() < 0.8 else (1,),
    }


def _neighbours(rng: np.random.Generator, indices: list[int], n_kinds: int) -> list[int]:
    chosen = rng.choice(indices, size=min(n_kinds, len(indices)), replace=False).tolist()
    listed = [index for index in chosen for _ in range(_count(rng))]
    rng.shuffle(listed)
    return listed


def _drop_lonely_polyhedra(sites: dict[int, dict[str, Any]]) -> None:
    """Upstream fails on a polyhedron without polyhedral neighbours, so there must be none."""
    lonely = True
    while lonely:
        lonely = [
            site
            for site in sites.values()
            if site["poly_formula"]
            and not any(sites[i]["poly_formula"] for nnn in site["nnn"].values() for i in nnn)
        ]
        for site in lonely:
            site["poly_formula"] = None


def _component(rng: np.random.Generator, part: np.ndarray) -> dict[str, Any]:
    dimensionality = int(rng.integers(4))
    named = dimensionality == 0 and rng.random() < 0.5
    directions = ((0, 0, 1), (1, 0, 0), (-1, 1, 0), (0, 10, 1))
    return {
        "formula": _one_of(rng, FORMULAS[:3]),
        "dimensionality": dimensionality,
        "orientation": _one_of(rng, directions) if dimensionality in {1, 2} else None,
        "molecule_name": _one_of(rng, MOLECULES) if named else None,
        "sites": [int(i) for i in rng.permutation(np.repeat(part, rng.integers(1, 3)))],
    }


def _distances(rng: np.random.Generator, neighbours: list[int]) -> dict[int, list[float]]:
    spread = _one_of(rng, (0.0, 0.002, 0.006, 0.02, 0.5))
    return {
        index: [2 + spread * float(rng.integers(3)) for _ in range(count)]
        for index, count in Counter(neighbours).items()
    }


def _angles(rng: np.random.Generator, nnn: dict[str, list[int]]) -> dict[int, dict[str, list]]:
    around = _one_of(rng, (180.0, 179.6, 150.2))
    spread = _one_of(rng, (0.0, 0.3, 12.0))
    angles: dict[int, dict[str, list[float]]] = {}
    for connectivity, neighbours in nnn.items():
        for index in set(neighbours):
            drawn = around - spread * rng.random(size=2)
            angles.setdefault(index, {})[connectivity] = drawn.tolist()
    return angles


def _count(rng: np.random.Generator) -> int:
    return COUNTS[rng.integers(len(COUNTS) if rng.random() < 0.1 else 8)]


def _one_of(rng: np.random.Generator, choices: tuple) -> Any:
    return choices[rng.integers(len(choices))]
