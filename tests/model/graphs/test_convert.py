import numpy as np
import pytest

import crystext
from crystext.errors import MissingExtraError, QuotientGraphError, UsageError
from crystext.model.graphs.build import build_graph_store
from crystext.model.graphs.convert import to_dgl, to_pyg
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.quotient import quotient
from crystext.model.graphs.settings import GraphSettings
from crystext.model.networks.elements import atom_features

pytest.importorskip("torch")
IDS = ["mp-11", "mp-22862", "mp-568695"]


@pytest.fixture(scope="module")
def crystals():
    return list(crystext.mini(IDS))


@pytest.fixture(scope="module")
def graphs(crystals):
    return crystal_graphs([one.structure for one in crystals])


def test_pyg_data_is_the_graph(graphs, crystals):
    pytest.importorskip("torch_geometric")
    for place, crystal in enumerate(crystals):
        data, one = to_pyg(graphs, place), graphs.take([place])
        data.validate()
        positions = crystal.structure.cart_coords
        source, target = data.edge_index.numpy()
        shift = data.image.numpy() @ crystal.structure.lattice.matrix
        vector = positions[target] + shift - positions[source]
        np.testing.assert_allclose(data.edge_vec, vector, atol=1e-5)
        np.testing.assert_allclose(data.edge_attr[:, 0], np.linalg.norm(vector, axis=1), atol=1e-5)
        first, second = data.line_graph_index.numpy()
        assert (target[first] == source[second]).all()
        length = np.linalg.norm(vector, axis=1)
        cosine = -(vector[first] * vector[second]).sum(1) / length[first] / length[second]
        np.testing.assert_allclose(data.line_graph_attr[:, 0], cosine, atol=1e-5)
        np.testing.assert_array_equal(data.x, atom_features()[one.element])
        assert data.z.tolist() == [site.specie.Z for site in crystal.structure]
        assert data.num_nodes == len(crystal.structure)


def test_pyg_batches_shift_both_graphs(graphs):
    pytest.importorskip("torch_geometric")
    import pickle

    from torch_geometric.data import Batch

    batch = Batch.from_data_list([to_pyg(graphs, place) for place in range(len(graphs))])
    first, second = batch.line_graph_index
    source, target = batch.edge_index
    assert (target[first] == source[second]).all()
    assert int(first.max()) == batch.num_edges - 1
    assert pickle.loads(pickle.dumps(to_pyg(graphs, 0))).num_edges == len(graphs.take([0]).source)


def test_a_store_converts_as_its_arrays_do(graphs, crystals, tmp_path):
    pytest.importorskip("torch_geometric")
    full = GraphSettings(quotient=False)
    store = build_graph_store(crystals, tmp_path / "graphs", settings=full)
    first, second = to_pyg(store, -1), to_pyg(graphs, len(graphs) - 1)
    np.testing.assert_array_equal(first.edge_index, second.edge_index)
    np.testing.assert_allclose(first.edge_vec, second.edge_vec, atol=1e-6)


def test_quotients_and_wrong_numbers_are_refused(graphs):
    pytest.importorskip("torch_geometric")
    with pytest.raises(QuotientGraphError, match="--no-quotient"):
        to_pyg(quotient(graphs), 0)
    with pytest.raises(UsageError, match="no graph 3 among 3"):
        to_pyg(graphs, 3)


def test_missing_packages_are_named(graphs, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "dgl", None)
    monkeypatch.setitem(sys.modules, "torch_geometric.data", None)
    monkeypatch.delitem(sys.modules, "crystext.model.graphs.pyg_data", raising=False)
    with pytest.raises(MissingExtraError, match="to_dgl"):
        to_dgl(graphs, 0)
    with pytest.raises(MissingExtraError, match="pip install torch-geometric"):
        to_pyg(graphs, 0)


class FakeDGL:
    """As much of DGL's graph as the converter uses, for machines where DGL does not import."""

    def __init__(self, ends, num_nodes):
        self.ends, self.num_nodes, self.ndata, self.edata = ends, num_nodes, {}, {}


def checked(graph, line_graph, graphs):
    one = graphs.take([0])
    np.testing.assert_allclose(graph.edata["r"], one.vector, atol=1e-6)
    np.testing.assert_allclose(line_graph.ndata["r"], one.vector, atol=1e-6)
    np.testing.assert_allclose(line_graph.edata["h"], one.cosine, atol=1e-6)
    assert graph.ndata["atom_features"].shape == (len(one.element), 92)


def test_dgl_graphs_have_alignns_names(graphs, monkeypatch):
    import sys
    import types

    fake = types.ModuleType("dgl")
    fake.graph = FakeDGL
    monkeypatch.setitem(sys.modules, "dgl", fake)
    graph, line_graph = to_dgl(graphs, 0)
    checked(graph, line_graph, graphs)
    assert line_graph.num_nodes == len(graph.ends[0])
