"""Molecules: made whole, named offline from the database, online only where asked to."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from types import SimpleNamespace

import numpy as np
import pytest

from crystext import Describer, mini
from crystext.description import molecules
from crystext.description.components import find_components
from crystext.description.molecules import whole_molecule
from crystext.errors import MissingExtraError, OnlineNameError
from tests import loopback
from tests.description import molecular
from tests.description.crystals import bonded_cell

WORDS = [
    (lambda: molecular.diatomic("N", 1.10), "one molecular nitrogen molecule"),
    (molecular.carbon_dioxide, "four methanedione molecules"),
    (lambda: molecular.from_ase("H2O"), "one oxidane molecule"),
    (molecular.ammonia, "four azane molecules"),
    (molecular.urea, "one amino(azanyl)methanone molecule"),
    (molecular.sulfur_hexafluoride, "one hexafluoro-$l^{6}-sulfane molecule"),
    (molecular.crown_sulfur, "one octathiocane molecule"),
    (lambda: molecular.diatomic("I", 2.67), "one molecular iodine molecule"),
    (lambda: molecular.diatomic("C", 1.13, "O"), "one methylidyneoxonium molecule"),
    # the database's only names are "trideuteriomethane" and "1,2,3,4,5,6-hexadeuteriobenzene"
    (molecular.methane, "four CH4 clusters"),
    (lambda: molecular.from_ase("C6H6"), "one CH cluster"),
    (molecular.white_phosphorus, "one P cluster"),  # the database has no tetrahedron
    (lambda: molecular.from_ase("NO2"), "one NO2 cluster"),  # a radical
    (molecular.disilane_like, "one SiTeSe cluster"),
]
IN_MINI = [
    ("mp-111", "four neon atoms"),
    ("mp-23156", "two helium atoms"),
    ("mp-672234", "four nitrogen atoms"),  # N2, whose atoms are apart: no "N2 clusters"
    ("mp-5033", "eight thallium atoms and four SiF6 clusters"),
    ("mp-10351", "one carbon atom inside a Tm3Ga framework"),
    ("mp-34337", "NH4 cluster"),
    ("mp-504769", "NO3 clusters"),  # nitronium nitrate
    ("mp-29761", "CO3 cluster"),  # by Open Babel "bis($l^{1}-oxidanyl)methanone"
    ("mp-559432", "CF3 cluster"),  # by Open Babel "trifluoromethane", which is CHF3
    ("mp-611836", "molecular oxygen molecule"),
]


class PubChem(loopback.Handler):
    """Answers as PubChem would, by the fake's ``mode``; remembers what it was asked."""

    def handle_any(self):
        self.fake.asked.append((self.path, self.body().decode()))
        mode = self.fake.mode
        if mode == "no answer":
            self.close_connection = True
            return
        if mode in {"404", "500", "503"}:
            self.json(int(mode), {"Fault": {"Code": "PUGREST.Fault", "Message": "sorry"}})
        elif mode == "garbage":
            self.reply(200, b"<html>")
        elif "synonyms" in self.path:
            found = [] if mode == "no synonyms" else ["Chain of Three", "other"]
            self.json(200, {"InformationList": {"Information": [{"CID": 7, "Synonym": found}]}})
        else:
            name = {"urn": {"label": "IUPAC Name", "name": "Preferred"}, "value": {"sval": "IUPAC"}}
            compound = {
                "id": {"id": {"cid": 7}},
                "atoms": {"aid": [], "element": []},
                "props": [name],
            }
            self.json(200, {"PC_Compounds": [compound]})

    def json(self, status, content):
        self.reply(status, json.dumps(content).encode())


@pytest.fixture
def pubchem(monkeypatch):
    import pubchempy

    fake = SimpleNamespace(mode="", asked=[])
    with loopback.answering(PubChem, fake) as address:
        monkeypatch.setattr(pubchempy, "API_BASE", address)
        monkeypatch.setattr(urllib.request, "_opener", None)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield fake


@pytest.fixture
def never_online(monkeypatch):
    def refuse(_smiles):
        pytest.fail("asked online")

    monkeypatch.setattr(molecules, "_name_from_pubchem", refuse)


@pytest.mark.parametrize(("make", "words"), WORDS)
def test_what_molecules_are_called(make, words, never_online):
    described = Describer().describe(make())
    assert described.global_text.endswith(f"consists of {words}.")
    assert "open_babel" not in described.provenance["settings"]


@pytest.mark.parametrize(("crystal_id", "words"), IN_MINI)
def test_what_single_atoms_and_ions_are_called(crystal_id, words):
    assert words in Describer().describe(next(mini([crystal_id]))).global_text


@pytest.mark.parametrize("style", ["unicode", "latex", "html"])
def test_a_name_is_no_formula(style):
    text = Describer(style=style).describe(molecular.sulfur_hexafluoride()).global_text
    assert "one hexafluoro-$l^{6}-sulfane molecule" in text


def test_a_single_atom_is_described_no_further():
    described = Describer().describe(next(mini(["mp-5033"])))
    assert "Tl(1)" not in described.local_text
    assert "In each SiF6 cluster" in described.local_text


def test_deuterium_is_hydrogen():
    heavy = molecular.ammonia().copy()
    heavy.replace_species({"H": "D"})
    (component,) = Describer().describe(heavy).components
    assert component["molecule_name"] == "azane"


