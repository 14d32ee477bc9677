"""One crystal's text with what [CLS] attends to in it: the data behind page and picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.record import Description
from crystext.errors import UsageError
from crystext.model.attention.kinds import GROUPS, KINDS, SECTIONS
from crystext.model.attention.shares import summed, token_groups, word_weights
from crystext.model.attention.words import SPECIAL
from crystext.model.text.sections import section_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crystext.model.attention.reader import AttentionReader, Tokenised

UNIT = 1e-6
"""Weights travel to the page as whole numbers of this."""
MEAN = 0
"""Stands for the mean over heads, which are counted from 1."""
_PLAIN = ("id", "formula", "section", "encoder", "limit", "layers", "heads")


@dataclass(frozen=True)
class View:
    """What [CLS] attends to in one text.

    Attributes:
        id: of the crystal.
        formula: of the crystal.
        section: which part of its description was read.
        encoder: name of the encoder.
        limit: most tokens that it reads.
        read: the text in words and tokens.
        weights: of each layer and head on each token (layers, heads, tokens); sums are 1.
    """

    id: str
    formula: str
    section: str
    encoder: str
    limit: int
    read: Tokenised
    weights: NDArray[np.float32]

    @property
    def layers(self) -> int:
        """How many layers the encoder has."""
        return self.weights.shape[0]

    @property
    def heads(self) -> int:
        """How many heads a layer has."""
        return self.weights.shape[1]

    def tokens(self, layer: int, head: int = MEAN) -> NDArray:
        """Weights on tokens (tokens,), special ones included.

        Args:
            layer: from 1.
            head: from 1, or :data:`MEAN`.

        Raises:
            UsageError: the encoder has no such layer or head.
        """
        check_layer_and_head(self.layers, self.heads, layer, head, self.encoder)
        of_layer = self.weights[layer - 1].astype(np.float64)
        return of_layer.mean(0) if head == MEAN else of_layer[head - 1]

    def words(self, layer: int, head: int = MEAN) -> NDArray:
        """Weights on words (words,): sums over their tokens, 0 where none is read."""
        return word_weights(self.tokens(layer, head), self.read)

    def words_by_weight(self, layer: int, head: int = MEAN) -> list[tuple[str, float]]:
        """Words with their weights, the most attended first."""
        weights = self.words(layer, head)
        order = np.argsort(-weights, kind="stable").tolist()
        return [(self.read.text[self.read.text.words[i]], float(weights[i])) for i in order]

    def sections(self, layer: int, head: int = MEAN) -> dict[str, float]:
        """Attention on the global and the local section and on special tokens; their sum is 1."""
        return self._shares("section", layer, head)

    def kinds(self, layer: int, head: int = MEAN) -> dict[str, float]:
        """Attention on each kind of word; the sum is 1."""
        return self._shares("kind", layer, head)

    def _shares(self, group: str, layer: int, head: int) -> dict[str, float]:
        names, groups = GROUPS[group], token_groups(self.read, group)
        found = summed(self.tokens(layer, head), groups, len(names))
        return dict(zip(names, found.tolist(), strict=True))

    def said(self, layer: int, head: int = MEAN) -> str:
        """What is shown, for example ``minilm, layer 5 of 6, mean of 12 heads``."""
        which = f"mean of {self.heads} heads" if head == MEAN else f"head {head} of {self.heads}"
        return f"{self.encoder}, layer {layer} of {self.layers}, {which}"

    def to_dict(self, layer: int, head: int = MEAN) -> dict[str, Any]:
        """Everything that the page shows, as plain values; layer and head are shown first."""
        check_layer_and_head(self.layers, self.heads, layer, head, self.encoder)
        text, sections, kinds = self.read.text, GROUPS["section"], GROUPS["kind"]
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "unread": self.read.unread,
            "first_unread": self.read.first_unread,
            "layer": layer,
            "head": head,
            "text": text.text,
            "sentences": [[s.start, s.end, sections.index(s.section)] for s in text.sentences],
            "words": [[w.start, w.end, kinds.index(w.kind), w.sentence] for w in text.words],
            "tokens": list(self.read.tokens),
            "token_words": self.read.words.tolist(),
            "unit": UNIT,
            "weights": np.rint(self.weights / UNIT).astype(int).reshape(-1).tolist(),
            "kinds": list(KINDS.items()),
            "sections": list(SECTIONS.items()),
            "special": SPECIAL,
        }


def view_of(
    reader: AttentionReader, crystal: Description | Mapping[str, Any], section: str = "all"
) -> View:
    """Reads one crystal's text.

    Args:
        reader: the encoder.
        crystal: a description, or a row of a corpus.
        section: ``all``, ``global``, ``local`` or ``fields``.

    Raises:
        UsageError: there is no such section.
        AttentionFailedError: the encoder gives no weights.
    """
    (text,) = section_text(crystal, section)
    read = reader.tokenise(text)
    ((_, weights),) = reader.rows([read])
    row = vars(crystal) if isinstance(crystal, Description) else crystal
    name = reader.checkpoint.name
    return View(row["id"], row["formula"], section, name, reader.limit, read, weights)


def check_layer_and_head(layers: int, heads: int, layer: int, head: int, encoder: str) -> None:
    """Refuses layers and heads that an encoder does not have.

    Raises:
        UsageError: says which there are.
    """
    if not 1 <= layer <= layers:
        raise UsageError(f"{encoder} has no layer {layer}; give 1 to {layers}, the last")
    if not MEAN <= head <= heads:
        raise UsageError(f"{encoder} has no head {head}; give 1 to {heads}, mean or all")
