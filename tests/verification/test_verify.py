"""True texts are true, others' are not, and what is not understood counts for nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from pymatgen.core import Lattice, Structure

import crystext
from crystext.choices import STYLES
from crystext.cli import cli
from crystext.errors import UsageError
from crystext.verification.claims import Judgement, Kind
from crystext.verification.reading import read_claims

EXAMPLES = Path(__file__).parents[2] / "examples"
STRUCTURES = sorted(
    one for one in EXAMPLES.iterdir() if one.suffix == ".cif" or one.name.startswith("POSCAR")
)
SAMPLE = 90  # every so many of mini


@pytest.fixture(scope="module")
def described():
    chosen = list(crystext.mini())[::SAMPLE]
    return [crystext.describe(one) for one in chosen]


@pytest.fixture(scope="module")
def halite():
    return crystext.describe(EXAMPLES / "halite.cif")


def kinds(verdict, judgement):
    return {one.claim.kind for one in verdict.claims if one.judgement is judgement}


def test_every_text_is_true_of_its_crystal(described):
    for one in described:
        found = crystext.verify(one, one.text)
        assert found.score == 1, (found, [str(x) for x in found.false])
        assert found.unread == ()
        assert crystext.verify(one, one.fields_text).score == 1


@pytest.mark.parametrize("style", STYLES)
def test_in_every_style(style):
    for path in STRUCTURES:
        text = crystext.describe(path, style=style).text
        found = crystext.verify(path, text)
        assert found.score == 1, (path, style, [x.to_dict() for x in found.false])
        assert len(found.claims) > 4


def test_every_text_is_less_true_of_another_crystal(described):
    for one, other in zip(described, described[1:] + described[:1], strict=True):
        assert crystext.verify(one, other.text).score < 1


def test_more_noise_makes_a_text_less_true(described):
    rng = np.random.default_rng(0)
    scores = []
    crystals = [one for one in crystext.mini() if len(one.structure) > 2][::500]
    directions = [rng.normal(size=(len(one.structure), 3)) for one in crystals]
    directions = [one / np.linalg.norm(one, axis=1)[:, None] for one in directions]
    for width in (0.0, 0.03, 0.3):
        found = []
        for one, direction in zip(crystals, directions, strict=True):
            moved = Structure(
                one.structure.lattice,
                one.structure.species,
                one.structure.cart_coords + width * direction,
                coords_are_cartesian=True,
            )
            text = crystext.describe(one).text
            found.append(crystext.verify(moved, text).score)
        scores.append(np.mean(found))
    assert scores[0] == 1
    assert scores[0] > scores[1] > scores[2]


def test_strain_is_seen_in_the_bond_lengths(halite):
    stretched = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(6.2), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    found = crystext.verify(stretched, halite.text)
    assert {one.claim.kind for one in found.false} == {Kind.BOND_LENGTH}
    assert found.false[0].found == "3.100"


def test_exchanged_elements_are_seen(halite):
    other = halite.text.replace("Na", "K")
    found = crystext.verify(halite, other)
    assert Kind.FORMULA in kinds(found, Judgement.FALSE)
    assert Kind.ELEMENT in kinds(found, Judgement.FALSE)
    assert Kind.SPACE_GROUP in kinds(found, Judgement.TRUE)
    assert found.score < 0.7


@pytest.mark.parametrize(
    ("words", "kind", "value", "judgement"),
    [
        ("A cubic crystal.", Kind.CRYSTAL_SYSTEM, "cubic", Judgement.TRUE),
        ("It has a hexagonal lattice.", Kind.CRYSTAL_SYSTEM, "hexagonal", Judgement.FALSE),
        ("A cubic chloride", Kind.CRYSTAL_SYSTEM, "cubic", Judgement.TRUE),
        ("A layered sulfide", Kind.DIMENSIONALITY, 2, Judgement.FALSE),
        ("A layered sulfide", Kind.ELEMENT, "S", Judgement.FALSE),
        ("sodium chloride", Kind.ELEMENT, "Na", Judgement.TRUE),
        ("Space group Fm-3m", Kind.SPACE_GROUP, "Fm-3m", Judgement.TRUE),
        ("Space group F m -3 m", Kind.SPACE_GROUP, "F", Judgement.CANNOT_TELL),
        ("space group number 225", Kind.SPACE_GROUP, 225, Judgement.TRUE),
        ("with Pnma symmetry", Kind.SPACE_GROUP, "Pnma", Judgement.FALSE),
        ("Na is octahedrally coordinated", Kind.GEOMETRY, "octahedral", Judgement.TRUE),
        ("tetrahedral coordination", Kind.GEOMETRY, "tetrahedral", Judgement.FALSE),
        ("edge-sharing NaCl6 octahedra", Kind.POLYHEDRA, "octahedra", Judgement.TRUE),
        ("face-sharing NaCl6 octahedra", Kind.CONNECTIVITY, "face", Judgement.FALSE),
        ("All Na-Cl bond lengths are 2.83 Å.", Kind.BOND_LENGTH, 2.83, Judgement.TRUE),
        ("All Na-Cl bond lengths are 2.87 Å.", Kind.BOND_LENGTH, 2.87, Judgement.FALSE),
    ],
)
def test_free_english(halite, words, kind, value, judgement):
    claims = crystext.verify(halite, words).claims
    found = {(one.claim.kind, one.claim.value): one for one in claims}
    assert found[kind, value].judgement is judgement


@pytest.mark.parametrize(
    "words", ["It is white.", "It is not a sulfide.", "There is no titanium in it.", ""]
)
def test_what_is_not_understood_or_denied_counts_for_nothing(halite, words):
    found = crystext.verify(halite, words)
    assert found.claims == ()
    assert found.score is None
    assert found.unread == ((words,) if words else ())


def test_names_of_geometries_and_minerals_are_no_claims_of_their_own():
    claims, _ = read_claims(
        "Fe(1) is bonded in a body-centered cubic geometry to eight Al(1) atoms."
    )
    assert Kind.CRYSTAL_SYSTEM not in {one.kind for one in claims}
    claims, _ = read_claims(
        "TiN is Copper-like structured and crystallizes in the cubic Fm-3m space group."
    )
    assert {one.value for one in claims if one.kind is Kind.ELEMENT} == {"Ti", "N"}


def test_many_at_once(halite):
    structures = [EXAMPLES / "halite.cif", "nowhere.cif", EXAMPLES / "rutile.cif"]
    good, lost, other = crystext.verify_many(structures, [halite.text] * 3)
    assert good.score == 1
    assert lost.error.code == "unreadable-file"
    assert other.score < 0.5
    with pytest.raises(UsageError, match="3 structures and 1 texts"):
        crystext.verify_many(structures, ["x"])
    with pytest.raises(UsageError, match="tolerance"):
        crystext.verify(halite, "x", tolerance=-1)


def test_the_command(halite, tmp_path):
    path = str(EXAMPLES / "halite.cif")
    good = CliRunner().invoke(cli, ["verify", path, "-"], input=halite.text)
    assert good.exit_code == 0
    assert good.stdout.splitlines()[-1] == "score        1.000"
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("A layered sulfide. It is red.")
    bad = CliRunner().invoke(cli, ["verify", path, "--prompt", str(prompt), "--json"])
    assert bad.exit_code == 1
    told = json.loads(bad.stdout)
    assert told["score"] == 0
    assert told["unread"] == ["It is red."]
    assert {one["judgement"] for one in told["claims"]} == {"false"}
    assert CliRunner().invoke(cli, ["verify", path]).exit_code == 2
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    assert CliRunner().invoke(cli, ["verify", path, str(tmp_path / "binary.txt")]).exit_code == 2


@pytest.mark.parametrize(
    "hostile",
    ["a" * 200_000, "(" * 4999, "Ti" * 2499, "is " * 1600, "a-sharing" * 500, "\x00\x1b[31m"],
)
def test_hostile_texts_end_soon(halite, hostile):
    assert crystext.verify(halite, hostile).score in {None, 0, 1}


@pytest.fixture(scope="module")
def rutile():
    return crystext.describe(EXAMPLES / "rutile.cif")


@pytest.mark.parametrize(
    ("words", "said", "right"),
    [
        ("Titanium is tetrahedral.", "geometry Ti tetrahedral", False),
        ("Ti is octahedral.", "geometry Ti octahedral", True),
        ("The Ti atoms are octahedral.", "geometry Ti octahedral", True),
        ("Octahedrally coordinated titanium.", "geometry Ti octahedral", True),
        ("It has tetrahedral oxygen.", "geometry O tetrahedral", False),
        ("It consists of edge-sharing tetrahedra.", "polyhedra tetrahedra", False),
        ("Corner-sharing octahedra.", "polyhedra octahedra", True),
        ("TiO6 octahedra share edges.", "connectivity TiO6 edge", True),
        ("TiO6 octahedra share faces.", "connectivity TiO6 face", False),
        ("The compound is cubic.", "crystal system cubic", False),
        ("TiO2 is tetragonal.", "crystal system tetragonal", True),
        ("TiO2 is tetragonal.", "formula TiO2", True),
        ("O2Ti.", "formula O2Ti", True),
        ("The formula is Ti2O3.", "formula Ti2O3", False),
        ("The chemical formula of TiO2 is known.", "formula TiO2", True),
        ("SnO2 in P4_2/mnm.", "formula SnO2", False),
        ("SnO2 in P4_2/mnm.", "space group P4_2/mnm", True),
        ("It crystallizes in Pnma.", "space group Pnma", False),
        ("Ti is 6-coordinate.", "coordination Ti 6", True),
        ("O is 4-coordinate.", "coordination O 4", False),
        ("The octahedra share faces.", "connectivity face", False),
    ],
)
def test_plain_statements(rutile, words, said, right):
    found = crystext.verify(rutile, words)
    (one,) = [one for one in found.claims if one.claim.said == said]
    assert one.judgement is (Judgement.TRUE if right else Judgement.FALSE)


@pytest.mark.parametrize(
    "words",
    [
        *("Oxygen atoms are in Pb.", "It is found in Cu.", "In I the bonds are long."),
        *("TiO6 octahedra are large.", "PO4 groups are rigid.", "Na is soft."),
        "The coordination is trigonal planar.",
    ],
)
def test_no_group_formula_or_system_where_none_is_meant(rutile, words):
    kinds = {one.claim.kind for one in crystext.verify(rutile, words).claims}
    assert not kinds & {Kind.FORMULA, Kind.SPACE_GROUP, Kind.CRYSTAL_SYSTEM}


def test_what_is_free_of_something_claims_nothing(rutile):
    for words in ("a nitrogen-free oxide", "a non-layered oxide", "a non-cubic oxide"):
        found = crystext.verify(rutile, words)
        assert (found.claims, found.unread) == ((), (words,))


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("A tetragonal oxide with a band gap of 3 eV.", ("band gap", "3 eV")),
        ("A tetragonal oxide of density 4.2 g/cm3 beside SiO2.", ("density", "4.2 g/cm3", "SiO2")),
        ("An oxide, square planar or octahedral.", ("square planar", "octahedral")),
        ("It is tetragonal, unlike anatase.", ("anatase",)),
        ("An oxide with linear chains.", ("linear",)),
        ("Isolated TiO6 octahedra.", ("Isolated",)),
        ("A tetragonal oxide.", ()),
    ],
)
def test_words_that_were_not_read_are_told(rutile, words, left):
    found = crystext.verify(rutile, words)
    assert found.score == 1
    assert [one.words for one in found.partly_read] == ([left] if left else [])
    assert (found.sentences, found.read_whole) == (1, 0 if left else 1)
    told = found.to_dict()
    assert told["sentences"] == 1
    assert [tuple(one["words"]) for one in told["partly_read"]] == ([left] if left else [])


def test_our_own_texts_are_read_whole(described):
    for one in described:
        found = crystext.verify(one, one.text)
        assert found.read_whole == found.sentences, found.partly_read


def test_the_command_says_how_much_it_read():
    def run(words):
        return CliRunner().invoke(cli, ["verify", str(EXAMPLES / "rutile.cif"), "--text", words])

    result = run("A tetragonal oxide with a band gap of 3 eV. It is white.")
    *_, partly, unread, score = result.stdout.splitlines()
    assert partly.startswith("partly read  A tetragonal oxide with")
    assert partly.endswith("(not band gap, 3 eV)")
    assert unread == "unread       It is white."
    assert score == "score        1.000  (0 of 2 sentences read whole)"
    assert result.exit_code == 0
    nothing = run("It is white.")
    assert nothing.stdout.splitlines()[-1] == "score        no claim was found"
    assert nothing.exit_code == 1
    assert run("A tetragonal oxide.").stdout.splitlines()[-1] == "score        1.000"
