"""The describer: the same words every time, its settings, its record, and unusual crystals."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext import Crystal, Describer, describe, mini
from crystext.choices import STYLES
from crystext.description.oxidation import MAX_STEPS, _steps
from crystext.errors import (
    EngineFailedError,
    OxidationGuessFailedError,
    OxidationGuessTooLongError,
    TooManySitesError,
    UsageError,
)
from tests.description.crystals import random_ids, structure

# Connectivity words and orientations that upstream takes from a set; molecules, sheets, ribbons.
IDS = ("mp-3579", "mp-5122", "mp-7350", "mp-11", "mp-111", "mp-29196", *random_ids(19, seed=20))

PROGRAM = """
import hashlib, sys
import crystext
describer = crystext.Describer()
for crystal in crystext.mini(sys.argv[1:]):
    print(crystal.id, hashlib.sha256(describer.describe(crystal).text.encode()).hexdigest())
"""


def texts(describer: Describer, ids) -> dict[str, str]:
    return {crystal.id: describer.describe(crystal).text for crystal in mini(list(ids))}


def in_another_process(hash_seed: int) -> str:
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, *IDS],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout


def cubic(*species: str, a: float = 5.0) -> Structure:
    coords = [[0, 0, 0], [0.5, 0.5, 0.5]][: len(species)]
    return Structure(Lattice.cubic(a), species, coords)


def zincblende(*species: str) -> Structure:
    """A crystal that no repair touches: all its polyhedra share corners only."""
    coords = [[0, 0, 0], [0.25, 0.25, 0.25]]
    return Structure.from_spacegroup("F-43m", Lattice.cubic(5.41), species, coords)


def test_a_used_describer_says_what_a_fresh_one_says():
    used = Describer()
    first = texts(used, IDS)
    assert texts(used, reversed(IDS)) == first
    for crystal in mini(list(IDS[:5])):
        assert Describer().describe(crystal).text == first[crystal.id]


@pytest.mark.slow
def test_a_describer_can_be_handed_to_a_process(rock_salt):
    own = Describer(style="unicode", canonical=True, max_sites=50, describe_bond_lengths=False)
    copy = pickle.loads(pickle.dumps(own))
    assert copy.settings == own.settings
    assert copy.describe(rock_salt) == own.describe(rock_salt)


def test_bytes_do_not_depend_on_the_process_or_the_hash_seed():
    outputs = {in_another_process(seed) for seed in (0, 1, 2)}
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == len(IDS)


def test_the_input_is_left_as_it_was(rock_salt):
    before = rock_salt.copy()
    Describer(canonical=True, oxidation="guess").describe(rock_salt)
    assert rock_salt == before
    assert [site.species for site in rock_salt] == [site.species for site in before]


def bars_behind(text):
    """The repair of overlines: upstream's stand before their digit."""
    return re.sub("\u0305(\\d)", "\\1\u0305", text)


@pytest.mark.parametrize("style", STYLES)
def test_fast_equals_robocrys_in_every_style(style):
    fast = Describer(style=style).describe(zincblende("Zn2+", "S2-"))
    original = Describer(style=style, engine="robocrys").describe(zincblende("Zn2+", "S2-"))
    assert fast.text == bars_behind(original.text)
    assert fast.global_text == bars_behind(original.global_text)
    assert fast.local_text == original.local_text
    assert bars_behind(fast.fields_text) == bars_behind(original.fields_text)
    assert fast.components == original.components
    assert original.provenance["engine"] == "robocrys"


