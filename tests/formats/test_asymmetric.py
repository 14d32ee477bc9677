"""From the asymmetric unit to the cell: special positions, copies, shares, counts."""

from itertools import combinations

import numpy as np
import pytest
from pymatgen.core import Structure

from crystext.errors import AtomsOverlapError, PartialOccupancyError, TooManySitesError
from crystext.formats.asymmetric import AsymmetricUnit, Atom, content_of, places_of, structure_of
from crystext.formats.cif.symbols import of_number, of_symbol
from crystext.formats.images import near_pairs, orbit

CUBE = (5.64, 5.64, 5.64, 90.0, 90.0, 90.0)
HEXAGONAL = (3.25, 3.25, 5.207, 90.0, 90.0, 120.0)


def unit(cell, atoms, symbol):
    group = of_symbol(symbol)[0].operations
    return AsymmetricUnit(cell, tuple(atoms), group)


def expand(listed, name, **limits):
    places, notes = places_of(listed, name, **limits)
    return structure_of(listed, places), notes


def test_a_structure_is_the_one_that_pymatgen_makes():
    salt = unit(CUBE, [Atom("Na1", "Na", (0, 0, 0)), Atom("Cl1", "Cl", (0.5, 0.5, 0.5))], "Fm-3m")
    structure, notes = expand(salt, "salt")
    peer = Structure.from_spacegroup("Fm-3m", salt.lattice, ["Na", "Cl"], [[0, 0, 0], [0.5] * 3])
    assert notes == ()
    assert structure.labels == ["Na1"] * 4 + ["Cl1"] * 4
    assert structure == peer


@pytest.mark.parametrize("z", [0.382, 0.3820001])
@pytest.mark.parametrize("third", [(0.333, 0.667), (0.3333, 0.6667), (0.33, 0.67), (0.334, 0.666)])
def test_rounded_special_positions_become_exact(third, z):
    atoms = [Atom("Zn", "Zn", (*third, 0)), Atom("O", "O", (*third, z))]
    structure, _ = expand(unit(HEXAGONAL, atoms, "P 63 m c"), "wurtzite")
    assert len(structure) == 4
    coords = np.mod(structure.frac_coords[:, :2] * 3, 1)
    assert np.abs(coords - np.round(coords)).max() < 1e-12
    assert structure.get_space_group_info(symprec=1e-5)[1] == 186


def test_an_atom_well_off_a_special_position_stays():
    atoms = [Atom("Zn", "Zn", (0.30, 0.70, 0)), Atom("O", "O", (1 / 3, 2 / 3, 0.4))]
    structure, _ = expand(unit(HEXAGONAL, atoms, "P 63 m c"), "split")
    assert structure.composition["Zn"] == 6


@pytest.mark.parametrize("number", [2, 14, 62, 88, 141, 148, 167, 194, 205, 225, 227, 230])
def test_orbits_have_the_length_of_the_group_over_the_stabiliser(number):
    group = of_number(number)[0].operations
    matrix = np.diag([7.0, 7.0, 7.0])
    rng = np.random.default_rng(number)
    for position in [np.zeros(3), np.array([0.5, 0, 0]), np.array([0.25] * 3), rng.random(3)]:
        found = orbit(position, group, matrix)
        assert len(group) % len(found.coords) == 0
        steps = [
            found.coords[i] - found.coords[j] for i, j in combinations(range(len(found.coords)), 2)
        ]
        apart = [np.linalg.norm((step - np.round(step)) @ matrix) for step in steps]
        assert min(apart, default=1) > 0.05
        images = group.rotations @ position + group.translations
        for image in images:  # each image is a member of the orbit
            gap = found.coords - image
            assert np.linalg.norm((gap - np.round(gap)) @ matrix, axis=1).min() < 0.05


def test_equal_atoms_listed_as_copies_count_once():
    atoms = [Atom("C1", "C", (0.1, 0.2, 0.3)), Atom("C1A", "C", (-0.1, -0.2, -0.3))]
    structure, notes = expand(unit(CUBE, atoms, "P -1"), "pair")
    assert len(structure) == 2
    assert "C1A is a symmetry copy of C1" in notes[0]


def test_different_atoms_on_one_place_are_both_named():
    atoms = [Atom("Fe1", "Fe", (0.1, 0.2, 0.3)), Atom("Co9", "Co", (0.9, 0.8, 0.701))]
    with pytest.raises(AtomsOverlapError, match=r"Fe1 \(Fe\) and Co9 \(Co\) of here are 0.0056"):
        expand(unit(CUBE, atoms, "P -1"), "here")


def test_shares_of_one_place():
    mixed = [Atom("A", "Fe", (0, 0, 0), 0.6), Atom("B", "Co", (0, 0, 0), 0.4)]
    structure, _ = expand(unit(CUBE, mixed, "Fm-3m"), "alloy")
    assert {str(site.species) for site in structure} == {"Fe0.6 Co0.4"}
    assert structure.site_properties["listed_atom"] == [0] * 4
    over = [Atom("A", "Fe", (0, 0, 0), 0.8), Atom("B", "Co", (0, 0, 0), 0.4)]
    with pytest.raises(PartialOccupancyError, match=r"A \(Fe 0.8\) and B \(Co 0.4\).* \(1.2\)"):
        expand(unit(CUBE, over, "Fm-3m"), "alloy")


def test_alternatives_on_one_place_stay_apart():
    both = [Atom("A", "Fe", (0, 0, 0), 0.6, "", "1"), Atom("B", "Co", (0, 0, 0), 0.4, "", "2")]
    structure, _ = expand(unit(CUBE, both, "P 1"), "groups")
    assert structure.site_properties["disorder_group"] == ["1", "2"]


def test_images_of_a_negative_group_add_up():
    """About a twofold axis, a quarter each: half an atom where its two images meet."""
    near = Atom("C1", "C", (0.001, 0.2, 0.001), 0.25, "", "-1", apart=True)
    whole = unit((10.0, 11.0, 12.0, 90.0, 95.0, 90.0), [near], "P 2")
    places, _ = places_of(whole, "pair")
    assert content_of(whole, places)["C"] == pytest.approx(0.5)


def test_sites_are_counted_before_they_are_made():
    salt = unit(CUBE, [Atom("Na1", "Na", (0.11, 0.23, 0.31))], "Fm-3m")
    with pytest.raises(TooManySitesError, match="192 sites; the limit is 191"):
        places_of(salt, "salt", max_sites=191)
    assert len(expand(salt, "salt", max_sites=192)[0]) == 192


@pytest.mark.parametrize("n", [3, 700])
def test_near_pairs_are_those_of_all_distances(n):
    """A few are compared pair by pair, many by a tree."""
    rng = np.random.default_rng(n)
    matrix = np.array([[9.0, 0, 0], [3.0, 8.0, 0], [1.0, 2.0, 7.0]])
    coords = rng.random((n, 3))
    coords[-1] = coords[0] + 0.001
    found = list(near_pairs([one[None] for one in coords % 1], matrix, 0.1))
    steps = coords[:, None] - coords[None]
    distances = np.linalg.norm((steps - np.round(steps)) @ matrix, axis=-1)
    wanted = np.argwhere(np.triu(distances <= 0.1, 1))
    assert {(i, j) for i, j, _ in found} == {tuple(pair) for pair in wanted.tolist()}
    assert (0, n - 1) in {(i, j) for i, j, _ in found}
