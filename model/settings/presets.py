"""Settings from a preset and what replaces its values.

Presets are TOML files in ``crystext/model/presets``. A value that is given by name replaces the
preset's: ``training.epochs=20`` on the command line, ``{"training.epochs": 20}`` from Python.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crystext.choices import PRESETS
from crystext.errors import UsageError, shown
from crystext.model.settings.fusion import RESIDUAL, FusionSettings
from crystext.model.settings.run import PARTS, TREES, RunSettings, graph_network
from crystext.settings import check_choice
from crystext.suggestions import hint

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPONENT_DROPOUT = 0.3
"""Of the components that a residual fusion reads, unless another is asked for."""


def make_settings(
    *,
    corpus: str,
    property_name: str,
    model: str,
    preset: str = "quick",
    seed: int = 0,
    transform: str = "auto",
    threshold: float | None = None,
    init_from: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> RunSettings:
    """Settings from a preset and what replaces its values.

    Args:
        corpus: name or folder.
        property_name: the column to learn.
        model: see :class:`RunSettings`.
        preset: ``quick``, ``paper`` or ``reference``.
        seed: of weights, batches and dropout.
        transform: of targets.
        threshold: see :class:`RunSettings`.
        init_from: likewise.
        overrides: values by dotted name: ``training.*``, ``text.*``, ``fusion.*``, ``network.*``.

    Raises:
        UsageError: a name or value is not allowed; the message says which are.
    """
    table = load_preset(preset)
    fusion = dict(table.get("crysmmnet", {}))
    inside = {name: fusion.pop(name) for name in list(fusion) if isinstance(fusion[name], dict)}
    network = graph_network(model)
    options = dict(table.get("networks", {}).get(network, {}))
    if model.startswith("crysmmnet"):
        options |= inside.get(network, {})
    parts: dict[str, dict[str, Any]] = {
        "training": dict(table["training"]),
        "text": dict(table["text"]),
        "fusion": fusion,
        "network": options,
    }
    if model == TREES:
        parts["text"] |= {"encoder": "facts", "section": "all", "windows": False}
    for name, value in (overrides or {}).items():
        part, _, key = name.partition(".")
        if part not in parts or not key:
            raise UsageError(
                f"{shown(name)} is no setting; name one as training.epochs, text.section, "
                "fusion.form or network.hidden"
            )
        if part in PARTS and key not in (known := [one.name for one in fields(PARTS[part])]):
            meant = hint(key, known)
            raise UsageError(f"{shown(name)} is no setting; {meant}{part} has {', '.join(known)}")
        parts[part][key] = value
    if "fusion.dropout" not in (overrides or {}):
        parts["fusion"]["dropout"] = (
            _COMPONENT_DROPOUT
            if parts["fusion"].get("fusion") in RESIDUAL
            else parts["fusion"].get("dropout", FusionSettings.dropout)
        )
    return RunSettings(
        corpus=corpus,
        property_name=property_name,
        model=model,
        seed=seed,
        preset=preset,
        transform=transform,
        threshold=threshold,
        init_from=init_from,
        network=parts.pop("network"),
        **{name: kind(**parts[name]) for name, kind in PARTS.items()},
    )


def load_preset(name: str) -> dict[str, Any]:
    """A preset's tables by name.

    Raises:
        UsageError: there is no such preset.
    """
    check_choice("preset", name, PRESETS)
    return tomllib.loads((files("crystext.model.presets") / f"{name}.toml").read_text())
