"""A run: from settings to a folder with weights, predictions and metrics.

What a run's folder holds is in :mod:`crystext.model.training.folder`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.corpus.reader import Corpus, load_corpus
from crystext.errors import OtherRunError, UsageError, shown
from crystext.files import check_folder
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.store import GraphStore
from crystext.model.networks.build import build_network, check_network
from crystext.model.networks.crysmmnet import CrysMMNet
from crystext.model.networks.trained_text import StateTable, Unfrozen
from crystext.model.text.store import StateStore
from crystext.model.training.checkpoint import check_shapes, load_weights
from crystext.model.training.corpus_record import describer_words, facts
from crystext.model.training.curves import draw_curves
from crystext.model.training.data import Data, load_data
from crystext.model.training.feeder import Feeder, resident
from crystext.model.training.folder import (
    BEST,
    WATCHED_PREDICTIONS,
    WATCHED_SPLIT,
    begin_run,
    finish_run,
    finished_run,
    first_weights,
)
from crystext.model.training.loop import Loop
from crystext.model.training.machine import PACKAGES, device_name, make_accelerator, peak_memory
from crystext.model.training.metrics import class_metrics, errors_of
from crystext.provenance import digest, versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crystext.model.networks.base import Network
    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Texts
    from crystext.model.training.loop import Progress

FORMAT = 1


def train(
    settings: RunSettings,
    out: str | Path,
    *,
    corpus: Corpus | None = None,
    graphs: GraphStore | None = None,
    texts: Texts | None = None,
    splits: Mapping[str, list[str]] | None = None,
    split_origin: str = "given by the caller of the training",
    progress: bool = True,
) -> dict[str, Any]:
    """Trains one network on one property, or goes on with a run that was interrupted.

    The best epoch is chosen on the validation set; the test set is read once, at the end.

    Args:
        settings: see :func:`crystext.model.settings.make_settings`.
        out: folder of the run; a finished run of the same settings is returned as it is.
        corpus: in place of the settings' name of it.
        graphs: a graph store; built or found in the cache if not given.
        texts: embeddings, or token states where layers of the language model are trained; made or
            found in the cache if not given, of the crystals of the splits alone where these are
            few (:func:`crystext.model.text.embed.worth_a_part`).
        splits: ids by ``train``, ``validation``, ``test``, in place of the corpus' own; drawn for
            example by :func:`crystext.model.benchmark.splits.make_split`.
        split_origin: where ``splits`` are from, for the run's record.
        progress: show a bar where standard error is a terminal.

    Returns:
        The metrics, as in ``metrics.json``.

    Raises:
        UsageError: the model or an option of it is not known.
        CannotWriteError: the folder cannot be made.
        OtherRunError: the folder holds other files, or a run with other settings or data.
        BadTargetsError: there is nothing to learn from.
        NotFiniteTrainingError: the loss is not a number any more.
        NoRunError: there is no finished run to begin from.
        BadCheckpointError: its weights are of another network.
        KeyboardInterrupt: after the state was saved.
    """
    check_network(settings)
    folder = Path(out)
    check_folder(folder)
    corpus = load_corpus(settings.corpus) if corpus is None else corpus
    graphs, texts = _stores(settings, corpus, graphs, texts, splits)
    text_layers = _text_layers(settings, texts)
    data = load_data(corpus, settings, graphs=graphs, texts=texts, splits=splits)
    record = _words(settings, corpus, data, text_layers, None if splits is None else split_origin)
    if (finished := finished_run(folder, record)) is not None:
        return finished

    _check_first_weights(settings, data, text_layers)
    pretrained = None if texts is None or not text_layers else _pretrained(settings, texts)
    accelerator = make_accelerator(settings.training)
    if accelerator.is_main_process:
        begin_run(folder, record, data)
    accelerator.wait_for_everyone()
    device = accelerator.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(settings.seed)
        network = _network(settings, data, text_layers, pretrained)
        feeder = _feeder(data, device, angles=network.uses_angles)
        about = {"settings": record["settings"], "data": record["data"]}
        loop = Loop(settings, data, feeder, network, accelerator, folder, about)
        reached = loop.run(progress=progress)
        accelerator.wait_for_everyone()
        load_weights(folder / BEST, network)
        predicted = {split: loop.predict(split) for split in ("validation", "test")}
    metrics = {
        **metrics_of(settings, data, predicted),
        "epochs": reached.epoch,
        "steps": reached.epoch * loop.steps,
        "best_epoch": reached.best_epoch,
        "parameters": sum(one.numel() for one in network.parameters()),
        "seconds": round(reached.total_seconds, 3),
        "crystals_per_second": len(data.splits["train"]) * reached.epoch / reached.total_seconds,
        "peak_memory_mb": peak_memory(device),
        "device": device_name(device),
        "processes": accelerator.num_processes,
        "digest": digest(record),
        "versions": versions(*PACKAGES),
    }
    if settings.training.watch_test:
        watched = predicted[WATCHED_SPLIT] = np.load(folder / WATCHED_PREDICTIONS)
        metrics[WATCHED_SPLIT] = _watched(data, watched, reached)
    if accelerator.is_main_process:
        learnt = data.scaling.learnt(data.splits["test"].values)
        draw_curves(folder, metrics, learnt, predicted["test"])
        finish_run(folder, metrics, data, predicted)
    accelerator.wait_for_everyone()
    return metrics


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
        "facts": facts(corpus, data, settings, data.texts, split_origin=split_origin),
    }


def _check_first_weights(
    settings: RunSettings, data: Data, text_layers: Mapping[str, Any] | None
) -> None:
    """Refuses weights of another network before a folder is made."""
    if settings.init_from is None:
        return
    width = None if data.texts is None else data.texts.width
    with torch.device("meta"):
        blank = build_network(settings, width, text_layers)
    check_shapes(Path(settings.init_from) / BEST, blank)


def _network(
    settings: RunSettings,
    data: Data,
    text_layers: Mapping[str, Any] | None,
    pretrained: Mapping[str, Any] | None,
) -> Network:
    """The network with its first weights, and what it takes from the training set's texts."""
    texts = data.texts
    network = build_network(settings, None if texts is None else texts.width, text_layers)
    if isinstance(network, Unfrozen):
        network.layers_of_text.load_state_dict(pretrained or {})
    elif isinstance(network, CrysMMNet):
        rows = data.splits["train"].text_rows
        assert rows is not None
        assert texts is not None
        assert not isinstance(texts, StateStore)
        network.fit_texts(torch.from_numpy(np.asarray(texts.vectors[rows])))
    if settings.init_from is not None:
        load_weights(Path(settings.init_from) / BEST, network)
    return network


