"""A corpus in figures, each counted once: what card, report and ``crystext stats`` show."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from crystext.choices import CRYSTAL_SYSTEMS, TOKEN_LIMIT
from crystext.corpus.columns import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from crystext.corpus.columns import Property
    from crystext.corpus.reader import Corpus

KINDS = ("exact", "-like", "-derived", "none")
"""How a mineral is named: the prototype itself, with a suffix, or not at all."""
SITE_EDGES = (1, 2, 3, 5, 9, 17, 33, 65, 129, 257, 513)
"""Cells are counted by sites from one edge to just below the next; the last bin is open."""
_QUANTILES = {"p25": 25, "median": 50, "p75": 75, "p95": 95}


def summarise(corpus: Corpus, *, top: int = 10) -> dict[str, Any]:
    """The figures of a corpus, ``top`` space groups, elements and minerals among them.

    Returns:
        Plain values, ready for JSON: ``counts`` as in the manifest; those of
        :func:`row_statistics`; ``seconds``, or ``None`` without timings.

    Raises:
        BadCorpusError: a shard cannot be read.
    """
    return {
        "name": corpus.manifest["name"],
        "counts": dict(corpus.manifest["counts"]),
        **row_statistics(corpus, top=top),
        "seconds": _seconds(corpus),
    }


def row_statistics(corpus: Corpus, *, top: int = 10) -> dict[str, Any]:
    """The figures of the rows alone.

    Memory grows with the number of rows by a few bytes each: texts are measured by batch.

    Returns:
        ``crystal_systems``, ``dimensionality``, ``space_groups``, ``elements``,
        ``elements_per_crystal``, ``sites`` and ``minerals`` count crystals; ``lengths`` has, by
        section and unit (characters, words, tokens of each tokenizer), count, min, quartiles, 95th
        percentile, max and, for tokens, how many have over 512; ``properties`` by name with unit.

    Raises:
        BadCorpusError: a shard cannot be read.
    """
    names = ("n_sites", "mineral", "crystal_system", "dimensionality", "space_group_number")
    table = corpus.table([*names, "space_group_symbol", "elements"])
    elements = Counter(pc.list_flatten(table["elements"]).to_pylist())
    return {
        "crystal_systems": _counted(table["crystal_system"].to_pylist(), CRYSTAL_SYSTEMS),
        "dimensionality": _counted(table["dimensionality"].to_pylist(), range(4)),
        "space_groups": _space_groups(table, top),
        "elements": {"different": len(elements), "top": _top(elements, top)},
        "elements_per_crystal": _counted(pc.list_value_length(table["elements"]).to_pylist()),
        "sites": _sites(table["n_sites"].to_numpy()),
        "minerals": _minerals(table["mineral"].to_pylist(), top),
        "lengths": {section: _lengths(corpus, section) for section in SECTIONS},
        "properties": [
            {"name": one.name, "unit": one.unit, **_property(corpus, one)}
            for one in corpus.properties.values()
        ],
    }


def median_row(corpus: Corpus, columns: Sequence[str]) -> dict[str, Any] | None:
    """The row whose text has the median length, the first of several; ``None`` without rows."""
    lengths = _measured(corpus, "text", pc.utf8_length)
    if not len(lengths):
        return None
    index = int(np.argsort(lengths, kind="stable")[(len(lengths) - 1) // 2])
    for batch in corpus.batches(columns):
        if index < len(batch):
            return batch.slice(index, 1).to_pylist()[0]
        index -= len(batch)
    raise IndexError(index)


def spread(values: Iterable[float]) -> dict[str, Any]:
    """Count, least, quartiles, 95th percentile and most; ``None`` where there are no values."""
    held = np.asarray(list(values) if not isinstance(values, np.ndarray) else values, dtype=float)
    if not len(held):
        return {"count": 0, "min": None, **dict.fromkeys(_QUANTILES), "max": None}
    quantiles = np.percentile(held, list(_QUANTILES.values())).tolist()
    return {
        "count": len(held),
        "min": held.min().item(),
        **dict(zip(_QUANTILES, quantiles, strict=True)),
        "max": held.max().item(),
    }


def mineral_kind(mineral: str | None) -> str:
    """Which of :data:`KINDS` a mineral's name is."""
    if not mineral:
        return "none"
    return next((kind for kind in KINDS[1:3] if mineral.endswith(kind)), "exact")


def _counted(values: Iterable[Any], order: Iterable[Any] | None = None) -> dict[str, int]:
    """How often each value occurs, those of ``order`` even if never; keys are text, as in JSON."""
    found = Counter(values)
    keys = sorted(found) if order is None else order
    return {str(key): found[key] for key in keys}


def _top(found: Counter, top: int) -> dict[str, int]:
    """The most frequent, ties by name."""
    return dict(sorted(found.items(), key=lambda item: (-item[1], str(item[0])))[:top])


def _space_groups(table: pa.Table, top: int) -> dict[str, Any]:
    numbers = table["space_group_number"].to_pylist()
    symbols = dict(zip(numbers, table["space_group_symbol"].to_pylist(), strict=True))
    found = Counter(numbers)
    most = _top(found, top)
    return {
        "different": len(found),
        "top": [{"number": n, "symbol": symbols[n], "count": most[n]} for n in most],
    }


def _sites(values: np.ndarray) -> dict[str, Any]:
    heights, _ = np.histogram(values, bins=[*SITE_EDGES, np.inf])
    ends = [f"{high - 1}" for high in SITE_EDGES[1:]]
    labels = [
        str(low) if str(low) == end else f"{low} to {end}"
        for low, end in zip(SITE_EDGES, ends, strict=False)
    ]
    labels.append(f"{SITE_EDGES[-1]} and more")
    histogram = {label: int(n) for label, n in zip(labels, heights, strict=True) if n}
    return {**spread(values), "histogram": histogram}


def _minerals(values: list[str | None], top: int) -> dict[str, Any]:
    return {
        "kinds": _counted(map(mineral_kind, values), KINDS),
        "top": _top(Counter(filter(None, values)), top),
    }


def _lengths(corpus: Corpus, section: str) -> dict[str, Any]:
    lengths = {
        "characters": spread(_measured(corpus, section, pc.utf8_length)),
        "words": spread(_measured(corpus, section, _words)),
    }
    for tokenizer in corpus.tokenizers:
        name = f"{section}_tokens_{tokenizer}"
        tokens = corpus.table([name])[name].to_numpy()
        over = int((tokens > TOKEN_LIMIT).sum())
        lengths[f"{tokenizer} tokens"] = spread(tokens) | {"over_limit": over}
    return lengths


def _measured(corpus: Corpus, section: str, measure: Callable[[pa.Array], pa.Array]) -> np.ndarray:
    """One number for each text of a section (rows,)."""
    parts = [measure(batch[section]).to_numpy() for batch in corpus.batches([section])]
    return np.concatenate(parts) if parts else np.empty(0)


def _words(texts: pa.Array) -> pa.Array:
    words = pc.list_value_length(pc.utf8_split_whitespace(texts))
    return pc.if_else(pc.equal(texts, ""), 0, words)


def _property(corpus: Corpus, one: Property) -> dict[str, Any]:
    column = corpus.table([one.name])[one.name]
    if not one.is_number:
        return {"count": len(column) - column.null_count, "nulls": column.null_count}
    return spread(column.drop_null().to_numpy()) | {"nulls": column.null_count}


def _seconds(corpus: Corpus) -> dict[str, Any] | None:
    timings = corpus.timings()
    if not len(timings):
        return None
    held = timings["seconds"].to_numpy()
    return spread(held) | {"total": float(held.sum())}
