"""One crystal, given in many ways, has one canonical structure."""

from __future__ import annotations

import random

import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Species, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from crystext.description.arrays import ArrayStructure
from crystext.description.canonical import (
    FINE,
    _Cell,
    _choose,
    canonical_structure,
    canonical_symmetry,
)
from crystext.description.lattice_symmetry import primitive_cell, reduced_bases
from crystext.description.symmetry import find_symmetry
from crystext.embedded import mini, mini_table
from crystext.errors import SymmetryFailedError

SUPERCELLS = [
    np.diag([2, 1, 1]),
    np.diag([2, 2, 2]),
    np.array([[1, 1, 0], [-1, 1, 0], [0, 1, 1]]),  # determinant 2
    np.array([[1, 0, 1], [0, 2, 1], [0, -1, 1]]),  # 3
    np.array([[2, 1, 0], [0, 2, 1], [0, 0, 1]]),  # 4
]
# A translation that holds to the last digit of the file, groups at the edge of the tolerance, and
# cells whose rounded angles tie (rounding may go on for a step).
EDGES = ["mp-22040", "mp-547864", "mp-2779", "mp-7557", "mp-20265", "mp-22377"]

# Rock salt, fluorite, zincblende, perovskite and silicon
EXACT = ["mp-22862", "mp-1265", "mp-2741", "mp-10695", "mp-5229", "mp-149"]


def permuted(structure: Structure, rng: np.random.Generator) -> Structure:
    order = rng.permutation(len(structure))
    return Structure.from_sites([structure[i] for i in order])


def rotated(structure: Structure, rng: np.random.Generator) -> Structure:
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    matrix = structure.lattice.matrix @ rotation.T
    return Structure(matrix, structure.species, structure.frac_coords)


def shifted(structure: Structure, rng: np.random.Generator) -> Structure:
    coords = structure.frac_coords + rng.random(3)
    return Structure(structure.lattice, structure.species, coords)


def rebased(structure: Structure, rng: np.random.Generator) -> Structure:
    change = np.eye(3)
    for _ in range(4):
        i, j = rng.choice(3, 2, replace=False)
        change[i] += rng.integers(-2, 3) * change[j]
    coords = structure.frac_coords @ np.linalg.inv(change)
    return Structure(change @ structure.lattice.matrix, structure.species, coords)


def enlarged(structure: Structure, rng: np.random.Generator) -> Structure:
    return structure * SUPERCELLS[rng.integers(len(SUPERCELLS))]


def all_at_once(structure: Structure, rng: np.random.Generator) -> Structure:
    for change in (enlarged, rebased, shifted, rotated, permuted):
        structure = change(structure, rng)
    return structure


CHANGES = [permuted, rotated, shifted, rebased, enlarged, all_at_once]


def misfit(one: Structure, other: Structure) -> float:
    """Largest difference of lattice vectors and of positions, site by site, in angstrom."""
    if one.species != other.species:
        return np.inf
    moves = one.frac_coords - other.frac_coords
    moves -= np.rint(moves)
    lattice = np.abs(one.lattice.matrix - other.lattice.matrix).max()
    return max(lattice, np.linalg.norm(moves @ one.lattice.matrix, axis=1).max())


def bits(structure: Structure) -> tuple[bytes, bytes, list]:
    return structure.lattice.matrix.tobytes(), structure.frac_coords.tobytes(), structure.species


def conventional(structure: Structure) -> Structure:
    """The cell that is described, made as robocrystallographer's condenser makes it."""
    structure = structure.get_sorted_structure()
    structure.translate_sites(range(len(structure)), [1, 1, 1])
    return SpacegroupAnalyzer(structure, 0.01).get_conventional_standard_structure()


def group(structure: Structure) -> int:
    return SpacegroupAnalyzer(structure, 0.01).get_space_group_number()


@pytest.fixture(scope="module")
def crystals() -> dict[str, Structure]:
    ids = random.Random(5).sample(mini_table()["id"].to_pylist(), 64) + EDGES
    found = {crystal.id: crystal.structure for crystal in mini(ids=list(dict.fromkeys(ids)))}
    return {name: structure for name, structure in found.items() if len(structure) <= 60}


