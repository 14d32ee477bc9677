import csv
import json
import re
from collections import defaultdict

import numpy as np
import pytest

import crystext
from crystext.errors import UsageError
from crystext.model.attention import reader as reader_module
from crystext.model.attention import summarise
from crystext.model.attention import summary as summary_module
from crystext.model.attention.kinds import sentences
from crystext.model.attention.pages import write_summary
from crystext.model.attention.words import worded

N = 24


@pytest.fixture(scope="module")
def summary(reader):
    return summarise(reader, "mini", limit=N, layer=2, section="global")


@pytest.fixture(scope="module")
def by_hand(tiny):
    """Every token of every crystal: its kind, section, and weight in each layer, by transformers.

    The words are found by their letters alone, not by offsets.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    model = AutoModel.from_pretrained(tiny, attn_implementation="eager").eval()
    table = crystext.load_corpus("mini").table(["id", "global_text"]).to_pylist()
    crystals = []
    for at in range(N):
        text = table[at * len(table) // N]["global_text"]
        read = worded(text)
        tokens = tokenizer(text, truncation=True, max_length=64, return_tensors="pt")
        with torch.no_grad():
            attention = model(**tokens, output_attentions=True).attentions
        weights = torch.stack(attention)[:, 0, :, 0].mean(1).double().numpy()
        pieces = tokenizer.convert_ids_to_tokens(tokens["input_ids"][0].tolist())
        kinds, word, left = [], -1, ""
        for piece in pieces:
            if piece in {"[CLS]", "[SEP]"}:
                kinds.append("special")
                continue
            letters = piece.removeprefix("##")
            if not left:
                word += 1
                left = read[read.words[word]].lower()
            assert left.startswith(letters)
            left = left.removeprefix(letters)
            kinds.append(read.words[word].kind)
        crystals.append((kinds, weights))
    return crystals


def test_the_table_is_what_a_loop_over_tokens_gives(summary, by_hand):
    for layer in (1, 2):
        attention, tokens, ratios = defaultdict(list), defaultdict(list), defaultdict(list)
        for kinds, weights in by_hand:
            row = weights[layer - 1]
            text = [w for w, kind in zip(row, kinds, strict=True) if kind != "special"]
            for name in summary.names("kind"):
                of = [w for w, kind in zip(row, kinds, strict=True) if kind == name]
                attention[name].append(sum(of))
                tokens[name].append(len(of) / len(kinds))
                if of:
                    ratios[name].append(np.mean(of) / np.mean(text))
        for name in summary.names("kind"):
            row = summary.row("kind", name, layer)
            expected = {
                "attention_mean": np.mean(attention[name]),
                "attention_sd": np.std(attention[name]),
                "tokens_mean": np.mean(tokens[name]),
                "tokens_sd": np.std(tokens[name]),
                "ratio_mean": np.mean(ratios[name]),
                "ratio_sd": np.std(ratios[name]),
                "crystals": len(ratios[name]),
            }
            assert {key: row[key] for key in expected} == pytest.approx(expected, abs=1e-5)
    assert {"formula", "space group", "crystal system"} <= set(summary.names("kind"))


def test_shares_add_up(summary):
    for layer in (1, 2):
        for group, names in (
            ("kind", summary.names("kind")),
            ("section", ["global", "local", "special"]),
        ):
            rows = [summary.row(group, name, layer) for name in names]
            for column in ("attention_mean", "tokens_mean"):
                assert sum(row[column] for row in rows) == pytest.approx(1, abs=1e-5)
        parts = [summary.row("section", name, layer) for name in ("[CLS]", "[SEP]", "special")]
        itself, other, special = (row["attention_mean"] for row in parts)
        assert itself + other == pytest.approx(special)
        assert summary.row("section", "local", layer)["crystals"] == 0
        assert summary.row("section", "local", layer)["ratio_mean"] is None


def test_words_stand_with_what_many_crystals_say(summary, by_hand):
    assert [w["ratio_mean"] for w in summary.words] == sorted(
        (w["ratio_mean"] for w in summary.words), reverse=True
    )
    listed = {(w["word"], w["kind"]): w for w in summary.words}
    space = listed["space", "space group"]
    assert space["crystals"] == N
    assert all(w["crystals"] >= 3 for w in summary.words)
    assert not any(re.search(r"\d", w["word"]) for w in summary.words)


def test_batches_and_chunks_change_nothing(reader, summary, monkeypatch):
    monkeypatch.setattr(reader_module, "MOST_WEIGHTS", 3 * 4 * 40**2)
    monkeypatch.setattr(summary_module, "CHUNK", 7)
    again = summarise(reader, "mini", limit=N, layer=2, section="global")
    assert again.settings == summary.settings
    for one, other in zip(again.rows, summary.rows, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_samples_are_even_or_seeded(reader):
    ids = crystext.load_corpus("mini").table(["id"])["id"].to_pylist()
    options = {"limit": 5, "layer": 1, "section": "fields"}
    even = summarise(reader, "mini", **options)
    assert even.ids == tuple(ids[i * len(ids) // 5] for i in range(5))
    first, same, other = (
        summarise(reader, "mini", sample="random", seed=seed, **options) for seed in (1, 1, 2)
    )
    assert first.ids == same.ids
    assert first.rows == same.rows
    assert first.ids != other.ids
    assert len(set(first.ids)) == 5
    assert first.settings["seed"] == 1


def test_shuffled_sentences_are_the_same_sentences_elsewhere(reader):
    options = {"limit": 6, "layer": 2}
    whole = crystext.load_corpus("mini").table(["text"])["text"].to_pylist()[0]
    parts = [whole[s.start : s.end] for s in sentences(whole)]
    moved = summary_module._shuffled(whole, 0, 1)
    assert moved != whole
    assert sorted(moved[s.start : s.end] for s in sentences(moved)) == sorted(parts)
    one, again = (summarise(reader, "mini", shuffled=True, **options) for _ in range(2))
    assert one == again
    assert one.settings["sentences"] == "shuffled"
    written = summarise(reader, "mini", **options)
    assert one.ids == written.ids
    assert one.rows != written.rows


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 0}, "a limit of 0"),
        ({"section": "title"}, "section 'title' is not known"),
        ({"sample": "odd"}, "sample 'odd' is not known"),
        ({"layer": 3}, "no layer 3; give 1 to 2"),
    ],
)
def test_wrong_settings_are_refused(reader, options, words):
    with pytest.raises(UsageError, match=words):
        summarise(reader, "mini", **{"limit": 2, "layer": 1} | options)


def test_files_hold_the_same_numbers(summary, tmp_path):
    page, picture, table, data = write_summary(summary, tmp_path / "new" / "folder")
    kept = json.loads(data.read_text(encoding="utf-8"))
    assert kept["rows"] == list(summary.rows)
    assert kept["settings"]["crystals"] == len(kept["ids"]) == N
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(summary.rows)
    for row, expected in zip(rows, summary.rows, strict=True):
        assert (row["group"], row["name"]) == (expected["group"], expected["name"])
        assert float(row["attention_mean"]) == expected["attention_mean"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in page.parent.iterdir()) == [
        *("summary.csv", "summary.html", "summary.json", "summary.png"),
    ]
