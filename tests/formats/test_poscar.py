"""POSCAR: every form as ASE and pymatgen read it, where one of them reads it right."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.io.vasp import Poscar

from tests.formats.same import assert_same, read_all, read_one
from tests.reading_samples import POSCAR, refused

HEAD, ROWS = POSCAR.split("Direct\n")
LATTICE = "\n".join(POSCAR.splitlines()[2:5])
CARTESIAN = "0.0 1.8 3.0\n0.0 1.8 9.0\n0.0 1.8 7.5\n0.0 1.8 1.4\n0.1 1.8 10.7\n0.2 1.8 4.5"
ELEMENTS = ["Mo", "Mo", "S", "S", "S", "S"]
VELOCITIES = "\n".join(["  0.1E-02 -0.2E-02 0.3E-02"] * 6)


def made(
    *, comment="MoS2, 2H", scale="1.0", lattice=LATTICE, names="Mo S\n", counts="2 4", selective="",
    mode="Direct", rows=ROWS, tail="",
):  # fmt: skip
    rows = rows.rstrip("\n")
    return f"{comment}\n{scale}\n{lattice}\n{names}{counts}\n{selective}{mode}\n{rows}\n{tail}"


def beside(words, rows=ROWS):
    lines = rows.strip().split("\n")
    return "\n".join(f"{row} {word}" for row, word in zip(lines, words, strict=True))


FORMS = {
    "as vasp writes it": (made(), "both"),
    "scale": (made(scale="1.1"), "both"),
    "volume": (made(scale="-120.0"), "both"),
    "volume and Cartesian": (made(scale="-120.0", mode="Cartesian", rows=CARTESIAN), "ase"),
    "Cartesian": (made(scale="1.1", mode="Cartesian", rows=CARTESIAN), "both"),
    "cartesian": (made(mode="cart", rows=CARTESIAN), "both"),
    "k": (made(mode="k-like", rows=CARTESIAN), "both"),
    "three scales": (made(scale="1.1 1.2 1.3"), "ase"),
    "three scales, Cartesian": (made(scale="1.1 1.2 1.3", mode="C", rows=CARTESIAN), "ase"),
    "selective": (made(selective="Selective dynamics\n", rows=beside(["T F T"] * 6)), "both"),
    "all fixed": (made(selective="s\n", rows=beside(["F F F"] * 6)), "both"),
    "selective, Cartesian, volume": (
        made(scale="-99", selective="S\n", mode="C", rows=beside(["T T F"] * 6, CARTESIAN)),
        "ase",
    ),
    "POTCAR names": (made(names="Mo_pv S_h_GW\n"), "both"),
    "POTCAR hashes": (made(names="Mo_sv/0123abcd S/89abcdef\n"), "both"),
    "elements come again": (made(names="Mo S Mo S\n", counts="1 2 1 2"), "both"),
    "two lines of names": (made(names="Mo S\nMo S\n", counts="1 2\n1 2"), "pymatgen"),
    "two lines of names, one of counts": (made(names="Mo\nS\n"), "neither"),
    "two lines of suffixed names": (made(names="Mo_pv\nS_h\n", counts="2\n4"), "neither"),
    "names beside coordinates": (made(rows=beside(ELEMENTS)), "both"),
    "labels beside coordinates": (
        made(rows=beside(["Mo1", "Mo2", "S1", "S2", "S3", "S4"])),
        "both",
    ),
    "ions beside coordinates": (made(rows=beside(["Mo4+"] * 2 + ["S2-"] * 4)), "both"),
    "flags and names": (
        made(selective="S\n", rows=beside([f"T T F {one}" for one in ELEMENTS])),
        "both",
    ),
    "words beside coordinates": (
        made(rows=beside(["! relaxed", "# x", "a", "b1", "9", "-"])),
        "both",
    ),
    "velocities": (made(tail=f"\n{VELOCITIES}\n"), "both"),
    "velocities, Cartesian": (made(tail=f"Cartesian\n{VELOCITIES}\n"), "both"),
    "predictor and corrector": (
        made(tail=f"\n{VELOCITIES}\n\n1\n0.5E+00\n0.1 0.2 0.3 0.4\n" + f"{VELOCITIES}\n" * 3),
        "both",
    ),
    "lattice velocities": (
        made(tail=f"Lattice velocities and vectors\n  1\n{LATTICE}\n{LATTICE}\n\n{VELOCITIES}\n"),
        "pymatgen",
    ),
    "Fortran numbers": (
        made(scale="1.0d0", lattice=LATTICE.replace("3.1600000000", "0.316D+01")),
        "neither",
    ),
    "comments with !": (made(scale="1.0 ! scale", counts="2 4 ! counts"), "ase"),
    "comments with #": (made(counts="2 4 # counts", mode="Direct # mode"), "pymatgen"),
    "words after the scale": (made(scale="1.0  universal scale"), "ase"),
    "a comment of numbers": (made(comment="2 4 1.0"), "both"),
    "an empty comment": (made(comment=""), "both"),
    "count 0": (made(names="O Mo S\n", counts="0 2 4"), "both"),
    "touching numbers": (
        made(rows=ROWS.replace("0.6666666667  0.3333333333  0", "0.6666666667-0.3333333333-0")),
        "pymatgen",
    ),
    "blank lines below": (made(tail="\n \n\n"), "both"),
    "left-handed": (
        made(scale="-120", lattice="\n".join(reversed(LATTICE.split("\n")))),
        "pymatgen",
    ),
}


def _by_ase(text):
    ase_io = pytest.importorskip("ase.io")
    from pymatgen.io.ase import AseAtomsAdaptor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its constraints are not pymatgen's
        found = AseAtomsAdaptor.get_structure(ase_io.read(io.StringIO(text), format="vasp"))
    return Structure(found.lattice, found.species, found.frac_coords)


def _by_pymatgen(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Poscar.from_str(text, read_velocities=False).structure


@pytest.mark.parametrize("form", FORMS)
def test_forms_as_ase_and_pymatgen_read_them(form):
    text, witnesses = FORMS[form]
    found = read_one(text, "poscar")
    assert found.notes == ()
    assert found.structure.reduced_formula == "MoS2"
    if witnesses in {"ase", "both"}:
        assert_same(found.structure, _by_ase(text))
    if witnesses in {"pymatgen", "both"}:
        assert_same(found.structure, _by_pymatgen(text))
    plain = read_one(POSCAR, "poscar").structure
    if witnesses == "neither":  # then it is the plain one in other words
        again = found.structure.get_sorted_structure()
        assert_same(again, plain.get_sorted_structure())


def test_what_pymatgen_reads_wrongly():
    text, _ = FORMS["volume and Cartesian"]
    ours, theirs = read_one(text, "poscar").structure, _by_pymatgen(text)
    assert ours.volume == pytest.approx(120)
    assert np.abs(ours.frac_coords - theirs.frac_coords).max() > 0.1


@pytest.mark.parametrize("scale", ["1.0", "0.9", "-150", "2 1 1"])
def test_written_by_pymatgen_and_ase(scale):
    ase_io = pytest.importorskip("ase.io")
    structure = Structure(
        Lattice.from_parameters(4, 5, 6, 80, 95, 110),
        ["Na", "Cl", "O"],
        [[0.1, 0.2, 0.3], [-0.4, 0.55, 0.6], [0.7, 1.8, 0.9]],
    )
    text = Poscar(structure).get_str(significant_figures=12).replace("\n1.0\n", f"\n{scale}\n")
    witness = _by_ase(text)
    assert_same(read_one(text, "poscar").structure, witness, 1e-9)
    file = io.StringIO()
    ase_io.write(file, structure.to_ase_atoms(), format="vasp", direct=False)
    assert_same(read_one(file.getvalue(), "poscar").structure, structure, 1e-8)


@pytest.mark.parametrize("comment", ["Mo S", "MoS2", "Mo2 S4", "Mo2S4", "Mo_pv S", "  Mo  S "])
def test_vasp_4_with_elements_in_the_comment(comment):
    found = read_one(made(comment=comment, names=""), "poscar")
    assert_same(found.structure, read_one(POSCAR, "poscar").structure)
    assert len(found.notes) == 1
    assert "(VASP 4): Mo S read from the comment" in found.notes[0]


def test_vasp_4_with_elements_beside_the_coordinates():
    text = made(names="", rows=beside(ELEMENTS))
    assert_same(read_one(text, "poscar").structure, _by_pymatgen(text))
    text = made(names="", selective="S\n", rows=beside([f"T F F {one}" for one in ELEMENTS]))
    assert_same(read_one(text, "poscar").structure, _by_pymatgen(text))


@pytest.mark.parametrize(
    "comment",
    ["", "POSCAR", "Mo", "Mo S O", "S2Mo", "MoS", "Mo S!", "Molybdenite, MoS2", "1.0", "H9" * 40],
)
def test_vasp_4_with_another_comment(comment):
    text = made(comment=comment, names="")
    refused("bad-poscar", "no elements", "'2 4'", call=lambda: read_one(text, "poscar"))


def test_fluorine_is_told_from_flags():
    text = made(names="F S\n", rows=beside(["F", "F", "S", "S", "S", "S"]))
    assert read_one(text, "poscar").structure.composition.formula == "S4 F2"
    text = made(names="", selective="S\n", rows=beside(["F F F F"] * 6), counts="6")
    assert read_one(text, "poscar").structure.composition.formula == "F6"


def test_pseudohydrogen_and_other_names():
    found = read_one(made(names="Mo H.5\n"), "poscar")
    assert found.structure.composition.formula == "Mo2 H4"
    assert "H.5 read as hydrogen" in found.notes[0]
    (note,) = read_one(made(names="Mo1 S\n"), "poscar").notes
    assert note == "numbers behind elements were read as labels: Mo1"
    ions = read_one(made(names="Mo4+ S2-\n"), "poscar").structure
    assert [str(one) for one in ions.species[::5]] == ["Mo4+", "S2-"]


def test_text_below_is_noted():
    (note,) = read_one(made(tail="\nrelaxed by hand\n"), "poscar").notes
    assert "line 16, 'relaxed by hand'" in note


BAD = {
    "two numbers of scale": (made(scale="1.0 1.0"), "bad-poscar", ["line 2", "or three"]),
    "negative scales": (made(scale="1 1 -1"), "bad-poscar", ["line 2", "positive"]),
    "scale 0": (made(scale="0"), "zero-volume", ["scale factor"]),
    "scale nan": (made(scale="nan"), "not-finite", ["scale factor"]),
    "volume of a flat cell": (
        made(scale="-100", lattice="1 0 0\n0 1 0\n1 1 0"),
        "zero-volume",
        ["span no volume"],
    ),
    "volume of no cell": (made(scale="-100", lattice="0 0 0\n0 0 0\n0 0 0"), "zero-volume", []),
    "four numbers": (made(lattice=LATTICE + " 1"), "bad-poscar", ["line 5", "three numbers"]),
    "decimal commas": (
        made(lattice=LATTICE.replace(".", ",")),
        "bad-poscar",
        ["line 3", "three numbers"],
    ),
    "fewer counts": (made(counts="6"), "bad-poscar", ["'6' for 'Mo S'"]),
    "more counts": (made(counts="2 3 1"), "bad-poscar", ["'2 3 1' for 'Mo S'"]),
    "counts with a point": (made(counts="2. 4."), "bad-poscar", ["no line of counts"]),
    "no mode": (made(mode="", rows=ROWS).replace("\n\n", "\n"), "bad-poscar", ["line 8", "Direct"]),
    "unknown mode": (made(mode="Angstrom"), "bad-poscar", ["line 8", "'Angstrom'"]),
    "a blank for the mode": (made(mode=""), "bad-poscar", ["line 8", "Direct or Cartesian"]),
    "more rows": (
        made(counts="2 3"),
        "bad-poscar",
        ["line 14", "below the last of the atoms that it counts"],
    ),
    "fewer rows": (made(counts="2 5"), "truncated-file", ["7 atoms", "6 lines"]),
    "velocities for atoms": (
        made(counts="2 5", tail=f"\n{VELOCITIES}\n"),
        "truncated-file",
        ["7 atoms", "6 lines"],
    ),
    "other element beside": (
        made(rows=beside(["Mo", "W", "S", "S", "S", "S"])),
        "contradiction",
        ["atom 2", "Mo by the counts", "W beside"],
    ),
    "mixed count in VASP 4": (
        made(names="", rows=beside(["Mo", "S", "S", "S", "S", "S"])),
        "contradiction",
        ["atom 2", "first of its count Mo"],
    ),
    "two in one file": (POSCAR + POSCAR, "several-structures", ["begins at line 15"]),
    "two with velocities": (
        made(tail=f"\n{VELOCITIES}\n") + "\n" + POSCAR,
        "several-structures",
        ["another structure begins"],
    ),
    "two of VASP 4": (
        made(comment="Mo S", names="") * 2,
        "several-structures",
        ["another structure begins"],
    ),
    "a tetrahedral site": (made(names="T S\n"), "unknown-species", ["'T'"]),
    "no element": (made(names="Mo Qq_pv\n"), "unknown-species", ["Qq"]),
    "no atoms": (made(counts="0 0"), "no-atoms", ["0 atoms"]),
    "unicode minus": (made(rows=ROWS.replace("0.25", "\u22120.25")), "bad-poscar", ["line 9"]),
    "underscores": (made(scale="1_0"), "bad-poscar", ["line 2", "'1_0'"]),
}


@pytest.mark.parametrize("case", BAD)
def test_contradictions(case):
    from crystext.validation import check_with_notes

    text, code, words = BAD[case]
    refused(code, *words, call=lambda: check_with_notes(read_one(text, "poscar").structure))


def test_a_limit_of_sites_holds_before_the_rows_are_read():
    from crystext.formats.poscar import read

    text = made(counts="2 999999")
    refused("too-many-sites", "1000001", "500", call=lambda: read(text, max_sites=500))


# ------------------------------------------------------------------------------------------ XDATCAR


def frames(*, head=HEAD, cells=None, numbers=(1, 2, 3), mode="Direct"):
    texts = []
    for place, number in enumerate(numbers):
        if cells:
            texts.append(HEAD.replace("12.2940000000", cells[place]))
        elif not place:
            texts.append(head)
        rows = ROWS.replace("0.6210000000", f"0.62{number}0000000")
        texts.append(f"{mode} configuration= {number:5d}\n{rows}")
    return "".join(texts)


@pytest.mark.parametrize("cells", [None, ["12.0", "12.5", "13.0"]])
def test_every_configuration_is_a_structure(cells):
    ase_io = pytest.importorskip("ase.io")
    text = frames(cells=cells)
    found = [one.structure for one in read_all(text, "xdatcar")]
    images = ase_io.read(io.StringIO(text), index=":", format="vasp-xdatcar")
    assert len(found) == len(images) == 3
    for one, image in zip(found, images, strict=True):
        assert one.lattice.matrix == pytest.approx(np.array(image.cell))
        assert one.frac_coords == pytest.approx(image.get_scaled_positions(wrap=False))
        assert [site.specie.symbol for site in one] == image.get_chemical_symbols()
    assert [one[2].frac_coords[2] for one in found] == pytest.approx([0.621, 0.622, 0.623])
    # and where it is called POSCAR
    again = [one.structure for one in read_all(text, "poscar")]
    assert again == found


def test_written_by_pymatgen_and_ase_many_times(tmp_path):
    from pymatgen.io.vasp import Xdatcar

    ase_io = pytest.importorskip("ase.io")
    (tmp_path / "XDATCAR").write_text(frames(numbers=range(1, 8)))
    theirs = Xdatcar(str(tmp_path / "XDATCAR"))
    assert len(read_all(theirs.get_str(), "xdatcar")) == 7
    images = [one.to_ase_atoms() for one in theirs.structures]
    images[3].set_cell(np.array(images[3].cell) * 1.1, scale_atoms=True)
    ase_io.write(tmp_path / "a", images, format="vasp-xdatcar")
    found = [one.structure for one in read_all((tmp_path / "a").read_text(), "xdatcar")]
    assert [one.volume for one in found] == pytest.approx([one.get_volume() for one in images])


def test_blank_lines_and_cartesian_configurations():
    text = frames(cells=["12.0", "12.5", "13.0"]).replace("Molybdenite", "\nMolybdenite")[1:]
    assert len(read_all(text, "xdatcar")) == 3
    text = frames(mode="Cartesian", numbers=[1]).replace(ROWS, CARTESIAN)
    (one,) = read_all(text, "xdatcar")
    assert one.structure.cart_coords[0] == pytest.approx([0.0, 1.8, 3.0])


def test_a_bad_configuration_spares_the_others():
    from crystext.formats import registry

    lines = frames().split("\n")
    cut = registry.split("\n".join(lines[:-3]), "xdatcar")
    assert len(cut) == 3
    assert registry.read(cut[1]).structure.num_sites == 6
    words = ["configuration 3 of the XDATCAR", "6 atoms", "4 lines"]
    refused("truncated-file", *words, call=lambda: registry.read(cut[2]))
    more = registry.split("\n".join([*lines[:14], "0.5 0.5 0.5", *lines[14:]]), "xdatcar")
    refused("bad-poscar", "configuration 1", "below the last", call=lambda: registry.read(more[0]))
    assert registry.read(more[1]).structure.num_sites == 6


def test_no_xdatcar():
    refused("bad-poscar", "no line 'Direct conf", call=lambda: read_all(POSCAR, "xdatcar"))
    old = "   6   6   1\n  0.1 0.2 0.3\n  CAR\n run\n Konfig=       1\n" + ROWS
    refused("bad-poscar", "VASP 4", "holds no lattice", call=lambda: read_all(old, "xdatcar"))
    bare = "Direct configuration=     1\n" + ROWS
    refused("bad-poscar", "1 lines above", call=lambda: read_all("x\n" + bare, "xdatcar"))


@pytest.mark.parametrize("comment", ["Mo Se", "MoSe2", "Mo2 Se4", "Mo1 S3", "WS2", "Mo2S2"])
def test_a_comment_that_is_another_formula_is_told(comment):
    """Of a file whose names or counts were changed by hand."""
    lines = POSCAR.split("\n")
    (note,) = read_one("\n".join([comment, *lines[1:]]), "poscar").notes
    assert note.startswith(f"line 1 of the POSCAR is '{comment}', its atoms are Mo2 S4")


@pytest.mark.parametrize(
    "comment",
    [
        "Mo S",
        "MoS2",
        "Mo2 S4",
        "S2Mo",
        "CIF",
        "POS",
        "unknown system",
        "MoSe2 by hand",
        "",
        "No",
        "S",
    ],
)
def test_other_comments_are_not_told(comment):
    lines = POSCAR.split("\n")
    assert not read_one("\n".join([comment, *lines[1:]]), "poscar").notes


@pytest.mark.parametrize("counts", ["2*0.5 4", "2*1 4*.75", "1*0.5 1*0.5 4"])
def test_shares_of_sites_as_aflow_counts_them(counts):
    refused("partial-occupancy", counts, call=lambda: read_one(made(counts=counts), "poscar"))
    v4 = made(names="", counts=counts)
    refused("partial-occupancy", counts, call=lambda: read_one(v4, "poscar"))
