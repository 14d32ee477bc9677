"""A run: its files, its exact resumption, its way of choosing, and what it refuses."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")

from crystext.cli.train import summary  # noqa: E402
from crystext.errors import (  # noqa: E402
    BadRunError,
    BadTargetsError,
    NoRunError,
    NotFiniteTrainingError,
    OtherRunError,
    UsageError,
)
from crystext.model.training import loop as loops  # noqa: E402
from crystext.model.training.checkpoint import load_weights  # noqa: E402
from crystext.model.training.folder import STATE, read_run  # noqa: E402
from crystext.model.training.logs import read_log  # noqa: E402
from crystext.model.training.metrics import undefined  # noqa: E402
from crystext.model.training.run import train  # noqa: E402
from tests.model.training.runs import (  # noqa: E402
    N,
    Vectors,
    corpus,
    ids,
    settings,
    splits,
)

EXACT = ("test", "validation", "best_epoch", "epochs", "mean_predictor", "test_in_unit")


@pytest.fixture(scope="module")
def whole(go, tmp_path_factory):
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return folder, go(folder)


def test_files_of_a_run(whole):
    folder, metrics = whole
    assert {path.name for path in folder.iterdir()} == {
        "best.safetensors",
        "curves.png",
        "excluded.csv",
        "log.csv",
        "metrics.json",
        "predictions.parquet",
        "settings.json",
    }
    saved, told = read_run(folder)
    assert saved["settings"] == settings().to_dict()
    assert told.items() >= metrics.items()
    assert metrics["counts"] == N
    assert (folder / "curves.png").stat().st_size > 10_000


def test_a_run_whose_order_of_sums_is_fixed(whole, go, tmp_path, monkeypatch):
    """On a CPU it always is, so nothing changes but what is asked of torch."""
    seen = []

    def step(self, places):
        seen.append(torch.are_deterministic_algorithms_enabled())
        usual(self, places)

    usual = loops.Loop._step
    monkeypatch.setattr(loops.Loop, "_step", step)
    metrics = go(tmp_path / "run", training__deterministic=True)
    assert {name: metrics[name] for name in EXACT} == {name: whole[1][name] for name in EXACT}
    assert all(seen)
    assert not torch.are_deterministic_algorithms_enabled()
    saved = [read_run(folder)[0]["settings"]["training"] for folder in (tmp_path / "run", whole[0])]
    assert [one.get("deterministic") for one in saved] == [True, None]


def test_metrics_are_those_of_the_predictions(whole):
    folder, metrics = whole
    table = pq.read_table(folder / "predictions.parquet").to_pandas()
    test = table[table.split == "test"]
    targets = corpus().targets("bulk_modulus")["test"]
    known = dict(zip(targets["id"].to_pylist(), targets["target"].to_pylist(), strict=True))
    assert test.id.tolist() == splits()["test"]
    assert test.target.tolist() == [known[one] for one in test.id]
    error = np.log10(test.prediction) - np.log10(test.target)
    assert metrics["test"]["mae"] == pytest.approx(error.abs().mean(), rel=1e-9)
    in_unit = (test.prediction - test.target).abs().mean()
    assert metrics["test_in_unit"]["mae"] == pytest.approx(in_unit, rel=1e-9)
    train_mean = np.mean(np.log10([known_of("train")[one] for one in splits()["train"]]))
    baseline = np.abs(np.log10(test.target) - train_mean).mean()
    assert metrics["mean_predictor"]["mae"] == pytest.approx(baseline, rel=1e-9)


def known_of(split):
    table = corpus().targets("bulk_modulus")[split]
    return dict(zip(table["id"].to_pylist(), table["target"].to_pylist(), strict=True))


def test_the_epoch_is_chosen_on_validation(whole):
    folder, metrics = whole
    rows = read_log(folder)
    assert len(rows) == metrics["epochs"] == 4
    errors = [row["validation_mae"] for row in rows]
    assert metrics["best_epoch"] == 1 + int(np.argmin(errors))
    assert metrics["validation"]["mae"] == pytest.approx(min(errors), rel=1e-6)


def test_a_finished_run_is_returned_as_it_is(whole, go):
    folder, metrics = whole
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = go(folder)
    assert again.items() >= json.loads(json.dumps(metrics)).items()
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["settings.json", "metrics.json"])
def test_a_damaged_file_of_a_finished_run_is_named(whole, go, tmp_path, name):
    folder = shutil.copytree(whole[0], tmp_path / "run")
    (folder / name).write_text('{"cut')
    with pytest.raises(OtherRunError, match=r"metrics\.json of .* is damaged"):
        go(folder)
    with pytest.raises(BadRunError, match=r"metrics\.json of .* is damaged"):
        read_run(folder)


def test_another_seed_gives_other_numbers(whole, go, tmp_path):
    assert go(tmp_path / "run", seed=1)["test"]["mae"] != whole[1]["test"]["mae"]


def test_a_split_of_other_names_is_refused(stores, tmp_path):
    parts = splits()
    for given in ({"train": parts["train"], "val": [], "test": parts["test"]}, {}):
        with pytest.raises(BadTargetsError, match="give train, validation and test"):
            train(settings(), tmp_path / "run", corpus=corpus(), splits=given, **stores)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("stop", [(0, 1), (1, 0), (2, 2)])
def test_a_stopped_run_goes_on_with_the_same_numbers(whole, go, tmp_path, monkeypatch, stop):
    folder, metrics = whole
    monkeypatch.setattr(loops, "interruptible", stopping_at(*stop))
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "run")
    assert (tmp_path / "run" / "state.safetensors").is_file()
    with pytest.raises(NoRunError, match="has not ended"):
        read_run(tmp_path / "run")
    monkeypatch.undo()
    resumed = go(tmp_path / "run")
    assert {name: resumed[name] for name in EXACT} == {name: metrics[name] for name in EXACT}
    for name in ("best.safetensors", "predictions.parquet"):
        same = (tmp_path / "run" / name).read_bytes() == (folder / name).read_bytes()
        assert same, name
    timed = {"seconds", "crystals_per_second"}
    ours, theirs = read_log(tmp_path / "run"), read_log(folder)
    assert [{k: v for k, v in row.items() if k not in timed} for row in ours] == [
        {k: v for k, v in row.items() if k not in timed} for row in theirs
    ]


def stopping_at(epoch, step):
    """Stands for a Ctrl-C after so many steps."""
    from contextlib import contextmanager

    seen = {"asked": 0}

    @contextmanager
    def interruptible():
        def asked():
            seen["asked"] += 1
            return seen["asked"] > epoch * 3 + step  # 3 batches of 8 an epoch

        yield asked

    return interruptible


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.model.training.runs import *
from crystext.model.graphs.store import GraphStore
from crystext.model.training.run import train
graphs = GraphStore.open({graphs!r})
chosen = settings(training__epochs=40)
train(chosen, {out!r}, corpus=corpus(), splits=splits(), graphs=graphs, texts=Vectors(ids()))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_killed_process_leaves_a_run_that_goes_on(stores, tmp_path, number, pytestconfig):
    out = tmp_path / "run"
    code = CHILD.format(
        root=str(pytestconfig.rootpath), graphs=str(stores["graphs"].path), out=str(out)
    )
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    for _ in range(600):
        if (out / "log.csv").is_file() and len(read_log(out)) > 2:
            break
        assert child.poll() is None
        time.sleep(0.1)
    os.kill(child.pid, number)
    assert child.wait(30) != 0
    assert number == signal.SIGKILL or (out / STATE).is_file()
    stopped = len(read_log(out))
    assert stopped < 40
    longer = settings(training__epochs=40)
    arguments = {"corpus": corpus(), "splits": splits(), **stores}
    resumed = train(longer, out, **arguments)
    straight = train(longer, tmp_path / "straight", **arguments)
    assert {name: resumed[name] for name in EXACT} == {name: straight[name] for name in EXACT}


def test_other_settings_are_refused_by_name(whole, go):
    with pytest.raises(OtherRunError, match=r"settings\.seed, settings\.training\.epochs"):
        go(whole[0], seed=3, training__epochs=5)


def test_a_finished_run_is_made_longer_from_its_weights(whole, go, stores, tmp_path):
    folder, metrics = whole
    with pytest.raises(OtherRunError, match=f"--init-from {folder} to go on from its weights"):
        go(folder, training__epochs=5)
    with pytest.raises(OtherRunError, match=r"choose a new folder$"):
        go(folder, training__epochs=5, seed=3)
    longer = replace(settings(training__epochs=5), init_from=str(folder))
    given = train(longer, tmp_path / "longer", corpus=corpus(), splits=splits(), **stores)
    assert read_log(tmp_path / "longer")[0]["train_mae"] < read_log(folder)[0]["train_mae"]
    assert given["epochs"] == 5
    assert metrics["epochs"] == 4


def test_another_folder_is_refused(go, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OtherRunError, match="holds other files"):
        go(tmp_path)


def test_early_stop(go, tmp_path):
    metrics = go(tmp_path / "run", training__patience=2, training__epochs=60)
    assert metrics["epochs"] < 60
    assert metrics["epochs"] - metrics["best_epoch"] == 2


@pytest.mark.parametrize("extra", [0, 1])
def test_steps_stand_in_place_of_epochs(whole, go, tmp_path, extra):
    """As many whole epochs as hold them, and the schedule is as long as those."""
    steps = whole[1]["steps"] // whole[1]["epochs"]
    asked = 3 * steps - extra
    metrics = go(tmp_path / "run", training__steps=asked, training__epochs=60)
    assert (metrics["epochs"], metrics["steps"]) == (3, 3 * steps)
    same = go(tmp_path / "same", training__epochs=3)
    assert metrics["test"] == same["test"]


def test_watched_test_errors_are_labelled_and_decide_nothing(whole, go, tmp_path):
    metrics = go(tmp_path / "run", training__watch_test=True)
    assert {name: metrics[name] for name in EXACT} == {name: whole[1][name] for name in EXACT}
    rows = read_log(tmp_path / "run")
    watched = [row["test_mae_watched"] for row in rows]
    assert metrics["watched_test"]["mae"] == pytest.approx(min(watched))
    assert "not a test error of a chosen model" in metrics["watched_test"]["note"]
    table = pq.read_table(tmp_path / "run" / "predictions.parquet").to_pandas()
    kept = table[table["split"] == "watched_test"]
    assert kept["id"].tolist() == table[table["split"] == "test"]["id"].tolist()
    error = (np.log10(kept["prediction"]) - np.log10(kept["target"])).abs().mean()
    assert error == pytest.approx(metrics["watched_test"]["mae"], rel=1e-6)
    assert not (tmp_path / "run" / "watched.npy").exists()
    assert "test_mae_watched" not in read_log(whole[0])[0]


def test_crystals_that_break_the_numbers_are_named(stores, tmp_path):
    texts = Vectors(ids())
    guilty = splits()["train"][5]
    texts.vectors[texts.ids.index(guilty)] = np.inf
    with pytest.raises(NotFiniteTrainingError, match=guilty) as error:
        train(
            settings(),
            tmp_path / "run",
            corpus=corpus(),
            splits=splits(),
            graphs=stores["graphs"],
            texts=texts,
        )
    innocent = [one for one in splits()["train"] if one != guilty]
    named = str(error.value).partition("not finite for")[2].partition(";")[0]
    assert not set(innocent) & set(named.replace(",", " ").split())


def test_crystals_without_text_or_graph_are_listed(stores, tmp_path):
    texts = Vectors(ids()[2:])
    metrics = train(
        settings(),
        tmp_path / "run",
        corpus=corpus(),
        splits=splits(),
        graphs=stores["graphs"],
        texts=texts,
    )
    with (tmp_path / "run" / "excluded.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["split"], row["code"]) for row in rows] == [
        (one, "train", "no-text") for one in ids()[:2]
    ]
    assert metrics["excluded"] == 2
    assert sum(metrics["counts"].values()) + 2 == sum(N.values())


@pytest.mark.parametrize("model", ["alignn", "crystextnet", "cgcnn", "crysmmnet-cgcnn"])
def test_every_kind_of_model_learns(go, tmp_path, model):
    metrics = go(tmp_path / "run", model=model, training__epochs=30)
    assert metrics["model"] == model
    first, last = (read_log(tmp_path / "run")[row]["train_mae"] for row in (0, -1))
    assert last < 0.6 * first


@pytest.mark.parametrize(
    ("first", "second"),
    [("train", "test"), ("train", "validation"), ("validation", "test"), ("test", "test")],
)
def test_a_crystal_that_stands_twice_in_the_splits_is_refused(stores, tmp_path, first, second):
    one = splits()[first][0]
    twice = {**splits(), second: [*splits()[second], one]}
    with pytest.raises(BadTargetsError, match=f"{one} stands .*{second}; name it once"):
        train(settings(), tmp_path / "run", corpus=corpus(), splits=twice, **stores)


def test_metrics_that_are_no_finite_numbers_are_null(stores, tmp_path):
    """All true values of the test set are equal, so R2 is not defined."""
    one = {**splits(), "test": splits()["test"][:1]}
    metrics = train(settings(), tmp_path / "run", corpus=corpus(), splits=one, **stores)
    assert metrics["test"]["r2"] is None

    def refuse(name):
        raise AssertionError(name)

    saved = (tmp_path / "run" / "metrics.json").read_text("utf-8")
    assert json.loads(saved, parse_constant=refuse)["test"]["r2"] is None
    assert undefined(metrics) == ["test.r2", "mean_predictor.r2", "test_in_unit.r2"]
    assert "test.r2, mean_predictor.r2, test_in_unit.r2: no finite number" in "\n".join(
        summary(metrics)
    )


def test_unknown_options_are_named(go, tmp_path):
    with pytest.raises(UsageError, match="heads"):
        go(tmp_path / "run", network__heads=3)
    assert not (tmp_path / "run").exists()  # which the corrected command may take


def test_weights_of_another_network_are_refused(whole):
    from crystext.errors import BadCheckpointError
    from crystext.model.networks.build import build_network

    wider = replace(settings(), network={"hidden": 24})
    with pytest.raises(BadCheckpointError, match="another network"):
        load_weights(whole[0] / "best.safetensors", build_network(wider, 12))


def test_a_cut_checkpoint_is_named(whole, tmp_path):
    from crystext.errors import BadCheckpointError
    from crystext.model.networks.build import build_network

    cut = tmp_path / "best.safetensors"
    shutil.copy(whole[0] / "best.safetensors", cut)
    cut.write_bytes(cut.read_bytes()[:1000])
    with pytest.raises(BadCheckpointError, match="no checkpoint"):
        load_weights(cut, build_network(settings(), 12))
