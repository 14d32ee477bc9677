import json

import numpy as np
import pyarrow as pa
import pytest
from pymatgen.core import Lattice, Structure

from crystext import Crystal, Describer
from crystext.corpus.columns import FAILURES, Property, corpus_schema
from crystext.corpus.rows import (
    cif,
    failure_row,
    property_values,
    rounded,
    row_of,
    table_of,
)
from crystext.crystal import Failure
from crystext.errors import BadPropertyError, EmptyFileError
from crystext.reading import to_crystal

COLUMNS = (
    Property("gap", "eV", "band gap"),
    Property("count", "", "how many", pa.int64()),
    Property("stable", "", "whether stable", pa.bool_()),
    Property("note", "", "words", pa.string()),
)


@pytest.fixture(scope="module")
def described(rock_salt):
    crystal = Crystal("salt", rock_salt, "here", {"gap": 5.0}, ("mended",))
    return crystal, Describer(canonical=True).describe(crystal)


def test_a_row_has_all_columns_and_says_what_the_description_says(described):
    crystal, description = described
    values = property_values(crystal, COLUMNS)
    row = row_of(crystal, description, symprec=0.1, properties=values)
    assert list(row) == corpus_schema(COLUMNS).names
    assert (row["id"], row["source"], row["formula"], row["n_sites"]) == ("salt", "here", "NaCl", 8)
    assert row["elements"] == ["Cl", "Na"]
    assert (row["space_group_number"], row["crystal_system"]) == (225, "cubic")
    assert (row["n_components"], row["n_different_components"], row["dimensionality"]) == (1, 1, 3)
    assert (row["symprec"], row["gap"], row["count"]) == (0.1, 5.0, None)
    assert row["text"] == f"{row['global_text']} {row['local_text']}"
    assert row["notes"] == ["mended"]
    assert json.loads(row["condensed"]) == rounded(description.to_dict()["condensed"])
    table = table_of([row], corpus_schema(COLUMNS))
    assert table.to_pylist() == [row]


def test_the_cif_gives_the_structure_back(described, rock_salt):
    text = cif(rock_salt)
    assert to_crystal(text).structure.matches(rock_salt)
    assert text == cif(rock_salt)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"gap": 1}, {"gap": 1.0}),
        ({"gap": float("nan")}, {"gap": None}),
        ({"gap": np.float32(0.5)}, {"gap": 0.5}),
        ({"count": np.int64(7)}, {"count": 7}),
        ({"stable": np.True_}, {"stable": True}),
        ({"note": "x", "split": "train"}, {"note": "x"}),
        ({"gap": None}, {}),
    ],
)
def test_property_values_have_the_type_of_their_column(rock_salt, given, stored):
    values = property_values(Crystal("a", rock_salt, properties=given), COLUMNS)
    assert values == {"gap": None, "count": None, "stable": None, "note": None} | stored


@pytest.mark.parametrize("given", [{"gap": "wide"}, {"count": 1.5}, {"note": 5}, {"stable": "no"}])
def test_another_type_is_named(rock_salt, given):
    (name,) = given
    with pytest.raises(BadPropertyError, match=f"{name} is .*correct it") as caught:
        property_values(Crystal("a", rock_salt, properties=given), COLUMNS)
    assert caught.value.crystal_id == "a"


def test_a_null_where_none_is_allowed_is_refused(described):
    crystal, description = described
    row = row_of(crystal, description, symprec=0.01) | {"text": None}
    with pytest.raises(ValueError, match="no text"):
        table_of([row], corpus_schema())


def test_failures_have_step_code_and_message():
    failure = Failure("x", EmptyFileError("nothing in it; copy it again"))
    (row,) = table_of([failure_row(failure, "here", "read")], FAILURES).to_pylist()
    assert row == {
        "id": "x",
        "source": "here",
        "stage": "read",
        "code": "empty-file",
        "message": "nothing in it; copy it again",
    }
    with pytest.raises(AssertionError):
        failure_row(failure, "here", "cook")


def test_disorder_and_ions_have_elements(rock_salt):
    structure = Structure(Lattice.cubic(3), [{"Fe2+": 0.5, "Zn2+": 0.5}], [[0, 0, 0]])
    assert "Fe" in cif(structure)


def test_numbers_are_rounded_however_deep():
    deep = {"a": [1.23456789, {"b": 2.0000001}], "c": 3, "d": None, "e": "x", "f": True}
    kept = {"a": [1.234568, {"b": 2.0}], "c": 3, "d": None, "e": "x", "f": True}
    assert rounded(deep) == kept
