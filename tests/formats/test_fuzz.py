"""A part of the fuzz in every test run; ``benchmarks/fuzz_reading.py`` does the whole."""

from __future__ import annotations

import random
import signal
from contextlib import contextmanager

import pytest

from benchmarks.file_formulas import formulas_in
from benchmarks.fuzz_reading import Case, Reader, Told, cases, judged
from benchmarks.fuzz_seeds import seeds
from benchmarks.mutations import MUTATIONS, mutated
from crystext.errors import BadCifError, EngineFailedError

FILES, PARTS, LIMIT = 300, 6, 20
PROGRAMS = {
    "aims",
    "gen",
    "castep",
    "espresso",
    "pwmat",
    "vasprun",
}  # no second reader tells their formula


@contextmanager
def _limit(seconds):
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def expire(*_):
        message = f"more than {seconds} s"
        raise TimeoutError(message)

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def reader():
    return Reader()


@pytest.fixture(scope="module")
def spoiled():
    return list(cases(FILES, seed=20, real=False))


@pytest.mark.parametrize("part", range(PARTS))
def test_spoiled_files_are_described_or_refused(part, reader, spoiled):
    faults = []
    for case in spoiled[part::PARTS]:
        with _limit(LIMIT):
            outcome, what, _ = judged(case, reader.describe)
        if outcome == "failed":
            faults.append(f"file {case.number}, {case.seed.name}, {case.mutation}: {what}")
    assert not faults, "\n".join(faults)


def test_sound_files_are_described(reader):
    """Else the fuzz would find nothing wrong with a reader that refuses everything."""
    unspoiled = [one for one in seeds(real=False) if one.name != "alloy"][::5]
    compared = 0
    for seed in unspoiled:
        case = Case(0, seed, "none", seed.data)
        outcome, what, found = judged(case, reader.describe)
        assert outcome in {"described", "with a note"}, f"{seed.name}: {what}"
        compared += found
    assert compared > len(unspoiled) / 3


# ----------------------------------------------------------------------------- the tests' own tools


def test_the_same_seed_gives_the_same_files():
    first, again, other = (list(cases(40, seed, real=False)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert {case.mutation for case in first} == set(MUTATIONS)


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_change_changes_something(name):
    changed = 0
    for seed in seeds(real=False)[::5]:
        for number in range(4):
            changed += mutated(seed.data, random.Random(number), name) != seed.data
    assert changed > 5
    assert mutated(b"", random.Random(0), name) == b""


def test_formulas_of_sound_files():
    unknown = 0
    for seed in seeds(real=False):
        found = formulas_in(seed.data, seed.format)
        unknown += not found and seed.format not in PROGRAMS
        # the label HO1 misleads gemmi, and the listed formula is right
        assert len(found) <= 1 or seed.name == "methanol", f"{seed.name}: {found}"
    assert unknown < 15


@pytest.mark.parametrize(
    ("text", "fmt", "formula"),
    [
        ("x\n1\n4 0 0\n0 4 0\n0 0 4\nNa Cl\n1 3\nDirect\n", "poscar", {"NaCl3"}),
        ("2\nProperties=species:S:1:pos:R:3\nH 0 0 0\nF 0 0 1\n", "extxyz", {"HF"}),
        ('{"numbers": [11, 17]}', "json", {"NaCl"}),
        ("{", "json", set()),
        ("data_x\n", "cif", set()),
    ],
)
def test_formulas_found_without_the_reader(text, fmt, formula):
    assert formulas_in(text.encode(), fmt) == formula


def test_judging():
    salt = next(one for one in seeds(real=False) if one.name == "frame")
    case = Case(0, salt, "none", salt.data)

    def gives(*told):
        return lambda _: list(told)

    def raises(error):
        def describe(_):
            raise error

        return describe

    assert judged(case, gives(Told("CsCl", 2, noted=False)))[0] == "described"
    assert judged(case, gives(Told("NaCl", 2, noted=True)))[0] == "with a note"
    assert judged(case, gives(Told("NaCl", 2, noted=False)))[0] == "failed"
    assert judged(case, raises(BadCifError("no")))[:2] == ("refused", "bad-cif")
    assert judged(case, raises(EngineFailedError("no")))[0] == "failed"
    assert judged(case, raises(ValueError("no")))[0] == "failed"
