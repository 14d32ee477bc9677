"""Names that the shell completes: of models, properties and suites; from what is on the disk."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

_PACKAGED = {"mini": "mini-text"}


def models(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The models that ``--model`` takes."""
    from crystext.model.networks.registry import GRAPH_NETWORKS

    text = ["crystextnet", "trees", "crysmmnet", *(f"crysmmnet-{one}" for one in GRAPH_NETWORKS)]
    return _last(sorted(GRAPH_NETWORKS) + text, incomplete)


def properties(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The properties of the corpus that stands before, by default the packaged one."""
    from crystext.corpus.layout import MANIFEST
    from crystext.files import read_json

    name = str(ctx.params.get("corpus") or "mini")
    folder: Any = Path(name)
    if not folder.exists() and name in _PACKAGED:
        folder = files("crystext") / "data" / _PACKAGED[name]
    try:
        found = read_json(folder / MANIFEST) or {}
        return _last([str(one["name"]) for one in found.get("properties", ())], incomplete)
    except (OSError, TypeError, KeyError):  # a damaged corpus completes nothing
        return []


def suites(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The suites that ``--suite`` takes."""
    folder = files("crystext.model.benchmark.suites")
    names = [one.name for one in folder.iterdir() if one.name.endswith(".toml")]
    return _last(sorted(name.removesuffix(".toml") for name in names), incomplete)


def _last(names: Iterable[str], incomplete: str) -> list[str]:
    """What the last word of a list with commas may become."""
    before, comma, word = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(word)]
