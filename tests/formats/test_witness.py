"""Real CIFs: our reading beside gemmi's and ASE's own, and every difference explained by name."""

from __future__ import annotations

import pytest

from crystext.errors import InputError, all_codes
from crystext.reading import read_file
from tests.formats.witnesses import (
    AVOGADRO,
    SYMPREC,
    View,
    by_ase,
    by_gemmi,
    listed_formula,
    real_files,
)

SETTING = "ASE does not know this setting of the space group"
NO_ELEMENT = (
    "hydroxide or water under a label that the witness takes for no element, or a wrong one"
)
COPIES = "all copies are listed beside operations; gemmi keeps them"
NEAR = "gemmi takes images up to some tenths of an angstrom apart for one"
ORIGIN = "the formula contradicts the listed operations, and fits those of the other origin"
BROKEN = "the file breaks the syntax of CIF"
CELL = "the cell in the file is not one that the space group allows"
EXPLAINED = {
    ("ours", "carbides/W2C.cif"): CELL,
    ("ours", "elements/In-Indium.cif"): CELL,
    ("ours", "oxides/WO2.cif"): CELL,
    ("ours", "halides/AlCl3.cif"): "it lists no atoms",
    ("ours", "sulfides/Bi2S3-Bismuthinite.cif"): "a stray row stands among the sites",
    ("gemmi", "clays/AlSi2O6H-Pyrophyllite.cif"): NO_ELEMENT,
    ("gemmi", "clays/Zn2SiO5H2-Hemimorphite.cif"): NO_ELEMENT,
    ("gemmi", "ice/H2O-Ice-VI.cif"): NO_ELEMENT,
    ("gemmi", "other/(NH4)MgPO4-6(H2O)-Struvite.cif"): NO_ELEMENT,
    ("gemmi", "elements/Er-Erbium.cif"): BROKEN,
    ("gemmi", "elements/Eu-Europium.cif"): BROKEN,
    ("gemmi", "elements/Se-Selenium.cif"): BROKEN,
    ("gemmi", "hydroxides/Mg(OH)2-Brucite.cif"): NEAR,
    ("gemmi", "oxides/CoFe2O4.cif"): ORIGIN,
    ("gemmi", "oxides/NiFe2O4.cif"): ORIGIN,
    ("ase", "oxides/CoFe2O4.cif"): ORIGIN,
    ("ase", "oxides/NiFe2O4.cif"): ORIGIN,
    ("gemmi", "nitrides/BN.cif"): COPIES,
    ("ase", "nitrides/BN.cif"): "its boron is listed whole and obeys no operation; ASE adds images",
    ("gemmi", "sulfates/CoSO4.cif"): COPIES,
    ("gemmi", "sulfates/CuSO4.cif"): COPIES,
    ("gemmi", "titanates/MgTiO3.cif"): COPIES,
    ("gemmi", "other/H3N-Ammonia.cif"): "a hydrogen flagged as a dummy, at coordinates of -1",
    ("gemmi", "other/LiNbO3-LithiumNiobate.cif"): "a symbol with words in braces",
    ("ase", "clays/Al2Si2O9H4-Dickite.cif"): SETTING,
    ("ase", "clays/Al2Si2O9H4-Kaolinite.cif"): SETTING,
    ("ase", "clays/Al2Si2O9H4-Nacrite.cif"): SETTING,
    ("ase", "clays/Al4KSi2O12-Illite.cif"): SETTING,
    ("ase", "clays/FeSi2O6H-Nontronite.cif"): SETTING,
    ("ase", "elements/S8-Sulfur-gamma.cif"): SETTING,
    ("ase", "other/C10H10Fe-Ferrocene.cif"): SETTING,
    ("ase", "other/LiNbO3-LithiumNiobate.cif"): SETTING,
    ("ase", "sulfates/BaSO4-Barite.cif"): SETTING,
    ("ase", "clays/AlSi2O6H-Pyrophyllite.cif"): NO_ELEMENT,
    ("ase", "clays/Zn2SiO5H2-Hemimorphite.cif"): NO_ELEMENT,
    ("ase", "ice/H2O-Ice-VI.cif"): NO_ELEMENT,
    ("ase", "elements/Eu-Europium.cif"): BROKEN,
    ("ase", "elements/Se-Selenium.cif"): BROKEN,
    ("ase", "other/H3N-Ammonia.cif"): "a hydrogen flagged as a dummy, at coordinates of -1",
    ("ase", "silicates/Be3Al2(SiO3)6-Beryl.cif"): "ASE keeps images that rounding separates",
}
"""Who differs on which file, and why: ``ours`` is refused, ``gemmi`` or ``ase`` differs from us."""
FILES = real_files()
OF_DEBIAN = [name for name in FILES if not name.startswith("ase/")]
no_debian = pytest.mark.skipif(len(OF_DEBIAN) < 500, reason=f"no libavogadro-data in {AVOGADRO}")


