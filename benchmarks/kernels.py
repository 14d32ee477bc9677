"""Kernels and questions to the device in a training step, counted without a GPU.

Run ``python -m benchmarks.kernels``. A step is gathering 64 mini crystals, forward, backward, the
gradient's norm and AdamW, of each graph network at its published size. A *kernel* is an operation
of torch that is no view; a *question* waits for an answer of the device (how many rows, which
number). What AdamW asks of its step counters is left out: they lie on the CPU. A *recorded* step is
that of 16 networks (:mod:`crystext.model.training.side_by_side.steps`), its gathering and AdamW
included; on a GPU all of it is one launch.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import crystext
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.build import graphs_of
from crystext.model.graphs.cells import cell_of
from crystext.model.graphs.padded import PaddedTable, Room, batch_sizes
from crystext.model.graphs.settings import GraphSettings
from crystext.model.networks.grouped import can_be_grouped, grouped
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network
from crystext.model.settings import TrainingSettings
from crystext.model.training.losses import loss_of
from crystext.model.training.side_by_side.steps import Recorded, Sizes

CRYSTALS, EVERY, SIDE_BY_SIDE = 64, 47, 16
VIEWS = {
    *("view", "_unsafe_view", "t", "transpose", "permute", "detach", "expand", "select", "slice"),
    *(
        "unsqueeze",
        "squeeze",
        "alias",
        "split",
        "chunk",
        "as_strided",
        "split_with_sizes",
        "unbind",
    ),
}
QUESTIONS = {"_local_scalar_dense", "nonzero", "_unique2", "masked_select", "is_nonzero"}


class Counting(TorchDispatchMode):
    """Counts the operations that go through it, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels: Counter[str] = Counter()
        self.questions: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, _types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        """Counts one, and does it."""
        given = kwargs or {}
        name = str(func).split(".")[1]
        if name in QUESTIONS or (name == "repeat_interleave" and not given.get("output_size")):
            self.questions[name] += 1
        elif name not in VIEWS:
            self.kernels[name] += 1
        return func(*args, **given)


def count(name: str, table: GraphTable) -> Counting:
    """Of the second step, when AdamW has its state."""
    torch.manual_seed(0)
    network = build_graph_network(name).train()
    optimizer = torch.optim.AdamW(network.parameters(), foreach=True)
    counting = Counting()
    for _ in range(2):
        counting = Counting()
        with counting:
            batch = table.batch(torch.arange(len(table)), angles=network.uses_angles)
            loss = (network(batch) - 1).square().sum()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), float("inf"))
        with Counting() as of_optimizer:
            optimizer.step()
            optimizer.zero_grad()
        counting.kernels += of_optimizer.kernels
    return counting


def count_recorded(name: str, table: GraphTable) -> Counting | None:
    """Of a step of some networks side by side; ``None`` where a network has no grouped form."""
    networks = [build_graph_network(name) for _ in range(SIDE_BY_SIDE)]
    if not can_be_grouped(networks[0]):
        return None
    rows = np.arange(len(table))
    room = Room.of(batch_sizes(table, [rows]))
    sizes = Sizes(SIDE_BY_SIDE, 2, 1, len(table), len(table), len(table), 1)
    steps = Recorded(
        grouped(networks),
        PaddedTable(table),
        None,
        None,
        [room],
        room,
        sizes,
        loss_of("mse", classes=False),
        TrainingSettings(),
    )
    steps.reset()
    steps.graph_row[:, : len(table)] = torch.from_numpy(rows)
    steps.order[:] = torch.from_numpy(rows)
    with Counting() as counting:
        steps.steps[0]()
    return counting


def main() -> None:
    """Prints a line a network."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    chosen = list(crystext.mini())[: CRYSTALS * EVERY : EVERY]
    table = GraphTable(graphs_of([cell_of(one.structure) for one in chosen], GraphSettings()))
    titles = (
        f"| network | kernels a step | questions | recorded, {SIDE_BY_SIDE} networks | questions |"
    )
    sys.stdout.write(titles + "\n|---|---:|---|---:|---|\n")
    for name in sorted(GRAPH_NETWORKS):
        found = count(name, table)
        recorded = count_recorded(name, table)
        beside = "| no grouped form | |"
        if recorded is not None:
            beside = f"| {recorded.kernels.total():,} | {_asked(recorded)} |"
        sys.stdout.write(f"| {name} | {found.kernels.total():,} | {_asked(found)} {beside}\n")


def _asked(found: Counting) -> str:
    return ", ".join(f"{key} {n}" for key, n in found.questions.items()) or "none"


if __name__ == "__main__":
    main()
