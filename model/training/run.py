"""A run: from settings to a folder with weights, predictions and metrics.

What a run's folder holds is in :mod:`crystext.model.training.folder`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from crystext.files import writing
from crystext.model.settings import TREES
from crystext.model.training.checkpoint import load_weights
from crystext.model.training.curves import draw_curves
from crystext.model.training.folder import (
    BEST,
    WATCHED_SPLIT,
    begin_run,
    finish_run,
)
from crystext.model.training.loop import Loop
from crystext.model.training.machine import (
    make_accelerator,
    order_of_sums,
    products_of,
)
from crystext.model.training.metrics import errors_of
from crystext.model.training.prepared import first_network, make_feeder, prepare
from crystext.model.training.run_metrics import metrics_of, spent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.site_store import SiteRows
    from crystext.model.graphs.store import GraphStore
    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data, Texts
    from crystext.model.training.loop import Progress
    from crystext.model.training.prepared import Prepared


def train(
    settings: RunSettings,
    out: str | Path,
    *,
    corpus: Corpus | None = None,
    graphs: GraphStore | None = None,
    texts: Texts | None = None,
    sites: SiteRows | None = None,
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
        sites: facts of the sites that the atoms of ``graphs`` are, for a fusion that reads them;
            made or found in the cache if not given.
        splits: ids by ``train``, ``validation``, ``test``, in place of the corpus' own; drawn for
            example by :func:`crystext.model.benchmark.splits.make_split`.
        split_origin: where ``splits`` are from, for the run's record.
        progress: show a bar where standard error is a terminal.

    Returns:
        The metrics, as in ``metrics.json``.

    Raises:
        UsageError: the model or an option of it is not known.
        CannotWriteError: the folder cannot be made, or a file of the run not be written.
        OtherRunError: the folder holds other files, or a run with other settings or data, or one
            that another number of processes began.
        BadTargetsError: there is nothing to learn from.
        NotFiniteTrainingError: the loss is not a number any more.
        NoRunError: there is no finished run to begin from.
        BadCheckpointError: its weights are of another network, or the state of an interrupted run
            is damaged.
        KeyboardInterrupt: after the state was saved.
    """
    run = prepare(
        settings,
        out,
        corpus=corpus,
        graphs=graphs,
        texts=texts,
        sites=sites,
        splits=splits,
        split_origin=split_origin,
    )
    if run.finished is not None:
        return run.finished
    with writing(run.folder):
        if settings.model == TREES:
            from crystext.model.training.trees import train_trees

            return train_trees(run)
        return _learn(run, progress=progress)


def _learn(run: Prepared, *, progress: bool) -> dict[str, Any]:
    """Trains the network of a run and writes what came of it."""
    settings, data, folder = run.settings, run.data, run.folder
    accelerator = make_accelerator(settings.training)
    if accelerator.is_main_process:
        begin_run(folder, run.record, data)
    accelerator.wait_for_everyone()
    device = accelerator.device
    with (
        torch.random.fork_rng(devices=[device] if device.type == "cuda" else []),
        products_of(settings.training.precision, device),
        order_of_sums(deterministic=settings.training.deterministic),
    ):
        torch.manual_seed(settings.seed)
        network = first_network(run)
        feeder = make_feeder(data, device, angles=network.uses_angles)
        about = {"settings": run.record["settings"], "data": run.record["data"]}
        loop = Loop(settings, data, feeder, network, accelerator, folder, about)
        reached = loop.run(progress=progress)
        accelerator.wait_for_everyone()
        load_weights(folder / BEST, network)
        predicted = {split: loop.predict(split) for split in ("validation", "test")}
    metrics = {
        **metrics_of(settings, data, predicted),
        **spent(run, network, reached, loop.steps, device),
        "processes": accelerator.num_processes,
    }
    if settings.training.watch_test:
        watched = loop.kept.watched
        assert watched is not None
        predicted[WATCHED_SPLIT] = watched
        metrics[WATCHED_SPLIT] = _watched(data, watched, reached)
    if accelerator.is_main_process:
        learnt = data.scaling.learnt(data.splits["test"].values)
        draw_curves(folder, metrics, learnt, predicted["test"])
        finish_run(folder, metrics, data, predicted)
    accelerator.wait_for_everyone()
    return metrics


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