def with_potassium(molecule):
    """The molecule in a wider box, with potassium far from it."""
    both = molecule.copy()
    both.append("K", [0.0, 0.0, 0.0])
    return both


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: molecular.diatomic("O", 1.28), "O2 cluster"),  # as in KO2: a superoxide
        (lambda: molecular.diatomic("I", 2.67), "one I cluster"),
        (molecular.sulfur_hexafluoride, "SF6 cluster"),
        (molecular.crown_sulfur, "octathiocane molecule"),
        (lambda: molecular.from_ase("H2O"), "oxidane molecule"),
    ],
)
def test_what_may_be_an_ion_is_no_molecule_beside_another_atom(make, words):
    assert words in Describer().describe(with_potassium(make())).global_text


def test_a_noble_gas_takes_no_charge():
    guest = molecular.sulfur_hexafluoride().copy()
    guest.append("Ne", [0.0, 0.0, 0.0])
    text = Describer().describe(guest).global_text
    assert "one hexafluoro-$l^{6}-sulfane molecule and one neon atom" in text


SHOWN = ("mp-25", "mp-20066", "mp-23230", "mp-32959", "mp-34337", "mp-111", "mp-570778", "mp-29443")
BLOCKED = """
import json, sys
sys.modules["openbabel"] = None  # importing it fails from here on
from crystext import Describer, mini
describer = Describer()
found = [describer.describe(one) for one in mini(json.loads(sys.argv[1]))]
print(json.dumps([[one.text, one.provenance["settings_digest"]] for one in found]))
"""


def test_the_same_words_with_and_without_open_babel():
    pytest.importorskip("openbabel")
    command = [sys.executable, "-c", BLOCKED, json.dumps(SHOWN)]
    without = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    found = [Describer().describe(one) for one in mini(SHOWN)]
    assert [[one.text, one.provenance["settings_digest"]] for one in found] == without


def test_online_names_need_open_babel(monkeypatch):
    monkeypatch.setitem(sys.modules, "openbabel", None)
    for engine in ("fast", "robocrys"):
        with pytest.raises(MissingExtraError, match="pip install openbabel-wheel") as raised:
            Describer(online_names=True, engine=engine)
        assert raised.value.code == "missing-extra"
    assert Describer().describe(molecular.ammonia()).components[0]["molecule_name"] == "azane"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "style"),
    [
        (molecular.ammonia, "raw"),
        (molecular.disilane_like, "raw"),
        (molecular.methane, "raw"),
        (molecular.sulfur_hexafluoride, "unicode"),
    ],
)
def test_names_equal_patched_upstream(make, style):
    pytest.importorskip("openbabel")
    from tests.upstream.repairs import Repairs
    from tests.upstream.running import describe_upstream, join_parts

    _, parts, _ = describe_upstream(make(), Repairs(), style)
    assert Describer(style=style).describe(make()).text == join_parts(parts)


def test_a_known_molecule_asks_nobody(never_online):
    pytest.importorskip("openbabel")
    described = Describer(online_names=True).describe(molecular.carbon_dioxide())
    assert described.components[0]["molecule_name"] == "methanedione"


def test_an_unknown_molecule_asks_nobody_unless_told_to(never_online):
    described = Describer().describe(molecular.disilane_like())
    assert "one SiTeSe cluster" in described.text


def online_name(**settings):
    pytest.importorskip("openbabel")
    described = Describer(online_names=True, **settings).describe(molecular.disilane_like())
    return described.components[0]["molecule_name"]


def test_online_name_is_the_first_synonym(pubchem):
    assert online_name() == "chain of three"
    path, asked = pubchem.asked[0]
    assert path == "/compound/smiles/JSON"
    assert asked.startswith("smiles=")


def test_online_name_is_asked_once_for_many_crystals(pubchem):
    describer = Describer(online_names=True)
    for _ in range(3):
        describer.describe(molecular.disilane_like())
    assert sum("synonyms" not in path for path, _ in pubchem.asked) == 1


def test_online_name_without_synonyms_is_the_iupac_name(pubchem):
    pubchem.mode = "no synonyms"
    assert online_name() == "iupac"


def test_a_molecule_that_pubchem_does_not_know_has_no_name(pubchem):
    pubchem.mode = "404"
    assert online_name() is None


@pytest.mark.parametrize("mode", ["500", "503", "garbage", "no answer"])
def test_an_answer_that_is_none_is_an_error(pubchem, mode):
    pubchem.mode = mode
    with pytest.raises(OnlineNameError, match="PubChem gave no name") as raised:
        online_name()
    assert raised.value.code == "online-name-failed"


def test_no_connection_is_an_error(pubchem, monkeypatch):
    monkeypatch.setattr("pubchempy.API_BASE", "http://127.0.0.1:9")
    with pytest.raises(OnlineNameError, match="try again"):
        online_name()


def test_molecules_across_borders_are_made_whole():
    shifted = molecular.methane().copy()
    shifted.translate_sites(range(len(shifted)), [0.03, 0.01, 0.02])  # hydrogens leave the cell
    cell = bonded_cell(shifted)
    for component in find_components(cell):
        coords = whole_molecule(cell, component)
        lengths = np.linalg.norm(coords[:, None] - coords[None], axis=-1)
        assert lengths.max() < 1.8  # from one hydrogen to another
