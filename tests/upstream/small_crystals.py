"""Small crystals of kinds that the mini corpus has few of, and what patched upstream says of them.

Perovskites of low symmetry, surfaces with vacuum, reconstructed surfaces, sheets, nanotubes and
lone molecules: where rounding noise decides most upstream. Run ``python -m
tests.upstream.small_crystals`` to write ``small_crystals.jsonl`` anew (half an hour).
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymatgen.core import Lattice, Structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ase import Atoms

STORED = Path(__file__).with_name("small_crystals.jsonl")
_MOST_SITES = 40
_O, _H = [0, 0, 0], [0.5, 0.5, 0.5]
_SHEET = [[1 / 3, 2 / 3, 0]]

BULK: dict[str, tuple[str, Lattice, list[str], list[list[float]]]] = {
    "CsSnI3 tetragonal": (
        *("P4/mbm", Lattice.tetragonal(8.817671, 6.308076), ["Cs", "Sn", "I", "I"]),
        [[0, 0.5, 0.5], _O, [0, 0, 0.5], [0.209817, 0.709817, 0]],
    ),
    "CsSnI3 orthorhombic": (
        *("Pnma", Lattice.orthorhombic(8.6885, 12.3775, 8.3643), ["Cs", "Sn", "I", "I"]),
        [[0.4621, 0.25, 0.0117], _O, [0.5024, 0.25, 0.5669], [0.2007, 0.5305, 0.7949]],
    ),
    "CaTiO3": (
        *("Pnma", Lattice.orthorhombic(5.4405, 7.6436, 5.3812), ["Ca", "Ti", "O", "O"]),
        [[0.03589, 0.25, 0.99276], [0, 0, 0.5], [0.4838, 0.25, 0.0716], [0.2888, 0.0371, 0.7112]],
    ),
    "GdFeO3": (
        *("Pnma", Lattice.orthorhombic(5.6, 7.67, 5.349), ["Gd", "Fe", "O", "O"]),
        [[0.0626, 0.25, 0.9845], [0, 0, 0.5], [0.4672, 0.25, 0.1008], [0.301, 0.0508, 0.6957]],
    ),
    "BaTiO3 tetragonal": (
        *("P4mm", Lattice.tetragonal(3.9998, 4.018), ["Ba", "Ti", "O", "O"]),
        [_O, [0.5, 0.5, 0.5215], [0.5, 0.5, -0.0228], [0.5, 0, 0.4897]],
    ),
    "BaTiO3 orthorhombic": (
        *("Amm2", Lattice.orthorhombic(3.9828, 5.6745, 5.6916), ["Ba", "Ti", "O", "O"]),
        [_O, [0.5, 0, 0.517], [0, 0, 0.489], [0.5, 0.2561, 0.2343]],
    ),
    "LaAlO3": (
        *("R-3c", Lattice.hexagonal(5.3647, 13.1114), ["La", "Al", "O"]),
        [[0, 0, 0.25], _O, [0.525, 0, 0.25]],
    ),
    "LiNbO3": (
        *("R3c", Lattice.hexagonal(5.148, 13.863), ["Li", "Nb", "O"]),
        [[0, 0, 0.2787], _O, [0.0476, 0.3433, 0.0633]],
    ),
    "BiFeO3": (
        *("R3c", Lattice.hexagonal(5.5876, 13.867), ["Bi", "Fe", "O"]),
        [_O, [0, 0, 0.2212], [0.443, 0.012, 0.9543]],
    ),
    "SrTiO3 tetragonal": (
        *("I4/mcm", Lattice.tetragonal(5.507, 7.796), ["Sr", "Ti", "O", "O"]),
        [[0, 0.5, 0.25], _O, [0, 0, 0.25], [0.2451, 0.7451, 0]],
    ),
    "NaNbO3": (
        *("P4/mbm", Lattice.tetragonal(5.5659, 3.9505), ["Na", "Nb", "O", "O"]),
        [[0, 0.5, 0.5], _O, [0, 0, 0.5], [0.2733, 0.2267, 0]],
    ),
    "K2NiF4": (
        *("I4/mmm", Lattice.tetragonal(4.006, 13.076), ["K", "Ni", "F", "F"]),
        [[0, 0, 0.352], _O, [0, 0.5, 0], [0, 0, 0.151]],
    ),
    "uranium": ("Cmcm", Lattice.orthorhombic(2.854, 5.869, 4.955), ["U"], [[0, 0.1025, 0.25]]),
    "protactinium": ("I4/mmm", Lattice.tetragonal(3.925, 3.238), ["Pa"], [_O]),
    "berkelium dioxide": ("Fm-3m", Lattice.cubic(5.33), ["Bk", "O"], [_O, [0.25] * 3]),
    "black phosphorus": (
        *("Cmce", Lattice.orthorhombic(3.3136, 10.478, 4.3763), ["P"]),
        [[0, 0.1017, 0.0806]],
    ),
    "iodine": (
        *("Cmce", Lattice.orthorhombic(7.136, 4.686, 9.784), ["I"]),
        [[0, 0.1543, 0.1174]],
    ),
    "CdI2": ("P-3m1", Lattice.hexagonal(4.24, 6.84), ["Cd", "I"], [_O, [1 / 3, 2 / 3, 0.249]]),
}

SLABS: tuple[tuple[str, tuple, tuple[int, int, int], float], ...] = (
    ("NaCl", ("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [_O, _H]), (1, 0, 0), 8),
    ("GaAs", ("F-43m", Lattice.cubic(5.653), ["Ga", "As"], [_O, [0.25] * 3]), (1, 1, 0), 8),
    (
        "TiO2",
        (
            *("P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"]),
            [_O, [0.3053, 0.3053, 0]],
        ),
        *((1, 1, 0), 6),
    ),
    ("CsCl", ("Pm-3m", Lattice.cubic(4.123), ["Cs", "Cl"], [_O, _H]), (1, 1, 0), 8),
    (
        "SrTiO3",
        ("Pm-3m", Lattice.cubic(3.905), ["Sr", "Ti", "O"], [_O, _H, [0.5, 0.5, 0]]),
        (1, 0, 0),
        7,
    ),
    ("Fe", ("Im-3m", Lattice.cubic(2.819), ["Fe"], [_O]), (2, 1, 1), 7),
    ("Fe", ("Im-3m", Lattice.cubic(2.819), ["Fe"], [_O]), (1, 1, 1), 8),
    ("Cr", ("Im-3m", Lattice.cubic(2.91), ["Cr"], [_O]), (1, 0, 0), 10),
    ("Li", ("Im-3m", Lattice.cubic(3.44), ["Li"], [_O]), (2, 1, 0), 8),
    ("Ni", ("Fm-3m", Lattice.cubic(3.508), ["Ni"], [_O]), (2, 1, 1), 7),
    ("CuAu", ("P4/mmm", Lattice.tetragonal(2.8, 3.67), ["Cu", "Au"], [_O, _H]), (1, 0, 1), 8),
    ("FeAl", ("Pm-3m", Lattice.cubic(2.9), ["Fe", "Al"], [_O, _H]), (1, 1, 0), 8),
    (
        "ZnO",
        (
            *("P6_3mc", Lattice.hexagonal(3.25, 5.207), ["Zn", "O"]),
            [*_SHEET, [1 / 3, 2 / 3, 0.382]],
        ),
        *((1, 0, 0), 8),
    ),
)

RECONSTRUCTIONS: tuple[tuple[str, tuple, float, str], ...] = (
    ("Fe", ("Im-3m", Lattice.cubic(2.819), ["Fe"], [_O]), 10, "bcc_100_zigzag_rt2xrt2"),
    ("Fe", ("Im-3m", Lattice.cubic(2.819), ["Fe"], [_O]), 20, "bcc_100_zigzag_rt2xrt2"),
    ("Ni", ("Fm-3m", Lattice.cubic(3.508), ["Ni"], [_O]), 8, "fcc_110_missing_row_1x2"),
    ("Ni", ("Fm-3m", Lattice.cubic(3.508), ["Ni"], [_O]), 8, "fcc_111_adatom_h_1x1"),
    ("Si", ("Fd-3m", Lattice.cubic(5.469), ["Si"], [_O]), 8, "diamond_100_2x1"),
)


def crystals() -> Iterator[tuple[str, Structure]]:
    """Names and structures, none with more than 40 sites."""
    for name, structure in (*_bulk(), *_slabs(), *_from_ase()):
        if len(structure) <= _MOST_SITES:
            species = [one.symbol for one in structure.species]
            yield name, Structure(structure.lattice, species, structure.frac_coords)


def _bulk() -> Iterator[tuple[str, Structure]]:
    for name, group in BULK.items():
        yield name, Structure.from_spacegroup(*group)


def _slabs() -> Iterator[tuple[str, Structure]]:
    from pymatgen.core.surface import ReconstructionGenerator, SlabGenerator

    for name, group, index, thickness in SLABS:
        bulk = Structure.from_spacegroup(*group)
        made = SlabGenerator(bulk, index, thickness, 10, center_slab=True).get_slabs()
        yield f"{name} {''.join(map(str, index))} slab", made[0]
    for name, group, thickness, kind in RECONSTRUCTIONS:
        bulk = Structure.from_spacegroup(*group)
        made = ReconstructionGenerator(bulk, thickness, 10, kind).build_slabs()
        yield f"{name} {kind} {thickness}", made[0]


def _from_ase() -> Iterator[tuple[str, Structure]]:
    from ase import build
    from pymatgen.io.ase import AseAtomsAdaptor

    def periodic(atoms: Atoms) -> Structure:
        atoms.pbc = True
        return AseAtomsAdaptor.get_structure(atoms)

    for make, symbol, size in (
        *((build.fcc111, "Al", (1, 1, 5)), (build.fcc110, "Pt", (1, 1, 6))),
        *((build.bcc110, "W", (1, 2, 5)), (build.hcp0001, "Ti", (1, 1, 6))),
        *((build.diamond100, "C", (1, 1, 8)), (build.bcc100, "V", (2, 2, 4))),
    ):
        yield f"{symbol} {make.__name__}", periodic(make(symbol, size, vacuum=7.5))
    covered = build.fcc111("Pt", (2, 2, 3), vacuum=7)
    build.add_adsorbate(covered, "O", 1.3, "fcc")
    yield "Pt fcc111 with O", periodic(covered)
    for formula, kind in (("MoS2", "2H"), ("TiS2", "1T")):
        sheet = build.mx2(formula, kind, 3.3, 3.0, (1, 1, 1), vacuum=10)
        yield f"{formula} {kind}", periodic(sheet)
    yield "silicene", periodic(build.graphene("Si2", 3.86, 0.45, (1, 1, 1), vacuum=10))
    for n, m in ((4, 0), (3, 3)):
        yield f"nanotube {n} {m}", periodic(build.nanotube(n, m, length=1, bond=1.42, vacuum=5))
    for name in ("NH3", "H2COH", "LiF"):
        yield f"{name} alone", periodic(build.molecule(name, vacuum=5))


def to_row(
    name: str, structure: Structure, parts: dict[str, str], repairs: list[str]
) -> dict[str, Any]:
    """A crystal and its texts as plain values; numbers in full, as noise is what matters here."""
    return {
        "id": name,
        "lattice": structure.lattice.matrix.tolist(),
        "species": [species.symbol for species in structure.species],
        "frac_coords": structure.frac_coords.tolist(),
        "repairs": repairs,
        "global_text": " ".join(filter(None, (parts["mineral"], parts["component_makeup"]))),
        "local_text": parts["components"],
    }


def from_row(row: dict[str, Any]) -> Structure:
    """The crystal of a row."""
    return Structure(row["lattice"], row["species"], row["frac_coords"])


def main() -> int:
    """Writes what patched upstream says."""
    from tests.upstream.repairs import Repairs
    from tests.upstream.running import describe_upstream

    repairs, lines = Repairs(), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, structure in crystals():
            _, parts, touched = describe_upstream(structure, repairs)
            lines.append(json.dumps(to_row(name, structure, parts, touched), ensure_ascii=False))
            sys.stderr.write(f"{name}: {len(structure)} sites, {', '.join(touched)}\n")
    part = STORED.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(STORED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
