"""How a finished run looks in a notebook: what it predicts, and how well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.notebook.html import grid, pairs, titled

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_card(name: str, model: str, prop: str, unit: str, metrics: Mapping[str, Any]) -> str:
    """The model, the property and a table of errors, as HTML.

    Args:
        name: of the run.
        model: of which network.
        prop: name of the property.
        unit: of its values.
        metrics: those of the run's ``metrics.json``; what is missing there is left out.
    """
    counts = metrics.get("counts") or {}
    facts = {
        "Model": model,
        "Property": f"{prop} ({unit})" if unit else prop,
        "Crystals": ", ".join(f"{number:,} {part}" for part, number in counts.items()),
        "Best epoch": metrics.get("best_epoch"),
    }
    rows = [
        (what, *(_number(metrics[key].get(one)) for one in ("mae", "rmse", "r2")), in_unit or "1")
        for what, key, in_unit in (
            ("validation", "validation", metrics.get("error_unit", unit)),
            ("test", "test", metrics.get("error_unit", unit)),
            ("test", "test_in_unit", unit),
            ("always the mean", "mean_predictor", metrics.get("error_unit", unit)),
        )
        if key in metrics
    ]
    shown = {key: value for key, value in facts.items() if value not in {None, ""}}
    return titled(f"Run {name}", pairs(shown), grid(("Errors", "MAE", "RMSE", "R²", "Unit"), rows))


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"
