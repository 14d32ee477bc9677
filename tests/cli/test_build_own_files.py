"""``crystext build-corpus --db files``: ids, units, and what is said of failures."""

import shutil
import zipfile

import pytest

import crystext
from tests.cli.test_own_data import crystext_says
from tests.reading_samples import EXAMPLES


@pytest.fixture
def place(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("halite", "rutile"):
        text = (EXAMPLES / f"{name}.cif").read_text(encoding="utf-8")
        (tmp_path / "in" / "deep" / f"{name}.cif").write_text(text)
    return tmp_path


def build(place, *options, out="out"):
    args = ("--db", "files", "--input", "in", "--out", out, *options)
    return crystext_says("build-corpus", *args, cwd=place)


def test_the_first_ten_failures_and_their_files_are_named(place):
    for number in range(13):
        (place / "in" / f"bad{number:02}.vasp").write_text("nothing\n")
    code, out, err = build(place)
    assert code == 0
    assert "13 failures: 13 truncated-file" in out
    lines = err.splitlines()
    named = [line.split("] ")[1].split(":")[0] for line in lines if "[truncated-file]" in line]
    assert named == [f"bad{number:02} (in/bad{number:02}.vasp)" for number in range(10)]
    assert any("and 3 more; all stand in out/failures" in line for line in lines)


def test_a_build_without_a_row_fails_and_says_why(place):
    for path in (place / "in" / "deep").iterdir():
        path.write_text("data_x\n")
    code, out, err = build(place)
    assert code == 1
    *_, first, second, last = err.splitlines()
    assert first.startswith("crystext: [no-atoms] deep/halite (in/deep/halite.cif): ")
    assert second.startswith("crystext: [no-atoms] deep/rutile (in/deep/rutile.cif): ")
    assert last.startswith("crystext: [nothing-described] none of 2 inputs could be described")
    assert "Next:" not in out


def test_ids_units_and_their_column(place):
    (place / "gaps.csv").write_text("name,gap,mass [u]\ndeep/halite,5.0,1\ndeep/rutile,3.0,2\n")
    table = ("--property-table", "gaps.csv")
    code, _, err = build(place, *table)
    assert code == 1
    assert "has no id column" in err
    code, _, err = build(place, *table, "--id-column", "name", "--unit", "gap=eV")
    assert code == 0, err
    corpus = crystext.load_corpus(place / "out")
    assert {name: one.unit for name, one in corpus.properties.items()} == {"gap": "eV", "mass": "u"}
    rows = corpus.table(["id", "gap"]).to_pylist()
    assert rows == [{"id": "deep/halite", "gap": 5.0}, {"id": "deep/rutile", "gap": 3.0}]
    assert corpus.table().schema.field("gap").metadata[b"unit"] == b"eV"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--unit", "gop=eV"), "no table has a column 'gop'; did you mean 'gap'?"),
        (("--unit", "mass=kg"), "the header of 'mass' says u, and kg is asked for"),
        (("--unit", "gap"), "is no COLUMN=UNIT"),
        (("--id-column", "nome"), "nome"),
    ],
)
def test_wrong_columns_and_units_are_named(place, options, words):
    (place / "gaps.csv").write_text("id,gap,mass [u]\ndeep/halite,5.0,1\n")
    code, _, err = build(place, "--property-table", "gaps.csv", *options)
    assert code in {1, 2}
    assert words in err
    assert not (place / "out").exists()


def test_they_belong_to_own_files(place):
    code, _, err = crystext_says("build-corpus", "--unit", "a=b", "--out", "new", cwd=place)
    assert code == 2
    assert "--unit belongs to --db files, not to mini" in err


def test_the_help_says_where_ids_come_from():
    _, out, _ = crystext_says("build-corpus", "--help", cwd=".")
    assert "the id of a structure is the path of its file" in " ".join(out.split())


def test_what_became_of_columns_is_told_before_work(place):
    table = ';id;gap\n0;deep/halite;"8,5"\n1;deep/rutile;3\n'
    (place / "gaps.csv").write_text(table, encoding="utf-16")
    for more in (("--dry-run",), ()):
        code, _, err = build(place, "--property-table", "gaps.csv", *more)
        assert code == 0, err
        assert [line.removeprefix("crystext: [note] ")[:60] for line in err.splitlines()][:3] == [
            "'gaps.csv' is read with semicolons between values, as its he",
            "a column without a name of 'gaps.csv' is left out as numbers",
            "the column 'gap' is text and no number, as row 1 (id 'deep/h",
        ]
    assert list(crystext.load_corpus(place / "out").properties) == ["gap"]


@pytest.mark.parametrize("given", ["in", "in*", "in.zip"])
def test_hidden_files_are_counted_and_others_named(place, given):
    for name in ("._halite.cif", ".rutile.cif", ".old/halite.cif", "readme.txt"):
        (place / "in" / name).parent.mkdir(exist_ok=True)
        shutil.copy(EXAMPLES / "halite.cif", place / "in" / name)
    hidden = 3
    if given == "in.zip":
        with zipfile.ZipFile(place / "in.zip", "w") as archive:
            for file in sorted((place / "in").rglob("*.*")):
                archive.write(file, file.relative_to(place / "in"))
            archive.writestr("__MACOSX/deep/halite.cif", "x")
        hidden = 4
    args = ("--db", "files", "--input", given, "--out", "out")
    code, out, err = crystext_says("build-corpus", *args, cwd=place)
    assert code == 0, err
    assert out.startswith("2 rows of 2 inputs")
    folder = given.removesuffix("*")
    one, more = err.splitlines()
    assert one == f"crystext: [note] {folder}/readme.txt: left out, its name is of no format"
    assert more.startswith(f"crystext: [note] {folder}: {hidden} hidden files are left out; name")


def test_the_help_says_the_exit_status_with_failures(place):
    _, out, _ = crystext_says("build-corpus", "--help", cwd=".")
    assert "The exit status is 0 with failures too" in " ".join(out.split())
