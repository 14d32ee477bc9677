"""Sums of attention: over a word's tokens, over a section's and over a kind's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.model.attention.kinds import KINDS, SECTIONS
from crystext.model.attention.words import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.attention.reader import Tokenised

KIND_NAMES, SECTION_NAMES = tuple(KINDS), tuple(SECTIONS)


def token_kinds(read: Tokenised) -> NDArray[np.int64]:
    """The number of each token's kind (tokens,), that of its word."""
    numbers = [KIND_NAMES.index(word.kind) for word in read.text.words]
    return np.array([*numbers, KIND_NAMES.index("special")])[read.words]  # SPECIAL is the last


def token_sections(read: Tokenised) -> NDArray[np.int64]:
    """The number of each token's section (tokens,)."""
    numbers = [SECTION_NAMES.index(read.text.section(word)) for word in read.text.words]
    return np.array([*numbers, SECTION_NAMES.index("special")])[read.words]


def summed(weights: NDArray[np.floating], groups: NDArray[np.int64], count: int) -> NDArray:
    """Weights (..., tokens) summed by group (..., count), in float64.

    Args:
        weights: of tokens.
        groups: the number of each token's group (tokens,).
        count: how many groups there are.
    """
    member = np.zeros((len(groups), count))
    member[np.arange(len(groups)), groups] = 1
    return weights.astype(np.float64) @ member


def word_weights(weights: NDArray[np.floating], read: Tokenised) -> NDArray:
    """The attention on each word (..., words): the sum over its tokens; 0 where none is read.

    Args:
        weights: of tokens (..., tokens), special ones included.
        read: their text.
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
        average = attention[..., text].sum(-1, keepdims=True) / tokens[..., text].sum(
            -1, keepdims=True
        )
        return attention / tokens / average
