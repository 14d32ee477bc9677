"""The page of a benchmark: what was run and how, each table, what the text is worth, and charts."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.files import write_text
from crystext.html.shell import page, template
from crystext.model.benchmark import wording
from crystext.model.benchmark.layout import PAGE
from crystext.model.benchmark.report import comparisons, figures
from crystext.model.benchmark.report.breakdown import FEWEST, break_down
from crystext.model.benchmark.report.charts import sample
from crystext.model.benchmark.report.evidence import Evidence, gather
from crystext.model.benchmark.statistics import LEVEL, RESAMPLES
from crystext.model.benchmark.suite import BASELINES, dataset_of, load_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from crystext.corpus.reader import Corpus
    from crystext.model.benchmark.ensembles import Ensemble
    from crystext.model.benchmark.suite import Row, Suite
    from crystext.model.benchmark.tables import Line

_HERE = "crystext.model.benchmark.report"
_FILTERS: dict[str, Callable[..., Any]] = {
    "number": wording.number,
    "spread": wording.spread,
    "percent": wording.percent,
    "duration": wording.duration,
    "memory": wording.memory,
}
_DIGESTS_SHOWN = 5
_PAPER_SETS = {"jarvis": "JARVIS-DFT", "mp": "Materials Project"}


def write_benchmark_page(
    out: Path,
    *,
    suite: Suite,
    results: pa.Table,
    whole: pa.Table,
    lines: Sequence[Line],
    corpus: Corpus,
    ensembles: Sequence[Ensemble] = (),
    notes: Mapping[str, Sequence[str]] | None = None,
    command: Sequence[str] = (),
    submissions: Sequence[str] = (),
) -> Path:
    """Writes a page, one file that asks nothing of the network.

    It stands twice: under the suite's own name, which another suite in the same folder does not
    overwrite, and as ``report.html``, the last that was written.

    ``results`` is the suite's long table, of which lines and ensembles are made, and ``whole`` all
    that the folder holds, for comparisons of training sizes. Notes are what is to be said of a
    property's split, submissions what was written for others, or why not, in sentences.

    Returns:
        ``report.html``.
    """
    evidence = gather(out, results.to_pylist(), lines, folds=suite.split.number)
    published = "published" in results["protocol"].to_pylist()
    body = template(_HERE, "page.html.jinja", _FILTERS).render(
        suite=suite,
        facts=_facts(suite, results.to_pylist(), corpus, command),
        adjusted=wording.ADJUSTED,
        published=published,
        overview=_overview(lines),
        by_property=comparisons.by_property(lines),
        sizes=comparisons.by_training_size(results, whole, suite, out),
        sections=[_section(one, corpus, ensembles, notes or {}) for one in evidence],
        submissions=submissions,
        kind=wording.kind,
        sample=sample,
        several=wording.several(line.mae for line in lines),
        verdict=wording.verdict,
        reads=wording.reads,
        baselines=BASELINES,
        level=f"{100 * LEVEL:.0f} %",
        resamples=RESAMPLES,
        fewest=FEWEST,
        paper_set=_PAPER_SETS.get(dataset_of(corpus.manifest["source"]["name"])),
    )  # fmt: skip
    text = page(_HERE, "page", title=f"{suite.title} · crystext benchmark", body=body)
    for name in (f"report-{own_name(suite, published=published)}.html", PAGE):
        write_text(out / name, text)
    return out / PAGE


def own_name(suite: Suite, *, published: bool) -> str:
    """What a suite's files are called in a folder that several suites share.

    Its name; with the split where that is not the suite's own, for example
    ``quick-2-folds-10-of-train``, and with the protocol where that is the published one.
    """
    parts = [suite.name]
    if suite.split != load_suite(suite.name).split:
        parts.append(re.sub("[^a-z0-9]+", "-", suite.split.words.lower()).strip("-"))
    if published:
        parts.append("published")
    return "-".join(parts)


def _overview(lines: Sequence[Line]) -> dict[Row, dict[str, Line]]:
    """Lines by row and property, the shape of the paper's tables; empty for one property."""
    found: dict[Row, dict[str, Line]] = {}
    for line in lines:
        found.setdefault(line.row, {})[line.property] = line
    return found if len({line.property for line in lines}) > 1 else {}


