import os
import random
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crystext.embedded import mini_table
from crystext.errors import (
    BadTableError,
    MissingExtraError,
    OverlappingSplitError,
    UnknownSourceError,
    WrongCountError,
)
from crystext.pipelines import leaderboard, splits
from crystext.pipelines.splits import LEAKS, OFFICIAL_COUNTS, SPLITS, SplitSpec, hashed, official
from tests.pipelines.databases import differences

PARTS = {"train": ("a", "b"), "validation": ("c",), "test": ("d",)}
WHEEL = "CRYSTEXT_LEADERBOARD_WHEEL"


@pytest.fixture(scope="session")
def wheel():
    """The wheel that the table was made of, or None for the installed package."""
    if path := os.environ.get(WHEEL):
        return Path(path)
    if find_spec(leaderboard.PACKAGE) is None:
        pytest.skip(f"jarvis-leaderboard is not installed, nor is its wheel in {WHEEL}")
    return None


# ------------------------------------------------------------------------------ what a split is


def test_a_split_is_checked_when_made():
    split = SplitSpec("here", PARTS)
    assert split.counts() == {"train": 2, "validation": 1, "test": 1}
    assert split.split_of() == {"a": "train", "b": "train", "c": "validation", "d": "test"}


@pytest.mark.parametrize(
    "parts",
    [
        PARTS | {"test": ("a",)},
        PARTS | {"train": ("a", "a")},
        PARTS | {"test": ()},
        {"train": ("a",), "test": ("b",)},
        {},
    ],
)
def test_overlapping_and_empty_parts_are_refused(parts):
    with pytest.raises(OverlappingSplitError):
        SplitSpec("here", parts)


def test_the_digest_is_of_who_is_where():
    first = SplitSpec("here", PARTS).digest()
    assert first == SplitSpec("there", PARTS | {"train": ("b", "a")}).digest()
    assert first != SplitSpec("here", PARTS | {"train": ("a", "z")}).digest()
    moved = {"train": ("a", "c"), "validation": ("b",), "test": ("d",)}
    assert first != SplitSpec("here", moved).digest()


def test_ids_sort_by_number():
    ids = ["mp-10", "mvc-3", "mp-9", "JVASP-1", "x"]
    assert sorted(ids, key=splits.natural) == ["JVASP-1", "mp-9", "mp-10", "mvc-3", "x"]


# ---------------------------------------------------------------------------- the official ones


@pytest.mark.parametrize("benchmark", OFFICIAL_COUNTS)
def test_the_counts_are_the_published_ones_but_for_the_leaks(benchmark):
    split = official(benchmark)
    train, validation, test = OFFICIAL_COUNTS[benchmark]
    leaks = LEAKS.get(benchmark, ())
    counts = {"train": train - len(leaks), "validation": validation, "test": test}
    assert split.counts() == counts
    assert tuple(one for one, _ in split.dropped) == leaks
    assert all("train and test" in reason for _, reason in split.dropped)
    assert set(leaks) <= set(split.ids["test"])
    assert not set(leaks) & set(split.ids["train"])
    assert benchmark in split.origin


def test_the_three_leaks_are_the_known_ones():
    named = {one for leaks in LEAKS.values() for one in leaks}
    assert named == {"JVASP-113961", "JVASP-116461", "JVASP-96735"}


def test_energy_and_gap_share_a_split():
    assert official("megnet_e_form").digest() == official("megnet_gappbe").digest()


def test_the_mini_crystals_stand_where_their_own_table_says():
    where = official("megnet_e_form").split_of()
    table = mini_table().select(["id", "split"]).to_pylist()
    assert all(where[row["id"]] == row["split"] for row in table)


def test_unknown_benchmarks_and_wrong_counts():
    with pytest.raises(UnknownSourceError, match="megnet_e_form"):
        official("dft_3d_colour")
    with pytest.raises(WrongCountError, match="published"):
        splits.check_counts({"train": 1, "validation": 1, "test": 1}, "megnet_e_form")


def test_the_table_names_its_origin_and_carries_its_terms():
    with as_file(files("crystext") / "data") as folder:
        metadata = pq.read_schema(folder / "splits.parquet").metadata
        terms = (folder / "splits.LICENSE.rst").read_text(encoding="utf-8")
        assert (folder / "splits.parquet").stat().st_size < 400_000
    assert metadata[b"source"] == b"jarvis-leaderboard 2024.10.30"
    assert metadata[b"licence"] == b"NIST-PD-fallback"
    assert "this notice" in " ".join(terms.split())


@pytest.mark.parametrize("benchmark", OFFICIAL_COUNTS)
def test_the_table_is_that_of_the_leaderboard(wheel, benchmark):
    targets = leaderboard.targets(benchmark, wheel)
    split = official(benchmark)
    dropped = {one for one, _ in split.dropped}
    for name in SPLITS:
        theirs = set(targets[name]) - (dropped if name == "train" else set())
        assert set(split.ids[name]) == theirs


def test_the_table_is_what_its_script_makes(wheel, tmp_path):
    if wheel is None:
        pytest.skip("the terms are in the wheel alone")
    from crystext.pipelines.sources.build_splits import main

    assert main([str(wheel), str(tmp_path / "splits.parquet")]) == 0
    with as_file(files("crystext") / "data") as folder:
        shipped, made = (pq.read_table(one / "splits.parquet") for one in (folder, tmp_path))
        assert made.equals(shipped, check_metadata=True)
        terms = [(one / "splits.LICENSE.rst").read_bytes() for one in (folder, tmp_path)]
        assert terms[0] == terms[1]


def test_the_mini_energies_are_the_leaderboards(wheel):
    targets = leaderboard.targets("megnet_e_form", wheel)
    table = mini_table()
    values = dict(
        zip(*(table[n].to_pylist() for n in ("id", "formation_energy_per_atom")), strict=True)
    )
    assert differences(values, targets) == []
    changed = values | {"mp-149": None, "mp-22862": values["mp-22862"] + 1e-3}
    found = differences(changed, targets)
    assert {one for one, _, _ in found} == {"mp-149", "mp-22862"} & values.keys()


def test_without_the_leaderboard_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(leaderboard, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install .*jarvis-leaderboard==2024\.10\.30"):
        leaderboard.targets("megnet_e_form")
    broken = tmp_path / "wheel.whl"
    broken.write_bytes(b"PK")
    with pytest.raises(BadTableError, match="megnet_e_form"):
        leaderboard.targets("megnet_e_form", broken)


# ------------------------------------------------------------------------------ splits of our own


def test_a_hashed_split_depends_on_the_id_alone():
    ids = [f"mp-{number}" for number in range(5000)]
    shares = (4664, 393, 393)
    split = hashed(ids, shares=shares, salt="s", origin="o")
    some = random.Random(1).sample(ids, 2000)
    where = split.split_of()
    part = hashed(some, shares=shares, salt="s", origin="o")
    assert all(where[one] == name for one, name in part.split_of().items())
    for name, share in zip(SPLITS, shares, strict=True):
        expected = 5000 * share / sum(shares)
        assert abs(len(split.ids[name]) - expected) < 4 * expected**0.5
    assert hashed(ids, shares=shares, salt="t", origin="o").digest() != split.digest()


def test_a_hashed_split_never_changes():
    ids = [f"mp-{number}" for number in range(300)]
    split = hashed(ids, shares=(8, 1, 1), salt="s", origin="o")
    assert split.digest() == "99cbc854388d11330892c9fe5a62cd8ba4ade7a1bd7cfed29767d9110c57ba6c"
