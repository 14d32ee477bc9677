"""What a benchmark will cost, from steps measured on this machine before any of it is spent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from crystext.model.batch import GraphTable
from crystext.model.benchmark.runner import is_done
from crystext.model.benchmark.suite import BASELINES
from crystext.model.networks import build_network
from crystext.model.training.optimizer import make_optimizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crystext.model.benchmark.cells import Cell
    from crystext.model.benchmark.materials import Materials
    from crystext.model.settings import RunSettings

_STEPS = 3
_TEXT_WIDTH = 384  # the projection of a text costs next to nothing, whatever its width
_EVALUATION = 1 / 3  # of a training step: forward alone


@dataclass(frozen=True)
class Cost:
    """An estimate.

    Attributes:
        cells: that are still to run.
        steps: seconds of a training step by model.
        seconds: of all cells in one process, if none stops early.
    """

    cells: int
    steps: dict[str, float]
    seconds: float


def estimate(cells: Sequence[Cell], materials: Materials, out: Path) -> Cost:
    """Measures a few steps of every network and multiplies.

    Args:
        cells: of the benchmark.
        materials: of its cells.
        out: its folder; what it holds already costs nothing.
    """
    left = [cell for cell in cells if not is_done(cell, out)]
    steps: dict[str, float] = {}
    total = 0.0
    for cell in left:
        if cell.row.model in BASELINES:
            continue
        settings = cell.settings
        assert settings is not None
        if cell.row.model not in steps:
            steps[cell.row.model] = _step_seconds(settings, materials)
        ids = materials.split(cell).ids
        size, epochs = settings.training.batch_size, settings.training.epochs
        held_out = len(ids["validation"]) * _EVALUATION
        batches = (len(ids["train"]) + held_out) / size
        total += steps[cell.row.model] * batches * epochs
    return Cost(len(left), steps, total)


def _step_seconds(settings: RunSettings, materials: Materials) -> float:
    """Median seconds of a step on a random batch."""
    on_gpu = torch.cuda.is_available() and settings.training.device != "cpu"
    device = torch.device("cuda" if on_gpu else "cpu")
    with torch.random.fork_rng(devices=[device] if on_gpu else []):
        network = build_network(settings, _TEXT_WIDTH).to(device).train()
        size = min(settings.training.batch_size, len(materials.ids))
        chosen = np.random.default_rng(0).choice(len(materials.ids), size, replace=False)
        graph = None
        if settings.graph_network is not None:
            store = materials.graphs()
            known = set(store.ids)
            ids = [materials.ids[one] for one in chosen if materials.ids[one] in known]
            table = GraphTable(store.arrays().take(store.rows_of(ids)), device)
            graph = table.batch(torch.arange(len(ids)), angles=network.uses_angles)
            size = len(ids)
        text = torch.randn(size, _TEXT_WIDTH, device=device)
        optimizer = make_optimizer(network, settings.training)
        seconds = []
        for _ in range(_STEPS + 1):  # the first one warms up
            began = time.perf_counter()
            network(graph, text).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
            if on_gpu:
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:]))
