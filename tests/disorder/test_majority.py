"""The most occupied alternatives: of sites, of split positions, of groups, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from crystext.disorder import ordered
from crystext.errors import PartialOccupancyError, TooManySitesError, UsageError
from tests.disorder.crystals import (
    BOX,
    INVERSION,
    about_inversion,
    alloy,
    ice_ih,
    marked,
    rock_salt,
    spinel,
    split_lithium,
    turned_molecule,
)


def majority(structure):
    result, phrase = ordered(structure, "majority")
    assert result.is_ordered
    assert not result.site_properties
    assert 0 < len(phrase) <= 200
    assert phrase.startswith("majority: ")
    return result, phrase


def test_the_larger_share_of_a_mixed_site_stays():
    result, phrase = majority(rock_salt({"Fe": 0.6, "Co": 0.4}))
    assert result.composition.formula == "Fe4 O4"
    assert phrase == "majority: Fe0.6/Co0.4 at 4 sites as Fe; share of Co changed by 0.200"


def test_a_spinel_with_some_inversion_becomes_the_normal_one():
    result, phrase = majority(spinel({"Mg": 0.8, "Al": 0.2}, {"Mg": 0.1, "Al": 0.9}))
    assert result.composition.formula == "Mg8 Al16 O32"
    assert result.get_space_group_info()[1] == 227
    assert "changed" not in phrase


def test_hydrogen_with_a_little_oxygen_on_its_site():
    mixed = {"H": 0.9, "O": 0.1}
    structure = Structure(
        Lattice.tetragonal(3.974, 8.968),
        ["Ce", "Ce", "Fe", "Fe", "As", "As", mixed, mixed],
        [
            *([0.25, 0.25, 0.14], [0.75, 0.75, 0.86]),
            *([0.75, 0.25, 0.5], [0.25, 0.75, 0.5]),
            *([0.25, 0.25, 0.655], [0.75, 0.75, 0.345]),
            *([0.75, 0.25, 0], [0.25, 0.75, 0]),
        ],
    )
    result, phrase = majority(structure)
    assert result.composition.formula == "Ce2 Fe2 As2 H2"
    assert phrase == "majority: H0.9/O0.1 at 2 sites as H; share of H changed by 0.025"


def test_equal_shares_are_divided_among_equivalent_sites():
    result, phrase = majority(alloy({"Cu": 0.5, "Au": 0.5}))
    assert result.composition.formula == "Cu2 Au2"
    assert result.get_space_group_info()[0] == "P4/mmm"  # layers, as in the mineral
    assert "equal shares divided" in phrase


@pytest.mark.parametrize(("share", "kept"), [(0.9, 4), (0.95, 4)])
def test_a_nearly_full_site_is_filled(share, kept):
    result, phrase = majority(rock_salt({"Fe": share}))
    assert result.composition["Fe"] == kept
    assert f"Fe{share} at 4 sites filled; share of Fe changed by" in phrase


def test_a_rare_extra_atom_is_left_out():
    structure = rock_salt("Fe")
    for position in ([0.25, 0.25, 0.25], [0.75, 0.75, 0.75]):
        structure.append({"Fe": 0.1}, position)
    result, phrase = majority(structure)
    assert result.composition.formula == "Fe4 O4"
    assert "Fe0.1 at 2 sites left out" in phrase


def test_one_of_two_split_positions_stays():
    result, phrase = majority(split_lithium())
    assert result.composition.formula == "Li1 O1 F1"
    assert "Li0.5 at 2 sites as 1 Li" in phrase


def test_an_emptier_split_position_gives_way():
    lattice = Lattice.tetragonal(3.0, 6.0)
    species = ["O", "F", {"Li": 0.3}, {"Li": 0.7}]
    coords = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0.35], [0.5, 0.5, 0.45]]
    result, _ = majority(Structure(lattice, species, coords))
    (lithium,) = [site for site in result if site.specie.symbol == "Li"]
    assert lithium.frac_coords[2] == 0.45


@pytest.mark.parametrize("assembly", ["A", ""])
def test_the_more_occupied_group_stays_whole_in_every_image(assembly):
    result, phrase = majority(turned_molecule(assembly=assembly))
    assert result.composition.formula == "H2 C2 O2 F2"
    of_assembly = " of assembly A" if assembly else ""
    assert phrase == f"majority: group 1{of_assembly} (0.6, 6 atoms) kept"
    oxygen = sorted(site.frac_coords[0] for site in result if site.specie.symbol == "O")
    assert oxygen == pytest.approx([0.5 + 1.43 / 8, 1 - 1.43 / 8])


def test_the_first_listed_of_two_equal_groups_stays():
    one, _ = majority(turned_molecule(0.5))
    other, _ = majority(turned_molecule(0.6))
    assert one == other


def test_the_second_group_wins_where_it_is_the_larger():
    first, _ = majority(turned_molecule(0.6))
    second, phrase = majority(turned_molecule(0.3))
    assert "group 2 of assembly A (0.7" in phrase
    assert first != second


@pytest.mark.parametrize("group", ["-1", ""])
@pytest.mark.parametrize("assembly", ["", "B"])
def test_one_image_of_a_molecule_about_an_inversion_centre_stays(group, assembly):
    result, _ = majority(about_inversion(group, assembly if group else ""))
    assert result.composition.formula == "H3 C1 Cl1"
    carbon = next(index for index, site in enumerate(result) if site.specie.symbol == "C")
    lengths = {s.specie.symbol: result.get_distance(carbon, i) for i, s in enumerate(result)}
    assert lengths["Cl"] == pytest.approx(1.75, abs=0.01)
    assert lengths["H"] == pytest.approx(1.08, abs=0.05)


def test_assemblies_of_several_clusters_are_told_apart_by_their_occupancies():
    """SHELX files often number independent disorders 1 and 2 without assemblies."""
    rows = []
    for height, first in ((0.2, 0.7), (0.7, 0.2)):
        rows += [
            ("C", (0.5, 0.5, height), 1, "", ""),
            ("Cl", (0.5 + 1.75 / 8, 0.5, height), first, "", "1"),
            ("Cl", (0.5 + 1.5 / 8, 0.6, height), 1 - first, "", "2"),
        ]
    result, phrase = majority(marked(BOX, rows))
    chlorine = {round(s.frac_coords[2], 2): s.frac_coords[1] for s in result if s.specie.Z == 17}
    assert chlorine == {0.2: 0.5, 0.7: 0.6}
    assert phrase.count("group") == 2


def test_a_group_that_is_mostly_absent_is_left_out():
    rows = [
        (symbol, position, 1, "", "")
        for symbol, position in (
            ("C", (0.1, 0.1, 0.1)),
            ("O", (0.1 + 1.2 / 8, 0.1, 0.1)),
            ("N", (0.1, 0.1, 0.6)),
        )
    ]
    water = [("O", (0.6, 0.6, 0.6), 0.02, "W", "1"), ("H", (0.7, 0.6, 0.6), 0.02, "W", "1")]
    structure = marked(BOX, [*rows, *water])
    with pytest.raises(PartialOccupancyError, match=r"all H would be left out .H0.02 at site 5"):
        ordered(structure, "majority")


def test_half_hydrogens_obey_the_ice_rules():
    result, phrase = majority(ice_ih())
    assert "half hydrogens arranged" in phrase
    assert_ice(result)


def assert_ice(structure):
    oxygen = [site for site in structure if site.specie.symbol == "O"]
    assert all(len(structure.get_neighbors(site, 1.2)) == 2 for site in oxygen)
    assert len(structure) == 3 * len(oxygen)


@pytest.mark.parametrize(
    ("structure", "why"),
    [
        (rock_salt({"Li": 1 / 3}), r"all Li would be left out \(Li0.3333 at site 1\)"),
        (alloy({"Cu": 0.75, "Au": 0.25}), r"Au would become 0.00 of the atoms instead of 0.25"),
        (rock_salt({"Mg": 0.6, "Ti": 0.4}), r"Mg would become 0.50 of the atoms instead of 0.30"),
    ],
)
def test_what_would_be_another_compound_is_refused(structure, why):
    with pytest.raises(PartialOccupancyError, match=why) as caught:
        ordered(structure, "majority")
    remedy = "; try --disorder order, or order the structure yourself"
    assert caught.value.message.endswith(remedy)


def test_an_atom_on_a_full_one_is_refused():
    structure = rock_salt("Fe")
    structure.append({"Fe": 0.8}, [0.1, 0, 0])
    with pytest.raises(PartialOccupancyError, match=r"Fe at site 9 .* 0.42 Å apart"):
        ordered(structure, "majority")


def test_ordered_crystals_come_back_untouched():
    structure = rock_salt("Fe")
    assert ordered(structure, "majority") == (structure, "")
    single = marked(BOX, [("C", (0.5, 0.5, 0.5), 1, "", "1")], (INVERSION,))
    assert ordered(single, "order")[0] is single


def test_wrong_policies_and_large_cells_are_refused():
    structure = rock_salt({"Fe": 0.6, "Co": 0.4})
    with pytest.raises(UsageError, match="use one of majority, order"):
        ordered(structure, "largest")
    with pytest.raises(TooManySitesError, match="8 sites; the limit is 7"):
        ordered(structure, "majority", max_sites=7)


def test_the_input_is_not_changed():
    structure = turned_molecule()
    before = structure.copy()
    ordered(structure, "majority")
    assert structure == before
    assert structure.site_properties == before.site_properties
    assert np.array_equal(structure.frac_coords, before.frac_coords)
