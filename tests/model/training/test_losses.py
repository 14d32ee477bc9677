"""What a step makes small, and runs that tell two classes apart."""

import hashlib
import json
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from sklearn.metrics import accuracy_score, log_loss, roc_auc_score  # noqa: E402

from crystext.cli.train import summary  # noqa: E402
from crystext.errors import BadCheckpointError, BadTargetsError, NoRunError, UsageError  # noqa: E402
from crystext.model import load, make_settings  # noqa: E402
from crystext.model.prediction.saved_run import SavedRun  # noqa: E402
from crystext.model.training.losses import loss_of  # noqa: E402
from crystext.model.training.metrics import class_metrics  # noqa: E402
from crystext.model.training.run import train  # noqa: E402
from tests.model.training.runs import QUICK, corpus, graph_store  # noqa: E402

HIDDEN = {"network.hidden": 8, "network.layers": 1}


@pytest.fixture(scope="module")
def splits():
    """Metals and insulators in each part: the first of each."""
    found = {}
    for (split, table), number in zip(
        corpus().targets("band_gap").items(), (24, 8, 8), strict=True
    ):
        rows = table.select(["id", "target"]).to_pylist()
        metals = [row["id"] for row in rows if row["target"] == 0][: number // 2]
        found[split] = metals + [row["id"] for row in rows if row["target"] > 0][: number // 2]
    return found


@pytest.fixture(scope="module")
def graphs(splits, tmp_path_factory):
    return graph_store(
        tmp_path_factory.mktemp("graphs"), [x for part in splits.values() for x in part]
    )


@pytest.fixture(scope="module")
def go(splits, graphs):
    def run(folder, overrides=None, **options):
        settings = make_settings(
            corpus="mini",
            property_name="band_gap",
            model="cgcnn",
            overrides=QUICK | HIDDEN | (overrides or {}),
            **options,
        )
        return train(settings, folder, corpus=corpus(), splits=splits, graphs=graphs)

    return run


def test_losses_are_torchs():
    output, target = torch.randn(50) * 2, torch.randn(50)
    label = (target > 0).float()
    functions = {
        "mse": torch.nn.MSELoss(reduction="none"),
        "mae": torch.nn.L1Loss(reduction="none"),
        "huber": torch.nn.HuberLoss(reduction="none"),
    }
    for name, wanted in functions.items():
        torch.testing.assert_close(
            loss_of(name, classes=False)(output, target), wanted(output, target)
        )
    wanted = torch.nn.BCELoss(reduction="none")(output.sigmoid(), label)
    torch.testing.assert_close(loss_of("mse", classes=True)(output, label), wanted)


def test_another_loss_learns_other_weights(go, tmp_path):
    """Of a step of absolute errors nothing depends on how large they are."""
    found = {name: go(tmp_path / name, {"training.loss": name}) for name in ("mse", "mae", "huber")}
    errors = [one["test"]["mae"] for one in found.values()]
    assert len(set(errors)) == 3
    words = json.loads((tmp_path / "mae" / "settings.json").read_text())
    assert words["settings"]["training"]["loss"] == "mae"
    words = json.loads((tmp_path / "mse" / "settings.json").read_text())
    assert "loss" not in words["settings"]["training"]  # as in runs of earlier releases


def test_class_metrics_are_sklearns():
    rng = np.random.default_rng(3)
    labels = (rng.random(200) < 0.3).astype(float)
    probability = np.round(
        np.clip(labels * 0.3 + rng.random(200) * 0.7, 0.01, 0.99), 2
    )  # with ties
    found = class_metrics(labels, probability)
    assert found["roc_auc"] == pytest.approx(roc_auc_score(labels, probability))
    assert found["accuracy"] == pytest.approx(accuracy_score(labels, probability > 0.5))
    assert found["log_loss"] == pytest.approx(log_loss(labels, probability))
    assert found["share"] == labels.mean()
    assert class_metrics(np.ones(3), np.full(3, 0.9))["roc_auc"] is None


def test_metals_are_told_from_insulators(go, tmp_path, splits):
    metrics = go(tmp_path / "metal", {"training.epochs": 30}, threshold=0)
    assert metrics["property"] == "band_gap > 0"
    assert metrics["unit"] == metrics["error_unit"] == "probability"
    rows = pq.read_table(tmp_path / "metal" / "predictions.parquet").to_pandas()
    assert set(rows.target) == {0.0, 1.0}
    assert rows.prediction.between(0, 1).all()
    test = rows[rows.split == "test"]
    assert metrics["test"]["roc_auc"] == pytest.approx(roc_auc_score(test.target, test.prediction))
    assert metrics["validation"]["roc_auc"] > 0.6
    assert any("ROC-AUC" in line for line in summary(metrics))
    predictor = load(tmp_path / "metal", device="cpu")
    crystal = corpus().row(splits["test"][0])
    path = tmp_path / f"{crystal['id']}.cif"
    path.write_text(crystal["structure"])
    (found,) = predictor.predict([path])
    assert found.property == "band_gap > 0"
    assert found.unit == "probability"
    assert found.value == pytest.approx(test.prediction.iloc[0], rel=1e-4)
    assert "above 0 eV" in SavedRun.open(tmp_path / "metal").words["facts"]["property"]


def test_a_threshold_that_parts_nothing_is_refused(go, tmp_path):
    with pytest.raises(BadTargetsError, match="all 24 crystals to learn from are not above"):
        go(tmp_path / "run", threshold=100.0)
    with pytest.raises(UsageError, match="cross-entropy"):
        go(tmp_path / "run", {"training.loss": "mae"}, threshold=0.0)
    with pytest.raises(UsageError, match="no number"):
        go(tmp_path / "run", threshold=float("nan"))


def test_a_step_asks_the_device_once(go, tmp_path, monkeypatch):
    """Each question is a wait on a GPU; they are counted with one step a run more."""
    asked = []
    for name in ("item", "tolist", "__float__", "__bool__", "__int__"):
        real = getattr(torch.Tensor, name)

        def counted(tensor, *args, real=real, name=name):
            caller = sys._getframe(1).f_code.co_filename
            if "optim" not in caller:  # AdamW counts its steps on the CPU, also on a GPU
                asked.append(name)
            return real(tensor, *args)

        monkeypatch.setattr(torch.Tensor, name, counted)
    counts = []
    for size in (12, 4):  # 2 steps an epoch, and 6
        asked.clear()
        go(tmp_path / str(size), {"training.batch_size": size, "training.epochs": 1})
        counts.append(len(asked))
    assert counts[1] - counts[0] == 6 - 2


# -------------------------------------------------------------------------------------- fine-tuning


def test_a_run_begins_with_the_weights_of_another(go, tmp_path):
    """With next to no learning rate nothing is forgotten; from nothing, nothing is known."""
    before = go(tmp_path / "before", {"training.epochs": 20})
    still = {"training.epochs": 1, "training.learning_rate": 1e-7}
    tuned = go(tmp_path / "tuned", still, init_from=str(tmp_path / "before"), seed=5)
    fresh = go(tmp_path / "fresh", still, seed=5)
    assert tuned["test"]["mae"] == pytest.approx(before["test"]["mae"], rel=0.05)
    assert fresh["test"]["mae"] > 1.1 * tuned["test"]["mae"]
    words = json.loads((tmp_path / "tuned" / "settings.json").read_text())
    assert words["settings"]["init_from"] == str(tmp_path / "before")
    weights = (tmp_path / "before" / "best.safetensors").read_bytes()
    assert words["data"]["first_weights"] == hashlib.sha256(weights).hexdigest()
    assert load(tmp_path / "tuned", device="cpu").properties == ("band_gap",)


def test_what_cannot_be_begun_from_is_named(go, tmp_path):
    with pytest.raises(NoRunError, match="holds no training run"):
        go(tmp_path / "run", init_from=str(tmp_path))
    go(tmp_path / "before", {"training.epochs": 1})
    with pytest.raises(BadCheckpointError, match="another network"):
        go(tmp_path / "run", {"network.hidden": 12}, init_from=str(tmp_path / "before"))
    assert not (tmp_path / "run").exists()
    words = json.loads((tmp_path / "before" / "settings.json").read_text())
    words["settings"]["model"] = "schnet"
    (tmp_path / "before" / "settings.json").write_text(json.dumps(words))
    with pytest.raises(UsageError, match="trained 'schnet', and cgcnn cannot begin from it"):
        go(tmp_path / "other", init_from=str(tmp_path / "before"))
