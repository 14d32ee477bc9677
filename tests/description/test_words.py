"""Every English helper writes what ``inflect``, which upstream uses, writes."""

from __future__ import annotations

import inflect
import pytest

from crystext.description import words
from tests.description.condensed_samples import CONNECTED, GEOMETRIES

ENGLISH = inflect.engine()
NOUNS = (
    *("corner", "edge", "face", "atom", "molecule", "cluster", "ribbon", "sheet", "framework"),
    *("direction", "length"),
)
LARGE = (99_999, 100_000, 100_001, 1_000_000, 1_000_001, 1_021_000, 20_300_400, 987_654_321_012)


# inflect takes 50 microseconds a number: beyond 2,000 only every seventh keeps this quick.
@pytest.mark.parametrize("numbers", [range(2000), range(2000, 20_001, 7), LARGE])
def test_number_words(numbers: range | tuple[int, ...]) -> None:
    wrong = [n for n in numbers if words.number_words(n) != ENGLISH.number_to_words(n)]
    assert wrong == []


def test_ordinal_words() -> None:
    wrong = [
        n
        for n in range(2001)
        if words.ordinal_words(n) != ENGLISH.number_to_words(ENGLISH.ordinal(n))
    ]
    assert wrong == []


@pytest.mark.parametrize("number", [-1, 10**15])
def test_number_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        words.number_words(number)


@pytest.mark.parametrize("word", [*GEOMETRIES, *NOUNS])
def test_with_article(word: str) -> None:
    assert words.with_article(word) == ENGLISH.a(word)
    assert words.with_article(f"distorted {word}") == ENGLISH.a(f"distorted {word}")


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("count", [0, 1, 2, 11, 21, 100])
def test_plural(noun: str, count: int) -> None:
    assert words.plural(noun, count) == ENGLISH.plural(noun, count)
    # Upstream counts in words in most places.
    assert words.plural(noun, count) == ENGLISH.plural(noun, words.number_words(count))


@pytest.mark.parametrize("count", [0, 1, 2, 21])
def test_is_or_are(count: int) -> None:
    assert words.is_or_are(count) == ENGLISH.plural_verb("is", words.number_words(count))


@pytest.mark.parametrize("n_words", range(6))
@pytest.mark.parametrize("comma", [False, True])
def test_join(n_words: int, comma: bool) -> None:
    listed = ["one Fe(1)", " a cornercorner", "O(1,2)" if comma else "O(1)", "face", "(0)"]
    assert words.join(listed[:n_words]) == ENGLISH.join(listed[:n_words])


def test_polyhedra_are_upstreams() -> None:
    from robocrys.util import (
        connected_geometries,
        dimensionality_to_shape,
        geometry_to_polyhedra,
        polyhedra_plurals,
    )

    assert set(CONNECTED) == set(connected_geometries)
    for geometry, one in geometry_to_polyhedra.items():
        assert words.polyhedra(geometry, 1) == one
        assert words.polyhedra(geometry) == polyhedra_plurals[one]
    for dimensionality, noun in dimensionality_to_shape.items():
        assert words.component_noun(dimensionality) == noun
