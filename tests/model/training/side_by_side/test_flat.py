"""AdamW on one array takes the steps of torch's, along the same one-cycle schedule."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from crystext.model.settings import TrainingSettings  # noqa: E402
from crystext.model.training.optimizer import make_optimizer, make_schedule  # noqa: E402
from crystext.model.training.side_by_side.flat import Flat, FlatAdamW, Schedule, decay_of  # noqa: E402

STEPS = 40


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(5, 7, bias=False), nn.BatchNorm1d(7), nn.SiLU(), nn.Linear(7, 1)
    ).double()


def losses():
    torch.manual_seed(1)
    return [(torch.randn(16, 5).double(), torch.randn(16).double()) for _ in range(STEPS)]


def test_it_takes_the_steps_of_torch():
    settings = TrainingSettings(epochs=STEPS, learning_rate=0.01, weight_decay=0.1)
    one, other = network(), network()
    optimizer = make_optimizer(one, settings)
    schedule = make_schedule(optimizer, settings, 1)
    same = make_optimizer(other, settings)
    flat = Flat(other, list(other.parameters()))
    decay = decay_of(flat, same)
    assert sorted(set(decay.tolist())) == [0.0, 0.1]
    ours = FlatAdamW(flat, decay)
    lines = Schedule.of(same, make_schedule(same, settings, 1), STEPS).as_rows()
    assert lines[:, 1].std() > 0, "momentum goes along the cycle"
    for number, (values, target) in enumerate(losses()):
        (one(values).squeeze(1) - target).square().mean().backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        flat.take_gradient((other(values).squeeze(1) - target).square().mean())
        ours.step(lines[number][None])
    for first, second in zip(one.state_dict().values(), other.state_dict().values(), strict=True):
        torch.testing.assert_close(first, second, rtol=1e-9, atol=1e-12)


def test_weights_and_buffers_are_views_of_one_array():
    one = network()
    before = {name: value.clone() for name, value in one.state_dict().items()}
    flat = Flat(one, list(one.parameters()))
    assert all(torch.equal(before[name], value) for name, value in one.state_dict().items())
    flat.values.zero_()
    assert not any(weight.any() for weight in one.parameters())
    one(torch.ones(4, 5).double())
    assert flat.buffers.abs().sum() > 0
    one.load_state_dict(before)
    assert flat.values.abs().sum() > 0
