"""Autocast to bfloat16 over every network: finite, near float32, weights and statistics whole."""

import pytest

torch = pytest.importorskip("torch")

import crystext  # noqa: E402
from crystext.features.site_facts import WIDTH  # noqa: E402
from crystext.model.graphs.batch import GraphTable  # noqa: E402
from crystext.model.graphs.crystal_graph import crystal_graphs  # noqa: E402
from crystext.model.graphs.quotient import quotient  # noqa: E402
from crystext.model.networks.crystextnet import CrysTextNet  # noqa: E402
from crystext.model.networks.layers import BatchNorm  # noqa: E402
from crystext.model.networks.registry import GRAPH_NETWORKS  # noqa: E402
from tests.model.networks.test_compiled import FUSED, network, text_of  # noqa: E402
from tests.model.networks.test_laws import CRYSTALS, TEXT  # noqa: E402

OF_SCORES, OF_GRADIENTS, OF_STATISTICS = 0.05, 0.1, 0.03
"""Relative to float32. The largest that were seen are 0.025, 0.029 and 0.019."""


@pytest.fixture(scope="module")
def batch():
    arrays = quotient(crystal_graphs([one.structure for one in crystext.mini(ids=CRYSTALS)]))
    facts = torch.randn(len(arrays.element), WIDTH, generator=torch.Generator().manual_seed(0))
    return GraphTable(arrays, sites=facts.numpy()).batch(torch.arange(len(CRYSTALS)))


def step(held, batch, *, mixed):
    """Scores, gradients of the weights, and buffers after the step, as training makes it."""
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        scores = held(batch, text_of(batch).float())
    found = torch.autograd.grad(
        scores.float().square().sum(), list(held.parameters()), allow_unused=True
    )
    return scores, [one for one in found if one is not None], list(held.buffers())


def off(one, other):
    return float((one - other).detach().norm() / other.detach().norm())


@pytest.mark.parametrize("name", [*sorted(GRAPH_NETWORKS), *FUSED, "alignn+gated", "crystextnet"])
def test_a_step_in_bfloat16_is_near_that_in_float32(name, batch, monkeypatch):
    kinds = set()
    usual = BatchNorm.statistics

    def noted(self, values, count):
        found = usual(self, values, count)
        kinds.update(one.dtype for one in found)
        return found

    monkeypatch.setattr(BatchNorm, "statistics", noted)
    runs = []
    for mixed in (True, False):
        torch.manual_seed(0)
        held = CrysTextNet(TEXT, dropout=0.0) if name == "crystextnet" else network(name).float()
        runs.append(step(held, batch, mixed=mixed))
    (scores, gradients, buffers), (scores32, gradients32, buffers32) = runs
    assert scores.dtype is torch.bfloat16  # it was mixed at all
    assert {one.dtype for one in gradients} == {torch.float32}
    assert kinds <= {torch.float32}
    assert off(scores.float(), scores32) < OF_SCORES
    joined, joined32 = (
        torch.cat([one.flatten() for one in found]) for found in (gradients, gradients32)
    )
    assert torch.isfinite(joined).all()
    assert off(joined, joined32) < OF_GRADIENTS
    for one, other in zip(buffers, buffers32, strict=True):
        assert one.dtype == other.dtype
        assert not one.is_floating_point() or one.dtype is torch.float32
        largest = other.abs().max().clamp(min=1)
        assert (one - other).abs().max() <= OF_STATISTICS * largest


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_statistics_of_half_a_million_angles_are_no_worse_than_the_values(kind):
    """One row's part of the mean is 2e-6, which float16 holds to 1 % and bfloat16 to 0.2 %."""
    values = (torch.randn(500_000, 2, generator=torch.Generator().manual_seed(0)) + 20).to(kind)
    norm = BatchNorm(2).train()
    mean, scale, _ = norm.statistics(values, torch.ones(len(values)))
    exact = values.double()
    assert mean.tolist() == pytest.approx(exact.mean(0).tolist(), rel=5e-4)
    assert scale.tolist() == pytest.approx(exact.std(0).reciprocal().tolist(), rel=1e-3)
