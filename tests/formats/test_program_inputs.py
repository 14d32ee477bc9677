"""Inputs of simulation programs: read as ASE and pymatgen read them, or refused by name."""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.formats.names import format_of_text
from crystext.formats.tokens import BOHR
from tests.formats.same import read_one
from tests.reading_samples import refused

ase_io = pytest.importorskip("ase.io")
IDS = ("mp-149", "mp-22862", "mp-7350", "mp-5122", "mp-1443", "mp-642991")
TRICLINIC = Structure(
    Lattice([[4.1, 0.1, -0.2], [1.3, 5.2, 0.3], [-0.7, 0.4, 6.3]]),
    ["Na", "Cl", "Na", "O"],
    [[0.1, 0.2, 0.3], [0.55, 0.61, 0.72], [0.9, 0.15, 0.8], [0.3, 0.7, 0.1]],
)


def crystals():
    return [TRICLINIC, *(one.structure for one in crystext.mini(list(IDS)))]


def assert_same(ours, theirs, tolerance=2e-5):
    """Metric, species and fractional places, in the same order; ASE may turn the axes."""
    a, b = ours.lattice.matrix, theirs.lattice.matrix
    assert pytest.approx(b @ b.T, abs=1e-3, rel=1e-5) == a @ a.T
    assert [one.specie.symbol for one in ours] == [one.specie.symbol for one in theirs]
    steps = ours.frac_coords - theirs.frac_coords
    assert np.abs(steps - np.round(steps)).max() < tolerance


def by_ase(structure, fmt, **options):
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    held = io.StringIO()
    if fmt == "gen":
        import ase.io.gen

        ase.io.gen.write_gen(held, atoms, **options)
    else:
        with TemporaryDirectory() as folder:  # ASE's writer wants a file
            ase_io.write(f"{folder}/x", atoms, format=fmt, **options)
            return Path(f"{folder}/x").read_text(encoding="utf-8")
    return held.getvalue()


def read_by_ase(text, fmt):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_text(text, encoding="utf-8")
        atoms = ase_io.read(path, format=fmt)
    return Structure(
        atoms.cell.array, atoms.get_atomic_numbers().tolist(), atoms.get_scaled_positions()
    )


def castep(structure, positions="FRAC", unit=""):
    """As the manual shows it: ASE's writer needs the program's own keywords."""
    scale = {"": 1, "bohr": BOHR, "ang": 1, "nm": 10}[unit]
    rows = structure.frac_coords if positions == "FRAC" else structure.cart_coords / scale
    lines = ["! a comment", "%BLOCK lattice_cart", unit]
    lines += [" ".join(f"{x:.10f}" for x in row) for row in structure.lattice.matrix / scale]
    lines += ["%ENDBLOCK lattice_cart", "FIX_ALL_CELL : true", f"%block POSITIONS_{positions}"]
    lines += [unit] * (positions == "ABS")
    names = [site.specie.symbol for site in structure]
    pairs = zip(names, rows, strict=True)
    lines += [f"{name} {' '.join(f'{x:.10f}' for x in row)} SPIN= 1.0" for name, row in pairs]
    return "\n".join([*lines, f"%endblock POSITIONS_{positions}", "KPOINT_MP_SPACING 0.05", ""])


