"""Raw values of databases become typed ones, or notes."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from crystext.corpus.columns import Property
from crystext.crystal import Crystal
from crystext.pipelines.sources.property_columns import (
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
        (2**53 + 1, INTEGER, 2**53 + 1),
        (str(-(2**63)), INTEGER, -(2**63)),
        (2**60, pa.float64(), 2.0**60),
        (Decimal("0.1"), pa.float64(), 0.1),
        (Decimal("0.10"), STRING, "0.10"),
        (date(2024, 2, 29), STRING, "2024-02-29"),
        ("1_000", STRING, "1_000"),
    ],
)
def test_typed_values(raw, kind, value):
    assert typed(raw, kind) == value


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("x", pa.float64()),
        (True, pa.float64()),
        ("inf", pa.float64()),
        ("1e999", pa.float64()),
        ("1e-999", pa.float64()),
        ("1_000", pa.float64()),
        (2**53 + 1, pa.float64()),
        (f"1{400 * '0'}", pa.float64()),
        (2**2000, pa.float64()),
        (2**63, INTEGER),
        (1.5, INTEGER),
        (1, BOOL),
    ],
)
def test_values_of_the_wrong_type_become_notes(raw, kind):
    row, (note,) = typed_row({"a": raw}, [Key("a", "", "", kind)])
    assert row == {"a": None}
    assert "read as missing" in note


def test_a_key_is_a_property():
    assert Key("a-b", "eV", "what", column="a_b").property() == Property("a_b", "eV", "what")
    assert isinstance(next(iter(get("mini").crystals())), Crystal)
