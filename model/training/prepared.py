"""What a run is before its first step: settings checked, data joined, its words, its network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.corpus.reader import load_corpus
from crystext.errors import OtherRunError, UsageError, shown
from crystext.files import check_folder
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.store import GraphStore
from crystext.model.networks.build import blank_network, build_network
from crystext.model.networks.crysmmnet import CrysMMNet
from crystext.model.networks.trained_text import StateTable, Unfrozen
from crystext.model.text.store import StateStore
from crystext.model.training.checkpoint import check_shapes, load_weights
from crystext.model.training.corpus_record import data_record, describer_words
from crystext.model.training.data import load_data, training_sites
from crystext.model.training.feeder import Feeder, resident
from crystext.model.training.folder import BEST, finished_run, first_weights
from crystext.model.training.stores import sites_of, stores_of
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.site_store import SiteRows
    from crystext.model.networks.base import Network
    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data, Texts

FORMAT = 1


@dataclass(frozen=True)
class Prepared:
    """A run that can begin.

    Attributes:
        settings: of the run.
        folder: of the run.
        data: what it reads.
        record: all that decides the numbers, as ``settings.json`` holds it.
        text_layers: the language model's layers that are trained, in words, if there are any.
        finished: metrics, where the folder holds this very run and it has ended.
    """

    settings: RunSettings
    folder: Path
    data: Data
    record: dict[str, Any]
    text_layers: dict[str, Any] | None
    finished: dict[str, Any] | None


def prepare(
    settings: RunSettings,
    out: str | Path,
    *,
    corpus: Corpus | None = None,
    graphs: GraphStore | None = None,
    texts: Texts | None = None,
    sites: SiteRows | None = None,
    splits: Mapping[str, list[str]] | None = None,
    split_origin: str = "given by the caller of the training",
) -> Prepared:
    """Joins what a run reads, and refuses what cannot be trained; arguments as of ``train``."""
    blank_network(settings)  # a wrong name is said before any work
    folder = Path(out)
    check_folder(folder)
    corpus = load_corpus(settings.corpus) if corpus is None else corpus
    graphs, texts = stores_of(settings, corpus, graphs, texts, splits)
    sites = sites_of(settings, corpus, graphs, sites, splits)
    text_layers = _text_layers(settings, texts)
    data = load_data(corpus, settings, graphs=graphs, texts=texts, sites=sites, splits=splits)
    record = _words(settings, corpus, data, text_layers, None if splits is None else split_origin)
    finished = finished_run(folder, record)
    if finished is None:
        _check_first_weights(settings, data, text_layers)
    return Prepared(settings, folder, data, record, text_layers, finished)


def first_network(run: Prepared) -> Network:
    """The network with its first weights, and what it takes from the training set's texts.

    Weights come from torch's random numbers.
    """
    settings, texts = run.settings, run.data.texts
    width = None if texts is None else texts.width
    network = build_network(settings, width, run.text_layers)
    if isinstance(network, Unfrozen):
        assert texts is not None
        network.layers_of_text.load_state_dict(_pretrained(settings, texts))
    elif isinstance(network, CrysMMNet):
        rows = run.data.splits["train"].text_rows
        assert rows is not None
        assert texts is not None
        assert not isinstance(texts, StateStore)
        network.fit_texts(torch.from_numpy(np.asarray(texts.vectors[rows])))
        if run.data.sites is not None:
            network.fit_sites(torch.from_numpy(training_sites(run.data)))
    if settings.init_from is not None:
        load_weights(Path(settings.init_from) / BEST, network)
    return network


def make_feeder(data: Data, device: torch.device, *, angles: bool) -> Feeder:
    """Gathers batches on a device.

    Args:
        data: of the run.
        device: where batches are wanted.
        angles: whether the network reads line graphs.

    Raises:
        OtherRunError: the graphs have none.
    """
    table: GraphTable | None = None
    texts: torch.Tensor | StateTable | None = None
    if data.graphs is not None:
        assert isinstance(data.graphs, GraphStore), "networks read graphs"
        arrays = data.graphs.arrays()
        sites = None if data.sites is None else data.sites.values
        table = GraphTable(arrays, sites=sites)
        home = resident(table.nbytes, device)
        table = table if home == table.device else GraphTable(arrays, home, sites=sites)
        if angles and not table.has_angles:
            raise OtherRunError(
                f"the graphs in {shown(str(data.graphs.path))} have no angles; build them with"
            )
    if isinstance(data.texts, StateStore):
        texts = StateTable(data.texts)
    elif data.texts is not None:
        whole = torch.from_numpy(np.array(data.texts.vectors, dtype=np.float32))
        texts = whole.to(resident(whole.nbytes, device))
    return Feeder(data, table, texts, device, angles=angles)


def _words(
    settings: RunSettings,
    corpus: Corpus,
    data: Data,
    text_layers: Mapping[str, Any] | None,
    split_origin: str | None,
) -> dict[str, Any]:
    """What ``settings.json`` holds: all that decides the numbers, and facts for the card."""
    about = _record_of(data, corpus, text_layers)
    if settings.init_from is not None:
        about["first_weights"] = first_weights(settings)
    return {
        "format": FORMAT,
        "settings": settings.to_dict(),
        "data": about,
        "facts": data_record(corpus, data, settings, data.texts, split_origin=split_origin),
    }


def _check_first_weights(
    settings: RunSettings, data: Data, text_layers: Mapping[str, Any] | None
) -> None:
    """Refuses weights of another network before a folder is made."""
    if settings.init_from is None:
        return
    width = None if data.texts is None else data.texts.width
    blank = blank_network(settings, width, text_layers)
    check_shapes(Path(settings.init_from) / BEST, blank)


def _pretrained(settings: RunSettings, texts: Texts) -> dict[str, Any]:
    """Weights of the language model's layers that are trained along."""
    from crystext.model.text.saved_encoder import load_encoder

    reader = load_encoder(texts.settings, settings.text.encoder, device="cpu")
    assert reader.upper is not None
    return reader.upper.modules.state_dict()


