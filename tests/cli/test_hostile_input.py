"""``build-corpus`` and ``describe`` on hostile input: a failure row, or one line that names it."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crystext import load_corpus
from crystext.cli import main
from crystext.corpus import layout

HALITE = (Path(__file__).parents[2] / "examples" / "halite.cif").read_text("utf-8")
COMMAND = [sys.executable, "-c", "from crystext.cli import main; main()"]


def command(*args):
    done = subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def build(path, out, *more):
    return command("build-corpus", "--db", "files", "--input", path, "--out", out, *more)


@pytest.fixture
def build_here(capsys):
    """``build``, but in this process, which saves the start."""

    def run(path, out, *more):
        words = ["build-corpus", "--db", "files", "--input", path, "--out", out, *more]
        with pytest.raises(SystemExit) as exited:
            main(list(map(str, words)))
        return subprocess.CompletedProcess(words, exited.value.code, *capsys.readouterr())

    return run


def refused(done, *words):
    """One line that says so, and nothing built."""
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("crystext: [")
    assert all(word in line for word in words), line
    return line


# --------------------------------------------------------------------------- ids that are no text


def folder(place):
    (place / "in").mkdir()
    (place / "in" / "halite.cif").write_text(HALITE, "utf-8")
    with open(os.fsencode(place / "in") + b"/\xff.cif", "w") as file:  # noqa: PTH123  (of bytes)
        file.write(HALITE)
    return place / "in"


def lines(place):
    rows = [{"id": "halite", "cif": HALITE}, {"id": "\udcff", "cif": HALITE}]
    (place / "t.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return place / "t.jsonl"


def csv_table(place):
    cell = HALITE.replace('"', '""').encode()
    data = b'id,cif\nhalite,"' + cell + b'"\n\xff,"' + cell + b'"\n'
    (place / "t.csv").write_bytes(data)
    return place / "t.csv"


def optimade(place):
    entries = [
        {
            "id": name,
            "type": "structures",
            "attributes": {
                "lattice_vectors": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
                "cartesian_site_positions": [[0, 0, 0]],
                "species_at_sites": ["Po"],
                "species": [{"name": "Po", "chemical_symbols": ["Po"], "concentration": [1]}],
                "nsites": 1,
                "dimension_types": [1, 1, 1],
                "structure_features": [],
            },
        }
        for name in ("halite", "\udcff")
    ]
    (place / "o.json").write_text(json.dumps({"data": entries}), "utf-8")
    return place / "o.json"


@pytest.mark.parametrize("make", [folder, lines, csv_table, optimade])
def test_an_id_that_is_no_text_is_a_failure_row(make, tmp_path):
    done = build(make(tmp_path), tmp_path / "out")
    assert done.returncode == 0
    assert done.stderr.startswith(rf"crystext: [bad-id] \udcff ({tmp_path}")
    assert done.stderr.count("\n") == 1
    assert "1 failures: 1 bad-id" in done.stdout
    corpus = load_corpus(tmp_path / "out")
    assert corpus.table(["id"])["id"].to_pylist() == ["halite"]
    (failure,) = corpus.failures().to_pylist()
    assert (failure["id"], failure["stage"], failure["code"]) == ("\\udcff", "read", "bad-id")
    assert r"'\udcff'" in failure["message"]
    assert command("check", tmp_path / "out").returncode == 0


def test_describe_goes_on_past_it(tmp_path):
    done = command("describe", folder(tmp_path))
    assert done.returncode == 1
    assert "NaCl is Halite" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith(r"crystext: [bad-id] \udcff: the id '\udcff' is no Unicode text")


def test_text_beside_the_id_may_be_anything(tmp_path):
    from pymatgen.core import Lattice, Structure

    salt = Structure(Lattice.cubic(3), ["Cu"], [[0, 0, 0]]).as_dict()
    salt["sites"][0]["label"] = "\udcff"
    salt["properties"] = {"\udcff": "\udcff"}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text(json.dumps(salt), "utf-8")
    assert build(tmp_path / "in", tmp_path / "out").returncode == 0
    corpus = load_corpus(tmp_path / "out")
    assert corpus.table(["id"])["id"].to_pylist() == ["a"]
    assert command("check", tmp_path / "out", "--deep").returncode == 0


# --------------------------------------------------------------------------------- property tables

BIG = 2**53 + 1


def csv_of(*values):
    rows = [f'a,"{HALITE}",{values[0]}', *(f"b{n},x,{value}" for n, value in enumerate(values[1:]))]
    return ("t.csv", "id,cif,p\n" + "\n".join(rows))


def json_of(*texts):
    rows = [f'{{"id": "a{n}", "cif": "x", "p": {text}}}' for n, text in enumerate(texts)]
    return ("t.json", f"[{', '.join(rows)}]")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (csv_of("1.5", "inf"), ("row 2 (id 'b0') of 't.csv'", "'inf'", "column 'p'", "finite")),
        (csv_of("1.5", "1e999"), ("row 2 (id 'b0')", "1e999", "'p'", "64-bit float")),
        (csv_of("1e-999", "2"), ("row 1 (id 'a')", "1e-999", "'p'", "64-bit float")),
        (csv_of("1.5", BIG), ("row 2 (id 'b0')", str(BIG), "'p'", "exactly")),
        (csv_of("7", f"1{'0' * 30}1"), ("row 2 (id 'b0')", "64-bit integer")),
        (csv_of("\udcff", "a"), ("row 1 (id 'a')", r"'\udcff'", "'p'", "Unicode")),
        (json_of("1", "Infinity"), ("row 2 (id 'a1') of 't.json'", "inf", "'p'", "finite")),
        (json_of("1", "1e999"), ("row 2 (id 'a1')", "1e999", "'p'")),
        (json_of("1", "-1e-999"), ("row 2 (id 'a1')", "-1e-999", "'p'")),
        (json_of("1.5", str(BIG)), ("row 2 (id 'a1')", str(BIG), "'p'", "exactly")),
        (json_of("1", str(2**64 + 1)), ("row 2 (id 'a1')", str(2**64 + 1), "64-bit integer")),
        (json_of("1", "9" * 5000), ("row 2 (id 'a1')", "9999", "'p'")),
        (json_of("1", "[[1], 1e999]"), ("row 2 (id 'a1')", "1e999", "'p'")),
        (json_of("1", '"\\ud800"'), ("row 2 (id 'a1')", r"'\ud800'", "'p'", "Unicode")),
        (json_of("1", '1, "\\ud800": 1'), (r"the column '\ud800'", "Unicode")),
        (json_of("1", '1, "p": 2'), ("row 2 (id 'a1')", "column 'p' twice")),
        (json_of("1", '{"x": 1, "x": 2}'), ("row 2 (id 'a1')", "'x'", "twice", "'p'")),
        (json_of("1", "[" * 100_000 + "]" * 100_000), ("entry 2", "nested too deeply")),
        (json_of("1", "[" * 985 + "1" + "]" * 985), ("nested too deeply",)),
    ],
)
def test_what_a_column_would_change_is_refused_by_name(table, words, tmp_path, build_here):
    name, text = table
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    line = refused(build_here(tmp_path / name, tmp_path / "out"), *words)
    assert len(line) < 500
    assert not (tmp_path / "out").exists()


def test_a_property_table_is_refused_alike(tmp_path):
    (tmp_path / "halite.cif").write_text(HALITE, "utf-8")
    (tmp_path / "p.csv").write_text("id,gap\nhalite,8.5\ngold,inf\n", "utf-8")
    more = ("--property-table", tmp_path / "p.csv")
    refused(build(tmp_path / "halite.cif", tmp_path / "out", *more), "'gold'", "'inf'", "'gap'")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"p": pa.array([1.5, float("inf")])}, ("row 2 (id 'b')", "inf", "'p'")),
        ({"p": pa.array([2**64 - 1, 1], pa.uint64())}, ("row 1 (id 'a')", str(2**64 - 1))),
        ({"p": pa.array([b"x", None])}, ("row 1 (id 'a')", "bytes", "'p'")),
        ({"p": pa.array([b"x", b"\xff"]).view(pa.string())}, ("row 2", "'p'", "cannot be read")),
    ],
)
def test_parquet_is_refused_alike(columns, words, tmp_path, build_here):
    table = pa.table({"id": ["a", "b"], "cif": [HALITE, HALITE], **columns})
    pq.write_table(table, tmp_path / "t.parquet")
    refused(build_here(tmp_path / "t.parquet", tmp_path / "out"), *words)


def test_parquet_with_two_columns_of_a_name(tmp_path, build_here):
    arrays = [pa.array(["a"]), pa.array([HALITE]), pa.array([1]), pa.array([2])]
    table = pa.Table.from_arrays(arrays, ["id", "cif", "p", "p"])
    pq.write_table(table, tmp_path / "t.parquet")
    refused(build_here(tmp_path / "t.parquet", tmp_path / "out"), "two columns 'p'")


def test_numbers_are_kept_exactly(tmp_path):
    rows = [
        {"id": "a", "whole": BIG, "mixed": 2**60, "word": 2**70, "deep": [[BIG, "x"]]},
        {"id": "b", "whole": -(2**63), "mixed": 0.1, "word": "about 3", "deep": None},
    ]
    (tmp_path / "t.json").write_text(json.dumps([row | {"cif": HALITE} for row in rows]), "utf-8")
    assert build(tmp_path / "t.json", tmp_path / "out").returncode == 0
    table = load_corpus(tmp_path / "out").table(["whole", "mixed", "word", "deep"])
    assert table.to_pydict() == {
        "whole": [BIG, -(2**63)],
        "mixed": [float(2**60), 0.1],
        "word": [str(2**70), "about 3"],
        "deep": [f'[[{BIG},"x"]]', None],
    }
    kinds = {field.name: field.type for field in table.schema}
    assert (kinds["whole"], kinds["mixed"]) == (pa.int64(), pa.float64())


# ------------------------------------------------------------------------ nothing, and two at once


@pytest.mark.parametrize("what", ["folder", "zip", "nothing", "two"])
def test_nothing_to_read_is_no_corpus(what, tmp_path, build_here):
    given = tmp_path / "in"
    if what == "folder":
        given.mkdir()
        (given / "notes.txt").write_text("none", "utf-8")
    elif what == "zip":
        with zipfile.ZipFile(given, "w") as archive:
            archive.writestr("notes.txt", "none")
            archive.writestr("more.txt", "none")
    elif what == "two":
        (given / "one").mkdir(parents=True)
        (given / "two").mkdir()
        given = given / "*"
    code = "unreadable-file" if what == "nothing" else "no-structure-files"
    refused(build_here(given, tmp_path / "out"), f"[{code}]")
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_no_corpus(tmp_path):
    refused(command("check", tmp_path), "[no-corpus]", str(tmp_path))


def test_output_among_the_input(tmp_path):
    place = folder(tmp_path)
    refused(build(place, place / "out"), "choose an --out elsewhere")
    assert not (place / "out").exists()


def test_names_that_are_no_text(tmp_path, build_here):
    refused(build_here(folder(tmp_path), tmp_path / "\udcff"), "[wrong-setting]", r"\udcff")
    refused(build_here(tmp_path / "in", tmp_path / "out", "--ids", "\udcff"), r"the id '\udcff'")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("more", [(), ("--resume",), ("--resume", "--limit", "5")])
def test_a_second_builder_is_told_of_the_first(tmp_path, more):
    out = tmp_path / "out"
    first = subprocess.Popen(
        [*COMMAND, "build-corpus", "--limit", "2000", "--out", out],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while first.poll() is None and not (out / layout.WORK / "build.json").exists():
            time.sleep(0.05)
        assert first.poll() is None
        second = command("build-corpus", "--out", out, *more)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    refused(second, f"process {first.pid} on ", str(out / layout.WORK / "lock"), "wait for its end")
