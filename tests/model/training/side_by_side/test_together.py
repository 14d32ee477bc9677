"""Runs side by side in recorded steps learn what they learn one by one."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from crystext.errors import NotFiniteTrainingError  # noqa: E402
from crystext.model.graphs.batch import GraphTable  # noqa: E402
from crystext.model.graphs.padded import PaddedTable  # noqa: E402
from crystext.model.settings import make_settings  # noqa: E402
from crystext.model.text.facts import embed_facts  # noqa: E402
from crystext.model.training.folder import BEST, METRICS, PREDICTIONS, STATE  # noqa: E402
from crystext.model.training.logs import read_log  # noqa: E402
from crystext.model.training.prepared import prepare  # noqa: E402
from crystext.model.training.run import train  # noqa: E402
from crystext.model.training.side_by_side.lanes import can_be_recorded, train_together  # noqa: E402
from crystext.model.training.side_by_side.runs import Lined, fill, record  # noqa: E402
from tests.model.training.runs import corpus, graph_store, ids, splits  # noqa: E402

CPU = torch.device("cpu")
SMALL = {
    "training.epochs": 3,
    "training.batch_size": 8,
    "training.device": "cpu",
    "training.tensorboard": False,
    "network.hidden": 8,
    "network.layers": 2,
}
COMPARED = ("learning_rate", "train_loss", "train_mae", "validation_mae", "gradient_norm")
FACTS = {"text.encoder": "facts", "fusion.fusion": "residual", "fusion.dropout": 0.0}


def settings(model, seed=0, **more):
    options = {name.replace("__", "."): value for name, value in more.items()}
    own = FACTS if model.startswith("crysmmnet") else {}
    return make_settings(
        corpus="mini",
        property_name="bulk_modulus",
        model=model,
        seed=seed,
        overrides=SMALL | own | options,
    )


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    texts = embed_facts(corpus(), out=folder / "facts", ids=ids())
    return {"corpus": corpus(), "graphs": graph_store(folder), "texts": texts, "splits": splits()}


@pytest.mark.parametrize("model", ["cgcnn", "cogn", "crysmmnet-cgcnn"])
def test_runs_are_those_that_train_one_by_one(model, stores, tmp_path):
    alone, runs, told = [], [], {}
    for seed in range(3):
        one = settings(model, seed)
        alone.append(train(one, tmp_path / f"alone-{seed}", progress=False, **stores))
        runs.append(prepare(one, tmp_path / f"beside-{seed}", **stores))
    train_together(
        runs, CPU, tell=lambda run, found: told.update({run.settings.seed: found}), side_by_side=2
    )
    assert sorted(told) == [0, 1, 2]
    for seed, before in enumerate(alone):
        found, folder = told[seed], tmp_path / f"beside-{seed}"
        for name in ("epochs", "steps", "best_epoch", "parameters", "counts", "digest"):
            assert found[name] == before[name]
        assert json.loads((folder / METRICS).read_text())["test"] == found["test"]
        kept = [
            pq.read_table(tmp_path / f"{kind}-{seed}" / PREDICTIONS) for kind in ("alone", "beside")
        ]
        assert kept[0]["id"].equals(kept[1]["id"])
        errors = [np.log10(one["prediction"].to_numpy()) for one in kept]
        assert np.allclose(errors[0], errors[1], atol=2e-3)  # biases before norms follow rounding
        logs = [read_log(tmp_path / f"{kind}-{seed}") for kind in ("alone", "beside")]
        for name in COMPARED:
            values = [[row[name] for row in log] for log in logs]
            assert np.allclose(values[0], values[1], rtol=5e-3)
        assert (folder / BEST).is_file()
        assert not (folder / STATE).exists()


def test_a_loss_that_is_not_finite_ends_its_run_alone(stores, tmp_path):
    told = []
    runs = [prepare(settings("cogn", seed), tmp_path / str(seed), **stores) for seed in range(2)]
    runs[1].data.splits["train"].values[3] = np.inf
    with np.errstate(all="ignore"):
        train_together(runs, CPU, tell=lambda _run, found: told.append(found))
    assert told[0]["test"]["mae"] > 0
    assert isinstance(told[1], NotFiniteTrainingError)
    assert "epoch 1, step" in str(told[1])
    assert "learning_rate" in str(told[1])
    assert not (tmp_path / "1" / METRICS).exists()


class Questions(TorchDispatchMode):
    """Notes what waits for an answer of the device."""

    asked = ("_local_scalar_dense", "nonzero", "_unique2", "masked_select", "is_nonzero")

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = str(func).split(".")[1]
        sizes = (kwargs or {}).get("output_size")
        if name in self.asked or (name == "repeat_interleave" and not sizes):
            self.found.append(name)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("model", ["cgcnn", "matformer", "crysmmnet-alignn"])
def test_a_step_asks_nothing_of_the_device(model, stores, tmp_path):
    narrow = {"network__hidden": 8}
    if "alignn" in model:
        narrow |= {"network__alignn_layers": 1, "network__gcn_layers": 1}
    options = {name: value for name, value in SMALL.items() if not name.startswith("network")}
    one = make_settings(
        corpus="mini",
        property_name="bulk_modulus",
        model=model,
        overrides=options
        | {name.replace("__", "."): value for name, value in narrow.items()}
        | (FACTS if "mm" in model else {}),
    )
    run = Lined(prepare(one, tmp_path / "run", **stores))
    table = PaddedTable(GraphTable(stores["graphs"].arrays()))
    steps = record([run], table, 1)
    rooms = fill(steps, [run], table)
    with Questions() as noted:
        steps.steps[rooms[0]]()
        steps.evaluate()
        steps.judge()
    assert noted.found == []


def test_what_can_be_recorded():
    assert can_be_recorded(settings("cgcnn"))
    assert can_be_recorded(settings("crysmmnet-cogn"))
    assert not can_be_recorded(settings("cgcnn", training__precision="bf16"))
    assert not can_be_recorded(settings("cgcnn", training__patience=3))
    assert not can_be_recorded(settings("cgcnn", training__drop_last=True))
    options = {name: value for name, value in SMALL.items() if not name.startswith("network")}
    for model in ("megnet", "gatgnn", "crystextnet"):
        one = make_settings(
            corpus="mini", property_name="bulk_modulus", model=model, overrides=options
        )
        assert not can_be_recorded(one)
