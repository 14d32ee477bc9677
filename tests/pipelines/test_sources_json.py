import gzip
import json
import os
import pickle
import random
import tracemalloc
import zipfile

import numpy as np
import pytest

from crystext.errors import (
    BadJsonError,
    BadTableError,
    OverlappingSplitError,
    TruncatedFileError,
    UnsafePickleError,
)
from crystext.pipelines.sources.json_stream import json_entries
from crystext.pipelines.sources.plain_pickle import load_plain
from crystext.pipelines.sources.published_split import published_split
from crystext.pipelines.sources.registry import get

# ---------------------------------------------------------------------------------- long lists


def random_value(draw, depth=0):
    kinds = ["number", "text", "word", "list", "dict"][: 5 if depth < 3 else 3]
    match draw.choice(kinds):
        case "number":
            return draw.choice([0, -1.5, 1e300, 12345678901234567890, draw.random()])
        case "text":
            return "".join(draw.choices('ab,]}"\\\n é😀', k=draw.randrange(12)))
        case "word":
            return draw.choice([None, True, False])
        case "list":
            return [random_value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {str(k): random_value(draw, depth + 1) for k in range(draw.randrange(4))}


@pytest.mark.parametrize("chunk", [1, 2, 7, 1 << 20])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("seed", range(5))
def test_entries_are_those_of_the_json_module(tmp_path, chunk, indent, seed):
    draw = random.Random(seed)
    entries = [random_value(draw) for _ in range(20)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(entries, indent=indent, ensure_ascii=bool(seed % 2)), "utf-8")
    assert list(json_entries(path, chunk=chunk)) == entries


@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_json_lines_gzip_and_zip(tmp_path, chunk):
    entries = [{"a": n, "b": "x" * n} for n in range(10)]
    lines = "".join(json.dumps(one) + "\n" for one in entries)
    (tmp_path / "a.jsonl").write_text(lines, "utf-8")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt") as file:
        file.write(lines)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("__MACOSX/._c.json", "junk")
        archive.writestr("folder/c.json", "\ufeff" + json.dumps(entries))
    for name in ("a.jsonl", "b.jsonl.gz", "c.zip"):
        assert list(json_entries(tmp_path / name, chunk=chunk)) == entries


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[{"a": 1}, {"a"', TruncatedFileError),
        ('[{"a": 1}, {"a": "no end', TruncatedFileError),
        ('[{"a": 1},', TruncatedFileError),
        ('[{"a": 1}', TruncatedFileError),
        ("[1, tru", TruncatedFileError),
        ("[", TruncatedFileError),
        ('[{"a": 1} {"a": 2}]', BadJsonError),
        ("[1] and more", BadJsonError),
        ('[{"a": oops, "b": 1, "c": 12345678901234567890}]', BadJsonError),
        ("[" * 100_000, BadJsonError),
        ("hello, this is a text and no JSON at all", BadJsonError),
    ],
)
@pytest.mark.parametrize("chunk", [4, 1 << 20])
def test_broken_lists_are_named(tmp_path, text, error, chunk):
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    with pytest.raises(error, match=r"a\.json"):
        list(json_entries(path, chunk=chunk))


def test_damaged_archives_are_named(tmp_path):
    packed = gzip.compress(b"[" + b"1," * 9999 + b"1]")
    (tmp_path / "a.json.gz").write_bytes(packed[:-20])
    with pytest.raises(TruncatedFileError):
        list(json_entries(tmp_path / "a.json.gz"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", os.urandom(20_000).hex())
        archive.writestr("b.json", "[]")
    with pytest.raises(BadJsonError, match="2 files"):
        list(json_entries(tmp_path / "a.zip"))
    (tmp_path / "c.json").write_bytes(b'["\xff"]')
    with pytest.raises(BadJsonError, match="UTF-8"):
        list(json_entries(tmp_path / "c.json"))


def test_memory_stays_flat(tmp_path):
    def peak(count):
        path = tmp_path / f"{count}.json"
        path.write_text(json.dumps([{"a": ["x" * 100] * 100}] * count), "ascii")
        tracemalloc.start()
        assert sum(1 for _ in json_entries(path, chunk=1 << 16)) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(1600) < 1.5 * peak(100)


# -------------------------------------------------------------------------------------- pickles


def matformer(count, start=0):
    """Entries as in Matformer's files."""
    return [
        {"id": f"mp-{number}", "bulk modulus": 1.5, "atoms": {"elements": ["Si"], "props": [""]}}
        for number in range(start, start + count)
    ]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_come_through(tmp_path, protocol):
    data = {
        "a": [1, 2.5, "é", None, True, (1, 2), b"raw"],
        "b": matformer(3),
        "long": 1 << 100,
    }
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(data, protocol))
    assert load_plain(path) == data


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "number", [np.float64(1.5), np.float32(0.25), np.int64(-7), np.int32(7), np.bool_(1)]
)
def test_numpy_numbers_are_decoded_by_our_own_code(tmp_path, protocol, number):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps([{"id": "a", "value": number}], protocol))
    (entry,) = load_plain(path)
    assert entry["value"] == number
    assert type(entry["value"]) in {float, int, bool}


