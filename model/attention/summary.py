"""What [CLS] attends to over a corpus: by section and by kind of word, layer by layer."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.choices import SECTIONS
from crystext.corpus.reader import Corpus, load_corpus
from crystext.errors import UsageError
from crystext.model.attention.kinds import GROUPS, KINDS, sentences
from crystext.model.attention.shares import enrichment, summed, token_groups, word_weights
from crystext.model.attention.view import MEAN, check_layer_and_head
from crystext.model.attention.words import SPECIAL
from crystext.model.text.sections import FACTS, section_text
from crystext.pipelines.progress import progress_bar
from crystext.settings import check_choice

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from crystext.model.attention.reader import AttentionReader, Tokenised

SAMPLES = ("even", "random")
CHUNK = 512
"""Texts that are taken apart at once."""
LEAST_SHARE = 0.05
"""Words stand in the list if this share of the crystals has them, and three at least."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PARTS = {"section": ("[CLS]", "[SEP]"), "kind": ()}  # of the special tokens
COLUMN_MEANINGS = {
    "group": "section, special token or kind of word",
    "name": "of the group",
    "layer": "from 1",
    "attention_mean": "share of the attention of [CLS], mean over heads and crystals",
    "attention_sd": "standard deviation over crystals",
    "tokens_mean": "share of the tokens that are read, mean over crystals",
    "tokens_sd": "standard deviation over crystals",
    "ratio_mean": "attention on a token of the group, in that on an average token of the text "
    "(special tokens left out), mean over the crystals that have the group",
    "ratio_sd": "standard deviation over those crystals",
    "crystals": "how many have the group",
}


