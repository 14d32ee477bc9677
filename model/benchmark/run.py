"""Running cells: each once, in this process or several, whatever was interrupted before."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from tqdm import tqdm

from crystext.errors import (
    CrystextError,
    ModelError,
    OtherRunError,
    WorkerDiedError,
    first_line,
)
from crystext.files import write_json
from crystext.model.benchmark.baselines import run_baseline
from crystext.model.benchmark.inputs import Materials, open_corpus
from crystext.model.benchmark.layout import FAILURE, RUNS
from crystext.model.benchmark.suite import BASELINES
from crystext.model.training.folder import METRICS, SETTINGS
from crystext.pipelines.file_lock import try_file_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crystext.corpus.reader import Corpus
    from crystext.model.benchmark.trial import Cell

_POLL, _WAIT = 0.5, 2.0  # s
_MOST_WORKERS = 8


def is_finished(cell: Cell, out: Path) -> bool:
    """Whether a cell has its metrics."""
    return (out / RUNS / cell.name / METRICS).is_file()


def is_done(cell: Cell, out: Path) -> bool:
    """Whether a cell has its metrics, or the reason why it has none."""
    return is_finished(cell, out) or (out / RUNS / cell.name / FAILURE).is_file()


def check_corpus(cells: Sequence[Cell], corpus: Corpus, out: Path) -> None:
    """Refuses a folder with runs of the corpus as it was before it was built anew.

    Args:
        cells: of the benchmark.
        corpus: of the cells, as it is now.
        out: folder of the benchmark.

    Raises:
        OtherRunError: a finished run read other rows.
    """
    now = corpus.manifest["content_digest"]
    for cell in cells:
        if is_finished(cell, out):
            told = (out / RUNS / cell.name / SETTINGS).read_text(encoding="utf-8")
            before = json.loads(told)["data"]["corpus_digest"]
            if before != now:
                raise OtherRunError(
                    f"{out} holds runs on another {corpus.manifest['name']} (digest {before[:16]}, "
                    f"now {now[:16]}); choose another --out"
                )


def forget_failures(cells: Sequence[Cell], out: Path) -> None:
    """Lets cells that failed be tried again, once: the workers that follow leave a failure be.

    A cell goes on from where it was, as after an interruption; from the start where its folder was
    what it failed on, for example with a run on the corpus as it was before.
    """
    for cell in cells:
        folder = out / RUNS / cell.name
        if is_finished(cell, out) or not (folder / FAILURE).is_file():
            continue
        with try_file_lock(folder.with_suffix(".lock")) as mine:
            if not mine or is_finished(cell, out):
                continue  # another command tries it now
            told = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
            if told["code"] == OtherRunError.code:
                shutil.rmtree(folder)
            else:
                (folder / FAILURE).unlink(missing_ok=True)


def run_cells(cells: Sequence[Cell], out: Path, *, tick: Callable[[], None]) -> None:
    """Runs the cells that nobody has run or is running.

    Several processes, on several machines if they share the folder, may call this at once: a lock
    by the operating system keeps each cell to one of them, and is gone when that process is.

    Args:
        cells: of one corpus.
        out: folder of the benchmark.
        tick: called after each cell.
    """
    left = [cell for cell in cells if not is_done(cell, out)]
    if not left:
        return
    materials = Materials.of(open_corpus(cells[0].corpus), cells)
    for cell in left:
        folder = out / RUNS / cell.name
        folder.parent.mkdir(parents=True, exist_ok=True)
        with try_file_lock(folder.with_suffix(".lock")) as mine:
            if mine and not is_done(cell, out):
                _run(cell, folder, materials)
        tick()


def _run(cell: Cell, folder: Path, materials: Materials) -> None:
    """One cell; an error that we name is written down, and the others go on."""
    _forget_peak_memory()
    try:
        splits = materials.split(cell).ids
        if cell.row.model in BASELINES:
            descriptors = materials.descriptors() if cell.row.model == "cfid" else None
            run_baseline(cell, folder, materials.corpus, splits, descriptors)
            return
        from crystext.model.training.run import train

        settings = cell.settings
        assert settings is not None
        train(
            settings,
            folder,
            corpus=materials.corpus,
            graphs=None if settings.graph_network is None else materials.graphs(),
            texts=materials.texts(cell) if settings.uses_text else None,
            splits=splits,
            progress=False,
        )
    except CrystextError as error:
        _write_failure(folder, error)
    except (torch.OutOfMemoryError, MemoryError) as error:
        torch.cuda.empty_cache()
        size = "" if cell.settings is None else f" than {cell.settings.training.batch_size}"
        remedy = f"make training.batch_size less{size}"
        _write_failure(folder, ModelError(f"memory runs out ({first_line(error)}); {remedy}"))


def _write_failure(folder: Path, error: CrystextError) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / FAILURE, error.to_dict())


def _forget_peak_memory() -> None:
    """So that a cell's peak is its own; on Linux by proc(5), elsewhere a process keeps its peak."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with contextlib.suppress(OSError):
        if sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def run_all(cells: Sequence[Cell], out: Path, *, workers: int, command: Sequence[str]) -> None:
    """Runs all cells, with progress and time left where standard error is a terminal.

    Those that failed in an earlier call are tried again.

    Args:
        cells: of one corpus.
        out: folder of the benchmark.
        workers: processes; one is this process itself.
        command: what a worker is started with, beside ``--worker N``.

    Raises:
        WorkerDiedError: a process ended before its work; the same command goes on.
        KeyboardInterrupt: after every process has saved its state.
    """
    forget_failures(cells, out)
    done = sum(is_done(cell, out) for cell in cells)
    with tqdm(total=len(cells), initial=done, unit="run", disable=None) as bar:

        def tick() -> None:
            bar.n = sum(is_done(cell, out) for cell in cells)
            bar.refresh()

        if workers == 1 or done == len(cells):
            run_cells(cells, out, tick=tick)
            while not all(is_done(cell, out) for cell in cells):
                time.sleep(_WAIT)  # another command runs the last ones, or will have ended
                run_cells(cells, out, tick=tick)
            return
        with _workers(command, workers) as processes:
            while any(one.poll() is None for one in processes):
                time.sleep(_POLL)
                tick()
    if not all(is_done(cell, out) for cell in cells):
        codes = ", ".join(str(one.returncode) for one in processes)
        raise WorkerDiedError(f"a worker ended early (exit {codes}); the same command goes on")


@contextlib.contextmanager
def _workers(command: Sequence[str], number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that share the cores, and the GPUs in turn; stopped with this one."""
    threads = max(1, (os.cpu_count() or 1) // number)
    gpus = _gpus()
    processes = []
    for worker in range(number):
        environment: dict[str, Any] = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[worker % len(gpus)]
        processes.append(
            subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-m", "crystext", *command, "--worker", str(worker)],
                env=environment,
                stdout=subprocess.DEVNULL,
            )
        )
    try:
        yield processes
    except BaseException:
        for one in processes:
            one.terminate()
        raise
    finally:
        for one in processes:
            one.wait()


def default_workers() -> int:
    """One process a GPU, or without GPUs one a core, at most 8."""
    return len(_gpus()) or min(os.cpu_count() or 1, _MOST_WORKERS)


def _gpus() -> list[str]:
    """Names for ``CUDA_VISIBLE_DEVICES`` of the GPUs that this process may use."""
    if named := os.environ.get("CUDA_VISIBLE_DEVICES"):
        return named.split(",")
    return [str(number) for number in range(torch.cuda.device_count())]
