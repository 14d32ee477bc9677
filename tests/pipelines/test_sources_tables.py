"""Tables as spreadsheets and pandas write them: separators, encodings, nearly numbers."""

import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pytest

from crystext.errors import BadTableError
from crystext.pipelines.sources import tables
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


@pytest.mark.parametrize(
    ("name", "separator", "what"),
    [("t.csv", ";", "semicolons"), ("t.csv", "\t", "tabs"), ("t.tsv", ",", "commas")],
)
def test_another_separator_is_named(tmp_path, name, separator, what):
    table = write(tmp_path / name, [["id", "gap"], ["a", "5"]], separator)
    with pytest.raises(BadTableError, match=f"parted by {what}; save it"):
        next(tables.rows(table))


def test_text_that_its_mark_does_not_fit_is_one_line(tmp_path):
    (tmp_path / "t.csv").write_bytes("id,gap\na,5\n".encode("utf-16") + b"\x00")
    with pytest.raises(BadTableError, match="cannot be read as CSV"):
        list(tables.rows(tmp_path / "t.csv"))


def test_numbers_with_units_and_decimal_commas_are_told(tmp_path, caplog):
    """Such columns are kept as text, of which nothing can be learnt."""
    rows = [
        ["", "id", "comma", "unit", "polytype", "empty"],
        [0, "a", "1,5", "-1.5 eV", "2H", ""],
        [1, "b", "2", "3", "zinc blende", ""],
    ]
    keys = tables.columns(write(tmp_path / "t.csv", rows), ["id"])
    assert [(key.column, key.kind) for key in keys] == [
        (name, pa.string()) for name in ("comma", "unit", "polytype", "empty")
    ]
    assert caplog.messages == [
        "the column without a name of 't.csv' is left out",
        "column 'comma' is text, for row 1 (id 'a') of 't.csv' has '1,5'",
        "column 'unit' is text, for row 1 (id 'a') of 't.csv' has '-1.5 eV'",
    ]