@dataclass(frozen=True)
class Summary:
    """Attention over a corpus.

    Attributes:
        settings: what was read, and with which encoder.
        rows: one for each group and layer, with the columns :data:`COLUMN_MEANINGS`.
        words: one for each word that many crystals have, at ``settings["layer"]``: the word with
            its numbers as ``#``, kind, crystals, and ``ratio_mean`` and ``ratio_sd`` as above.
        ids: the crystals.
    """

    settings: dict[str, Any]
    rows: tuple[dict[str, Any], ...]
    words: tuple[dict[str, Any], ...]
    ids: tuple[str, ...]

    @property
    def layers(self) -> int:
        """How many layers the encoder has."""
        return self.settings["layers"]

    def row(self, group: str, name: str, layer: int) -> dict[str, Any]:
        """One row.

        Raises:
            KeyError: there is none.
        """
        for row in self.rows:
            if (row["group"], row["name"], row["layer"]) == (group, name, layer):
                return row
        raise KeyError((group, name, layer))

    def names(self, group: str) -> list[str]:
        """The names of a group that any crystal has, in order."""
        first = [row for row in self.rows if row["group"] == group and row["layer"] == 1]
        return [row["name"] for row in first if row["crystals"]]

    @property
    def said(self) -> str:
        """What was read and how, in words."""
        settings = self.settings
        return (
            f"{settings['crystals']:,} crystals, section {settings['section']}, sentences "
            f"{settings['sentences']}, mean over {settings['heads']} heads"
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return {
            "settings": self.settings,
            "columns": COLUMN_MEANINGS,
            "kinds": KINDS,
            "rows": list(self.rows),
            "words": list(self.words),
            "ids": list(self.ids),
        }


def summarise(
    reader: AttentionReader,
    corpus: Corpus | str | os.PathLike[str],
    *,
    section: str = "all",
    limit: int | None = None,
    sample: str = "even",
    seed: int = 0,
    shuffled: bool = False,
    layer: int = 5,
    progress: bool = False,
) -> Summary:
    """Reads texts of a corpus and sums what [CLS] attends to.

    Args:
        reader: the encoder.
        corpus: a corpus, its folder, or ``mini``.
        section: ``all``, ``global``, ``local`` or ``fields``.
        limit: how many crystals; all if ``None``.
        sample: which ones: ``even``, at equal distances in the corpus' order, or ``random``.
        seed: of the random ones, and of the order of sentences.
        shuffled: read the sentences of each text in random order, as a control: the global ones
            stand in front, and what is in front may be attended to for its place alone.
        layer: whose words are listed, from 1.
        progress: show a bar where standard error is a terminal.

    Raises:
        UsageError: a setting is not allowed.
        AttentionFailedError: the encoder gives no weights.
    """
    corpus = corpus if isinstance(corpus, Corpus) else load_corpus(corpus)
    check_layer_and_head(reader.layers, reader.heads, layer, MEAN, reader.checkpoint.name)
    ids, texts = _chosen(corpus, section, limit, sample, seed)
    if shuffled:
        texts = [_shuffled(text, seed, number) for number, text in enumerate(texts)]
    sums = _Sums(layer)
    with progress_bar(len(texts), shown=progress) as advance:
        for read, weights in _read(reader, texts):
            sums.add(read, weights)
            advance(1)
    settings = {
        "corpus": corpus.manifest["name"],
        "corpus_digest": corpus.manifest["content_digest"],
        "section": section,
        "crystals": len(texts),
        "sample": sample if limit is not None and limit < len(corpus) else "all",
        "seed": seed if sample == "random" or shuffled else None,
        "sentences": "shuffled" if shuffled else "as written",
        "encoder": reader.checkpoint.name,
        "model": reader.checkpoint.model,
        "revision": reader.checkpoint.revision,
        **reader.checkpoint.hashes,
        "normalisation": reader.normalisation,
        "max_tokens": reader.limit,
        "truncated": sums.truncated,
        "layers": reader.layers,
        "heads": reader.heads,
        "layer": layer,
    }
    return Summary(settings, tuple(sums.rows()), tuple(sums.listed()), tuple(ids))


class _Sums:
    """Shares of every crystal, by group; few numbers each, so that all are kept."""

    def __init__(self, layer: int) -> None:
        self.layer, self.truncated = layer, 0
        self._kept: dict[str, list[tuple[NDArray, NDArray]]] = {group: [] for group in GROUPS}
        self._words: dict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, read: Tokenised, weights: NDArray[np.float32]) -> None:
        """Counts one crystal; weights are those of all heads (layers, heads, tokens)."""
        mean = weights.mean(1, dtype=np.float64)
        self.truncated += bool(read.unread)
        for group, names in GROUPS.items():
            groups = token_groups(read, group)
            tokens = np.bincount(groups, minlength=len(names)).astype(float)
            found = summed(mean, groups, len(names))
            if _PARTS[group]:  # [CLS] itself, and the other special tokens
                itself = mean[:, :1]
                found = np.concatenate([found, itself, found[:, -1:] - itself], axis=1)
                tokens = np.append(tokens, [1, tokens[-1] - 1])
            self._kept[group].append((found, tokens))
        self._add_words(read, mean[self.layer - 1])

    def _add_words(self, read: Tokenised, weights: NDArray) -> None:
        inside = read.words != SPECIAL
        average = weights[inside].mean() if inside.any() else 1.0
        of_word = word_weights(weights, read)
        pieces = word_weights(np.ones(len(read)), read)
        here: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for word, attention, count in zip(read.text.words, of_word, pieces, strict=True):
            if count:
                form = _NUMBER.sub("#", read.text[word]), word.kind
                here[form][0] += attention
                here[form][1] += count
        for form, (attention, count) in here.items():
            self._words[form].append(float(attention / count / average))

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row for each group and layer."""
        for group, names in GROUPS.items():
            yield from _rows(group, self._kept[group], (*names, *_PARTS[group]), len(names) - 1)

    def listed(self) -> Iterator[dict[str, Any]]:
        """Words that many crystals have, the most attended first."""
        least = max(3, LEAST_SHARE * len(self._kept["kind"]))
        many = {form: np.array(v) for form, v in self._words.items() if len(v) >= least}
        for (word, kind), ratios in sorted(many.items(), key=lambda one: -one[1].mean()):
            yield {
                "word": word,
                "kind": kind,
                "crystals": len(ratios),
                **_mean_and_sd("ratio", ratios),
            }


def _rows(
    group: str, kept: Sequence[tuple[NDArray, NDArray]], names: Sequence[str], special: int
) -> Iterator[dict[str, Any]]:
    attention = np.stack([found for found, _ in kept])  # (crystals, layers, names)
    tokens = np.stack([count for _, count in kept])  # (crystals, names)
    text = [i for i in range(len(names)) if i < special]  # the parts of the special ones lie behind
    ratios = enrichment(attention, tokens[:, None], text)
    shares = tokens / tokens[:, : special + 1].sum(1, keepdims=True)
    there = (tokens > 0) & (tokens[:, text].sum(1, keepdims=True) > 0)
    for at, name in enumerate(names):
        has = there[:, at]
        for layer in range(attention.shape[1]):
            yield {
                "group": group,
                "name": name,
                "layer": layer + 1,
                **_mean_and_sd("attention", attention[:, layer, at]),
                **_mean_and_sd("tokens", shares[:, at]),
                **_mean_and_sd("ratio", ratios[has, layer, at]),
                "crystals": int(has.sum()),
            }


def _mean_and_sd(name: str, values: NDArray) -> dict[str, float | None]:
    """Over crystals (n,); none of no crystal."""
    found = (float(values.mean()), float(values.std())) if len(values) else (None, None)
    return dict(zip((f"{name}_mean", f"{name}_sd"), found, strict=True))


def _read(
    reader: AttentionReader, texts: Sequence[str]
) -> Iterator[tuple[Tokenised, NDArray[np.float32]]]:
    for start in range(0, len(texts), CHUNK):
        chunk = [reader.tokenise(text) for text in texts[start : start + CHUNK]]
        for number, weights in reader.rows(chunk):
            yield chunk[number], weights


def _chosen(
    corpus: Corpus, section: str, limit: int | None, sample: str, seed: int
) -> tuple[list[str], list[str]]:
    if section not in SECTIONS:
        section_text({}, section)  # says which there are
    check_choice("sample", sample, SAMPLES)
    if limit is not None and limit < 1:
        raise UsageError(f"a limit of {limit} leaves no text; give 1 or more")
    column = SECTIONS[section]
    wanted = [column] if column in corpus.schema.names else list(FACTS)
    table = corpus.table(["id", *wanted])
    if not len(table):
        raise UsageError(f"the corpus {corpus.path} has no rows to read")
    count = min(limit or len(table), len(table))
    if sample == "random":
        chosen = np.sort(np.random.default_rng(seed).choice(len(table), count, replace=False))
    else:
        chosen = np.arange(count) * len(table) // count
    table = table.take(chosen)
    return table["id"].to_pylist(), section_text(table, section)


def _shuffled(text: str, seed: int, number: int) -> str:
    parts = [text[sentence.start : sentence.end] for sentence in sentences(text)]
    order = np.random.default_rng([seed, number]).permutation(len(parts))
    return " ".join(parts[i] for i in order)
