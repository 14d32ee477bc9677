"""What the trials of a benchmark read, made once before the first of them runs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from crystext.corpus.reader import Corpus, load_corpus
from crystext.errors import NoCorpusError
from crystext.model.baselines.cfid import CfidStore, build_cfid
from crystext.model.benchmark.splits import Split, crystals_with, make_split
from crystext.model.benchmark.texts import embed_text, site_control
from crystext.model.graphs.build import build_graph_store
from crystext.model.graphs.site_store import SiteRows, build_site_store
from crystext.model.text.embed import worth_a_part
from crystext.model.text.facts import embed_facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from crystext.model.benchmark.trial import Trial
    from crystext.model.graphs.store import GraphStore
    from crystext.model.settings import TextSettings
    from crystext.model.text.store import EmbeddingStore, StateStore, TextVectors

_COMMANDS = {
    "jarvis-text": "crystext build-corpus --db jarvis --out jarvis-text",
    "mp-text": "crystext build-corpus --db mp --out mp-text",
}


def open_corpus(name: str) -> Corpus:
    """A corpus by name or folder.

    Raises:
        NoCorpusError: it is not at hand; the message has the command that builds it.
    """
    try:
        return load_corpus(name)
    except NoCorpusError as error:
        command = _COMMANDS.get(name)
        if command is None:
            raise
        raise NoCorpusError(
            f"the corpus {name} is not at hand; build it with {command}, or take another with "
            "--corpus, such as mini"
        ) from error


class TrialInputs:
    """Corpus, graphs, texts and descriptors of some trials, made when they are first asked for.

    Attributes:
        corpus: of all trials.
        ids: of all crystals that a trial learns from or is tested on.
    """

    def __init__(self, corpus: Corpus, trials: Iterable[Trial]) -> None:
        names = {trial.property_name for trial in trials}
        self.corpus = corpus
        self.ids = sorted({one for name in names for one in crystals_with(corpus, name)})
        self._texts: dict[str, TextVectors | StateStore] = {}

    def split(self, trial: Trial) -> Split:
        """The trial's lists of ids."""
        return make_split(self.corpus, trial.property_name, trial.plan, trial.fold)

    @cached_property
    def graphs(self) -> GraphStore:
        """Of the whole corpus, from the cache."""
        return build_graph_store(self.corpus, progress=True)

    def descriptors(self, model: str) -> CfidStore | EmbeddingStore | None:
        """What a baseline reads of the crystals, from the cache; ``None`` for the mean."""
        if model == "mean":
            return None
        if model == "cfid":
            return build_cfid(self.corpus, ids=self.ids, progress=True)
        return embed_facts(self.corpus, ids=self._part, progress=True)

    @cached_property
    def _part(self) -> Collection[str] | None:
        return worth_a_part(self.corpus, set(self.ids))

    def texts(self, trial: Trial, settings: TextSettings) -> TextVectors | StateStore:
        """What the trial's network reads of texts."""
        text = trial.row.text
        seed = trial.run_seed if text in {"shuffled", "facts-shuffled"} else 0
        key = f"{text} {seed} {settings}"
        if key not in self._texts:
            self._texts[key] = embed_text(self.corpus, text, settings, ids=self._part, seed=seed)
        return self._texts[key]

    @cached_property
    def _sites(self) -> SiteRows:
        """Facts of the sites of the graphs' atoms."""
        store = build_site_store(self.corpus, self.graphs, ids=self._part, progress=True)
        return SiteRows.of(self.graphs, store)

    def read_by(self, trial: Trial) -> dict[str, Any]:
        """``graphs``, ``texts`` and ``sites`` as the trial's network reads them, or ``None``."""
        settings = trial.settings
        assert settings is not None
        sites = None
        if settings.uses_sites:
            text, seed = trial.row.text, trial.run_seed
            sites = site_control(self._sites, self.graphs, text, ids=self.ids, seed=seed)
        return {
            "graphs": None if settings.graph_network is None else self.graphs,
            "texts": self.texts(trial, settings.text) if settings.uses_text else None,
            "sites": sites,
        }

    def prepare(self, trials: Iterable[Trial]) -> None:
        """Makes all that the trials need, so that no two processes make the same."""
        for trial in trials:
            if trial.settings is None:
                self.descriptors(trial.row.model)
            else:
                self.read_by(trial)
