"""Contacts that are no bonds, and bounds: what is refused quickly, whatever a file asks for."""

from __future__ import annotations

import gzip
import os
import time

import pytest

from crystext.errors import InputError
from crystext.reading import iter_unread, read_file, read_text
from tests.formats.cif_makers import HALITE, METHANOL, Made, operations_of, triplets
from tests.formats.kinds.judging import judge
from tests.reading_samples import read_each

BOX = (6.0, 7.0, 8.0, 90, 90, 90)


def near(first, second, distance, *, symbol="P 1", formula=None):
    """Two atoms so many angstrom apart along c, in an empty box."""
    atoms = (
        f"{first}1 {first} 0.5 0.5 0.3",
        f"{second}2 {second} 0.5 0.5 {0.3 + distance / 8:.6f}",
    )
    return Made(BOX, atoms, symbol=symbol, operations=("x,y,z",), formula=formula)


# --------------------------------------------------------------------------------------- contacts


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("Cl", "Cl", 0.36), ("Cl", "Cl", 0.8), ("O", "O", 0.5), ("C", "C", 0.7), ("C", "C", 0.93),
        ("Fe", "O", 0.9), ("Na", "Cl", 0.2), ("Si", "O", 0.45), ("H", "H", 0.4), ("O", "H", 0.5),
        ("C", "H", 0.3), ("N", "H", 0.59), ("Cs", "Cs", 0.94), ("H", "Fe", 0.55), ("U", "O", 0.15),
    ],
)  # fmt: skip
def test_contacts_that_are_no_bonds(first, second, distance):
    formula = f"{first} {second}" if first != second else f"{first}2"
    judge(near(first, second, distance), "warn", "refuse")
    judge(near(first, second, distance, formula=formula), "warn", "refuse")


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [("H", "H", 0.74), ("O", "H", 0.96), ("C", "H", 1.09), ("F", "H", 0.92), ("N", "N", 1.10),
     ("C", "O", 1.13), ("C", "N", 1.15), ("O", "O", 1.21), ("O", "H", 0.82), ("C", "H", 0.93),
     ("N", "H", 0.86), ("C", "C", 1.20), ("N", "O", 1.15), ("B", "H", 1.1), ("Li", "H", 1.6)],
)  # fmt: skip
def test_short_bonds_that_are_true(first, second, distance):
    judge(near(first, second, distance), "quiet")


def test_a_whole_molecule_gives_no_note():
    judge(METHANOL, "quiet", formula="H4CO")


def test_contacts_between_images():
    """Across the cell's edge, by symmetry, and to the atom's own image."""
    edge = Made(BOX, ("C1 C 0.5 0.5 0.97", "C2 C 0.5 0.5 0.03"), symbol="P 1")
    judge(edge, "warn", "refuse")
    inverted = Made(BOX, ("Cl1 Cl 0.04 0.02 0.03", "Na1 Na 0.5 0.5 0.5"), symbol="P -1")
    judge(inverted, "warn", "refuse")
    thin = Made((0.8, 9, 9, 90, 90, 90), ("C1 C 0.5 0.5 0.5",), symbol="P 1")
    judge(thin, "warn", "refuse")


def test_one_pair_among_many():
    rows = (
        "Fe1 Fe 0.5 0.5 0.5",
        "Cl1 Cl 0.5 0.5 0.781",
        "Cl2 Cl 0.56 0.5 0.781",
        "Cl3 Cl 0.5 0.82 0.5",
    )
    judge(Made(BOX, rows, symbol="P 1", operations=("x,y,z",), formula="Cl3 Fe"), "warn", "refuse")


def test_an_origin_that_makes_contacts():
    """Silicon's coordinates of origin 1 with the symbol of origin 2: eight sites become another."""
    made = Made((5.43, 5.43, 5.43, 90, 90, 90), ("Si1 Si 0 0 0",), symbol="F d -3 m :2",
                formula="Si", z=8)  # fmt: skip
    judge(made, "warn", "refuse")
    judge(made.but(symbol="F d -3 m :1"), "quiet", formula="Si", number=227)
    right = made.but(atoms=("Si1 Si 0.125 0.125 0.125",))
    judge(right, "quiet", formula="Si", number=227)
    judge(right.but(symbol="F d -3 m :1"), "warn", "refuse")
    for symbol in ("F d -3 m", "Fd-3m"):
        for atoms in (made.atoms, right.atoms):
            judge(made.but(symbol=symbol, atoms=atoms), "right", "refuse", formula="Si", number=227)


