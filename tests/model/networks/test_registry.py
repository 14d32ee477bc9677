from __future__ import annotations

import subprocess
import sys

import pytest

from crystext.errors import UsageError
from crystext.model.networks.base import GraphNetwork
from crystext.model.networks.registry import (
    GRAPH_NETWORKS,
    build_graph_network,
    graph_network_class,
    graph_network_options,
    graph_network_settings,
)


def test_all_networks_are_known():
    names = {"alignn", "cgcnn", "cogn", "gatgnn", "matformer", "megnet", "schnet"}
    assert set(GRAPH_NETWORKS) == names


@pytest.mark.parametrize("name", GRAPH_NETWORKS)
def test_every_option_has_a_type_and_a_published_value_that_it_accepts(name):
    assert issubclass(graph_network_class(name), GraphNetwork)
    options = graph_network_options(name)
    assert options
    for key, option in options.items():
        assert option.parsed(name, option.default) == option.default, key


def test_published_sizes():
    """Weights of the published networks, less what no input reaches."""
    count = {
        name: sum(weight.numel() for weight in build_graph_network(name).parameters())
        for name in ("alignn", "cgcnn", "cogn")
    }
    # kgcnn's make_model() has 697,601; it embeds 119 elements, and here are rows 0 to 103
    assert count["cogn"] == 697_601 - (119 - 104) * 128
    assert count["alignn"] == 4_026_753  # alignn's own, 4.027 million
    # embedding, 3 convolutions with their norms, conv_to_fc, fc_out
    conv = (2 * 64 + 41 + 1) * 128 + 2 * 128 + 2 * 64
    assert count["cgcnn"] == 93 * 64 + 3 * conv + 65 * 128 + 129


def test_options_reach_the_network():
    network = build_graph_network("megnet", dense=[8, 4], conv=[6, 4], blocks=2)
    assert network.width == 20
    assert len(network.blocks) == 2


def test_settings_hold_the_defaults_too():
    settings = graph_network_settings("cgcnn", {"hidden": 32})
    assert settings["hidden"] == 32
    assert settings["layers"] == 3
    assert list(settings) == list(graph_network_options("cgcnn"))


def test_unknown_network_lists_the_known():
    with pytest.raises(
        UsageError, match=r"'cgnn'.* alignn, cgcnn, cogn, gatgnn, matformer, megnet"
    ):
        build_graph_network("cgnn")


def test_unknown_option_lists_the_allowed():
    with pytest.raises(UsageError, match=r"cgcnn has no option 'depth'; it has layers, hidden"):
        build_graph_network("cgcnn", depth=3)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("cgcnn", {"hidden": "64"}, "hidden is '64'; it must be a whole number from 1"),
        ("cgcnn", {"hidden": True}, "hidden is True"),
        ("cgcnn", {"hidden": 0}, "hidden is 0"),
        ("alignn", {"alignn_layers": -1}, "alignn_layers is -1; it must be a whole number from 0"),
        ("alignn", {"norm": "group"}, "norm is 'group'; it must be 'batch' or 'layer'"),
        ("schnet", {"cutoff": None}, "cutoff is None; it must be a number above 0"),
        ("matformer", {"lattice_edges": 1}, "lattice_edges is 1; it must be true or false"),
        ("megnet", {"dense": [8, 0]}, r"dense is \[8, 0\]; it must be a list of whole numbers"),
        ("megnet", {"dense": [8, 6]}, "must end with the same width"),
        ("gatgnn", {"dropout": 1.5}, "dropout is 1.5; it must be a share"),
    ],
)
def test_wrong_values_are_named(name, options, words):
    with pytest.raises(UsageError, match=words):
        build_graph_network(name, **options)


def test_no_layers_at_all_is_a_network():
    assert build_graph_network("alignn", alignn_layers=0, gcn_layers=1, hidden=8).width == 8


def test_the_names_are_known_without_torch():
    code = (
        "import sys, crystext.model.networks.registry as r; "
        "assert 'alignn' in r.GRAPH_NETWORKS and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
