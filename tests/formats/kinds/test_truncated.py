"""A file that was cut off is never described as the smaller crystal that is left of it."""

from __future__ import annotations

import pytest

from crystext.errors import InputError
from crystext.reading import read_text
from tests.reading_samples import refused

CASTEP = """%BLOCK LATTICE_CART
ang
5.64 0 0
0 5.64 0
0 0 5.64
%ENDBLOCK LATTICE_CART
%BLOCK POSITIONS_FRAC
Na 0 0 0
Na 0.5 0.5 0
Cl 0.5 0.5 0.5
Cl 0 0 0.5
%ENDBLOCK POSITIONS_FRAC
%BLOCK SPECIES_POT
Na x.usp
%ENDBLOCK SPECIES_POT
"""
SHELX = """TITL salt
CELL 0.71 5.64 5.64 5.64 90 90 90
LATT 4
SYMM -X,-Y,Z
SYMM -X,Y,-Z
SYMM X,-Y,-Z
SFAC NA CL
UNIT {unit}
FVAR 1
NA1 1 0 0 0 10.125
CL1 2 0.5 0.5 0.5 10.125
{end}
"""


def shelx(n_atoms=2, unit="4 4", end="END"):
    lines = SHELX.format(unit=unit, end=end).split("\n")
    return "\n".join([*lines[: 9 + n_atoms], *lines[11:]])


def read(text, fmt):
    (crystal,) = read_text(text, fmt=fmt, id="made")
    return crystal


def cut_after(line):
    return CASTEP[: CASTEP.index(line)] + line + "\n"


@pytest.mark.parametrize(
    "line",
    ["Na 0 0 0", "Cl 0.5 0.5 0.5", "Cl 0 0 0.5", "0 5.64 0", "0 0 5.64", "Na x.usp", "%ENDBL"],
)
@pytest.mark.parametrize("block", ["POSITIONS_FRAC", "POSITIONS_ABS"])
def test_a_block_of_castep_without_its_end(line, block):
    text = cut_after(line).replace("POSITIONS_FRAC", block)
    refused("truncated-file", "no %ENDBLOCK", call=lambda: read(text, "castep"))


def test_a_block_of_castep_that_another_follows_before_its_end():
    text = CASTEP.replace("%ENDBLOCK LATTICE_CART\n", "")
    refused("truncated-file", "LATTICE_CART", call=lambda: read(text, "castep"))


def test_whole_files_of_castep():
    for text in (CASTEP, CASTEP.replace("%ENDBLOCK POSITIONS_FRAC", "%endblock")):
        assert read(text, "castep").structure.composition.formula == "Na2 Cl2"


@pytest.mark.parametrize("n_lines", range(1, len(CASTEP.split("\n")) - 1))
def test_castep_cut_at_every_line(n_lines):
    text = "\n".join(CASTEP.split("\n")[:n_lines]) + "\n"
    try:
        found = read(text, "castep")
    except InputError:
        return
    assert found.structure.composition.formula == "Na2 Cl2"


def test_whole_files_of_shelx():
    for end in ("END", "HKLF 4", "HKLF 4\nEND", ""):
        crystal = read(shelx(end=end), "shelx")
        assert crystal.structure.composition.formula == "Na4 Cl4"
        assert not crystal.notes


def test_shelx_without_an_end_that_lacks_atoms():
    refused("truncated-file", "Cl0 instead of Cl4", call=lambda: read(shelx(1, end=""), "shelx"))
    text = shelx(2, unit="4 12", end="")
    refused("truncated-file", "Cl4 instead of Cl12", call=lambda: read(text, "shelx"))


def test_shelx_with_an_end_that_lacks_atoms_is_told():
    for end in ("END", "HKLF 4"):
        crystal = read(shelx(1, end=end), "shelx")
        assert any("Cl0 instead of Cl4" in note for note in crystal.notes)


def test_shelx_without_an_end_may_count_nothing_or_too_much():
    assert read(shelx(1, unit="4 0", end=""), "shelx").structure.composition.formula == "Na4"
    assert read(shelx(2, unit="4 2", end=""), "shelx").notes
    text = shelx(end="").replace("SFAC NA CL", "SFAC NA CL H").replace("UNIT 4 4", "UNIT 4 4 8")
    assert any("H0 instead of H8" in note for note in read(text, "shelx").notes)
