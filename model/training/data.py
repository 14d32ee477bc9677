"""What a run learns from: targets by split, joined with graphs and text embeddings by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from crystext.choices import SPLITS
from crystext.errors import BadTargetsError, shown
from crystext.model.graphs.arrays import ranges
from crystext.model.graphs.store import GraphStore
from crystext.model.training.targets import PROBABILITY, Scaling, error_unit, takes_log10

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.site_store import SiteRows
    from crystext.model.settings import RunSettings
    from crystext.model.stores.store import Store
    from crystext.model.text.store import StateStore, TextVectors

    Texts = TextVectors | StateStore


@dataclass(frozen=True)
class Examples:
    """The crystals of one split.

    Attributes:
        ids: n of them.
        values: (n,), in the property's unit.
        graph_rows: (n,), rows of the graph store, or ``None`` where no graph is read.
        text_rows: (n,), rows of the embeddings, or ``None`` where no text is read.
    """

    ids: list[str]
    values: NDArray[np.float64]
    graph_rows: NDArray[np.int64] | None
    text_rows: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Excluded:
    """A crystal of the split that cannot be learnt from, and why."""

    id: str
    split: str
    code: str
    message: str


@dataclass(frozen=True)
class Data:
    """All that a run reads.

    Attributes:
        splits: examples by ``train``, ``validation``, ``test``.
        excluded: the crystals of the splits that are in none of them; with the examples they make
            up the corpus' rows.
        scaling: of targets, fitted on the training set.
        unit: of the property.
        graphs: the graph store, if graphs are read.
        texts: embeddings or token states, if texts are read.
        sites: facts of the sites that the graphs' atoms are, if these are read.
    """

    splits: dict[str, Examples]
    excluded: list[Excluded]
    scaling: Scaling
    unit: str
    graphs: Store | None
    texts: Texts | None
    sites: SiteRows | None = None

    @property
    def without_sites(self) -> int:
        """Crystals of all splits whose sites were not found among their atoms."""
        lost = set() if self.sites is None else set(self.sites.without)
        return sum(one in lost for part in self.splits.values() for one in part.ids)

    @property
    def error_unit(self) -> str:
        """Unit of the errors that are reported first."""
        return error_unit(self.unit, log10=self.scaling.log10)


def load_data(
    corpus: Corpus,
    settings: RunSettings,
    *,
    graphs: Store | None,
    texts: Texts | None,
    sites: SiteRows | None = None,
    splits: Mapping[str, list[str]] | None = None,
) -> Data:
    """Joins targets, graphs and embeddings.

    Args:
        corpus: where the targets stand.
        settings: which property, and how it is learnt.
        graphs: for networks that read graphs.
        texts: for networks that read texts.
        sites: for networks whose atoms read facts of their sites.
        splits: ids by split, in place of the corpus' own.

    Raises:
        BadTargetsError: a split is missing, empty or overlaps another.
        UsageError: the corpus has no such property, or no split for it.
    """
    name = settings.property_name
    given = _own_splits(corpus, name) if splits is None else _other_splits(corpus, name, splits)
    threshold = _threshold(corpus, settings)
    if threshold is not None:
        given = {
            split: (ids, np.where(np.isfinite(values), values > threshold, np.nan))
            for split, (ids, values) in given.items()
        }
    _refuse_overlap(given)
    known_graphs = None if graphs is None else {one: row for row, one in enumerate(graphs.ids)}
    known_texts = None if texts is None else {one: row for row, one in enumerate(texts.ids)}
    no_graph = {} if graphs is None else {one["id"]: one for one in graphs.failures()}

    excluded: list[Excluded] = []
    examples = {}
    for split, (ids, values) in given.items():
        kept = []
        for place, one in enumerate(ids):
            if known_graphs is not None and one not in known_graphs:
                why = no_graph.get(one, {"code": "no-graph", "message": "the store has no graph"})
                excluded.append(Excluded(one, split, why["code"], why["message"]))
            elif known_texts is not None and one not in known_texts:
                excluded.append(Excluded(one, split, "no-text", "the store has no embedding"))
            elif not np.isfinite(values[place]):
                excluded.append(Excluded(one, split, "no-target", "the target is not a number"))
            else:
                kept.append(place)
        if not kept:
            raise BadTargetsError(f"no crystal of the {split} set of {name} can be used")
        chosen = [ids[place] for place in kept]
        examples[split] = Examples(
            ids=chosen,
            values=values[kept],
            graph_rows=_rows(known_graphs, chosen),
            text_rows=_rows(known_texts, chosen),
        )
    return Data(
        splits=examples,
        excluded=excluded,
        scaling=_scaling(corpus, settings, examples["train"], classes=threshold is not None),
        unit=(corpus.properties[name].unit or "") if threshold is None else PROBABILITY,
        graphs=graphs,
        texts=texts,
        sites=sites,
    )


def training_sites(data: Data) -> NDArray[np.float32]:
    """(n, width): the facts of the sites of all atoms of the training set that have them.

    Raises:
        BadTargetsError: no atom has any.
    """
    rows = data.splits["train"].graph_rows
    assert rows is not None
    assert data.sites is not None
    assert isinstance(data.graphs, GraphStore)
    arrays = data.graphs.arrays()
    classes = ranges(arrays.atom_ptr[rows], arrays.atom_ptr[rows + 1])
    found = np.repeat(data.sites.values[classes], arrays.atom_count[classes], axis=0)
    found = found[np.isfinite(found).all(axis=1)]
    if not len(found):
        raise BadTargetsError(
            "no crystal of the training set has facts of its sites; build the graphs from this "
            "corpus"
        )
    return found


def _threshold(corpus: Corpus, settings: RunSettings) -> float | None:
    """Above which a value is of class 1; ``None`` where values are learnt."""
    kind = corpus.properties[settings.property_name].kind
    if pa.types.is_boolean(kind) and settings.threshold is None:
        return 0.5
    return settings.threshold


def _scaling(corpus: Corpus, settings: RunSettings, train: Examples, *, classes: bool) -> Scaling:
    if classes:
        return Scaling.of_classes(train.values)
    source = corpus.manifest["source"]["name"]
    return Scaling.of(
        train.values,
        log10=takes_log10(settings.property_name, source, settings.transform),
        ids=train.ids,
        standardise=settings.training.standardise,
    )


def _refuse_overlap(given: Mapping[str, tuple[list[str], NDArray[np.float64]]]) -> None:
    """A crystal that is learnt from, or chosen by, and tested on makes errors look small."""
    home: dict[str, str] = {}
    for split, (ids, _) in given.items():
        for one in ids:
            if one in home:
                where = "twice in" if home[one] == split else f"in {home[one]} and in"
                raise BadTargetsError(f"{one} stands {where} {split}; name it once")
            home[one] = split


def _rows(known: dict[str, int] | None, ids: list[str]) -> NDArray[np.int64] | None:
    return None if known is None else np.array([known[one] for one in ids], dtype=np.int64)


def _own_splits(corpus: Corpus, name: str) -> dict[str, tuple[list[str], NDArray[np.float64]]]:
    tables = corpus.targets(name)
    missing = [split for split in SPLITS if split not in tables]
    if missing:
        raise BadTargetsError(f"the corpus has no {missing[0]} set for {name}")
    return {
        split: (
            tables[split]["id"].to_pylist(),
            _floats(tables[split]["target"]),
        )
        for split in SPLITS
    }


def _other_splits(
    corpus: Corpus, name: str, splits: Mapping[str, list[str]]
) -> dict[str, tuple[list[str], NDArray[np.float64]]]:
    if set(splits) != set(SPLITS):
        raise BadTargetsError(
            f"the split names {', '.join(map(shown, splits)) or 'nothing'}; give "
            f"{', '.join(SPLITS[:-1])} and {SPLITS[-1]}"
        )
    table = corpus.table(["id", name])
    values = dict(zip(table["id"].to_pylist(), _floats(table[name]).tolist(), strict=True))
    unknown = [one for ids in splits.values() for one in ids if one not in values]
    if unknown:
        more = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
        message = f"{shown(unknown[0])}{more} of the split is not in the corpus, which has"
        first = shown(next(iter(values), "no crystal"))
        raise BadTargetsError(f"{message} {first}; leave it out, or write the id as it is there")
    return {
        split: (list(ids), np.array([values[one] for one in ids], dtype=np.float64))
        for split, ids in splits.items()
    }


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """(n,) of numbers or flags; NaN where there is none."""
    return column.cast(pa.float64()).to_numpy().astype(np.float64)
