"""Every source says what it holds; crystals of mini, JARVIS and the Materials Project of 2018."""

import json
import re
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest

from crystext.choices import SOURCES
from crystext.corpus.columns import corpus_schema
from crystext.crystal import Failure
from crystext.embedded import mini_table
from crystext.errors import UnknownIdError, UnknownSourceError, UsageError
from crystext.pipelines import leaderboard
from crystext.pipelines.sources import jarvis, mp
from crystext.pipelines.sources.registry import get
from crystext.pipelines.sources.source import Source
from crystext.pipelines.splits import SPLITS
from tests.pipelines.databases import ATOMS, differences, zipped

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "jdft_3d_sample.json.zip"

KEYS_OF_THE_FILE = """
    jid spg_number spg_symbol formula formation_energy_peratom func optb88vdw_bandgap atoms slme
    magmom_oszicar spillage elastic_tensor effective_masses_300K kpoint_length_unit maxdiff_mesh
    maxdiff_bz encut optb88vdw_total_energy epsx epsy epsz mepsx mepsy mepsz modes magmom_outcar
    max_efg avg_elec_mass avg_hole_mass icsd dfpt_piezo_max_eij dfpt_piezo_max_dij
    dfpt_piezo_max_dielectric dfpt_piezo_max_dielectric_electronic dfpt_piezo_max_dielectric_ionic
    max_ir_mode min_ir_mode n-Seebeck p-Seebeck n-powerfact p-powerfact ncond pcond nkappa pkappa
    ehull Tc_supercon dimensionality efg xml_data_link typ exfoliation_energy spg crys density
    poisson raw_files nat bulk_modulus_kv shear_modulus_gv mbj_bandgap hse_gap reference search"""


@pytest.fixture
def sample():
    if not SAMPLE.is_file():
        pytest.skip("shared/data/jdft_3d_sample.json.zip is not beside the project")
    return SAMPLE


# --------------------------------------------------------------------------------- the registry


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_what_a_card_needs(name):
    source = get(name)
    assert source.name == name
    assert source.title
    if name != "files":
        assert source.licence == ("" if name == "optimade" else "CC-BY-4.0")
        assert source.licence_note
        assert source.homepage.startswith("https://")
        assert source.citations
    for entry in source.citations:
        kind = re.fullmatch(r"@article\{(\w+),\n(.*)\n\}", entry, re.DOTALL)
        assert kind, entry
        fields = re.findall(r"^  (\w+) = \{", kind[2], re.MULTILINE)
        assert {"author", "title", "journal", "volume", "pages", "year", "doi"} <= set(fields)
        assert entry.count("{") == entry.count("}")
    assert json.loads(json.dumps(source.to_dict()))["name"] == name


@pytest.mark.parametrize("name", SOURCES)
def test_every_property_fits_into_a_corpus(name):
    properties = get(name).properties
    schema = corpus_schema(properties, ["minilm"])
    for one in properties:
        field = schema.field(one.name)
        assert field.metadata[b"description"]
        assert field.metadata.get(b"unit", b"").decode() == one.unit
        assert re.fullmatch(r"\w+", one.name)


def test_the_references_are_the_right_ones():
    def pages(name):
        return {
            tuple(re.search(rf"^  {key} = \{{(.*?)\}}", entry, re.MULTILINE)[1] for key in keys)
            for entry in get(name).citations
        }

    keys = ("journal", "volume", "pages", "year")
    jarvis_paper = ("npj Computational Materials", "6", "173", "2020")
    project = ("APL Materials", "1", "011002", "2013")
    megnet = ("Chemistry of Materials", "31", "3564--3572", "2019")
    tables = {
        ("Scientific Data", "2", "150009", "2015"),
        ("Scientific Data", "4", "160134", "2017"),
        ("Scientific Data", "2", "150053", "2015"),
        ("International Journal of Quantum Chemistry", "115", "1094--1101", "2015"),
    }
    assert jarvis_paper in pages("jarvis")
    assert {project, megnet} <= pages("mp")
    assert {project, *tables} <= pages("mini")
    assert project in pages("mp-api")


def test_unknown_sources():
    with pytest.raises(UnknownSourceError, match="mini, jarvis"):
        get("icsd")
    assert SOURCES[0] == "mini"
    assert set(SOURCES) == set(SOURCES)


def test_a_source_that_yields_no_crystals_cannot_be_made():
    class Forgotten(Source):
        pass

    with pytest.raises(TypeError, match="crystals"):
        Forgotten(name="forgotten", title="Forgotten")


def test_the_registry_imports_nothing_heavy():
    code = (
        "import sys; from crystext.pipelines.sources.registry import SOURCES, get\n"
        "[get(name) for name in SOURCES]\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pymatgen", "mp_api", "jarvis", "requests", "pandas", "tqdm", "scipy"}
    assert not heavy & set(run.stdout.split())


