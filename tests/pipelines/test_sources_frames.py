"""Tables that pandas and matbench write as one JSON object, read as pandas reads them."""

import gzip
import json
import tracemalloc
import zipfile

import pandas as pd
import pytest

from crystext.errors import BadJsonError, BadTableError, InputError
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.json_frames import frame_rows
from crystext.pipelines.sources.registry import get
from crystext.reading import read_file
from tests.pipelines.test_ids_that_collide import ATOMS

FRAME = pd.DataFrame({"id": ["a", "é", "c"], "gap [eV]": [1.5, None, 3.0], "n": [1, 2, 3]})
ROWS = [
    {"id": "a", "gap [eV]": 1.5, "n": 1},
    {"id": "é", "gap [eV]": None, "n": 2},
    {"id": "c", "gap [eV]": 3.0, "n": 3},
]
STRUCTURES = {
    "index": ["mb-1", "mb-2"],
    "columns": ["structure", "gap pbe"],
    "data": [[ATOMS, 0.5], [ATOMS, 1]],
}


@pytest.mark.parametrize("orient", ["split", "table", "columns", "records"])
@pytest.mark.parametrize("packing", ["", ".gz", ".zip"])
@pytest.mark.parametrize("ids", [True, False])
def test_what_pandas_writes(tmp_path, orient, packing, ids):
    frame = FRAME.set_index("id") if ids else FRAME
    path = tmp_path / f"t.json{packing}"
    if ids and orient in {"columns", "records"}:
        return  # the ids are of no column
    frame.to_json(path, orient=orient)
    assert list(tables.rows(path)) == ROWS


@pytest.mark.parametrize("chunk", [1, 3, 1 << 20])
@pytest.mark.parametrize(
    "order", ["columns index data", "index columns data", "data index columns"]
)
def test_keys_in_any_order(tmp_path, chunk, order):
    split = FRAME.to_dict("split")
    split["data"] = [[None if pd.isna(one) else one for one in row] for row in split["data"]]
    tight = {"index_names": [None], "column_names": [None]}
    for more in ({}, tight):
        (tmp_path / "t.json").write_text(
            json.dumps({key: split[key] for key in order.split()} | more)
        )
        assert list(frame_rows(tmp_path / "t.json", chunk=chunk)) == ROWS


@pytest.mark.parametrize(
    ("labels", "columns", "wanted"),
    [
        ([0, 1], ["id", "gap"], {}),
        ([0, 1], ["gap", "x"], {}),
        (["x", "y"], ["gap", "n"], {"id": "x"}),
        (["x", "y"], ["jid", "n"], {"": "x"}),
        ([7, 9], ["gap", "n"], {"": 7}),
    ],
)
def test_labels_of_rows(tmp_path, labels, columns, wanted):
    split = {"columns": columns, "index": labels, "data": [[1, 2], [3, 4]]}
    (tmp_path / "t.json").write_text(json.dumps(split))
    row = next(tables.rows(tmp_path / "t.json"))
    assert row == wanted | dict(zip(columns, [1, 2], strict=True))


def ids_of(path):
    return [one.id for one in get("files").crystals(from_file=path)]


@pytest.mark.parametrize("packed", [False, True])
def test_structures_as_matbench_has_them(tmp_path, packed):
    path = tmp_path / ("matbench.json.gz" if packed else "matbench.json")
    data = json.dumps(STRUCTURES).encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    first, second = get("files").crystals(from_file=path)
    assert (first.id, first.properties, second.id) == ("mb-1", {"gap_pbe": 0.5}, "mb-2")
    assert first.structure.reduced_formula == "Cu"
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("m.json", data)
    assert [one.id for one in get("files").crystals(from_file=tmp_path / "m.zip")] == [
        "mb-1",
        "mb-2",
    ]
    counted = STRUCTURES | {"index": [0, 1]}
    (tmp_path / "t.json").write_text(json.dumps(counted))
    assert [one.id for one in get("files").crystals(from_file=tmp_path / "t.json")] == [
        "t#1",
        "t#2",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"index": ["mb-1"]}, "an index of 1 labels, and not as many rows"),
        ({"index": ["mb-1", "b", "c"]}, "an index of 3 labels, and not as many rows"),
        ({"columns": ["a", "a"]}, "has two columns 'a'"),
        ({"columns": [["a", "b"], ["a", "c"]]}, "names of columns that are no text"),
        ({"columns": ["a"]}, "has 2 values in row 1 under 1 names"),
        ({"data": [5, 6]}, "has 5 in row 1 under 2 names"),
        ({"data": {"a": 1}}, "has data that are no list"),
    ],
)
def test_tables_that_contradict_themselves(tmp_path, changes, words):
    (tmp_path / "t.json").write_text(json.dumps(STRUCTURES | changes))
    with pytest.raises(BadTableError, match=words):
        list(tables.rows(tmp_path / "t.json"))


