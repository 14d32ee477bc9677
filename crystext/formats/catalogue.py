"""The formats in words: what each is called, the names of its files, and what is read of it."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One format.

    Attributes:
        title: as people call it.
        names: patterns of the names of its files.
        remark: what is read of it, and what is refused.
    """

    title: str
    names: tuple[str, ...]
    remark: str


CATALOGUE = {
    "cif": Entry(
        "CIF", ("*.cif", "*.mcif"), "every data block with atoms; no mmCIF, no modulated structure"
    ),
    "poscar": Entry(
        "POSCAR", ("POSCAR*", "CONTCAR*", "*.vasp", "*.poscar", "*.contcar"), "VASP 4 to 6"
    ),
    "xdatcar": Entry("XDATCAR", ("XDATCAR*", "*.xdatcar"), "each frame is a crystal"),
    "extxyz": Entry(
        "extended xyz", ("*.extxyz", "*.xyz"), "each frame is a crystal; a Lattice is needed"
    ),
    "xsf": Entry("XSF", ("*.xsf", "*.axsf"), "XCrySDen's; each frame is a crystal"),
    "cssr": Entry("CSSR", ("*.cssr",), "in space group P 1"),
    "shelx": Entry("SHELX .res", ("*.res", "*.ins"), "with the symmetry that it states"),
    "aims": Entry("FHI-aims geometry.in", ("geometry.in*",), "with lattice vectors"),
    "gen": Entry("DFTB+ .gen", ("*.gen",), "kinds S and F"),
    "castep": Entry("CASTEP .cell", ("*.cell",), "no mixtures"),
    "espresso": Entry(
        "Quantum ESPRESSO pw.x input",
        ("*.pwi", "*.scf.in", "*.relax.in", "pw.in"),
        "ibrav 0, 1, 2, 3, 4, 6 and 8",
    ),
    "pwmat": Entry("PWmat atom.config", ("atom.config*",), "the positions"),
    "vasprun": Entry("VASP vasprun.xml", ("vasprun*.xml", "*.vasprun.xml"), "the last structure"),
    "json": Entry(
        "JSON",
        ("*.json", "*.jsonl", "*.mson"),
        "pymatgen, ASE, jarvis and OPTIMADE structures: one, a list, by id, a line or matbench's",
    ),
}
"""The formats by the name that ``--from`` takes."""
PACKED = (".gz", ".bz2", ".xz")
"""What may stand behind any of the names."""
