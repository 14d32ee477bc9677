"""Running: each trial once, shared by processes, the same numbers after a kill, failures kept."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from crystext.corpus.reader import Corpus
from crystext.errors import NotFiniteTrainingError, OtherRunError, WorkerDiedError
from crystext.model.benchmark import run as runner
from crystext.model.benchmark.layout import RESULTS, RUNS, is_done
from crystext.model.benchmark.plan import save_plan
from crystext.model.benchmark.results import SCHEMA, collect, read_results
from crystext.model.benchmark.results import tested as what_was_tested
from crystext.model.benchmark.run import check_corpus, default_workers, run_all, run_trials
from crystext.model.benchmark.worker import command
from crystext.model.training import run as training
from crystext.model.training.logs import read_log
from crystext.model.training.machine import peak_memory
from crystext.pipelines.file_lock import try_file_lock
from tests.corpus import small_corpus
from tests.model.benchmark import small

ROWS = ("mean", "cgcnn", "crysmmnet-cgcnn", "crysmmnet-cgcnn:shuffled")


def numbers(trials, out):
    table = collect(trials, out, "quick")
    return dict(zip(table["run"].to_pylist(), table["mae"].to_pylist(), strict=True))


@pytest.fixture(scope="module")
def trials(corpus):
    return small.trials(*ROWS, seeds=2, plan=small.OFFICIAL)


@pytest.fixture(scope="module")
def finished(trials, tmp_path_factory, cache):
    out = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRYSTEXT_CACHE", str(cache))
        ticks = []
        run_trials(trials, out, tick=lambda: ticks.append(1))
    assert len(ticks) == len(trials)
    return out


def test_each_cell_is_a_run_of_its_own(trials, finished):
    assert {one.name for one in (finished / RUNS).iterdir() if one.is_dir()} == {
        trial.name for trial in trials
    }
    assert len(trials) == 7
    assert all(is_done(trial, finished) for trial in trials)


def test_a_second_call_runs_nothing(trials, finished, monkeypatch):
    monkeypatch.setattr(runner, "_run", lambda *_: pytest.fail("ran again"))
    run_trials(trials, finished, tick=lambda: None)
    run_all(trials, finished, workers=1, command=[])


def test_the_long_table_has_a_row_a_cell(trials, finished):
    table = collect(trials, finished, "quick")
    assert table.schema.equals(SCHEMA, check_metadata=True)
    assert table.num_rows == len(trials)
    rows = table.to_pylist()
    assert [row["run"] for row in rows] == [trial.name for trial in trials]
    assert {row["failure"] for row in rows} == {None}
    assert {(row["n_train"], row["n_validation"], row["n_test"]) for row in rows} == {(20, 6, 6)}
    assert {row["error_unit"] for row in rows} == {"log10(GPa)"}
    assert all(row["mae"] < row["mae_in_unit"] for row in rows)
    assert len({row["split_digest"] for row in rows}) == 1
    assert json.loads(rows[0]["overrides"])["network.hidden"] == 8
    assert pq.read_table(finished / RESULTS).equals(table)


def test_the_published_protocol_shows_the_lowest_test_error(corpus, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(cache))
    trials = small.trials("mean", "cgcnn", plan=small.OFFICIAL, training__epochs=3)
    trials = [replace(trial, protocol="published") for trial in trials]
    run_trials(trials, tmp_path, tick=lambda: None)
    mean, cgcnn = collect(trials, tmp_path, "quick").to_pylist()
    watched = [row["test_mae_watched"] for row in read_log(tmp_path / RUNS / cgcnn["run"])]
    assert len(watched) == 3
    assert cgcnn["mae"] == pytest.approx(min(watched))
    for row in (mean, cgcnn):  # gains and plots are of these predictions
        assert what_was_tested(tmp_path, [row], "test").errors.mean() == pytest.approx(
            row["mae"], rel=1e-6
        )


def test_a_crystal_is_tested_in_its_fold(corpus, tmp_path):
    trials = small.trials("mean")
    run_trials(trials, tmp_path, tick=lambda: None)
    rows = collect(trials, tmp_path, "quick").to_pylist()
    found = what_was_tested(tmp_path, rows, "test")
    assert found.ids == sorted(small.ids())
    assert found.errors.mean() == pytest.approx(np.mean([row["mae"] for row in rows]))


def test_errors_are_those_of_the_metrics(trials, finished):
    rows = [
        row for row in collect(trials, finished, "quick").to_pylist() if row["model"] == "cgcnn"
    ]
    found = what_was_tested(finished, rows, "test")
    assert found.ids == sorted(small.ids()[-6:])
    assert found.errors.shape == (2, 6)
    assert found.errors.mean() == pytest.approx(np.mean([row["mae"] for row in rows]))


def test_another_benchmark_in_the_folder_keeps_the_rows(trials, finished):
    collect(trials, finished, "quick")
    collect(trials[:2], finished, "mine")
    rows = read_results(finished).to_pylist()
    assert len(rows) == len(trials)
    assert [row["suite"] for row in rows[:2]] == ["mine", "mine"]
    collect(trials, finished, "quick")


def test_memory_is_kept_as_the_run_measured_it(trials, finished):
    for row in collect(trials, finished, "quick").to_pylist():
        metrics = json.loads((finished / RUNS / row["run"] / "metrics.json").read_text())
        assert row["peak_memory_mb"] == metrics.get("peak_memory_mb")
        assert row["model"] == "mean" or row["peak_memory_mb"] > 50


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process keeps its peak")
def test_a_run_s_peak_is_its_own():
    """Neither that of what the process ran before, nor of the process that started it."""
    code = (
        "import torch; from crystext.model.training.machine import peak_memory; "
        "from crystext.model.benchmark.run import _forget_peak_memory; "
        "cpu = torch.device('cpu'); first = peak_memory(cpu); big = torch.ones(10**8); "
        "full = peak_memory(cpu); del big; _forget_peak_memory(); "
        "print(first, full, peak_memory(cpu))"
    )
    held = np.ones(10**8)  # 763 MiB, of the parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, full, after = map(float, done.stdout.split())
    assert full > first + 300
    assert after < first + 100
    assert first < peak_memory(torch.device("cpu")) - held.nbytes / 2**21


def test_results_of_an_earlier_version_are_kept(trials, finished):
    table = collect(trials, finished, "quick")
    path = finished / RESULTS
    pq.write_table(table.drop_columns(["peak_memory_mb"]), path)
    assert read_results(finished).num_rows == len(trials)
    assert set(read_results(finished)["peak_memory_mb"].to_pylist()) == {None}
    pq.write_table(table.append_column("of another", table["mae"]), path)
    assert read_results(finished).num_rows == 0
    collect(trials, finished, "quick")


def test_the_text_of_another_crystal_gives_other_numbers(trials, finished):
    found = numbers(trials, finished)
    assert len(set(found.values())) == len(found)


def test_what_another_process_runs_is_left_to_it(corpus, tmp_path):
    trials = small.trials("mean")  # one in each fold
    held = (tmp_path / RUNS / trials[0].name).with_suffix(".lock")
    held.parent.mkdir()
    with try_file_lock(held) as mine:
        assert mine
        run_trials(trials, tmp_path, tick=lambda: None)
    assert [is_done(trial, tmp_path) for trial in trials] == [False, True]
    assert len(trials) == 2
    run_all(trials, tmp_path, workers=1, command=[])
    assert all(is_done(trial, tmp_path) for trial in trials)


def test_a_failure_is_written_down_and_the_others_go_on(corpus, tmp_path, monkeypatch):
    trials = small.trials("mean", "cgcnn", plan=small.OFFICIAL)

    def fails(*_, **__):
        raise NotFiniteTrainingError("the loss is nan at epoch 1; lower the learning rate")

    monkeypatch.setattr(training, "train", fails)
    run_trials(list(reversed(trials)), tmp_path, tick=lambda: None)
    mean, failed = collect(trials, tmp_path, "quick").to_pylist()
    assert mean["failure"] is None
    assert mean["mae"] > 0
    assert failed["failure"].startswith("not-finite-training: the loss is nan")
    assert failed["mae"] is None
    monkeypatch.undo()
    run_trials(trials, tmp_path, tick=lambda: pytest.fail("a failure was run again"))


def test_a_new_call_tries_a_failure_again_once(corpus, tmp_path, monkeypatch):
    trials = small.trials("mean", "cgcnn", "crystextnet", plan=small.OFFICIAL)
    tried = []
    real = training.train

    def fails(settings, *args, **kwargs):
        tried.append(settings.model)
        if settings.model == "cgcnn" and tried.count("cgcnn") < 3:
            raise NotFiniteTrainingError("the loss is nan at epoch 1; lower the learning rate")
        return real(settings, *args, **kwargs)

    monkeypatch.setattr(training, "train", fails)
    for calls in (1, 2):
        run_all(trials, tmp_path, workers=1, command=[])
        assert tried.count("cgcnn") == calls
        assert collect(trials, tmp_path, "quick")["failure"].null_count == 2
    run_trials(trials, tmp_path, tick=lambda: pytest.fail("a worker tried a failure again"))
    run_all(trials, tmp_path, workers=1, command=[])
    assert tried.count("cgcnn") == 3
    assert tried.count("crystextnet") == 1
    rows = collect(trials, tmp_path, "quick").to_pylist()
    assert {row["failure"] for row in rows} == {None}
    assert all(row["mae"] > 0 for row in rows)


def test_a_folder_that_is_in_the_way_is_cleared(corpus, tmp_path):
    """A run that was interrupted, and whose corpus was then built anew, cannot go on."""
    (trial,) = small.trials("cgcnn", plan=small.OFFICIAL)
    folder = tmp_path / RUNS / trial.name
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text('{"data": {"corpus_digest": "as it was"}}')
    run_all([trial], tmp_path, workers=1, command=[])
    assert collect([trial], tmp_path, "quick")["failure"][0].as_py().startswith("other-run")
    run_all([trial], tmp_path, workers=1, command=[])
    assert collect([trial], tmp_path, "quick")["failure"][0].as_py() is None


def test_runs_on_an_earlier_corpus_are_not_mixed_with_new_ones(corpus, trials, finished, tmp_path):
    check_corpus(trials, corpus, finished)
    other = tmp_path / "mini-text"
    small_corpus.copy(corpus.path, other)
    with small_corpus.manifest_of(other) as manifest:
        manifest["files"][0]["sha256"] = "0" * 64
    now = Corpus(other).manifest["content_digest"][:16]
    with pytest.raises(OtherRunError, match=rf"now {now}\); choose another --out"):
        check_corpus(trials, Corpus(other), finished)
    check_corpus(trials, Corpus(other), tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 80 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_too_little_memory_is_a_failure_of_its_cell(corpus, tmp_path, monkeypatch, error):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(training, "train", fails)
    trials = small.trials("cgcnn", "mean", plan=small.OFFICIAL)
    run_trials(trials, tmp_path, tick=lambda: None)
    failed, mean = collect(trials, tmp_path, "quick").to_pylist()
    assert "make training.batch_size less than 8" in failed["failure"]
    assert mean["mae"] > 0


def test_two_workers_share_the_work_and_find_the_same(trials, finished, tmp_path, cache):
    key = save_plan(small.plan(*ROWS, seeds=2), tmp_path)
    run_all(trials, tmp_path, workers=2, command=command(tmp_path, key))
    assert numbers(trials, tmp_path) == pytest.approx(numbers(trials, finished), rel=1e-4)


def test_workers_that_end_early_are_named(trials, tmp_path):
    with pytest.raises(WorkerDiedError, match="the same command goes on"):
        run_all(trials, tmp_path, workers=2, command=command(tmp_path, "unknown"))


def test_workers_end_where_another_cannot_be_started(trials, tmp_path, monkeypatch):
    started = []

    def start(_, **how):
        if started:
            raise OSError("no room for another process")
        started.append(real([sys.executable, "-c", "import time; time.sleep(600)"], **how))
        return started[0]

    real = subprocess.Popen
    monkeypatch.setattr(runner.subprocess, "Popen", start)
    with pytest.raises(OSError, match="no room"):
        run_all(trials, tmp_path, workers=2, command=[])
    assert started[0].poll() is not None


def test_hidden_gpus_are_none(monkeypatch):
    monkeypatch.setattr(runner, "cpu_count", lambda: 3)
    for visible, count, workers in (("-1", 0, 3), ("", 0, 3), ("4,2", 2, 2)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        monkeypatch.setattr(torch.cuda, "device_count", lambda count=count: count)
        assert default_workers() == workers


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_workers_are_as_many_as_the_cores_that_a_job_may_use(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert default_workers() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_a_killed_worker_is_resumed_to_the_same_numbers(trials, finished, tmp_path):
    worker = command(tmp_path, save_plan(small.plan(*ROWS, seeds=2), tmp_path))
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(worker, env=environment) as process:
        end = time.monotonic() + 300
        while sum(is_done(trial, tmp_path) for trial in trials) < 2:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    done = sum(is_done(trial, tmp_path) for trial in trials)
    assert 2 <= done < len(trials)
    run_trials(trials, tmp_path, tick=lambda: None)
    assert numbers(trials, tmp_path) == pytest.approx(numbers(trials, finished), rel=1e-4)


def test_results_are_read_without_torch(finished):
    code = (
        "import sys; from pathlib import Path\n"
        "from crystext.model.benchmark.results import read_results\n"
        "rows = read_results(Path(sys.argv[1])).num_rows\n"
        "print(rows, sorted({'torch', 'pymatgen', 'transformers'} & set(sys.modules)))"
    )
    run = [sys.executable, "-c", code, str(finished)]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert said == f"{pq.read_metadata(finished / RESULTS).num_rows} []\n"