@pytest.mark.parametrize("end", [30, -40, -1])
def test_a_table_that_is_cut_off(tmp_path, end):
    (tmp_path / "t.json").write_text(json.dumps(STRUCTURES)[:end])
    with pytest.raises(InputError, match="it is cut off"):
        list(tables.rows(tmp_path / "t.json"))


@pytest.mark.parametrize("held", ['{"columns": [], "index": [], "columns": [], "data": []}', "{}1"])
def test_what_is_said_twice_or_behind_the_end(tmp_path, held):
    text = held if held[1] == '"' else json.dumps(STRUCTURES) + "1"
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(BadTableError, match=r"twice|goes on behind its end"):
        list(tables.rows(tmp_path / "t.json"))


@pytest.mark.parametrize("orient", ["index", "columns"])
def test_rows_and_columns_that_cannot_be_told_apart(tmp_path, orient):
    FRAME.set_index("id").to_json(tmp_path / "t.json", orient=orient)
    with pytest.raises(BadTableError, match=r"cannot be told; write it with .*orient='records'"):
        list(tables.rows(tmp_path / "t.json"))


@pytest.mark.parametrize(
    "held",
    [
        {"x": {"structure": ATOMS}, "y": {"structure": ATOMS}},
        {"x": {"structure": ATOMS, "gap": 1}, "y": ATOMS},
        {"x": {"structure": ATOMS, "id": "z"}},
        {"x": ATOMS, "y": ATOMS},
        {"data": [{"id": "x", "type": "structures", "attributes": {}}], "meta": {}},
        {"id": "x", "structure": ATOMS},
        {"structure": ATOMS},
        {"index": 5, "id": "x"},
        ATOMS,
    ],
)
def test_other_objects_are_as_before(tmp_path, held):
    (tmp_path / "t.json").write_text(json.dumps(held))
    assert frame_rows(tmp_path / "t.json") is None
    assert list(tables.rows(tmp_path / "t.json")) == [held]


def test_memory_stays_flat(tmp_path):
    row = ["x" * 1000, 1.5]
    split = {"columns": ["text", "gap"], "index": list(range(20_000)), "data": [row] * 20_000}
    (tmp_path / "t.json").write_text(json.dumps(split))
    tracemalloc.start()
    try:
        assert sum(1 for _ in tables.rows(tmp_path / "t.json")) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 12e6
    finally:
        tracemalloc.stop()


def test_structures_by_id_keep_their_columns(tmp_path):
    by_id = {"x": {"structure": ATOMS, "gap": 1.5}, "y": {"structure": ATOMS, "gap": None, "n": 2}}
    (tmp_path / "t.json").write_text(json.dumps(by_id))
    first, second = get("files").crystals(from_file=tmp_path / "t.json")
    assert (first.id, first.properties) == ("x", {"gap": 1.5, "n": None})
    assert (second.id, second.properties) == ("y", {"gap": None, "n": 2})


def test_commands_read_the_structures_of_such_a_table(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps(STRUCTURES))
    assert [one.id for one in read_file(tmp_path / "t.json")] == ["mb-1", "mb-2"]
    (tmp_path / "n.json").write_text(json.dumps(STRUCTURES | {"index": [0, 1]}))
    assert [one.id for one in read_file(tmp_path / "n.json")] == ["n#1", "n#2"]
    named = {"columns": ["structure", "jid"], "data": [[ATOMS, "a"], [ATOMS, "b"]]}
    (tmp_path / "j.json").write_text(json.dumps(STRUCTURES | named))
    assert [one.id for one in read_file(tmp_path / "j.json")] == ["a", "b"]
    for changes in ({"index": ["a"]}, {"data": [[ATOMS]] * 2}, {"columns": ["crystal", "gap"]}):
        (tmp_path / "b.json").write_text(json.dumps(STRUCTURES | changes))
        with pytest.raises(BadJsonError):
            read_file(tmp_path / "b.json")
