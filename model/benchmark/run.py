"""Running trials: each once, in this process or several, whatever was interrupted before."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from joblib import cpu_count
from tqdm import tqdm

from crystext.errors import (
    CrystextError,
    ModelError,
    OtherRunError,
    WorkerDiedError,
    first_line,
)
from crystext.model.benchmark.baselines import run_baseline
from crystext.model.benchmark.inputs import TrialInputs, open_corpus
from crystext.model.benchmark.layout import FAILURE, RUNS, is_done, is_finished, write_failure
from crystext.model.benchmark.one_gpu import on_one_gpu, run_side_by_side
from crystext.model.memory import ran_out
from crystext.model.training.folder import SETTINGS
from crystext.pipelines.file_lock import try_file_lock
from crystext.pipelines.progress import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crystext.corpus.reader import Corpus
    from crystext.model.benchmark.trial import Trial

_POLL, _WAIT = 0.5, 2.0  # s
_MOST_WORKERS = 8


def check_corpus(trials: Sequence[Trial], corpus: Corpus, out: Path) -> None:
    """Refuses a folder with runs of the corpus as it was before it was built anew.

    Raises:
        OtherRunError: a finished run read other rows.
    """
    now = corpus.manifest["content_digest"]
    for trial in trials:
        if is_finished(trial, out):
            told = (out / RUNS / trial.name / SETTINGS).read_text(encoding="utf-8")
            before = json.loads(told)["data"]["corpus_digest"]
            if before != now:
                raise OtherRunError(
                    f"{out} holds runs on another {corpus.manifest['name']} (digest {before[:16]}, "
                    f"now {now[:16]}); choose another --out"
                )


def forget_failures(trials: Sequence[Trial], out: Path) -> None:
    """Lets trials that failed be tried again, once: the workers that follow leave a failure be.

    A trial goes on from where it was, as after an interruption; from the start where its folder was
    what it failed on, for example with a run on the corpus as it was before.
    """
    for trial in trials:
        folder = out / RUNS / trial.name
        if is_finished(trial, out) or not (folder / FAILURE).is_file():
            continue
        with try_file_lock(folder.with_suffix(".lock")) as mine:
            if not mine or is_finished(trial, out):
                continue  # another command tries it now
            told = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
            if told["code"] == OtherRunError.code:
                shutil.rmtree(folder)
            else:
                (folder / FAILURE).unlink(missing_ok=True)


def run_trials(
    trials: Sequence[Trial], out: Path, *, tick: Callable[[], None], whole: bool = True
) -> None:
    """Runs the trials that nobody has run or is running.

    Several processes, on several machines if they share the folder, may call this at once: a lock
    by the operating system keeps each trial to one of them, and is gone when that process is.

    With ``whole`` this process may take all that one GPU runs side by side; otherwise it takes a
    property at a time, and leaves the rest to its like. ``tick`` is called after each trial.
    """
    left = [trial for trial in trials if not is_done(trial, out)]
    if not left:
        return
    inputs = TrialInputs(open_corpus(trials[0].corpus), trials)
    by_property = (list(part) for _, part in groupby(left, attrgetter("property_name")))
    for part in [left] if whole else by_property:
        if shared := [trial for trial in part if on_one_gpu(trial)]:
            gpu = torch.device("cuda")
            run_side_by_side(shared, out, inputs, device=gpu, tick=tick)
    for trial in left:
        folder = out / RUNS / trial.name
        folder.parent.mkdir(parents=True, exist_ok=True)
        with try_file_lock(folder.with_suffix(".lock")) as mine:
            if mine and not is_done(trial, out):
                _run(trial, folder, inputs)
        tick()


def _run(trial: Trial, folder: Path, inputs: TrialInputs) -> None:
    """One trial; an error that we name is written down, and the others go on."""
    _forget_peak_memory()
    try:
        if trial.settings is None:
            run_baseline(trial, folder, inputs)
            return
        from crystext.model.training.run import train

        train(
            trial.settings,
            folder,
            corpus=inputs.corpus,
            splits=inputs.split(trial),
            progress=False,
            **inputs.read_by(trial),
        )
    except CrystextError as error:
        write_failure(folder, error)
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        torch.cuda.empty_cache()
        size = "" if trial.settings is None else f" than {trial.settings.training.batch_size}"
        remedy = f"make training.batch_size less{size}"
        write_failure(folder, ModelError(f"memory runs out ({first_line(error)}); {remedy}"))


def _forget_peak_memory() -> None:
    """So that a trial's peak is its own; on Linux by proc(5), elsewhere a process keeps one."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with contextlib.suppress(OSError):
        if sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def run_all(trials: Sequence[Trial], out: Path, *, workers: int, command: Sequence[str]) -> None:
    """Runs all trials, with progress and time left where standard error is a terminal.

    Those that failed in an earlier call are tried again.

    A single worker is this process itself; several are started with the command.

    Raises:
        WorkerDiedError: a process ended before its work; the same command goes on.
        KeyboardInterrupt: after every process has saved its state.
    """
    forget_failures(trials, out)
    done = sum(is_done(trial, out) for trial in trials)
    with tqdm(total=len(trials), initial=done, unit="run", disable=None) as bar:
        heartbeat = Heartbeat(shown=True)

        def tick() -> None:
            bar.n = sum(is_done(trial, out) for trial in trials)
            bar.refresh()
            heartbeat.say(f"{bar.n} of {len(trials)} runs have ended")

        if workers == 1 or done == len(trials):
            run_trials(trials, out, tick=tick)
            while not all(is_done(trial, out) for trial in trials):
                time.sleep(_WAIT)  # another command runs the last ones, or will have ended
                run_trials(trials, out, tick=tick)
            return
        with _workers(command, workers) as processes:
            while any(one.poll() is None for one in processes):
                time.sleep(_POLL)
                tick()
    if not all(is_done(trial, out) for trial in trials):
        codes = ", ".join(str(one.returncode) for one in processes)
        raise WorkerDiedError(f"a worker ended early (exit {codes}); the same command goes on")


@contextlib.contextmanager
def _workers(command: Sequence[str], number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that share the cores, and the GPUs in turn; stopped with this one."""
    threads = max(1, cpu_count() // number)
    gpus = _gpus()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for worker in range(number):
            environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
            if gpus:
                environment["CUDA_VISIBLE_DEVICES"] = gpus[worker % len(gpus)]
            processes.append(
                subprocess.Popen(  # noqa: S603 - this package itself
                    [*command], env=environment, stdout=subprocess.DEVNULL
                )
            )
        yield processes
    except BaseException:
        for one in processes:
            one.terminate()  # asks it to save its state and end
        raise
    finally:
        for one in processes:
            one.wait()


def default_workers() -> int:
    """One process a GPU, or without GPUs one a core that this process may use, at most 8."""
    return len(_gpus()) or min(cpu_count(), _MOST_WORKERS)


def _gpus() -> list[str]:
    """Names for ``CUDA_VISIBLE_DEVICES`` of the GPUs that this process may use."""
    count = torch.cuda.device_count()  # none where -1 hides them all
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    return (named.split(",") if named else [str(number) for number in range(count)])[:count]
