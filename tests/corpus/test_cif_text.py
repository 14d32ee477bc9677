"""The CIF text of a row: the bytes that pymatgen writes."""

from __future__ import annotations

import pytest
from pymatgen.core import Lattice, Species, Structure
from pymatgen.io.cif import CifWriter

from crystext import mini, mini_table
from crystext.corpus import cif_text
from crystext.corpus.cif_text import cif

CUBE = Lattice.cubic(4.12)
BODY = [[0, 0, 0], [0.5, 0.5, 0.5]]
MANY = ["Li", "Be", "Na", "Mg", "K", "Ca", "Rb", "Sr", "Cs", "Ba", "Sc", "Ti", "V", "Cr", "Mn"]


def test_every_twentieth_mini_crystal_is_written_as_pymatgen_does(monkeypatch):
    monkeypatch.setattr(cif_text, "_by_pymatgen", None)  # nothing is left to pymatgen
    for crystal in mini(mini_table()["id"].to_pylist()[::20]):
        assert cif(crystal.structure) == str(CifWriter(crystal.structure)), crystal.id


@pytest.mark.parametrize(
    "structure",
    [
        Structure(CUBE, ["Cs", "Cl"], BODY),
        Structure(CUBE, ["Po"], [[0, 0, 0]]),
        Structure(CUBE, [Species("Cs", 1), Species("Cl", -1)], BODY),
        Structure(CUBE, ["Fe", "Fe"], BODY, site_properties={"magmom": [1.0, -1.0]}),
        Structure(CUBE, ["Fe", "Co"], BODY, site_properties={"mark": ["a", "b"]}),
        Structure(CUBE, ["Fe", "Co"], BODY, labels=["Fe_a", "it's Co"]),
        Structure(CUBE, ["Fe", "Co"], BODY, labels=["Fe1", "Co2"]),
        Structure(CUBE, [{"Fe": 0.5, "Co": 0.5}, {"O": 0.9}], BODY),
        Structure(CUBE, [{"Fe": 1.0}, {"O": 1}], BODY),
        Structure(CUBE, ["Cs", "Cl"], [[-1234567.125, 0, -0.0], [-1e9, 1e9, 1e9]]),
        Structure(Lattice.cubic(20), MANY, [[i / 15] * 3 for i in range(15)]),
        Structure(Lattice.cubic(20), ["O", "O", "O"], [[0, 0, 0], [0, 0, 0.06], [0.5, 0.5, 0.5]]),
    ],
)
def test_what_is_seldom_is_written_as_pymatgen_does(structure):
    assert cif(structure) == str(CifWriter(structure))