class Evil:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_is_executed(tmp_path, protocol):
    proof = tmp_path / "proof"
    path = tmp_path / "a.pkl"
    for function, argument in [(os.system, f"touch {proof}"), (eval, f"open({str(proof)!r}, 'w')")]:
        path.write_bytes(pickle.dumps([matformer(1), Evil(function, argument)], protocol))
        with pytest.raises(UnsafePickleError, match=r"would run code.*JSON"):
            load_plain(path)
    assert not proof.exists()


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(np.arange(3)),
        b"cos\nsystem\n(S'true'\ntR.",
        b"\x80\x02c__builtin__\ngetattr\n.",
        b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93.",
        b"\x80\x02Pabc\n.",
        b"\x80\x02\x82\x01.",
        b"\x80\x02cnumpy\ndtype\n(U\x02f8I00\nI01\ntR.",
        pickle.dumps(matformer(5))[:-30],
        b"not a pickle",
        b"",
    ],
)
def test_pickles_of_anything_else_are_refused(tmp_path, content):
    path = tmp_path / "a.pkl"
    path.write_bytes(content)
    with pytest.raises((UnsafePickleError, BadTableError), match=r"a\.pkl"):
        load_plain(path)


def test_a_stream_of_random_bytes_is_refused(tmp_path):
    draw = random.Random(3)
    path = tmp_path / "a.pkl"
    good = pickle.dumps(matformer(20), 2)
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(4):
            bad[draw.randrange(len(bad))] = draw.choice(b"cRbo\x81\x93\x8c(.}su0")
        path.write_bytes(bytes(bad))
        try:
            data = load_plain(path)
        except (UnsafePickleError, BadTableError):
            continue
        json.dumps(data, default=repr)  # plain, if changed


# -------------------------------------------------------------------------- the published split


def folder_of_pickles(folder, sizes=(4664, 393, 393), moduli=("bulk", "shear")):
    for modulus in moduli:
        start = 0
        for part, size in zip(("train", "val", "test"), sizes, strict=True):
            path = folder / f"{modulus}_megnet_{part}.pkl"
            path.write_bytes(pickle.dumps(matformer(size, start)))
            start += size
    return folder


def test_matformers_folder(tmp_path):
    splits = published_split(folder_of_pickles(tmp_path))
    assert set(splits) == {"bulk_modulus", "shear_modulus"}
    split = splits["bulk_modulus"]
    assert split.counts() == {"train": 4664, "validation": 393, "test": 393}
    assert split.ids["test"][0] == "mp-5057"
    assert "the published 4,664/393/393" in split.origin
    chosen = get("mp").splits(moduli_split=tmp_path)
    assert chosen["bulk_modulus"] == split
    assert chosen["band_gap"].counts()["train"] == 60_000


def test_one_modulus_alone(tmp_path):
    folder_of_pickles(tmp_path, (3, 2, 1), ["shear"])
    splits = get("mp").splits(moduli_split=tmp_path)
    assert "NOT the published" in splits["shear_modulus"].origin
    assert "own split" in splits["bulk_modulus"].origin


PARTS = {"train": ["a", "b"], "val": ["c"], "test": ["d"]}


@pytest.mark.parametrize(
    "data",
    [
        PARTS,
        {"bulk_modulus": PARTS, "shear_modulus": PARTS},
        {name: dict.fromkeys(ids, 1.5) for name, ids in PARTS.items()},
        {name: [{"id": one} for one in ids] for name, ids in PARTS.items()},
        {"train": ["a", "b"], "validation": ["c"], "test": ["d"]},
    ],
)
def test_json_forms(tmp_path, data):
    path = tmp_path / "split.json"
    path.write_text(json.dumps(data), "utf-8")
    splits = published_split(path)
    ids = {"train": ("a", "b"), "validation": ("c",), "test": ("d",)}
    assert splits["bulk_modulus"].ids == splits["shear_modulus"].ids == ids


def test_csv_form(tmp_path):
    path = tmp_path / "split.csv"
    path.write_text("id,split\na,train\nb,Train\nc,val\nd,test\n", "utf-8")
    assert published_split(path)["shear_modulus"].counts() == {
        "train": 2,
        "validation": 1,
        "test": 1,
    }


def test_a_leak_is_dropped_and_named(tmp_path):
    path = tmp_path / "split.json"
    path.write_text(json.dumps(PARTS | {"test": ["d", "a"]}), "utf-8")
    split = published_split(path)["bulk_modulus"]
    assert split.ids["train"] == ("b",)
    assert [one for one, _ in split.dropped] == ["a"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.json", "[1", BadTableError),
        ("a.json", "[]", BadTableError),
        ("a.json", '{"train": ["a"]}', BadTableError),
        ("a.json", '{"train": [1], "val": [2], "test": [3]}', BadTableError),
        ("a.json", '{"train": ["a"], "val": ["a"], "test": ["b"]}', OverlappingSplitError),
        ("a.csv", "id,split\na,training\n", BadTableError),
        ("a.csv", "name\na\n", BadTableError),
        ("a.txt", "a", BadTableError),
    ],
)
def test_other_forms_are_refused(tmp_path, name, content, error):
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(error):
        published_split(path)


def test_folders_that_are_not_whole(tmp_path):
    with pytest.raises(BadTableError, match=r"bulk_megnet_train\.pkl"):
        published_split(tmp_path)
    folder_of_pickles(tmp_path, (3, 2, 1))
    (tmp_path / "bulk_megnet_val.pkl").unlink()
    with pytest.raises(BadTableError, match=r"lacks bulk_megnet_val\.pkl"):
        published_split(tmp_path)
