"""Fusion sites: it starts as the graph network, and every atom reads the facts of its own site."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import crystext
from crystext.features.site_facts import WIDTH
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.quotient import atom_classes, quotient
from crystext.model.networks.crysmmnet import CrysMMNet
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network
from tests.model.networks.test_laws import CRYSTALS, NARROW

TEXT = 10
FUSIONS = ("sites", "sites+residual")
of_all = pytest.mark.parametrize("name", GRAPH_NETWORKS)


@pytest.fixture(scope="module")
def batches():
    """The same crystals as quotient and as full graphs, with the same facts of sites."""
    full = crystal_graphs([one.structure for one in crystext.mini(ids=CRYSTALS)])
    folded = quotient(full)
    generator = torch.Generator().manual_seed(0)
    facts = torch.randn(len(folded.element), WIDTH, generator=generator).double().numpy()
    rows = {"folded": (folded, facts), "full": (full, facts[atom_classes(full)])}
    return {
        name: GraphTable(arrays, dtype=torch.float64, sites=sites).batch(
            torch.arange(len(CRYSTALS))
        )
        for name, (arrays, sites) in rows.items()
    }


@pytest.fixture(scope="module")
def texts():
    return torch.randn(len(CRYSTALS), TEXT, generator=torch.Generator().manual_seed(1)).double()


def both(name, fusion, batch, texts, *, dropout=0.3, text_dropout=0.2):
    """The graph network, and the fused one over it, of one seed."""
    torch.manual_seed(3)
    alone = build_graph_network(name, **NARROW[name]).double()
    torch.manual_seed(3)
    inner = build_graph_network(name, **NARROW[name])
    fused = CrysMMNet(inner, TEXT, fusion=fusion, dropout=dropout, text_dropout=text_dropout)
    fused = fused.double()
    fused.fit_texts(texts)
    fused.fit_sites(batch.site.repeat_interleave(batch.atom_count.long(), dim=0))
    return alone, fused


@pytest.mark.parametrize("fusion", FUSIONS)
@of_all
def test_training_starts_as_the_graph_network_of_the_same_seed(name, fusion, batches, texts):
    batch = batches["folded"]
    alone, fused = both(name, fusion, batch, texts)
    weights = dict(fused.graph_network.named_parameters())
    for key, value in alone.named_parameters():
        assert torch.equal(value, weights[key])
    assert torch.equal(alone.eval()(batch), fused.eval()(batch, texts))


@of_all
def test_the_gradient_reaches_the_layer_of_the_sites(name, batches, texts):
    batch = batches["folded"]
    _, fused = both(name, "sites", batch, texts, dropout=0.0, text_dropout=0.0)
    before = fused.eval()(batch, texts).detach()
    fused.train()
    update = fused.graph_network.site_update.update
    fused(batch, texts).square().sum().backward()
    assert (update.weight.grad.abs().sum(0) > 0).any()
    with torch.no_grad():
        update.weight -= 0.1 * update.weight.grad
    fused.eval()
    assert (fused(batch, texts) - before).abs().max() > 1e-9


@of_all
def test_only_the_atom_whose_facts_change_changes_first(name, batches):
    batch = batches["folded"]
    _, fused = both(name, "sites", batch, torch.zeros(len(CRYSTALS), TEXT).double())
    network = fused.graph_network
    torch.nn.init.normal_(network.site_update.update.weight)
    network.eval()
    site = batch.site.clone()
    site[4] += 1.0
    atoms = torch.zeros(len(batch.element), network.atom_width, dtype=torch.float64)
    moved = network.with_sites(atoms, replace(batch, site=site)) - network.with_sites(atoms, batch)
    assert torch.equal(moved.abs().sum(1) > 0, torch.arange(len(atoms)) == 4)


@pytest.mark.parametrize("fusion", FUSIONS)
@of_all
def test_quotient_gives_what_the_full_graph_gives(name, fusion, batches, texts):
    """While training too: dropout is drawn per crystal, and a row counts as often as its atoms."""
    said = {}
    for kind, batch in batches.items():
        _, fused = both(name, fusion, batch, texts)
        torch.nn.init.normal_(fused.graph_network.site_update.update.weight, generator=seeded())
        torch.manual_seed(7)
        out = fused.train()(batch, texts)
        out.square().sum().backward()
        gradient = fused.graph_network.site_update.update.weight.grad
        said[kind] = torch.cat([out.detach(), gradient.flatten()])
    error = (said["folded"] - said["full"]).norm() / said["full"].norm()
    assert error < 1e-7


def seeded():
    return torch.Generator().manual_seed(5)


def test_one_row_for_all_is_a_constant(batches, texts):
    """The control ``zero``: no component has a variance, so there is nothing to learn from."""
    batch = replace(batches["folded"], site=torch.zeros_like(batches["folded"].site))
    alone, fused = both("cgcnn", "sites", batch, texts)
    torch.nn.init.normal_(fused.graph_network.site_update.update.weight)
    assert torch.equal(alone.eval()(batch), fused.eval()(batch, texts))


def test_atoms_without_facts_read_as_the_mean(batches, texts):
    batch = batches["folded"]
    alone, fused = both("cgcnn", "sites", batch, texts)
    torch.nn.init.normal_(fused.graph_network.site_update.update.weight)
    lost = batch.site.clone()
    lost[batch.crystal == 2] = torch.nan
    said = fused.eval()(replace(batch, site=lost), texts)
    plain, usual = alone.eval()(batch), fused(batch, texts)
    assert torch.allclose(said[2], plain[2])
    assert torch.allclose(said[:2], usual[:2])
    assert not torch.allclose(usual[2], plain[2])


def test_a_site_unlike_all_others_moves_its_atom_no_further_than_three_deviations(batches, texts):
    batch = batches["folded"]
    _, fused = both("cgcnn", "sites", batch, texts)
    update = fused.eval().graph_network.site_update
    torch.nn.init.ones_(update.update.weight)
    odd = batch.site.clone()
    odd[0] = 1e6
    atoms = torch.zeros(len(batch.element), fused.graph_network.atom_width, dtype=torch.float64)
    moved = update(atoms, replace(batch, site=odd))
    assert moved[0].abs().max() <= 3.0 * update.whitening.width
    assert torch.equal(moved[1:], update(atoms, batch)[1:])
