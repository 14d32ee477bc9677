"""Tables as spreadsheets and pandas write them: separators, encodings, nearly numbers."""

import bz2
import csv
import gzip
import io
import lzma
import pickle
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from crystext.errors import BadTableError
from crystext.pipelines.sources import table_columns, tables
from crystext.pipelines.sources.property_columns import is_missing, typed_row
from crystext.pipelines.sources.registry import get

EXAMPLES = Path(__file__).parents[2] / "examples"
CIFS = {
    name: (EXAMPLES / f"{name}.cif").read_text(encoding="utf-8") for name in ("halite", "rutile")
}
FORMS = [
    *(("t.tsv", "\t", "utf-8"), ("t.TAB", "\t", "utf-8"), ("t.tsv.gz", "\t", "utf-16")),
    *(("t.csv", ",", one) for one in ("utf-8", "utf-8-sig", "utf-16", "utf-32")),
    *(("t.csv.gz", ",", one) for one in ("utf-8-sig", "utf-16", "utf-32")),
]


def write(path, rows, separator=",", encoding="utf-8"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    data = text.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize(("name", "separator", "encoding"), FORMS)
def test_separators_and_byte_order_marks(tmp_path, name, separator, encoding):
    rows = [
        ["id", "cif", "gap", "näme"],
        ["a", CIFS["halite"], 5, "é"],
        ["b", CIFS["rutile"], 3, ""],
    ]
    table = write(tmp_path / name, rows, separator, encoding)
    first, second = get("files").crystals(from_file=table)
    assert (first.id, first.properties) == ("a", {"gap": 5, "näme": "é"})
    assert (second.id, second.properties) == ("b", {"gap": 3, "näme": None})
    mass = [["id", "mass"], ["a", 1], ["b", 2]]
    joined = write(tmp_path / f"joined-{name}", mass, separator, encoding)
    (one,) = get("files").crystals(from_file=table, properties_file=joined, ids=["b"])
    assert one.properties == {"gap": 3, "näme": None, "mass": 2}


SAID = {",": "commas", ";": "semicolons", "\t": "tabs"}


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz", "t.txt", "t.dat"])
@pytest.mark.parametrize("separator", SAID)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_another_separator_is_read_and_told(tmp_path, caplog, name, separator, encoding):
    table = write(tmp_path / name, [["id", "gap"], ["a", "5"]], separator, encoding)
    (key,) = table_columns.columns(table, ["id"])
    assert (key.column, key.kind, list(tables.rows(table))) == (
        "gap",
        pa.float64(),
        [{"id": "a", "gap": "5"}],
    )
    wanted = "," if "csv" in name else "\t"
    told = f"{name!r} is read with {SAID[separator]} between values: its header has no "
    assert caplog.messages == ([] if separator == wanted else [told + SAID[wanted]])


def test_the_line_that_tells_excel_the_separator(tmp_path, caplog):
    for separator, told in ((",", []), (";", ["its first line says so"])):
        (tmp_path / "t.csv").write_text(f"sep={separator}\r\nid{separator}gap\r\na{separator}5\r\n")
        table_columns.columns(tmp_path / "t.csv", ["id"])
        assert [one.partition(": ")[2] for one in caplog.messages] == told
        assert list(tables.rows(tmp_path / "t.csv")) == [{"id": "a", "gap": "5"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id;gap\na;1\nb;1;2\n", "3 values under 2 names, read with semicolons: its header has no"),
        ("id;a\tb\nx;1\t2\n", "has tabs and semicolons; save it with commas between values"),
        ("id;gap, in eV\na;1\n", "1 values under 2 names; correct it, or save it with commas"),
        ("id gap\na,1\n", "2 values under 1 names; correct it, or save it with commas"),
        ("# mine\nid,gap\na,1\n", "line 2 .* remove the lines of comments above the header"),
        ("id,gap\n1,a,2\n2,b,3\n", "name the first column too, if lines begin with names"),
        ("id,gap\na,1\nb,1,2\n", "line 3 of 't.csv' has 3 values under 2 names; correct it"),
        ("id,gap,\na,1,\nb,1,2\n", "line 3 of 't.csv' has 3 values under 2 names; correct it"),
        ("id,gap\na,\0\n", "line 2 of 't.csv' has a NUL"),
        ("id,gap\0\na,1\n", "the header of 't.csv' has a NUL"),
    ],
)
def test_lines_that_do_not_fit(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadTableError, match=words):
        list(tables.rows(tmp_path / "t.csv"))


def test_what_a_spreadsheet_leaves_empty_is_no_value(tmp_path):
    (tmp_path / "t.csv").write_text('id, gap,,\na, "5, or 6",,\n,,,\nb,1\nc,2,,,,\n\n,,,\n,\n')
    assert list(tables.rows(tmp_path / "t.csv")) == [
        {"id": "a", "gap": "5, or 6"},
        {"id": "", "gap": ""},
        {"id": "b", "gap": "1"},
        {"id": "c", "gap": "2"},
    ]


def xlsx():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return data.getvalue()


FOREIGN = [
    ("t.xlsx", xlsx(), "an Excel workbook"),
    ("t.csv", xlsx(), "an Excel workbook"),
    ("t.xls", bytes.fromhex("d0cf11e0") + b"x" * 90, "an Excel workbook"),
    ("t.feather", b"ARROW1\0\0", "a Feather file"),
    ("t.pkl", pickle.dumps({"a": 1}), "a pickle"),
    ("t.h5", b"\x89HDF\r\n", "an HDF5 file"),
    ("t.csv.bz2", bz2.compress(b"id,gap"), "packed by bzip2, .*; unpack it, or pack it by gzip"),
    ("t.csv.xz", lzma.compress(b"id,gap"), "packed by xz, .*; unpack it, or pack it by gzip"),
]


@pytest.mark.parametrize(("name", "data", "words"), FOREIGN)
def test_files_that_are_no_tables_are_named(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadTableError, match=f"'{name}' is {words}"):
        list(tables.rows(tmp_path / name))


@pytest.mark.parametrize("separator", SAID)
def test_structures_in_a_table_whose_name_does_not_say_so(tmp_path, separator):
    """Read as one CIF, it would lose its columns."""
    table = write(tmp_path / "t.txt", [["ID", "cif"], ["a", CIFS["halite"]]], separator)
    with pytest.raises(BadTableError, match=r"'t.txt' is a table.*; end the name in .csv or .tsv"):
        get("files").configured(from_file=table)
    (tmp_path / "s.txt").write_text(CIFS["halite"], encoding="utf-8")
    (crystal,) = get("files").crystals(from_file=tmp_path / "s.txt")
    assert crystal.id == "s"


DECIMAL = [
    (["1,5", "-0,25", "3", "1,5e3", ""], [1.5, -0.25, 3.0, 1500.0, None]),
    (["1,234", "0,5"], [1.234, 0.5]),
    (["0,125"], [0.125]),
    (["1234,567"], [1234.567]),
    (["1,234", "2,345"], None),  # these may be thousands
    (["1,5", "2.5"], None),
    (["1,5", "1,234,567"], None),
    (["1,5", "unknown"], None),
]


@pytest.mark.parametrize(("values", "wanted"), DECIMAL)
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_decimal_commas(tmp_path, caplog, values, wanted, separator):
    rows = [["id", "gap"], *([f"x{number}", value] for number, value in enumerate(values, 1))]
    (key,) = table_columns.columns(write(tmp_path / "t.csv", rows, separator), ["id"])
    if wanted is None or separator == ",":
        assert key.kind == pa.string()
        assert caplog.messages[-1].startswith("column 'gap' is text, for row ")
        return
    found = [typed_row({"gap": value}, [key]) for value in values]
    assert found == [({"gap": value}, []) for value in wanted]
    assert caplog.messages[-1].startswith("column 'gap' has decimal commas: row ")


WHY_TEXT = [
    (["1.5", "#DIV/0!"], "row 2 (id 'x2') of 't.csv' has '#DIV/0!'"),
    (["#VALUE!"], "row 1 (id 'x1') of 't.csv' has '#VALUE!'"),
    (["GPa", "1.5"], "row 1 (id 'x1') of 't.csv' has 'GPa'"),
    (["1,234.5"], "row 1 (id 'x1') of 't.csv' has '1,234.5'"),
    (["1.234,5"], "row 1 (id 'x1') of 't.csv' has '1.234,5'"),
    (["1\u202f234,5"], "row 1 (id 'x1') of 't.csv' has '1\\u202f234,5'"),
    (["1.5*10^-3"], "row 1 (id 'x1') of 't.csv' has '1.5*10^-3'"),
    (["1.5D-03"], "row 1 (id 'x1') of 't.csv' has '1.5D-03'"),
    (["1", "true"], "row 2 (id 'x2') of 't.csv' has 'true'"),
    (["true", "yes"], "row 2 (id 'x2') of 't.csv' has 'yes'"),
    (["blue", "red", "2H"], None),
    (["", "#N/A"], None),
    (["Fm-3m", "P1"], None),
    (["2020-01-01", "2021-12-31 10:00"], None),
]


@pytest.mark.parametrize(("values", "why"), WHY_TEXT)
def test_why_a_column_is_text(tmp_path, caplog, values, why):
    rows = [["id", "gap"], *([f"x{number}", value] for number, value in enumerate(values, 1))]
    (key,) = table_columns.columns(write(tmp_path / "t.csv", rows), ["id"])
    assert key.kind == pa.string()
    assert caplog.messages == ([] if why is None else [f"column 'gap' is text, for {why}"])


def test_a_long_cell_takes_no_time(tmp_path):
    """The pattern of numbers with units took a minute for this one."""
    table = write(tmp_path / "t.csv", [["id", "log"], ["a", "1" + "a" * 200_000 + "!"]])
    start = time.process_time()
    (key,) = table_columns.columns(table, ["id"])
    assert key.kind == pa.string()
    assert time.process_time() - start < 5


def test_sodium_is_no_missing_value():
    assert [is_missing(one) for one in ("Na", "NA", "na", "#N/A", "<NA>", ["Na"], ["NA"])] == [
        *(False, True, True, True, True),
        *(False, True),
    ]


@pytest.mark.parametrize("header", ["", " ", "Unnamed: 0", "__index_level_0__"])
def test_numbers_of_rows_are_no_property(tmp_path, caplog, header):
    rows = [[header, "id", "gap"], ["0", "a", "5"], ["1", "b", "3"]]
    keys = table_columns.columns(write(tmp_path / "t.csv", rows), ["id"])
    assert [key.column for key in keys] == ["gap"]
    named = f"column {header!r}" if header.strip() else "column without a name"
    assert caplog.messages == [f"the {named} of 't.csv' is left out; name it to keep it"]


def test_text_that_its_mark_does_not_fit_is_one_line(tmp_path):
    (tmp_path / "t.csv").write_bytes("id,gap\na,5\n".encode("utf-16") + b"\x00")
    with pytest.raises(BadTableError, match=r"begins as utf-16.*, and is none; save it as UTF-8"):
        list(tables.rows(tmp_path / "t.csv"))


def test_numbers_with_units_and_decimal_commas_are_told(tmp_path, caplog):
    """Such columns are kept as text, of which nothing can be learnt."""
    rows = [
        ["", "id", "comma", "unit", "polytype", "empty"],
        [0, "a", "1,5", "-1.5 eV", "2H", ""],
        [1, "b", "2", "3", "zinc blende", ""],
    ]
    keys = table_columns.columns(write(tmp_path / "t.csv", rows), ["id"])
    assert [(key.column, key.kind) for key in keys] == [
        (name, pa.string()) for name in ("comma", "unit", "polytype", "empty")
    ]
    assert caplog.messages == [
        "the column without a name of 't.csv' is left out; name it to keep it",
        "column 'comma' is text, for row 1 (id 'a') of 't.csv' has '1,5'",
        "column 'unit' is text, for row 1 (id 'a') of 't.csv' has '-1.5 eV'",
    ]


def test_a_unit_in_round_brackets_is_told(tmp_path, caplog):
    """The column was called ``bulk_(GPa)``, without a word."""
    rows = [["id", "bulk (GPa)", "gap [eV]", "kind (free)"], ["halite", 24.5, 5, "salt"]]
    table = write(tmp_path / "t.csv", rows)
    keys = table_columns.columns(table, without=["id"])
    assert [(one.column, one.unit) for one in keys] == [
        *(("bulk_(GPa)", ""), ("gap", "eV"), ("kind_(free)", "")),
    ]
    assert caplog.messages == [
        (
            "column 'bulk (GPa)' is called 'bulk_(GPa)' and has no unit; where it is one, write "
            "'bulk [GPa]'"
        )
    ]
