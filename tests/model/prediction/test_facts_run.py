"""A run that reads facts: trained, loaded and used on structures like any other."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")

import crystext
from crystext.errors import OtherEncoderError
from crystext.model import load
from crystext.model.settings import make_settings
from crystext.model.training.run import train
from tests.model.training.runs import changed_copy, graph_store

SETTINGS = {
    "training.epochs": 3,
    "training.batch_size": 16,
    "training.device": "cpu",
    "training.tensorboard": False,
    "network.hidden": 8,
    "text.encoder": "facts",
    "fusion.fusion": "residual",
    "fusion.text_dropout": 0.1,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    corpus = crystext.load_corpus("mini")
    table = corpus.targets("bulk_modulus")["train"]
    ids = table["id"].to_pylist()[:60]
    splits = {"train": ids[:44], "validation": ids[44:52], "test": ids[52:]}
    settings = make_settings(
        corpus="mini",
        property_name="bulk_modulus",
        model="crysmmnet-cgcnn",
        overrides=SETTINGS,
    )
    out = tmp_path_factory.mktemp("facts") / "run"
    graphs = graph_store(tmp_path_factory.mktemp("graphs"), ids)
    train(settings, out, corpus=corpus, graphs=graphs, splits=splits, progress=False)
    return out


def test_a_new_structure_is_described_and_predicted(run):
    told = pq.read_table(run / "predictions.parquet", filters=[("split", "=", "test")])
    expected = dict(zip(told["id"].to_pylist(), told["prediction"].to_pylist(), strict=True))
    crystals = list(crystext.mini(list(expected)))
    found = load(run).predict(crystals)
    assert [one.id for one in found] == [one.id for one in crystals]
    values = [one.value for one in found]
    np.testing.assert_allclose(values, [expected[one.id] for one in found], rtol=1e-3)


def test_the_run_says_what_it_read(run):
    saved = json.loads((run / "settings.json").read_text())
    assert saved["settings"]["text"]["encoder"] == "facts"
    assert saved["settings"]["fusion"] == {
        "form": "reference",
        "fusion": "residual",
        "dropout": 0.3,
        "text_dropout": 0.1,
    }
    assert saved["data"]["texts"]["model"] == "facts"


def test_facts_of_another_version_are_refused(run, tmp_path):
    other = changed_copy(run, tmp_path / "run", "texts", "weights_sha256", "0" * 16)
    with pytest.raises(OtherEncoderError, match="facts of version"):
        load(other)
