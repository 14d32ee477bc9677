"""The state of a run: all that it needs to go on as if it had not been interrupted.

One file holds what moves with every step (weights, optimizer, schedule, the scaler of fp16, every
process' random numbers, progress) and what the best epochs left (their weights, and the watched
predictions). It is written aside and renamed, so that these always belong together, whenever a run
is killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.errors import OtherRunError
from crystext.model.training.checkpoint import (
    load_named,
    read,
    reading,
    separate,
    with_current_names,
    write,
)
from crystext.model.training.folder import BEST, WATCHED_PREDICTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import nn

_NETWORK, _OPTIMIZER, _RANDOM, _BEST = "network.", "optimizer.", "random.", "best."
_WATCHED = "watched"


@dataclass(frozen=True)
class Moving:
    """What moves with every step.

    Attributes:
        network: its weights and buffers.
        optimizer: its moments and step counts.
        schedule: where the learning rate stands.
        scaler: of losses in fp16, ``None`` in other precisions.
    """

    network: nn.Module
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    scaler: torch.amp.GradScaler | None = None


@dataclass
class Kept:
    """What the best epochs left.

    Attributes:
        best: weights and buffers of the lowest validation error, by name; ``None`` before there
            is one.
        watched: (n,), predictions of the test set at its lowest error, where it is watched.
    """

    best: dict[str, torch.Tensor] | None = None
    watched: NDArray[np.float64] | None = None


def random_states() -> dict[str, torch.Tensor]:
    """The states of this process' random numbers, by device."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def save_state(
    path: Path,
    moving: Moving,
    kept: Kept,
    randoms: Sequence[Mapping[str, torch.Tensor]],
    progress: Mapping[str, Any],
) -> None:
    """Writes a state.

    Args:
        path: of the file.
        moving: as it stands between two steps.
        kept: of the epochs before.
        randoms: :func:`random_states` of every process, in their order.
        progress: plain values: epoch, step, best error and so on.
    """
    state = moving.optimizer.state_dict()
    tensors = {_NETWORK + name: one for name, one in separate(moving.network.state_dict()).items()}
    for number, entry in state["state"].items():
        for name, one in entry.items():
            tensors[f"{_OPTIMIZER}{number}.{name}"] = torch.as_tensor(one)
    for process, states in enumerate(randoms):
        tensors |= {f"{_RANDOM}{process}.{device}": one for device, one in states.items()}
    tensors |= {_BEST + name: one for name, one in separate(kept.best or {}).items()}
    if kept.watched is not None:
        tensors[_WATCHED] = torch.from_numpy(kept.watched.copy())
    plain = {
        "groups": state["param_groups"],
        "schedule": {k: v for k, v in moving.schedule.state_dict().items() if not callable(v)},
        "scaler": {} if moving.scaler is None else moving.scaler.state_dict(),
        "processes": len(randoms),
        "progress": dict(progress),
    }
    write(path, tensors, plain)


def load_state(
    path: Path, moving: Moving, *, process: int = 0, processes: int = 1
) -> tuple[dict[str, Any], Kept]:
    """Reads what :func:`save_state` wrote, this process' random numbers included.

    States of earlier releases hold the first process' random numbers alone, no scaler, and what the
    best epochs left lies in files beside them.

    Args:
        path: of the file.
        moving: is set to where the run stood.
        process: this one's number.
        processes: how many there are.

    Returns:
        The progress, and what the best epochs left.

    Raises:
        BadCheckpointError: the file is damaged or of another network.
        OtherRunError: it was written by another number of processes.
    """
    tensors, plain = read(path, "groups", "schedule", "progress")
    before = plain.get("processes", processes)
    if before != processes:
        raise OtherRunError(
            f"the run in {path.parent} was begun with {before} process{'es' * (before != 1)}, not "
            f"{processes}; give as many, or remove {path.name} there to begin anew"
        )
    load_named(moving.network, _part(tensors, _NETWORK), path)
    with reading(path):
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, one in _part(tensors, _OPTIMIZER).items():
            number, _, key = name.partition(".")
            state.setdefault(int(number), {})[key] = one
        moving.optimizer.load_state_dict({"state": state, "param_groups": plain["groups"]})
        moving.schedule.load_state_dict(plain["schedule"])
        if moving.scaler is not None and plain.get("scaler"):
            moving.scaler.load_state_dict(plain["scaler"])
        kept = _kept(path, tensors, plain["progress"], moving.network)
        own = _part(tensors, f"{_RANDOM}{process}.") or _part(tensors, _RANDOM)
        torch.set_rng_state(own["cpu"])
        if torch.cuda.is_available() and "cuda" in own:
            torch.cuda.set_rng_state(own["cuda"])
    return plain["progress"], kept


def _kept(
    path: Path,
    tensors: Mapping[str, torch.Tensor],
    progress: Mapping[str, Any],
    network: nn.Module,
) -> Kept:
    best: dict[str, torch.Tensor] | None = _part(tensors, _BEST)
    if not best:
        best = read(path.with_name(BEST), "about")[0] if progress["best_epoch"] else None
    watched = tensors[_WATCHED].numpy() if _WATCHED in tensors else None
    if watched is None and progress["watched_epoch"]:
        watched = np.load(path.with_name(WATCHED_PREDICTIONS))
    return Kept(None if best is None else with_current_names(network, best), watched)


def _part(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {n.removeprefix(prefix): one for n, one in tensors.items() if n.startswith(prefix)}
