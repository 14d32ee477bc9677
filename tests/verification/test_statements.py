"""True and false statements about well-known crystals, in the words of textbooks.

They were written before they were tried, half of them before the reader was seen.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.verification.own import own_kind
from crystext.verification.reading import OWN_READERS, claims_by, claims_of, split

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = {
    "rutile": "rutile.cif",
    "halite": "halite.cif",
    "molybdenite": "POSCAR.molybdenite",
    "barium titanate": "barium_titanate.json",
}
CELLS = {
    "CsCl": ("Pm-3m", Lattice.cubic(4.12), {"Cs": [0, 0, 0], "Cl": [0.5, 0.5, 0.5]}),
    "SrTiO3": (
        "Pm-3m",
        Lattice.cubic(3.905),
        {"Sr": [0, 0, 0], "Ti": [0.5, 0.5, 0.5], "O": [0.5, 0.5, 0]},
    ),
    "CaF2": ("Fm-3m", Lattice.cubic(5.46), {"Ca": [0, 0, 0], "F": [0.25, 0.25, 0.25]}),
    "ZnO": (
        "P6_3mc",
        Lattice.hexagonal(3.25, 5.207),
        {"Zn": [1 / 3, 2 / 3, 0], "O": [1 / 3, 2 / 3, 0.382]},
    ),
    "Al2O3": (
        "R-3c",
        Lattice.hexagonal(4.76, 12.99),
        {"Al": [0, 0, 0.352], "O": [0.306, 0, 0.25]},
    ),
    "FeS2": ("Pa-3", Lattice.cubic(5.418), {"Fe": [0, 0, 0], "S": [0.385, 0.385, 0.385]}),
    "C": ("Fd-3m", Lattice.cubic(3.567), {"C": [0, 0, 0]}),
    "MgAl2O4": (
        "Fd-3m",
        Lattice.cubic(8.08),
        {"Mg": [0, 0, 0], "Al": [0.625, 0.625, 0.625], "O": [0.3875, 0.3875, 0.3875]},
    ),
}
TRUE = {
    "CsCl": [
        "8:8 coordination of Cs and Cl.",
        "Cs is bonded in a body-centered cubic geometry to eight equivalent Cl atoms.",
        "Each caesium ion is surrounded by eight chlorine atoms.",
        "Cs is bonded to 8 Cl atoms.",
        "Cs+ is coordinated by eight Cl- ions in a body-centered cubic arrangement.",
        "Caesium chloride is body-centred cubic like, with eightfold coordination of both ions.",
    ],
    "rutile": [
        "Titanium and oxygen form a tetragonal crystal.",
        "Ti is coordinated octahedrally by O.",
        "Rutile is built of chains of edge-sharing octahedra linked by corners.",
        "The octahedra share an edge with two neighbours and corners with eight others.",
        "The coordination number of oxygen is 3.",
        "The coordination numbers of Ti and O are 6 and 3.",
        "There are six oxygens around each titanium.",
        "Ti has 6 nearest oxygen neighbours.",
        "The compound crystallizes in the tetragonal system with space group P42/mnm.",
        "All Ti-O bonds are 1.95 Å.",
        "Three titanium atoms surround each oxygen.",
        "The TiO6 octahedra share both corners and edges.",
        "TiO6 octahedra share edges and corners with one another, but no faces.",
        "There is one inequivalent titanium site.",
        "Each Ti4+ ion is bonded to six O2- ions.",
        "Titanium dioxide crystallizes in the rutile structure (space group No. 136).",
        "Oxygen is threefold coordinated by titanium.",
        "Rutile has a tetragonal unit cell with two formula units.",
        "The structure is built from TiO6 octahedra that share edges to form chains.",
        "Each Ti4+ cation sits at the centre of an octahedron of six O2- anions.",
        "Each oxygen is surrounded by three titanium atoms in a trigonal planar arrangement.",
        "The Ti-O bond lengths are 1.95 and 1.98 Å.",
        "The space group is P4_2/mnm (136).",
        "A binary oxide of titanium, space group number 136.",
    ],
    "halite": [
        "Every chlorine is octahedrally surrounded by six sodium ions.",
        "Na+ and Cl- ions are both in octahedral sites.",
        "Halite belongs to the isometric system with cubic symmetry Fm-3m.",
        "Fm3m",
        "Space group: F m -3 m (#225).",
        "Na and Cl are both octahedral.",
        "Sodium chloride has a face-centred cubic lattice with space group Fm-3m.",
        "Every Na+ has six Cl- nearest neighbours at 2.82 Å.",
        "The Na-Cl distance is about 2.8 angstroms.",
        "The structure can be described as two interpenetrating face-centred cubic lattices.",
        "Both ions are six-coordinate.",
        "Sodium has a coordination number of 6.",
        "NaCl is made of edge-sharing NaCl6 octahedra.",
        "The Na-Cl bond length is 282 pm.",
    ],
    "molybdenite": [
        "2D MoS2 with Mo in six-fold coordination.",
        "Sulfur is three-coordinate.",
        "MoS2 is a layered material whose sheets are stacked along the c axis.",
        "The compound consists of two MoS2 sheets.",
        "MoS2 consists of S-Mo-S layers held together by van der Waals forces.",
        "Each Mo is bonded to six S atoms.",
        "The Mo-S bonds are 2.42 angstroms long.",
        "A hexagonal layered sulfide, P6_3/mmc.",
    ],
    "SrTiO3": [
        "SrTiO3 contains strontium, titanium and oxygen.",
        "The titanate has twelve-coordinate Sr2+ and six-coordinate Ti4+.",
        "Oxygen is bonded to two titanium and four strontium atoms.",
        "Corner-sharing octahedra and cuboctahedra.",
        "SrTiO3 is a cubic perovskite with corner-sharing TiO6 octahedra.",
        "Strontium is in 12-fold coordination by oxygen.",
        "The TiO6 octahedra are connected solely through their corners.",
        "Each Sr is surrounded by 12 oxygen atoms and each Ti by six.",
        "Sr is bonded to twelve O to form cuboctahedra.",
        "Titanium octahedra share corners in three dimensions.",
    ],
    "barium titanate": [
        "Barium titanate is tetragonal and belongs to space group P4mm (no. 99).",
        "There are two inequivalent oxygen sites and a single Ba site.",
    ],
    "CaF2": [
        "In CaF2, Ca is at the centre of a cube of eight F.",
        "In fluorite each fluoride ion is tetrahedrally coordinated by four calcium ions.",
        "Each Ca2+ cation is surrounded by eight F- anions, each F- by four Ca2+.",
        "The calcium ions are eight-coordinate and the fluoride ions four-coordinate.",
        "FCa4 tetrahedra share corners and edges.",
    ],
    "ZnO": [
        "The Zn-O distances range from 1.97 to 1.99 Å.",
        "Hexagonal ZnO, P63mc, wurtzite type.",
        "Zn and O atoms are four-coordinate.",
        "Zinc oxide has the wurtzite structure; each Zn is tetrahedrally coordinated to four O.",
        "All the tetrahedra in this hexagonal oxide are corner-sharing.",
        "Zn and O are both tetrahedrally coordinated.",
        "A wurtzite-type zinc oxide with corner-sharing ZnO4 tetrahedra.",
    ],
    "Al2O3": [
        "Al2O3 is trigonal; oxygen is four-coordinate.",
        "AlO6 octahedra share corners, edges and faces.",
        "Corundum-type Al2O3 has Al3+ ions in sixfold coordination.",
        "Corundum: aluminium occupies octahedral sites.",
        "Al is bonded to six oxygen atoms at distances of 1.86 and 1.97 Å.",
        "The AlO6 octahedra share faces, edges and corners.",
    ],
    "FeS2": [
        "S is bonded to three Fe and one S.",
        "Pyrite contains S-S bonds of 2.16 Å.",
        "Iron is bonded to six sulfur atoms, each sulfur is bonded to three irons and one sulfur.",
        "FeS2 has a cubic structure with S-S dumbbells.",
    ],
    "Mg2SiO4": [
        "Forsterite has two inequivalent Mg sites, both octahedrally coordinated.",
        "The silicate has isolated SiO4 tetrahedra and is orthorhombic, Pnma.",
        "Two distinct Mg sites and three distinct O sites are present.",
        "SiO4 tetrahedra share edges with MgO6 octahedra.",
        "An orthorhombic magnesium silicate.",
    ],
    "C": [
        "A form of carbon in which each atom has four neighbors.",
        "Diamond: every carbon is bonded to four other carbon atoms in a tetrahedral geometry.",
        "Carbon atoms are tetrahedrally bonded at 1.54 Å.",
    ],
    "MgAl2O4": [
        "Mg2+ sits in tetrahedral and Al3+ in octahedral sites.",
        "In this spinel, magnesium is tetrahedral and aluminium is octahedral.",
        "MgAl2O4 has MgO4 tetrahedra and AlO6 octahedra.",
        "The AlO6 octahedra share edges with one another.",
        "Spinel contains aluminum in six-fold and magnesium in four-fold coordination.",
    ],
}
FALSE = {
    "CsCl": [
        "Cs is bonded in a body-centered cubic geometry to six equivalent Cl atoms.",
        "Each caesium ion is surrounded by six chlorine atoms.",
        "Cs is bonded to 12 Cl atoms.",
        "Cesium chloride adopts the rock salt structure.",
        "The Cs atoms are coordinated by twelve Cl atoms forming a cuboctahedron.",
    ],
    "rutile": [
        "The coordination numbers of Ti and O are 4 and 2.",
        "There are eight oxygens around each titanium.",
        "Ti has 8 nearest oxygen neighbours.",
        "It is isostructural with fluorite.",
        "Four titanium atoms surround each oxygen.",
        "TiO6 octahedra share only corners.",
        "The octahedra share faces.",
        "There are two inequivalent Ti sites.",
        "Each Ti(IV) centre is bonded to five oxide ions.",
        "This is the anatase polymorph of titania.",
        "Each oxygen has four titanium neighbours.",
        "Each oxygen is surrounded by three titanium atoms in a tetrahedral arrangement.",
        "The Ti-O bond lengths are 1.95 and 2.08 Å.",
        "The titanium atoms are eightfold coordinated.",
        "The space group is P4_2/mnm (137).",
        "It is an orthorhombic titanium oxide.",
    ],
    "halite": [
        "The structure is composed of NaCl8 cubes.",
        "Na+ ions fill the tetrahedral holes.",
        "Space group: F m -3 m (#221).",
        "NaCl crystallises in the Pm-3m space group.",
        "Every Na+ has six Cl- nearest neighbours at 2.42 Å.",
        "It contains potassium and chlorine.",
        "Sodium has a coordination number of 8.",
        "The Na-Cl bond length is 0.236 nm.",
        "Its structure type is CsCl.",
        "NaCl has the CsCl-type structure.",
    ],
    "molybdenite": [
        "1D chains of MoS2.",
        "Sulfur is four-coordinate.",
        "Molybdenum is octahedrally coordinated by sulfur.",
        "Each Mo is bonded to four S atoms.",
        "It is a three-dimensional sulfide.",
        "The compound is isostructural with graphite.",
    ],
    "SrTiO3": [
        "SrTiO3 contains strontium, titanium and nitrogen.",
        "The titanate has six-coordinate Sr2+ and twelve-coordinate Ti4+.",
        "Oxygen is bonded to four titanium and two strontium atoms.",
        "The TiO6 octahedra share edges.",
        "Strontium titanate is tetragonal.",
        "Ti is in the tetrahedral site of the perovskite.",
        "A layered perovskite.",
    ],
    "barium titanate": [
        "There are three inequivalent oxygen sites.",
    ],
    "CaF2": [
        "CaF2 is an orthorhombic fluoride.",
        "Each fluorine is bonded to six calcium atoms.",
        "CaF2 is antifluorite structured with oxygen vacancies.",
        "The calcium ions are four-coordinate and the fluoride ions eight-coordinate.",
        "The fluoride ions are octahedrally coordinated.",
    ],
    "ZnO": [
        "The Zn-O distances range from 2.17 to 2.19 Å.",
        "Cubic ZnO, F-43m, zinc-blende type.",
        "Zn and O atoms are six-coordinate.",
        "ZnO crystallizes in the zinc blende structure.",
        "ZnO4 tetrahedra share edges.",
        "Zn and O are both octahedrally coordinated.",
        "A rock-salt-type zinc oxide.",
    ],
    "Al2O3": [
        "Al2O3 is trigonal; oxygen is six-coordinate.",
        "The AlO6 octahedra share only edges.",
        "Alumina crystallizes in the monoclinic system.",
        "Aluminium occupies tetrahedral sites.",
    ],
    "FeS2": [
        "S is bonded to two Fe and two S.",
        "Iron is bonded to four sulfur atoms in a tetrahedral geometry.",
        "FeS6 octahedra share edges.",
        "Marcasite is this form of FeS2.",
    ],
    "Mg2SiO4": [
        "Silicon is in octahedral coordination.",
        "There are four crystallographically distinct oxygen atoms.",
        "Three distinct Mg sites are present.",
        "A monoclinic magnesium silicate.",
    ],
    "C": [
        "A form of carbon in which each atom has three neighbors.",
        "Graphite.",
        "Each carbon is bonded to three carbons in a trigonal planar geometry.",
        "Each carbon has three nearest neighbours.",
    ],
    "MgAl2O4": [
        "Mg2+ sits in octahedral and Al3+ in tetrahedral sites.",
        "An inverse perovskite.",
        "Mg and Al are octahedral.",
        "Both Mg and Al are tetrahedrally coordinated.",
        "Mg occupies octahedral sites and Al occupies tetrahedral sites.",
        "MgAl2O4 has MgO6 octahedra and AlO4 tetrahedra.",
        "Spinel contains aluminum in four-fold and magnesium in six-fold coordination.",
    ],
}


@pytest.fixture(scope="module")
def described():
    found = {name: crystext.describe(EXAMPLES / file) for name, file in FILES.items()}
    for name, (group, lattice, sites) in CELLS.items():
        structure = Structure.from_spacegroup(group, lattice, list(sites), list(sites.values()))
        found[name] = crystext.describe(structure)
    found["Mg2SiO4"] = crystext.describe(_forsterite())
    return found


def _forsterite():
    sites = [
        *(("Mg", [0, 0, 0]), ("Mg", [0.2774, 0.25, 0.9915]), ("Si", [0.0940, 0.25, 0.4262])),
        *(("O", [0.0913, 0.25, 0.7657]), ("O", [0.4474, 0.25, 0.2215])),
        ("O", [0.1628, 0.0331, 0.2777]),
    ]
    lattice = Lattice.orthorhombic(10.207, 5.98, 4.756)
    species, places = zip(*sites, strict=True)
    return Structure.from_spacegroup("Pnma", lattice, species, places)


@pytest.mark.parametrize(("name", "words"), [(n, w) for n, all_ in TRUE.items() for w in all_])
def test_a_true_statement_is_true(described, name, words):
    found = crystext.verify(described[name], words)
    assert found.score == 1, [one.to_dict() for one in found.false]


@pytest.mark.parametrize(("name", "words"), [(n, w) for n, all_ in FALSE.items() for w in all_])
def test_a_false_statement_is_never_true(described, name, words):
    found = crystext.verify(described[name], words)
    assert found.false, [one.claim.said for one in found.claims]
    assert found.score < 1


@pytest.mark.parametrize(
    ("name", "words", "left"),
    [
        ("halite", "It has a face-centred cubic lattice.", ("face-centred",)),
        ("rutile", "The Ti-O bonds are equal in a tetragonal oxide.", ("Ti-O", "equal")),
        ("rutile", "Titanium has six O neighbours, unlike SiO2.", ("SiO2",)),
        ("CsCl", "Caesium is bonded to eight chlorine atoms.", ()),
    ],
)
def test_what_is_left_is_told(described, name, words, left):
    found = crystext.verify(described[name], words)
    assert [one.words for one in found.partly_read] == ([left] if left else [])


def test_own_sentences_are_read_as_all_others_are():
    rows = crystext.load_corpus("mini").table(["text"]).to_pylist()[::60]
    told = 0
    for row in rows:
        for sentence in split(row["text"]):
            kind = own_kind(sentence)
            if kind is None:
                continue
            told += 1
            own = {
                (one.kind, one.subject, one.value) for one in claims_by(OWN_READERS[kind], sentence)
            }
            every = {(one.kind, one.subject, one.value) for one in claims_of(sentence)}
            assert own == every, sentence
    assert told > 1000


@pytest.mark.parametrize(
    "sentence",
    [
        "Ti(1) is bonded to six equivalent O(1) atoms to form a metallic band.",
        "All Ti(1)-O(1) bond lengths are 1.95 Å at 5 GPa.",
        "TiO2 is stable and crystallizes in the tetragonal P4_2/mnm space group.",
        "Ti(1) is bonded in a strange geometry to six equivalent O(1) atoms.",
        "There are two inequivalent Ti sites, and a band gap.",
    ],
)
def test_what_is_only_like_an_own_sentence_is_none(sentence):
    assert own_kind(sentence) is None


def test_how_many_components_there_are_is_judged(described):
    sheets = described["molybdenite"]
    for number, right in (("two", True), ("three", False)):
        for words in (
            f"It has {number} MoS2 layers.",
            f"The structure consists of {number} MoS2 sheets.",
        ):
            found = crystext.verify(sheets, words)
            assert (found.score == 1) is right, words
