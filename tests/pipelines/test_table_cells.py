"""Cells that hold structures: what is read, and what is said of what is none."""

import json
import re

import pytest

from crystext.errors import BadTableError, InputError
from crystext.pipelines.sources.registry import get
from crystext.pipelines.sources.table_cells import structure_in
from tests.pipelines.test_ids_that_collide import ATOMS, POSCAR


@pytest.mark.parametrize("cell", [ATOMS, json.dumps(ATOMS), str(ATOMS), f" {ATOMS}\n", POSCAR])
def test_forms_of_one_structure(cell):
    crystal = structure_in(cell, "structure", "x")
    assert (crystal.id, crystal.structure.reduced_formula) == ("x", "Cu")
    assert crystal.structure.volume == pytest.approx(64)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", "column structure is empty; give a structure, or leave the row out"),
        (" \n", "column structure is empty"),
        ("structures/a.cif", "has 'structures/a.cif', which is no structure; no file is opened"),
        ("C:\\data\\POSCAR_a", "which is no structure; no file is opened for it: give the folder"),
        ("{'lattice_mat': nan}", "column structure has a Python dict that cannot be read"),
        ("{'a': {1, 2}}", "column structure has a Python dict that cannot be read"),
        ("{'a': __import__('os')}", "column structure has a Python dict that cannot be read"),
        ("[" * 9999, "nested|ends too early"),
        ("{'a':" + "[" * 9999, "column structure has a Python dict that cannot be read"),
    ],
)
def test_what_is_no_structure(cell, words):
    with pytest.raises(InputError, match=words if "|" in words else re.escape(words)):
        structure_in(cell, "structure", "x").structure  # noqa: B018


def test_a_column_of_structures_of_another_name_is_told(tmp_path):
    path = tmp_path / "t.json"
    path.write_text(json.dumps([{"material_id": "a", "crystal": ATOMS, "gap": 1}]))
    given = {"from_file": path}
    with pytest.raises(BadTableError, match=r"it has 'crystal': name one so, or .*--structure-col"):
        get("files").configured(**given)
    (crystal,) = get("files").crystals(**given, structure_column="crystal")
    assert (crystal.id, crystal.properties) == ("a", {"gap": 1})
