"""Several images or rows of one atom, and different atoms on one place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.formats.cif_makers import (
    BADDELEYITE,
    CESIUM_CHLORIDE,
    COLUMNS,
    HALITE,
    RUTILE,
    WURTZITE,
    Made,
    all_images,
    operations_of,
    standard_settings,
    triplets,
)
from tests.formats.kinds.judging import judge

CUBIC = triplets(*operations_of(523))
FULL_HALITE = HALITE.but(operations=CUBIC, formula="Cl Na", z=4)
ZIRCONIA = BADDELEYITE.but(formula="O2 Zr", z=4)

# ------------------------------------------------------------------------ rounded special positions


@pytest.mark.parametrize("third", ["0.333", "0.3333", "0.33333", "0.33", "1/3"])
@pytest.mark.parametrize("operations", [True, False])
def test_rounded_thirds_of_wurtzite(third, operations):
    two_thirds = {"0.33": "0.67", "1/3": "2/3"}.get(third, third.replace("3", "6")[:-1] + "7")
    atoms = (f"Zn1 Zn {third} {two_thirds} 0", f"O1 O {third} {two_thirds} 0.382")
    made = WURTZITE.but(atoms=atoms, formula="O Zn", z=2)
    odd = ["refuse"] if third in {"1/3", "0.33"} else []
    found = judge(made if operations else made.but(operations=None), "right", *odd,
                  formula="ZnO", number=186)  # fmt: skip
    assert found.error or len(found.crystals[0].structure) == 4


ROUNDED = {
    "corundum on rhombohedral axes": (
        Made((5.13, 5.13, 5.13, 55.28, 55.28, 55.28), ("Al1 Al 0.352 0.352 0.352",
             "O1 O 0.5564 -0.0564 0.25"), symbol="R -3 c"),
        "Al2O3", 167, 10,
    ),
    "molybdenite": (
        Made((3.16, 3.16, 12.294, 90, 90, 120),
             ("Mo1 Mo 0.333 0.667 0.25", "S1 S 0.333 0.667 0.621"),
             symbol="P 63/m m c"),
        "MoS2", 194, 6,
    ),
    "magnesium": (
        Made((3.21, 3.21, 5.21, 90, 90, 120), ("Mg1 Mg 0.3333 0.6667 0.25",), symbol="P 63/m m c"),
        "Mg", 194, 2,
    ),
    "brucite": (
        Made((3.142, 3.142, 4.766, 90, 90, 120), ("Mg1 Mg 0 0 0", "O1 O 0.333 0.667 0.2203",
             "H1 H 0.333 0.667 0.4130"), symbol="P -3 m 1"),
        "Mg(HO)2", 164, 5,
    ),
    "x, 2x rounded": (
        Made((5.01, 5.01, 5.47, 90, 90, 120), ("Si1 Si 0.333 0.667 0.062", "O1 O 0.333 0.667 0.25",
             "O2 O 0.435 0.869 0.0"), symbol="P 63/m m c"),
        None, None, None,
    ),
    "sixths": (
        Made((5.0, 5.0, 7.0, 90, 90, 120), ("Ni1 Ni 0.1667 0.3333 0.25", "As1 As 0 0 0"),
             symbol="P 63/m m c"),
        "Ni3As", 194, 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROUNDED)
def test_rounded_coordinates(case):
    made, formula, number, sites = ROUNDED[case]
    found = judge(
        made, "right", *(["warn"] if formula is None else []), formula=formula, number=number
    )
    assert sites is None or len(found.crystals[0].structure) == sites


PLACES = [
    (0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0, 0), (1 / 3, 2 / 3, 0.21), (0.22, 0.44, 0.25), (0, 0, 0.23),
    (0.25, 0.25, 0.25), (0.17, 0.17, 0.17), (0.23, 0, 0), (0.125, 0.125, 0.125), (0.21, 0.21, 0),
    (0, 0.5, 0.25), (0.16, 0.25, 0.31), (0.31, 0.17, 0), (1 / 6, 1 / 3, 0.25), (0.25, 0.11, 0.4),
]  # fmt: skip


def _displaced(hall_number, place, distance, seed):
    """A crystal with one atom near a special position, and how many sites it must have; or None."""
    rotations, translations = operations_of(hall_number)
    images = rotations @ np.array(place) + translations
    steps = images - place
    fixing = np.abs(steps - np.round(steps)).max(axis=1) < 1e-6
    if fixing.sum() == 1:
        return None
    metric = np.einsum("nji,jk,nkl->il", rotations, np.diag([60.0, 75, 90]), rotations) / len(
        rotations
    )
    lattice = np.linalg.cholesky(metric)
    random = np.random.default_rng(seed)
    step = random.normal(size=3)
    moved = np.array(place) + step / np.linalg.norm(step) * distance @ np.linalg.inv(lattice)
    lengths = np.sqrt(np.diag(metric))
    angles = [
        np.degrees(np.arccos(metric[i, j] / lengths[i] / lengths[j]))
        for i, j in ((1, 2), (0, 2), (0, 1))
    ]
    cell = tuple(f"{value:.6f}" for value in (*lengths, *angles))
    atoms = ("Zn1 Zn " + " ".join(f"{value:.8f}" for value in moved),)
    made = Made(cell, atoms, operations=triplets(rotations, translations))
    distinct = len({tuple(np.round(np.mod(image + 1e-7, 1), 5)) for image in images})
    return made, distinct


@pytest.mark.parametrize("distance", [0.001, 0.006, 0.012])
def test_images_within_the_rounding_merge(distance):
    """Twice the distance, and in cubic groups little more, lies between images."""
    faults, tried = [], 0
    for index, hall_number in enumerate(standard_settings()[2::6]):
        place = PLACES[index % len(PLACES)]
        case = _displaced(hall_number, place, distance, hall_number)
        if case is None:
            continue
        made, sites = case
        tried += 1
        found = judge(made, "right", "warn", formula="Zn")
        if len(found.crystals[0].structure) != sites:
            faults.append((hall_number, place, len(found.crystals[0].structure), sites))
    assert tried > 15
    assert not faults, faults


@pytest.mark.parametrize("distance", [0.03, 0.1, 0.2, 0.35])
def test_images_farther_apart_are_never_taken_for_bonds(distance):
    for index, hall_number in enumerate(standard_settings()[4::23]):
        case = _displaced(hall_number, PLACES[(3 * index) % len(PLACES)], distance, hall_number)
        if case is None:
            continue
        made, sites = case
        found = judge(made, "right", "warn", "refuse")
        if found.crystals and distance > 0.05 and not found.crystals[0].notes:
            # moved along a direction in which the place is free: no image lies near
            pairs = found.crystals[0].structure.get_neighbor_list(1.0)[-1]
            assert len(pairs) == 0
        if found.crystals and distance < 0.05:
            notes = found.crystals[0].notes
            assert len(found.crystals[0].structure) == sites or notes


def test_merged_images_lie_on_the_special_position():
    """Else the symmetry of the description would be lower than the file's."""
    for x, y in ((0.333, 0.667), (0.334, 0.666), (0.3325, 0.6672)):
        made = WURTZITE.but(atoms=(f"Zn1 Zn {x} {y} 0", f"O1 O {x} {y} 0.382"))
        found = judge(made, "right", formula="ZnO", number=186)
        zinc = [site for site in found.crystals[0].structure if site.specie.symbol == "Zn"]
        for site in zinc:
            thirds = np.array(site.frac_coords[:2]) * 3
            assert np.abs(thirds - np.round(thirds)).max() < 1e-6


