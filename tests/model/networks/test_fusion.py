"""Residual and gated fusion: they start as the graph network, and read standardised components."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import crystext
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.quotient import quotient
from crystext.model.networks.crysmmnet import CrysMMNet
from crystext.model.networks.fusion import COMPONENTS, TextUpdate, Whitening
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network
from tests.model.networks.test_laws import CRYSTALS, NARROW

TEXT = 10
FUSIONS = ("residual", "gated")


@pytest.fixture(scope="module")
def batch():
    structures = [one.structure for one in crystext.mini(ids=CRYSTALS)]
    table = GraphTable(quotient(crystal_graphs(structures)), dtype=torch.float64)
    return table.batch(torch.arange(len(CRYSTALS)))


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.normal(size=(len(CRYSTALS), TEXT)) @ rng.normal(size=(TEXT, TEXT)))


def both(name, fusion, **options):
    """The graph network, and the fused one over it, of one seed."""
    torch.manual_seed(3)
    alone = build_graph_network(name, **NARROW[name], **options).double()
    torch.manual_seed(3)
    inner = build_graph_network(name, **NARROW[name], **options)
    return alone, CrysMMNet(inner, TEXT, fusion=fusion, dropout=0.3, text_dropout=0.2).double()


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("name", GRAPH_NETWORKS)
def test_training_starts_as_the_graph_network_of_the_same_seed(name, fusion, batch, texts):
    alone, fused = both(name, fusion)
    fused.fit_texts(texts)
    weights = dict(fused.graph_network.named_parameters())
    for key, value in alone.named_parameters():
        assert torch.equal(value, weights[key])
    for one in (alone, fused):
        one.eval()
    assert torch.equal(alone(batch), fused(batch, texts))


def test_a_sum_over_atoms_stays_one(batch, texts):
    alone, fused = both("schnet", "residual", readout="add")
    fused.fit_texts(texts)
    assert torch.equal(alone.eval()(batch), fused.eval()(batch, texts))


@pytest.mark.parametrize("fusion", FUSIONS)
def test_it_learns_from_the_text(fusion, batch, texts):
    """One step moves the output only by the text, where the graph network is held fast."""
    _, fused = both("cgcnn", fusion)
    fused.fit_texts(texts)
    before = fused.eval()(batch, texts).detach()
    fused.train()
    optimizer = torch.optim.SGD(fused.text_update.parameters(), lr=0.1)
    fused(batch, texts).square().sum().backward()
    optimizer.step()
    fused.eval()
    moved = fused(batch, texts) - before
    assert moved.abs().max() > 1e-6
    assert (fused(batch, texts.flip(0)) - fused(batch, texts)).abs().max() > 1e-6


@pytest.mark.parametrize("fusion", FUSIONS)
def test_one_text_for_all_leaves_the_graph_network(fusion, batch):
    """The control ``zero``: no component has a variance, so there is nothing to learn from."""
    alone, fused = both("cgcnn", fusion)
    constant = torch.full((len(CRYSTALS), TEXT), 0.7, dtype=torch.float64)
    fused.fit_texts(constant)
    torch.nn.init.normal_(fused.text_update.update.weight)
    assert torch.equal(alone.eval()(batch), fused.eval()(batch, constant))


def test_components_are_standard_scores_of_the_training_set():
    rng = np.random.default_rng(1)
    vectors = torch.from_numpy(rng.normal(size=(500, 90)) @ rng.normal(size=(90, 90)) + 5).float()
    vectors[:, 3] = 2.0  # an entry without variance
    whitening = Whitening(90)
    whitening.fit(vectors)
    scores = whitening(vectors).double()
    assert scores.shape == (500, COMPONENTS)
    assert scores.mean(0).abs().max() < 1e-3
    covariance = scores.T @ scores / 500
    assert (covariance - torch.eye(COMPONENTS)).abs().max() < 1e-2
    again = Whitening(90)
    again.load_state_dict(whitening.state_dict())
    assert torch.equal(again(vectors), whitening(vectors))


def test_no_more_components_than_there_are_dimensions():
    vectors = torch.zeros(8, 20)
    vectors[:, 0] = torch.arange(8.0)
    whitening = Whitening(20)
    whitening.fit(vectors)
    assert int((whitening.weight.abs().sum(0) > 0).sum()) == 1
    assert whitening(vectors).isfinite().all()


def test_a_text_that_is_left_out_reads_as_the_mean():
    update = TextUpdate(TEXT, 4, dropout=0.0, text_dropout=0.999, gated=False)
    update.whitening.fit(torch.randn(50, TEXT))
    torch.nn.init.normal_(update.update.weight)
    torch.manual_seed(0)
    graph, text = torch.randn(30, 4), torch.randn(30, TEXT)
    left_out = (update.train()(graph, text) == graph).all(1)
    assert left_out.sum() >= 29
    assert not (update.eval()(graph, text) == graph).all(1).any()
