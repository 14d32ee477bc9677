"""Foreign text is split by the kind of its sentences; our own text falls into its own parts."""

from __future__ import annotations

import numpy as np
import pytest

from crystext.choices import STYLES
from crystext.description.language import write
from crystext.description.options import Wording
from crystext.description.sections import fields_text, split_text
from tests.description.condensed_samples import random_condensed, real

PEROVSKITE = (
    "SrTiO3 is (Cubic) Perovskite structured and crystallizes in the cubic Pm-3m space group."
)
NAMELESS = "C2H4 crystallizes in the monoclinic P2_1/c space group."
MOLECULES = "The structure is zero-dimensional and consists of two 1-methyl[2.2]decane molecules."
SHEETS = (
    "The structure is two-dimensional and consists of one Mg0.5O sheet oriented in the (0, 0, 1) "
    "direction; and two Cl sheets oriented in the (-1, 0, 1) and (1, 0, 0) directions."
)
FRAMEWORKS = "The structure consists of two Cl2 clusters inside a SnO2 framework."
SITES = (
    "There are two inequivalent Fe2.67+ sites. In the first Fe2.67+ site, Fe(1)2.67+ is bonded to "
    "six equivalent O(1)2- atoms to form FeO6 octahedra that share  a cornercorner with one "
    "Fe(2)O6 octahedra. The corner-sharing octahedra are not tilted. There is one shorter "
    "(1.99 Å) and one longer (2.15 Å) Fe(1)-O(1) bond length. O(1)2- is bonded in a distorted bent "
    "120 degrees geometry to two equivalent Fe(1)2.67+ atoms."
)


@pytest.mark.parametrize("style", STYLES)
def test_own_text_falls_into_its_parts(style: str) -> None:
    for condensed in (*real().values(), *map(random_condensed, range(50))):
        parts = write(condensed, Wording(style=style))
        assert split_text(parts.text) == (parts.global_text, parts.local_text)


@pytest.mark.parametrize("mineral", [PEROVSKITE, NAMELESS, ""])
@pytest.mark.parametrize("makeup", [MOLECULES, SHEETS, FRAMEWORKS, ""])
@pytest.mark.parametrize("sites", [SITES, ""])
def test_any_sentence_may_be_missing(mineral: str, makeup: str, sites: str) -> None:
    whole = " ".join(filter(None, (mineral, makeup)))
    text = " ".join(filter(None, (whole, sites)))
    assert split_text(text) == (whole, sites)
    assert " ".join(filter(None, split_text(text))) == text


@pytest.mark.parametrize("mineral", [PEROVSKITE, NAMELESS])
def test_place_does_not_matter(mineral: str) -> None:
    expected = (f"{mineral} {SHEETS}", SITES)
    assert split_text(f"{SITES} {mineral} {SHEETS}") == expected
    assert split_text(f"{mineral} {SITES} {SHEETS}") == expected
    first, rest = SITES.split(". ", maxsplit=1)
    assert split_text(f"{first}. {mineral} {rest} {SHEETS}") == expected
    assert split_text(f"{SHEETS} {SITES} {mineral}") == (f"{SHEETS} {mineral}", SITES)


@pytest.mark.parametrize(
    "sentence",
    [
        "Pb0.5O3.25 is Pb (Zr_0.50 Ti_0.48) O_3 structured and crystallizes in the P1 space group.",
        "CuO is St. John's ore, no. 2 structured and crystallizes in the cubic P1 space group.",
        "X is hexagonal omega structure-like structured and crystallizes in the P1 space group.",
        "NaCl is Halite, Rock Salt structured and crystallizes in the cubic Fm̅3m space group.",
        "SnO$_{2}$ crystallizes in the tetragonal P4$_{2}$/mnm space group.",
        "SnO<sub>2</sub> crystallizes in the tetragonal P4<sub>2</sub>/mnm space group.",
        "SnO₂ is Rutile structured and crystallizes in the tetragonal P4₂/mnm space group.",
        "The compound crystallizes in the space group R-3m (166).",
    ],
)
def test_mineral_sentences(sentence: str) -> None:
    assert split_text(sentence) == (sentence, "")
    assert split_text(f"{sentence} {SITES}") == (sentence, SITES)
    assert split_text(f"{SITES} {sentence} {SITES}") == (sentence, f"{SITES} {SITES}")


def test_old_versions() -> None:
    # robocrys 0.1 named the dimensionality of frameworks too, and wrote no symmetry labels.
    text = (
        "CsPbBr₃ is (Cubic) Perovskite structured and crystallizes in the cubic Pm̅3m space group. "
        "The structure is three-dimensional. Cs¹⁺ is bonded to twelve equivalent Br¹⁻ atoms to "
        "form CsBr₁₂ cuboctahedra. All Cs-Br bond lengths are 4.24 Å."
    )
    whole, local = split_text(text)
    assert whole.endswith("The structure is three-dimensional.")
    assert local.startswith("Cs¹⁺ is bonded to twelve")


def test_cut_text_and_line_breaks() -> None:
    assert split_text(f"  {NAMELESS}\n{MOLECULES}\n\n{SITES}\n") == (
        f"{NAMELESS} {MOLECULES}",
        SITES,
    )
    cut_makeup, cut_sites = SHEETS[:60].strip(), SITES[:120].strip()
    assert split_text(f"{PEROVSKITE} {cut_makeup}") == (f"{PEROVSKITE} {cut_makeup}", "")
    assert split_text(f"{PEROVSKITE} {cut_sites}") == (PEROVSKITE, cut_sites)
    assert split_text(" \n") == ("", "")


def test_fields() -> None:
    facts = ("MoS2", "Molybdenite-like", "trigonal", "R3m", 160, np.int64(2))
    assert fields_text(*facts) == (
        "Formula: MoS2. Mineral: Molybdenite-like. Crystal system: trigonal. "
        "Space group: R3m (160). Dimensionality: 2D."
    )


@pytest.mark.parametrize("mineral", [None, ""])
def test_fields_without_mineral(mineral: str | None) -> None:
    assert ". Mineral: none. " in fields_text("Si", mineral, "cubic", "Fd-3m", 227, 3)


@pytest.mark.parametrize(("number", "dimensionality"), [(0, 3), (231, 3), (1, 4), (1, -1)])
def test_fields_out_of_range(number: int, dimensionality: int) -> None:
    with pytest.raises(ValueError, match=r"give \d to"):
        fields_text("Si", None, "cubic", "P1", number, dimensionality)