def test_numbers_of_numpy_are_numbers():
    given = Describer(
        symprec=np.float64(0.02), max_sites=np.int64(9), bond_length_decimal_places=np.int32(3)
    )
    usual = Describer(symprec=0.02, max_sites=9, bond_length_decimal_places=3)
    assert given.settings.digest() == usual.settings.digest()
    assert json.dumps(given.settings.to_dict()) == json.dumps(usual.settings.to_dict())
    (crystal,) = mini(["mp-22862"])
    assert given.describe(crystal).to_dict() == usual.describe(crystal).to_dict()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "slow"}, "engine 'slow' is not known; choose one of fast, robocrys"),
        ({"style": "markdown"}, "choose one of raw, unicode, latex, html"),
        ({"oxidation": "maybe"}, "choose one of as-given, guess"),
        ({"symprec": 0}, "symprec 0"),
        ({"symprec": float("nan")}, "symprec nan"),
        ({"max_sites": 0}, "no whole number from 1 on"),
        ({"max_sites": np.array([1, 2])}, "no whole number from 1 on"),
        ({"symprec": np.True_}, "no number from"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        Describer(**settings)


def test_settings_are_in_the_digest_where_they_decide_the_words():
    digest = Describer().settings.digest()
    assert Describer(max_sites=10).settings.digest() == digest
    changes = (
        {"engine": "robocrys"},
        {"style": "html"},
        {"canonical": True},
        {"oxidation": "guess"},
        {"symprec": 0.1},
        {"online_names": True},
    )
    digests = {Describer(**change).settings.digest() for change in changes}
    assert len(digests | {digest}) == len(changes) + 1


def test_provenance_names_everything(rock_salt):
    described = describe(rock_salt, symprec=0.02)
    provenance = described.provenance
    assert provenance["engine"] == "fast"
    assert provenance["settings"]["symprec"] == 0.02
    assert provenance["settings_digest"] == Describer(symprec=0.02).settings.digest()
    assert provenance["versions"]["crystext"] == crystext.__version__
    assert {"robocrys", "pymatgen", "spglib", "numpy", "python"} <= set(provenance["versions"])
    assert len(provenance["structure_hash"]) == 64
    assert provenance["structure_hash"] == describe(rock_salt).provenance["structure_hash"]
    moved = rock_salt.copy()
    moved.translate_sites([0], [0.001, 0, 0])
    assert provenance["structure_hash"] != describe(moved).provenance["structure_hash"]


def test_record_of_rock_salt(rock_salt):
    described = describe(rock_salt)
    assert described.text == f"{described.global_text} {described.local_text}"
    assert str(described) == described.text
    assert described.formula == "NaCl"
    assert described.mineral == "Halite, Rock Salt"
    assert (described.crystal_system, described.space_group_symbol) == ("cubic", "Fm-3m")
    assert (described.space_group_number, described.dimensionality) == (225, 3)
    assert [(c["formula"], c["count"]) for c in described.components] == [("NaCl", 1)]


def only_plain(value) -> bool:
    if isinstance(value, dict):
        return all(only_plain(key) and only_plain(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(only_plain(item) for item in value)
    return type(value) in {str, int, float, bool, type(None)}


@pytest.mark.parametrize("engine", ["fast", "robocrys"])
def test_record_is_plain_goes_through_json_and_pickle(engine):
    given = zincblende("Zn", "S") if engine == "robocrys" else structure("mp-11")
    described = Describer(engine=engine).describe(given)
    assert only_plain(described.condensed)
    data = json.loads(json.dumps(described.to_dict(), allow_nan=False))
    assert data["text"] == described.text
    assert data["fields_text"] == described.fields_text
    assert list(data["condensed"]["sites"]) == [str(key) for key in described.condensed["sites"]]
    assert pickle.loads(pickle.dumps(described)) == described


def test_ids(rock_salt):
    assert describe(Crystal("mine", rock_salt)).id == "mine"
    assert describe(rock_salt).id == "NaCl"
    with pytest.raises(TooManySitesError) as raised:
        describe(Crystal("large", rock_salt), max_sites=7)
    assert raised.value.crystal_id == "large"


def test_what_nobody_foresaw_is_one_coded_failure(rock_salt, monkeypatch):
    describer = Describer()

    def fail(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(describer, "_engine", fail)
    with pytest.raises(EngineFailedError, match="ZeroDivisionError: a bug") as raised:
        describer.describe(Crystal("poor", rock_salt))
    assert raised.value.crystal_id == "poor"
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_deuterium_is_described_as_hydrogen_with_a_note():
    coords = [[0, 0, 0], [0.5, 0.5, 0.5]]
    heavy = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.08), ["Li", "D"], coords)
    light = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.08), ["Li", "H"], coords)
    described = describe(heavy)
    assert described.text == describe(light).text
    assert "deuterium" in described.provenance["notes"][0]


