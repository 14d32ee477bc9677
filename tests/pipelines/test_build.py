import json
import shutil
from functools import partial

import pyarrow.parquet as pq
import pytest
from jinja2 import Undefined

from crystext import load_corpus
from crystext.corpus import card, layout
from crystext.errors import (
    IncompleteCardError,
    OtherBuildError,
    OutputTakenError,
    SymmetryFailedError,
    UnfinishedBuildError,
    UsageError,
)
from crystext.pipelines.build import corpus as build
from crystext.pipelines.build import journal
from crystext.pipelines.build.corpus import BuildSettings, build_corpus
from crystext.pipelines.build.parts import read_head
from crystext.pipelines.build.worker import RowMaker
from crystext.pipelines.splits import SplitSpec
from tests.pipelines.samples import FAKE, copper, files_of, many, sample, unreadable

fast = partial(build_corpus, factory=FAKE, progress=False)


def spec(train, validation, test, dropped=()):
    return SplitSpec("a test", {"train": train, "validation": validation, "test": test}, dropped)


def test_every_input_is_a_row_or_a_coded_failure(tmp_path):
    manifest = fast(many(), tmp_path / "out")
    corpus = load_corpus(tmp_path / "out")
    ids = corpus.table(["id"])["id"].to_pylist()
    failed = {(one["id"], one["stage"], one["code"]) for one in corpus.failures().to_pylist()}
    assert manifest["counts"]["failures_by_code"] == {
        "duplicate-id": 1,
        "empty-file": 1,
        "symmetry-failed": 9,
    }
    assert len(ids) + len(failed) == manifest["counts"]["inputs"] == 302
    assert {("empty", "read", "empty-file"), ("c-37", "describe", "symmetry-failed")} < failed
    assert ("c-1#2", "read", "duplicate-id") in failed
    assert ids == [f"c-{n}" for n in range(300) if n % 37]
    assert len(corpus.timings()) == 302
    assert not (tmp_path / "out" / layout.WORK).exists()


