"""Publishes a finished run on the Hugging Face Hub: checked first, one commit, then a tag.

What goes up loads with :func:`crystext.model.load`: weights, settings, metrics, predictions, log,
curves and a card. Names of folders on this machine do not go up: a corpus or encoder that was given
by its folder stands there by its own name.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.corpus.reader import PACKAGED
from crystext.errors import BadRunError, OtherRunError, first_line
from crystext.model.prediction.saved_run import SavedRun
from crystext.model.publishing.card import FOUND, make_card
from crystext.model.settings import RunSettings
from crystext.model.training.checkpoint import weights_bytes
from crystext.model.training.folder import (
    BEST,
    EXCLUDED,
    LOG,
    METRICS,
    PREDICTIONS,
    SETTINGS,
)
from crystext.model.training.metrics import mean_absolute_error
from crystext.pipelines.hub.release import (
    DEFAULT_BRANCH,
    PublishResult,
    ReleaseFile,
    check_names,
    upload,
)
from crystext.provenance import changed, digest

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

CARD, SEEDS = "README.md", "seeds"
FILES = {
    BEST: "weights of the chosen epoch, safetensors",
    SETTINGS: "all that decides the numbers, and what prediction needs",
    METRICS: "errors, time, device, versions",
    PREDICTIONS: "id, split, target and prediction of validation and test",
    EXCLUDED: "crystals of the split that could not be used, each with a code",
    LOG: "errors after every epoch",
    "curves.png": "errors by epoch, and the test set",
}
"""Files of a run that go up; the last three where they are there."""
OPTIONAL = (EXCLUDED, LOG, "curves.png")
LARGE = ("parquet", "png", "safetensors")
MAY_DIFFER = ("seed", "training.device", "training.tensorboard")
"""Settings in which runs of other seeds may differ: they do not decide what is compared."""
_AGREES = 1e-6  # relative, of an error computed again


def publish_model(
    folder: str | os.PathLike[str],
    repo_id: str,
    *,
    seeds: Sequence[str | os.PathLike[str]] = (),
    dataset: str | None = None,
    private: bool = False,
    revision: str | None = None,
    tag: str | None = None,
    message: str | None = None,
    dry_run: bool = False,
    endpoint: str | None = None,
) -> PublishResult:
    """Publishes a run as one commit of a model repository.

    Args:
        folder: a finished run.
        repo_id: ``owner/name``; created if it does not exist.
        seeds: runs of the same training with other seeds, whose spread the card states.
        dataset: the corpus on the Hub, ``owner/name``, for the card.
        private: create it private; an existing public one is refused.
        revision: branch; created from ``main`` if it does not exist.
        tag: names the commit afterwards; refused if it names another already.
        message: of the commit.
        dry_run: check and show only: no request, no token, no ``huggingface_hub``.
        endpoint: of the Hub; what ``HF_ENDPOINT`` says if not given.

    Raises:
        NoRunError: the folder holds no run, or one that has not ended.
        BadRunError: its files do not fit each other.
        BadCheckpointError: the weights are damaged.
        OtherRunError: a run of ``seeds`` is of another training, or of the same seed.
        IncompleteCardError: the run lacks a fact that the card states.
        UsageError: a name is not one that the Hub takes.
        PublishError: see :func:`crystext.pipelines.hub.release.upload`.
    """
    check_names(repo_id, revision, tag)
    if dataset is not None:
        check_names(dataset, None, None)
    run = SavedRun.open(Path(folder))
    others = [SavedRun.open(Path(one)) for one in seeds]
    for one in (run, *others):
        check_run(one)
    _check_seeds(run, others)
    try:
        plan = _plan(run, others, repo_id, dataset, branch=revision or DEFAULT_BRANCH, tag=tag)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadRunError(
            f"settings.json or metrics.json of {run.folder} holds what no card can state "
            f"({first_line(error)}); copy the run again"
        ) from error
    if dry_run:
        return plan
    settings = run.settings
    message = message or f"{settings.model} on {settings.property_name}, seed {settings.seed}"
    return upload(plan, message=message, private=private, endpoint=endpoint)


def check_run(run: SavedRun) -> None:
    """Refuses a run whose files do not fit each other.

    Raises:
        BadRunError: metrics, predictions or weights are not of these settings.
        BadCheckpointError: the weights are damaged or of another network.
        NoRunError: there are no weights.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if run.metrics.get("digest") != digest(run.words):
        raise BadRunError(f"metrics.json of {run.folder} is not of its settings.json; copy again")
    _, about = run.network()
    if about.get("settings") != run.words["settings"]:
        found = changed(about.get("settings", {}), run.words["settings"])
        names = ", ".join(name for name, *_ in found) or "kind of settings"
        raise BadRunError(f"{BEST} of {run.folder} is of a run with another {names}; copy again")
    try:
        table = pq.read_table(run.folder / PREDICTIONS)
        columns = {name: table[name].to_numpy() for name in ("split", "target", "prediction")}
    except (OSError, KeyError, pa.ArrowException) as error:
        raise BadRunError(
            f"{PREDICTIONS} of {run.folder} cannot be read ({first_line(error)}); copy it again"
        ) from error
    for split in ("validation", "test"):
        chosen = columns["split"] == split
        learnt = [run.scaling.learnt(columns[name][chosen]) for name in ("target", "prediction")]
        mae = mean_absolute_error(*learnt) if chosen.any() else float("nan")
        told = _told(run, split)
        if not np.isclose(mae, told, rtol=_AGREES, atol=0):
            raise BadRunError(
                f"{PREDICTIONS} of {run.folder} gives a {split} MAE of {mae:.6g}, metrics.json "
                f"says {told:.6g}; copy the run again"
            )


