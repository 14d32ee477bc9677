"""What the graphs, texts and descriptors that are still to be made will cost; none is made here."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from crystext.choices import READABLE
from crystext.model.baselines.cfid import has_cached_cfid
from crystext.model.graphs.build import cached_graph_store
from crystext.model.networks.trained_text import TokenStates
from crystext.model.text.embed import texts_to_embed, worth_a_part
from crystext.model.text.encoder import TextEncoder
from crystext.model.text.facts import FACTS
from crystext.model.text.saved_encoder import is_on_hub
from crystext.model.text.sections import section_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crystext.model.benchmark.cost.sample import Sample
    from crystext.model.benchmark.inputs import TrialInputs
    from crystext.model.benchmark.trial import Trial
    from crystext.model.settings import TextSettings
    from crystext.model.text.batches import Tokens

_TOKENISED = 256  # texts whose lengths stand for all
_BATCHES, _ENOUGH = 4, 5.0  # batches that are timed, or fewer after so many seconds

Kind = tuple[str, "TextSettings"]
"""A section and how it is read."""


@dataclass(frozen=True)
class Reading:
    """A language model, and the texts of the sample's crystals as it reads them.

    Attributes:
        encoder: loaded.
        lengths: tokens of each of these texts.
    """

    encoder: TextEncoder
    lengths: tuple[int, ...]

    @property
    def layers(self) -> dict[str, Any] | None:
        """The layers that are trained, in words, if there are any."""
        return None if self.encoder.upper is None else self.encoder.upper.words

    def states(self, count: int) -> TokenStates:
        """Token states of so many texts, of their lengths and of no meaning."""
        rng = np.random.default_rng(0)
        lengths = [self.lengths[place % len(self.lengths)] for place in range(count)]
        return TokenStates.of(
            [rng.normal(size=(length, self.encoder.width)).astype(np.float16) for length in lengths]
        )


@dataclass
class Preparing:
    """What is still to be made.

    Attributes:
        seconds: by what it is, in words; nothing that the cache has.
        readings: by section and settings, of encoders that are at hand.
        unknown: what is not estimated, in words, each once.
    """

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    readings: dict[Kind, Reading] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)


def kind_of(trial: Trial) -> Kind:
    """What a network's text is, as far as its cost goes; controls read whole texts or less."""
    settings = trial.settings
    assert settings is not None
    return trial.row.text if trial.row.text in READABLE else "all", settings.text


def estimate_preparing(trials: Sequence[Trial], inputs: TrialInputs, sample: Sample) -> Preparing:
    """Times a few crystals and texts and multiplies.

    Formulas alone are not counted: they are a hundredth of the texts.
    """
    corpus = inputs.corpus
    found = Preparing()
    settings = [one for trial in trials if (one := trial.settings) is not None]
    with_graphs = any(one.graph_network is not None for one in settings)
    if with_graphs and cached_graph_store(corpus) is None:
        found.seconds["graphs"] = sample.seconds_of_graphs() * len(corpus)
    with_cfid = any(trial.row.model == "cfid" for trial in trials)
    if with_cfid and not has_cached_cfid(corpus, inputs.ids):
        found.seconds["CFID descriptors"] = sample.seconds_of_cfid() * len(inputs.ids)
    reads = [trial for trial in trials if trial.settings and trial.settings.uses_text]
    for section, text in dict.fromkeys(map(kind_of, reads)):
        if text.encoder == FACTS:
            continue  # seconds for a whole corpus
        if not _is_at_hand(text.encoder):
            found.unknown[f"texts by {text.encoder}, which is fetched from the Hub first"] = None
            continue
        encoder = TextEncoder.load(
            text.encoder,
            pool=text.pool,
            windows=text.windows,
            trained_layers=text.trained_layers,
        )
        some = worth_a_part(corpus, set(inputs.ids))
        left = texts_to_embed(corpus, encoder, section=section, ids=some)
        if left:
            found.seconds[f"texts by {encoder.checkpoint.name}"] += _seconds_of_texts(encoder, left)
        table = corpus.table(filter=pc.field("id").isin(sample.ids))
        tokens = encoder.tokenise(section_text(table, section))
        lengths = np.minimum(tokens.counts, tokens.limit).tolist()
        found.readings[section, text] = Reading(encoder, tuple(lengths))
    return found


def _seconds_of_texts(encoder: TextEncoder, texts: Sequence[str]) -> float:
    """Seconds for all texts, from a few batches of every length."""
    order = np.random.default_rng(0).permutation(len(texts))[:_TOKENISED]
    tokens = encoder.tokenise([texts[place] for place in order.tolist()])
    plan = encoder.batches(tokens)
    _embed(encoder, tokens, plan[-1][-1:])  # warms up
    seconds = counted = 0.0
    for place in _spread(len(plan)):
        began = time.perf_counter()
        _embed(encoder, tokens, plan[place])
        seconds += time.perf_counter() - began
        counted += _read(tokens, plan[place])
        if seconds > _ENOUGH:
            break
    in_all = _read(tokens, np.arange(len(tokens))) / len(tokens) * len(texts)
    return seconds / counted * in_all


def _embed(encoder: TextEncoder, tokens: Tokens, rows: np.ndarray) -> None:
    if encoder.upper is None:
        encoder.embed(tokens, rows)
    else:
        encoder.states(tokens, rows)


def _read(tokens: Tokens, rows: np.ndarray) -> float:
    """Tokens that are read of some texts; none of what is cut off."""
    pieces, longest = tokens.sizes()[rows].T
    return float((pieces * longest).sum())


def _spread(number: int) -> Iterable[int]:
    """Places from the middle outwards of a list that is sorted by length, a few of them."""
    count = min(_BATCHES, number)
    places = [int((part + 0.5) * number / count) for part in range(count)]
    return sorted(places, key=lambda place: abs(place - number / 2))


def _is_at_hand(encoder: str) -> bool:
    """Whether nothing would be fetched; a name that means nothing is left to be refused."""
    from huggingface_hub import try_to_load_from_cache

    from crystext.corpus.tokens import HUB_IDS
    from crystext.model.text.checkpoints import CONFIG

    repo_id = HUB_IDS.get(encoder, encoder)
    if not is_on_hub(encoder) or repo_id.count("/") != 1:
        return True
    return isinstance(try_to_load_from_cache(repo_id, CONFIG), str)
