"""Checkpoints: weights, and whatever else a run keeps in tensors and plain numbers, without pickle.

Tensors go into safetensors, plain numbers into JSON in the same file's header. A checkpoint is
written aside and renamed, so an interruption leaves the one before it. What a whole run needs to go
on is in :mod:`crystext.model.training.state`.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from crystext.errors import BadCheckpointError, first_line, shown
from crystext.files import written_aside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import torch
    from torch import nn

_T = TypeVar("_T")


def save_weights(path: Path, network: nn.Module, about: Mapping[str, Any]) -> None:
    """Writes a network's weights and buffers, with a few words about them in the header."""
    write(path, separate(network.state_dict()), {"about": dict(about)})


def weights_bytes(network: nn.Module, about: Mapping[str, Any]) -> bytes:
    """What :func:`save_weights` would write."""
    from safetensors.torch import save

    plain = {"about": dict(about)}
    return save(separate(network.state_dict()), metadata={"plain": json.dumps(plain)})


def check_shapes(path: Path, network: nn.Module) -> None:
    """Refuses weights of another network by the file's header alone.

    Args:
        path: of weights.
        network: also one on torch's device ``meta``, which takes no memory.

    Raises:
        BadCheckpointError: the file is damaged, or its tensors have other names or shapes.
    """
    from safetensors import safe_open

    with reading(path), safe_open(path, framework="pt") as file:
        there = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    there = with_current_names(network, there)
    wanted = {name: tuple(one.shape) for name, one in network.state_dict().items()}
    if there != wanted:
        name = min(name for name in there | wanted if there.get(name) != wanted.get(name))
        raise BadCheckpointError(
            f"{path} is of another network: {name} has the shape {there.get(name)}, not "
            f"{wanted.get(name)}"
        )


def load_weights(path: Path, network: nn.Module) -> dict[str, Any]:
    """Reads weights into a network.

    Returns:
        What was written about them.

    Raises:
        BadCheckpointError: the file is damaged or of another network.
    """
    tensors, plain = read(path, "about")
    load_named(network, tensors, path)
    return plain["about"]


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """What :func:`save_weights` wrote, of whatever shapes.

    Raises:
        BadCheckpointError: the file is damaged.
    """
    tensors, plain = read(path, "about")
    return tensors, plain["about"]


def separate(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Each tensor by itself and contiguous, as safetensors wants them."""
    return {name: one.detach().cpu().clone().contiguous() for name, one in state.items()}


def write(path: Path, tensors: dict[str, torch.Tensor], plain: Mapping[str, Any]) -> None:
    """Writes tensors that share no memory, and plain values in the header.

    Raises:
        OSError: the file cannot be written; safetensors has an error of its own for that.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with written_aside(path) as aside:
        try:
            # one key only: the order of several is not the same in every process
            save_file(tensors, aside, metadata={"plain": json.dumps(plain)})
        except SafetensorError as error:
            if number := re.search(r"\(os error (\d+)\)", str(error)):
                said = int(number[1])
                raise OSError(said, os.strerror(said), str(path)) from error
            raise


def read(path: Path, *parts: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Tensors by name, and the plain values beside them.

    Args:
        path: of the file.
        parts: names of plain values that must be there: ``groups`` a list, others tables.

    Raises:
        BadCheckpointError: the file is damaged, or lacks one of them.
    """
    from safetensors import safe_open

    with reading(path), safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        plain = json.loads(file.metadata()["plain"])
        for name in parts:
            if not isinstance(plain[name], list if name == "groups" else dict):
                raise TypeError(f"{name} is {shown(plain[name])}")
        return tensors, plain


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a checkpoint's content inside is said to be of its file.

    Raises:
        BadCheckpointError: in its place.
    """
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


def load_named(network: nn.Module, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Gives a network the tensors that were read of a file, under today's names.

    Raises:
        BadCheckpointError: they are another network's.
    """
    try:
        network.load_state_dict(with_current_names(network, tensors))
    except RuntimeError as error:
        raise BadCheckpointError(f"{path} is of another network: {first_line(error)}") from error


def with_current_names(network: nn.Module, saved: Mapping[str, _T]) -> dict[str, _T]:
    """What was saved by tensor, under the names that the network's parts have today."""
    found = dict(saved)
    for place, module in network.named_modules():
        prefix = f"{place}." if place else ""
        for old, new in getattr(module, "former_names", {}).items():
            start = f"{prefix}{old}."
            for name in [name for name in found if name.startswith(start)]:
                found[f"{prefix}{new}.{name.removeprefix(start)}"] = found.pop(name)
    return found
