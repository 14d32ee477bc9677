"""Graphs beside those of alignn and jarvis-tools: speed on the same crystals, and sameness.

Run ``python benchmarks/graphs.py [--n 256] [--per-class 64] [--seed 0] [--json FILE]`` for speed,
and with ``--compare all`` or ``--compare N`` for sameness. The tables are Markdown. Speed is CPU
time (``time.process_time``) in one process on one thread, from a cell in memory to bonds and line
graph with cosines, ways taking turns, crystals in groups of 32:

* crystext, in chunks of 32 as the graph store is built, and one by one;
* the same and its quotient;
* alignn: its 12 nearest neighbours (8 angstrom, canonical, undirected), with the line graph of its
  pure-torch builder, as without DGL;
* jarvis-tools: its 12 nearest neighbours, with the same line graph (its own is DGL's);
* alignn, torch: its pure-torch builder on matscipy. That is another graph: 12 neighbours exactly,
  no whole shell, directed.

All with the 92 features of each atom. Needs jarvis-tools and alignn (``pip install --no-deps
alignn``). The store is timed from the packaged corpus, CIF included,
to the finished folder.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402  (after the number of threads)
import torch  # noqa: E402

import crystext  # noqa: E402
from benchmarks.describe import machine  # noqa: E402
from crystext.model.graphs.build import CHUNK, build_graph_store  # noqa: E402
from crystext.model.graphs.cells import Cell, read_cell  # noqa: E402
from crystext.model.graphs.crystal_graph import crystal_graphs  # noqa: E402
from crystext.model.graphs.quotient import quotient  # noqa: E402
from tests.model.graphs import peers  # noqa: E402
from tests.upstream.sample import STRATA, stratum  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Group = list[Cell]
    Ways = dict[str, Callable[[Group, list[Any]], list[float]]]

OURS, SINGLE, FOLDED = "crystext, chunks", "crystext, single", "crystext, chunks, quotient"
ALIGNN, JARVIS, TORCH = "alignn", "jarvis-tools", "alignn, torch"
PEERS = (ALIGNN, JARVIS, TORCH)
NAMES = (OURS, SINGLE, FOLDED, *PEERS)


def ways() -> Ways:
    """CPU seconds that each way takes for a group; one figure for the group, or one a crystal."""
    from alignn.torch_graph_builder import build_pure_torch_graph

    from crystext.model.networks.elements import atom_features

    def timed(work: Callable[[Any], object], given: Any) -> float:
        start = time.process_time()
        work(given)
        return time.process_time() - start

    def folded(cells: Group) -> None:
        quotient(crystal_graphs(cells))

    def alignn(atoms: Any) -> None:
        peers.alignn_angles(peers.alignn_bonds(atoms), atoms.num_atoms)
        peers.jarvis_features(atoms)

    def jarvis(atoms: Any) -> None:
        peers.alignn_angles(peers.jarvis_bonds(atoms), atoms.num_atoms)
        peers.jarvis_features(atoms)

    def pure_torch(atoms: Any) -> None:
        build_pure_torch_graph(atoms, two_body_cutoff=peers.CUTOFF, max_neighbors=peers.NEIGHBORS)

    def whole(cells: Group) -> None:
        atom_features()[crystal_graphs(cells).element]

    def each(work: Callable[[Any], object]) -> Callable[[Group, list[Any]], list[float]]:
        return lambda _, atoms: [timed(work, one) for one in atoms]

    return {
        OURS: lambda cells, _: [timed(whole, cells)],
        SINGLE: lambda cells, _: [timed(whole, [cell]) for cell in cells],
        FOLDED: lambda cells, _: [timed(folded, cells)],
        ALIGNN: each(alignn),
        JARVIS: each(jarvis),
        TORCH: each(pure_torch),
    }


def mini_cells() -> dict[str, Cell]:
    """The cells of the packaged corpus by id."""
    table = crystext.load_corpus("mini").table(["id", "structure"])
    texts = zip(table["id"].to_pylist(), table["structure"].to_pylist(), strict=True)
    return {crystal_id: read_cell(text) for crystal_id, text in texts}


def groups(cells: dict[str, Cell], n: int, per_class: int, seed: int) -> list[tuple[str, Group]]:
    """Groups of 32 at random from all crystals, and from those of each number of sites."""
    rng = np.random.default_rng(seed)
    ids = sorted(cells)
    found = [("all sizes", [cells[ids[i]] for i in rng.permutation(len(ids))[:n]])]
    for name in STRATA:
        members = [i for i in ids if stratum(len(cells[i].numbers)) == name]
        chosen = [cells[members[k]] for k in rng.permutation(len(members))[:per_class]]
        found.append((name, chosen))
    return [
        (name, chosen[begin : begin + CHUNK])
        for name, chosen in found
        for begin in range(0, len(chosen) - CHUNK + 1, CHUNK)
    ]


def measure(chosen: Sequence[tuple[str, Group]]) -> list[dict[str, Any]]:
    """Seconds of every group by way; what the first call costs is not counted."""
    ready = ways()
    torch.set_num_threads(1)
    first = chosen[0][1][:2]
    for way in ready.values():
        way(first, [peers.jarvis_atoms(cell) for cell in first])
    figures = []
    for name, group in chosen:
        atoms = [peers.jarvis_atoms(cell) for cell in group]
        seconds = {key: way(group, atoms) for key, way in ready.items()}
        figures.append({"class": name, "crystals": len(group), "seconds": seconds})
    return figures


def speed_table(figures: Sequence[dict[str, Any]]) -> list[str]:
    """Milliseconds a crystal, and how many times as fast as ours in chunks; by number of sites."""
    heads = ["sites", "crystals", *(f"{name}, ms" for name in NAMES)]
    heads += [f"{name} / crystext: median" for name in PEERS]
    lines = [
        "| " + " | ".join([*heads, f"{ALIGNN} / {SINGLE}"]) + " |",
        "| --- |" + " ---: |" * len(heads),
    ]
    for label in (*STRATA, "all sizes"):
        rows = [one for one in figures if one["class"] == label]
        if not rows:
            continue
        sums = {name: np.array([sum(one["seconds"][name]) for one in rows]) for name in NAMES}
        crystals = sum(one["crystals"] for one in rows)
        cells = [f"{1e3 * sums[name].sum() / crystals:.2f}" for name in NAMES]
        for name in PEERS:
            ratios = sums[name] / sums[OURS]
            cells.append(f"{median(ratios):.0f} ({ratios.min():.0f} to {ratios.max():.0f})")
        alone = [
            theirs / ours
            for one in rows
            for ours, theirs in zip(one["seconds"][SINGLE], one["seconds"][ALIGNN], strict=True)
        ]
        low, high = np.quantile(alone, [0.1, 0.9])
        cells.append(f"{median(alone):.0f} ({low:.0f} to {high:.0f})")
        lines.append(f"| {label} | {crystals} | " + " | ".join(cells) + " |")
    return lines


def sameness(cells: dict[str, Cell], number: int | None, seed: int) -> dict[str, Any]:
    """Verdicts of the comparison with both peers, and the ids whose graphs differ otherwise."""
    torch.set_default_dtype(torch.float64)
    ids = sorted(cells)
    if number is not None:
        ids = [ids[i] for i in np.random.default_rng(seed).permutation(len(ids))[:number]]
    ways_of = {ALIGNN: peers.alignn_bonds, JARVIS: peers.jarvis_bonds}
    verdicts: dict[str, Counter[str]] = {name: Counter() for name in ways_of}
    extra, other = dict.fromkeys(ways_of, 0), []
    bonds = 0
    for crystal_id in ids:
        cell = cells[crystal_id]
        graphs = crystal_graphs([cell], angles=False, doubled_images=True)
        atoms = peers.jarvis_atoms(cell)
        bonds += len(graphs.source)
        for name, find in ways_of.items():
            found = peers.compare(cell, graphs, find(atoms))
            verdicts[name][found.verdict] += 1
            extra[name] += found.ours
            if found.verdict == "other":
                other.append((crystal_id, name, found.ours, found.theirs))
    return {"verdicts": verdicts, "bonds": bonds, "extra": extra, "other": other}


def store_time() -> dict[str, float]:
    """Wall and CPU seconds of the store of the whole packaged corpus, quotients included."""
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        store = build_graph_store("mini", Path(folder) / "graphs")
        return {
            "rows": len(store),
            "failures": len(store.failures()),
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "megabytes": sum(one["bytes"] for one in store.manifest["files"].values()) / 1e6,
        }


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=256, help="random crystals")
    parser.add_argument("--per-class", type=int, default=64, help="crystals of each size class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compare", help="all, or a number of random crystals; instead of speed")
    parser.add_argument("--json", type=Path, help="write every figure")
    options = parser.parse_args()
    cells = mini_cells()
    print(f"{machine()}; torch {torch.__version__}; seed {options.seed}.\n")
    if options.compare:
        number = None if options.compare == "all" else int(options.compare)
        found = figures = sameness(cells, number, options.seed)
        print("| peer | crystals | equal | equal but for ties | other | bonds of ours more |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        for name, counted in found["verdicts"].items():
            shares = " | ".join(f"{counted[one]:,}" for one in ("equal", "ties", "other"))
            more = f"{found['extra'][name]:,} of {found['bonds']:,}"
            print(f"| {name} | {counted.total():,} | {shares} | {more} |")
        for line in found["other"]:
            print(*line)
    else:
        chosen = groups(cells, options.n, options.per_class, options.seed)
        if not chosen:
            parser.error(f"neither --n nor --per-class fills a group of {CHUNK} crystals")
        measured = measure(chosen)
        figures = {"groups": measured, "store": store_time()}
        print("\n".join(speed_table(measured)))
        store = figures["store"]
        print(
            f"\nStore of {store['rows']:,} crystals, CIF and quotients included: "
            f"{store['wall']:.1f} s, {store['cpu']:.1f} s of CPU, {store['megabytes']:.0f} MB, "
            f"{store['failures']} failures."
        )
    if options.json:
        part = options.json.with_name(options.json.name + ".part")
        part.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        part.replace(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
