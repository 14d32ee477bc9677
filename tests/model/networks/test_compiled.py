"""``torch.compile`` over every network: the numbers of one that is not compiled, and few graphs.

The backend ``aot_eager`` traces and differentiates as the default backend does, and then runs the
operators as they are, so that it needs no compiler of the machine.
"""

import pytest

torch = pytest.importorskip("torch")

import crystext  # noqa: E402
from crystext.features.site_facts import WIDTH  # noqa: E402
from crystext.model.graphs.batch import GraphTable  # noqa: E402
from crystext.model.graphs.crystal_graph import crystal_graphs  # noqa: E402
from crystext.model.graphs.padded import PaddedTable, Room, batch_sizes  # noqa: E402
from crystext.model.graphs.quotient import quotient  # noqa: E402
from crystext.model.networks.crysmmnet import CrysMMNet  # noqa: E402
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network  # noqa: E402
from tests.model.networks.test_laws import CRYSTALS, NARROW, TEXT  # noqa: E402

FUSED = ("alignn+concat", "alignn+residual", "cgcnn+sites")
BROKEN = {"megnet"}
"""Their graph is in parts: Dynamo traces no LSTM, which MEGNet's pooling is made of."""
of_all = pytest.mark.parametrize("name", [*sorted(GRAPH_NETWORKS), *FUSED])


@pytest.fixture(scope="module")
def table():
    arrays = quotient(crystal_graphs([one.structure for one in crystext.mini(ids=CRYSTALS)]))
    facts = torch.randn(len(arrays.element), WIDTH, generator=torch.Generator().manual_seed(0))
    return GraphTable(arrays, dtype=torch.float64, sites=facts.double().numpy())


@pytest.fixture(autouse=True)
def _forget():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def network(name):
    torch.manual_seed(0)
    base, _, fusion = name.partition("+")
    inner = build_graph_network(base, **NARROW[base])
    if not fusion:
        return inner.double().train()
    fused = CrysMMNet(inner, TEXT, fusion=fusion, dropout=0.0)
    for one in fused.parameters():  # updates begin as 0, through which no gradient flows
        torch.nn.init.normal_(one, std=0.3)
    fused.fit_texts(torch.randn(20, TEXT))
    fused.fit_sites(torch.randn(20, WIDTH))
    return fused.double().train()


def text_of(batch):
    return torch.randn(batch.n_crystals, TEXT, generator=torch.Generator().manual_seed(1)).double()


def outcome(runner, held, batch):
    """Scores of a step, the gradients of ``held``'s weights, and its buffers after the step."""
    weights = list(held.parameters())
    scores = runner(batch, text_of(batch))
    found = torch.autograd.grad(scores[:3].square().sum(), weights, allow_unused=True)
    pairs = zip(found, weights, strict=True)
    found = [torch.zeros_like(weight) if one is None else one for one, weight in pairs]
    assert any(one.any() for one in found)
    return scores.detach(), found, list(held.buffers())


def assert_equal_steps(runner, compiled, plain, batch):
    ours, theirs = outcome(runner, compiled, batch), outcome(plain, plain, batch)
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-10)


@pytest.mark.slow
@of_all
def test_a_step_is_the_same_whatever_the_batch(name, table):
    """Forward, backward and running statistics, over batches of different sizes."""
    plain, compiled = network(name), network(name)
    runner = torch.compile(
        compiled, backend="aot_eager", dynamic=True, fullgraph=name not in BROKEN
    )
    for number, chosen in enumerate(([0, 2, 3, 5], [1, 4, 2], [5, 4, 3, 2, 1])):
        batch = table.batch(torch.tensor(chosen), angles=plain.uses_angles)
        # all sizes are one graph's: a batch after the first is never compiled anew
        with torch.compiler.set_stance("fail_on_recompile" if number else "default"):
            assert_equal_steps(runner, compiled, plain, batch)


@of_all
def test_batches_of_one_shape_are_compiled_once(name, table):
    plain, compiled = network(name), network(name)
    runner = torch.compile(compiled, backend="eager", fullgraph=name not in BROKEN)
    groups = torch.tensor([[0, 2, 3], [5, 4, 1], [1, 2, 0]])
    room = Room.of(batch_sizes(table, list(groups.numpy())))
    padded = PaddedTable(table)
    facts = torch.zeros(int(table.sizes("atom").sum()), WIDTH, dtype=torch.float64)
    for number, chosen in enumerate(groups):
        batch = padded.batch(chosen, room, angles=plain.uses_angles, sites=facts)
        with torch.compiler.set_stance("fail_on_recompile" if number else "default"):
            assert_equal_steps(runner, compiled, plain, batch)


@pytest.mark.parametrize("name", ["alignn", "cgcnn"])
def test_training_compiles_two_graphs_and_no_more(name, table):
    """As ``training.compile`` does: one for the first size, then one for all."""
    compiled = network(name)
    counted = torch._dynamo.testing.CompileCounterWithBackend("eager")
    runner = torch.compile(compiled, backend=counted)
    for chosen in ([0, 2, 3, 5], [1, 4, 2], [5, 4, 3, 2], [5, 1, 0], [0, 1, 2, 3]):
        outcome(runner, compiled, table.batch(torch.tensor(chosen)))
    assert 1 <= counted.frame_count <= 2