def espresso(structure, cell="angstrom", unit="crystal", *, labels=False):
    a = np.linalg.norm(structure.lattice.matrix[0])
    scale = {"angstrom": 1, "bohr": BOHR, "alat": a, "crystal": None}
    rows = structure.frac_coords if unit == "crystal" else structure.cart_coords / scale[unit]
    names = [
        f"{site.specie.symbol}{1 + k % 2 if labels else ''}" for k, site in enumerate(structure)
    ]
    pairs = zip(names, rows, strict=True)
    lines = [
        "&CONTROL",
        "  calculation = 'scf', prefix='a/b'",
        "/",
        "&SYSTEM",
        f"  ibrav=0{f', celldm(1) = {a / BOHR:.12f}' if cell == 'alat' else ''} ! bohr",
        f"  nat = {len(names)}, ntyp = {len(set(names))}",
        "/",
        "&ELECTRONS",
        "/",
        "ATOMIC_SPECIES",
        *(f" {name} 1.0 {name}.upf" for name in sorted(set(names))),
        f"CELL_PARAMETERS {cell}",
        *(" ".join(f"{x:.10f}" for x in row) for row in structure.lattice.matrix / scale[cell]),
        f"ATOMIC_POSITIONS ({unit})",
        *(f"{name} {' '.join(f'{x:.10f}' for x in row)} 0 0 1" for name, row in pairs),
        "K_POINTS automatic",
        "4 4 4 0 0 0",
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("structure", crystals(), ids=lambda one: one.reduced_formula)
class TestAgainstOthers:
    @pytest.mark.parametrize("options", [{}, {"scaled": True}], ids=str)
    def test_aims(self, structure, options):
        text = by_ase(structure, "aims", **options)
        assert format_of_text(text, "x") == "aims"
        ours = read_one(text, "aims").structure
        assert_same(ours, structure)
        assert_same(ours, read_by_ase(text, "aims"))

    @pytest.mark.parametrize("fractional", [False, True])
    def test_gen(self, structure, fractional):
        text = by_ase(structure, "gen", fractional=fractional)
        assert format_of_text(text, "x") == "gen"
        ours = read_one(text, "gen").structure
        assert_same(ours, structure)
        assert_same(ours, read_by_ase(text, "gen"))

    @pytest.mark.parametrize("unit", ["", "ang", "bohr", "nm"])
    @pytest.mark.parametrize("positions", ["FRAC", "ABS"])
    def test_castep(self, structure, positions, unit):
        text = castep(structure, positions, unit)
        assert format_of_text(text, "x") == "castep"
        ours = read_one(text, "castep").structure
        assert_same(ours, structure)
        if unit in {"", "ang"}:
            assert_same(ours, read_by_ase(text, "castep-cell"))

    @pytest.mark.parametrize("cell", ["angstrom", "bohr", "alat"])
    @pytest.mark.parametrize("unit", ["angstrom", "bohr", "alat", "crystal"])
    def test_espresso(self, structure, cell, unit):
        text = espresso(structure, cell, unit)
        assert format_of_text(text, "x") == "espresso"
        ours = read_one(text, "espresso").structure
        assert_same(ours, structure)
        if cell == "alat" or unit != "alat":  # ASE knows no alat else, the program does
            assert_same(ours, read_by_ase(text, "espresso-in"), 1e-4)
        assert_same(read_one(espresso(structure, cell, unit, labels=True), "espresso")[0], ours)

    def test_espresso_of_pymatgen(self, structure):
        from pymatgen.io.pwscf import PWInput

        kinds = {site.specie.symbol: "x.upf" for site in structure}
        assert_same(
            read_one(str(PWInput(structure, pseudo=kinds)), "espresso").structure, structure
        )

    def test_pwmat_of_pymatgen(self, structure):
        from pymatgen.io.pwmat.inputs import AtomConfig

        text = AtomConfig(structure.get_sorted_structure()).get_str()
        assert format_of_text(text, "x") == "pwmat"
        ours = read_one(text, "pwmat").structure
        assert_same(ours, AtomConfig.from_str(text).structure)
        assert ours.composition == structure.composition


@pytest.mark.parametrize(
    ("ibrav", "lengths", "group", "volume"),
    [
        *((1, "", 221, 4.0**3), (2, "", 225, 4.0**3 / 4), (3, "", 229, 4.0**3 / 2)),
        *((4, "c", 191, 0.75**0.5 * 4.0**2 * 6.1), (6, "c", 123, 4.0**2 * 6.1)),
        (8, "bc", 47, 4.0 * 5.5 * 6.1),
    ],
)
@pytest.mark.parametrize("way", ["celldm", "ABC"])
def test_one_atom_on_each_lattice_has_its_space_group_and_volume(
    ibrav, lengths, group, volume, way
):
    values = {"b": 5.5, "c": 6.1}
    if way == "ABC":
        given = ["A = 4.0", *(f"{name.upper()} = {values[name]}" for name in lengths)]
    else:
        index = {"b": 2, "c": 3}
        given = [f"celldm(1) = {4.0 / BOHR:.12f}"]
        given += [f"celldm({index[name]}) = {values[name] / 4.0:.12f}" for name in lengths]
    lines = ["&SYSTEM", f" ibrav = {ibrav}", *given, " nat = 1, ntyp = 1", "/", "&ELECTRONS", "/"]
    lines += ["ATOMIC_SPECIES", "Po 1 Po.upf", "ATOMIC_POSITIONS alat", "Po 0.25 0.1 0.2"]
    found = read_one("\n".join([*lines, "K_POINTS gamma", ""]), "espresso").structure
    assert found.get_space_group_info()[1] == group
    assert found.volume == pytest.approx(volume)
    np.testing.assert_allclose(found.cart_coords[0], [1.0, 0.4, 0.8], atol=1e-6)
    if ibrav in {2, 3}:  # the axes of the cube are those of the coordinates
        cube = found.lattice.get_fractional_coords([4.0, 0, 0])
        np.testing.assert_allclose(cube, np.round(cube), atol=1e-6)


@pytest.mark.parametrize("end", [" /", "/", ", /"])
def test_a_namelist_may_end_behind_its_last_value(end):
    text = espresso(TRICLINIC)
    one_line = text.replace(",\n", ", ").replace("\n/", end)
    opened = one_line.replace("&SYSTEM\n", "&SYSTEM ")
    for changed in (one_line, opened):
        assert changed != text
        assert_same(read_one(changed, "espresso").structure, read_one(text, "espresso").structure)


AIMS = by_ase(TRICLINIC, "aims")
GEN = by_ase(TRICLINIC, "gen")
CASTEP, ESPRESSO = castep(TRICLINIC), espresso(TRICLINIC)
PWMAT = """1 atoms
Lattice vector
4 0 0
0 4 0
0 0 4
Position, move_x, move_y, move_z
84 0 0 0 1 1 1
"""


@pytest.mark.parametrize(
    ("fmt", "text", "code", "words"),
    [
        ("aims", AIMS.replace("lattice_vector", "#"), "zero-volume", ["molecule"]),
        ("aims", AIMS.replace("lattice_vector", "#", 1), "bad-file", ["2 lattice_vector"]),
        ("aims", AIMS + "empty 0 0 0 H\n", "bad-file", ["empty"]),
        ("aims", AIMS + "nonsense 1\n", "bad-file", ["nonsense"]),
        ("aims", AIMS + "atom 0 0 x H\n", "bad-file", ["atom 0 0 x H"]),
        ("aims", AIMS + "atom 0 0 0\n", "bad-file", ["the element"]),
        ("aims", AIMS.replace("Na", "Nx"), "unknown-species", ["Nx"]),
        ("aims", "lattice_vector 1 0 0\n" * 3, "no-atoms", []),
        ("aims", "lattice_vector 4 0 0\n" * 3 + "atom 0 0 0 H\n", "zero-volume", []),
        ("gen", GEN.replace("S", "C", 1), "zero-volume", ["cluster"]),
        ("gen", GEN.replace("S", "H", 1), "bad-file", ["helix"]),
        ("gen", GEN.rsplit("\n", 3)[0], "bad-file", ["behind"]),
        ("gen", "\n".join(GEN.split("\n")[:4]), "truncated-file", []),
        ("gen", "4 S\nNa\n1 2 0 0 0\n" + "1 1 0 0 0\n" * 7, "bad-file", ["kind from 1 to 1"]),
        ("gen", "hello", "bad-file", ["hello"]),
        ("castep", CASTEP.replace("lattice_cart", "other"), "bad-file", ["LATTICE_CART"]),
        ("castep", CASTEP + CASTEP, "contradiction", []),
        ("castep", CASTEP.replace("FRAC", "FRACT"), "bad-file", ["POSITIONS_FRAC"]),
        ("castep", castep(TRICLINIC, unit="ang").replace("ang", "feet"), "bad-file", ["feet"]),
        ("castep", CASTEP.replace("SPIN= 1.0", "MIXTURE:( 1 0.5)"), "partial-occupancy", []),
        ("castep", CASTEP.replace("Na ", "Na x ", 1), "bad-file", ["three numbers"]),
        ("espresso", ESPRESSO.replace("ibrav=0", "ibrav=5"), "contradiction", ["ibrav = 5"]),
        ("espresso", ESPRESSO.replace("ibrav=0", "jbrav=0"), "bad-file", ["no ibrav"]),
        ("espresso", ESPRESSO.replace("nat = 4", "nat = 5"), "truncated-file", []),
        ("espresso", ESPRESSO.replace("nat = 4", "nat = 3"), "contradiction", ["nat = 3"]),
        ("espresso", ESPRESSO.replace("(crystal)", "crystal_sg"), "bad-file", ["crystal_sg"]),
        ("espresso", ESPRESSO.replace("Na 0.", "Na 1/"), "bad-file", ["three numbers"]),
        ("espresso", ESPRESSO.replace(" angstrom", " {feet}"), "bad-file", ["feet"]),
        ("espresso", ESPRESSO.replace("&SYSTEM", "&OTHER"), "bad-file", ["&SYSTEM"]),
        ("espresso", ESPRESSO.replace("Na 0.", "123 0."), "unknown-species", ["123"]),
        ("pwmat", PWMAT.replace("1 atoms", "2 atoms"), "truncated-file", []),
        ("pwmat", PWMAT + "3 0 0 0 1 1 1\n", "bad-file", ["goes on"]),
        ("pwmat", PWMAT.replace("84 ", "Po "), "truncated-file", []),
        ("pwmat", PWMAT.replace("84 ", "840 "), "unknown-species", ["840"]),
        ("pwmat", PWMAT.replace("Position", "Places"), "bad-file", ["Places"]),
        ("pwmat", "1", "bad-file", []),
    ],
)
def test_what_is_no_crystal_is_refused_by_name(fmt, text, code, words):
    refused(code, *words, call=lambda: read_one(text, fmt))


@pytest.mark.parametrize("fmt", ["aims", "gen", "castep", "espresso", "pwmat"])
def test_more_sites_than_the_limit_are_refused(fmt):
    text = {"aims": AIMS, "gen": GEN, "castep": CASTEP, "espresso": ESPRESSO}.get(fmt, PWMAT * 2)
    module = import_module(f"crystext.formats.{fmt}")
    text = PWMAT.replace("1 atoms", "2 atoms") + "3 0.5 0 0 1 1 1\n" if fmt == "pwmat" else text
    refused("too-many-sites", call=lambda: module.read(text, max_sites=1))


def pair(*species):
    """Two atoms of the labels, with the lines of ATOMIC_SPECIES."""
    lines = ["&SYSTEM", " ibrav = 2, A = 5.43, nat = 2, ntyp = 2", "/", "ATOMIC_SPECIES", *species]
    one, other = (line.split()[0] for line in species[:2])
    return "\n".join([*lines, "ATOMIC_POSITIONS crystal", f"{one} 0 0 0", f"{other} .25 .25 .25\n"])


@pytest.mark.parametrize(
    ("first", "second", "formula"),
    [
        ("CO 12.011 C.pbe-n.UPF", "Co 58.93 Co.pbe.UPF", "CoC"),
        ("CO 58.93 Co.pbe.UPF", "C1 1.0 c_pbe_v1.2.uspp.F.UPF", "CoC"),
        ("Si1 1.0 si.upf", "C-h 1 my_own.UPF", "SiC"),
        ("Si 28.086 14-Si.GGA.fhi.UPF", "C_a 12.01 ps/C.UPF", "SiC"),
        ("X1 28.086 Si.pbe.UPF", "C 12.01 H.UPF", "SiC"),
    ],
)
def test_label_pseudopotential_and_mass_name_an_element(first, second, formula):
    found = read_one(pair(first, second), "espresso")
    assert found.structure.reduced_formula == formula
    assert [one for one in found.notes if "X1 read as Si" in one] == list(found.notes)


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("C 14.007 N.pbe.UPF", "contradiction"),
        ("B1 12.011 C.pbe.UPF", "contradiction"),
        ("X1 1.0 Si.pbe.UPF", "unknown-species"),
        ("X1 28.086 own.UPF", "unknown-species"),
    ],
)
def test_a_label_of_another_element_than_its_pseudopotential_is_refused(first, code):
    text = pair(first, "Si 28.086 Si.UPF")
    refused(code, first.split()[0], call=lambda: read_one(text, "espresso"))