@pytest.mark.skipif(find_spec("jarvis") is None, reason="jarvis-tools is not installed")
@pytest.mark.parametrize(("name", "key"), [("jarvis", "dft_3d_2021"), ("mp", "megnet")])
def test_files_are_those_that_jarvis_tools_names(name, key):
    from jarvis.db.figshare import get_db_info

    url, file_name, *_ = get_db_info()[key]
    assert (get(name).url, get(name).file_name) == (url, f"{file_name}.zip")


# ------------------------------------------------------------------------------------------ mini


def test_mini_is_the_embedded_table():
    source = get("mini")
    table = mini_table()
    assert source.count() == source.expected == table.num_rows == 6277
    assert source.count(limit=10) == 10
    first, second = islice(source.crystals(), 2)
    assert [first.id, second.id] == table["id"].to_pylist()[:2]
    assert set(first.properties) == {one.name for one in source.properties}
    assert len(list(source.crystals(limit=3))) == 3
    assert len(source.file_hash()) == 64
    assert source.fetch() is None
    assert source.configured() is source


def test_mini_ids():
    source = get("mini")
    assert [one.id for one in source.crystals(ids=["mp-8", "mp-2", "mp-8"])] == ["mp-8", "mp-2"]
    assert source.count(ids=["mp-8", "mp-2"]) == 2
    with pytest.raises(UnknownIdError, match="mp-0"):
        source.crystals(ids=["mp-2", "mp-0"])
    with pytest.raises(UsageError):
        source.crystals(from_file="x")


def test_mini_splits():
    splits = get("mini").splits()
    energies = {"train": 5481, "validation": 434, "test": 362}
    moduli = {"train": 1024, "validation": 82, "test": 68}
    assert splits["formation_energy_per_atom"].counts() == splits["band_gap"].counts() == energies
    assert splits["bulk_modulus"].counts() == splits["shear_modulus"].counts() == moduli
    assert "not a published benchmark" in splits["bulk_modulus"].origin
    where = splits["band_gap"].split_of()
    assert all(where[one] == name for one, name in splits["bulk_modulus"].split_of().items())


# ---------------------------------------------------------------------------------------- jarvis


def test_the_jarvis_sample_reads_with_nulls(sample):
    source = get("jarvis")
    found = list(source.crystals(from_file=sample))
    with zipfile.ZipFile(sample) as archive:
        entries = json.loads(archive.read(archive.namelist()[0]))
    assert len(found) == source.count(from_file=sample) == len(entries) == 124
    columns = [one.name for one in source.properties]
    for crystal, entry in zip(found, entries, strict=True):
        assert (crystal.id, crystal.source, crystal.notes) == (entry["jid"], "jarvis", ())
        assert list(crystal.properties) == columns
        for name, value in crystal.properties.items():
            assert value == (None if entry.get(name, "na") == "na" else entry[name]), name
    assert any(one.properties["mbj_bandgap"] is None for one in found)
    table = pa.Table.from_pylist(
        [one.properties for one in found], schema=pa.schema([p.field() for p in source.properties])
    )
    assert table["slme"].null_count == 124


@pytest.mark.skipif(find_spec("jarvis") is None, reason="jarvis-tools is not installed")
def test_structures_are_those_that_jarvis_tools_reads(sample):
    from jarvis.core.atoms import Atoms

    entries = json.loads(zipfile.ZipFile(sample).read("jdft_3d_sample.json"))
    found = get("jarvis").crystals(from_file=sample)
    for crystal, entry in zip(found, entries, strict=True):
        theirs = Atoms.from_dict(entry["atoms"]).pymatgen_converter()
        assert crystal.structure.species == theirs.species
        assert crystal.structure.lattice == theirs.lattice
        steps = crystal.structure.frac_coords - theirs.frac_coords
        assert abs(steps - steps.round()).max() < 1e-9


def test_the_sample_has_the_leaderboards_targets(sample):
    if find_spec(leaderboard.PACKAGE) is None:
        pytest.skip("jarvis-leaderboard is not installed")
    found = list(get("jarvis").crystals(from_file=sample))
    for name in jarvis.BENCHMARKS:
        values = {one.id: one.properties[name] for one in found}
        assert differences(values, leaderboard.targets(f"dft_3d_{name}")) == []


def test_the_samples_crystals_stand_in_the_official_splits(sample):
    splits = get("jarvis").splits()
    assert set(splits) == set(jarvis.BENCHMARKS)
    found = list(get("jarvis").crystals(from_file=sample))
    for name in jarvis.BENCHMARKS:
        where = splits[name].split_of()
        with_target = {one.id for one in found if one.properties[name] is not None}
        assert with_target == {one.id for one in found if one.id in where}


def test_every_known_key_is_a_column_or_left_out():
    known = re.findall(r"\S+", KEYS_OF_THE_FILE)
    columns = {key.key for key in jarvis.KEYS}
    assert columns | set(jarvis.LEFT_OUT) | {"jid", "atoms"} == set(known)
    assert not columns & set(jarvis.LEFT_OUT)


