"""Property tables and the crystals that they are of: who gets a value, and what is told."""

import logging

import pytest

from crystext.errors import BadTableError
from crystext.pipelines.sources.registry import get
from tests.pipelines.test_ids_that_collide import POSCAR

PARTS = [("a", "train"), ("b", "val"), ("c", "test")]


@pytest.fixture
def folder(tmp_path):
    for name in ("a.vasp", "deep/b.vasp", "1.vasp", "007.vasp", "calc/POSCAR"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(POSCAR)
    return tmp_path / "in"


def ready(folder, text):
    table = folder.parent / "t.csv"
    table.write_text(text)
    given = {"from_file": folder, "properties_file": table}
    source = get("files").configured(**given).ready(**given)
    return source, given


MEANT = [
    ("a.vasp", "names of files without their ending: write 'a'"),
    ("in/a.vasp", "names of files without folder and ending: write 'a'"),
    ("C:\\data\\a.vasp", "names of files without folder and ending: write 'a'"),
    ("deep\\b", "folders in ids end in /: write 'deep/b'"),
    ("A", "letters of ids count: write 'a'"),
    ("b", "ids have the folders below the input: write 'deep/b'"),
    ("b.vasp", "ids have the folders below the input: write 'deep/b'"),
    ("1.0", "ids are whole numbers: write '1'"),
    ("7", "zeros at the beginning count, and spreadsheets drop them: write '007'"),
    ("calc", "ids end in the name of the file, not of its folder: write 'calc/POSCAR'"),
    ("z", "ids are names of files without their ending, with folders below the input"),
]


@pytest.mark.parametrize(("name", "words"), MEANT)
def test_what_an_id_may_stand_for(folder, caplog, name, words):
    with pytest.raises(BadTableError) as told:
        ready(folder, f"id,gap\n{name},5\n")
    assert f"its first is {name!r}, and a crystal is called '007'; " in str(told.value)
    assert str(told.value).endswith(words)
    other = "deep/b" if name == "a.vasp" else "a"
    source, given = ready(folder, f"id,gap\n{name},5\n{other},3\n")
    assert caplog.messages == [
        f"1 of 2 rows of 't.csv' are of no crystal here, the first is {name!r}; "
        + str(told.value).partition("called '007'; ")[2]
    ]
    assert source.count(**given) == 5
    values = {one.id: one.properties["gap"] for one in source.crystals(**given)}
    assert [name for name, value in values.items() if value is not None] == [other]


def test_it_is_told_once(folder, caplog):
    caplog.set_level(logging.INFO)
    source, given = ready(folder, "id,gap\na,5\nz,3\n")
    assert len(list(source.crystals(**given))) == source.count(**given) == 5
    assert source.count(**given, limit=2) == 2
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,gap\n,eV\na,5\n", "row 1 of 't.csv' has no id in 'id'; .*write units into the header"),
        ("id,gap\na,5\n,3\nb,1", "row 2 of 't.csv' has no id in 'id'; give every row an id of"),
        ("id,gap\na,5\nb,3\na,5\n", "rows 1 and 3 of 't.csv' have the id 'a'; every row"),
        ("name,gap\na,5\n", "no id column; it has 'name', 'gap': name one id, or say which"),
        ("id,gap\n", "'t.csv' has no rows"),
    ],
)
def test_ids_that_are_none(folder, text, words):
    with pytest.raises(BadTableError, match=words):
        ready(folder, text)


def test_rows_without_any_value_and_ids_in_other_letters(folder):
    source, given = ready(folder, "ID,gap\n,\na,5\n , \ndeep/b,3\n")
    values = {one.id: one.properties["gap"] for one in source.crystals(**given)}
    assert values == {"007": None, "1": None, "a": 5, "calc/POSCAR": None, "deep/b": 3}


def test_a_failure_has_its_row(folder, caplog):
    (folder / "a.vasp").write_text("")
    source, given = ready(folder, "id,gap\na,5\n1,3\n")
    assert caplog.messages == []
    ids = ["007", "1", "a", "calc/POSCAR", "deep/b"]
    assert [one.id for one in source.crystals(**given)] == ids


def test_two_splits_are_refused(tmp_path):
    rows = "".join(f'{name},"{POSCAR}",{part}\n' for name, part in PARTS)
    (tmp_path / "s.csv").write_text(f"id,poscar,split\n{rows}")
    told = "".join(f"{name},{number},{part}\n" for number, (name, part) in enumerate(PARTS))
    (tmp_path / "t.csv").write_text(f"id,gap,split\n{told}")
    given = {"from_file": tmp_path / "s.csv", "properties_file": tmp_path / "t.csv"}
    source = get("files").configured(**given)
    with pytest.raises(BadTableError, match=r"two tables have a column split, the second 't.csv'"):
        source.splits(**given)
    (tmp_path / "t.csv").write_text("id,gap\na,1\n")
    source = get("files").configured(**given)
    assert source.splits(**given)["gap"].ids["test"] == ("c",)


def test_letters_that_are_composed_otherwise(folder):
    (folder / "\u00e4.vasp").write_text(POSCAR)
    with pytest.raises(BadTableError, match="'\u00e4' has the same letters, composed otherwise"):
        ready(folder, "id,gap\na\u0308,5\n")


def test_files_of_one_name_behind_a_glob(folder):
    (folder / "other").mkdir()
    (folder / "other" / "POSCAR").write_text(POSCAR)
    (folder.parent / "t.csv").write_text("id,gap\ncalc/POSCAR,5\n")
    given = {"from_file": f"{folder}/*/POSCAR", "properties_file": folder.parent / "t.csv"}
    source = get("files").configured(**given)
    with pytest.raises(BadTableError, match="several files are called 'POSCAR': give their folder"):
        source.ready(**given)