def _told(run: SavedRun, split: str) -> float:
    """The error of a split, as the run's metrics state it."""
    try:
        return float(run.metrics[split]["mae"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadRunError(
            f"metrics.json of {run.folder} has no number as mae of {split}; copy the run again"
        ) from error


def _check_seeds(run: SavedRun, others: Sequence[SavedRun]) -> None:
    """Refuses runs that are not the same training with another seed."""
    seen = {run.settings.seed: run.name}
    for one in others:
        before, now = (
            {"settings": words["settings"], "data": words["data"]}
            for words in (run.words, one.words)
        )
        names = [name.removeprefix("settings.") for name, *_ in changed(before, now)]
        names = [name for name in names if name not in MAY_DIFFER]
        if names:
            raise OtherRunError(
                f"{one.name} is no other seed of {run.name}: it differs in {', '.join(names)}"
            )
        if one.settings.seed in seen:
            raise OtherRunError(
                f"{one.name} has seed {one.settings.seed}, as {seen[one.settings.seed]}; give "
                "runs of different seeds"
            )
        seen[one.settings.seed] = one.name


def _plan(
    run: SavedRun,
    others: Sequence[SavedRun],
    repo_id: str,
    dataset: str | None,
    *,
    branch: str,
    tag: str | None,
) -> PublishResult:
    """Lists what goes up."""
    words = _without_folders(run.words)
    metrics = {**run.metrics, "digest": digest(words)}
    made = {SETTINGS: _json(words), METRICS: _json(metrics)}
    if words != run.words:
        network, about = run.network()
        made[BEST] = weights_bytes(network, {**about, "settings": words["settings"]})
    files = [ReleaseFile.large_files(*LARGE)]
    for path in FILES:
        file = run.folder / path
        if path in made:
            files.append(ReleaseFile.of_bytes(path, made[path]))
        elif path not in OPTIONAL or file.is_file():
            files.append(ReleaseFile.of_file(path, file))
    for one in others:
        path = f"{SEEDS}/seed-{one.settings.seed}.json"
        files.append(ReleaseFile.of_bytes(path, _json(one.metrics)))
    listed = {file.path: FILES[file.path] for file in files if file.path in FILES}
    if others:
        listed[f"{SEEDS}/"] = "metrics of the other seeds"
    settings = RunSettings.from_dict(words["settings"])
    public = replace(run, settings=settings, words=words, metrics=metrics)
    card = make_card(public, files=listed, repo_id=repo_id, others=others, dataset=dataset)
    files.append(ReleaseFile.of_text(CARD, card))
    return PublishResult(
        repo_id,
        tuple(sorted(files, key=lambda file: file.path)),
        card,
        repo_type="model",
        owned=(*FILES, f"{SEEDS}/"),
        branch=branch,
        tag=tag,
    )


def _without_folders(words: dict[str, Any]) -> dict[str, Any]:
    """The same with names in place of folders of this machine."""
    words = copy.deepcopy(words)
    settings, data = words["settings"], words["data"]
    if settings["corpus"] not in PACKAGED:
        settings["corpus"] = data["corpus"]
    if settings["text"]["encoder"] not in FOUND:
        encoder = settings["text"]["encoder"]
        settings["text"]["encoder"] = (
            data["texts"]["model"] if data["texts"] else Path(encoder).name
        )
    return words


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
