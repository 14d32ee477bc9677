"""A language model of our own, made by the script, is read like any other."""

import argparse

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from benchmarks import language_model as own  # noqa: E402
from crystext.model.text import TextEncoder  # noqa: E402
from tests.model.text.tiny import mini_texts, plain  # noqa: E402

OPTIONS = argparse.Namespace(width=32, layers=2, epochs=20, rate=1e-2)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "language-model"
    texts = [*mini_texts(18), "Fe³⁺(1) is bonded to six O(2).", "All Fe³⁺(1)-O(2) are 2.35 Å."]
    return folder, texts, own.make(texts, folder, OPTIONS)


def test_tokens_are_what_a_description_is_made_of():
    text = "PbF6 crystallizes in the trigonal R-3m space group. All Fe³⁺(12)-O(2) are 2.35 Å (41°)."
    tokenizer = own.make_tokenizer([text, text])
    tokens = (
        "Pb F 6 crystallizes in the trigonal R-3m space group . All Fe ³ ⁺ (12) - O (2) are "
        "2 .3 5 Å ( 4 1 ° ) ."
    )
    assert tokenizer.tokenize(text) == tokens.split()


def test_a_word_that_stands_once_is_unknown():
    tokenizer = own.make_tokenizer(["halite halite rutile"])
    assert tokenizer.tokenize("halite rutile") == ["halite", own.UNKNOWN]


def test_special_tokens_have_the_ids_that_training_takes_them_for():
    tokenizer = own.make_tokenizer(["a a"])
    assert tokenizer.convert_tokens_to_ids(list(own.SPECIAL)) == list(range(len(own.SPECIAL)))


def test_it_learns(made):
    _, texts, measured = made
    assert measured["texts"] + measured["held_out"] == len(texts)
    assert measured["found"] > measured["commonest"]
    assert 1 < measured["perplexity"] < measured["tokens"]


def test_the_encoder_reads_its_folder_as_transformers_does(made):
    folder, texts, _ = made
    encoder = TextEncoder.load(folder, pool="mean", device="cpu")
    assert encoder.identity["max_tokens"] == own.POSITIONS
    wanted = plain(folder, texts[:5], "mean", limit=own.POSITIONS)
    np.testing.assert_allclose(encoder.encode(texts[:5]), wanted, atol=1e-5)


def test_only_what_is_hidden_is_changed_and_special_tokens_stay():
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 50, (40, 60))
    seen, hidden = own.hide(ids, 50, rng)
    assert (seen[~hidden] == ids[~hidden]).all()
    assert not hidden[ids < len(own.SPECIAL)].any()
    assert hidden[ids >= len(own.SPECIAL)].mean() == pytest.approx(own.HIDDEN, abs=0.03)
    assert (seen[hidden] == own.SPECIAL.index(own.MASK)).mean() == pytest.approx(0.8, abs=0.05)


def test_batches_hold_every_text_once_within_the_budget():
    rng = np.random.default_rng(0)
    rows = [np.full(int(n), i + 5) for i, n in enumerate(rng.integers(2, 512, 100))]
    seen = []
    for ids, mask in own.batches(rows, rng):
        assert ids.size <= own.BUDGET
        assert ((ids > 0) == (mask > 0)).all()
        seen += ids[:, 0].tolist()
    assert sorted(seen) == list(range(5, 105))
