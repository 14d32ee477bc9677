"""Boosted trees on facts are a run like any other."""

import json
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightgbm")

import crystext
from crystext.errors import BadCheckpointError, MissingExtraError, UsageError
from crystext.model import load
from crystext.model.benchmark.suite import Row
from crystext.model.networks.trees import load_trees
from crystext.model.prediction.saved_run import SavedRun
from crystext.model.publishing.card import make_card
from crystext.model.settings import make_settings
from crystext.model.text.facts import embed_facts
from crystext.model.training.folder import BEST, METRICS, PREDICTIONS
from crystext.model.training.prepared import prepare
from crystext.model.training.run import train
from crystext.model.training.trees import train_trees
from tests.model.training.runs import corpus, graph_store, ids, splits


def settings(model="trees", **overrides):
    named = {name.replace("__", "."): value for name, value in overrides.items()}
    return make_settings(corpus="mini", property_name="bulk_modulus", model=model, overrides=named)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trees")
    texts = embed_facts(corpus(), out=folder / "facts", ids=ids())
    found = train(settings(), folder / "run", corpus=corpus(), texts=texts, splits=splits())
    return folder / "run", found, texts


def test_it_leaves_a_run_that_predicts_what_it_wrote(run):
    folder, found, _ = run
    assert json.loads((folder / METRICS).read_text())["test"] == found["test"]
    assert found["parameters"] > found["epochs"] > 0
    kept = pq.read_table(folder / PREDICTIONS).to_pylist()
    written = {row["id"]: row["prediction"] for row in kept if row["split"] == "test"}
    told = load(folder).predict(list(crystext.mini(list(written))))
    assert [one.id for one in told] == list(written)
    for one in told:
        assert one.unit == "GPa"
        assert one.value == pytest.approx(written[one.id], rel=1e-6)


def test_the_same_run_again_is_not_grown_again_and_another_seed_is_other_trees(run, tmp_path):
    folder, found, texts = run
    stores = {"corpus": corpus(), "texts": texts, "splits": splits()}
    again = train(settings(), folder, **stores)
    assert again["finished"] == json.loads((folder / METRICS).read_text())["finished"]
    one = make_settings(corpus="mini", property_name="bulk_modulus", model="trees", seed=1)
    other = train(one, tmp_path / "other", **stores)
    assert other["test"]["mae"] != found["test"]["mae"]


def test_the_mean_with_a_graph_network(run, tmp_path):
    folder, _, _ = run
    options = {"training__epochs": 1, "training__device": "cpu", "network__hidden": 8}
    store = graph_store(tmp_path)
    one = settings("cgcnn", **options)
    train(one, tmp_path / "graph", corpus=corpus(), graphs=store, splits=splits())
    chosen = list(crystext.mini(splits()["test"][:2]))
    both = load([folder, tmp_path / "graph"]).predict(chosen)
    single = [load(one).predict(chosen) for one in (folder, tmp_path / "graph")]
    for place, found in enumerate(both):
        values = [each[place].value for each in single]
        assert found.value == pytest.approx(float(np.exp(np.mean(np.log(values)))), rel=1e-6)
        assert found.spread > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"text__encoder": "minilm"},
        {"training__standardise": False},
        {"network__hidden": 8},
    ],
)
def test_what_trees_do_not_have_is_refused(wrong, run, tmp_path):
    _, _, texts = run
    stores = {"corpus": corpus(), "texts": texts, "splits": splits()}

    def begun():
        return train(settings(**wrong), tmp_path / "run", **stores)

    with pytest.raises(UsageError, match="trees"):
        begun()


def test_a_property_that_is_true_or_false_is_for_networks(run, tmp_path):
    _, _, texts = run
    stores = {"corpus": corpus(), "texts": texts, "splits": splits()}
    with pytest.raises(UsageError, match="threshold"):
        make_settings(corpus="mini", property_name="bulk_modulus", model="trees", threshold=1.0)
    ready = prepare(settings(), tmp_path / "run", **stores)
    ready.data.scaling.__dict__["classes"] = True
    with pytest.raises(UsageError, match="take a network for bulk_modulus"):
        train_trees(ready)


def test_they_have_no_vector_and_no_row_of_a_benchmark(run):
    with pytest.raises(UsageError, match="no vector"):
        load(run[0]).embed(list(crystext.mini(ids()[:1])))
    with pytest.raises(UsageError, match="are facts"):
        Row.parse("trees")


def test_their_card_speaks_of_trees_and_facts(run):
    card = make_card(SavedRun.open(run[0]), files={}, repo_id="me/trees")
    for words in ("# boosted trees for bulk modulus", "leaves |", "| trees |", "no language model"):
        assert words in card
    for words in ("tokens", "The epoch", "network learns", " weights |", "encoder="):
        assert words not in card


def test_a_damaged_file_and_a_lacking_package_are_said(run, tmp_path, monkeypatch):
    trees, _ = load_trees(run[0] / BEST)
    trees.model = trees.model[:100]
    with pytest.raises(BadCheckpointError, match="trees"):
        trees.booster  # noqa: B018
    (tmp_path / "x.safetensors").write_bytes(b"no weights")
    with pytest.raises(BadCheckpointError):
        load_trees(tmp_path / "x.safetensors")
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(MissingExtraError, match="LightGBM"):
        load(run[0]).predict(list(crystext.mini(ids()[:1])))
