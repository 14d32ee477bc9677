"""The state of a run: when it is written, what it holds, and that of earlier releases."""

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from crystext.errors import CannotWriteError, NotFiniteTrainingError, OtherRunError  # noqa: E402
from crystext.model.settings import TrainingSettings  # noqa: E402
from crystext.model.training import loop as loops  # noqa: E402
from crystext.model.training import run as runs_module  # noqa: E402
from crystext.model.training.logs import read_log  # noqa: E402
from crystext.model.training.machine import make_accelerator  # noqa: E402
from tests.model.training.runs import (  # noqa: E402
    settings,
)
from tests.model.training.test_run import EXACT, stopping_at  # noqa: E402


def exact(metrics):
    return {name: metrics[name] for name in EXACT}


def plain_of(path):
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["plain"])


def stopped(go, folder, monkeypatch, **options):
    """A run that was interrupted in its third epoch."""
    with monkeypatch.context() as patch:
        patch.setattr(loops, "interruptible", stopping_at(2, 1))
        with pytest.raises(KeyboardInterrupt):
            go(folder, **options)
    return folder / "state.safetensors"


@pytest.mark.parametrize(("most", "named"), [(0, "settings.json"), (30_000, "state.safetensors")])
def test_a_run_that_cannot_be_written_says_which_file(go, tmp_path, most, named):
    """On a full disk; a limit on the size of files stands in for it.

    The first has a system error without a name, the second safetensors' own error.
    """
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(CannotWriteError) as told:
            go(tmp_path / "run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    start = rf"\S*/run/?({named})? cannot be written \(File too large\); make room"
    assert re.match(start, told.value.message), told.value.message
    assert go(tmp_path / "run")["epochs"] == 4  # the same command goes on


def test_half_a_line_of_the_log_is_dropped(go, tmp_path, monkeypatch):
    """As a full disk leaves it, behind the epochs that the state holds."""
    stopped(go, tmp_path / "run", monkeypatch)
    log = tmp_path / "run" / "log.csv"
    before = log.read_text()
    log.write_text(before + "3,0.00")
    go(tmp_path / "run")
    assert log.read_text().startswith(before)
    assert len(read_log(tmp_path / "run")) == 4


@pytest.mark.parametrize(("every", "written"), [(30.0, 1), (0.0, 5)])
def test_states_are_written_by_time_and_at_the_end(go, tmp_path, monkeypatch, every, written):
    """Of a run of 4 epochs and less than 30 s."""
    epochs = []

    def noted(path, moving, kept, randoms, progress):
        epochs.append(progress["epoch"])
        usual(path, moving, kept, randoms, progress)

    usual = loops.save_state
    monkeypatch.setattr(loops, "save_state", noted)
    monkeypatch.setattr(loops, "_EVERY", every)
    go(tmp_path / "run")
    assert len(epochs) == written
    assert epochs[-1] == 4


CHILD = """
import os, signal, sys
sys.path.insert(0, {root!r})
from tests.model.training.runs import *
from crystext.model.graphs.store import GraphStore
from crystext.model.training import loop, run

class Killed(loop.Loop):
    stands = 0, 0  # the epoch of the last state and its best one

    def _save(self):
        super()._save()
        self.stands = self.progress.epoch, self.progress.best_epoch
        loop._EVERY = 1e9

    def _interrupted(self):
        now, (epoch, best) = self.progress, self.stands
        started = epoch or not {state}
        if started and now.step == 0 and now.epoch > epoch + 2 and now.best_epoch > best:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._interrupted()

loop._EVERY = 0 if {state} else 1e9
run.Loop = Killed
graphs = GraphStore.open({graphs!r})
chosen = settings(training__epochs=20)
run.train(chosen, {out!r}, corpus=corpus(), splits=splits(), graphs=graphs, texts=Vectors(ids()))
"""


@pytest.mark.slow
@pytest.mark.parametrize("state", [True, False], ids=["after a state", "before any"])
def test_a_run_killed_between_two_states_ends_as_one_that_was_not(
    go, stores, tmp_path, state, pytestconfig
):
    """Better weights that came after the state are found again."""
    out = tmp_path / "run"
    places = {"root": str(pytestconfig.rootpath), "graphs": str(stores["graphs"].path)}
    code = CHILD.format(out=str(out), state=state, **places)
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert (out / "state.safetensors").is_file() == state
    if state:
        lowest = 1 + int(np.argmin([row["validation_mae"] for row in read_log(out)]))
        assert lowest > plain_of(out / "state.safetensors")["progress"]["best_epoch"]
    resumed, straight = (go(folder, training__epochs=20) for folder in (out, tmp_path / "straight"))
    assert exact(resumed) == exact(straight)
    best = [folder / "best.safetensors" for folder in (out, tmp_path / "straight")]
    assert best[0].read_bytes() == best[1].read_bytes()


def test_weights_of_the_best_epoch_remain_of_a_run_that_diverges(go, tmp_path, monkeypatch):
    usual, seen = loops.finite_norm, []

    def third_epoch_is_nan(loss, norm, *, scaled):
        seen.append(loss)
        return None if len(seen) > 6 else usual(loss, norm, scaled=scaled)

    monkeypatch.setattr(loops, "finite_norm", third_epoch_is_nan)
    with pytest.raises(NotFiniteTrainingError):
        go(tmp_path / "run")
    assert plain_of(tmp_path / "run" / "best.safetensors")["about"]["epoch"] in {1, 2}


def test_a_run_goes_on_from_the_state_of_an_earlier_release(go, tmp_path, monkeypatch):
    """Which held no best weights, scaler, or number of processes; files beside it held the rest."""
    watched = {"training__watch_test": True}
    state = stopped(go, tmp_path / "run", monkeypatch, **watched)
    tensors, plain = load_file(state), plain_of(state)
    assert any(name.startswith("best.") for name in tensors)
    np.save(state.with_name("watched.npy"), tensors.pop("watched").numpy())
    tensors["random.cpu"] = tensors.pop("random.0.cpu")
    tensors = {name: one for name, one in tensors.items() if not name.startswith("best.")}
    for name in ("scaler", "processes"):
        del plain[name]
    save_file(tensors, state, metadata={"plain": json.dumps(plain)})
    resumed, straight = go(tmp_path / "run", **watched), go(tmp_path / "straight", **watched)
    assert exact(resumed) == exact(straight)
    assert resumed["watched_test"] == straight["watched_test"]
    assert not state.with_name("watched.npy").exists()


def test_a_run_of_other_processes_is_refused(go, tmp_path, monkeypatch):
    state = stopped(go, tmp_path / "run", monkeypatch)
    plain = plain_of(state)
    assert plain["processes"] == 1
    plain["processes"] = 2
    save_file(load_file(state), state, metadata={"plain": json.dumps(plain)})
    with pytest.raises(OtherRunError, match=r"begun with 2 processes, not 1; give as many"):
        go(tmp_path / "run")


def test_the_scaler_of_fp16_goes_on_where_it_stood(go, tmp_path, monkeypatch):
    """On a CPU, where fp16 is not to be had, with the scaler alone; powers of 2 change no digit."""
    scalers = []

    def scaled(training):
        made = make_accelerator(training)
        made.scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=5)
        scalers.append(made.scaler)
        return made

    monkeypatch.setattr(runs_module, "make_accelerator", scaled)
    state = stopped(go, tmp_path / "run", monkeypatch)
    before = plain_of(state)["scaler"]
    assert (before["scale"], before["_growth_tracker"]) == (8.0, 3)  # 8 steps
    resumed, straight = go(tmp_path / "run"), go(tmp_path / "straight")
    assert exact(resumed) == exact(straight)
    _, after, whole = (one.state_dict() for one in scalers)
    assert after == whole
    assert after["scale"] == 16.0  # 12 steps: two times 5, and 2


def test_the_log_holds_the_rate_of_each_epochs_last_step(go, tmp_path):
    go(tmp_path / "run")
    weight, steps = torch.nn.Parameter(torch.zeros(1)), 4 * 3
    highest = TrainingSettings(**settings().to_dict()["training"]).learning_rate
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        torch.optim.AdamW([weight]), max_lr=highest, total_steps=steps
    )
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        schedule.optimizer.step()
        schedule.step()
    logged = [row["learning_rate"] for row in read_log(tmp_path / "run")]
    assert logged == pytest.approx(rates[2::3], rel=1e-9)
    assert logged[-1] == pytest.approx(highest / 25 / 1e4)
