"""``crystext build-corpus --db files``: ids, units, and what is said of failures."""

import json
import shutil
import zipfile
from unittest.mock import ANY

import pytest

import crystext
from tests.cli.test_own_data import crystext_says
from tests.pipelines.test_ids_that_collide import ATOMS
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


@pytest.mark.parametrize("packed", [False, True])
def test_an_id_of_a_table_that_two_structures_have_is_refused(place, packed):
    """Neither may get the other's value."""
    deep = place / "in" / "deep"
    (deep / "halite.CIF").write_text((deep / "rutile.cif").read_text())
    (place / "gaps.csv").write_text("id,gap\ndeep/rutile,3.0\ndeep/halite,5.0\n")
    given = "in"
    if packed:
        given = "in.zip"
        with zipfile.ZipFile(place / given, "w") as archive:
            for path in deep.iterdir():
                archive.write(path, f"deep/{path.name}")
    code, _, err = build(place, "--property-table", "gaps.csv", "--input", given)
    assert code == 1
    (line,) = [one for one in err.splitlines() if "[bad-table]" in one]
    assert "the id 'deep/halite' of 'gaps.csv' may be that of" in line
    both = "'deep/halite#2'" if packed else "'in/deep/halite.CIF' and 'in/deep/halite.cif'"
    assert both in line
    (place / "gaps.csv").write_text("id,gap\ndeep/rutile,3.0\n")
    assert build(place, "--property-table", "gaps.csv", "--input", given, out="fine")[0] == 0


def test_a_failure_is_told_with_its_very_file(place):
    deep = place / "in" / "deep"
    (deep / "halite.cif").write_text("data_x\n")
    (deep / "halite.CIF").write_text("nothing\n")
    flat = ATOMS | {"lattice_mat": [[4, 0, 0], [4, 0, 0], [0, 0, 4]]}
    entries = [{"jid": "k", "atoms": flat}] * 2
    (place / "in" / "entries.json").write_text(json.dumps(entries))
    _, _, err = build(place)
    told = [line.split(": ")[1] for line in err.splitlines() if "[note]" not in line]
    assert told == [
        "[zero-volume] k (in/entries.json)",
        "[zero-volume] k#2 (in/entries.json)",
        "[bad-cif] deep/halite (in/deep/halite.CIF)",
        "[no-atoms] deep/halite#2 (in/deep/halite.cif)",
    ]


@pytest.mark.parametrize("name", ["t.csv", "t.zip"])
def test_a_failure_of_a_table_or_zip_is_told_with_it(place, name):
    if name == "t.csv":
        cif = (EXAMPLES / "halite.cif").read_text(encoding="utf-8")
        (place / name).write_text(f'id,cif\na,"{cif}"\nb,nothing\n')
    else:
        with zipfile.ZipFile(place / name, "w") as archive:
            archive.write(EXAMPLES / "halite.cif", "a.cif")
            archive.writestr("b.cif", "nothing")
    code, _, err = build(place, "--input", name)
    assert code == 0, err
    assert f"] b ({name}): " in err


@pytest.mark.parametrize("given", ["in", "in*", "in.zip"])
def test_hidden_files_are_counted_and_others_named(place, given):
    for name in ("._halite.cif", ".rutile.cif", ".old/halite.cif", "README.txt", "notes.txt"):
        (place / "in" / name).parent.mkdir(exist_ok=True)
        shutil.copy(EXAMPLES / "halite.cif", place / "in" / name)
    hidden = 3
    if given == "in.zip":
        with zipfile.ZipFile(place / "in.zip", "w") as archive:
            for file in sorted((place / "in").rglob("*.*")):
                if file.is_file():
                    archive.write(file, file.relative_to(place / "in"))
            archive.writestr("__MACOSX/deep/halite.cif", "x")
        hidden = 4
    code, out, err = build(place, "--input", given)
    assert code == 0, err
    assert out.startswith("2 rows of 2 inputs")
    folder = given.removesuffix("*")
    one, more = err.splitlines()
    assert one == f"crystext: [note] {folder}/notes.txt: left out, its name is of no format"
    assert more.startswith(f"crystext: [note] {folder}: {hidden} hidden files are left out; name")


def test_nothing_is_left_out_of_a_table_in_a_zip(place):
    cif = (EXAMPLES / "halite.cif").read_text(encoding="utf-8")
    with zipfile.ZipFile(place / "t.zip", "w") as archive:
        archive.writestr("t.csv", f'id,cif\na,"{cif}"\n')
    assert build(place, "--input", "t.zip") == (0, ANY, "")


def test_the_help_says_the_exit_status_with_failures():
    _, out, _ = crystext_says("build-corpus", "--help", cwd=".")
    assert "The exit status is 0 with failures too" in " ".join(out.split())