@pytest.mark.parametrize("symbol", ["He", "Ne", "Ar", "Kr", "Xe"])
def test_noble_gases_are_described_without_a_warning(symbol):
    program = (
        "import crystext\n"
        "from pymatgen.core import Lattice, Structure\n"
        f"fcc = Structure.from_spacegroup('Fm-3m', Lattice.cubic(4.5), ['{symbol}'], [[0, 0, 0]])\n"
        "print(crystext.Describer().describe(fcc).text)"
    )
    if symbol != "Ne":  # one process is enough: the warning comes once in each
        fcc = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.5), [symbol], [[0, 0, 0]])
        assert describe(fcc).text.startswith(f"{symbol} is Copper structured")
        return
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith("Ne is Copper structured")
    assert found.stderr == ""


def test_looking_up_electronegativities_leaves_no_filter():
    from crystext.description.elements import know_electronegativities

    before = list(warnings.filters)
    know_electronegativities.__wrapped__()
    assert warnings.filters == before


def test_one_atom_in_the_cell():
    described = describe(Structure(Lattice.cubic(2.87), ["Po"], [[0, 0, 0]]))
    assert described.space_group_symbol == "Pm-3m"
    assert "Po(1) is bonded" in described.text


@pytest.mark.parametrize("canonical", [False, True])
def test_guessed_oxidation_states_are_those_of_robocrys_command_line(canonical):
    given = structure("mp-2815")
    guessed = given.copy()
    guessed.add_oxidation_state_by_guess(max_sites=-80)
    described = describe(given, oxidation="guess", canonical=canonical)
    assert described.text == describe(guessed, canonical=canonical).text
    assert "Mo(1)4+" in described.text or "Mo4+" in described.text


def test_states_of_the_input_are_kept():
    given = cubic("Cs+", "Cl-", a=4.12)
    assert describe(given, oxidation="guess").text == describe(given).text
    assert "Cs(1)1+ is bonded" in describe(given).text


def test_a_guess_that_would_not_end_is_refused_at_once():
    monster = composition_structure({"C": 30, "H": 20, "N": 19, "S": 10, "O": 1})
    start = time.process_time()
    with pytest.raises(OxidationGuessTooLongError, match="--oxidation as-given"):
        describe(monster, oxidation="guess")
    assert time.process_time() - start < 2


def test_a_formula_that_pymatgen_refuses_is_refused_by_name():
    too_large = composition_structure({"C": 61, "O": 41})
    with pytest.raises(OxidationGuessFailedError, match="--oxidation as-given"):
        describe(too_large, oxidation="guess")


@pytest.mark.parametrize(
    ("amounts", "most_seconds"),
    [({"C": 12, "H": 7}, 16), ({"V": 7, "Mn": 5, "N": 7, "S": 6, "F": 5}, 16)],
)
def test_steps_bound_the_seconds_of_a_guess(amounts, most_seconds):
    given = composition_structure(amounts)
    start = time.process_time()
    given.composition.add_charges_from_oxi_state_guesses(max_sites=-80)
    seconds = time.process_time() - start
    assert _steps(given) < MAX_STEPS
    assert seconds < most_seconds  # several times what was measured
    assert seconds < 60 * max(0.01, _steps(given) / MAX_STEPS)


def composition_structure(amounts: dict[str, int]) -> Structure:
    """Atoms of a composition on a grid, 3 angstrom apart."""
    species = [symbol for symbol, amount in amounts.items() for _ in range(amount)]
    edge = int(np.ceil(len(species) ** (1 / 3)))
    grid = np.array(list(np.ndindex(edge, edge, edge)))[: len(species)]
    return Structure(Lattice.cubic(3.0 * edge), species, grid / edge)
