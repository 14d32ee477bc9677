import json

import numpy as np
import pytest

import crystext
from crystext.errors import UsageError
from crystext.model.attention import view_of
from crystext.model.attention.shares import enrichment


@pytest.fixture(scope="module")
def view(reader, rows):
    return view_of(reader, rows[2], "global")


def test_sums_over_words_sections_and_kinds(view):
    read = view.read
    for layer, head in ((1, 1), (2, 2), (2, 0)):
        of_tokens = view.weights[layer - 1]
        weights = of_tokens.mean(0) if head == 0 else of_tokens[head - 1]
        np.testing.assert_allclose(view.tokens(layer, head), weights, atol=1e-7)
        by_word, kinds, special = {}, {}, 0.0
        for weight, word in zip(weights.tolist(), read.words.tolist(), strict=True):
            if word < 0:
                special += weight
            else:
                by_word[word] = by_word.get(word, 0.0) + weight
                kind = read.text.words[word].kind
                kinds[kind] = kinds.get(kind, 0.0) + weight
        words = view.words(layer, head)
        np.testing.assert_allclose(words, [by_word[i] for i in range(len(words))], atol=1e-6)
        shares = view.sections(layer, head)
        assert shares["special"] == pytest.approx(special, abs=1e-6)
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        found = view.kinds(layer, head)
        assert found["special"] == pytest.approx(special, abs=1e-6)
        assert {k: pytest.approx(v, abs=1e-6) for k, v in kinds.items()}.items() <= found.items()
        best = view.words_by_weight(layer, head)
        assert [share for _, share in best] == sorted(words.tolist(), reverse=True)


def test_layers_and_heads_are_counted_from_1(view):
    with pytest.raises(UsageError, match="no layer 0; give 1 to 2"):
        view.tokens(0)
    with pytest.raises(UsageError, match="no layer 3"):
        view.words(3)
    with pytest.raises(UsageError, match="no head 3; give 1 to 2, mean or all"):
        view.to_dict(1, 3)


def test_descriptions_and_rows_give_the_same(reader):
    (crystal,) = crystext.mini(ids=["mp-22862"])
    described = view_of(reader, crystext.describe(crystal))
    row = view_of(reader, crystext.load_corpus("mini").row("mp-22862"))
    assert described.to_dict(1) == row.to_dict(1)
    assert (row.id, row.formula) == ("mp-22862", "NaCl")


def test_the_data_of_the_page_are_plain_and_exact(view):
    data = json.loads(json.dumps(view.to_dict(2, 1), allow_nan=False))
    weights = np.array(data["weights"]).reshape(view.weights.shape) * data["unit"]
    np.testing.assert_allclose(weights, view.weights, atol=1e-6)
    assert [data["text"][a:b] for a, b, *_ in data["words"]] == [
        view.read.text[word] for word in view.read.text.words
    ]


def test_even_attention_enriches_nothing():
    tokens = np.array([4.0, 6.0, 0.0, 2.0])
    even = tokens / tokens.sum()
    np.testing.assert_allclose(enrichment(even, tokens, [0, 1, 2])[[0, 1, 3]], 1)
    # Half of the attention on the special token changes nothing among the others.
    skewed = np.array([0.3, 0.2, 0.0, 0.5])
    found = enrichment(skewed, tokens, [0, 1, 2])
    np.testing.assert_allclose(found[:2], [0.3 / 4 / 0.05, 0.2 / 6 / 0.05])
    assert np.isnan(found[2])
