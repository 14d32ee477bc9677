import base64
import gzip
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner
from pymatgen.core import Lattice, Structure
from pymatgen.io.cif import CifWriter

from crystext.cli import cli
from crystext.corpus.columns import SECTIONS
from crystext.errors import CannotWriteError
from crystext.html import shell
from crystext.report import page, structures
from crystext.report.payload import citation, payload
from tests.report.conftest import FAILED, HOSTILE


@pytest.fixture(scope="module")
def data(corpus):
    return payload(corpus)


class Elements(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.found, self.raw = [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.cdata_elem:
            self.raw.setdefault(self.cdata_elem, []).append(data)


def test_the_payload_holds_every_crystal_and_failure(corpus, data):
    rows = list(corpus)
    columns = data["columns"]
    assert all(len(values) == len(rows) for values in columns.values())
    for i, row in enumerate(rows):
        sections = (columns["global_text"][i], columns["local_text"][i])
        assert " ".join(filter(None, sections)) == row["text"]
        assert columns["formula"][i] == row["formula"]
        for name in corpus.properties:
            value = row[name]
            assert columns[name][i] == (value if value is None else pytest.approx(value, rel=1e-5))
    assert [tuple(one.values()) for one in data["failures"]] == FAILED


def test_token_counts_travel_where_the_corpus_has_them(corpus, data):
    named = corpus.manifest["settings"]["tokenizers"]
    assert data["tokenizers"] == named
    assert all(f"{s}_tokens_{name}" in data["columns"] for s in SECTIONS for name in named)


def test_the_page_loads_nothing_and_allows_nothing_but_itself(data):
    found = Elements(page.render(data))
    attributes = [(tag, name) for tag, attrs in found.found for name in attrs]
    assert not [one for one in attributes if one[1] in {"src", "href"} or one[1].startswith("on")]
    (policy,) = [a["content"] for _, a in found.found if "http-equiv" in a]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    _, script = found.raw["script"]
    (style,) = found.raw["style"]
    for text in (script, style):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not re.search(
        r"@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|innerHTML", script + style
    )


def test_the_data_survive_packing(data):
    packed = shell.packed(data)
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", packed)
    assert json.loads(gzip.decompress(base64.b64decode(packed))) == data


def test_the_same_corpus_gives_the_same_page(corpus):
    assert page.render(payload(corpus)) == page.render(payload(corpus))


def test_hostile_text_is_no_markup(hostile):
    text = page.render(payload(hostile))
    assert HOSTILE not in text
    assert text.count("<script") == 2
    (title,) = re.findall("<title>([^<>]*)</title>", text)
    assert html.unescape(title) == f"{HOSTILE} · crystext report"


def test_structures_are_drawn_where_they_are():
    lattice = Lattice.from_parameters(5, 6, 7, 80, 95, 110)
    coords = [[0, 0, 0], [0.25, 0.5, -0.125], [0.99996, 0.3333333, 1.5]]
    given = Structure(lattice, ["Na", "Na", "Cl"], coords)
    drawn = structures.drawn(str(CifWriter(given)))
    assert drawn.cell == [5, 6, 7, 80, 95, 110]
    assert drawn.sites == "Na2 Cl1"
    assert drawn.coords == [0, 0, 0, 2500, 5000, 8750, 0, 3333, 5000]


def test_other_cifs_are_read_through_a_parser(rock_salt):
    plain = structures.drawn(str(CifWriter(rock_salt)))
    symmetric = structures.drawn(str(CifWriter(rock_salt, symprec=0.01)))
    assert sorted(symmetric.sites.split()) == sorted(plain.sites.split()) == ["Cl4", "Na4"]


@pytest.mark.parametrize("text", ["", "data_x\n", "_cell_length_a 1\n", HOSTILE])
def test_what_is_no_structure_is_not_drawn(text):
    assert structures.drawn(text) is None


def test_citations_are_made_readable():
    entry = (
        "@article{a,\n  author = {de Jong, Maarten and\n    Chen, Wei},\n"
        "  title = {The {Big} One},\n"
        "  journal = {Sci. Data},\n  volume = {2},\n  pages = {1--9},\n  year = {2015},\n"
        "  doi = {10.1/x}\n}"
    )
    assert citation(entry) == {
        "text": "de Jong et al., The Big One, Sci. Data, 2, 1\u20139 (2015)",
        "url": "https://doi.org/10.1/x",
    }
    assert citation("A. Person (2013)") == {"text": "A. Person (2013)", "url": None}


def test_the_command_writes_the_page(corpus, tmp_path):
    out = tmp_path / "report.html"
    result = CliRunner().invoke(cli, ["report", str(corpus.path), "-o", str(out)])
    assert result.exit_code == 0
    assert f"{len(corpus)} crystals" in result.output
    assert out.read_text().startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_is_one_line(corpus, tmp_path):
    result = CliRunner().invoke(
        cli, ["report", str(corpus.path), "-o", str(tmp_path / "no/x.html")]
    )
    assert result.exit_code == 1
    assert isinstance(result.exception, CannotWriteError)
    assert "is no folder; make it first" in result.exception.message
