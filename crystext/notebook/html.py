"""Cards of HTML: a description, and the facts of a corpus or a run."""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ROWS = 3  # of a corpus
_TEXT = 120  # characters of a text in the table
_MUTED = "opacity:.75"
_BOX = (
    "display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;max-width:960px;"
    "font-family:system-ui,sans-serif;line-height:1.45"
)


def description_card(description: Any) -> str:
    """The picture of the cell, the facts, both sections and the notes, as HTML.

    Args:
        description: a :class:`crystext.Description`, which imports this module.
    """
    from crystext.notebook.svg import picture

    drawn = description.drawn
    noted = f'<p style="margin:6px 0;{_MUTED}">Note: '
    title = f"Unit cell of {description.formula}"
    image = picture(drawn, title) if drawn else ""
    facts = summary_of(description)
    parts = [
        f"<strong>{escape(description.id)}</strong>",
        pairs(facts),
        _section("Global", description.global_text),
        _section("Local", description.local_text),
        *(f"{noted}{escape(note)}</p>" for note in description.notes),
    ]
    left = f"<div>{image}</div>" if image else ""
    body = "".join(parts)
    return f'<div style="{_BOX}">{left}<div style="flex:1 1 320px;min-width:0">{body}</div></div>'


def corpus_card(corpus: Any) -> str:
    """The counts, the properties with units and the first three rows, as HTML.

    Args:
        corpus: a :class:`crystext.corpus.reader.Corpus`, which imports this module.
    """
    counts = corpus.manifest["counts"]
    source = corpus.manifest["source"]
    properties = corpus.properties.values()
    named = [f"{one.name} ({one.unit})" if one.unit else one.name for one in properties]
    facts = {
        "Rows": f"{counts['rows']:,} of {counts['inputs']:,} inputs",
        "Failures": f"{counts['failures']:,}",
        "Source": f"{source['title']}, {source['version']}",
        "Properties": ", ".join(named) or "none",
        "Folder": corpus.path,
    }
    columns = ["id", "formula", "space_group_symbol", "text"]
    rows = [row for batch in islice(corpus.batches(columns), 1) for row in batch.to_pylist()]
    shown = [[_short(row[name]) for name in columns] for row in rows[:_ROWS]]
    return titled(f"Corpus {corpus.path.name}", pairs(facts), grid(columns, shown))


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


def summary_of(description: Any) -> dict[str, str]:
    """What holds for the whole crystal, by name."""
    facts = {"Formula": description.formula}
    if description.mineral:
        facts["Mineral"] = description.mineral
    group = f"{description.space_group_symbol} ({description.space_group_number})"
    return facts | {
        "Crystal system": description.crystal_system,
        "Space group": group,
        "Dimensionality": f"{description.dimensionality}D",
    }


def pairs(facts: Mapping[str, object]) -> str:
    """A table of names and values."""
    rows = "".join(
        f'<tr><th style="text-align:left;{_MUTED};font-weight:500">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(str(value))}</td></tr>'
        for name, value in facts.items()
    )
    return f'<table style="margin:6px 0">{rows}</table>'


def grid(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a head."""
    head = "".join(f'<th style="text-align:left">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="text-align:left">{escape(str(cell))}</td>' for cell in row)
        + "</tr>"
        for row in rows
    )
    return (
        f'<table style="margin:6px 0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def titled(title: str, *parts: str) -> str:
    """A heading over what follows."""
    head = f"<strong>{escape(title)}</strong>"
    return f'<div style="font-family:system-ui,sans-serif">{head}{"".join(parts)}</div>'


def _section(name: str, text: str) -> str:
    if not text:
        return ""
    return f'<p style="margin:6px 0"><span style="{_MUTED}">{name}.</span> {escape(text)}</p>'


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _TEXT else text[:_TEXT].rpartition(" ")[0] + " …"


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"