def test_a_label_given_twice():
    lines = ["CO 12.011 C.UPF", "Si 28.086 Si.UPF", "CO 58.93 Co.UPF"]
    refused("contradiction", "CO", call=lambda: read_one(pair(*lines), "espresso"))


HALF = "0 .5 .5\n.5 0 .5\n.5 .5 0\n"


def silicon(system, cards=""):
    """An input with two atoms of silicon."""
    lines = [
        f"&SYSTEM\n {system}, nat = 2, ntyp = 1\n/",
        "ATOMIC_SPECIES",
        "Si 28.086 Si.UPF",
        cards,
    ]
    return "\n".join([*lines, "ATOMIC_POSITIONS crystal", "Si 0 0 0", "Si .25 .25 .25\n"])


@pytest.mark.parametrize("system", ["ibrav = 0", "ibrav = 0, celldm(1) = 10.26"])
def test_vectors_as_the_output_of_a_relaxation_has_them(system):
    text = silicon(system, f"CELL_PARAMETERS (alat= 10.26000000)\n{HALF}")
    found = read_one(text, "espresso")
    assert found.structure.volume == pytest.approx((10.26 * BOHR) ** 3 / 4)
    other = text.replace("ibrav = 0", "ibrav = 0, A = 5.3").replace(", celldm(1) = 10.26", "")
    refused("contradiction", "alat", call=lambda: read_one(other, "espresso"))


