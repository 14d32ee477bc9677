"""Raw values of databases become typed ones, or notes."""

import pyarrow as pa
import pytest

from crystext.corpus.columns import Property
from crystext.crystal import Crystal
from crystext.pipelines.sources.columns_of import (
    BOOL,
    INTEGER,
    STRING,
    Key,
    is_missing,
    typed,
    typed_row,
)
from crystext.pipelines.sources.registry import get


@pytest.mark.parametrize("raw", [None, "", "na", " NA ", "NaN", "-", [], {}, ["na", [None]]])
def test_missing_values(raw):
    assert is_missing(raw)
    assert typed(raw, pa.float64()) is None


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("1e3", pa.float64(), 1000.0),
        (7, pa.float64(), 7.0),
        (7.0, INTEGER, 7),
        ("True", BOOL, True),
        (False, BOOL, False),
        (" a ", STRING, "a"),
        ({"a": [1]}, STRING, '{"a":[1]}'),
        (1.5, STRING, "1.5"),
    ],
)
def test_typed_values(raw, kind, value):
    assert typed(raw, kind) == value


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("x", pa.float64()), (True, pa.float64()), ("inf", pa.float64()), (1.5, INTEGER), (1, BOOL)],
)
def test_values_of_the_wrong_type_become_notes(raw, kind):
    row, (note,) = typed_row({"a": raw}, [Key("a", "", "", kind)])
    assert row == {"a": None}
    assert "read as missing" in note


def test_a_key_is_a_property():
    assert Key("a-b", "eV", "what", column="a_b").property() == Property("a_b", "eV", "what")
    assert isinstance(next(iter(get("mini").crystals())), Crystal)