def _facts(
    suite: Suite, rows: Sequence[dict[str, Any]], corpus: Corpus, command: Sequence[str]
) -> list[tuple[str, str]]:
    """Names and words of what was run and how."""
    ended = [row for row in rows if row["failure"] is None]
    manifest = corpus.manifest
    digests = list(dict.fromkeys(row["split_digest"] for row in ended))
    shown = ", ".join(digests[:_DIGESTS_SHOWN])
    rest = len(digests) - _DIGESTS_SHOWN
    devices = Counter(row["device"] for row in ended if row["model"] not in BASELINES)
    seconds = float(np.sum([row["seconds"] or 0 for row in ended]))
    seeds = sorted({row["seed"] for row in rows})
    versions = [json.loads(one) for one in dict.fromkeys(row["versions"] for row in ended)]
    overrides = list(dict.fromkeys(row["overrides"] for row in rows if row["overrides"] != "{}"))
    paper = f", table {suite.paper_table} of the paper" if suite.paper_table else ""
    source = f"{len(corpus):,} crystals, {manifest['source']['title']}"
    named = (", ".join(f"{k} {v}" for k, v in one.items() if v) for one in versions)
    facts = [
        ("Suite", suite.name + paper),
        ("Corpus", f"{manifest['name']}, {source}; digest {manifest['content_digest'][:16]}"),
        (
            "Split",
            f"{suite.split.words}; digest {shown}" + (f" and {rest} more" if rest > 0 else ""),
        ),
        ("Seeds", ", ".join(map(str, seeds))),
        ("Preset", suite.preset + "".join(f"; with {one}" for one in overrides)),
        ("Device", ", ".join(devices) or "no network was trained"),
        ("Cost", f"{wording.duration(seconds)} of training in {len(ended):,} runs"),
        ("Versions", "; or ".join(named)),
    ]
    if failed := len(rows) - len(ended):
        facts.append(("Failed", f"{failed} of {len(rows)} runs"))
    if command:
        facts.append(("Command", " ".join(command)))
    return facts


def _section(
    evidence: Evidence,
    corpus: Corpus,
    ensembles: Sequence[Ensemble],
    notes: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """What the template shows of one property."""
    ended = [line for line in evidence.lines if line.mae is not None]
    errors = {row: (one.ids, one.errors) for row, one in evidence.tested.items()}
    breakdowns = break_down(corpus, errors) if errors else []
    best = min(
        (line for line in ended if not line.row.is_control),
        key=lambda line: line.mae.mean if line.mae else np.inf,
        default=None,
    )
    return {
        "name": evidence.property,
        "about": corpus.properties[evidence.property].description,
        "unit": evidence.unit,
        "train": ended[0].train if ended else 0,
        "crystals": ended[0].crystals if ended else 0,
        "notes": notes.get(evidence.property, []),
        "lines": evidence.lines,
        "best": best,
        "sentences": [
            sentence
            for line in ended
            if not line.row.is_control and (sentence := wording.gain_sentence(line))
        ],
        "ensembles": [one for one in ensembles if one.property == evidence.property],
        "has_gain": any(line.gain is not None for line in evidence.lines),
        "has_control": any(line.over_control is not None for line in evidence.lines),
        "has_paper": any(line.paper for line in evidence.lines),
        "charts": [
            *figures.forest(evidence),
            *figures.readings(evidence),
            *figures.learning(evidence),
        ],
        "fits": figures.fits(evidence),
        "groups": [one for part in breakdowns for one in figures.groups(evidence, part)],
        "breakdowns": breakdowns,
    }
