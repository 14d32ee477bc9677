"""The model card: every figure on it is one of the run's, and what is missing is named."""

import copy
import json
import re
import statistics
from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from crystext.errors import IncompleteCardError
from crystext.model.networks.registry import GRAPH_NETWORKS
from crystext.model.prediction.saved_run import SavedRun
from crystext.model.publishing.card import MAY_BE_NULL, OF_TEXTS, REQUIRED, make_card
from crystext.model.publishing.citations import NETWORKS
from tests.model.tiny_runs import N, Runs

FILES = {"best.safetensors": "weights", "curves.png": "errors"}
REPO = "crysmmnet/bulk-of-mini"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def run(runs):
    return SavedRun.open(runs("crysmmnet-cgcnn"))


@pytest.fixture(scope="module")
def card(run):
    return make_card(run, files=FILES, repo_id=REPO)


def header(card):
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(card.split("---\n")[1])


def rows(card, first):
    """The cells of the table rows that begin with a text."""
    lines = [line for line in card.splitlines() if line.startswith(f"| {first}")]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]


def test_the_header_is_what_the_hub_reads(run, card):
    told = header(card)
    assert told["license"] == "cc-by-4.0"
    assert (told["library_name"], told["pipeline_tag"]) == ("crystext", "graph-ml")
    assert {"bulk_modulus", "crysmmnet-cgcnn", "mini"} <= set(told["tags"])
    assert "datasets" not in told
    (entry,) = told["model-index"]
    (result,) = entry["results"]
    assert entry["name"] == "bulk-of-mini"
    assert result["dataset"]["split"] == "test"
    (metric,) = result["metrics"]
    assert (metric["type"], metric["value"]) == ("mae", run.metrics["test"]["mae"])
    assert "log10(GPa)" in metric["name"]


def test_the_header_names_the_corpus_on_the_hub(run):
    told = header(make_card(run, files=FILES, repo_id=REPO, dataset="crysmmnet/mini-text"))
    assert told["datasets"] == ["crysmmnet/mini-text"]
    assert told["model-index"][0]["results"][0]["dataset"]["type"] == "crysmmnet/mini-text"


def test_the_header_passes_the_hub_library(card):
    hub = pytest.importorskip("huggingface_hub")
    (result,) = hub.ModelCard(card).data.eval_results
    assert result.metric_type == "mae"


def test_errors_stand_beside_the_mean_predictor(run, card):
    for first, key in (
        ("validation", "validation"),
        ("**test**", "test"),
        ("test, by the mean", "mean_predictor"),
        ("test, in GPa", "test_in_unit"),
    ):
        (cells,) = rows(card, first)
        told = run.metrics[key]
        assert [float(cell) for cell in cells[1:3]] == [
            pytest.approx(told[name], rel=1e-3) for name in ("mae", "rmse")
        ]
    assert f"({N['test']} crystals)" in card


def test_data_and_limits(run, card):
    facts, data = run.words["facts"], run.data
    for text in (
        data["corpus_digest"],
        data["split_digest"],
        facts["split_origin"],
        " ".join(facts["domain"]["elements"]),
        facts["source"]["licence"],
        facts["source"]["citations"][0].strip(),
        f"{facts['texts']['truncated']} of {facts['texts']['count']} embedded",
        "Texts over 64 tokens are cut off",
        "das2023crysmmnet",
        "xie2018cgcnn",
        "counts twice",
    ):
        assert text in card


def test_one_seed_says_nothing_about_spread(card):
    assert "it says nothing about the spread between seeds" in card


def test_several_seeds_have_mean_and_deviation(runs):
    several = [SavedRun.open(runs("cgcnn", seed)) for seed in (0, 1, 2)]
    card = make_card(several[0], files=FILES, repo_id=REPO, others=several[1:])
    maes = [one.metrics["test"]["mae"] for one in several]
    assert len(set(maes)) == 3
    (cells,) = rows(card, "mean ±")
    mean, deviation = map(float, cells[2].split(" ± "))
    assert mean == pytest.approx(statistics.fmean(maes), rel=1e-3)
    assert deviation == pytest.approx(statistics.stdev(maes), rel=1e-3)
    assert "says nothing about the spread" not in card
    assert [row[2] for row in rows(card, "0, the one published here")] == [f"{maes[0]:.4g}"]


def test_each_kind_of_model_says_what_it_reads(runs):
    text = make_card(SavedRun.open(runs("crystextnet")), files={}, repo_id=REPO)
    assert "# CrysTextNet for bulk modulus" in text
    assert "sees the text alone" in text
    assert "pipeline_tag" not in header(text)
    assert "curves.png" not in text
    graph = make_card(SavedRun.open(runs("cgcnn")), files={}, repo_id=REPO)
    assert "# CGCNN for bulk modulus" in graph
    assert "language" not in header(graph)
    assert not re.search(r"Open Babel|encoder|robocrys", graph.split("## Licence")[0])


def test_a_watched_test_set_is_said_to_be_so(run):
    watched = {"mae": 0.123, "epoch": 7, "note": "…"}
    card = make_card(replace(run, metrics=run.metrics | {"watched_test": watched}), files={})
    assert "lowest test error of any epoch, 0.123 in epoch\n7" in card
    assert "was read once" not in card


@pytest.mark.parametrize("fact", [*REQUIRED, *OF_TEXTS])
def test_a_missing_fact_is_named(run, fact):
    whole = copy.deepcopy({"words": run.words, "metrics": run.metrics})
    *path, last = fact.split(".")
    place = whole if path[0] == "metrics" else whole["words"]
    for key in path:
        place = place[key]
    place[last] = None
    part = replace(run, words=whole["words"], metrics=whole["metrics"])
    if fact in MAY_BE_NULL:
        assert "None" not in make_card(part, files=FILES, repo_id=REPO)
    else:
        with pytest.raises(IncompleteCardError, match=re.escape(repr(fact))):
            make_card(part, files=FILES, repo_id=REPO)
    del place[last]
    with pytest.raises(IncompleteCardError, match=re.escape(repr(fact))):
        make_card(part, files=FILES, repo_id=REPO)


def test_an_error_that_is_no_number_makes_no_card(run):
    metrics = json.loads(json.dumps(run.metrics))
    metrics["test"]["mae"] = float("nan")
    with pytest.raises(IncompleteCardError, match=r"metrics\.test\.mae"):
        make_card(replace(run, metrics=metrics), files={})


def test_a_fact_that_only_the_template_misses_is_named_too(run):
    metrics = copy.deepcopy(run.metrics)
    del metrics["test"]["r2"]
    with pytest.raises(IncompleteCardError, match="r2"):
        make_card(replace(run, metrics=metrics), files={})


@pytest.mark.parametrize("model", ["crysmmnet-cgcnn", "cgcnn", "crystextnet"])
def test_the_card_is_well_formed(runs, model):
    card = make_card(SavedRun.open(runs(model)), files=FILES, repo_id=REPO)
    assert card.endswith("```\n")
    assert card.count("```") % 2 == 0
    assert "None" not in card
    assert "Undefined" not in card
    assert "\n\n\n" not in card
    for line, after in zip(card.splitlines(), card.splitlines()[1:], strict=False):
        if after.startswith("| --- |"):
            assert after.count("|") == len(re.findall(r"(?<!\\)\|", line))
    keys = re.findall(r"^@\w+\{(\S+),", card, re.MULTILINE)
    assert len(keys) == len(set(keys)) > 1


def test_every_graph_network_is_cited():
    assert set(NETWORKS) == set(GRAPH_NETWORKS)
