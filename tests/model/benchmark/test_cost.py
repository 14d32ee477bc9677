"""Cost before it is spent: of the right size, nothing for what is done, and nothing is made."""

import numpy as np
import pytest
import torch

from crystext.model.benchmark import steps
from crystext.model.benchmark.cost import Cost, estimate
from crystext.model.benchmark.inputs import Materials
from crystext.model.benchmark.run import run_cells
from crystext.model.benchmark.sample import Sample
from tests.model.benchmark import small


@pytest.fixture
def materials(corpus):
    return lambda cells: Materials.of(corpus, cells)


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_more_epochs_and_seeds_cost_more(materials, tmp_path):
    once = small.cells("cgcnn", plan=small.OFFICIAL, training__epochs=10)
    often = small.cells("cgcnn", plan=small.OFFICIAL, training__epochs=10, seeds=3)
    cost, more = (estimate(cells, materials(cells), tmp_path) for cells in (once, often))
    assert (cost.cells, more.cells) == (1, 3)
    assert set(cost.steps) == {"cgcnn"}
    assert 1e-5 < cost.steps["cgcnn"] < 5
    assert cost.seconds == pytest.approx(cost.steps["cgcnn"] * (20 + 6 / 3) / 8 * 10)
    assert more.seconds == pytest.approx(3 * more.steps["cgcnn"] * (20 + 6 / 3) / 8 * 10)
    assert more.longest == pytest.approx(more.seconds / 3)


def test_processes_share_the_runs_but_not_one_run():
    cost = Cost(3, {"cgcnn": 0.1}, 30.0, 10.0, {}, ())
    assert [cost.training(workers) for workers in (1, 2, 8)] == [30, 15, 10]


def test_baselines_and_what_is_done_cost_nothing(materials, tmp_path):
    cells = small.cells("mean")
    cost = estimate(cells, materials(cells), tmp_path)
    assert (cost.cells, cost.steps, cost.seconds, cost.preparing) == (2, {}, 0, {})
    run_cells(cells, tmp_path, tick=lambda: None)
    assert estimate(cells, materials(cells), tmp_path).cells == 0


def test_measuring_leaves_random_numbers_and_threads_alone(materials, tmp_path):
    cells = small.cells("cgcnn", plan=small.OFFICIAL)
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    estimate(cells, materials(cells), tmp_path, workers=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_graphs_and_texts_are_estimated_and_not_made(materials, tmp_path, empty_cache):
    cells = small.cells("cgcnn", "crysmmnet-cgcnn", "crystextnet:shuffled", plan=small.OFFICIAL)
    cost = estimate(cells, materials(cells), tmp_path / "out")
    assert set(cost.preparing) == {"graphs", "texts by tiny_bert"}
    assert all(1e-4 < seconds < 60 for seconds in cost.preparing.values())
    assert set(cost.steps) == {"cgcnn", "crysmmnet-cgcnn", "crystextnet"}
    assert not empty_cache.exists()
    assert not (tmp_path / "out").exists()
    materials(cells).prepare(cells)
    assert estimate(cells, materials(cells), tmp_path / "out").preparing == {}


def test_the_estimate_of_texts_is_of_the_right_size(corpus, materials, tmp_path, empty_cache):
    import time

    cells = small.cells("crystextnet", plan=small.OFFICIAL)
    found = estimate(cells, materials(cells), tmp_path).preparing["texts by tiny_bert"]
    began = time.perf_counter()
    materials(cells).prepare(cells)
    assert found < 3 * (time.perf_counter() - began)


def test_descriptors_are_estimated(materials, tmp_path, empty_cache):
    pytest.importorskip("jarvis.core.specie", reason="jarvis-tools is not installed")
    cells = small.cells("cfid", plan=small.OFFICIAL)
    (name,) = (cost := estimate(cells, materials(cells), tmp_path).preparing)
    assert name == "CFID descriptors"
    assert 0.1 < cost[name] < 100  # 32 crystals
    assert not empty_cache.exists()


def test_layers_that_are_trained_cost_what_they_cost(materials, tmp_path):
    cells = small.cells(
        "crystextnet", "crystextnet:unfrozen", "crysmmnet-cgcnn:unfrozen", plan=small.OFFICIAL
    )
    cost = estimate(cells, materials(cells), tmp_path)
    assert cost.steps["crystextnet:unfrozen"] > cost.steps["crystextnet"]
    assert "crysmmnet-cgcnn:unfrozen" in cost.steps
    assert cost.unknown == ()


def test_an_encoder_that_would_be_fetched_is_not(materials, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    rows = ("crysmmnet-cgcnn", "crysmmnet-cgcnn:unfrozen")
    cells = small.cells(*rows, plan=small.OFFICIAL, text__encoder="nobody/bert")
    cost = estimate(cells, materials(cells), tmp_path)
    assert set(cost.steps) == {"crysmmnet-cgcnn"}
    assert cost.unknown == (
        "texts by nobody/bert, which is fetched from the Hub first",
        "training of crysmmnet-cgcnn:unfrozen",
    )
    assert not (tmp_path / "hub").exists()


def test_the_least_of_several_steps_counts(materials, monkeypatch):
    cells = small.cells("cgcnn", "schnet", plan=small.OFFICIAL)
    calls, taken = [], {"cgcnn": iter([9, 3, 1, 4, 2]), "schnet": iter([8, 6, 7, 5, 6])}

    def stepper(one, _):
        return lambda: calls.append(one.settings.model) or next(taken[one.settings.model]) / 10

    monkeypatch.setattr(steps, "_stepper", stepper)
    networks = {cell.row.model: steps.Measured(cell.settings, None) for cell in cells}
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
