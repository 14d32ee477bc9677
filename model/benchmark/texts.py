"""What a network reads in a benchmark: the text's sections, and controls that should not help.

``unfrozen`` is the whole text whose last layers of the language model are trained along, ``facts``
the numbers that the text is made of (:mod:`crystext.model.text.facts`). Controls: ``formula`` is
the formula alone through the same language model; ``spacegroup`` a one-hot of the space group,
turned into the same width by a fixed random rotation, so that the network has as many weights, with
the mean and deviation of the language model's entries; ``shuffled`` and ``facts-shuffled`` the
whole texts or facts, dealt to other crystals; ``zero`` the same text for all, so that the network
has all of its parts and nothing to read. Where atoms read the facts of their sites, the controls
are of these too: dealt among all atoms of the crystals at hand, whatever their elements, for an
element's own facts would tell of its chemistry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.choices import READABLE
from crystext.model.graphs.arrays import ranges
from crystext.model.text.store import StateStore
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.site_store import SiteRows
    from crystext.model.graphs.store import GraphStore
    from crystext.model.settings import TextSettings
    from crystext.model.text.store import TextVectors

_GROUPS = 230
_ROTATION_SEED = 20230601


@dataclass(frozen=True)
class Control:
    """Vectors by id that should not help: :class:`crystext.model.text.store.TextVectors`."""

    ids: list[str]
    vectors: NDArray[np.float32]
    settings: dict[str, Any]
    truncated: int
    path: str = "made for a benchmark"

    @property
    def width(self) -> int:
        """Entries of a vector."""
        return self.vectors.shape[1]

    @property
    def digest(self) -> str:
        """Of the settings."""
        return digest(self.settings)

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """The rows of crystals, in the order of ``ids``."""
        rows = {one: row for row, one in enumerate(self.ids)}
        return np.array([rows[one] for one in ids], dtype=np.int64)


def embed_text(
    corpus: Corpus,
    text: str,
    settings: TextSettings,
    *,
    ids: Collection[str] | None,
    seed: int,
) -> TextVectors | StateStore:
    """What the language model makes of one kind of text, through the cache of embeddings.

    Of the crystals with these ids, or of all; the seed is of what is shuffled.
    """
    from crystext.model.text import TextEncoder
    from crystext.model.text.embed import embed_corpus, embed_texts

    if text == "formula":
        table = corpus.table(["id", "formula"])
        pairs = zip(table["id"].to_pylist(), table["formula"].to_pylist(), strict=True)
        formulas = {one: formula for one, formula in pairs if ids is None or one in ids}
        return embed_texts(
            TextEncoder.load(settings.encoder, pool=settings.pool),
            list(formulas),
            list(formulas.values()),
            section="formula",
            corpus=corpus.manifest["name"],
            progress=True,
        )
    made = embed_corpus(
        corpus,
        encoder=settings.encoder,
        section=text if text in READABLE else "all",
        pool=settings.pool,
        windows=settings.windows or text == "windows",
        ids=ids,
        trained_layers=settings.trained_layers,
        progress=True,
    )
    if text not in {"shuffled", "facts-shuffled", "spacegroup", "zero"}:
        return made
    assert not isinstance(made, StateStore), "controls are made of vectors"
    if text == "zero":
        return _constant(made)
    return _space_groups(corpus, made) if text == "spacegroup" else _shuffled(made, ids, seed)


def _constant(made: TextVectors) -> Control:
    """Zeros for every crystal."""
    nothing = np.zeros((len(made.ids), made.width), dtype=np.float32)
    return Control(made.ids, nothing, {"control": "zero", "width": made.width}, truncated=0)


def _shuffled(made: TextVectors, ids: Collection[str] | None, seed: int) -> Control:
    """The vectors of some crystals, dealt anew among these, whatever else the store holds."""
    kept = made.ids if ids is None else [one for one in made.ids if one in ids]
    order = np.random.default_rng([seed, len(kept)]).permutation(len(kept))
    words = {**made.settings, "control": "shuffled", "control_seed": seed}
    if len(kept) < len(made.ids):
        words["dealt_among"] = digest(kept)
    return Control(kept, made.vectors[made.rows_of(kept)][order], words, made.truncated)


def _space_groups(corpus: Corpus, made: TextVectors) -> Control:
    table = corpus.table(["id", "space_group_number"])
    numbers = dict(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    rng = np.random.default_rng(_ROTATION_SEED)
    code = np.linalg.qr(rng.normal(size=(max(_GROUPS, made.width), made.width)))[0]
    vectors = np.array([code[numbers[one] - 1] for one in made.ids])
    scores = (vectors - vectors.mean()) / vectors.std()
    mean, deviation = float(np.mean(made.vectors)), float(np.std(made.vectors))
    words = {
        "control": "spacegroup",
        "width": made.width,
        "seed": _ROTATION_SEED,
        "mean": round(mean, 6),
        "deviation": round(deviation, 6),
    }
    matched = (scores * deviation + mean).astype(np.float32)
    return Control(made.ids, matched, words, truncated=0)


def site_control(
    made: SiteRows, graphs: GraphStore, text: str, *, ids: Iterable[str], seed: int
) -> SiteRows:
    """Facts of sites as a kind of text has them: as they are, dealt anew, or one for all.

    Args:
        made: of the graphs' atoms.
        graphs: in whose order they are.
        text: ``facts``, ``facts-shuffled`` or ``zero``.
        ids: the crystals at hand, among all of whose atoms facts are dealt.
        seed: of what is dealt.
    """
    if text == "zero":
        nothing = np.zeros_like(made.values)
        return replace(made, values=nothing, settings={**made.settings, "control": "zero"})
    if text != "facts-shuffled":
        return made
    kept, known, begin = sorted(ids), set(graphs.ids), graphs.arrays().atom_ptr
    chosen = graphs.rows_of([one for one in kept if one in known])
    classes = ranges(begin[chosen], begin[chosen + 1])
    classes = classes[np.isfinite(made.values[classes]).all(axis=1)]
    order = np.random.default_rng([seed, len(classes)]).permutation(len(classes))
    values = made.values.copy()
    values[classes] = values[classes[order]]
    words = {"control": "shuffled", "control_seed": seed, "dealt_among": digest(kept)}
    return replace(made, values=values, settings={**made.settings, **words})
