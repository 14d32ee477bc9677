"""Molecules: made whole, named offline from the database, online only where asked to."""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from crystext import Describer
from crystext.description import molecules
from crystext.description.bonding import BondedCell
from crystext.description.components import find_components
from crystext.description.databases import molecule_names
from crystext.description.molecules import open_babel_version, whole_molecule
from crystext.errors import OnlineNameError
from tests.description import molecular

with_open_babel = pytest.mark.skipif(
    open_babel_version() is None, reason="Open Babel is absent: pip install openbabel-wheel"
)
KNOWN = [
    (molecular.carbon_dioxide, "C(=O)=O", "four methanedione molecules"),
    (molecular.ammonia, "N", "four azane molecules"),
    (molecular.methane, "C", "four trideuteriomethane molecules"),
]


class PubChem(BaseHTTPRequestHandler):
    """Answers as PubChem would, by the server's ``mode``; remembers what it was asked."""

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append((self.path, self.rfile.read(length).decode()))
        mode = self.server.mode
        if mode == "no answer":
            self.close_connection = True
            return
        if mode in {"404", "500", "503"}:
            self.reply(int(mode), {"Fault": {"Code": "PUGREST.Fault", "Message": "sorry"}})
        elif mode == "garbage":
            self.reply(200, None)
        elif "synonyms" in self.path:
            found = [] if mode == "no synonyms" else ["Chain of Three", "other"]
            self.reply(200, {"InformationList": {"Information": [{"CID": 7, "Synonym": found}]}})
        else:
            name = {"urn": {"label": "IUPAC Name", "name": "Preferred"}, "value": {"sval": "IUPAC"}}
            compound = {
                "id": {"id": {"cid": 7}},
                "atoms": {"aid": [], "element": []},
                "props": [name],
            }
            self.reply(200, {"PC_Compounds": [compound]})

    def reply(self, status, content):
        body = b"<html>" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def pubchem(monkeypatch):
    import pubchempy

    with ThreadingHTTPServer(("127.0.0.1", 0), PubChem) as server:
        server.mode, server.asked = "", []
        monkeypatch.setattr(pubchempy, "API_BASE", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(urllib.request, "_opener", None)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def never_online(monkeypatch):
    def refuse(_smiles):
        pytest.fail("asked online")

    monkeypatch.setattr(molecules, "_name_from_pubchem", refuse)


@with_open_babel
@pytest.mark.parametrize(("make", "smiles", "words"), KNOWN)
def test_molecules_are_named_offline_from_the_database(make, smiles, words, never_online):
    names = molecule_names()[smiles]
    described = Describer(online_names=True).describe(make())
    assert words in described.global_text
    assert (
        described.components[0]["molecule_name"]
        == (names.get("name_traditional") or names["name_iupac"]).lower()
    )
    assert described.provenance["settings"]["open_babel"] == open_babel_version()


@with_open_babel
@pytest.mark.slow
@pytest.mark.parametrize("make", [molecular.ammonia, molecular.disilane_like])
def test_names_equal_patched_upstream(make):
    from tests.upstream.repairs import Repairs, describe_upstream, join_parts

    _, parts, _ = describe_upstream(make(), Repairs())
    assert Describer().describe(make()).text == join_parts(parts)


@with_open_babel
def test_unknown_molecules_have_no_name_and_ask_nobody(never_online):
    described = Describer().describe(molecular.disilane_like())
    assert "one SiTeSe cluster" in described.text


@pytest.mark.parametrize("make", [make for make, *_ in KNOWN])
def test_without_open_babel_there_is_no_name_and_no_network(make, never_online, monkeypatch):
    monkeypatch.setattr(molecules, "open_babel_version", lambda: None)
    described = Describer(online_names=True).describe(make())
    assert described.components[0]["molecule_name"] is None
    assert f"four {described.formula} clusters" in described.text


def online_name(**settings):
    described = Describer(online_names=True, **settings).describe(molecular.disilane_like())
    return described.components[0]["molecule_name"]


@with_open_babel
def test_online_name_is_the_first_synonym(pubchem):
    assert online_name() == "chain of three"
    path, asked = pubchem.asked[0]
    assert path == "/compound/smiles/JSON"
    assert asked.startswith("smiles=")


@with_open_babel
def test_online_name_is_asked_once_for_many_crystals(pubchem):
    describer = Describer(online_names=True)
    for _ in range(3):
        describer.describe(molecular.disilane_like())
    assert sum("synonyms" not in path for path, _ in pubchem.asked) == 1


@with_open_babel
def test_online_name_without_synonyms_is_the_iupac_name(pubchem):
    pubchem.mode = "no synonyms"
    assert online_name() == "iupac"


@with_open_babel
def test_a_molecule_that_pubchem_does_not_know_has_no_name(pubchem):
    pubchem.mode = "404"
    assert online_name() is None


@with_open_babel
@pytest.mark.parametrize("mode", ["500", "503", "garbage", "no answer"])
def test_an_answer_that_is_none_is_an_error(pubchem, mode):
    pubchem.mode = mode
    with pytest.raises(OnlineNameError, match="PubChem gave no name") as raised:
        online_name()
    assert raised.value.code == "online-name-failed"


@with_open_babel
def test_no_connection_is_an_error(pubchem):
    pubchem.shutdown()
    pubchem.server_close()
    with pytest.raises(OnlineNameError, match="try again"):
        online_name()


def test_molecules_across_borders_are_made_whole():
    shifted = molecular.methane().copy()
    shifted.translate_sites(range(len(shifted)), [0.03, 0.01, 0.02])  # hydrogens leave the cell
    cell = BondedCell.of(shifted, 0.01)
    for component in find_components(cell):
        coords = whole_molecule(cell, component)
        lengths = np.linalg.norm(coords[:, None] - coords[None], axis=-1)
        assert lengths.max() < 1.8  # from one hydrogen to another
