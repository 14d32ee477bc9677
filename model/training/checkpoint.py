"""Checkpoints: weights, optimizer, schedule and random numbers, without pickle.

Tensors go into safetensors, plain numbers into JSON in the same file's header. A checkpoint is
written aside and renamed, so an interruption leaves the one before it.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from crystext.errors import BadCheckpointError, first_line, shown
from crystext.files import written_aside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import nn

_T = TypeVar("_T")
_NETWORK, _OPTIMIZER, _RANDOM = "network.", "optimizer.", "random."


def save_weights(path: Path, network: nn.Module, about: Mapping[str, Any]) -> None:
    """Writes a network's weights and buffers, with a few words about them in the header."""
    _write(path, _tensors(network.state_dict()), {"about": dict(about)})


def weights_bytes(network: nn.Module, about: Mapping[str, Any]) -> bytes:
    """What :func:`save_weights` would write."""
    from safetensors.torch import save

    plain = {"about": dict(about)}
    return save(_tensors(network.state_dict()), metadata={"plain": json.dumps(plain)})


def check_shapes(path: Path, network: nn.Module, *, keep: tuple[str, ...] = ()) -> None:
    """Refuses weights of another network by the file's header alone.

    Args:
        path: of weights.
        network: also one on torch's device ``meta``, which takes no memory.
        keep: beginnings of names that are not compared.

    Raises:
        BadCheckpointError: the file is damaged, or its tensors have other names or shapes.
    """
    from safetensors import safe_open

    with _reading(path), safe_open(path, framework="pt") as file:
        there = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    there = _with_current_names(network, there)
    there = {name: shape for name, shape in there.items() if not name.startswith(keep)}
    wanted = {
        name: tuple(one.shape)
        for name, one in network.state_dict().items()
        if not name.startswith(keep)
    }
    if there != wanted:
        name = min(name for name in there | wanted if there.get(name) != wanted.get(name))
        raise BadCheckpointError(
            f"{path} is of another network: {name} has the shape {there.get(name)}, not "
            f"{wanted.get(name)}"
        )


def load_weights(path: Path, network: nn.Module, *, keep: tuple[str, ...] = ()) -> dict[str, Any]:
    """Reads weights into a network.

    Args:
        path: of weights.
        network: takes them.
        keep: beginnings of names whose tensors the network keeps as they are.

    Returns:
        What was written about them.

    Raises:
        BadCheckpointError: the file is damaged or of another network.
    """
    tensors, plain = _read(path, "about")
    if keep:
        own = {name: one for name, one in network.state_dict().items() if name.startswith(keep)}
        tensors = {name: one for name, one in tensors.items() if not name.startswith(keep)} | own
    _load(network, tensors, path)
    return plain["about"]


def save_state(
    path: Path,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    progress: Mapping[str, Any],
) -> None:
    """Writes all that a run needs to go on as if it had not been interrupted.

    Args:
        path: of the file.
        network: its weights and buffers.
        optimizer: its moments and step counts.
        schedule: where the learning rate stands.
        progress: plain values: epoch, step, best error and so on.
    """
    state = optimizer.state_dict()
    tensors = {_NETWORK + name: one for name, one in _tensors(network.state_dict()).items()}
    for number, entry in state["state"].items():
        for name, one in entry.items():
            tensors[f"{_OPTIMIZER}{number}.{name}"] = torch.as_tensor(one)
    tensors[_RANDOM + "cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors[_RANDOM + "cuda"] = torch.cuda.get_rng_state()
    plain = {
        "groups": state["param_groups"],
        "schedule": {k: v for k, v in schedule.state_dict().items() if not callable(v)},
        "progress": dict(progress),
    }
    _write(path, tensors, plain)


def load_state(
    path: Path,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> dict[str, Any]:
    """Reads what :func:`save_state` wrote, random numbers included, and returns the progress.

    Raises:
        BadCheckpointError: the file is damaged or of another network.
    """
    tensors, plain = _read(path, "groups", "schedule", "progress")
    part = {n.removeprefix(_NETWORK): t for n, t in tensors.items() if n.startswith(_NETWORK)}
    _load(network, part, path)
    with _reading(path):
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, one in tensors.items():
            if name.startswith(_OPTIMIZER):
                number, _, key = name.removeprefix(_OPTIMIZER).partition(".")
                state.setdefault(int(number), {})[key] = one
        optimizer.load_state_dict({"state": state, "param_groups": plain["groups"]})
        schedule.load_state_dict(plain["schedule"])
        torch.set_rng_state(tensors[_RANDOM + "cpu"])
        if torch.cuda.is_available() and _RANDOM + "cuda" in tensors:
            torch.cuda.set_rng_state(tensors[_RANDOM + "cuda"])
    return plain["progress"]


def _tensors(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Each tensor by itself and contiguous, as safetensors wants them."""
    return {name: one.detach().cpu().clone().contiguous() for name, one in state.items()}


def _write(path: Path, tensors: dict[str, torch.Tensor], plain: Mapping[str, Any]) -> None:
    from safetensors.torch import save_file

    with written_aside(path) as aside:
        # one key only: the order of several is not the same in every process
        save_file(tensors, aside, metadata={"plain": json.dumps(plain)})


def _read(path: Path, *parts: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors, and the tables of these names."""
    from safetensors import safe_open

    with _reading(path), safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        plain = json.loads(file.metadata()["plain"])
        for name in parts:
            if not isinstance(plain[name], list if name == "groups" else dict):
                raise TypeError(f"{name} is {shown(plain[name])}")
        return tensors, plain


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except (
        *(SafetensorError, OSError, KeyError, TypeError, ValueError),
        *(AttributeError, RuntimeError),
    ) as error:
        raise BadCheckpointError(
            f"{path} is no checkpoint of a run ({first_line(error)}); train again"
        ) from error


def _load(network: nn.Module, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    try:
        network.load_state_dict(_with_current_names(network, tensors))
    except RuntimeError as error:
        raise BadCheckpointError(f"{path} is of another network: {first_line(error)}") from error


def _with_current_names(network: nn.Module, saved: Mapping[str, _T]) -> dict[str, _T]:
    """What was saved by tensor, under the names that the network's parts have today."""
    found = dict(saved)
    for place, module in network.named_modules():
        prefix = f"{place}." if place else ""
        for old, new in getattr(module, "former_names", {}).items():
            start = f"{prefix}{old}."
            for name in [name for name in found if name.startswith(start)]:
                found[f"{prefix}{new}.{name.removeprefix(start)}"] = found.pop(name)
    return found
