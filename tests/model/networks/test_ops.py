"""The operations with derivatives of their own, against autograd; layers on classes and members."""

import pytest

torch = pytest.importorskip("torch")

from crystext.model.networks import ops  # noqa: E402
from crystext.model.networks.layers import (  # noqa: E402
    BatchNorm,
    GaussianBasis,
    pool_mean,
    segment_softmax,
    segment_sum,
)

N, WIDTH = 40, 5


@pytest.fixture
def values():
    torch.manual_seed(0)
    return torch.randn(N, WIDTH, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_is_torchs_when_every_row_counts_once(values, training):
    ours, theirs = BatchNorm(WIDTH).double(), torch.nn.BatchNorm1d(WIDTH).double()
    with torch.no_grad():
        for name, one in theirs.named_parameters():
            getattr(ours, name).copy_(one.uniform_(0.5, 2))
    state = theirs.state_dict()
    assert ours.state_dict().keys() == state.keys()
    ours.load_state_dict(state)
    results = []
    for norm in (ours, theirs):
        norm.train(training)
        out = norm(values, torch.ones(N).double()) if norm is ours else norm(values)
        gradients = torch.autograd.grad((out**3).sum(), [values, *norm.parameters()])
        results.append([out, *gradients, *norm.buffers()])
    for one, other in zip(*results, strict=True):
        assert torch.allclose(one.double(), other.double(), rtol=1e-10, atol=1e-10)


def test_batch_norm_weighs_classes_as_their_members(values):
    counts = torch.randint(1, 5, (N,))
    members = values.detach().repeat_interleave(counts, 0).requires_grad_()
    classes, torchs = BatchNorm(WIDTH).double(), torch.nn.BatchNorm1d(WIDTH).double()
    residual = torch.randn(N, WIDTH, dtype=torch.float64)
    folded = classes.silu(values, counts.double(), residual)
    whole = residual.repeat_interleave(counts, 0) + torch.nn.functional.silu(torchs(members))
    assert torch.allclose(folded.repeat_interleave(counts, 0), whole, atol=1e-10)
    weight = torch.randn(N, WIDTH, dtype=torch.float64)
    (folded * weight * counts[:, None]).sum().backward()
    (whole * weight.repeat_interleave(counts, 0)).sum().backward()
    index = torch.arange(N).repeat_interleave(counts)
    assert torch.allclose(values.grad, segment_sum(members.grad, index, N), atol=1e-10)
    assert torch.allclose(classes.running_var, torchs.running_var)
    assert torch.allclose(classes.weight.grad, torchs.weight.grad)


@pytest.mark.parametrize("silu", [False, True])
@pytest.mark.parametrize("residual", [False, True])
def test_gradients_of_the_norm(values, silu, residual):
    part = torch.rand(N, dtype=torch.float64)
    part = part / part.sum()
    weight, bias = torch.rand(2, WIDTH, dtype=torch.float64, requires_grad=True).unbind()

    def norm(values, weight, bias, kept):
        mean, variance = ops.moments(values.detach(), part)
        scale = torch.rsqrt(variance + 1e-5)
        return ops.normalise(values, mean, scale, part, weight, bias, silu=silu, residual=kept)

    def plain(values, weight, bias, kept):
        mean = part @ values
        centred = values - mean
        out = weight * centred * torch.rsqrt(part @ centred**2 + 1e-5) + bias
        out = torch.nn.functional.silu(out) if silu else out
        return out if kept is None else out + kept

    kept = torch.randn(N, WIDTH, dtype=torch.float64, requires_grad=True) if residual else None
    inputs = [values, weight, bias, *([kept] if residual else [])]
    outs = [f(values, weight, bias, kept) for f in (norm, plain)]
    assert torch.allclose(*outs, atol=1e-12)
    gradients = [torch.autograd.grad((one**3).sum(), inputs) for one in outs]
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-9)


def test_gradients_of_the_gated_mean(values):
    nodes = torch.randn(7, WIDTH, dtype=torch.float64, requires_grad=True)
    source, target = torch.randint(0, 7, (2, N))
    share = torch.randint(1, 4, (N,)).double()

    def plain(gates, nodes):
        opened = torch.sigmoid(gates) * share[:, None]
        above = torch.zeros_like(nodes).index_add(0, target, opened * nodes[source])
        return above / (torch.zeros_like(nodes).index_add(0, target, opened) + 1e-6)

    ours = ops.gated_mean(values, nodes, source, target, share)
    theirs = plain(values, nodes)
    assert torch.allclose(ours, theirs, atol=1e-12)
    for one, other in zip(
        *[torch.autograd.grad((out**2).sum(), [values, nodes]) for out in (ours, theirs)],
        strict=True,
    ):
        assert torch.allclose(one, other, atol=1e-10)


def test_softmax_counts_members(values):
    index = torch.randint(0, 6, (N,))
    counts = torch.randint(1, 4, (N,))
    weights = segment_softmax(values, index, 6, counts.double())
    whole = index.repeat_interleave(counts)
    logits = values.repeat_interleave(counts, 0)
    for segment in index.unique():
        expected = torch.softmax(logits[whole == segment], 0)
        assert torch.allclose(
            weights.repeat_interleave(counts, 0)[whole == segment], expected, atol=1e-12
        )


def test_softmax_survives_large_logits():
    logits = torch.tensor([1e4, 0.0, -1e4])
    weights = segment_softmax(logits, torch.tensor([0, 0, 1]), 2, torch.ones(3))
    assert weights.tolist() == [1.0, 0.0, 1.0]


def test_pooling_counts_members(values):
    counts, crystal = torch.randint(1, 4, (N,)), torch.arange(N) // 10
    pooled = pool_mean(values, crystal, counts.double(), 4)
    for number in range(4):
        rows = values[crystal == number].repeat_interleave(counts[crystal == number], 0)
        assert torch.allclose(pooled[number], rows.mean(0))


def test_gaussians_stand_as_in_alignn():
    basis = GaussianBasis(0.0, 8.0, 80)
    spacing = 8 / 79
    out = basis(torch.tensor([3 * spacing]))
    assert torch.allclose(out[0, 3], torch.tensor(1.0))
    assert torch.allclose(out[0, 4], torch.exp(torch.tensor(-spacing)), atol=1e-5)


def test_mixed_precision_keeps_its_type():
    norm = BatchNorm(WIDTH)
    half = torch.randn(N, WIDTH).bfloat16()
    out = norm.silu(half, torch.ones(N), residual=half)
    assert out.dtype is torch.bfloat16
    assert norm.running_mean.dtype is torch.float32
    gated = ops.gated_mean(half, half, torch.arange(N), torch.arange(N), torch.ones(N))
    assert gated.dtype is torch.bfloat16
    assert torch.isfinite(gated).all()
