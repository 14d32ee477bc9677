import pytest

import crystext
from crystext.corpus.normalisation import matscibert_normalised

# What the published normalisation (BertNormalizer, then its table) makes of the characters of all
# styles; worked out once with its code and `vocab_mappings.txt`.
PUBLISHED = {
    "Å": "A",
    "\u212b": "A",
    "°": "°",
    "P3\u0305m": "P3m",
    "ć": "c",
    "₀₁₂₃₄₅₆₇₈₉": "  234 678 ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹": "° 23      ",
    "⁺⁻": "+-",
    "\u2013\u2212": "--",
    "·": ".",
    "µ": "μ",
    "μ": "μ",
    "\u1427": " ",
    "\xa0": " ",
    "\t": " ",
    "\r": " ",
    "a\nb": "a\nb",
    "\x07\u200b\ufffd": "",
}


@pytest.mark.parametrize(("text", "expected"), PUBLISHED.items())
def test_what_becomes_of_a_character(text, expected):
    assert matscibert_normalised(text) == expected


def test_accents_go_as_the_normaliser_of_bert_takes_them():
    normalizers = pytest.importorskip("tokenizers.normalizers")
    bert = normalizers.BertNormalizer(
        lowercase=False, strip_accents=True, clean_text=True, handle_chinese_chars=True
    )
    latin = "".join(map(chr, range(0x20, 0x24F)))
    for character in latin:
        stripped = bert.normalize_str(character)
        if stripped.isascii():
            assert matscibert_normalised(character) == stripped, hex(ord(character))


def test_descriptions_lose_nothing_but_the_ring():
    table = crystext.load_corpus("mini").table(["text", "fields_text"])
    for texts in table.columns:
        for text in texts.to_pylist():
            assert matscibert_normalised(text) == text.replace("Å", "A")
