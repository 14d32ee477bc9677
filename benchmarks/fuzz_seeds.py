"""The sound files that ``benchmarks/fuzz_reading.py`` spoils: made in every format, and real."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.cif_writers import by_gemmi, by_pymatgen

if TYPE_CHECKING:
    from pymatgen.core import Structure

AVOGADRO = Path("/usr/share/avogadro2/crystals")
"""Where Debian's package libavogadro-data puts its CIFs."""
_SMALL = ("mp-149", "mp-856", "mp-22904", "mp-13194")
_MORE = ("mp-1873", "mp-32", "mp-1443", "mp-8753", "mp-642991")
_MOLECULE = """data_methanol
_chemical_formula_sum 'C H4 O'
_cell_formula_units_Z 1
_cell_length_a 5.1(2)
_cell_length_b 6
_cell_length_c 7
_cell_angle_alpha 90
_cell_angle_beta 95.2
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_symmetry_equiv_pos_as_xyz
'x, y, z'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
_atom_site_calc_flag
C1 0.5 0.5 0.5 1 d
O1 0.5 0.5 0.703(3) 1 d
HO1 0.5 0.64 0.745 1 c
H1A 0.7 0.5 0.45 1 c
H1B 0.4 0.64 0.45 1 c
H1C 0.4 0.36 0.45 1 c
"""
_DISORDERED = """data_alloy
_chemical_formula_sum 'Cl K0.5 Na0.5'
_cell_formula_units_Z 4
_cell_length_a 5.9
_cell_length_b 5.9
_cell_length_c 5.9
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'F m -3 m'
_space_group_IT_number 225
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
_atom_site_disorder_assembly
_atom_site_disorder_group
Na1 Na+ 0 0 0 0.5 A 1
K1 K+ 0 0 0 0.5 A 2
Cl1 Cl- 0.5 0.5 0.5 1 . .
"""
_SHELX = """TITL rutile in P42/mnm
CELL 0.71073 4.594 4.594 2.959 90 90 90
ZERR 2 0.001 0.001 0.001 0 0 0
LATT 1
SYMM -X, -Y, Z
SYMM 0.5-Y, 0.5+X, 0.5+Z
SYMM 0.5+Y, 0.5-X, 0.5+Z
SYMM 0.5-X, 0.5+Y, 0.5-Z
SYMM 0.5+X, 0.5-Y, 0.5-Z
SYMM Y, X, -Z
SYMM -Y, -X, -Z
SFAC TI O
UNIT 2 4
FVAR 1.0
TI1 1 0.00000 0.00000 0.00000 10.12500 0.005
O1 2 0.30500 0.30500 0.00000 10.25000 0.006
HKLF 4
END
"""
_DUMP = """Lattice="4.12 0 0 0 4.12 0 0 0 4.12" Properties=species:S:1:pos:R:3 pbc="T T T"
Cs 0.0 0.0 0.0
Cl 2.06 2.06 2.06
"""


class Seed(NamedTuple):
    """A sound file.

    Attributes:
        name: of the crystal and the way in which it is written.
        format: as crystext names it.
        data: the bytes.
    """

    name: str
    format: str
    data: bytes


@cache
def seeds(*, real: bool = True) -> tuple[Seed, ...]:
    """All seeds, in a fixed order.

    Args:
        real: with CIFs of Debian's package, where it is installed, and larger mini crystals.
    """
    from crystext import mini

    found = [Seed("methanol", "cif", _MOLECULE.encode())]
    found.append(Seed("alloy", "cif", _DISORDERED.encode()))
    found.append(Seed("rutile", "shelx", _SHELX.encode()))
    found.append(Seed("frames", "extxyz", (f"2\n{_DUMP}" * 2).encode()))
    found.append(Seed("frame", "extxyz", f"2\n{_DUMP}".encode()))
    for turn, crystal in enumerate(mini([*_SMALL, *(_MORE if real else ())])):
        cifs = by_gemmi(crystal.structure, turn) | by_pymatgen(crystal.structure)
        for way, text in cifs.items():
            found.append(Seed(f"{crystal.id} {way}", "cif", text.encode()))
        found += _others(crystal.id, crystal.structure)
    if real:
        files = sorted(AVOGADRO.rglob("*.cif"))[::17]
        found += [Seed(path.stem, "cif", path.read_bytes()) for path in files]
    return tuple(seed for seed in found if len(seed.data) < 40_000)


