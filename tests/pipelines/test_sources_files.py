import csv
import gzip
import hashlib
import io
import json
import random
import shutil
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pymatgen.core import Structure
from pymatgen.io.cif import CifWriter
from pymatgen.io.vasp import Poscar

from crystext.crystal import Failure
from crystext.errors import (
    BadTableError,
    SourceError,
    TruncatedFileError,
    UnknownIdError,
    UnreadableFileError,
    UsageError,
)
from crystext.pipelines.sources import table_columns
from crystext.pipelines.sources.registry import get

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "mine")
    (tmp_path / "mine" / "more").mkdir()
    shutil.copy(EXAMPLES / "halite.cif", tmp_path / "mine" / "more")
    (tmp_path / "mine" / "more" / "broken.cif").write_text("data_x\n")
    (tmp_path / "mine" / "notes.txt").write_text("none of ours")
    return tmp_path / "mine"


def ids_of(found):
    return [one.id for one in found]


def read(path, **options):
    return list(get("files").crystals(from_file=path, **options))


# ------------------------------------------------------------------------- folders, globs, zips


def test_a_folder_a_glob_a_file_and_a_zip_read_alike(folder, tmp_path):
    found = read(folder)
    names = ["POSCAR.molybdenite", "barium_titanate", "halite", "rutile", "more/broken"]
    assert sorted(ids_of(found)) == sorted([*names, "more/halite"])
    (broken,) = [one for one in found if isinstance(one, Failure)]
    assert broken.id == "more/broken"
    assert ids_of(read(folder / "halite.cif")) == ["halite"]
    assert ids_of(read(str(folder / "*.cif"))) == ["halite", "rutile"]
    assert ids_of(read(f"{folder}/**/halite.cif")) == ["halite", "halite#2"]
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    again = {one.id: one for one in read(packed)}
    assert set(again) == set(ids_of(found))
    for one in found:
        other = again[one.id]
        if isinstance(one, Failure):
            assert other.error.code == one.error.code
        else:
            assert other.structure == one.structure
    assert get("files").count(from_file=folder) == len(found)


