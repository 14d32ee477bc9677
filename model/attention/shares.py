"""Sums of attention: over a word's tokens, over a section's and over a kind's."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from crystext.model.attention.kinds import GROUPS
from crystext.model.attention.words import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.attention.reader import Tokenised


def token_groups(read: Tokenised, group: str) -> NDArray[np.int64]:
    """The number of each token's name in ``section`` or ``kind`` (tokens,), that of its word."""
    of_word = read.text.section if group == "section" else attrgetter("kind")
    names = [of_word(word) for word in read.text.words] + ["special"]  # SPECIAL is the last
    return np.array([GROUPS[group].index(name) for name in names])[read.words]


def summed(weights: NDArray[np.floating], groups: NDArray[np.int64], count: int) -> NDArray:
    """Weights (..., tokens) summed by group (..., count), in float64.

    ``groups`` is the number of each token's group (tokens,).
    """
    member = np.zeros((len(groups), count))
    member[np.arange(len(groups)), groups] = 1
    return weights.astype(np.float64) @ member


def word_weights(weights: NDArray[np.floating], read: Tokenised) -> NDArray:
    """The attention on each word (..., words): the sum over its tokens; 0 where none is read.

    The weights are of tokens (..., tokens), special ones included.
    """
    inside = read.words != SPECIAL
    return summed(weights[..., inside], read.words[inside], len(read.text.words))


def enrichment(attention: NDArray, tokens: NDArray, text: Sequence[int]) -> NDArray:
    """Attention on a token of a group, in that on an average token of the text.

    The text's tokens are all but the special ones, so a text whose special tokens take most of the
    attention has groups above and below 1 as any other. Of a group that has no token it is NaN.

    Args:
        attention: of the groups (..., groups).
        tokens: how many each has (..., groups).
        text: the groups that make up the text.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        average = attention[..., text].sum(-1) / tokens[..., text].sum(-1)
        return attention / tokens / average[..., None]