def _ours(path):
    (crystal,) = read_file(path)
    structure = crystal.structure
    number = structure.get_space_group_info(symprec=SYMPREC)[1]
    return View(structure.composition.reduced_formula, len(structure), number)


def _faults(names):
    """Differences that the table lacks, and rows of the table that are not needed."""
    pytest.importorskip("ase")
    faults, compared = [], 0
    for name in names:
        try:
            ours = _ours(FILES[name])
        except InputError as error:
            known = ("ours", name) in EXPLAINED or error.code == "partial-occupancy"
            if not known or error.code not in all_codes() or error.code == "engine-failed":
                faults.append(f"{name}: {error.code}: {error.message}")
            continue
        if ("ours", name) in EXPLAINED:
            faults.append(f"{name}: read as {ours}, so the table's row is not needed")
        compared += 1
        for witness, view in (("gemmi", by_gemmi), ("ase", by_ase)):
            theirs = view(FILES[name])
            if theirs == ours and (witness, name) in EXPLAINED:
                faults.append(f"{name}: {witness} agrees, so the table's row is not needed")
            elif theirs != ours and (witness, name) not in EXPLAINED:
                faults.append(f"{name}: {ours}, but {witness} says {theirs}")
    return faults, compared


@pytest.mark.skipif(not FILES, reason="neither libavogadro-data nor ASE's test files are here")
def test_a_sample_agrees_with_both_witnesses():
    names = list(FILES)
    every = max(1, len(names) // 16)
    explained = [name for _, name in EXPLAINED if name in FILES]
    faults, compared = _faults([*names[::every], *explained[::7], *names[-2:]])
    assert not faults, "\n".join(faults)
    assert compared >= min(4, len(names))


@no_debian
@pytest.mark.slow
def test_all_agree_with_both_witnesses():
    faults, compared = _faults(FILES)
    assert not faults, f"{len(faults)}:\n" + "\n".join(faults)
    assert compared > 450


def test_the_table_names_files_that_exist():
    if len(OF_DEBIAN) >= 500:
        assert {name for _, name in EXPLAINED} <= FILES.keys()
    assert all(reason for reason in EXPLAINED.values())


def _spoken(names):
    """What reading with ``majority`` makes of files: crystals by name, refusals by name."""
    crystals, refusals = {}, {}
    for name in names:
        try:
            crystals[name] = read_file(FILES[name], disorder="majority")
        except InputError as error:
            refusals[name] = error
    return crystals, refusals


def _silent(crystals):
    """Crystals of another formula than the file's own, of which nothing is said."""
    wrong = []
    for name, found in crystals.items():
        formula = listed_formula(FILES[name])
        for crystal in found:
            composition = crystal.structure.composition.element_composition
            if formula is None or crystal.notes or crystal.disorder:
                continue
            elements = set(formula) | set(composition)
            shares = [
                abs(formula.get_atomic_fraction(one) - composition.get_atomic_fraction(one))
                for one in elements
            ]
            if max(shares) > 0.002:
                wrong.append(f"{name}: {composition.reduced_formula}, the file says {formula}")
    return wrong


@no_debian
def test_a_sample_has_its_files_formula():
    crystals, _ = _spoken(OF_DEBIAN[5::40])
    assert len(crystals) > 8
    assert not _silent(crystals)


@no_debian
@pytest.mark.slow
def test_five_hundred_of_debians_files_are_described():
    from crystext import Describer
    from crystext.errors import CrystextError

    crystals, refusals = _spoken(OF_DEBIAN)
    assert not _silent(crystals)
    for name, error in refusals.items():
        assert error.code in all_codes(), name
        assert error.code not in {"engine-failed", "bad-input", "worker-died"}, name
    describer, failed = Describer(), {}
    for name, found in crystals.items():
        try:
            for crystal in found:
                describer.describe(crystal)
        except CrystextError as error:
            failed[name] = f"{error.code}: {error.message}"
    assert len(crystals) - len(failed) >= 500, f"{failed}, {refusals}"
