"""Settings: presets, what replaces their values, and what is refused."""

from dataclasses import replace

import pytest

from crystext.choices import PRESETS
from crystext.errors import UsageError
from crystext.model.settings import (
    RunSettings,
    graph_network,
    load_preset,
    make_settings,
)
from crystext.model.settings.overrides import parse_overrides

BASE = {"corpus": "mini", "property_name": "band_gap"}


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_whole(preset):
    assert set(load_preset(preset)) >= {"description", "training", "text", "crysmmnet", "networks"}
    for model in ("alignn", "crysmmnet", "crysmmnet-cgcnn", "crystextnet"):
        settings = make_settings(**BASE, model=model, preset=preset)
        assert RunSettings.from_dict(settings.to_dict()) == settings


def test_the_presets_differ_where_paper_and_code_do():
    paper = make_settings(**BASE, model="crysmmnet", preset="paper")
    code = make_settings(**BASE, model="crysmmnet", preset="reference")
    assert (paper.fusion.form, code.fusion.form) == ("paper", "reference")
    assert (paper.network["gcn_layers"], code.network["gcn_layers"]) == (0, 4)
    assert make_settings(**BASE, model="alignn", preset="paper").network["gcn_layers"] == 4
    for one in (paper, code):
        assert one.network["alignn_layers"] == 4
        assert one.network["hidden"] == 256
        training = one.training
        assert (training.epochs, training.batch_size) == (1000, 64)
        assert (training.learning_rate, training.weight_decay) == (1e-3, 1e-5)
        assert (one.text.encoder, one.text.pool) == ("matscibert", "cls")


def test_overrides_replace_the_presets_values():
    pairs = ("training.epochs=3", "text.section=global", "network.hidden=32", "fusion.fusion=sum")
    settings = make_settings(**BASE, model="crysmmnet", overrides=parse_overrides(pairs))
    assert settings.training.epochs == 3
    assert settings.text.section == "global"
    assert settings.network["hidden"] == 32
    assert settings.fusion.fusion == "sum"


def test_values_are_read_as_toml_else_as_text():
    pairs = ("a=1", "b=1e-3", "c=true", "d=word", "e=none", 'f="1"')
    assert parse_overrides(pairs) == {
        "a": 1,
        "b": 1e-3,
        "c": True,
        "d": "word",
        "e": None,
        "f": "1",
    }


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"training.epochs": 0}, "epochs"),
        ({"training.epochs": 2.5}, "2.5"),
        ({"training.steps": 0}, "steps"),
        ({"training.epoch": 2}, "epoch"),
        ({"training.learning_rate": -1}, "-1"),
        ({"training.precision": "fp8"}, "fp8"),
        ({"training.device": "tpu"}, "tpu"),
        ({"text.section": "middle"}, "middle"),
        ({"text.pool": "max"}, "max"),
        ({"fusion.fusion": "product"}, "product"),
        ({"fusion.dropout": 1.0}, "1.0"),
        ({"epochs": 3}, "epochs"),
        ({"network": 3}, "network"),
    ],
)
def test_wrong_values_are_named(overrides, named):
    with pytest.raises(UsageError, match=named):
        make_settings(**BASE, model="crysmmnet", overrides=overrides)


def test_wrong_names_are_refused():
    with pytest.raises(UsageError, match="tiny"):
        make_settings(**BASE, model="alignn", preset="tiny")
    with pytest.raises(UsageError, match="-1"):
        make_settings(**BASE, model="alignn", seed=-1)
    with pytest.raises(UsageError, match="log2"):
        make_settings(**BASE, model="alignn", transform="log2")
    with pytest.raises(UsageError, match="NAME=VALUE"):
        parse_overrides(("training.epochs",))


@pytest.mark.parametrize(
    ("model", "network"),
    [
        ("crysmmnet", "alignn"),
        ("crysmmnet-megnet", "megnet"),
        ("crystextnet", None),
        ("cgcnn", "cgcnn"),
    ],
)
def test_the_graph_network_is_in_the_models_name(model, network):
    assert graph_network(model) == network


def test_every_setting_is_in_the_digest():
    settings = make_settings(**BASE, model="crysmmnet")
    others = [
        replace(settings, seed=1),
        replace(settings, transform="log10"),
        replace(settings, training=replace(settings.training, epochs=7)),
        replace(settings, text=replace(settings.text, windows=True)),
        replace(settings, fusion=replace(settings.fusion, dropout=0.2)),
        replace(settings, network={"hidden": 8}),
    ]
    assert len({one.digest() for one in [settings, *others]}) == 7


def test_steps_are_saved_only_where_they_are_given():
    """Runs that were made before there was such a setting keep their digest."""
    settings = make_settings(**BASE, model="cgcnn")
    assert "steps" not in settings.to_dict()["training"]
    given = make_settings(**BASE, model="cgcnn", overrides={"training.steps": 5000})
    assert type(given).from_dict(given.to_dict()) == given
    assert given.digest() != settings.digest()
    assert given.training.epochs_of(11) == 455