def test_a_zip_writes_nothing_outside_and_survives_bad_members(tmp_path):
    halite = (EXAMPLES / "halite.cif").read_text("utf-8")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.cif", halite)
        archive.writestr("/etc/absolute.cif", halite)
        archive.writestr("a.cif", halite)
        archive.writestr("a.vasp", (EXAMPLES / "POSCAR.molybdenite").read_text("utf-8"))
        archive.writestr("bomb.cif", b"0" * 51_000_000)
        archive.writestr(".hidden.cif", halite)
        archive.writestr("readme.txt", "hello")
    found = read(tmp_path / "a.zip")
    told = {one.id: one.error.code if isinstance(one, Failure) else "fine" for one in found}
    assert told == {
        "outside": "fine",
        "etc/absolute": "fine",
        "a": "fine",
        "a#2": "fine",
        "bomb.cif": "file-too-large",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_damaged_member_is_a_failure(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.cif", (EXAMPLES / "halite.cif").read_bytes())
        archive.writestr("b.cif", (EXAMPLES / "halite.cif").read_bytes())
    data = bytearray(path.read_bytes())
    data[200] ^= 255
    path.write_bytes(bytes(data))
    first, second = read(path)
    assert first.error.code == "truncated-file"
    assert second.id == "b"


def test_a_zip_with_impossible_names(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.cif", (EXAMPLES / "halite.cif").read_bytes())
        archive.writestr(f"{'x' * 300}.cif", (EXAMPLES / "halite.cif").read_bytes())
        archive.writestr("é.cif", (EXAMPLES / "halite.cif").read_bytes())
    _, *others = read(path)
    assert [one.id for one in others if not isinstance(one, Failure)] == ["é"]
    (long,) = [one for one in others if isinstance(one, Failure)]
    assert long.error.code == "unreadable-file"
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xff"))
    with pytest.raises(TruncatedFileError, match="pack it again"):
        read(path)


def test_an_empty_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
        archive.writestr("other.txt", "hello")
    (only,) = read(tmp_path / "a.zip")
    assert (only.id, only.error.code) == ("a.zip", "no-structure-files")


def test_nothing_there(tmp_path):
    with pytest.raises(UsageError, match="--from-file"):
        get("files").crystals()
    with pytest.raises(UnreadableFileError, match="nothing is called like"):
        read(tmp_path / "*.cif")
    (only,) = read(tmp_path / "no.cif")
    assert only.error.code == "unreadable-file"
    with pytest.raises(UsageError, match="structure_column"):
        read(tmp_path, colour="red")


def test_hashes_of_files_and_folders(folder):
    source = get("files")
    halite = folder / "halite.cif"
    assert source.file_hash(halite) == hashlib.sha256(halite.read_bytes()).hexdigest()
    before = source.file_hash(folder)
    assert before == source.file_hash(str(folder))
    assert len({before, source.file_hash(folder / "*.cif"), source.file_hash(halite)}) == 3
    halite.write_text("changed")
    assert source.file_hash(folder) != before
    assert source.file_hash(None) is None


# --------------------------------------------------------------------------------------- tables


def table_rows(rock_salt):
    """Rows with structures in every form, and properties of every type."""
    other = Structure(rock_salt.lattice, ["Li"] * 4 + ["F"] * 4, rock_salt.frac_coords)
    return [
        {"id": "salt", "structure": rock_salt, "gap [eV]": 8.5, "tag": "a", "metal": False},
        {"id": "fluoride", "structure": other, "gap [eV]": None, "tag": "", "metal": True},
    ]


FORMS = {
    "structure": lambda one: json.dumps(one.as_dict()),
    "cif": lambda one: str(CifWriter(one)),
    "poscar": lambda one: Poscar(one).get_str(),
}


def as_text(rows, form):
    return [{**row, form: FORMS[form](row["structure"])} for row in rows]


def write_csv(path, rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_table(path, rows):
    name = path.name
    if name.endswith((".csv", ".csv.gz")):
        return write_csv(path, rows)
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif name.endswith(".jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    elif name.endswith(".zip"):
        inner = write_table(path.with_suffix(""), rows)
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(inner, "deep/" + inner.name)
        inner.unlink()
    else:
        path.write_text(json.dumps(rows), "utf-8")
    return path


def plain(rows, form):
    rows = as_text(rows, form)
    return [{k: v for k, v in row.items() if k == form or k != "structure"} for row in rows]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "a.json", "a.jsonl", "a.parquet", "a.csv.zip", "a.parquet.zip"]
)
def test_tables_of_every_form(tmp_path, rock_salt, name, form):
    path = write_table(tmp_path / name, plain(table_rows(rock_salt), form))
    source = get("files").configured(from_file=path)
    properties = {one.name: (one.unit, one.kind) for one in source.properties}
    assert properties == {
        "gap": ("eV", pa.float64()),
        "tag": ("", pa.string()),
        "metal": ("", pa.bool_()),
    }
    salt, fluoride = source.crystals(from_file=path)
    assert (salt.id, fluoride.id, salt.source) == ("salt", "fluoride", "files")
    assert salt.properties == {"gap": 8.5, "tag": "a", "metal": False}
    assert fluoride.properties == {"gap": None, "tag": None, "metal": True}
    assert salt.structure.composition == rock_salt.composition
    assert salt.structure.volume == pytest.approx(rock_salt.volume, rel=1e-4)


def test_structures_as_dicts(tmp_path, rock_salt):
    rows = [row | {"structure": row["structure"].as_dict()} for row in table_rows(rock_salt)]
    path = write_table(tmp_path / "a.jsonl", rows)
    assert ids_of(read(path)) == ["salt", "fluoride"]
    jarvis = {
        "lattice_mat": rock_salt.lattice.matrix.tolist(),
        "coords": rock_salt.frac_coords.tolist(),
        "elements": [site.specie.symbol for site in rock_salt],
        "cartesian": False,
    }
    path = write_table(tmp_path / "b.parquet", [{"jid": "J-1", "atoms": jarvis, "n": 3}])
    (crystal,) = read(path)
    assert (crystal.id, crystal.properties) == ("J-1", {"n": 3})
    assert crystal.structure.matches(rock_salt)


def test_other_json_is_left_to_the_reader_of_structures(tmp_path, rock_salt):
    by_id = tmp_path / "a.json"
    by_id.write_text(json.dumps({"one": rock_salt.as_dict(), "two": rock_salt.as_dict()}), "utf-8")
    assert ids_of(read(by_id)) == ["one", "two"]
    (tmp_path / "b.json").write_text(json.dumps([rock_salt.as_dict()]), "utf-8")
    assert ids_of(read(tmp_path / "b.json")) == ["b"]
    (tmp_path / "c.json").write_text("[1, 2", "utf-8")
    (only,) = read(tmp_path / "c.json")
    assert isinstance(only, Failure)


def test_bad_rows_are_failures_in_their_place(tmp_path, rock_salt):
    good = FORMS["cif"](rock_salt)
    rows = [
        {"id": "a", "cif": good},
        {"id": "a", "cif": good},
        {"id": "b", "cif": "nonsense"},
        {"id": "c", "cif": ""},
        {"id": "", "cif": good},
        {"id": "d", "cif": good + good},
        {"id": "e", "cif": str(tmp_path)},
    ]
    found = read(write_csv(tmp_path / "t.csv", rows))
    assert ids_of(found) == ["a", "a#2", "b", "c", "t#5", "d", "e"]
    codes = [one.error.code if isinstance(one, Failure) else None for one in found]
    assert codes[:2] == [None, "duplicate-id"]
    assert codes[4:6] == [None, "several-structures"]
    assert all(codes[place] for place in (2, 3, 6))


def test_ids_and_limit(tmp_path, rock_salt):
    path = write_table(tmp_path / "a.csv", plain(table_rows(rock_salt), "cif"))
    assert ids_of(read(path, ids=["fluoride", "salt"])) == ["fluoride", "salt"]
    assert ids_of(read(path, limit=1)) == ["salt"]
    with pytest.raises(UnknownIdError, match="gold"):
        read(path, ids=["gold"])


def test_columns_may_be_named(tmp_path, rock_salt):
    rows = [{"Name": "x", "Struct": FORMS["cif"](rock_salt), "formula": "NaCl", "a b [m s]": 1}]
    path = write_csv(tmp_path / "a.csv", rows)
    with pytest.raises(BadTableError, match="structure_column"):
        read(path)
    (crystal,) = read(path, id_column="Name", structure_column="Struct")
    assert crystal.id == "x"
    assert crystal.properties == {"given_formula": "NaCl", "a_b": 1}
    with pytest.raises(BadTableError, match="no column 'Nom'"):
        read(path, id_column="Nom", structure_column="Struct")


def test_kinds_are_those_of_all_rows(tmp_path):
    rows = [
        {"id": "a", "whole": 1, "mixed": 1, "word": 1, "flag": True, "list": [1], "none": None},
        {"id": "b", "whole": 2, "mixed": 2.5, "word": "x", "flag": None, "list": [], "none": "na"},
    ]
    path = write_table(tmp_path / "a.jsonl", rows)
    kinds = {key.column: str(key.kind) for key in table_columns.columns(path, ["id"])}
    assert kinds == {
        "whole": "int64",
        "mixed": "double",
        "word": "string",
        "flag": "bool",
        "list": "string",
        "none": "string",
    }


# ---------------------------------------------------------------------------- the property table


def test_properties_are_joined_by_id(folder, tmp_path):
    rows = [
        {"id": "halite", "bulk modulus [GPa]": 25.0, "source": "book"},
        {"id": "rutile", "bulk modulus [GPa]": "", "source": "paper"},
        {"id": "gold", "bulk modulus [GPa]": 180, "source": "paper"},
    ]
    table = write_csv(tmp_path / "p.csv", rows)
    source = get("files").configured(from_file=folder, properties_file=table)
    assert [(one.name, one.unit) for one in source.properties] == [
        ("bulk_modulus", "GPa"),
        ("given_source", ""),
    ]
    found = {one.id: one for one in source.crystals(from_file=folder, properties_file=table)}
    assert found["halite"].properties == {"bulk_modulus": 25.0, "given_source": "book"}
    assert found["rutile"].properties == {"bulk_modulus": None, "given_source": "paper"}
    other = found["barium_titanate"]
    assert other.properties == {"bulk_modulus": None, "given_source": None}
    assert other.notes[-1] == "no row in the property table"


@pytest.mark.parametrize("name", ["p.parquet", "p.json", "p.jsonl"])
def test_property_tables_of_every_form(folder, tmp_path, name):
    table = write_table(tmp_path / name, [{"id": "halite", "gap [eV]": 8.5}])
    found = {one.id: one for one in read(folder, properties_file=table)}
    assert found["halite"].properties == {"gap": 8.5}


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([{"id": "gold", "gap": 1}], "no id of 'p.csv' is an id"),
        ([{"id": "halite", "gap": 1}, {"id": "halite", "gap": 2}], "an id of its own"),
        ([{"id": "", "gap": 1}], "an id of its own"),
        ([{"name": "halite", "gap": 1}], "no id column"),
        ([{"id": "halite", "gap [eV]": 1, "gap [J]": 1}], "'gap' twice"),
    ],
)
def test_property_tables_that_do_not_fit(folder, tmp_path, rows, match):
    table = write_csv(tmp_path / "p.csv", rows)
    with pytest.raises(BadTableError, match=match):
        read(folder, properties_file=table)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"id,cif\na\n"),
        ("a.csv", b"id,id\n1,2\n"),
        ("a.csv", b""),
        ("a.csv", b'id,cif\n"a,b\n'),
        ("a.csv", b"id,cif,\xff\na,b,c\n"),
        ("a.csv", b"id,cif,name\na,b,\xff\n"),
        ("a.parquet", b"PAR1 and no more"),
        ("a.parquet", b""),
    ],
)
def test_broken_tables_are_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.(csv|parquet)"):
        read(tmp_path / name)


def test_no_cell_is_ever_executed_or_opened(tmp_path, rock_salt):
    secret = tmp_path / "secret.cif"
    secret.write_text(FORMS["cif"](rock_salt), "utf-8")
    rows = [
        {"id": "a", "structure": str(secret)},
        {"id": "b", "structure": f"__import__('os').unlink({str(secret)!r})"},
        {"id": "c", "structure": json.dumps({"@module": "os", "@class": "system"})},
    ]
    draw = random.Random(0)
    draw.shuffle(rows)
    found = read(write_csv(tmp_path / "a.csv", rows))
    assert all(isinstance(one, Failure) for one in found)
    assert secret.exists()
