"""Tables as pandas and Excel save them: tabs, semicolons, UTF-16, indices, decimal commas."""

import gzip

import pyarrow as pa
import pytest

from crystext.crystal import Failure
from crystext.errors import BadTableError
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.registry import get
from tests.pipelines.test_ids_that_collide import POSCAR

ROWS = [["id", "poscar", "gap [eV]"], ["a", POSCAR, "1.5"], ["b", POSCAR, "2"]]


def text_of(rows, separator):
    return "".join(
        separator.join(f'"{one}"' if "\n" in one else one for one in row) + "\r\n" for row in rows
    )


def write(path, rows=ROWS, separator=",", encoding="utf-8"):
    data = text_of(rows, separator).encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def configured(path, **options):
    source = get("files").configured(from_file=path, **options)
    found = list(source.crystals(from_file=path, **options))
    assert not any(isinstance(one, Failure) for one in found)
    return source, {one.id: one.properties for one in found}


GAPS = {"a": {"gap": 1.5}, "b": {"gap": 2.0}}


@pytest.mark.parametrize("name", ["t.tsv", "t.tab", "t.TSV", "t.tsv.gz"])
def test_tabs(tmp_path, name):
    source, found = configured(write(tmp_path / name, separator="\t"))
    assert found == GAPS
    assert source.remarks == ()


@pytest.mark.parametrize("name", ["p.tsv", "p.csv", "p.tab.gz"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_property_tables_with_any_separator(tmp_path, name, separator):
    structures = write(tmp_path / "t.csv", [row[:2] for row in ROWS])
    table = write(tmp_path / name, [[row[0], row[2]] for row in ROWS], separator)
    source, found = configured(structures, properties_file=table)
    assert found == GAPS
    expected = "," if name == "p.csv" else "\t"
    words = {",": "commas", ";": "semicolons", "\t": "tabs"}
    told = f"{name!r} is read with {words[separator]} between values, as its header has no "
    assert source.remarks == (() if separator == expected else (told + words[expected],))


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(tmp_path, name, encoding):
    path = tmp_path / name
    if name == "t.jsonl":
        path.write_bytes('{"id": "ä", "gap": 1.5}\n{"id": "b", "gap": 2}\n'.encode(encoding))
        assert [row["id"] for row in tables.rows(path)] == ["ä", "b"]
        return
    assert configured(write(path, encoding=encoding))[1] == GAPS


def test_what_begins_as_utf_16_must_be_so(tmp_path):
    (tmp_path / "t.csv").write_bytes("id,gap\na,1\n".encode("utf-16")[:-1])
    with pytest.raises(BadTableError, match=r"'t.csv' begins as utf-16.* and is none; save it as"):
        list(tables.rows(tmp_path / "t.csv"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "id;gap\na;1\nb;1;2\n",
            "line 3 of 't.csv' has 3 values under 2 names, read with semicolo",
        ),
        ("id;gap\na;1\nb;1;2\n", "; correct it, or save it with commas between values"),
        ("id;a\tb\nx;1\t2\n", "'t.csv' has semicolons and tabs; save it with commas between"),
        ("id;gap, in eV\na;1\n", "1 values under 2 names; correct it, or save it with commas"),
        ("id gap\na,1\n", "2 values under 1 names; correct it, or save it with commas between"),
        ("id,gap\na,1,2\n", "3 values under 2 names; correct it$"),
    ],
)
def test_other_separators_are_named(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadTableError, match=words):
        list(tables.rows(tmp_path / "t.csv"))


def test_damaged_and_packed_otherwise(tmp_path):
    path = write(tmp_path / "t.csv.gz")
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(BadTableError, match=r"'t.csv.gz' is damaged.*; copy it again"):
        list(tables.rows(path))
    (tmp_path / "t.csv.xz").write_bytes(b"")
    with pytest.raises(BadTableError, match=r"'t.csv.xz' is packed; unpack it"):
        get("files").configured(from_file=tmp_path / "t.csv.xz")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_table_that_is_not_called_so_is_not_read_as_one_cif(tmp_path, separator, encoding):
    write(tmp_path / "t.txt", separator=separator, encoding=encoding)
    with pytest.raises(BadTableError, match=r"'t.txt' is a table.*; end the name in .csv or .tsv"):
        get("files").configured(from_file=tmp_path / "t.txt")
    (tmp_path / "s.txt").write_text(POSCAR)
    (crystal,) = get("files").crystals(from_file=tmp_path / "s.txt")
    assert crystal.id == "s"


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["1.5", "1,5"], "row 2 (id 'x2') of 't.csv' has '1,5'"),
        (["1,5", "2,5"], "row 1 (id 'x1') of 't.csv' has '1,5'"),
        (["1.5 eV", "2.5 eV"], "row 1 (id 'x1') of 't.csv' has '1.5 eV'"),
        (["", "1.5(2)"], "row 2 (id 'x2') of 't.csv' has '1.5(2)'"),
        (["unknown", "<0.1"], "row 2 (id 'x2') of 't.csv' has '<0.1'"),
        (["1.5 ± 0.1"], "row 1 (id 'x1') of 't.csv' has '1.5 ± 0.1'"),
        (["1", "unknown"], "row 2 (id 'x2') of 't.csv' has 'unknown'"),
        (["1", "true"], "row 2 (id 'x2') of 't.csv' has 'true'"),
        (["blue", "red"], None),
        (["2020-01-01", "Fm-3m"], None),
        (["1", "2.5"], None),
        (["true", "false"], None),
        ([""], None),
    ],
)
def test_why_a_column_is_text(tmp_path, values, first):
    rows = [[f"x{number}", f'"{value}"'] for number, value in enumerate(values, start=1)]
    path = write(tmp_path / "t.csv", [["id", "gap"], *rows])
    remarks = []
    (key,) = tables.columns(path, ["id"], remarks)
    assert (first is not None) == bool(remarks)
    if first:
        assert remarks[0].startswith(f"the column 'gap' is text and no number, as {first}; ")
        assert key.kind == pa.string()


@pytest.mark.parametrize("header", ["", " ", "Unnamed: 0", "__index_level_0__"])
def test_numbers_of_rows_are_no_property(tmp_path, header):
    rows = [[header or "", *ROWS[0]], ["0", *ROWS[1]], ["1", *ROWS[2]]]
    source, found = configured(write(tmp_path / "t.csv", rows))
    assert found == GAPS
    (line,) = source.remarks
    named = f"called {header!r}" if header.strip() else "without a name"
    assert line == f"a column {named} of 't.csv' is left out as numbers of rows; name it to keep it"


def test_remarks_are_no_fact_of_a_source():
    assert "remarks" not in get("files").to_dict()
