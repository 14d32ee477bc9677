"""The sentences equal, byte for byte, those of upstream with the documented repairs."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from robocrys import StructureDescriber

from crystext.choices import STYLES
from crystext.description.language import Parts, write
from crystext.description.options import Wording
from crystext.errors import UsageError
from tests.description.condensed_samples import random_condensed, real, with_numpy_scalars
from tests.upstream.repairs import Repairs
from tests.upstream.running import join_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL = real()
RANDOM = [random_condensed(seed) for seed in range(120)]


@pytest.fixture(scope="module", autouse=True)
def repairs() -> Iterator[Repairs]:
    """Upstream's describer with the repairs, for every test of this module."""
    repairs = Repairs()
    with repairs.active():
        yield repairs


def upstream(condensed: dict[str, Any], style: str) -> Parts:
    """The parts that upstream writes, and a check that ours joins them alike."""
    parts = StructureDescriber(fmt=style, return_parts=True).describe(condensed)
    assert Parts(*parts.values()).text == join_parts(parts)
    return Parts(*parts.values())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("crystal", REAL)
def test_real_crystals(crystal: str, style: str) -> None:
    assert write(REAL[crystal], Wording(style=style)) == upstream(REAL[crystal], style)


@pytest.mark.parametrize("style", STYLES)
def test_random_data(style: str) -> None:
    for seed, condensed in enumerate(RANDOM):
        assert write(condensed, Wording(style=style)) == upstream(condensed, style), seed


def test_random_data_reaches_every_sentence() -> None:
    text = " ".join(write(condensed).text for condensed in RANDOM)
    for phrase in (
        *("-like structured", "-derived structured", "zero-dimensional", "directions", " inside "),
        *("; ", "In each", " of the ", "water molecule", "there are", "There are two", "first"),
        *("Fe(1)2.67+", "Fe sites", "a mixture of", "corner and edge", "corner, edge, and face"),
        *("  a cornercorner with one", "  an edgeedge", "not tilted", "angles are", "range from"),
        *("The Fe", "Both", "All", "There is one shorter", "longer", "bond length.", "spread of"),
        *("distorted", "to  atoms", "one hundred and one", "one thousand", "square pyramids"),
    ):
        assert phrase in text, phrase


@pytest.mark.parametrize("style", STYLES)
def test_numpy_scalars_are_plain(style: str) -> None:
    for condensed in RANDOM[:30]:
        wording = Wording(style=style)
        assert write(with_numpy_scalars(condensed), wording) == write(condensed, wording)


def test_order_of_connectivities_does_not_matter() -> None:
    shuffle = random.Random(0).shuffle
    for condensed in RANDOM[:50]:
        other = copy.deepcopy(condensed)
        for site in other["sites"].values():
            kinds = list(site["nnn"].items())
            shuffle(kinds)
            site["nnn"] = dict(kinds)
        assert write(other) == write(condensed)


def test_input_is_left_alone() -> None:
    condensed = random_condensed(3)
    before = copy.deepcopy(condensed)
    write(condensed)
    assert condensed == before


def test_sections_of_parts() -> None:
    parts = Parts("A.", "", "C.")
    assert (parts.global_text, parts.local_text, parts.text) == ("A.", "C.", "A. C.")
    parts = Parts("A.", "B.", "")
    assert (parts.global_text, parts.local_text, parts.text) == ("A. B.", "", "A. B.")


def test_orientations_are_sorted_as_numbers() -> None:
    condensed = copy.deepcopy(REAL["mp-2097"])
    sheet = condensed["components"][condensed["component_makeup"][0]]
    axes = [(10, 0, 1), (9, 0, 1), (np.int64(-1), np.int64(2), np.int64(0)), (9, 0, 1)]
    condensed["components"] = {i: sheet | {"orientation": axis} for i, axis in enumerate(axes)}
    condensed["component_makeup"] = list(range(len(axes)))
    assert "in the (-1, 2, 0); (9, 0, 1); and (10, 0, 1) directions." in write(condensed).makeup


def test_lonely_polyhedron_is_refused() -> None:
    condensed = copy.deepcopy(REAL["mp-19390"])
    for site in condensed["sites"].values():
        site["nnn"] = {}
    with pytest.raises(ValueError, match="no polyhedral neighbour"):
        write(condensed)


def test_unknown_style_is_refused() -> None:
    with pytest.raises(UsageError, match="'LaTeX'"):
        Wording(style="LaTeX")
