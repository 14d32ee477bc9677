"""Notes on impossible crystals: all wrong coordinates of rutile, and no real crystal."""

from __future__ import annotations

import json
import re
from collections import defaultdict

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from crystext import load_corpus, mini, mini_table
from crystext.description.elements import nonmetals, single_bond_radii, valences
from crystext.description.plausibility import (
    SHORTEST_METALLIC,
    SHORTEST_OTHER,
    SHORTEST_RELATIVE_WITH_HYDROGEN,
    contact_notes,
    coordination_notes,
)

SHORT = re.compile(
    r"\w+ and \w+ at sites \d+ and \d+ are \d\.\d\d Å apart: "
    r"no bond is that short; check the coordinates"
)


def rutile(x: float, y: float | None = None) -> Structure:
    return Structure.from_spacegroup(
        "P4_2/mnm",
        Lattice.tetragonal(4.594, 2.959),
        ["Ti", "O"],
        [[0, 0, 0], [x, x if y is None else y, 0]],
    )


@pytest.mark.parametrize(
    "wrong",
    [
        *((0.03053,), (0.1053,), (0.2053,), (0.4053,), (0.3053, 0.0305), (0.3053, 0.1)),
        *((0.3053, 0.2053), (0.3053, 0.353), (0.3053, 0.4053), (0.3053, 0.5), (0.3053, 0.7)),
    ],
    ids=str,
)
def test_a_wrong_coordinate_of_rutile_is_noted(wrong):
    notes = contact_notes(rutile(*wrong))
    assert notes
    assert all("\n" not in note and "check the coordinates" in note for note in notes)


@pytest.mark.parametrize("x", [0.28, 0.3053, 0.32])
def test_rutile_is_not_noted(x):
    assert contact_notes(rutile(x)) == ()


def test_no_real_crystal_is_noted():
    """But two: hydrogen and nitrogen as single atoms over 3.5 Å apart, as the source has them."""
    noted = {crystal.id: notes for crystal in mini() if (notes := contact_notes(crystal.structure))}
    assert noted.keys() == {"mp-570752", "mp-672234"}
    assert all("no two atoms are near enough for a bond" in notes[0] for notes in noted.values())


