"""Runs that train the last layers of the language model: exact resumption, files, refusals."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.torch import load_file  # noqa: E402

from crystext.errors import OtherEncoderError, UsageError  # noqa: E402
from crystext.model.text import TextEncoder, embed_corpus  # noqa: E402
from crystext.model.text.store import StateStore  # noqa: E402
from crystext.model.training import loop as loops  # noqa: E402
from crystext.model.training.logs import read_log  # noqa: E402
from crystext.model.training.run import train  # noqa: E402
from tests.model.text.tiny import save_tiny  # noqa: E402
from tests.model.training.runs import N, Vectors, corpus, ids, settings, splits  # noqa: E402
from tests.model.training.test_run import EXACT, stopping_at  # noqa: E402


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("encoders") / "tiny-bert")


@pytest.fixture(scope="module")
def states(encoder, tmp_path_factory):
    out = tmp_path_factory.mktemp("states") / "states"
    options = {"encoder": encoder, "pool": "mean", "device": "cpu", "trained_layers": 1}
    return embed_corpus(corpus(), ids=ids(), out=out, **options)


@pytest.fixture(scope="module")
def chosen(encoder):
    def made(**overrides):
        given = {"text__encoder": str(encoder), "text__pool": "mean", "text__trained_layers": 1}
        return settings(model="crystextnet", **(given | {"text__layer_rate": 1e-3} | overrides))

    return made


@pytest.fixture(scope="module")
def go(chosen, states):
    def run(folder, **overrides):
        return train(chosen(**overrides), folder, corpus=corpus(), splits=splits(), texts=states)

    return run


@pytest.fixture(scope="module")
def whole(go, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    return folder, go(folder)


def test_the_best_weights_hold_layers_that_were_trained(whole, encoder):
    folder, metrics = whole
    upper = TextEncoder.load(encoder, pool="mean", device="cpu", trained_layers=1).upper
    before = upper.modules.state_dict()
    after = load_file(folder / "best.safetensors")
    of_layers = {name: one for name, one in after.items() if name.startswith("layers_of_text.")}
    assert of_layers.keys() == {f"layers_of_text.{name}" for name in before}
    moved = [
        name
        for name, one in before.items()
        if not torch.equal(one, after[f"layers_of_text.{name}"])
    ]
    assert len(moved) > len(before) / 2
    assert metrics["parameters"] == sum(one.numel() for one in after.values())
    words = json.loads((folder / "settings.json").read_text())
    assert words["settings"]["text"]["trained_layers"] == 1
    assert words["data"]["text_layers"]["number"] == 1
    assert words["data"]["texts"]["trained_layers"] == 1
    assert metrics["counts"] == N


@pytest.mark.parametrize("stop", [(0, 1), (1, 0), (2, 2)])
def test_a_stopped_run_goes_on_with_the_same_numbers(whole, go, tmp_path, monkeypatch, stop):
    folder, metrics = whole
    monkeypatch.setattr(loops, "interruptible", stopping_at(*stop))
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "run")
    monkeypatch.undo()
    resumed = go(tmp_path / "run")
    assert {name: resumed[name] for name in EXACT if name in metrics} == {
        name: metrics[name] for name in EXACT if name in metrics
    }
    for name in ("best.safetensors", "predictions.parquet"):
        assert (tmp_path / "run" / name).read_bytes() == (folder / name).read_bytes(), name


def test_it_learns(go, tmp_path):
    go(tmp_path / "run", training__epochs=80)
    errors = [row["train_mae"] for row in read_log(tmp_path / "run")]
    assert errors[-1] < 0.6 * errors[0]


def test_settings_without_trained_layers_are_as_they_were(chosen):
    frozen = chosen(text__trained_layers=0, text__layer_rate=1e-4)
    assert {"trained_layers", "layer_rate"}.isdisjoint(frozen.to_dict()["text"])
    assert frozen.digest() == chosen(text__trained_layers=0).digest()
    others = [chosen(), chosen(text__trained_layers=2), chosen(text__layer_rate=1e-5)]
    assert len({one.digest() for one in [frozen, *others]}) == 4


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"text__trained_layers": -1}, "trained_layers -1"),
        ({"text__trained_layers": True}, "trained_layers True"),
        ({"text__trained_layers": 1, "text__windows": True}, "cannot be had together"),
        ({"text__layer_rate": "fast"}, "layer_rate 'fast'"),
    ],
)
def test_wrong_settings_are_refused(chosen, overrides, named):
    with pytest.raises(UsageError, match=named):
        chosen(**overrides)


def test_a_store_of_the_other_kind_is_refused(chosen, states, tmp_path):
    arguments = {"corpus": corpus(), "splits": splits()}
    with pytest.raises(UsageError, match=r"vectors of frozen layers, and text.trained_layers is 1"):
        train(chosen(), tmp_path / "a", texts=Vectors(ids()), **arguments)
    for number in (0, 2):
        held = f"token states below 1 layers, and text.trained_layers is {number}"
        with pytest.raises(UsageError, match=held):
            train(chosen(text__trained_layers=number), tmp_path / "b", texts=states, **arguments)
    assert not list(tmp_path.iterdir())


def test_layers_of_another_encoder_are_refused(chosen, states, tmp_path):
    other = save_tiny(tmp_path / "other", seed=3)
    with pytest.raises(OtherEncoderError, match="the run read texts with tiny-bert"):
        train(
            chosen(text__encoder=str(other)),
            tmp_path / "run",
            corpus=corpus(),
            splits=splits(),
            texts=states,
        )


@pytest.mark.parametrize("layers", [0, 1])
def test_only_the_crystals_of_the_run_are_embedded(chosen, tmp_path, monkeypatch, layers):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    metrics = train(
        chosen(text__trained_layers=layers, training__epochs=1),
        tmp_path / "run",
        corpus=corpus(),
        splits=splits(),
    )
    assert metrics["counts"] == N
    (folder,) = (tmp_path / "cache" / "embeddings").iterdir()
    assert f"-{sum(N.values())}-" in folder.name
    if layers:
        store = StateStore.open(folder)
        assert set(store.ids) == set(ids())
        assert np.isfinite(store.states).all()
