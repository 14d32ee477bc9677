"""A BERT of random weights, small enough to be made in a test, that reads descriptions."""

import re
from collections import Counter
from functools import cache

import crystext

LIMIT, WIDTH = 64, 32
IDS = ("mp-22862", "mp-1473", "mp-760415", "mp-2657", "mp-1434", "mp-7250")
"""Halite, rutile and others; two hold LaTeX in their mineral names."""


@cache
def mini_texts(count=40, section="text"):
    """Real descriptions: global sections fit into the limit, whole texts are longer."""
    table = crystext.load_corpus("mini").table([section])
    step = len(table) // count
    return table[section].to_pylist()[: step * count : step]


@cache
def words():
    """Special tokens, every character, and the commonest words of the texts."""
    found = Counter(re.findall(r"[a-z]{2,}", " ".join(mini_texts()).lower()))
    common = [word for word, _ in found.most_common(150)]
    characters = [chr(code) for code in range(0x21, 0x7F) if not chr(code).isupper()] + ["°"]
    return [
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        *characters,
        *(f"##{one}" for one in characters),
        *common,
    ]


def save_tiny(folder, *, seed=0, safe=True, change=None):
    """Writes configuration, tokenizer and weights; ``change`` may change the model before."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(words()),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=LIMIT,
    )
    model = BertModel(config).eval()
    with torch.no_grad():  # bigger than a fresh BERT's, so that every token tells
        for name, weight in model.named_parameters():
            if "LayerNorm" not in name:
                weight.mul_(8)
    if change:
        change(model)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(words()), encoding="utf-8")
    made = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    made.enable_truncation(16)  # as MiniLM's files do; it must not matter
    made.enable_padding(length=16)
    made.save(str(folder / "tokenizer.json"))
    BertTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), model_max_length=LIMIT
    ).save_pretrained(folder)
    model.save_pretrained(folder)
    if not safe:
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder


def plain(folder, texts, pool, *, limit=LIMIT):
    """What transformers alone gives, one text at a time, unpadded and cut at the limit."""
    import numpy as np
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    for text in texts:
        tokens = tokenizer(text, truncation=True, max_length=limit, padding=False)
        with torch.no_grad():
            hidden = model(torch.tensor([tokens["input_ids"]])).last_hidden_state[0]
        found.append((hidden[0] if pool == "cls" else hidden.mean(0)).numpy())
    return np.stack(found)
