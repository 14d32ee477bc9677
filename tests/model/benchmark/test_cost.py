"""Cost before it is spent: of the right size, nothing for what is done, and nothing is made."""

import numpy as np
import pytest
import torch

from crystext.model.benchmark.cost import steps
from crystext.model.benchmark.cost.estimate import Cost, estimate
from crystext.model.benchmark.cost.sample import Sample
from crystext.model.benchmark.inputs import TrialInputs
from crystext.model.benchmark.run import run_trials
from tests.model.benchmark import small


@pytest.fixture
def inputs(corpus):
    return lambda trials: TrialInputs(corpus, trials)


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_more_epochs_and_seeds_cost_more(inputs, tmp_path):
    once = small.trials("cgcnn", plan=small.OFFICIAL, training__epochs=10)
    often = small.trials("cgcnn", plan=small.OFFICIAL, training__epochs=10, seeds=3)
    cost, more = (estimate(trials, inputs(trials), tmp_path) for trials in (once, often))
    assert set(cost.steps) == {"cgcnn"}
    assert 1e-5 < cost.steps["cgcnn"] < 5
    assert cost.seconds == pytest.approx(cost.steps["cgcnn"] * (20 + 6 / 3) / 8 * 10)
    assert more.seconds == pytest.approx(3 * more.steps["cgcnn"] * (20 + 6 / 3) / 8 * 10)
    assert more.longest == pytest.approx(more.seconds / 3)


def test_processes_share_the_runs_but_not_one_run():
    cost = Cost({"cgcnn": 0.1}, 30.0, 10.0, {}, ())
    assert [cost.training(workers) for workers in (1, 2, 8)] == [30, 15, 10]


def test_baselines_and_what_is_done_cost_nothing(inputs, tmp_path):
    trials = small.trials("mean")
    cost = estimate(trials, inputs(trials), tmp_path)
    assert (cost.steps, cost.seconds, cost.preparing) == ({}, 0, {})
    network = small.trials("cgcnn", plan=small.OFFICIAL)
    run_trials(network, tmp_path, tick=lambda: None)
    assert estimate(network, inputs(network), tmp_path) == cost


def test_measuring_leaves_random_numbers_and_threads_alone(inputs, tmp_path):
    trials = small.trials("cgcnn", plan=small.OFFICIAL)
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    estimate(trials, inputs(trials), tmp_path, workers=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_graphs_and_texts_are_estimated_and_not_made(inputs, tmp_path, empty_cache):
    trials = small.trials("cgcnn", "crysmmnet-cgcnn", "crystextnet:shuffled", plan=small.OFFICIAL)
    cost = estimate(trials, inputs(trials), tmp_path / "out")
    assert set(cost.preparing) == {"graphs", "texts by tiny_bert"}
    assert all(1e-4 < seconds < 60 for seconds in cost.preparing.values())
    assert set(cost.steps) == {"cgcnn", "crysmmnet-cgcnn", "crystextnet"}
    assert not empty_cache.exists()
    assert not (tmp_path / "out").exists()
    inputs(trials).prepare(trials)
    assert estimate(trials, inputs(trials), tmp_path / "out").preparing == {}


def test_the_estimate_of_texts_is_of_the_right_size(corpus, inputs, tmp_path, empty_cache):
    import time

    trials = small.trials("crystextnet", plan=small.OFFICIAL)
    found = estimate(trials, inputs(trials), tmp_path).preparing["texts by tiny_bert"]
    began = time.perf_counter()
    inputs(trials).prepare(trials)
    assert found < 3 * (time.perf_counter() - began)


def test_descriptors_are_estimated(inputs, tmp_path, empty_cache):
    pytest.importorskip("jarvis.core.specie", reason="jarvis-tools is not installed")
    trials = small.trials("cfid", plan=small.OFFICIAL)
    (name,) = (cost := estimate(trials, inputs(trials), tmp_path).preparing)
    assert name == "CFID descriptors"
    assert 0.1 < cost[name] < 100  # 32 crystals
    assert not empty_cache.exists()


def test_layers_that_are_trained_cost_what_they_cost(inputs, tmp_path):
    trials = small.trials(
        "crystextnet", "crystextnet:unfrozen", "crysmmnet-cgcnn:unfrozen", plan=small.OFFICIAL
    )
    cost = estimate(trials, inputs(trials), tmp_path)
    assert cost.steps["crystextnet:unfrozen"] > cost.steps["crystextnet"]
    assert "crysmmnet-cgcnn:unfrozen" in cost.steps
    assert cost.unknown == ()


def test_an_encoder_that_would_be_fetched_is_not(inputs, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    rows = ("crysmmnet-cgcnn", "crysmmnet-cgcnn:unfrozen")
    trials = small.trials(*rows, plan=small.OFFICIAL, text__encoder="nobody/bert")
    cost = estimate(trials, inputs(trials), tmp_path)
    assert set(cost.steps) == {"crysmmnet-cgcnn"}
    assert cost.unknown == (
        "texts by nobody/bert, which is fetched from the Hub first",
        "training of crysmmnet-cgcnn:unfrozen",
    )
    assert not (tmp_path / "hub").exists()


def test_the_least_of_several_steps_counts(inputs, monkeypatch):
    trials = small.trials("cgcnn", "schnet", plan=small.OFFICIAL)
    calls, taken = [], {"cgcnn": iter([9, 3, 1, 4, 2]), "schnet": iter([8, 6, 7, 5, 6])}

    def stepper(one, _):
        return lambda: calls.append(one[0].model) or next(taken[one[0].model]) / 10

    monkeypatch.setattr(steps, "_stepper", stepper)
    networks = {trial.row.model: (trial.settings, None) for trial in trials}
    found = steps.measure_steps(networks, None)
    assert found == {"cgcnn": pytest.approx(0.1), "schnet": pytest.approx(0.5)}
    assert calls == ["cgcnn", "schnet"] * 5


def test_a_sample_has_crystals_of_every_size(corpus):
    ids = small.ids()
    sizes = dict(zip(*(corpus.table([n])[n].to_pylist() for n in ("id", "n_sites")), strict=True))
    sample = Sample(corpus, ids, 8)
    assert len(set(sample.ids)) == len(sample.graphs) == 8
    drawn, every = (np.sort([sizes[one] for one in some]) for some in (sample.ids, ids))
    # One of each four neighbours in the order of size, so also no mean far from the whole's.
    assert all(
        low <= one <= high for one, low, high in zip(drawn, every[::4], every[3::4], strict=True)
    )
    assert Sample(corpus, ids, 100).ids == Sample(corpus, ids, 32).ids
    few = Sample(corpus, ids[:3], 8)
    assert sorted(few.ids) == sorted(ids[:3])