def _pretrained(settings: RunSettings, texts: Texts) -> dict[str, Any]:
    """Weights of the language model's layers that are trained along."""
    from crystext.model.text.saved_encoder import load_encoder

    reader = load_encoder(texts.settings, settings.text.encoder, device="cpu")
    assert reader.upper is not None
    return reader.upper.modules.state_dict()


def _watched(data: Data, watched: NDArray[np.float64], reached: Progress) -> dict[str, Any]:
    """What the best epoch by the test set would be worth, labelled as what it is."""
    values = 10.0**watched if data.scaling.log10 else watched
    return {
        "mae": reached.watched,
        "mae_in_unit": errors_of(data.splits["test"].values, values)["mae"],
        "epoch": reached.watched_epoch,
        "note": "lowest test error over epochs, as the published code reports; not a test "
        "error of a chosen model",
    }


def _stores(
    settings: RunSettings,
    corpus: Corpus,
    graphs: GraphStore | None,
    texts: Texts | None,
    splits: Mapping[str, list[str]] | None,
) -> tuple[GraphStore | None, Texts | None]:
    """The stores that the model reads, made or found where they are not given."""
    if settings.graph_network is None:
        graphs = None
    elif graphs is None:
        from crystext.model.graphs.build import build_graph_store

        graphs = build_graph_store(corpus, progress=True)
    if not settings.uses_text:
        texts = None
    elif texts is None:
        from crystext.model.text.embed import embed_corpus, worth_a_part

        text = settings.text
        if splits is None:
            tables = corpus.targets(settings.property_name).values()
            needed = {one for table in tables for one in table["id"].to_pylist()}
        else:
            needed = {one for ids in splits.values() for one in ids}
        texts = embed_corpus(
            corpus,
            encoder=text.encoder,
            section=text.section,
            pool=text.pool,
            windows=text.windows,
            ids=worth_a_part(corpus, needed),
            trained_layers=text.trained_layers,
            progress=True,
        )
    return graphs, texts


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
        **({} if text_layers is None else {"text_layers": dict(text_layers)}),
        "describer": None if data.texts is None else describer_words(corpus),
        "split_digest": digest({name: one.ids for name, one in data.splits.items()}),
        "counts": {name: len(one) for name, one in data.splits.items()},
        "excluded": len(data.excluded),
        "unit": data.unit,
        "error_unit": data.error_unit,
        "scaling": data.scaling.to_dict(),
    }


def _feeder(data: Data, device: torch.device, *, angles: bool) -> Feeder:
    table: GraphTable | None = None
    texts: torch.Tensor | StateTable | None = None
    if data.graphs is not None:
        assert isinstance(data.graphs, GraphStore), "networks read graphs"
        arrays = data.graphs.arrays()
        table = GraphTable(arrays)
        home = resident(table.nbytes, device)
        table = table if home == table.device else GraphTable(arrays, home)
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


def metrics_of(
    settings: RunSettings, data: Data, predicted: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Errors of the predictions, beside the mean predictor's, and what they are of.

    Args:
        settings: of the run.
        data: of the run.
        predicted: (n,) by split, in the unit of errors.
    """
    learnt = {name: data.scaling.learnt(one.values) for name, one in data.splits.items()}
    train = data.scaling.learnt(data.splits["train"].values)
    mean = np.full(len(learnt["test"]), train.mean())
    metrics: dict[str, Any] = {
        "property": settings.target,
        "model": settings.model,
        "preset": settings.preset,
        "section": settings.text.section if settings.uses_text else None,
        "seed": settings.seed,
        "unit": data.unit,
        "error_unit": data.error_unit,
        "counts": {name: len(one) for name, one in data.splits.items()},
        "excluded": len(data.excluded),
        **{name: errors_of(learnt[name], one) for name, one in predicted.items()},
        "mean_predictor": errors_of(learnt["test"], mean),
    }
    if data.scaling.classes:
        for name, one in predicted.items():
            metrics[name] |= class_metrics(learnt[name], one)
    if data.scaling.log10:
        metrics["test_in_unit"] = errors_of(data.splits["test"].values, 10.0 ** predicted["test"])
    return metrics
