"""The preset ``published``: where the published code departs from ours, setting by setting."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("torch")

import crystext
from crystext.errors import UsageError
from crystext.model.networks.registry import build_graph_network
from crystext.model.settings import RunSettings, TrainingSettings, make_settings
from crystext.model.text.sections import section_text
from crystext.model.training.feeder import order
from crystext.model.training.optimizer import make_optimizer
from crystext.model.training.run import train
from crystext.model.training.targets import Scaling
from tests.model.training import runs


def settings(**overrides):
    return make_settings(
        corpus="mini",
        property_name="bulk_modulus",
        model="alignn",
        preset="published",
        overrides=overrides,
    )


def test_the_preset_differs_from_reference_by_four_settings():
    published, reference = (
        make_settings(corpus="mini", property_name="band_gap", model="crysmmnet", preset=name)
        for name in ("published", "reference")
    )
    assert published.training == TrainingSettings(
        weight_decay=1e-5, standardise=False, drop_last=True, decay="named"
    )
    assert reference.training == TrainingSettings(weight_decay=1e-5)
    assert (published.text.section, reference.text.section) == ("fields+all", "all")
    assert published.network == reference.network
    assert published.fusion == reference.fusion
    assert RunSettings.from_dict(json.loads(json.dumps(published.to_dict()))) == published


def test_runs_of_before_have_the_settings_that_they_had():
    saved = make_settings(corpus="mini", property_name="band_gap", model="cgcnn").to_dict()
    assert not {"standardise", "drop_last", "decay", "steps"} & set(saved["training"])
    assert "text_dropout" not in saved["fusion"]


def test_crystals_that_fill_no_batch_are_left_out():
    batches = order(150, 64, seed=0, epoch=3, drop_last=True)
    assert [len(one) for one in batches] == [64, 64]
    kept = np.concatenate(batches)
    assert len(set(kept.tolist())) == 128
    assert set(kept) != set(np.concatenate(order(150, 64, seed=0, epoch=4, drop_last=True)))
    assert [len(one) for one in order(40, 64, seed=0, epoch=0, drop_last=True)] == [40]


def test_targets_are_learnt_as_they_are():
    values = np.array([10.0, 100.0, 1000.0])
    scaling = Scaling.of(values, log10=True, ids=["a", "b", "c"], standardise=False)
    np.testing.assert_allclose(scaling.scores(values), [1, 2, 3])
    np.testing.assert_allclose(scaling.values(np.array([1.0, 2.0])), [10, 100])


def test_norms_behind_linear_layers_decay_as_alignn_s_names_have_it():
    """alignn's ``group_decay`` leaves out names with bias, bn or norm; ``MLPLayer``'s have none."""
    network = build_graph_network("alignn", alignn_layers=1, gcn_layers=1, hidden=8, embedding=4)
    groups = make_optimizer(network, settings().training).param_groups
    names = {id(one): name for name, one in network.named_parameters()}
    decay = {names[id(one)] for one in groups[0]["params"]}
    still = {names[id(one)] for one in groups[1]["params"]}
    assert groups[0]["weight_decay"] == 1e-5
    assert groups[1]["weight_decay"] == 0
    assert decay | still == set(names.values())
    behind_linear = {name for name in decay if name.endswith("norm.weight")}
    assert len(behind_linear) == 5  # of atoms, twice of bonds, twice of angles
    assert all(any(part in name for part in ("bias", "bn", "norm")) for name in still)
    plain = make_optimizer(network, TrainingSettings()).param_groups
    assert all(one.dim() > 1 for one in plain[0]["params"])


def test_fields_stand_before_the_text():
    described = crystext.describe("examples/rutile.cif")
    (joined,) = section_text(described, "fields+all")
    assert joined == f"{described.fields_text} {described.text}"
    row = crystext.load_corpus("mini").row("mp-149")
    (joined,) = section_text(row, "fields+local")
    assert joined == f"{row['fields_text']} {row['local_text']}"
    with pytest.raises(UsageError, match=r"fields\+local"):
        section_text(described, "fields+global")


def test_a_run_leaves_them_out(tmp_path):
    ids = runs.ids()
    graphs = runs.graph_store(tmp_path, ids)
    small = {"training.batch_size": 10, "training.epochs": 2}
    chosen = settings(**(runs.QUICK | runs.NARROW | small))
    made = train(chosen, tmp_path / "run", graphs=graphs, splits=runs.splits(), progress=False)
    assert made["steps"] == 2 * (runs.N["train"] // 10)
    saved = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert saved["data"]["scaling"] == {"log10": True, "mean": 0.0, "deviation": 1.0}
    assert 0.05 < made["mean_predictor"]["mae"] < 1  # of the training set's mean, not of zero