# --------------------------------------------------------------------------- copies that are listed

CRYSTALS = {
    "zirconia": (ZIRCONIA, "ZrO2", 14, 12),
    "halite": (FULL_HALITE, "NaCl", 225, 8),
    "rutile": (RUTILE.but(formula="O2 Ti", z=2), "TiO2", 136, 6),
    "wurtzite": (WURTZITE.but(formula="O Zn", z=2), "ZnO", 186, 4),
    "triclinic": (
        Made((6, 7, 8, 85, 95, 100), ("C1 C 0.1 0.02 0.03", "Br1 Br 0.35 0.1 0.1"), symbol="P -1",
             operations=("x,y,z", "-x,-y,-z"), formula="C2 Br2", z=1),
        "CBr", 2, 4,
    ),
}  # fmt: skip


def _suffixed(rows):
    seen = {}
    for row in rows:
        label, rest = row.split(" ", 1)
        count = seen[label] = seen.get(label, 0) + 1
        yield f"{label}{'' if count == 1 else '_' + chr(95 + count)} {rest}"


WAYS = {
    "the same labels": tuple,
    "labels with suffixes": lambda rows: tuple(_suffixed(rows)),
    "labels of their own": lambda rows: tuple(
        f"{row.split()[1]}{n} {row.split(' ', 1)[1]}" for n, row in enumerate(rows, 1)
    ),
    "reversed": lambda rows: tuple(reversed(rows)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CRYSTALS)
@pytest.mark.parametrize("facts", [True, False])
def test_every_copy_listed(way, name, facts):
    made, formula, number, sites = CRYSTALS[name]
    if not facts:
        made = made.but(formula=None, z=None)
    every = WAYS[way](all_images(made, made.operations))
    assert len(every) == sites
    found = judge(made.but(atoms=every), "noted", formula=formula, number=number)
    assert len(found.crystals[0].structure) == sites


@pytest.mark.parametrize("name", CRYSTALS)
def test_every_copy_listed_without_operations(name):
    made, formula, number, sites = CRYSTALS[name]
    every = all_images(made, made.operations)
    found = judge(made.but(atoms=every, operations=None), "noted", formula=formula, number=number)
    assert len(found.crystals[0].structure) == sites


@pytest.mark.parametrize("name", CRYSTALS)
@pytest.mark.parametrize("count", [1, 2])
def test_some_copies_listed(name, count):
    made, formula, number, sites = CRYSTALS[name]
    every = all_images(made, made.operations)
    listed = {row.split(" ", 1)[1] for row in all_images(made, ("x,y,z",))}
    copies = [row for row in every if row.split(" ", 1)[1] not in listed][-count:]
    found = judge(made.but(atoms=(*made.atoms, *copies)), "noted", formula=formula, number=number)
    assert len(found.crystals[0].structure) == sites


def test_copies_in_other_cells_and_rounded():
    atoms = (*ZIRCONIA.atoms, "Zr2 Zr 0.7247 0.5396 1.2917", "O3 O -0.0702 -0.3316 -0.3446")
    found = judge(ZIRCONIA.but(atoms=atoms), "noted", formula="ZrO2", number=14)
    assert len(found.crystals[0].structure) == 12


@pytest.mark.parametrize("label", ["Na1", "Na2"])
def test_one_atom_twice(label):
    for made in (FULL_HALITE, HALITE, HALITE.but(symbol="P 1")):
        twice = made.but(atoms=(*made.atoms, f"{label} Na 0 0 0"))
        judge(twice, "noted", "refuse", formula="NaCl")
    near = FULL_HALITE.but(atoms=(*HALITE.atoms, f"{label} Na 0.001 0 0"))
    judge(near, "noted", "refuse", formula="NaCl")


def test_copies_with_types_that_differ_in_charge():
    atoms = ("Fe1 Fe2+ 0 0 0", "Fe2 Fe3+ 0 0 0", "O1 O2- 0.5 0.5 0.5")
    judge(HALITE.but(atoms=atoms), "warn", "refuse")


# --------------------------------------------------------------------- different atoms on one place

ON_ONE_PLACE = {
    "the same numbers": (HALITE.but(atoms=(*HALITE.atoms, "K1 K 0 0 0")), ("Na", "K")),
    "an image": (FULL_HALITE.but(atoms=(*HALITE.atoms, "K1 K 0.5 0.5 0")), ("Na", "K")),
    "near by": (HALITE.but(atoms=(*HALITE.atoms, "K1 K 0.002 0 0")), ("Na", "K")),
    "across the cell's edge": (
        CESIUM_CHLORIDE.but(atoms=("Cs1 Cs 0.999 0 0", "Cl1 Cl 0.5 0.5 0.5", "I1 I 0.001 0 1"),
                            symbol="P 1"), ("Cs", "I"),
    ),
    "in P1": (
        CESIUM_CHLORIDE.but(atoms=("Cs1 Cs 0 0 0", "Cl1 Cl 0 0 0"), symbol="P 1"), ("Cs", "Cl"),
    ),
    "full and full": (
        HALITE.but(columns=(*COLUMNS, "occupancy"),
                   atoms=("Na1 Na 0 0 0 1", "K1 K 0 0 0 1.0", "Cl1 Cl 0.5 0.5 0.5 1")), ("Na", "K"),
    ),
    "a general position": (
        ZIRCONIA.but(atoms=(*ZIRCONIA.atoms, "Hf1 Hf 0.2754 0.0395 0.2083"), formula=None, z=None),
        ("Zr", "Hf"),
    ),
    "hydrogen": (HALITE.but(atoms=(*HALITE.atoms, "H1 H 0 0 0")), ("Na", "H")),
    "an image in a monoclinic cell": (
        ZIRCONIA.but(atoms=(*ZIRCONIA.atoms, "Hf1 Hf -0.2754 0.5395 0.2917"), formula=None, z=None),
        ("Zr", "Hf"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ON_ONE_PLACE)
def test_different_atoms_on_one_place_are_both_named(case):
    made, names = ON_ONE_PLACE[case]
    judge(made, "refuse", words=names)


MIXED = {
    "half and half": ("Na1 Na 0 0 0 0.5", "K1 K 0 0 0 0.5"),
    "with errors": ("Na1 Na 0 0 0 0.70(2)", "K1 K 0 0 0 0.30(2)"),
    "over one": ("Na1 Na 0 0 0 0.7", "K1 K 0 0 0 0.7"),
    "under one": ("Na1 Na 0 0 0 0.4", "K1 K 0 0 0 0.4"),
    "one label": ("M1 Na 0 0 0 0.5", "M1 K 0 0 0 0.5"),
    "on an image": ("Na1 Na 0 0 0 0.5", "K1 K 0.5 0.5 0 0.5"),
    "slightly apart": ("Na1 Na 0 0 0 0.5", "K1 K 0.004 0 0 0.5"),
}


@pytest.mark.parametrize("case", MIXED)
def test_shared_sites_are_refused_with_both_named(case):
    made = HALITE.but(columns=(*COLUMNS, "occupancy"), atoms=(*MIXED[case], "Cl1 Cl 0.5 0.5 0.5 1"))
    found = judge(made, "refuse", words=("Na", "K"))
    assert case == "over one" or found.error.code == "partial-occupancy"


def test_hydrogen_and_oxygen_on_one_place():
    made = Made(
        (3.974, 3.974, 8.968, 90, 90, 90),
        ("Ce1 Ce 0.25 0.25 0.14 1", "Fe1 Fe 0.75 0.25 0.5 1", "As1 As 0.25 0.25 0.655 1",
         "F1 F 0.75 0.25 0 0.1", "H1 H 0.75 0.25 0 0.9"),
        columns=(*COLUMNS, "occupancy"), symbol="P 4/n m m", formula="As2 Ce2 F0.2 Fe2 H1.8",
    )  # fmt: skip
    found = judge(made, "refuse", words=("H", "F"))
    assert found.error.code == "partial-occupancy"


def relaxed(step):
    """Every atom of rutile's cell, moved by some thousandths of the cell, with its symmetry."""
    random = np.random.default_rng(1)
    rows = []
    for row in all_images(RUTILE, RUTILE.operations):
        label, symbol, *place = row.split()
        moved = np.array(place, dtype=float) + random.uniform(-step, step, 3)
        rows.append(f"{label} {symbol} " + " ".join(f"{value:.5f}" for value in moved))
    return RUTILE.but(atoms=tuple(rows), formula="O2 Ti", z=2)


@pytest.mark.parametrize("step", [0.015, 0.02, 0.03])
def test_a_relaxed_cell_that_is_listed_whole(step):
    """Where Z tells it: copies within 0.05 angstrom are merged, and these lie farther off."""
    made = relaxed(step)
    found = judge(made, "noted", formula="TiO2")
    assert len(found.crystals[0].structure) == 6
    judge(made.but(z=None, formula=None), "warn", "refuse")


def test_copies_that_are_none_where_the_formula_tells():
    """Boron nitride of COD 5910079: two of four listed atoms are copies, which leaves B2N."""
    atoms = (
        "N1 N 0 0 0",
        "N2 N 0 0 .5",
        "B1 B .33333333 .66666667 .1",
        "B2 B .66666667 .33333333 .6",
    )
    made = Made((2.51, 2.51, 6.69, 90, 90, 120), atoms, symbol="P 63/m m c", formula="B N")
    found = judge(made, "noted", formula="BN", number=186)
    assert "the sites as listed fit it" in found.crystals[0].notes[0]