@pytest.fixture(scope="module")
def canonical(crystals: dict[str, Structure]) -> dict[str, Structure]:
    return {name: canonical_structure(structure) for name, structure in crystals.items()}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_any_way_to_give_a_crystal_gives_the_same(change, crystals, canonical) -> None:
    rng = np.random.default_rng(7)
    other_bits = []
    for name, structure in crystals.items():
        again = canonical_structure(change(structure, rng))
        assert misfit(canonical[name], again) < 1e-6, name
        if bits(canonical[name]) != bits(again):
            other_bits.append(name)
            assert misfit(conventional(canonical[name]), conventional(again)) < 1e-4, name
    assert len(other_bits) <= 1, other_bits


def test_canonical_twice_is_canonical_once(canonical) -> None:
    changed = [n for n, one in canonical.items() if bits(canonical_structure(one)) != bits(one)]
    assert changed == []


def test_it_is_the_same_crystal(crystals, canonical) -> None:
    matcher = StructureMatcher(ltol=0.01, stol=0.02, angle_tol=0.5, scale=False)
    other_groups = []
    for name, structure in crystals.items():
        assert matcher.fit(structure, canonical[name]), name
        assert len(structure) % len(canonical[name]) == 0
        if group(structure) != group(canonical[name]):
            other_groups.append(name)
    # mp-2779: spglib finds P1 or P-6 or P-62c at this tolerance, as the cell is given.
    assert set(other_groups) <= {"mp-2779"}


def test_coordinates_of_six_decimals_change_nothing_else(crystals, canonical) -> None:
    for name, structure in crystals.items():
        if name in EDGES:
            continue
        coords = np.round(structure.frac_coords, 6)
        rounded = Structure(structure.lattice, structure.species, coords)
        assert misfit(canonical[name], canonical_structure(rounded)) < 1e-4, name


def test_cells_are_primitive_right_handed_and_in_one_orientation(canonical) -> None:
    for structure in canonical.values():
        matrix = structure.lattice.matrix
        assert np.all(matrix[np.triu_indices(3, 1)] == 0)
        assert np.all(np.diagonal(matrix) > 0)
        assert np.all((structure.frac_coords >= 0) & (structure.frac_coords < 1))
        numbers = [site.specie.Z for site in structure]
        assert numbers == sorted(numbers)
        assert len(structure.get_primitive_structure(tolerance=0.001)) == len(structure)


def test_oxidation_states_are_kept_and_tell_sites_apart() -> None:
    # The two iron sites differ in nothing but their charge: without it half the cell repeats.
    iron = [Species("Fe", 2), Species("Fe", 3)]
    coords = [[0, 0, 0], [0, 0, 0.5], [0.5, 0.5, 0.25], [0.5, 0.5, 0.75]]
    charged = Structure(
        Lattice.tetragonal(4, 6), [*iron, Species("O", -2), Species("O", -2)], coords
    )
    rng = np.random.default_rng(1)
    one = canonical_structure(charged)
    assert one.species == [*[Species("O", -2)] * 2, *iron]
    for change in CHANGES:
        assert bits(canonical_structure(change(charged, rng))) == bits(one)
    assert len(canonical_structure(charged.copy().remove_oxidation_states())) == 2


def test_mirror_images_stay_apart() -> None:
    quartz = Structure.from_spacegroup(
        152,
        Lattice.hexagonal(4.914, 5.405),
        ["Si", "O"],
        [[0.4697, 0, 1 / 3], [0.4133, 0.2672, 0.4521]],
    )
    mirror = Structure(quartz.lattice.matrix * [1, 1, -1], quartz.species, quartz.frac_coords)
    assert group(canonical_structure(quartz)) == 152
    assert group(canonical_structure(mirror)) == 154


def test_disordered_sites_are_kept() -> None:
    mixed = {"Na": 0.25, "K": 0.75}
    salt = Structure(Lattice.cubic(4), [mixed, "Cl"], [[0.1, 0.2, 0.3], [0.6, 0.7, 0.8]])
    one = canonical_structure(salt * (2, 1, 1))
    assert len(one) == 2
    assert {site.species for site in one} == {site.species for site in salt}
    assert not one.is_ordered