@pytest.mark.parametrize(
    ("system", "named"),
    [
        ("ibrav = 1, A = 3.1, B = 4.1, C = 5.0", "b = 4.1, c = 5.0"),
        ("ibrav = 8, A = 3.1, B = 4.1, C = 5.0, cosAB = 0.2", "cosab = 0.2"),
        ("ibrav = 2, celldm(1) = 10.2, celldm(3) = 1.6", "celldm(3) = 1.6"),
        ("ibrav = 1, A = 5.4, B = 5.4, C = 5.4, cosAB = 0", ""),
        ("ibrav = 2, celldm(1) = 10.2, celldm(2) = 0, celldm(4) = 0.0", ""),
        ("ibrav = 4, A = 3.1, C = 5.0, cosAB = -0.5", ""),
    ],
)
def test_lengths_that_the_lattice_makes_no_use_of_are_told(system, named):
    notes = read_one(silicon(system), "espresso").notes
    assert [one for one in notes if one.endswith(f"makes no use of {named}")] == list(notes)
    assert bool(notes) == bool(named)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("ibrav = 2, celldm(1) = 10 26", "bad-file"),
        ("ibrav = 2, A = 5.43 angstrom", "bad-file"),
        ("ibrav = 2, A = 5.43, a = 5.34", "contradiction"),
    ],
)
def test_what_stands_behind_a_number_of_the_cell(system, code):
    refused(code, call=lambda: read_one(silicon(system), "espresso"))
    more = silicon("ibrav = 2, A = 5.43 starting_magnetization = 0.1, 0.2, ecutwfc = 30, a = 5.43")
    assert read_one(more, "espresso").structure.volume == pytest.approx(5.43**3 / 4)