def _text_layers(settings: RunSettings, texts: Texts | None) -> dict[str, Any] | None:
    """The language model's layers that are trained, in words, if there are any."""
    if texts is None:
        return None
    layers = texts.layers if isinstance(texts, StateStore) else None
    number = 0 if layers is None else layers["number"]
    if number != settings.trained_layers:
        held = f"token states below {number} layers" if number else "vectors of frozen layers"
        raise UsageError(
            f"{texts.path} holds {held}, and text.trained_layers is {settings.trained_layers}; "
            f"give text.trained_layers={number}, or no store, and the right one is made"
        )
    return layers


def _record_of(data: Data, corpus: Corpus, text_layers: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the numbers depend on beside the settings, and what prediction needs."""
    return {
        "corpus": corpus.manifest["name"],
        "corpus_digest": corpus.manifest["content_digest"],
        "graphs": None if data.graphs is None else data.graphs.manifest["settings"],
        "graphs_digest": None if data.graphs is None else data.graphs.digest,
        "texts": None if data.texts is None else data.texts.settings,
        "texts_digest": None if data.texts is None else data.texts.digest,
        "text_width": None if data.texts is None else data.texts.width,
        **({} if data.sites is None else _record_of_sites(data, data.sites)),
        **({} if text_layers is None else {"text_layers": dict(text_layers)}),
        "describer": None if data.texts is None else describer_words(corpus),
        "split_digest": digest({name: one.ids for name, one in data.splits.items()}),
        "counts": {name: len(one) for name, one in data.splits.items()},
        "excluded": len(data.excluded),
        "unit": data.unit,
        "error_unit": data.error_unit,
        "scaling": data.scaling.to_dict(),
    }


def _record_of_sites(data: Data, sites: SiteRows) -> dict[str, Any]:
    """What is read of sites, and for how many crystals of the splits it could not be told."""
    return {
        "sites": sites.settings,
        "sites_digest": sites.digest,
        "without_sites": data.without_sites,
    }
