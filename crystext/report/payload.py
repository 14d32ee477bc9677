"""What the page is given: the columns of a corpus, its failures and how it was made, as JSON.

Texts travel as their two sections, of which the whole text is the join; the condensed data stay in
the corpus. Numbers are rounded to six significant digits.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from crystext.choices import TOKEN_LIMIT
from crystext.corpus.columns import SECTIONS
from crystext.corpus.statistics import summarise
from crystext.report.structures import drawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.corpus.columns import Property
    from crystext.corpus.reader import Corpus

PLAIN = (
    "id", "formula", "elements", "n_sites", "global_text", "local_text", "fields_text", "mineral",
    "crystal_system", "space_group_symbol", "space_group_number", "dimensionality",
    "n_components", "n_different_components", "symprec", "notes",
)  # fmt: skip
"""Columns that the page shows as they are."""
_FIELD = re.compile(r"(\w+)\s*=\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_DIGITS = 6
_HASH_DIGITS = 12


def payload(corpus: Corpus) -> dict[str, Any]:
    """Everything that the page shows, as plain values.

    Args:
        corpus: an opened corpus.
    """
    tokenizers = corpus.manifest["settings"].get("tokenizers", [])
    counts = [f"{section}_tokens_{name}" for name in tokenizers for section in SECTIONS]
    truncated = [f"truncated_{name}" for name in tokenizers]
    properties = list(corpus.properties.values())
    wanted = [*PLAIN, *counts, *truncated, *(one.name for one in properties)]
    table = corpus.table([*wanted, "structure", "structure_hash"])
    columns: dict[str, Any] = {name: _plain(table[name].to_pylist()) for name in wanted}
    columns["structure_hash"] = [h[:_HASH_DIGITS] for h in table["structure_hash"].to_pylist()]
    structures = [drawn(cif) for cif in table["structure"].to_pylist()]
    columns["cell"] = [one and one.cell for one in structures]
    columns["atoms"] = [one and [one.sites, one.coords] for one in structures]
    columns["seconds"] = _seconds(corpus, columns["id"])
    return {
        "meta": _meta(corpus),
        "tokenizers": tokenizers,
        "token_limit": TOKEN_LIMIT,
        "properties": [_property(one, columns[one.name]) for one in properties],
        "statistics": _plain(summarise(corpus)),
        "columns": columns,
        "failures": corpus.failures().select(["id", "stage", "code", "message"]).to_pylist(),
    }


def _meta(corpus: Corpus) -> dict[str, Any]:
    from crystext import __version__

    wanted = (
        "name", "source", "settings", "settings_digest", "versions", "counts", "splits",
        "content_digest",
    )  # fmt: skip
    meta = {name: corpus.manifest[name] for name in wanted} | {"made_with": __version__}
    citations = [citation(entry) for entry in meta["source"].get("citations") or ()]
    return meta | {"source": dict(meta["source"]) | {"citations": citations}}


def citation(entry: str) -> dict[str, str | None]:
    """A reference to read, from BibTeX or from plain words, and its address if it has a DOI.

    >>> citation("@article{x, author = {A, B and C, D}, title = {T}, year = {2013}}")["text"]
    'A et al., T (2013)'
    """
    fields = {
        name.lower(): " ".join(value.replace("{", "").replace("}", "").split())
        for name, value in _FIELD.findall(entry)
    }
    if "title" not in fields:
        return {"text": " ".join(entry.split()), "url": None}
    authors = fields.get("author", "").split(" and ")
    who = authors[0].split(",")[0] + (" et al." if len(authors) > 1 else "")
    where = ", ".join(fields[name] for name in ("journal", "volume", "pages") if name in fields)
    text = ", ".join(part for part in (who, fields["title"], where.replace("--", "\u2013")) if part)
    year = f" ({fields['year']})" if "year" in fields else ""
    url = f"https://doi.org/{fields['doi']}" if "doi" in fields else None
    return {"text": f"{text}{year}", "url": url}


def _plain(value: Any) -> Any:
    """The same with its numbers rounded; those that JSON cannot hold become ``None``."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    return value


def _property(one: Property, values: Iterable[Any]) -> dict[str, Any]:
    return {
        "name": one.name,
        "unit": one.unit,
        "description": one.description,
        "numeric": one.is_number and any(value is not None for value in values),
    }


def _seconds(corpus: Corpus, ids: list[str]) -> list[float | None] | None:
    timings = corpus.timings()
    if not len(timings):
        return None
    by_id = dict(zip(timings["id"].to_pylist(), timings["seconds"].to_pylist(), strict=True))
    return _plain([by_id.get(crystal) for crystal in ids])
