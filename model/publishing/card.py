"""The model card: the template ``cards/model.md.jinja`` filled from a finished run, or refused."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

from jinja2 import UndefinedError

from crystext.corpus.card import PAPERS
from crystext.corpus.card_header import hub_licence
from crystext.corpus.card_template import card_template, missing_fact
from crystext.errors import IncompleteCardError
from crystext.install import install_hint
from crystext.model.networks.registry import graph_network_class
from crystext.model.publishing.citations import NETWORKS
from crystext.model.settings import TREES
from crystext.model.text.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crystext.model.prediction.saved_run import SavedRun

REQUIRED = (
    *(f"facts.source.{key}" for key in ("name", "title", "licence", "licence_note", "citations")),
    *(f"facts.source.{key}" for key in ("homepage", "url", "version")),
    *(f"facts.{key}" for key in ("property", "split_origin")),
    *(f"facts.domain.{key}" for key in ("elements", "sites", "targets")),
    *(f"data.{key}" for key in ("corpus", "corpus_digest", "split_digest", "excluded")),
    *(f"data.counts.{key}" for key in ("train", "validation", "test")),
    *(f"metrics.{key}" for key in ("model", "preset", "seed", "epochs", "best_epoch", "digest")),
    *(f"metrics.{key}" for key in ("parameters", "seconds", "device", "processes", "error_unit")),
    *(f"metrics.{part}.mae" for part in ("validation", "test", "mean_predictor")),
    *(f"metrics.versions.{key}" for key in ("crystext", "python", "torch")),
)
"""Facts that every card states; a null is an answer only where :data:`MAY_BE_NULL` says so."""
OF_TEXTS = (
    *(f"data.texts.{key}" for key in ("model", "weights_sha256", "section", "pool", "max_tokens")),
    "data.describer.versions",
    *(f"facts.texts.{key}" for key in ("count", "truncated")),
)
"""Facts that a card states of a model that reads texts."""
MAY_BE_NULL = frozenset(f"facts.source.{key}" for key in ("homepage", "url", "version"))
TAGS = ("chemistry", "materials-science", "crystal-structure", "property-prediction")
FOUND = ("minilm", "matscibert")
"""Encoders that are found by name; others than these and the Hub's need a folder."""
_HELD_OUT = ("validation", "test")
NAMES = {
    "alignn": "ALIGNN",
    "cgcnn": "CGCNN",
    "cogn": "coGN",
    "gatgnn": "GATGNN",
    "matformer": "Matformer",
    "megnet": "MEGNet",
    "schnet": "SchNet",
}


def make_card(
    run: SavedRun,
    *,
    files: Mapping[str, str],
    repo_id: str | None = None,
    others: Sequence[SavedRun] = (),
    dataset: str | None = None,
) -> str:
    """Fills the template.

    Args:
        run: what is published.
        files: what goes up beside the card, each path with its meaning.
        repo_id: repository on the Hub that the examples load from; the run's name if not given.
        others: runs of other seeds.
        dataset: the corpus on the Hub.

    Raises:
        IncompleteCardError: a fact is missing; the message names it.
    """
    check_facts(run)
    words, metrics, settings = run.words, run.metrics, run.settings
    data, facts, network = words["data"], words["facts"], run.settings.graph_network
    texts = data["texts"] if settings.uses_text else None
    seeds = [
        {split: one.metrics[split]["mae"] for split in _HELD_OUT} | {"seed": one.settings.seed}
        for one in (run, *others)
    ]
    name = repo_id or run.name
    try:
        return card_template("model").render(
            name=name.rpartition("/")[2],
            title=f"{_name(run)} for {settings.property_name.replace('_', ' ')}",
            kind=_kind(run),
            reads=_reads(run),
            location=name,
            repo_id=repo_id,
            install=install_hint("model", "hub").replace(" in a", "  # in a"),
            dataset=dataset,
            licence=hub_licence(facts["source"]),
            tags=[*TAGS, settings.model, settings.property_name, facts["source"]["name"]],
            source=facts["source"],
            facts=facts,
            domain=facts["domain"],
            data=data,
            metrics=metrics,
            versions=metrics["versions"],
            property={
                "name": settings.property_name,
                "description": facts["property"],
                "unit": data["unit"],
                "error_unit": metrics["error_unit"] or "the property's own unit",
            },
            log10=run.scaling.log10,
            texts=texts,
            of_facts=texts is not None and settings.text.encoder == FACTS,
            trees=settings.model == TREES,
            needs_folder=texts is not None
            and settings.text.encoder not in FOUND
            and "/" not in texts["model"],
            describer=data["describer"],
            graphs=None if network is None else data["graphs"]["graphs"],
            has_angles=network is not None and graph_network_class(network).uses_angles,
            settings=_settings(run),
            seeds=seeds,
            spread={key: _spread([one[key] for one in seeds]) for key in _HELD_OUT},
            has_curves="curves.png" in files,
            files=files,
            citations=_citations(run),
        )
    except UndefinedError as error:
        raise IncompleteCardError(
            f"the card needs a fact that nobody gave: {error}; train again with this crystext"
        ) from error


