"""``to_dgl`` with DGL itself, beside DGL's own line graph and alignn's graphs."""

import importlib
import sys
from collections import Counter
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest

import crystext
from crystext.model.graphs.cells import cell_of
from crystext.model.graphs.convert import to_dgl
from crystext.model.graphs.crystal_graph import crystal_graphs
from tests.model.graphs import peers

torch = pytest.importorskip("torch")
IDS = ["mp-376", "mp-223", "mp-2743", "mp-7049"]
"""No shell of these is cut off by alignn; in the last two, sites are bonded to their own images."""


@pytest.fixture(scope="module")
def dgl():
    """DGL; its part ``graphbolt``, which only imports beside few torches, is left empty."""
    if find_spec("dgl") is None:
        pytest.skip("dgl is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DGLBACKEND", "pytorch")
        patch.setitem(sys.modules, "dgl.graphbolt", ModuleType("dgl.graphbolt"))
        try:
            yield importlib.import_module("dgl")
        except (ImportError, OSError) as error:
            pytest.skip(f"dgl does not import beside torch {torch.__version__}: {error}")


@pytest.fixture
def exact():
    """Tensors of double precision."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def cells():
    return [cell_of(one.structure) for one in crystext.mini(IDS)]


@pytest.fixture(scope="module")
def graphs(cells):
    return crystal_graphs(cells, doubled_images=True)


def angles(line_graph):
    """Cosines by pairs of bonds, and of pairs of a bond with itself, which DGL leaves out."""
    ends = (end.tolist() for end in line_graph.edges())
    found = dict(zip(zip(*ends, strict=True), line_graph.edata["h"].tolist(), strict=True))
    assert len(found) == line_graph.num_edges()
    straight = [cosine for (a, b), cosine in found.items() if a == b]
    return {(a, b): cosine for (a, b), cosine in found.items() if a != b}, straight


@pytest.mark.parametrize("place", range(len(IDS)))
def test_dgls_graphs_hold_the_arrays(dgl, exact, graphs, place):
    graph, line_graph = to_dgl(graphs, place)
    one = graphs.take([place])
    assert isinstance(graph, dgl.DGLGraph)
    assert graph.num_nodes() == len(one.element)
    for found, expected in (
        (graph.edges()[0], one.source),
        (graph.edges()[1], one.target),
        (line_graph.edges()[0], one.angle_source),
        (line_graph.edges()[1], one.angle_target),
        (graph.ndata["Z"], one.element),
        (graph.edata["images"], one.image),
        (graph.edata["r"], one.vector),
        (line_graph.ndata["r"], one.vector),
        (line_graph.edata["h"], one.cosine),
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("place", range(len(IDS)))
def test_the_line_graph_is_dgls_own_and_straight_angles_of_images(dgl, exact, graphs, place):
    graph, line_graph = to_dgl(graphs, place)
    theirs = graph.line_graph(shared=True)
    theirs.apply_edges(
        lambda edges: {"h": -torch.cosine_similarity(edges.src["r"], edges.dst["r"])}
    )
    assert isinstance(line_graph, dgl.DGLGraph)
    assert line_graph.num_nodes() == theirs.num_nodes()
    (ours, straight), (expected, none) = angles(line_graph), angles(theirs)
    assert ours == pytest.approx(expected, abs=1e-9)
    one = graphs.take([place])
    assert straight == pytest.approx([-1] * int((one.source == one.target).sum()))
    assert none == []


@pytest.mark.parametrize("place", range(len(IDS)))
def test_graphs_are_alignns(dgl, exact, graphs, cells, place, monkeypatch):
    alignn = pytest.importorskip("alignn.graphs", exc_type=ImportError)
    monkeypatch.setattr(alignn, "dgl", dgl)  # which it may have missed
    cell = cells[place]
    ours = to_dgl(graphs, place)
    theirs = alignn.Graph.atom_dgl_multigraph(
        peers.jarvis_atoms(cell), cutoff=peers.CUTOFF, max_neighbors=peers.NEIGHBORS
    )
    bonds, pairs, cosines = [], [], []
    for graph, line_graph in (ours, theirs):
        names = peers.bond_keys(cell, (*graph.edges(), graph.edata["r"]))
        found, _ = angles(line_graph)
        named = [(names[a], names[b]) for a, b in found]
        bonds.append(Counter(names))
        pairs.append(Counter(named))
        cosines.append(dict(zip(named, found.values(), strict=True)))
    assert bonds[0] == bonds[1]
    assert pairs[0] == pairs[1]
    assert cosines[0] == pytest.approx(cosines[1], abs=1e-6)
    features = [graph.ndata["atom_features"] for graph, _ in (ours, theirs)]
    np.testing.assert_allclose(*features, atol=1e-12)
