"""Seconds of a training step of each network, measured side by side on the same crystals."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.features.site_facts import WIDTH
from crystext.model.graphs.batch import GraphTable
from crystext.model.networks.build import build_network
from crystext.model.networks.trained_text import Unfrozen
from crystext.model.training.optimizer import make_optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crystext.model.benchmark.cost.preparing import Reading
    from crystext.model.benchmark.cost.sample import Sample
    from crystext.model.settings import RunSettings

ROUNDS = 4
_ENOUGH = 3.0  # s of one network, after which it is measured no more
_TEXT_WIDTH = 384  # where the encoder is not at hand: the projection costs next to nothing


Measured = tuple["RunSettings", "Reading | None"]
"""A run's settings, and its texts if it reads any and their encoder is at hand."""


def measure_steps(
    networks: Mapping[str, Measured], sample: Sample, *, threads: int | None = None
) -> dict[str, float]:
    """The least seconds of a step over several, after one that warms up.

    What else the machine does only ever makes a step longer, so the least of several is taken; and
    networks take turns, so that a busy second does not fall on one of them alone.

    Args:
        networks: by name; on a GPU they lie there together.
        sample: the crystals of the batch.
        threads: of torch; as many as now if ``None``.
    """
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    gpus = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    try:
        with torch.random.fork_rng(devices=list(gpus)):
            steps = {name: _stepper(one, sample) for name, one in networks.items()}
            taken: dict[str, list[float]] = {name: [] for name in steps}
            for step in steps.values():
                step()
            for _ in range(ROUNDS):
                for name, step in steps.items():
                    if sum(taken[name]) < _ENOUGH:
                        taken[name].append(step())
    finally:
        torch.set_num_threads(before)
    return {name: min(seconds) for name, seconds in taken.items()}


def _stepper(one: Measured, sample: Sample) -> Callable[[], float]:
    """Runs one step and gives its seconds."""
    settings, reading = one
    on_gpu = torch.cuda.is_available() and settings.training.device != "cpu"
    device = torch.device("cuda" if on_gpu else "cpu")
    width = _TEXT_WIDTH if reading is None else reading.encoder.width
    layers = None if reading is None else reading.layers
    network = build_network(settings, width, layers).to(device).train()
    table, size = None, min(settings.training.batch_size, len(sample.ids))
    if settings.graph_network is not None:
        atoms = len(sample.graphs.element)
        facts = np.zeros((atoms, WIDTH), np.float32) if settings.uses_sites else None
        table = GraphTable(sample.graphs, device, sites=facts)
        size = min(size, len(table))
    index = torch.arange(size)
    text: Any = None
    if settings.uses_text:
        text = torch.randn(size, width)
        if reading is not None and layers is not None:
            text = reading.states(size)
            assert isinstance(network, Unfrozen)
            for weights in network.layers_of_text.parameters():  # they come without values
                torch.nn.init.normal_(weights, std=0.02)
        text = text.to(device)
    rate = None if layers is None else settings.text.layer_rate
    optimizer = make_optimizer(network, settings.training, rate)

    def step() -> float:
        began = time.perf_counter()
        graph = None if table is None else table.batch(index, angles=network.uses_angles)
        network(graph, text).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        if on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter() - began

    return step
