"""Batches of one shape give what others give: every network, its output and its gradient."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import crystext  # noqa: E402
from crystext.model.graphs.batch import GraphTable  # noqa: E402
from crystext.model.graphs.crystal_graph import crystal_graphs  # noqa: E402
from crystext.model.graphs.padded import (  # noqa: E402
    PaddedTable,
    Room,
    batch_sizes,
    rooms_for,
)
from crystext.model.graphs.quotient import quotient  # noqa: E402
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network  # noqa: E402
from tests.model.networks.test_laws import CRYSTALS, NARROW  # noqa: E402

CHOSEN = torch.tensor([0, 3, 2, 5])
SPARE = (7, 11, 13)


@pytest.fixture(scope="module")
def arrays():
    from crystext.model.graphs.cells import cell_of

    return quotient(crystal_graphs([cell_of(one.structure) for one in crystext.mini(ids=CRYSTALS)]))


def outcome(network, batch, n):
    """Scores of the first n crystals in training, their gradient, and all buffers."""
    torch.manual_seed(3)
    network.train()
    scores = network(batch)[:n]
    weights = list(network.parameters())
    found = torch.autograd.grad(scores.square().sum(), weights, allow_unused=True)
    return scores, found, [one.clone() for one in network.buffers()]


@pytest.mark.parametrize("name", sorted(GRAPH_NETWORKS))
def test_networks_do_not_see_what_fills_a_batch(name, arrays):
    table = GraphTable(arrays, dtype=torch.float64)
    (sizes,) = batch_sizes(table, [CHOSEN.numpy()])
    room = Room(*(int(a) + b for a, b in zip(sizes, SPARE, strict=True)))
    torch.manual_seed(0)
    networks = [build_graph_network(name, **NARROW[name]).double() for _ in range(2)]
    networks[1].load_state_dict(networks[0].state_dict())
    angles = networks[0].uses_angles
    plain = outcome(networks[0], table.batch(CHOSEN, angles=angles), len(CHOSEN))
    padded = PaddedTable(table)
    absent = torch.cat([CHOSEN, torch.full((2,), padded.nobody)])
    filled = outcome(networks[1], padded.batch(absent, room, angles=angles), len(CHOSEN))
    for one, other in zip(plain[0], filled[0], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)
    for one, other in zip(plain[1], filled[1], strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-9)
    for one, other in zip(plain[2], filled[2], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_the_rows_of_crystals_are_those_of_a_plain_batch(arrays):
    table = GraphTable(arrays)
    plain = table.batch(CHOSEN)
    (sizes,) = batch_sizes(table, [CHOSEN.numpy()])
    assert sizes.tolist() == [len(plain.element), len(plain.source), len(plain.cosine)]
    batch = PaddedTable(table).batch(CHOSEN, Room(*(int(one) + 4 for one in sizes)))
    for name, n in (("element", 0), ("distance", 1), ("source", 1), ("bond_share", 1),
                    ("angle_target", 2), ("angle_share", 2), ("cosine", 2)):  # fmt: skip
        here, there = getattr(batch, name), getattr(plain, name)
        assert len(here) == int(sizes[n]) + 4
        torch.testing.assert_close(here[: int(sizes[n])], there, rtol=0, atol=0)
    assert not batch.atom_count[int(sizes[0]) :].any()
    assert not batch.bond_share[int(sizes[1]) :].any()
    assert not batch.angle_share[int(sizes[2]) :].any()


def test_it_asks_nothing_of_the_device(arrays):
    table = GraphTable(arrays, "meta")
    batch = PaddedTable(table).batch(torch.zeros(4, dtype=torch.long, device="meta"), Room(9, 9, 9))
    assert batch.element.shape == (9,)
    assert batch.n_crystals == 5


def test_rooms_have_room_for_all_and_are_few():
    sizes = np.random.default_rng(0).integers(1, 1000, (500, 3))
    rooms = rooms_for(sizes, 3)
    assert 1 <= len(rooms) <= 3
    assert rooms[-1].fits(sizes).all()
    assert 0.2 < rooms[0].fits(sizes).mean() < 0.6
    assert rooms_for(sizes[:1], 3) == [Room.of(sizes[:1])]
    assert not rooms[-1].fits(sizes.max(axis=0, keepdims=True) + 1).any()
