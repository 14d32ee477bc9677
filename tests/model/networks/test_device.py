"""What a GPU would see of a training step, without one.

Tensors of torch's device ``meta`` have sizes and no numbers: whatever mixes them with the CPU's, or
has to know a number to go on, fails. A GPU would wait there.
"""

import pytest

torch = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

import crystext  # noqa: E402
from crystext.model.graphs.batch import GraphTable  # noqa: E402
from crystext.model.graphs.crystal_graph import crystal_graphs  # noqa: E402
from crystext.model.graphs.quotient import quotient  # noqa: E402
from crystext.model.networks.crysmmnet import CrysMMNet  # noqa: E402
from crystext.model.networks.matformer import with_lattice_edges  # noqa: E402
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network  # noqa: E402
from crystext.model.settings import TrainingSettings  # noqa: E402
from crystext.model.training.losses import loss_of  # noqa: E402
from crystext.model.training.optimizer import make_optimizer  # noqa: E402
from tests.model.networks.test_laws import CRYSTALS, NARROW, TEXT  # noqa: E402

FUSIONS = ("concat", "sum", "mean", "residual", "gated")


@pytest.fixture(scope="module")
def graphs():
    from crystext.model.graphs.cells import cell_of

    cells = [cell_of(one.structure) for one in crystext.mini(ids=CRYSTALS)]
    return quotient(crystal_graphs(cells))


def step(network, graphs, device):
    """One step: gather, forward, backward, AdamW."""
    network = network.to(device).train()
    table = GraphTable(graphs, device)
    optimizer = make_optimizer(network, TrainingSettings(), 1e-4)
    batch = table.batch(torch.tensor([0, 2, 3, 5]), angles=network.uses_angles)
    text = torch.ones((4, TEXT), device=device) if network.uses_text else None
    output = network(batch, text)
    assert output.shape == (4,)
    assert output.device.type == torch.device(device).type
    loss_of("mse", classes=False)(output, torch.zeros(4, device=device)).sum().backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), float("inf"))
    optimizer.step()
    return batch


@pytest.mark.parametrize("name", sorted(GRAPH_NETWORKS))
def test_a_step_of_a_graph_network_asks_nothing_of_the_device(name, graphs):
    step(build_graph_network(name, **NARROW[name]), graphs, "meta")


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("form", ["paper", "reference"])
def test_nor_does_a_step_of_crysmmnet(fusion, form, graphs):
    graph_network = build_graph_network("alignn", **NARROW["alignn"])
    step(CrysMMNet(graph_network, TEXT, form=form, fusion=fusion), graphs, "meta")


class Operators(TorchDispatchMode):
    """Notes what torch is asked to calculate with floating-point numbers."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        given = [*args, *(kwargs or {}).values()]
        if any(isinstance(one, torch.Tensor) and one.is_floating_point() for one in given):
            how = [one for one in given if isinstance(one, str)]
            self.seen.add(".".join([func._schema.name.removeprefix("aten::"), *how]))
        return out


NEVER_IN_ORDER = (
    *("adaptive_", "avg_pool", "max_pool", "max_unpool", "upsample", "reflection_pad"),
    *("replication_pad", "nll_loss2d", "_ctc_loss", "_embedding_bag", "put_", "histc", "bincount"),
    *("kthvalue", "median", "grid_sampler", "cumsum", "resize_"),
    "scatter_reduce.prod",
)
"""Begin the names of operators that have no deterministic form on a GPU, of which torch says so
(documentation of ``torch.use_deterministic_algorithms``), and would end such a run."""


@pytest.mark.parametrize("name", sorted(GRAPH_NETWORKS))
@pytest.mark.parametrize("fusion", [None, "reference", "residual", "gated"])
def test_every_operator_of_a_step_can_be_deterministic(name, fusion, graphs):
    network = build_graph_network(name, **NARROW[name])
    if fusion == "reference":
        network = CrysMMNet(network, TEXT, form=fusion, fusion="concat")
    elif fusion is not None:
        network = CrysMMNet(network, TEXT, fusion=fusion)
    with Operators() as noted:
        step(network, graphs, "cpu")
    assert "index_add_" in noted.seen or "index_add" in noted.seen
    assert not [one for one in noted.seen if one.startswith(NEVER_IN_ORDER)]


def test_a_question_or_a_mixture_would_be_noticed(graphs):
    """The tests above can fail."""
    table = GraphTable(graphs, "meta")
    batch = table.batch(torch.arange(3))
    with pytest.raises((RuntimeError, NotImplementedError)):
        batch.distance.max().item()
    with pytest.raises((RuntimeError, NotImplementedError)):
        (batch.distance > 1).nonzero()
    with pytest.raises(RuntimeError):
        batch.distance + torch.ones(len(batch.distance))


def test_lattice_edges_give_the_same_sums_either_way(graphs):
    torch.manual_seed(0)
    network = build_graph_network("matformer", **NARROW["matformer"]).double().eval()
    batch = GraphTable(graphs, dtype=torch.float64).batch(torch.arange(len(graphs)))
    fewest, all_of_them = (with_lattice_edges(batch, fewest=one) for one in (True, False))
    assert len(all_of_them.share) > len(fewest.share)
    assert fewest.share.sum() == all_of_them.share.sum()
    atoms = network.atom_embedding(network.features(batch.element))
    found = [
        network.att_layers[0](atoms, network.rbf(edges.distance), edges, batch.atom_count)
        for edges in (fewest, all_of_them)
    ]
    torch.testing.assert_close(found[0], found[1], rtol=1e-12, atol=1e-12)