def test_a_source_that_lacks_a_fact_of_the_card_is_refused_before_any_work(tmp_path):
    for lack, named in (
        ({"licence_note": ""}, "licence_note"),
        ({"licence": "X", "homepage": ""}, "homepage"),
    ):
        with pytest.raises(IncompleteCardError, match=named):
            fast(sample([copper()], **lack), tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_a_card_that_cannot_be_made_ends_the_build(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(card, "all_codes", lambda: Undefined(name="meanings").anything)
        with pytest.raises(IncompleteCardError, match="meanings"):
            fast(sample([copper()]), tmp_path / "out")
    assert not (tmp_path / "out" / layout.CARD).exists()
    fast(sample([copper()]), tmp_path / "out", resume=True)
    assert "## Statistics" in (tmp_path / "out" / layout.CARD).read_text(encoding="utf-8")


def test_two_workers_write_the_same_bytes(tmp_path):
    settings = BuildSettings(rows_per_shard=100)
    fast(many(), tmp_path / "one", settings=settings)
    fast(many(), tmp_path / "two", settings=settings, workers=2)
    one, two = files_of(tmp_path / "one"), files_of(tmp_path / "two")
    assert one == two
    assert [name for name in one if name.startswith("data")] == [
        f"data/train-0000{n}-of-00003.parquet" for n in range(3)
    ]


def test_targets_have_the_split_and_say_what_is_missing(tmp_path):
    inputs = [copper(0), copper(1, gap=None), copper(2), copper(3, notes=["symmetry"]), copper(4)]
    parts = spec(("c-0", "c-1", "c-9", "c-4"), ("c-2",), ("c-3", "c-8"), (("c-4", "in test too"),))
    source = sample(inputs, parts={"gap": parts})
    manifest = fast(source, tmp_path / "out")
    assert manifest["splits"]["gap"] == {
        "origin": "a test",
        "counts": {"train": 1, "validation": 1, "test": 0},
        "dropped": [["c-4", "in test too"]],
        "missing": {"train": ["c-1", "c-9"], "validation": [], "test": ["c-3", "c-8"]},
        "outside": {"train": 0, "validation": 0, "test": 0},
    }
    targets = load_corpus(tmp_path / "out").targets("gap")
    assert {name: table["id"].to_pylist() for name, table in targets.items()} == {
        "train": ["c-0"],
        "validation": ["c-2"],
    }
    assert targets["validation"]["target"].to_pylist() == [0.2]
    assert targets["train"].schema.field("target").metadata[b"unit"] == b"eV"


def test_of_a_choice_the_rest_is_outside(tmp_path):
    source = sample(
        [copper(n) for n in range(9)], parts={"gap": spec(("c-0", "c-8"), ("c-1",), ("c-7",))}
    )
    manifest = fast(source, tmp_path / "out", settings=BuildSettings(limit=3))
    entry = manifest["splits"]["gap"]
    assert entry["missing"] == {"train": [], "validation": [], "test": []}
    assert entry["outside"] == {"train": 1, "validation": 0, "test": 1}
    assert manifest["counts"]["inputs"] == 3


def test_a_property_of_the_wrong_type_is_a_failure(tmp_path):
    fast(sample([copper(0), copper(1, gap="wide")]), tmp_path / "out")
    (failure,) = load_corpus(tmp_path / "out").failures().to_pylist()
    assert (failure["code"], failure["stage"]) == ("bad-property", "read")
    assert "'wide'" in failure["message"]


def test_an_undeclared_property_is_a_bug_of_the_source(tmp_path):
    with pytest.raises(ValueError, match="'price' but does not declare it"):
        fast(sample([copper(0, price=1)]), tmp_path / "out")


def test_the_manifest_tells_nothing_of_machine_time_and_workers(tmp_path):
    fast(many(30), tmp_path / "out")
    text = (tmp_path / "out" / layout.MANIFEST).read_text()
    manifest = json.loads(text)
    assert str(tmp_path) not in text
    assert manifest["settings"]["canonical"] is True
    assert manifest["settings"]["symprecs"] == [0.01, 0.1, 0.001]
    assert {"crystext", "robocrys", "pymatgen", "spglib", "python", "pyarrow"} <= set(
        manifest["versions"]
    )
    for file in manifest["files"]:
        whole = tmp_path / "out" / file["path"]
        assert whole.stat().st_size == file["bytes"]
        assert pq.ParquetFile(whole).metadata.num_rows == file["rows"]


def test_nothing_to_describe_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="no crystals"):
        fast(sample([]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_finished_corpus_is_never_overwritten(tmp_path):
    out = tmp_path / "out"
    first = fast(many(10), out)
    before = files_of(out)
    with pytest.raises(OutputTakenError, match="never overwritten"):
        fast(many(10), out)
    with pytest.raises(OutputTakenError, match=r"settings\.limit \(then null"):
        fast(many(10), out, settings=BuildSettings(limit=5), resume=True)
    assert fast(many(10), out, resume=True) == first
    assert files_of(out) == before


def test_what_another_process_finished_meanwhile_is_kept(tmp_path, monkeypatch):
    out = tmp_path / "out"
    lock = journal.try_file_lock

    def late(path):
        monkeypatch.setattr(journal, "try_file_lock", lock)
        fast(many(10), out)
        path.parent.mkdir()
        return lock(path)

    monkeypatch.setattr(journal, "try_file_lock", late)
    with pytest.raises(OutputTakenError, match="never overwritten"):
        fast(many(5), out)
    assert load_corpus(out).manifest["counts"]["inputs"] == 12
    assert not (out / layout.WORK).exists()


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OutputTakenError, match=r"thesis\.tex"):
        fast(many(10), tmp_path)


def stored(monkeypatch):
    """The chunks whose parts are stored from now on, as they are."""
    done = []
    original = build.Journal.store

    def store(self, index, part):
        done.append(index)
        original(self, index, part)

    monkeypatch.setattr(build.Journal, "store", store)
    return done


def interrupted(source, out, monkeypatch, **how):
    """A build that ends after the second chunk."""
    stored = []

    def store(self, index, part):
        original(self, index, part)
        stored.append(index)
        if len(stored) == 2:
            raise InterruptedError

    original = build.Journal.store
    with monkeypatch.context() as patch:
        patch.setattr(build.Journal, "store", store)
        with pytest.raises(InterruptedError):
            fast(source, out, **how)
    return stored


def test_a_resume_does_only_what_is_left(tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert interrupted(many(), out, monkeypatch) == [0, 1]
    done = stored(monkeypatch)
    fast(many(), out, resume=True)
    assert done == [2, 3, 4]
    fast(many(), tmp_path / "at once")
    assert files_of(out) == files_of(tmp_path / "at once")


def test_an_unfinished_build_is_not_gone_on_with_unasked(tmp_path, monkeypatch):
    interrupted(many(), tmp_path / "out", monkeypatch)
    with pytest.raises(UnfinishedBuildError, match="--resume"):
        fast(many(), tmp_path / "out")


def test_a_resume_with_other_settings_is_refused_by_name(tmp_path, monkeypatch):
    out = tmp_path / "out"
    interrupted(many(), out, monkeypatch)
    with pytest.raises(OtherBuildError, match=r"settings.canonical \(then true, now false\)"):
        fast(many(), out, settings=BuildSettings(canonical=False), resume=True)
    versions = build._versions()
    with monkeypatch.context() as patch:
        patch.setattr(build, "_versions", lambda: versions | {"spglib": "0"})
        with pytest.raises(OtherBuildError, match=r"versions\.spglib"):
            fast(many(), out, resume=True)
    with monkeypatch.context() as patch:
        patch.setattr(build, "_versions", lambda: versions | {"crystext": "9.9"})
        words = rf"is of crystext {versions['crystext']}, and this is 9\.9; it differs in versions"
        with pytest.raises(OtherBuildError, match=words):
            fast(many(), out, resume=True)
    with pytest.raises(OtherBuildError, match=r"source\.version \(then \"\", now \"2\"\)"):
        fast(sample(many().inputs, version="2", parts=many().parts), out, resume=True)


def test_inputs_that_changed_are_described_again(tmp_path, monkeypatch):
    out = tmp_path / "out"
    interrupted(many(), out, monkeypatch)
    inputs = list(many().inputs)
    inputs[5] = copper(5, gap=77.0)
    fast(sample(inputs, parts=many().parts), out, resume=True)
    assert load_corpus(out).row("c-5")["gap"] == 77.0


def test_a_damaged_part_is_made_again(tmp_path, monkeypatch):
    out = tmp_path / "out"
    interrupted(many(), out, monkeypatch)
    part = out / layout.WORK / "parts" / "00000000.part"
    part.write_bytes(part.read_bytes()[:-7])
    fast(many(), out, resume=True)
    fast(many(), tmp_path / "at once")
    assert files_of(out) == files_of(tmp_path / "at once")


@pytest.mark.parametrize("head", [b"{}", b"[" * 100_000, b'{"inputs": 3}', b"null", b"\xff"])
def test_a_part_with_a_damaged_head_is_made_again(tmp_path, monkeypatch, head):
    out = tmp_path / "out"
    interrupted(many(), out, monkeypatch)
    part = out / layout.WORK / "parts" / "00000000.part"
    part.write_bytes(head + b"\n" + part.read_bytes().partition(b"\n")[2])
    fast(many(), out, resume=True)
    fast(many(), tmp_path / "at once")
    assert files_of(out) == files_of(tmp_path / "at once")


def test_a_changed_word_in_a_head_is_noticed(tmp_path, monkeypatch):
    out = tmp_path / "out"
    interrupted(many(), out, monkeypatch)
    part = out / layout.WORK / "parts" / "00000000.part"
    whole = part.read_bytes()
    assert read_head(whole)["codes"]
    assert read_head(whole.replace(b"symmetry-failed", b"symmetry-failxd", 1)) is None


def test_a_part_of_other_settings_is_not_taken(tmp_path, monkeypatch):
    longer = BuildSettings(timeout=5.0)
    for name, settings in (("one", None), ("two", longer)):
        interrupted(many(), tmp_path / name, monkeypatch, settings=settings)
    name = f"{layout.WORK}/parts/00000000.part"
    shutil.copy(tmp_path / "one" / name, tmp_path / "two" / name)
    done = stored(monkeypatch)
    fast(many(), tmp_path / "two", resume=True, settings=longer)
    assert done == [0, 2, 3, 4]


@pytest.mark.parametrize("workers", [1, 2])
def test_input_is_read_as_needed(tmp_path, workers, monkeypatch):
    read = []

    def endless():
        for number in range(100_000):
            read.append(number)
            yield copper(number)

    def store(*_):
        raise InterruptedError

    source = sample([])
    monkeypatch.setattr(type(source), "crystals", lambda *_, **__: endless())
    monkeypatch.setattr(build.Journal, "store", store)
    with pytest.raises(InterruptedError):
        fast(source, tmp_path / "out", workers=workers)
    assert len(read) <= 64 * 6 * workers + 64


def test_real_rows_and_the_ladder_of_tolerances(tmp_path):
    manifest = build_corpus(sample([copper(0), unreadable("x")]), tmp_path / "out", progress=False)
    row = load_corpus(tmp_path / "out").row("c-0")
    assert row["space_group_number"] == 221
    assert row["symprec"] == 0.01
    assert row["text"] == f"{row['global_text']} {row['local_text']}"
    assert manifest["counts"]["failures_by_code"] == {"empty-file": 1}


class Moody:
    """Finds a space group only at one tolerance."""

    def __init__(self, works, symprec):
        self.works, self.symprec = works, symprec

    def describe_read(self, crystal):
        if self.symprec != self.works:
            raise SymmetryFailedError("no space group", crystal_id=crystal.id)
        return f"at {self.symprec}"


@pytest.mark.parametrize("works", [0.01, 0.1, 0.001])
def test_tolerances_are_tried_in_turn(works):
    maker = object.__new__(RowMaker)
    maker._describers = {one: Moody(works, one) for one in (0.01, 0.1, 0.001)}
    assert maker._described(copper(0)) == (f"at {works}", works)


def test_no_tolerance_works():
    maker = object.__new__(RowMaker)
    maker._describers = {one: Moody(None, one) for one in (0.01, 0.1, 0.001)}
    with pytest.raises(SymmetryFailedError, match=r"0\.01, 0\.1, 0\.001"):
        maker._described(copper(0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"symprecs": ()},
        {"symprecs": (0,)},
        {"timeout": 0},
        {"rows_per_shard": 0},
        {"limit": 0},
        {"ids": ()},
        {"ids": ("mp-\udcff",)},
        {"oxidation": "maybe"},
        {"tokenizers": ("minilm", "x/minilm")},
    ],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(UsageError):
        BuildSettings(**wrong)


def test_the_digest_tells_settings_apart():
    digests = {
        BuildSettings(**one).digest()
        for one in ({}, {"canonical": False}, {"timeout": 5}, {"limit": 3}, {"ids": ["a"]})
    }
    assert len(digests) == 5
    assert BuildSettings(ids=["a"]) == BuildSettings(ids=("a",))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"workers": 0}, "0 workers"),
        ({"executor": "slurm"}, "'slurm' is not known"),
        ({"scheduler": "tcp://x:1"}, "--scheduler"),
    ],
)
def test_wrong_ways_to_run_are_refused(tmp_path, how, words):
    with pytest.raises(UsageError, match=words):
        fast(many(5), tmp_path / "out", **how)