@pytest.mark.parametrize(
    ("lattice", "coords"),
    [
        (np.eye(3) * 4, [[0, 0, 0], [0, 0, 0]]),
        (np.eye(3) * 4, [[0, 0, 0], [0, 0, np.nan]]),
        (np.diag([4, 4, 0]), [[0, 0, 0], [0.5, 0, 0]]),
    ],
    ids=["overlap", "not-a-number", "flat"],
)
def test_what_has_no_symmetry_is_refused_by_name(lattice, coords) -> None:
    with pytest.raises(SymmetryFailedError, match=r"at a tolerance of 0\.01"):
        canonical_structure(Structure(lattice, ["H", "H"], coords))


def test_an_empty_structure_stays_empty() -> None:
    assert len(canonical_structure(Structure(np.eye(3), [], []))) == 0


@pytest.mark.parametrize(
    ("lattice", "count"),
    [
        (Lattice.cubic(3), 24),
        (Lattice.hexagonal(3, 5), 12),
        (Lattice([[0, 2, 2], [2, 0, 2], [2, 2, 0]]), 24),
        (Lattice.tetragonal(3, 5), 8),
        (Lattice.orthorhombic(3, 4, 5), 4),
        (Lattice.monoclinic(3, 4, 5, 100), 2),
        (Lattice.from_parameters(3, 4, 5, 80, 85, 75), 1),
    ],
)
def test_reduced_bases_are_as_many_as_proper_lattice_symmetries(lattice, count) -> None:
    skewed = np.array([[1, 3, -2], [0, 1, 4], [0, 0, 1]]) @ lattice.matrix
    changes = reduced_bases(skewed)
    assert len(changes) == count
    assert np.all(np.linalg.det(changes).round() == np.sign(np.linalg.det(skewed)))
    lengths = np.linalg.norm(changes @ skewed, axis=2)
    assert np.allclose(lengths, sorted(lattice.get_niggli_reduced_lattice().abc))


def test_primitive_cell_averages_the_copies() -> None:
    coords = np.array([[0, 0, 0], [0.5, 0, 0.002], [0.2, 0.1, 0.3], [0.7, 0.1, 0.3]])
    lattice, folded, kinds = primitive_cell(
        np.diag([8.0, 4, 5]), coords, np.array([0, 0, 1, 1]), 0.1
    )
    assert abs(np.linalg.det(lattice)) == pytest.approx(80)
    assert kinds.tolist() == [0, 1]
    height = (folded[1] - folded[0]) @ lattice
    assert height[2] == pytest.approx(5 * (0.3 - 0.001))


def test_a_search_that_is_spared_would_find_the_same():
    """Where coordinates are eighths, whichever element comes first by number."""
    spared = 0
    for crystal in mini(EXACT):
        known = canonical_symmetry(crystal.structure)
        cell = ArrayStructure.of(canonical_structure(crystal.structure))
        found = find_symmetry(cell, 0.01)
        assert known.dataset.hall_number == found.dataset.hall_number
        one, other = known.standard.sorted(), found.standard.sorted()
        assert np.array_equal(one.matrix, other.matrix)
        assert np.array_equal(one.frac_coords, other.frac_coords)
        assert one.species == other.species
        spared += known.dataset.std_types.tolist() != found.dataset.std_types.tolist()
    assert spared


@pytest.mark.parametrize("noise", [-1e-14, 1e-14])
def test_noise_does_not_decide_how_a_middle_between_two_multiples_is_rounded(noise):
    """Symmetrising gives such middles, as the mean of two rounded coordinates."""
    middle = (np.floor(np.array([0.2, 0.35, 0.15]) * FINE) + 0.5) / FINE

    def chosen(second: np.ndarray) -> np.ndarray:
        coords = np.array([np.zeros(3), second])
        return _choose(_Cell(np.diag([3.0, 4, 5]), coords, np.array([0, 1]))).coords

    assert np.array_equal(chosen(middle + noise), chosen(middle))