def check_facts(run: SavedRun) -> None:
    """Refuses a run that lacks a fact.

    Raises:
        IncompleteCardError: names the first fact that is missing.
    """
    facts = {**run.words, "metrics": run.metrics}
    required = (*REQUIRED, *(OF_TEXTS if run.settings.uses_text else ()))
    missing = missing_fact(facts, required, MAY_BE_NULL)
    if missing is None and not math.isfinite(run.metrics["test"]["mae"]):
        missing = "metrics.test.mae"
    if missing:
        raise IncompleteCardError(
            f"the card needs the run's {missing!r}, which is missing; train again with this "
            "crystext, on a corpus whose source says it"
        )


def _name(run: SavedRun) -> str:
    """For example ``CrysMMNet over CGCNN``."""
    network = run.settings.graph_network
    if network is None:
        return "boosted trees" if run.settings.model == TREES else "CrysTextNet"
    graph = NAMES.get(network, network)
    return f"CrysMMNet over {graph}" if run.settings.uses_text else graph


def _kind(run: SavedRun) -> str:
    if run.settings.model == TREES:
        return "Boosted trees (LightGBM) on the facts of a text, a model"
    if run.settings.graph_network is None:
        return "CrysTextNet, a network on the embedding of a text,"
    if run.settings.uses_text:
        return f"{_name(run)}, a graph network fused with the embedding of a text,"
    return f"{_name(run)}, a graph network"


def _reads(run: SavedRun) -> str:
    settings = run.settings
    parts = [] if settings.graph_network is None else ["its structure"]
    if settings.uses_text and settings.text.encoder == FACTS:
        sites = ", site by site" if settings.uses_sites else ""
        parts.append(f"the facts of its description{sites}")
    elif settings.uses_text:
        parts.append("its description in words")
    return " and ".join(parts)


def _citations(run: SavedRun) -> list[str]:
    """Network, text and data, each once: a source may cite a network's paper too."""
    network = run.settings.graph_network
    found = [
        *([NETWORKS[network]] if network in NETWORKS else []),
        *(PAPERS if run.settings.uses_text else []),
        *run.words["facts"]["source"]["citations"],
    ]
    return list({one.strip().splitlines()[0]: one for one in found}.values())


def _spread(values: list[float]) -> dict[str, float | None]:
    """Mean and standard deviation of a sample; one value has no deviation."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.fmean(values), "deviation": deviation}


def _settings(run: SavedRun) -> list[tuple[str, Any]]:
    """Settings by dotted names, those of texts only where texts are read."""
    unread = () if run.settings.uses_text else ("text.", "fusion.")
    return [one for one in _flat(run.words["settings"]) if not one[0].startswith(unread)]


def _flat(words: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{name}{key}.")
        else:
            yield f"{name}{key}", value
