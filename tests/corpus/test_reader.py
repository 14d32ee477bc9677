import os
import subprocess
import sys

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import crystext
from crystext.corpus import reader
from crystext.corpus.columns import FAILURES
from crystext.errors import BadCorpusError, NoCorpusError, UsageError
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.splits import SplitSpec
from tests.pipelines.samples import FAKE, copper, many, sample


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("corpus") / "out"
    build_corpus(many(), out, factory=FAKE, progress=False)
    return out


@pytest.fixture(scope="module")
def corpus(folder):
    return crystext.load_corpus(folder)


def test_it_knows_its_rows_and_columns(corpus, folder):
    assert len(corpus) == corpus.table().num_rows == 291
    assert repr(corpus) == f"Corpus({str(folder)!r}, 291 rows)"
    assert corpus.schema.field("gap").metadata[b"unit"] == b"eV"
    assert corpus.properties["gap"].unit == "eV"
    assert corpus.properties["gap"].kind == "double"


def test_tables_can_be_narrowed(corpus):
    table = corpus.table(["id", "gap"], filter=pc.field("gap") < 0.35)
    assert table.to_pydict() == {"id": ["c-1", "c-2", "c-3"], "gap": [0.1, 0.2, 0.3]}
    with pytest.raises(UsageError, match="no column 'price'; it has id, source"):
        corpus.table(["price"])


@pytest.mark.parametrize("condition", [pc.field("price") > 1, pc.field("elements") == "Cu"])
def test_a_condition_that_does_not_fit_is_not_said_to_be_damage(corpus, condition):
    for ask in (lambda: corpus.table(["id"], filter=condition), lambda: corpus.holds(condition)):
        with pytest.raises(UsageError, match="does not fit the columns"):
            ask()
    with pytest.raises(UsageError, match="no column 'price'"):
        list(corpus.batches(["price"]))


def test_rows_come_in_order_one_by_one_and_by_id(corpus):
    rows = list(corpus)
    assert [row["id"] for row in rows] == corpus.table(["id"])["id"].to_pylist()
    assert corpus.row("c-44") == next(row for row in rows if row["id"] == "c-44")


def test_an_id_without_a_row_says_why(corpus):
    with pytest.raises(KeyError, match="'c-37' has no row: no space group"):
        corpus.row("c-37")
    with pytest.raises(KeyError, match="'nobody' has no row in this corpus"):
        corpus.row("nobody")


def test_failures_timings_and_targets(corpus):
    assert corpus.failures().schema == FAILURES
    assert len(corpus.failures()) == 11
    assert corpus.timings().column_names == ["id", "seconds"]
    targets = corpus.targets("gap")
    assert {name: len(table) for name, table in targets.items()} == {
        "train": 145,
        "validation": 73,
        "test": 73,
    }
    with pytest.raises(UsageError, match="the corpus has no property 'price'; it has gap"):
        corpus.targets("price")


def test_timings_may_be_left_out(folder, tmp_path):
    copy = tmp_path / "copy"
    copy.symlink_to(folder)
    held = (folder / "timings.parquet").rename(tmp_path / "t")
    try:
        assert len(crystext.load_corpus(copy).timings()) == 0
    finally:
        held.rename(folder / "timings.parquet")


def test_missing_and_cut_files_are_named(tmp_path):
    out = tmp_path / "out"
    build_corpus(sample([copper(0)]), out, factory=FAKE, progress=False)
    data = out / "data" / "train-00000-of-00001.parquet"
    whole = data.read_bytes()
    data.write_bytes(whole[:-5])
    with pytest.raises(BadCorpusError, match=f"has {len(whole) - 5} bytes, not {len(whole)}"):
        crystext.load_corpus(out)
    data.write_bytes(b"x" * len(whole))
    with pytest.raises(BadCorpusError, match="data cannot be read"):
        crystext.load_corpus(out).table()
    data.unlink()
    with pytest.raises(BadCorpusError, match="is missing"):
        crystext.load_corpus(out)


def test_a_column_that_a_shard_lacks_is_damage(tmp_path):
    out = tmp_path / "out"
    build_corpus(sample([copper(0)]), out, factory=FAKE, progress=False)
    corpus = crystext.load_corpus(out)
    data = out / "data" / "train-00000-of-00001.parquet"
    pq.write_table(pq.read_table(data).drop(["mineral"]), data)
    with pytest.raises(BadCorpusError, match="lacks the column mineral"):
        corpus.table(["mineral"])


def test_mini_is_the_packaged_corpus(folder, monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(reader, "files", lambda _: tmp_path)
    with pytest.raises(NoCorpusError, match="build-corpus --db mini"):
        crystext.load_corpus("mini")
    (tmp_path / "data" / "mini-text").symlink_to(folder)
    assert len(crystext.load_corpus("mini")) == 291


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(NoCorpusError, match="nowhere is no folder"):
        crystext.load_corpus(tmp_path / "nowhere")


DATASETS = """
import sys
from datasets import load_dataset
folder = sys.argv[1]
rows = load_dataset(folder)
assert list(rows) == ["train"], rows
assert rows["train"].num_rows == int(sys.argv[2]), rows
assert rows["train"][0]["elements"] == ["Cu"]
gap = load_dataset(folder, "gap")
assert {name: part.num_rows for name, part in gap.items()} == {
    "train": 145, "validation": 73, "test": 73}, gap
assert gap["train"].column_names == [
    "id", "formula", "text", "global_text", "local_text", "fields_text", "target"]
failures = load_dataset(folder, "failures", split="train")
assert failures.num_rows == 11 and failures[0]["code"] == "symmetry-failed", failures
streamed = load_dataset(folder, "gap", split="test", streaming=True)
assert next(iter(streamed))["id"] == "c-3"
print("loaded")
"""


@pytest.mark.slow
def test_datasets_loads_every_config_offline(folder, tmp_path):
    pytest.importorskip("datasets")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    run = subprocess.run(
        [sys.executable, "-c", DATASETS, str(folder), "291"],
        env=environment | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.endswith("loaded\n"), run.stderr


def test_a_corpus_of_failures_alone_opens(tmp_path):
    source = sample(
        [copper(0, notes=["bug"])],
        parts={"gap": SplitSpec("x", {"train": ("c-0",), "validation": ("b",), "test": ("c",)})},
    )
    build_corpus(source, tmp_path / "out", factory=FAKE, progress=False)
    corpus = crystext.load_corpus(tmp_path / "out")
    assert (len(corpus), list(corpus), corpus.targets("gap")) == (0, [], {})
    assert corpus.failures()["code"].to_pylist() == ["engine-failed"]
