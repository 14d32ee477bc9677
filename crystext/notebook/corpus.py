"""How a corpus looks in a notebook: what it holds, its properties, and its first rows."""

from __future__ import annotations

from itertools import islice
from typing import Any

from crystext.notebook.html import grid, pairs, titled

_ROWS = 3
_TEXT = 120  # characters of a text in the table


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


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _TEXT else text[:_TEXT].rpartition(" ")[0] + " …"
