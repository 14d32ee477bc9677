import pytest

import crystext
from crystext.errors import UsageError
from crystext.model.text import section_text


@pytest.fixture(scope="module")
def table():
    return crystext.load_corpus("mini").table().slice(0, 20)


@pytest.mark.parametrize("section", ["all", "global", "local", "fields"])
def test_tables_rows_and_descriptions_agree(table, section):
    column = {"all": "text"}.get(section, f"{section}_text")
    texts = section_text(table, section)
    assert texts == table[column].to_pylist()
    rows = [section_text(row, section) for row in table.to_pylist()]
    assert rows == [[text] for text in texts]


def test_a_description_gives_its_sections(rock_salt):
    description = crystext.describe(rock_salt)
    assert section_text(description, "local") == [description.local_text]
    assert section_text(description, "fields") == [description.fields_text]


def test_fields_are_made_where_the_column_is_missing(table):
    expected = table["fields_text"].to_pylist()
    narrow = table.drop_columns(["fields_text"])
    assert section_text(narrow, "fields") == expected
    assert section_text(narrow.to_pylist()[0], "fields") == expected[:1]


def test_what_is_missing_is_named(table):
    with pytest.raises(UsageError, match="section 'title' is not known; choose one of all, global"):
        section_text(table, "title")
    with pytest.raises(UsageError, match="'local' needs the column 'local_text', which is missing"):
        section_text(table.select(["id"]), "local")
    with pytest.raises(UsageError, match="'fields' needs the column 'mineral'"):
        section_text({"formula": "NaCl"}, "fields")
