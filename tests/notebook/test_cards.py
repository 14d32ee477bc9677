"""What notebooks show: well-formed HTML with the picture, both sections and the facts."""

import pickle
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.notebook.scene import UNKNOWN, lattice_of, looks, scene_of
from crystext.notebook.svg import picture
from crystext.report.structures import MOST_SITES, drawn_structure

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def salt():
    return crystext.describe("examples/halite.cif")


def structure(species, coords, lattice=None):
    return Structure(lattice or Lattice.cubic(4), species, coords)


class Text(HTMLParser):
    """The words of a page, and whether every tag is closed."""

    def __init__(self):
        super().__init__()
        self.words, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def text_of(html):
    page = Text()
    page.feed(html)
    assert page.open == []
    return " ".join(page.words)


def test_the_repr_is_one_short_line(salt):
    assert repr(salt) == "Description('halite': NaCl, Halite, Rock Salt, Fm-3m (225), 3D)"


def test_the_card_has_picture_sections_and_facts(salt):
    html = salt._repr_html_()
    words = text_of(html)
    assert "<svg" in html
    for part in (salt.global_text, salt.local_text, "NaCl", "Fm-3m (225)", "cubic", "3D"):
        assert part in words


def test_what_an_input_says_is_escaped(salt):
    evil = "<script>alert(1)</script>"
    html = replace(salt, id=evil, formula=evil, local_text=evil)._repr_html_()
    assert "<script" not in html
    assert text_of(html).count(evil) == 4  # the title of the picture among them


def test_the_picture_travels_and_changes_neither_equality_nor_json(salt):
    again = pickle.loads(pickle.dumps(salt))
    assert again == salt
    assert again._repr_html_() == salt._repr_html_()
    assert replace(salt, drawn=None) == salt
    assert "drawn" not in salt.to_dict()


def test_every_atom_of_the_conventional_cell_of_salt_is_drawn_with_its_faces():
    salt = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    scene = scene_of(drawn_structure(salt))
    symbols = [one.symbol for one in scene.atoms]
    assert (symbols.count("Na"), symbols.count("Cl")) == (14, 13)  # as in any textbook
    lengths = [np.linalg.norm(stick.end - stick.start) for stick in scene.sticks]
    np.testing.assert_allclose(lengths, 2.82, atol=2e-3)
    whole = sum(stick.whole for stick in scene.sticks)
    assert whole == 54  # of a block of 3 by 3 by 3 atoms


def test_sticks_and_places_are_those_that_pymatgen_finds():
    (crystal,) = crystext.mini(["mp-7350"])
    given = crystal.structure
    scene = scene_of(drawn_structure(given))
    np.testing.assert_allclose(
        sorted(np.linalg.norm(scene.edges[:, 1] - scene.edges[:, 0], axis=1)),
        sorted(np.repeat(given.lattice.abc, 4)),
        atol=1e-3,
    )
    for stick in scene.sticks:
        near = {
            round(one.nn_distance, 2)
            for site in given
            if site.specie.symbol == stick.symbols[0]
            for one in given.get_neighbors(site, 5)
            if one.specie.symbol == stick.symbols[1]
        }
        length = np.linalg.norm(stick.end - stick.start)
        assert min(abs(length - one) for one in near) < 0.02


@pytest.mark.parametrize("cell", [[3, 4, 5, 90, 90, 90], [3, 4, 5, 70, 100, 115]])
def test_the_lattice_is_pymatgens(cell):
    ours, theirs = lattice_of(cell), Lattice.from_parameters(*cell)
    np.testing.assert_allclose(ours @ ours.T, theirs.matrix @ theirs.matrix.T, atol=1e-9)


def test_the_picture_is_well_formed_and_inside_its_frame():
    drawn = drawn_structure(structure(["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]))
    svg = ET.fromstring(picture(drawn, 'a "title" & more', width=200, height=100))
    circles = svg.findall(f"{SVG}circle")
    assert len(circles) == 9
    for one in circles:
        assert 0 < float(one.get("cx")) < 200
        assert 0 < float(one.get("cy")) < 100
    assert svg.find(f"{SVG}title").text == 'a "title" & more'


def test_large_cells_have_no_picture():
    many = structure(["Ar"], [[0, 0, 0]]) * (7, 7, 7)
    assert len(many) > MOST_SITES
    assert picture(drawn_structure(many), "many") == ""


def test_colours_are_those_of_the_report_page():
    assert looks("O").colour == "#ff0d0d"
    assert looks("D") == looks("H")
    assert looks("Xx") == UNKNOWN
    from pymatgen.core import Element

    assert all(looks(Element.from_Z(z).symbol) != UNKNOWN for z in range(1, 119))


def test_a_corpus_shows_counts_properties_and_rows():
    corpus = crystext.load_corpus("mini")
    assert len(repr(corpus)) < 120
    words = text_of(corpus._repr_html_())
    first = corpus.table(["id"])["id"][0].as_py()
    for part in ("6,277 of 6,277", "bulk_modulus (GPa)", "Materials Project", first):
        assert part in words


def test_a_run_shows_model_property_and_errors(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from crystext.model import load
    from tests.model.tiny_runs import Runs

    predictor = load(Runs(tmp_path)("cgcnn"), device="cpu")
    assert len(repr(predictor)) < 200
    words = text_of(predictor._repr_html_())
    mae = predictor.runs[0].metrics["test_in_unit"]["mae"]
    for part in ("cgcnn", "bulk_modulus (GPa)", "12 train", f"{mae:.4g}", "log10(GPa)"):
        assert part in words
