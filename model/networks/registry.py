"""The networks by name, imported when asked for, and their options, read from the signature."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from crystext.errors import UsageError
from crystext.errors.base import shown
from crystext.suggestions import hint

if TYPE_CHECKING:
    from crystext.model.networks.base import GraphNetwork

GRAPH_NETWORKS: dict[str, str] = {
    "alignn": "crystext.model.networks.alignn:ALIGNN",
    "cgcnn": "crystext.model.networks.cgcnn:CGCNN",
    "cogn": "crystext.model.networks.cogn:CoGN",
    "gatgnn": "crystext.model.networks.gatgnn:GATGNN",
    "matformer": "crystext.model.networks.matformer:Matformer",
    "megnet": "crystext.model.networks.megnet:MEGNet",
    "schnet": "crystext.model.networks.schnet:SchNet",
}
"""Graph networks: name to module and class."""
WIDEST, MOST_LAYERS = 100_000, 1000
"""Beyond these no network can be made."""


@dataclass(frozen=True)
class Option:
    """One keyword argument of a network.

    Attributes:
        name: of the argument.
        kind: its type: bool, int, float, a ``Literal``, or ``tuple[int, ...]``.
        default: the authors' published value.
    """

    name: str
    kind: Any
    default: Any

    def parsed(self, network: str, value: Any) -> Any:
        """The value as the network takes it; a list, as TOML has it, becomes a tuple.

        Raises:
            UsageError: it is of another type, or no width or depth.
        """
        wanted = self._wanted()
        if get_origin(self.kind) is Literal:
            fits = value in get_args(self.kind)
        elif get_origin(self.kind) is tuple:
            fits = isinstance(value, list | tuple) and all(_whole(one, WIDEST) for one in value)
            value = tuple(value) if fits else value
        elif self.kind is bool:
            fits = isinstance(value, bool)
        elif self.kind is int:
            layers = self.name.endswith("layers")
            fits = _whole(value, MOST_LAYERS if layers else WIDEST) or (value == 0 and layers)
        else:
            fits = isinstance(value, int | float) and not isinstance(value, bool)
            share = self.name == "dropout"
            fits = fits and (0 <= value < 1 if share else 0 < value < math.inf)
            value = float(value) if fits else value
        if not fits:
            raise UsageError(f"{network}: {self.name} is {shown(value)}; it must be {wanted}")
        return value

    def _wanted(self) -> str:
        if get_origin(self.kind) is Literal:
            return " or ".join(repr(one) for one in get_args(self.kind))
        if get_origin(self.kind) is tuple:
            return f"a list of whole numbers from 1 to {WIDEST:,}"
        if self.kind is bool:
            return "true or false"
        if self.kind is int:
            layers = self.name.endswith("layers")
            ends = (0, MOST_LAYERS) if layers else (1, WIDEST)
            return f"a whole number from {ends[0]} to {ends[1]:,}"
        return "a share, from 0 to below 1" if self.name == "dropout" else "a number above 0"


def graph_network_class(name: str) -> type[GraphNetwork]:
    """The class of a graph network.

    Raises:
        UsageError: no network has this name.
    """
    if name not in GRAPH_NETWORKS:
        known = ", ".join(sorted(GRAPH_NETWORKS))
        meant = hint(name, [*GRAPH_NETWORKS, "crysmmnet", "crystextnet", "trees"])
        raise UsageError(f"no graph network is called {shown(name)}; {meant}there are {known}")
    module, _, attribute = GRAPH_NETWORKS[name].partition(":")
    return getattr(import_module(module), attribute)


def graph_network_options(name: str) -> dict[str, Option]:
    """What can be set of a graph network, with the published defaults."""
    start = graph_network_class(name).__init__
    kinds = get_type_hints(start)
    return {
        key: Option(key, kinds[key], parameter.default)
        for key, parameter in inspect.signature(start).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def build_graph_network(name: str, **options: object) -> GraphNetwork:
    """A graph network with fresh weights from torch's generator.

    Args:
        name: a key of :data:`GRAPH_NETWORKS`.
        options: keyword arguments of its class; the rest have the published values.

    Raises:
        UsageError: no network has this name, or it has no such option, or no such value of it.
    """
    return graph_network_class(name)(**graph_network_settings(name, options))


def graph_network_settings(name: str, options: dict[str, object]) -> dict[str, Any]:
    """All settings of a graph network: the options given, checked, and the defaults of the rest.

    Raises:
        UsageError: see :func:`build_graph_network`.
    """
    known = graph_network_options(name)
    for key in options:
        if key not in known:
            raise UsageError(f"{name} has no option {shown(key)}; it has {', '.join(known)}")
    return {
        key: option.parsed(name, options[key]) if key in options else option.default
        for key, option in known.items()
    }


def _whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most
