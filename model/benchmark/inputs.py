"""What the trials of a benchmark read, made once before the first of them runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crystext.corpus.reader import Corpus, load_corpus
from crystext.errors import NoCorpusError
from crystext.model.benchmark.splits import Split, crystals_with, make_split
from crystext.model.benchmark.suite import BASELINES, ON_FACTS
from crystext.model.benchmark.texts import embed_text, site_control
from crystext.model.text.embed import worth_a_part
from crystext.model.text.facts import embed_facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.model.baselines.cfid import CfidStore
    from crystext.model.benchmark.trial import Trial
    from crystext.model.graphs.site_store import SiteRows
    from crystext.model.graphs.store import GraphStore
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


@dataclass
class TrialInputs:
    """Corpus, graphs, texts and descriptors, opened or made when they are first asked for.

    Attributes:
        corpus: of all trials.
        ids: of all crystals that a trial learns from or is tested on.
        progress: show bars where standard error is a terminal.
    """

    corpus: Corpus
    ids: list[str]
    progress: bool = True
    _graphs: GraphStore | None = None
    _descriptors: CfidStore | None = None
    _sites: SiteRows | None = None
    _texts: dict[str, TextVectors | StateStore] = field(default_factory=dict)

    @classmethod
    def of(cls, corpus: Corpus, trials: Iterable[Trial]) -> TrialInputs:
        """For the crystals of some trials."""
        names = {trial.property_name for trial in trials}
        found: dict[str, None] = {}
        for name in sorted(names):
            found.update(dict.fromkeys(crystals_with(corpus, name)))
        return cls(corpus, sorted(found))

    def split(self, trial: Trial) -> Split:
        """The trial's lists of ids."""
        return make_split(self.corpus, trial.property_name, trial.plan, trial.fold)

    def graphs(self) -> GraphStore:
        """Of the whole corpus, from the cache."""
        if self._graphs is None:
            from crystext.model.graphs.build import build_graph_store

            self._graphs = build_graph_store(self.corpus, progress=self.progress)
        return self._graphs

    def descriptors(self) -> CfidStore:
        """CFID of the crystals that are needed, from the cache."""
        if self._descriptors is None:
            from crystext.model.baselines.cfid import build_cfid

            self._descriptors = build_cfid(self.corpus, ids=self.ids, progress=self.progress)
        return self._descriptors

    def facts(self) -> EmbeddingStore:
        """Facts of the crystals that are needed, from the cache."""
        ids = worth_a_part(self.corpus, set(self.ids))
        return embed_facts(self.corpus, ids=ids, progress=self.progress)

    def texts(self, trial: Trial) -> TextVectors | StateStore:
        """What the trial's network reads."""
        settings = trial.settings
        assert settings is not None
        seed = trial.run_seed if trial.row.text in {"shuffled", "facts-shuffled"} else 0
        key = f"{trial.row.text} {seed} {settings.text}"
        if key not in self._texts:
            needed = set(self.ids)
            self._texts[key] = embed_text(
                self.corpus,
                trial.row.text,
                settings.text,
                ids=worth_a_part(self.corpus, needed),
                seed=seed,
                progress=self.progress,
            )
        return self._texts[key]

    def sites(self, trial: Trial) -> SiteRows:
        """Facts of the sites of the graphs' atoms, as the trial's network reads them."""
        if self._sites is None:
            from crystext.model.graphs.site_store import SiteRows, build_site_store

            ids = worth_a_part(self.corpus, set(self.ids))
            store = build_site_store(self.corpus, self.graphs(), ids=ids, progress=self.progress)
            self._sites = SiteRows.of(self.graphs(), store)
        text, seed = trial.row.text, trial.run_seed
        return site_control(self._sites, self.graphs(), text, ids=self.ids, seed=seed)

    def prepare(self, trials: Iterable[Trial]) -> None:
        """Makes all that the trials need, so that no two processes make the same."""
        for trial in trials:
            if trial.row.model == "cfid":
                self.descriptors()
            if trial.row.model in ON_FACTS:
                self.facts()
            if trial.row.model in BASELINES:
                continue
            settings = trial.settings
            assert settings is not None
            if settings.graph_network is not None:
                self.graphs()
            if settings.uses_text:
                self.texts(trial)
            if settings.uses_sites:
                self.sites(trial)
