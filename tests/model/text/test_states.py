"""Token states: what a store of them holds, who makes one, and what is refused."""

import json
import shutil

import numpy as np
import pytest

import crystext
from crystext.errors import (
    BadStoreError,
    EmbeddingFailedError,
    NoStoreError,
    OtherStoreError,
    UsageError,
)
from crystext.model.text import EmbeddingStore, TextEncoder, embed_corpus
from crystext.model.text.store import StateStore, open_store
from crystext.model.text.trained_layers import empty_layers, take_off
from tests.model.text.tiny import LIMIT, WIDTH, save_tiny

N = 30


def states(tiny, out, **options):
    given = {"encoder": tiny, "limit": N, "device": "cpu", "batch_size": 2, "trained_layers": 1}
    return embed_corpus("mini", out=out, **given | options)


@pytest.fixture(scope="module")
def made(tiny, tmp_path_factory):
    return states(tiny, tmp_path_factory.mktemp("stores") / "made")


def hidden(tiny, text, layer):
    """What transformers alone gives below a layer, one text at a time."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    model = AutoModel.from_pretrained(tiny, dtype=torch.float32).eval()
    tokens = tokenizer(text, truncation=True, max_length=LIMIT, padding=False)
    with torch.no_grad():
        found = model(torch.tensor([tokens["input_ids"]]), output_hidden_states=True)
    return found.hidden_states[layer][0].numpy()


def test_states_are_those_that_enter_the_layer(tiny, made, tmp_path):
    table = crystext.load_corpus("mini").table(["id", "text"]).slice(0, N)
    whole = states(tiny, tmp_path / "both", trained_layers=2)
    assert made.ids == table["id"].to_pylist()
    assert made.states.dtype == np.float16
    assert made.states.shape == (np.minimum(made.table["n_tokens"], LIMIT).sum(), WIDTH)
    assert isinstance(made.states, np.memmap)
    for row in (0, 7, N - 1):
        text = table["text"][row].as_py()
        for store, layer in ((made, 1), (whole, 0)):
            expected = hidden(tiny, text, layer)
            assert store.of(row).shape == expected.shape
            np.testing.assert_allclose(store.of(row), expected, rtol=2e-3, atol=2e-3)
    assert made.layers["number"] == 1
    assert made.manifest["truncated"] == sum(made.table["truncated"].to_pylist()) > 0
    assert made.digest != whole.digest
    assert str(tiny) not in json.dumps(made.manifest)  # names no folder of this machine


def test_a_store_is_of_one_kind(tiny, made, tmp_path):
    vectors = states(tiny, tmp_path / "vectors", trained_layers=0, limit=3)
    assert isinstance(vectors, EmbeddingStore)
    assert isinstance(open_store(vectors.path), EmbeddingStore)
    assert isinstance(open_store(made.path), StateStore)
    with pytest.raises(NoStoreError, match="holds no text embeddings but token states; make"):
        EmbeddingStore.open(made.path)
    with pytest.raises(NoStoreError, match="holds no token states but text embeddings"):
        StateStore.open(vectors.path)


def test_an_interrupted_store_goes_on_with_the_same_bytes(tiny, made, tmp_path, monkeypatch):
    read, calls = TextEncoder.states, []

    def interrupted(*args):
        calls.append(args)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return read(*args)

    with monkeypatch.context() as patched:
        patched.setattr(TextEncoder, "states", interrupted)
        with pytest.raises(KeyboardInterrupt):
            states(tiny, tmp_path / "stopped")
    assert not (tmp_path / "stopped").exists()
    with pytest.raises(OtherStoreError, match="trained_layers"):
        states(tiny, tmp_path / "stopped", trained_layers=2)
    before = len(calls)
    monkeypatch.setattr(TextEncoder, "states", lambda *args: calls.append(args) or read(*args))
    store = states(tiny, tmp_path / "stopped")
    assert len(calls) - before == N // 2 - 4
    for name in ("states.npy", "ids.parquet"):
        assert (store.path / name).read_bytes() == (made.path / name).read_bytes()
    assert {**store.manifest, "seconds": 0} == {**made.manifest, "seconds": 0}


def test_damage_is_named(made, tmp_path):
    copy = shutil.copytree(made.path, tmp_path / "copy")
    array = copy / "states.npy"
    whole = array.read_bytes()
    array.write_bytes(whole[:-2])
    with pytest.raises(BadStoreError, match=r"states\.npy has \d+ bytes, not \d+"):
        StateStore.open(copy)
    array.write_bytes(b"?" * len(whole))
    with pytest.raises(BadStoreError, match=r"states\.npy cannot be read"):
        StateStore.open(copy).of(0)
    array.write_bytes(whole.replace(b"'<f2'", b"'<i2'"))
    with pytest.raises(BadStoreError, match=r"is int16 .* not float16"):
        StateStore.open(copy).of(0)


def test_states_beyond_float16_are_named(tmp_path):
    def big(model):
        model.encoder.layer[0].output.LayerNorm.weight.data.fill_(1e6)

    encoder = save_tiny(tmp_path / "big", change=big)
    with pytest.raises(EmbeddingFailedError, match="not finite for text mp-"):
        states(encoder, tmp_path / "out", limit=3)


# ------------------------------------------------------------------------------- taking layers off


def test_layers_are_built_again_from_words(tiny):
    import torch

    encoder = TextEncoder.load(tiny, pool="mean", device="cpu", trained_layers=2)
    state = torch.get_rng_state()
    again = empty_layers(json.loads(json.dumps(encoder.upper.words)))
    assert torch.equal(state, torch.get_rng_state())
    again.load_state_dict(encoder.upper.modules.state_dict())
    x = torch.randn(2, 5, WIDTH)
    with torch.no_grad():
        for ours, theirs in zip(again.eval(), encoder.upper.modules, strict=True):
            assert torch.equal(ours(x), theirs(x))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"trained_layers": 3}, "tiny-bert has 2 layers, of which 3 cannot be trained"),
        ({"trained_layers": 1, "windows": True}, "windows cannot be read"),
    ],
)
def test_what_cannot_be_trained_is_refused(tiny, options, named):
    with pytest.raises(UsageError, match=named.replace("tiny-bert", "tiny.bert")):
        TextEncoder.load(tiny, pool="mean", device="cpu", **options)


def test_other_architectures_are_refused():
    """MPNet has layers of the same name, which also need what is made below them."""
    from transformers import MPNetConfig, MPNetModel

    config = MPNetConfig(
        vocab_size=20,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
    )
    with pytest.raises(UsageError, match="architecture mpnet, whose last layers cannot be trained"):
        take_off(MPNetModel(config), 1, "mpnet-base")


# ------------------------------------------------------------------------------------ some crystals


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("trained", [0, 1])
def test_only_some_crystals_are_embedded(tiny, made, own_cache, trained):
    ids = [made.ids[9], made.ids[2], made.ids[4]]
    part = states(tiny, None, ids=ids, trained_layers=trained)
    assert part.ids == [made.ids[2], made.ids[4], made.ids[9]]  # in the order of the corpus
    assert part.path.parent == own_cache / "embeddings"
    words = "last1-3" if trained else "3"
    assert (
        part.path.name == f"mini-text-{tiny.name.replace('-', '_')}-all-mean-{words}-{part.digest}"
    )
    assert part.manifest["settings"]["part"] == f"3 of {N}"
    assert part.digest != made.digest
    if trained:
        np.testing.assert_allclose(part.of(1), made.of(4), rtol=2e-3, atol=2e-3)


def test_the_whole_store_stands_in_for_a_part(tiny, own_cache):
    some = crystext.load_corpus("mini").table(["id"]).slice(0, N)["id"].to_pylist()[3:8]
    whole = states(tiny, None)
    assert states(tiny, None, ids=some).path == whole.path
    assert states(tiny, None, ids=set(whole.ids)).path == whole.path
    shutil.rmtree(whole.path)
    part = states(tiny, None, ids=some)
    assert part.ids == some
    states(tiny, None)
    assert states(tiny, None, ids=some).path == part.path  # a run that began with it goes on
    assert len(list((own_cache / "embeddings").iterdir())) == 2


def test_ids_that_are_not_there_are_named(tiny, own_cache):
    with pytest.raises(UsageError, match="mp-nothing is not in the corpus"):
        states(tiny, None, ids=["mp-nothing"])
    with pytest.raises(UsageError, match="no ids leave no text"):
        states(tiny, None, ids=[])
    assert not own_cache.exists()