ORIGINS = {
    # anatase, zircon, litharge and spinel in origin 1 and in origin 2
    "TiO2": (
        "I 41/a m d",
        (3.785, 3.785, 9.514),
        "Ti 0 0 0;O 0 0 0.208",
        "Ti 0 .75 .125;O 0 .75 .3331",
    ),
    "ZrSiO4": (
        "I 41/a m d",
        (6.604, 6.604, 5.979),
        "Zr 0 0 0;Si 0 0 .5;O 0 .184 .32",
        "Zr 0 .75 .125;Si 0 .75 .625;O 0 .0661 .1953",
    ),
    "PbO": ("P 4/n m m", (3.9, 3.9, 5.5), "Pb 0 .5 .2385;O 0 0 0", "Pb .25 .25 .2385;O .75 .25 0"),
    "MgAl2O4": (
        "F d -3 m",
        (8.39, 8.39, 8.39),
        "Mg 0 0 0;Al .625 .625 .625;O .387 .387 .387",
        "Mg .125 .125 .125;Al .5 .5 .5;O .2624 .2624 .2624",
    ),
}


@pytest.mark.parametrize("formula", ORIGINS)
@pytest.mark.parametrize("origin", [1, 2])
def test_the_origin_that_chemistry_allows(formula, origin):
    """Of two origins that the symbol leaves open, that which crowds no atom is taken, and told."""
    symbol, lengths, *origins = ORIGINS[formula]
    atoms = tuple(f"{row.split()[0]}1 {row}" for row in origins[origin - 1].split(";"))
    made = Made((*lengths, 90, 90, 90), atoms, symbol=symbol)
    number = {"I 41/a m d": 141, "P 4/n m m": 129, "F d -3 m": 227}[symbol]
    found = judge(made, "noted", formula=formula, number=number)
    (note,) = found.crystals[0].notes
    assert f"{symbol}:{origin} taken; with {symbol}:{3 - origin}, " in note
    judge(made.but(symbol=f"{symbol}:{origin}"), "quiet", formula=formula, number=number)


def test_two_origins_that_both_may_be():
    atoms = ("Cu1 Cu 0 0 0", "O1 O 0.25 0.25 0.25")
    found = judge(Made((4.27,) * 3 + (90,) * 3, atoms, symbol="P n -3 m"), "noted")
    assert found.crystals[0].notes[0].endswith("P n -3 m:1 would give another crystal")
    far = Made((43.0,) * 3 + (90,) * 3, atoms, symbol="P n -3 m")
    notes = judge(far, "noted").crystals[0].notes
    assert notes[0].endswith("would give another crystal, and none is a likely one")


# ----------------------------------------------------------------------------------------- bounds

CUBIC = triplets(*operations_of(523))


def crowd(sites, *, listed=True):
    """So many listed atoms in a cubic group of 192 operations."""
    steps = [(n * 0.61803, n * 0.41421, n * 0.73205) for n in range(1, sites + 1)]
    atoms = tuple(
        f"C{n} C " + " ".join(f"{value % 1:.5f}" for value in step)
        for n, step in enumerate(steps, 1)
    )
    return Made((1500, 1500, 1500, 90, 90, 90), atoms, symbol="F m -3 m",
                operations=CUBIC if listed else None)  # fmt: skip


@pytest.mark.parametrize("listed", [True, False])
def test_sites_are_counted_before_they_are_made(listed):
    text = crowd(1000, listed=listed).text()
    start = time.perf_counter()
    with pytest.raises(InputError) as caught:
        read_text(text, fmt="cif", max_sites=500)
    assert time.perf_counter() - start < 5
    assert caught.value.code == "too-many-sites"
    assert "500" in caught.value.message


