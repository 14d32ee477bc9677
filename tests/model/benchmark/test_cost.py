"""Cost before it is spent: of the right size, and nothing for what is done."""

import pytest

from crystext.model.benchmark.cost import estimate
from crystext.model.benchmark.materials import Materials
from crystext.model.benchmark.runner import run_cells
from tests.model.benchmark import small


@pytest.fixture
def materials(corpus):
    return lambda cells: Materials.of(corpus, cells)


def test_more_epochs_and_seeds_cost_more(materials, tmp_path):
    once = small.cells("cgcnn", plan=small.OFFICIAL, training__epochs=10)
    often = small.cells("cgcnn", plan=small.OFFICIAL, training__epochs=10, seeds=3)
    cost, more = (estimate(cells, materials(cells), tmp_path) for cells in (once, often))
    assert (cost.cells, more.cells) == (1, 3)
    assert set(cost.steps) == {"cgcnn"}
    assert 1e-5 < cost.steps["cgcnn"] < 5
    assert cost.seconds == pytest.approx(cost.steps["cgcnn"] * (20 + 6 / 3) / 8 * 10)
    assert more.seconds == pytest.approx(3 * more.steps["cgcnn"] * (20 + 6 / 3) / 8 * 10)


def test_baselines_and_what_is_done_cost_nothing(materials, tmp_path):
    cells = small.cells("mean")
    cost = estimate(cells, materials(cells), tmp_path)
    assert (cost.cells, cost.steps, cost.seconds) == (2, {}, 0)
    run_cells(cells, tmp_path, tick=lambda: None)
    assert estimate(cells, materials(cells), tmp_path).cells == 0


def test_measuring_leaves_the_random_numbers_alone(materials, tmp_path):
    import torch

    cells = small.cells("cgcnn", plan=small.OFFICIAL)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    estimate(cells, materials(cells), tmp_path)
    assert torch.equal(torch.get_rng_state(), before)
