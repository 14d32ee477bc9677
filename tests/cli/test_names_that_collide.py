"""``crystext build-corpus --db files`` where inputs are called alike: properties and paths."""

import gzip
import json
import zipfile

import pytest

import crystext
from tests.cli.test_own_data import crystext_says
from tests.pipelines.test_ids_that_collide import ATOMS, POSCAR

ELSE = POSCAR.replace("Cu", "Pd")


def build(place, given, *options):
    args = ("--db", "files", "--input", given, "--out", "out", *options)
    return crystext_says("build-corpus", *args, cwd=place)


def put(place, **texts):
    """Files of a folder ``in``, by their names with ``__`` for points and ``_of_`` for slashes."""
    for name, text in texts.items():
        file = place / "in" / name.replace("__", ".").replace("_of_", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def alike(place, kind):
    """Inputs of which two are called ``x``; what to give as ``--input``."""
    if kind == "table":
        rows = [{"id": "x", "poscar": text} for text in (POSCAR, ELSE)]
        (place / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return "t.jsonl"
    if kind == "glob":
        put(place, a_of_x__vasp=POSCAR, b_of_x__vasp=ELSE)
        return "in/*/x.vasp"
    if kind == "json":
        put(place, entries__json=json.dumps([{"jid": "x", "atoms": ATOMS}] * 2))
        return "in"
    put(place, x__vasp="no" if kind == "failure" else POSCAR, x__VASP=ELSE)
    if kind == "zip of json":
        put(place, entries__json=json.dumps([{"jid": "y", "atoms": ATOMS}] * 2))
        with zipfile.ZipFile(place / "in.zip", "w") as archive:
            archive.write(place / "in" / "entries.json", "entries.json")
        return "in.zip"
    return "in"


@pytest.mark.parametrize("kind", ["folder", "glob", "json", "table", "failure", "zip of json"])
def test_no_property_goes_to_one_of_two(tmp_path, kind):
    given = alike(tmp_path, kind)
    name = "y" if kind == "zip of json" else "x"
    (tmp_path / "g.csv").write_text(f"id,g\n{name},1\n")
    code, _, err = build(tmp_path, given, "--property-table", "g.csv")
    assert code == 1
    (line,) = err.splitlines()
    assert f"'g.csv' has the id '{name}', and several inputs are called so; rename" in line
    assert not (tmp_path / "out").exists()


def test_the_table_may_leave_them_out_or_name_them_by_their_numbers(tmp_path):
    put(tmp_path, x__VASP=POSCAR, x__vasp=ELSE, z__vasp=POSCAR)
    (tmp_path / "g.csv").write_text("id,g\nz,1\nx#2,2\n")
    code, _, err = build(tmp_path, "in", "--property-table", "g.csv")
    assert code == 0, err
    rows = crystext.load_corpus(tmp_path / "out").table(["id", "g", "formula"]).to_pylist()
    assert [(row["id"], row["g"], row["formula"]) for row in rows] == [
        ("x", None, "Cu"),
        ("x#2", 2.0, "Pd"),
        ("z", 1.0, "Cu"),
    ]


def test_how_many_more_of_its_ids_are_so(tmp_path):
    put(tmp_path, x__VASP=POSCAR, x__vasp=ELSE, z__vasp=POSCAR, z__VASP=ELSE)
    (tmp_path / "g.csv").write_text("id,g\nz,1\nx,2\n")
    _, _, err = build(tmp_path, "in", "--property-table", "g.csv")
    assert "has the id 'z', and several inputs are called so, and so for 1 more of its ids" in err


def test_a_failure_is_told_with_its_own_file(tmp_path):
    put(tmp_path, same__cif="data_x\n", z__vasp=POSCAR)
    (tmp_path / "in" / "same.cif.gz").write_bytes(gzip.compress(b"data_x\n" * 50)[:-9])
    put(tmp_path, deep_of_a__json=json.dumps([{"jid": "k", "atoms": {}}, {"jid": "k"}]))
    code, _, err = build(tmp_path, "in")
    assert code == 0
    told = [line.split(": ")[1] for line in err.splitlines() if "note" not in line]
    assert told[:2] == [
        "[no-atoms] same (in/same.cif)",
        "[truncated-file] same#2 (in/same.cif.gz)",
    ]
    assert all("(in/deep/a.json)" in one for one in told[2:])
    assert len(told) > 2


def test_a_failure_of_a_table_is_told_with_the_table(tmp_path):
    (tmp_path / "t.csv").write_text(f'id,poscar\na,"{POSCAR}"\nb,nothing\n')
    code, _, err = build(tmp_path, "t.csv")
    assert code == 0
    assert "] b (t.csv): " in err
