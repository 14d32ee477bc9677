"""Texts of one crystal are one text, and read again they are the crystal."""

import re

import gemmi
import numpy as np
import pytest
from ase.io import read as ase_read
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Molecule, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.cif import CifParser
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

import crystext
from crystext.description.canonical import canonical_structure
from crystext.errors import CrystextError, PartialOccupancyError, UsageError
from crystext.representations.encode import Encoder
from crystext.representations.representation import REPRESENTATIONS
from crystext.representations.zmatrix import internal

READ_AGAIN = [name for name, one in REPRESENTATIONS.items() if one.read_by]
MATCHER = StructureMatcher(primitive_cell=True, scale=False)
HALITE = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)


@pytest.fixture(scope="module")
def crystals():
    """Every two hundredth mini crystal, thirty-two of them: all systems, 2 to 60 sites."""
    return [one.structure for one in list(crystext.mini())[::200]]


def moved(structure, seed):
    """The same crystal in a supercell, on another origin, in another order and orientation."""
    rng = np.random.default_rng(seed)
    other = structure.copy()
    other.make_supercell(rng.permutation([1, 2, 1]).tolist())
    other.translate_sites(range(len(other)), rng.random(3))
    order = rng.permutation(len(other))
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))  # no mirror image
    lattice = Lattice(other.lattice.matrix @ rotation)
    return Structure(lattice, [other[i].specie for i in order], other.frac_coords[order])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_text_depends_on_the_crystal_alone(crystals, seed):
    encoder = Encoder(list(REPRESENTATIONS))
    for structure in crystals:
        given = encoder.describe(structure).texts
        assert encoder.describe(moved(structure, seed)).texts == given


@pytest.mark.parametrize("name", READ_AGAIN)
def test_what_is_read_again_is_the_crystal(crystals, name):
    for structure in crystals:
        assert MATCHER.fit(
            crystext.decode(crystext.encode(structure, name), name).structure, structure
        )


@pytest.mark.parametrize("name", ["cif-p1", "cif-symmetrized"])
def test_other_readers_read_the_same_crystal(crystals, name, tmp_path):
    for structure in crystals[::3]:
        text = crystext.encode(structure, name, digits=6)
        file = tmp_path / "one.cif"
        file.write_text(text)
        by_pymatgen = CifParser(file).parse_structures(primitive=False)[0]
        by_ase = AseAtomsAdaptor.get_structure(ase_read(file))
        small = gemmi.read_small_structure(str(file))
        by_gemmi = Structure(
            Lattice.from_parameters(*small.cell.parameters),
            [site.element.name for site in small.get_all_unit_cell_sites()],
            [site.fract.tolist() for site in small.get_all_unit_cell_sites()],
        )
        for found in (by_pymatgen, by_ase, by_gemmi):
            assert MATCHER.fit(found, structure)


def test_letters_and_multiplicities_are_those_of_pymatgen(crystals):
    for structure in crystals:
        formula, number, *orbits = crystext.encode(structure, "wyckoff").split("\n")
        analyzer = SpacegroupAnalyzer(structure, symprec=0.01)
        assert int(number) == analyzer.get_space_group_number()
        whole = SpacegroupAnalyzer(analyzer.get_conventional_standard_structure(), symprec=0.01)
        sites = whole.get_symmetrized_structure().equivalent_sites
        found = sorted((one.split()[0], int(one.split()[1])) for one in orbits)
        assert found == sorted((group[0].specie.symbol, len(group)) for group in sites)
        atoms = sum(map(float, re.findall(r"[A-Z][a-z]?(\d+)", formula)))
        assert atoms == sum(count for _, count in found)


def test_distances_of_the_z_matrix_are_those_of_the_sites(crystals):
    for structure in crystals[:8]:
        cell = canonical_structure(structure)
        molecule = Molecule(cell.species, cell.cart_coords)
        lines = crystext.encode(structure, "zmatrix", digits=5).split("\n")
        assert [line.split()[0] for line in lines] == [one.symbol for one in cell.species]
        for site, line in enumerate(lines[1:], start=1):
            other, distance = int(line.split()[1]) - 1, float(line.split()[2])
            assert distance == pytest.approx(molecule.get_distance(site, other), abs=1e-4)


def test_internal_coordinates_are_those_of_pymatgen_for_the_same_sites(crystals):
    for structure in crystals[:12]:
        cell = canonical_structure(structure)
        molecule = Molecule(cell.species, cell.cart_coords)
        measures = (molecule.get_distance, molecule.get_angle, molecule.get_dihedral)
        for site, one in enumerate(internal(cell.cart_coords)):
            assert len(one) == min(site, 3)
            for count, (measure, (_, value)) in enumerate(zip(measures, one, strict=False), 1):
                theirs = measure(site, *(other for other, _ in one[:count]))
                if count == 3 and min(abs(180 - one[1][1]), one[1][1]) < 1:
                    continue  # in a line: no dihedral angle
                assert (value - theirs + 1) % 360 == pytest.approx(1, abs=1e-3) or np.isnan(theirs)


