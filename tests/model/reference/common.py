"""What the generators of reference arrays share: the graphs, and how numbers are kept."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
TARGET = torch.tensor([0.5, -0.25], dtype=torch.float64)


def graphs() -> dict[str, torch.Tensor]:
    """The arrays of ``graphs.npz``; indices count over both crystals, real numbers are float64."""
    with np.load(HERE / "graphs.npz") as file:
        arrays = {name: torch.from_numpy(file[name]) for name in file.files}
    return {
        name: value.double() if value.is_floating_point() else value.long()
        for name, value in arrays.items()
    }


def definitions(path: Path, names: Sequence[str], namespace: dict[str, object]) -> dict[str, type]:
    """Classes and functions of a source file, without what else it does when imported.

    Args:
        path: the file.
        names: which of its top-level definitions, none of which is changed.
        namespace: what they refer to.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names
    ]
    exec(compile(tree, str(path), "exec"), namespace)
    return {name: namespace[name] for name in names}


def shim(name: str, **content: object) -> None:
    """Puts a module of this content where a package that is not installed would be."""
    module = ModuleType(name)
    vars(module).update(content)
    sys.modules[name] = module


def randomise(network: torch.nn.Module, scale: float = 0.1, seed: int = 0) -> None:
    """Float32 weights off their start, so that none is 0 or 1 and each one matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad:
                weight.add_(scale * torch.randn(weight.shape, generator=generator))


def record(
    name: str,
    network: torch.nn.Module,
    run: Callable[[], dict[str, torch.Tensor]],
    *,
    statistics: bool,
    loss_on: str = "output",
    extra: dict[str, np.ndarray] | None = None,
) -> None:
    """Runs a network in float64, while training and in evaluation, and writes ``<name>.npz``.

    Args:
        name: of the file.
        network: float32, with the weights to keep.
        run: gives named results, (2, …) each, for the two crystals.
        statistics: whether it has batch normalisation.
        loss_on: the result whose squared distance from :data:`TARGET` (for vectors, of their sums)
            gives the gradients.
        extra: more arrays to keep.
    """
    kept = dict(extra or {})
    weights = {key: weight.detach().numpy().copy() for key, weight in network.named_parameters()}
    network.double()
    network.train()
    results = run()
    out = results[loss_on]
    loss = ((out if out.dim() == 1 else out.sum(dim=1)) - TARGET).square().sum()
    loss.backward()
    kept |= {f"train/{key}": value.detach().numpy() for key, value in results.items()}
    kept["train/loss"] = loss.detach().numpy()
    for key, weight in network.named_parameters():
        if weight.grad is not None:  # some are never read
            kept[f"weight/{key}"] = weights[key]
            kept[f"gradient/{key}"] = weight.grad.norm().numpy()
    if statistics:
        for key, value in network.named_buffers():
            if "running" in key:
                kept[f"after/{key}"] = value.numpy().copy()
    network.eval()
    with torch.no_grad():
        kept |= {f"eval/{key}": value.numpy() for key, value in run().items()}
    np.savez_compressed(HERE / f"{name}.npz", **kept)
    size = (HERE / f"{name}.npz").stat().st_size
    sys.stdout.write(f"{name}.npz: {len(kept)} arrays, {size / 1024:.0f} KiB\n")
