"""Conditions on columns: what they select, and what is refused."""

from contextlib import suppress

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import crystext
from crystext.errors import UsageError
from crystext.pipelines.search.where import columns_in, condition

CORPUS = crystext.load_corpus("mini")
ROWS = CORPUS.table(
    ["id", "band_gap", "dimensionality", "elements", "mineral", "crystal_system", "bulk_modulus"]
).to_pylist()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("band_gap > 1", lambda row: row["band_gap"] > 1),
        ("1 < band_gap <= 2", lambda row: 1 < row["band_gap"] <= 2),
        ("2 > band_gap", lambda row: row["band_gap"] < 2),
        (
            "band_gap > 1 and dimensionality == 2",
            lambda row: row["band_gap"] > 1 and row["dimensionality"] == 2,
        ),
        (
            "not (dimensionality == 3 or dimensionality == 0)",
            lambda row: row["dimensionality"] not in {0, 3},
        ),
        ("dimensionality < 2.5", lambda row: row["dimensionality"] < 2.5),
        ("'Ti' in elements", lambda row: "Ti" in row["elements"]),
        ("'Ti' not in elements", lambda row: "Ti" not in row["elements"]),
        ("'T' in elements", lambda _: False),
        ("'perovskite' in mineral", lambda row: "perovskite" in (row["mineral"] or "").lower()),
        (
            "not 'Perovskite' in mineral",
            lambda row: "perovskite" not in (row["mineral"] or "").lower(),
        ),
        ("mineral == None", lambda row: row["mineral"] is None),
        ("mineral is not None", lambda row: row["mineral"] is not None),
        (
            "crystal_system in ('cubic', 'hexagonal')",
            lambda row: row["crystal_system"] in {"cubic", "hexagonal"},
        ),
        ("dimensionality in (1.5, 2)", lambda row: row["dimensionality"] == 2),
        ("dimensionality not in (0, 3)", lambda row: row["dimensionality"] not in {0, 3}),
        ("crystal_system == 'cubic'", lambda row: row["crystal_system"] == "cubic"),
        (
            "bulk_modulus > 300",
            lambda row: row["bulk_modulus"] is not None and row["bulk_modulus"] > 300,
        ),
    ],
)
def test_a_condition_selects_what_it_says(text, holds):
    held, _ = CORPUS.holds(condition(text, CORPUS.schema))
    assert held.to_pylist() == [bool(holds(row)) for row in ROWS]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("bandgap > 1", "did you mean 'band_gap'"),
        ("band_gap > 'x'", "cannot be compared with 'x'"),
        ("band_gap == True", "cannot be compared with True"),
        ("dimensionality == 'two'", "cannot be compared"),
        ("elements == 'Ti'", "ask for one of them: 'Ti' in elements"),
        ("elements in ('Ti', 'O')", "ask for one of them: 'Ti' in elements"),
        ("band_gap", "no true-or-false column"),
        ("band_gap > n_sites", "is not understood"),
        ("mineral < None", "is not understood"),
        ("1 > 2", "is not understood"),
        ("(band_gap", "is no condition"),
        ("", "is no condition"),
        ("__import__('os').system('true')", "is not understood"),
        ("band_gap.__class__ == 1", "is not understood"),
        ("band_gap > (lambda: 1)()", "is not understood"),
        ("[x for x in (1,)]", "is not understood"),
        ("band_gap > 1; band_gap < 2", "is no condition"),
        ("band_gap > 1e400 ** 9", "is not understood"),
        ("band_gap > " + "1" * 3000, "at most 2,000"),
        ("'a\x00' in mineral and \x00", "is no condition"),
    ],
)
def test_what_is_no_condition_is_refused(text, named):
    with pytest.raises(UsageError) as raised:
        condition(text, CORPUS.schema)
    assert named in raised.value.message
    assert "\n" not in raised.value.message
    assert "\x00" not in raised.value.message


def test_deep_nesting_is_read_or_refused_and_never_crashes():
    for text in ("not " * 400 + "band_gap > 1", "(" * 300 + "band_gap" + ")" * 300 + " > 1"):
        with suppress(UsageError):
            condition(text, CORPUS.schema)


def test_the_columns_of_a_condition():
    assert columns_in("band_gap > 1 and 'Ti' in elements or band_gap < 0") == [
        "band_gap",
        "elements",
    ]


STRANGE = pa.schema([("E/atom", pa.float64()), ("stable?", pa.bool_()), ("a`b", pa.string())])
STRANGE_ROWS = pa.table(
    {"E/atom": [-1.0, 2.0], "stable?": [True, False], "a`b": ["`", "x"]}, STRANGE
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("`E/atom` < 0", [True, False]),
        ("`E/atom`<0 or`stable?`", [True, False]),
        ("not `stable?` and 1 < ` E/atom ` < 3", [False, True]),
    ],
)
def test_names_that_are_no_words_stand_in_backticks(text, wanted):
    found = ds.dataset(STRANGE_ROWS).to_table(columns={"is": condition(text, STRANGE)})
    assert found["is"].to_pylist() == wanted
    assert set(columns_in(text)) <= set(STRANGE.names)


def test_backticks_in_texts_are_texts():
    found = condition("mineral == 'a`b`'", CORPUS.schema)
    assert "a`b`" in str(found)


@pytest.mark.parametrize("text", ["E/atom < 0", "stable? == True", "1 < E/atom"])
def test_it_is_told_how_to_write_them(text):
    with pytest.raises(UsageError, match=r"; write `(E/atom|stable\?)` in backticks$"):
        condition(text, STRANGE)
