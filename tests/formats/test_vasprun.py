"""``vasprun.xml``: its last structure, as ASE reads it, or a refusal by name."""

from __future__ import annotations

import pytest

from crystext.errors import CrystextError
from crystext.formats.names import format_of_text
from crystext.reading import read_file, read_text
from tests.formats.same import read_one
from tests.formats.test_program_inputs import TRICLINIC, assert_same, crystals, read_by_ase
from tests.reading_samples import refused

HEAD = """<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
 <generator><i name="program" type="string">vasp </i></generator>
 <incar><i type="string" name="SYSTEM">test</i></incar>
 <kpoints><varray name="kpointlist"><v> 0.0 0.0 0.0 </v></varray></kpoints>
 <parameters><separator name="electronic"><i name="NELECT">1.0</i></separator></parameters>
"""
ENERGIES = (
    "<energy><i name='e_fr_energy'> -1.0 </i><i name='e_wo_entrp'> -1.0 </i>"
    "<i name='e_0_energy'> -1.0 </i></energy>"
)


def structure_of(structure, name):
    vectors, places = (
        "".join(f"<v> {' '.join(f'{x:16.8f}' for x in row)} </v>\n" for row in rows)
        for rows in (structure.lattice.matrix, structure.frac_coords)
    )
    volume = f'<i name="volume"> {structure.volume:.8f} </i>'
    return (
        f"<structure{f' name={chr(34)}{name}{chr(34)}' if name else ''}>\n<crystal>\n"
        f'<varray name="basis" >\n{vectors}</varray>\n{volume}\n'
        f'<varray name="rec_basis" >\n{vectors}</varray>\n</crystal>\n'
        f'<varray name="positions" >\n{places}</varray>\n</structure>\n'
    )


def vasprun(structure, *, final=True, steps=2):
    """As VASP writes it: atoms, the first structure, one of each step, the last."""
    symbols = [site.specie.symbol for site in structure]
    kinds = list(dict.fromkeys(symbols))
    rows = "".join(f"<rc><c>{one:<2}</c><c>{kinds.index(one) + 1:4d}</c></rc>\n" for one in symbols)
    types = "".join(
        f"<rc><c>{symbols.count(one):4d}</c><c>{one:<2}</c><c>1.0</c><c>1.0</c>"
        f"<c> PAW_PBE {one} </c></rc>\n"
        for one in kinds
    )
    fields = "<dimension dim='1'>ion</dimension><field type='string'>element</field>"
    first = structure.copy()
    first.apply_strain(0.05)
    forces = "".join("<v> 0.0 0.0 0.0 </v>" for _ in symbols)
    step = (
        f"<calculation>\n<scstep>{ENERGIES}</scstep>\n"
        + structure_of(first, "")
        + f"<varray name='forces'>{forces}</varray>\n"
        + f"{ENERGIES}\n</calculation>\n"
    )
    atoms = (
        f"<atominfo>\n<atoms> {len(symbols)} </atoms>\n<types> {len(kinds)} </types>\n"
        f'<array name="atoms" >\n{fields}<field type="int">atomtype</field>\n'
        f"<set>\n{rows}</set>\n"
        f'</array>\n<array name="atomtypes" >\n{fields}\n<set>\n{types}</set>\n'
        "</array>\n</atominfo>\n"
    )
    last = step.replace(structure_of(first, ""), structure_of(structure, ""))
    text = HEAD + atoms + structure_of(first, "initialpos") + step * (steps - 1) + last
    return text + (structure_of(structure, "finalpos") if final else "") + "</modeling>\n"


@pytest.mark.parametrize("structure", crystals(), ids=lambda one: one.composition.reduced_formula)
def test_it_is_read_as_by_ase_and_as_it_was(structure):
    text = vasprun(structure)
    assert format_of_text(text, "x") == "vasprun"
    ours = read_one(text, "vasprun").structure
    assert_same(ours, structure)
    assert_same(ours, read_by_ase(text, "vasp-xml"))


def test_of_a_run_that_did_not_end_the_last_step_is_read_and_said(tmp_path):
    for text in (vasprun(TRICLINIC, final=False), vasprun(TRICLINIC)[:-300]):
        crystal = read_text(text, fmt="vasprun")[0]
        assert_same(crystal.structure, TRICLINIC)
        assert any("did not end" in note for note in crystal.notes)
    (tmp_path / "vasprun.xml").write_text(vasprun(TRICLINIC))
    assert read_file(tmp_path / "vasprun.xml")[0].notes == ()


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    "<modeling>&b;</modeling>"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "bad-file"),
        ("<modeling></modeling>", "no-atoms"),
        (vasprun(TRICLINIC)[:1500], "truncated-file"),
        (vasprun(TRICLINIC).replace("<c>Na</c>", "<c>Nx</c>"), "unknown-species"),
        (vasprun(TRICLINIC).replace("<rc><c>O </c><c>   3</c></rc>", ""), "bad-file"),
        (vasprun(TRICLINIC).replace('name="basis"', 'name="axes"'), "bad-file"),
        (vasprun(TRICLINIC).replace("0.10000000", "********"), "bad-file"),
        ("<modeling><structure/></modeling>", "no-atoms"),
    ],
)
def test_what_is_no_crystal_is_refused_by_name(text, code):
    refused(code, call=lambda: read_one(text, "vasprun"))


def test_more_sites_than_the_limit_are_refused():
    from crystext.formats.vasprun import read

    with pytest.raises(CrystextError) as raised:
        read(vasprun(TRICLINIC), max_sites=3)
    assert raised.value.code == "too-many-sites"