@pytest.mark.parametrize(
    ("symbols", "a", "noted"),
    [
        (("Na", "Cl"), 5.64, True),  # the asymmetric unit of rock salt in its whole cell
        (("Cs", "Cl"), 4.12, False),
        (("Xe", "Ne"), 5.0, False),
        (("Hg", "Hg"), 3.9, False),
        (("Na", "Cl"), 56.4, True),
        (("Na", "Cl"), 5640.0, True),
    ],
)
def test_atoms_that_are_all_alone_are_noted(symbols, a, noted):
    pair = Structure(Lattice.cubic(a), symbols, [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert bool(contact_notes(pair)) == noted


def test_no_real_description_is_noted():
    texts = load_corpus("mini").table().select(["id", "condensed"]).to_pylist()
    assert len(texts) == 6277
    noted = {
        row["id"]: notes
        for row in texts
        if (notes := coordination_notes(json.loads(row["condensed"])))
    }
    assert noted == {}


def test_the_table_holds_the_largest_sums_of_valences():
    """A sum over all pairs of each site, by pymatgen's distances; a sample of the crystals."""
    largest = defaultdict(float)
    for crystal in mini(mini_table()["id"].to_pylist()[::60]):
        structure = crystal.structure
        for site, near in zip(structure, structure.get_all_neighbors(3.0), strict=True):
            total = sum(valence(site.specie.symbol, n.specie.symbol, n.nn_distance) for n in near)
            largest[site.specie.symbol] = max(largest[site.specie.symbol], total)
    for symbol, total in largest.items():
        if symbol in valences():
            assert total <= valences()[symbol].most + 0.05, symbol
    assert len(largest) > 60


def valence(one: str, other: str, distance: float) -> float:
    known = valences()
    if not {one, other} <= known.keys() or not {one, other} & nonmetals():
        return 0.0
    (r, c, _), (s, d, _) = known[one], known[other]
    length = r + s - r * s * (np.sqrt(c) - np.sqrt(d)) ** 2 / (c * r + d * s)
    bond = float(np.exp((length - distance) / 0.37))
    return min(bond, 1.0) if "H" in (one, other) else bond


def pair(one: str, other: str, distance: float) -> Structure:
    return Structure(
        Lattice.cubic(30),
        [one, other],
        [[0, 0, 0], [distance / 30, 0, 0]],
        validate_proximity=False,
    )


@pytest.mark.parametrize(
    ("one", "other", "real", "impossible"),
    [
        ("H", "H", 0.74, 0.58),
        ("O", "H", 0.82, 0.58),
        ("N", "N", 1.10, 0.94),
        ("C", "O", 1.13, 0.94),
        ("O", "O", 1.21, 0.9),
        ("Cl", "Cl", 1.99, 0.36),
        ("V", "O", 1.58, 1.3),
        ("U", "O", 1.75, 1.6),
        ("Cr", "Cr", 1.83, 1.5),
        ("Rb", "Rb", 3.02, 2.7),
        ("Na", "Cl", 2.36, 1.7),
        ("Bk", "O", 2.0, 1.6),
        ("Og", "Og", 3.0, 2.0),
    ],
)
def test_contacts_are_judged_by_the_pair(one, other, real, impossible):
    assert contact_notes(pair(one, other, real)) == ()
    notes = contact_notes(pair(one, other, impossible))
    assert len(notes) == 1
    assert SHORT.fullmatch(notes[0])
    assert f"{one} and {other} at sites 1 and 2 are {impossible:.2f} Å apart" in notes[0]


def test_limits_are_beyond_every_pair_of_the_mini_corpus():
    """The margin: the shortest contact of each class is at least a tenth above its limit."""
    radii, shortest = single_bond_radii(), defaultdict(lambda: np.inf)
    for crystal in mini(mini_table()["id"].to_pylist()[::30]):
        structure = crystal.structure
        symbols = [species.symbol for species in structure.species]
        first, second, _, distances = structure.get_neighbor_list(2.6)
        for i, j, distance in zip(first, second, distances, strict=True):
            names = {symbols[i], symbols[j]}
            kind = "H" if "H" in names else "other" if names & nonmetals() else "metallic"
            ratio = distance / (radii[symbols[i]] + radii[symbols[j]])
            shortest[kind] = min(shortest[kind], ratio)
    assert shortest["H"] > 1.1 * SHORTEST_RELATIVE_WITH_HYDROGEN
    assert shortest["other"] > 1.08 * SHORTEST_OTHER
    assert shortest["metallic"] > 1.1 * SHORTEST_METALLIC


def test_an_atom_near_its_own_image_is_noted():
    thin = Structure(Lattice.orthorhombic(0.8, 5, 5), ["Fe"], [[0, 0, 0]])
    (note,) = contact_notes(thin)
    assert note.startswith("Fe at site 1 and its own image are 0.80 Å apart")


def test_many_notes_are_cut():
    rng = np.random.default_rng(0)
    crowd = Structure(Lattice.cubic(4), ["O"] * 20, rng.random((20, 3)))
    notes = contact_notes(crowd)
    assert len(notes) == 4
    assert re.fullmatch(r"\d+ more such notes are left out", notes[-1])
    distances = [float(re.search(r"are (\d\.\d\d) Å", note).group(1)) for note in notes[:3]]
    assert distances == sorted(distances)


def test_notes_do_not_depend_on_the_basis():
    wrong = rutile(0.4053)
    basis = np.array([[1, 0, 0], [17, 1, 0], [-40, 23, 1]])
    oblique = Structure(
        basis @ wrong.lattice.matrix, wrong.species, wrong.frac_coords @ np.linalg.inv(basis)
    )
    assert oblique.lattice.gamma < 5
    assert contact_notes(oblique) == contact_notes(wrong)


def site(element: str, nn: list[int], label: int = 1) -> dict:
    return {"element": element, "nn": nn, "sym_labels": (label,)}


@pytest.mark.parametrize(
    ("center", "around", "number", "possible"),
    [
        *(("Ti", "O", 12, False), ("Ti", "O", 8, True), ("Ti4+", "O2-", 12, False)),
        *(("O", "Ti", 8, False), ("O", "Li", 8, True), ("O", "Mg", 6, True)),
        *(("Si", "O", 9, False), ("Si", "O", 6, True), ("Cs", "Cl", 12, True)),
        *(("H", "O", 4, False), ("H", "O", 2, True), ("C", "O", 7, False)),
        *(("Al", "Al", 12, True), ("La", "O", 12, True), ("F", "H", 7, False)),
    ],
)
def test_neighbours_that_do_not_fit(center, around, number, possible):
    condensed = {"sites": {0: site(center, [1] * number, 2), "1": site(around, [])}}
    notes = coordination_notes(condensed)
    assert (notes == ()) is possible
    if not possible:
        name = center.rstrip("0123456789+-")
        assert notes[0].startswith(f"{name}(2) has {number} bonded neighbours (")


def test_a_description_of_a_wrong_rutile_is_noted():
    from crystext import describe

    assert coordination_notes(describe(rutile(0.3053)).condensed) == ()
    (note,) = coordination_notes(describe(rutile(0.3053, 0.4053)).condensed)
    assert note.startswith("Ti(1) has 12 bonded neighbours (O)")