def test_the_limit_counts_sites_and_not_images():
    """Eight sites of rock salt come of 2 times 192 images."""
    for made in (HALITE, HALITE.but(operations=CUBIC)):
        assert len(read_text(made.text(), fmt="cif", max_sites=8)[0].structure) == 8
        with pytest.raises(InputError) as caught:
            read_text(made.text(), fmt="cif", max_sites=7)
        assert caught.value.code == "too-many-sites"


def test_the_command_refuses_a_crowd_quickly(tmp_path):
    from click.testing import CliRunner

    from crystext.cli import cli

    (tmp_path / "crowd.cif").write_text(crowd(1000).text())
    start = time.perf_counter()
    result = CliRunner().invoke(
        cli, ["describe", str(tmp_path / "crowd.cif"), "--max-sites", "500"]
    )
    assert time.perf_counter() - start < 20
    assert result.exit_code == 1
    assert "too-many-sites" in result.stderr


def test_the_time_limit_covers_reading(tmp_path):
    from crystext.crystal import Failure
    from crystext.pipelines.describing import describe_many

    (tmp_path / "crowd.cif").write_text(crowd(1500).text())
    start = time.perf_counter()
    (found,) = describe_many(iter_unread([tmp_path / "crowd.cif"]), {}, timeout=2)
    assert isinstance(found, Failure)
    assert found.error.code in {"time-limit", "too-many-sites", "atoms-overlap"}
    assert time.perf_counter() - start < 40  # a process starts, which takes some seconds


MANY = {
    "operations": HALITE.text(operations=CUBIC * 60),
    "empty loops": HALITE.text() + "loop_\n_a_b\n" * 20_000,
    "blocks": HALITE.text() + "data_x\n_a b\n" * 20_000,
    "comments": "# comment\n" * 100_000 + HALITE.text(),
    "one long line": HALITE.text() + f"_a '{'x' * 3_000_000}'\n",
    "columns": HALITE.text()
    + "loop_\n"
    + "".join(f"_c{n}\n" for n in range(20_000))
    + "1 " * 20_000,
    "brackets": HALITE.text().replace("0.5 0.5 0.5", "0.5" + "(" * 100_000 + " 0.5 0.5"),
    "digits": HALITE.text().replace("5.64", "5.64" + "0" * 100_000),
    "a large exponent": HALITE.text().replace("5.64", "5.64e999999999"),
    "quotes": HALITE.text() + "_a '" * 50_000,
}


@pytest.mark.parametrize("what", MANY)
def test_much_of_anything_ends_soon(what):
    start = time.perf_counter()
    judge(MANY[what], "right", "warn", "refuse", formula="NaCl")
    assert time.perf_counter() - start < 15


def test_a_zip_bomb(tmp_path):
    path = tmp_path / "bomb.cif.gz"
    path.write_bytes(gzip.compress(b"#" * 60_000_000))
    with pytest.raises(InputError) as caught:
        read_file(path)
    assert caught.value.code == "file-too-large"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
@pytest.mark.parametrize("name", ["pipe.cif", "pipe"])
def test_fifos_are_refused_by_name(name, tmp_path):
    os.mkfifo(tmp_path / name)
    _refused_path(tmp_path / name, "pipe")
    (found,) = read_each([tmp_path / name])
    assert found.error.code not in {"engine-failed", "file-too-large"}


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_devices_are_refused_by_name(path):
    if not os.path.exists(path):  # noqa: PTH110 (a device)
        pytest.skip(f"no {path} here")
    _refused_path(path, path)


def test_folders_are_refused_by_name(tmp_path):
    (tmp_path / "folder.cif").mkdir()
    _refused_path(tmp_path / "folder.cif", str(tmp_path))


def _refused_path(path, name):
    start = time.perf_counter()
    with pytest.raises(InputError) as caught:
        read_file(path)
    assert time.perf_counter() - start < 2
    assert name[:5] in caught.value.message
    assert caught.value.code not in {"engine-failed", "file-too-large", "bad-input"}