def _others(name: str, structure: Structure) -> list[Seed]:
    from pymatgen.io.vasp import Poscar

    poscar = Poscar(structure).get_str(significant_figures=8)
    lines = poscar.strip().split("\n")
    head = "\n".join(lines[:7])
    places = "\n".join(" ".join(line.split()[:3]) for line in lines[8:])
    frames = "".join(f"\nDirect configuration= {n}\n{places}" for n in (1, 2))
    plain = {"structure": structure.as_dict(), "material_id": name}
    ase_like = {
        "numbers": list(structure.atomic_numbers),
        "positions": structure.cart_coords.tolist(),
        "cell": structure.lattice.matrix.tolist(),
        "pbc": [True, True, True],
    }
    return [
        Seed(f"{name} poscar", "poscar", poscar.encode()),
        Seed(f"{name} xdatcar", "xdatcar", (head + frames + "\n").encode()),
        Seed(f"{name} pymatgen json", "json", json.dumps(plain).encode()),
        Seed(f"{name} ase json", "json", json.dumps(ase_like).encode()),
        *_inputs(name, structure),
    ]


def _inputs(name: str, structure: Structure) -> list[Seed]:
    """As inputs of simulation programs."""
    symbols = [site.specie.symbol for site in structure]
    kinds = list(dict.fromkeys(symbols))
    vectors = [" ".join(f"{x:.8f}" for x in row) for row in structure.lattice.matrix]
    places = [" ".join(f"{x:.8f}" for x in row) for row in structure.frac_coords]
    pairs = list(zip(symbols, places, strict=True))
    n, sites = len(symbols), [f"{symbol} {place}" for symbol, place in pairs]
    blocks = {"LATTICE_CART": vectors, "POSITIONS_FRAC": sites}
    texts = {
        "aims": [
            *(f"lattice_vector {one}" for one in vectors),
            *(f"atom_frac {place} {symbol}" for symbol, place in pairs),
        ],
        "gen": [
            *(f"{n} F", " ".join(kinds)),
            *(f"{k} {kinds.index(one) + 1} {at}" for k, (one, at) in enumerate(pairs, start=1)),
            *("0 0 0", *vectors),
        ],
        "castep": [
            line
            for block, lines in blocks.items()
            for line in (f"%BLOCK {block}", *lines, f"%ENDBLOCK {block}")
        ],
        "espresso": [
            *("&SYSTEM", f" ibrav = 0, nat = {n}, ntyp = {len(kinds)}", "/"),
            *("ATOMIC_SPECIES", *(f"{one} 1.0 {one}.upf" for one in kinds)),
            *("CELL_PARAMETERS angstrom", *vectors, "ATOMIC_POSITIONS crystal", *sites),
        ],
        "pwmat": [
            *(f"{n} atoms", "Lattice vector", *vectors, "Position, move_x, move_y, move_z"),
            *(f"{one.specie.Z} {at} 1 1 1" for one, at in zip(structure, places, strict=True)),
        ],
    }
    texts["vasprun"] = [
        *("<modeling>", '<atominfo><array name="atoms"><set>'),
        *(f"<rc><c>{symbol}</c><c>1</c></rc>" for symbol in symbols),
        *("</set></array></atominfo>", '<structure name="finalpos">', "<crystal>"),
        *(
            '<varray name="basis">',
            *(f"<v>{one}</v>" for one in vectors),
            "</varray>",
            "</crystal>",
        ),
        *('<varray name="positions">', *(f"<v>{one}</v>" for one in places), "</varray>"),
        *("</structure>", "</modeling>"),
    ]
    return [
        Seed(f"{name} {fmt}", fmt, ("\n".join(lines) + "\n").encode())
        for fmt, lines in texts.items()
    ]
