"""Pretraining: a graph network learns what texts say of a corpus' crystals, and no property.

::

    RUN/
      settings.json        all that decides the numbers, and the kind: pretraining
      excluded.csv         crystals that have no graph, each with a code
      learning/            what the loop writes: log.csv, weights with the task's, the state that an
                           interrupted run goes on from. An "mae" in it is the task's loss.
      best.safetensors     the graph network of the best epoch; its head is as first drawn
      metrics.json         written last; a pretraining without it has not ended

``crystext train --init-from RUN`` begins from it.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.corpus.reader import load_corpus
from crystext.errors import BadTargetsError
from crystext.files import check_folder, write_json
from crystext.model.networks.build import build_network, check_network
from crystext.model.training.checkpoint import load_weights, save_weights
from crystext.model.training.data import Data, Examples, Excluded
from crystext.model.training.folder import (
    BEST,
    METRICS,
    PRETRAINING,
    STATE,
    begin_run,
    finished_run,
)
from crystext.model.training.loop import Loop
from crystext.model.training.machine import make_accelerator
from crystext.model.training.prepared import FORMAT, Prepared, make_feeder, record_of
from crystext.model.training.pretext import TASKS
from crystext.model.training.run import spent
from crystext.model.training.targets import Scaling

if TYPE_CHECKING:
    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.store import GraphStore
    from crystext.model.training.data import Texts
    from crystext.model.training.feeder import Feeder
    from crystext.model.training.pretext import Pretext
    from crystext.model.training.pretrain_settings import PretrainSettings

LEARNING = "learning"
"""The folder, in that of a pretraining, in which the loop writes."""
_HELD_OUT = 0.1
_FEWEST = 4  # crystals: two to learn from, two to choose the epoch


def pretrain(
    settings: PretrainSettings,
    out: str | Path,
    *,
    corpus: Corpus | None = None,
    graphs: GraphStore | None = None,
    texts: Texts | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Teaches a graph network what the texts of all crystals say, or goes on with it.

    No property is read. A tenth of the crystals is held out, to choose the epoch and to say how
    well the task is done.

    Args:
        settings: see
            :func:`crystext.model.training.pretrain_settings.make_pretrain_settings`.
        out: folder; a finished pretraining of the same settings is returned as it is.
        corpus: in place of the settings' name of it.
        graphs: a graph store; built or found in the cache if not given.
        texts: facts, of :func:`crystext.model.text.facts.embed_facts`; made or found in the cache
            if not given.
        progress: show a bar where standard error is a terminal.

    Returns:
        The metrics, as in ``metrics.json``.

    Raises:
        UsageError: the model or an option of it is not known.
        CannotWriteError: the folder cannot be made.
        OtherRunError: the folder holds other files, or a run with other settings or data.
        BadTargetsError: there are too few crystals.
        NotFiniteTrainingError: the loss is not a number any more.
        KeyboardInterrupt: after the state was saved.
    """
    run = _prepare(settings, Path(out), corpus, graphs, texts)
    if run.finished is not None:
        return run.finished
    accelerator = make_accelerator(settings.training)
    if accelerator.is_main_process:
        begin_run(run.folder, run.record, run.data)
        (run.folder / LEARNING).mkdir(exist_ok=True)
    accelerator.wait_for_everyone()
    device = accelerator.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(settings.seed)
        task = _first_task(run, settings.task)
        feeder = make_feeder(run.data, device, angles=task.uses_angles)
        about = {"settings": run.record["settings"], "data": run.record["data"]}
        learning = run.folder / LEARNING
        loop = Loop(run.settings, run.data, feeder, task, accelerator, learning, about)
        reached = loop.run(progress=progress)
        accelerator.wait_for_everyone()
        load_weights(learning / BEST, task)
        metrics = {
            **{name: getattr(settings, name) for name in ("model", "task", "preset", "seed")},
            "counts": {name: len(one) for name, one in run.data.splits.items()},
            "excluded": len(run.data.excluded),
            "held_out": _judged(task, feeder, settings.training.batch_size),
            **spent(run, task.network, reached, loop.steps, device),
            "processes": accelerator.num_processes,
        }
    if accelerator.is_main_process:
        save_weights(run.folder / BEST, task.network, {**about, "epoch": reached.best_epoch})
        finished = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        write_json(run.folder / METRICS, {**metrics, "finished": finished})
        (learning / STATE).unlink(missing_ok=True)
    accelerator.wait_for_everyone()
    return metrics


def _prepare(
    settings: PretrainSettings,
    folder: Path,
    corpus: Corpus | None,
    graphs: GraphStore | None,
    texts: Texts | None,
) -> Prepared:
    """Joins what is read; refuses a folder of another run before anything is written."""
    from crystext.model.graphs.build import build_graph_store
    from crystext.model.text.facts import embed_facts

    check_network(settings.run)
    check_folder(folder)
    corpus = load_corpus(settings.corpus) if corpus is None else corpus
    graphs = build_graph_store(corpus, progress=True) if graphs is None else graphs
    texts = embed_facts(corpus, progress=True) if texts is None else texts
    data = _data(settings.seed, corpus, graphs, texts)
    record = {
        "format": FORMAT,
        "kind": PRETRAINING,
        "settings": settings.to_dict(),
        "data": record_of(data, corpus),
    }
    return Prepared(settings.run, folder, data, record, None, finished_run(folder, record))


def _data(seed: int, corpus: Corpus, graphs: GraphStore, texts: Texts) -> Data:
    """All crystals that have a graph and facts; the truth of each loss is 0."""
    rows = [{one: row for row, one in enumerate(store.ids)} for store in (graphs, texts)]
    why = {one["id"]: one for one in graphs.failures()}
    unknown = {"code": "no-graph", "message": "the stores have no graph or no facts of it"}
    kept, excluded = [], []
    for one in corpus.table(["id"])["id"].to_pylist():
        if all(one in known for known in rows):
            kept.append(one)
        else:
            told = why.get(one, unknown)
            excluded.append(Excluded(one, "train", told["code"], told["message"]))
    if len(kept) < _FEWEST:
        raise BadTargetsError(
            f"{len(kept)} crystals have a graph and facts; bring {_FEWEST} or more to learn from"
        )
    shuffled = np.random.default_rng(seed).permutation(len(kept))
    held_out = max(2, math.floor(_HELD_OUT * len(kept)))
    splits = {}
    for name, places in (("train", shuffled[held_out:]), ("validation", shuffled[:held_out])):
        ids = [kept[place] for place in np.sort(places)]
        graph_rows, text_rows = (np.array([known[one] for one in ids]) for known in rows)
        splits[name] = Examples(ids, np.zeros(len(ids)), graph_rows, text_rows)
    scaling = Scaling(log10=False, mean=0.0, deviation=1.0)
    return Data(splits, excluded, scaling, "", graphs, texts)


def _first_task(run: Prepared, name: str) -> Pretext:
    """The task with first weights from torch's random numbers, fitted to what is learnt from."""
    from crystext.model.networks.base import GraphNetwork
    from crystext.model.text.store import StateStore

    network, texts = build_network(run.settings), run.data.texts
    rows = run.data.splits["train"].text_rows
    assert isinstance(network, GraphNetwork)
    assert texts is not None
    assert not isinstance(texts, StateStore)
    task = TASKS[name](network, texts.width)
    task.whitening.fit(torch.from_numpy(np.asarray(texts.vectors[rows])))
    return task


@torch.no_grad()
def _judged(task: Pretext, feeder: Feeder, batch_size: int) -> dict[str, float | int]:
    task.eval()
    return task.judge(feeder, "validation", batch_size)