FULL = {
    "jid": "JVASP-1",
    "atoms": ATOMS,
    "n-Seebeck": "-12.5",
    "slme": float("nan"),
    "spg_number": "221",
    "dimensionality": "3D-bulk",
    "elastic_tensor": [[1, 2.5]],
    "efg": [],
    "effective_masses_300K": {"p": "na", "n": "na"},
    "ehull": "much",
    "epsx": True,
    "search": "-Po",
    "new_key": 1,
}


def test_values_of_every_form(tmp_path):
    (crystal,) = get("jarvis").crystals(from_file=zipped(tmp_path / "a.json.zip", [FULL]))
    row = crystal.properties
    assert (row["n_Seebeck"], row["slme"], row["jarvis_spg_number"]) == (-12.5, None, 221)
    assert (row["jarvis_dimensionality"], row["elastic_tensor"]) == ("3D-bulk", "[[1,2.5]]")
    assert row["efg"] is row["effective_masses_300K"] is row["ehull"] is row["epsx"] is None
    assert crystal.notes == (
        "ehull is 'much', no double; read as missing",
        "epsx is True, no double; read as missing",
        "not read: new_key",
    )


def test_bad_entries_are_failures_in_their_place(tmp_path):
    entries = [
        {"jid": "A", "atoms": ATOMS},
        {"jid": "A", "atoms": ATOMS},
        {"jid": "B"},
        "no entry",
        {"atoms": ATOMS},
        {"jid": "C", "atoms": ATOMS | {"elements": ["Xx"]}},
        {"jid": "A", "atoms": ATOMS},
    ]
    found = list(get("jarvis").crystals(from_file=zipped(tmp_path / "a.json.zip", entries)))
    told = [one.error.code if isinstance(one, Failure) else "fine" for one in found]
    ids = ["A", "A#2", "B", "entry-4", "entry-5", "C", "A#3"]
    assert [one.id for one in found] == ids
    twice = "duplicate-id"
    assert told == ["fine", twice, "bad-json", "bad-json", "fine", "unknown-species", twice]
    assert all(one.error.crystal_id == one.id for one in found if isinstance(one, Failure))


def test_only_some_ids(tmp_path):
    entries = [{"jid": name, "atoms": ATOMS} for name in "ABCD"]
    path = zipped(tmp_path / "a.json.zip", entries)
    source = get("jarvis")
    assert [one.id for one in source.crystals(from_file=path, ids=["C", "A", "C"])] == ["C", "A"]
    assert [one.id for one in source.crystals(from_file=path, ids=["C", "A"], limit=1)] == ["C"]
    assert [one.id for one in source.crystals(from_file=path, limit=2)] == ["A", "B"]
    with pytest.raises(UnknownIdError, match="'E' and 1 more"):
        next(source.crystals(from_file=path, ids=["A", "E", "F"]))
    with pytest.raises(UsageError, match="colour"):
        source.crystals(from_file=path, colour="red")


# ---------------------------------------------------------------------------------------- MP 2018


def test_the_materials_project_of_2018(tmp_path):
    entry = {
        "id": "mp-149",
        "atoms": ATOMS,
        "formula": "Po",
        "desc": [0.0] * 1557,
        "e_form": 0.25,
        "gap pbe": "0.6",
        "bulk modulus": float("nan"),
        "shear modulus": "na",
        "mu_b": 0.0,
        "e_hull": 0.0,
        "elastic anisotropy": 0.1,
    }
    (crystal,) = get("mp").crystals(from_file=zipped(tmp_path / "a.json.zip", [entry]))
    row = crystal.properties
    assert (row["formation_energy_per_atom"], row["band_gap"]) == (0.25, 0.6)
    assert row["bulk_modulus"] is row["shear_modulus"] is None
    assert crystal.notes == ()
    here, there = ({one.name: one.unit for one in get(name).properties} for name in ("mini", "mp"))
    shared = {"formation_energy_per_atom", "band_gap", "bulk_modulus", "shear_modulus"}
    assert shared <= here.keys() & there.keys()
    assert all(here[name] == there[name] for name in here.keys() & there.keys())


def test_the_moduli_have_a_split_of_our_own_that_says_so():
    splits = get("mp").splits()
    own = splits["bulk_modulus"]
    assert own is splits["shear_modulus"]
    assert "crystext's own" in own.origin
    assert "not a published benchmark" in own.origin
    assert "official" in splits["band_gap"].origin
    total = sum(own.counts().values())
    assert total == 69_239
    for name, share in zip(SPLITS, mp.SHARES, strict=True):
        assert own.counts()[name] / total == pytest.approx(share / sum(mp.SHARES), rel=0.03)
    assert (
        own.digest() == "f3fbc3b77a526ae59fd9094aa89bb2af1f6a6d74b1c1502c27d6d50fd104bf78"
    )  # a published corpus relies on it: it never changes
