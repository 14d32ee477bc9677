"""Weights that an earlier release saved are read under the names of today."""

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402

from crystext.model.networks.build import build_network  # noqa: E402
from crystext.model.settings import make_settings  # noqa: E402
from crystext.model.training.checkpoint import (  # noqa: E402
    check_shapes,
    load_weights,
    save_weights,
)


def network(seed):
    torch.manual_seed(seed)
    made = make_settings(corpus="mini", property_name="bulk_modulus", model="crysmmnet-cgcnn")
    return build_network(made, 16)


def test_weights_of_a_run_of_crystext_0_1(tmp_path):
    path, saved = tmp_path / "best.safetensors", network(0)
    save_weights(path, saved, {})
    named = {
        name.replace("graph_network.", "encoder."): one for name, one in load_file(path).items()
    }
    assert any(name.startswith("encoder.") for name in named)
    save_file(named, path, metadata={"plain": '{"about": {}}'})
    loaded = network(1)
    check_shapes(path, loaded)
    load_weights(path, loaded)
    for name, one in saved.state_dict().items():
        assert torch.equal(one, loaded.state_dict()[name]), name
