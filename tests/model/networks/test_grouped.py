"""Networks side by side give what each gives alone: outputs, gradients, running statistics."""

import copy

import pytest

torch = pytest.importorskip("torch")

import crystext  # noqa: E402
from crystext.errors import UsageError  # noqa: E402
from crystext.features.site_facts import WIDTH  # noqa: E402
from crystext.model.graphs.batch import GraphTable  # noqa: E402
from crystext.model.graphs.crystal_graph import crystal_graphs  # noqa: E402
from crystext.model.graphs.padded import PaddedTable, Room, batch_sizes  # noqa: E402
from crystext.model.graphs.quotient import quotient  # noqa: E402
from crystext.model.networks.crysmmnet import CrysMMNet  # noqa: E402
from crystext.model.networks.grouped import can_be_grouped, grouped  # noqa: E402
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network  # noqa: E402
from tests.model.networks.test_laws import CRYSTALS, NARROW, TEXT  # noqa: E402

CHOSEN = torch.tensor([[0, 3, 2], [5, 1, 0], [2, 2, 4]])
ALONE = ("gatgnn", "megnet")  # these hold weights outside of the layers that all share
FORMS = [(name, "") for name in sorted(set(GRAPH_NETWORKS) - set(ALONE))]
FORMS += [("cgcnn", one) for one in ("concat", "residual", "gated", "sites", "sites+residual")]


@pytest.fixture(scope="module")
def table():
    from crystext.model.graphs.cells import cell_of

    cells = [cell_of(one.structure) for one in crystext.mini(ids=CRYSTALS)]
    return GraphTable(quotient(crystal_graphs(cells)), dtype=torch.float64)


def own_table(table, sites):
    """The same graphs, with other facts of sites."""
    one = copy.copy(table)
    one._sites = sites
    return one


def build(name, fusion, seed):
    torch.manual_seed(seed)
    network = build_graph_network(name, **NARROW[name])
    if fusion:
        network = CrysMMNet(network, TEXT, form="reference", fusion=fusion, dropout=0.0)
        network.fit_texts(torch.randn(40, TEXT))
        network.fit_sites(torch.randn(90, WIDTH))
        for weight in network.parameters():
            weight.data += 0.01 * torch.randn_like(weight)  # so that the text reaches the output
    return network.double().train()


@pytest.mark.parametrize(("name", "fusion"), FORMS)
def test_each_gives_what_it_gives_alone(name, fusion, table):
    networks = [build(name, fusion, seed) for seed in range(len(CHOSEN))]
    whole = grouped(networks)
    padded, n = PaddedTable(table), CHOSEN.shape[1]
    room = Room.of(batch_sizes(table, list(CHOSEN.numpy())))
    angles = networks[0].uses_angles
    texts = torch.randn(len(CHOSEN), n + 1, TEXT).double()
    sites = torch.randn(len(CHOSEN), len(table.rows["element"]), WIDTH).double()
    sites[1, 0] = torch.nan
    text = texts.flatten(0, 1) if fusion else None
    for mode in (True, False):
        found = whole.train(mode)(padded.batch(CHOSEN, room, angles=angles, sites=sites), text)
        found = found.view(len(CHOSEN), n + 1)[:, :n]
        for group, network in enumerate(networks):
            own = texts[group, :n] if fusion else None
            graph = own_table(table, sites[group]).batch(CHOSEN[group], angles=angles)
            alone = network.train(mode)(graph, own)
            torch.testing.assert_close(found[group], alone, rtol=1e-9, atol=1e-9)
            if mode:
                alone.square().sum().backward()
        if mode:
            found.square().sum().backward()
    slopes = dict(whole.named_parameters())
    for group, network in enumerate(networks):
        for key, weight in network.named_parameters():
            if weight.grad is not None:
                torch.testing.assert_close(
                    slopes[key].grad[group], weight.grad, rtol=1e-8, atol=1e-9
                )
        state = {name: value[group] for name, value in whole.state_dict().items()}
        for key, value in network.state_dict().items():
            torch.testing.assert_close(state[key], value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ALONE)
def test_others_are_refused(name):
    network = build(name, "", 0)
    assert not can_be_grouped(network)
    with pytest.raises(UsageError, match="no grouped form"):
        grouped([network])


def test_those_that_can_be_grouped_are_known():
    assert all(can_be_grouped(build(*one, 0)) for one in FORMS)
