import json

import pytest

from crystext.corpus.card_header import configs
from crystext.corpus.columns import Property
from crystext.corpus.manifest import (
    KEYS,
    content_digest,
    digest,
    make_manifest,
    read_manifest,
)
from crystext.errors import BadCorpusError, NoCorpusError, UnfinishedCorpusError
from crystext.files import write_json

FILES = [
    {"path": "data/train-00000-of-00001.parquet", "rows": 3, "bytes": 9, "sha256": "ab"},
    {"path": "failures/train-00000-of-00001.parquet", "rows": 1, "bytes": 9, "sha256": "cd"},
]


def manifest(**changes):
    facts = {
        "name": "a-text",
        "source": {"name": "a"},
        "settings": {"canonical": True},
        "versions": {"crystext": "1"},
        "counts": {"inputs": 4, "rows": 3, "failures": 1, "failures_by_code": {"empty-file": 1}},
        "properties": [Property("gap", "eV", "band gap")],
        "splits": {"gap": {"counts": {"train": 2, "validation": 0, "test": 1}}},
        "files": FILES,
    }
    return make_manifest(**facts | changes)


def test_it_has_its_keys_in_order_and_reads_back(tmp_path):
    made = manifest()
    assert tuple(made) == KEYS
    write_json(tmp_path / "manifest.json", made)
    assert read_manifest(tmp_path) == made
    assert made["properties"] == [
        {"name": "gap", "unit": "eV", "description": "band gap", "type": "double"}
    ]


def test_inputs_are_rows_and_failures():
    with pytest.raises(AssertionError):
        manifest(counts={"inputs": 5, "rows": 3, "failures": 1, "failures_by_code": {}})


def test_digests_depend_on_content_alone():
    assert content_digest(FILES) == content_digest(FILES[::-1])
    assert content_digest(FILES) != content_digest([FILES[0] | {"sha256": "ef"}, FILES[1]])
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})


def test_configs_name_what_there_is():
    assert configs(manifest()) == [
        {
            "config_name": "default",
            "default": True,
            "data_files": [{"split": "train", "path": "data/train-*"}],
        },
        {
            "config_name": "failures",
            "data_files": [{"split": "train", "path": "failures/train-*"}],
        },
        {
            "config_name": "gap",
            "data_files": [
                {"split": "train", "path": "properties/gap/train-*"},
                {"split": "test", "path": "properties/gap/test-*"},
            ],
        },
    ]


def test_configs_without_rows_are_left_out():
    counts = {"inputs": 3, "rows": 3, "failures": 0, "failures_by_code": {}}
    empty = {"gap": {"counts": {"train": 0, "validation": 0, "test": 0}}}
    found = configs(manifest(counts=counts, splits=empty))
    assert [config["config_name"] for config in found] == ["default"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "'format'"),
        ("{}", "'format'"),
        (json.dumps(dict.fromkeys(KEYS)), "format None"),
        (json.dumps(dict.fromkeys(KEYS) | {"format": 2}), "update it"),
    ],
)
def test_another_manifest_is_refused(tmp_path, text, words):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadCorpusError, match=words):
        read_manifest(tmp_path)


def test_a_folder_without_a_corpus_is_named(tmp_path):
    with pytest.raises(NoCorpusError, match="holds no manifest"):
        read_manifest(tmp_path)
    with pytest.raises(NoCorpusError, match="is no folder"):
        read_manifest(tmp_path / "nowhere")
    (tmp_path / ".build").mkdir()
    with pytest.raises(UnfinishedCorpusError, match="--resume"):
        read_manifest(tmp_path)