def test_texts_of_rock_salt():
    texts = Encoder(list(REPRESENTATIONS)).describe(HALITE).texts
    assert texts["composition"] == "ClNa"
    assert texts["atom-sequence"] == "Na Cl"
    assert texts["atom-sequence-cell"] == "Na Cl 4.0 4.0 4.0 90 120 120"
    assert texts["wyckoff"] == "Na4 Cl4\n225\nNa 4 a\nCl 4 b"
    assert texts["wyckoff-sites"].startswith("225\n5.6400 5.6400 5.6400 90.00 90.00 90.00\nNa 4a ")
    assert texts["crystal-text-llm"].split("\n")[:3] == ["4.0 4.0 4.0", "90 120 120", "Na"]
    assert texts["zmatrix"] == "Na\nCl 1 2.8"


def test_angles_are_rounded_and_not_cut_off():
    lattice = Lattice.from_parameters(3, 3, 5, 90, 90, 119.99999)
    text = crystext.encode(Structure(lattice, ["Mg"], [[0, 0, 0]]), "crystal-text-llm")
    assert "120" in text.split("\n")[1]


def test_as_given_keeps_the_cell_and_the_order():
    given = Structure(Lattice.cubic(5.64), HALITE.species[::-1], HALITE.frac_coords[::-1])
    text = crystext.encode(given, "crystal-text-llm", canonical=False)
    assert text.split("\n")[:3] == ["5.6 5.6 5.6", "90 90 90", "Cl"]
    assert len(text.split("\n")) == 2 + 2 * 8


def test_charges_are_left_out():
    charged = HALITE.copy()
    charged.add_oxidation_state_by_element({"Na": 1, "Cl": -1})
    for name in REPRESENTATIONS:
        assert crystext.encode(charged, name) == crystext.encode(HALITE, name)


def test_more_digits_bring_the_crystal_nearer():
    crystal = next(iter(crystext.mini(["mp-7000"]))).structure
    away = []
    for digits in (2, 3, 4):
        text = crystext.encode(crystal, "crystal-text-llm", digits=digits)
        away.append(
            MATCHER.get_rms_dist(crystext.decode(text, "crystal-text-llm").structure, crystal)[0]
        )
    assert away[0] > away[1] > away[2]


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("crystal-text-llm", "", "0 lines"),
        ("crystal-text-llm", "4 4 4\n90 90 90\nNa", "3 lines"),
        ("crystal-text-llm", "4 4 4\n90 90 90\nXx\n0 0 0", "'Xx'"),
        ("crystal-text-llm", "4 4 4\n90 90\nNa\n0 0 0", "'90 90'"),
        ("crystal-text-llm", "4 4 nan\n90 90 90\nNa\n0 0 0", "'4 4 nan'"),
        ("crystal-text-llm", "4 4 4\n90 90 180\nNa\n0 0 0", "4 4 4 90 90 180"),
        ("crystal-text-llm", "4 0 4\n90 90 90\nNa\n0 0 0", "4 0 4"),
        ("crystal-text-llm", "4 4 4\n90 90 90\nNa\n0 0 0\nCl\n0 0 0.001", "1"),
        ("wyckoff-sites", "", "''"),
        ("wyckoff-sites", "231\n4 4 4 90 90 90\nNa 1a 0 0 0", "'231'"),
        ("wyckoff-sites", "225\n4 4 4 90 90\nNa 4a 0 0 0", "'4 4 4 90 90'"),
        ("wyckoff-sites", "225\n4 4 4 90 90 90\nNa a 0 0 0", "'Na a 0 0 0'"),
        ("wyckoff-sites", "225\n5 5 5 90 90 90\nNa 4a 0.1 0 0", "24"),
        ("cif-p1", "no CIF at all", "CIF"),
        ("cif-p1", "data_a\n_cell_length_a 4\n", "no atom sites"),
    ],
)
def test_what_is_no_such_text_is_refused_by_name(name, text, named):
    with pytest.raises(CrystextError) as raised:
        crystext.decode(text, name)
    assert named in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_was_doubtful_is_in_the_notes():
    slanted = "225\n5 5 5 90 90 90.6\nNa 4a 0 0 0"
    crystal = crystext.decode(slanted, "wyckoff-sites", id="slanted")
    assert crystal.id == "slanted"
    assert any("cell" in note for note in crystal.notes)


def test_what_cannot_be_read_again_says_what_it_loses():
    with pytest.raises(UsageError, match="loses the lattice; those that can"):
        crystext.decode("Na\nCl 1 2.8", "zmatrix")


def test_settings_that_are_wrong_are_refused():
    with pytest.raises(UsageError, match="did you mean 'cif-p1'"):
        crystext.encode(HALITE, "cif_p1")
    with pytest.raises(UsageError, match="digits 9"):
        crystext.encode(HALITE, "cif-p1", digits=9)
    with pytest.raises(UsageError, match="composition has no digits"):
        crystext.encode(HALITE, "composition", digits=2)


def test_disorder_is_refused_or_ordered():
    mixed = HALITE.copy()
    mixed.replace(0, {"Na": 0.7, "K": 0.3})
    with pytest.raises(PartialOccupancyError):
        crystext.encode(mixed, "composition")
    assert crystext.encode(mixed, "composition", disorder="majority") == "ClNa"
