"""Trials side by side are the trials one by one, and a text that says nothing changes nothing."""

import numpy as np
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from crystext.model.benchmark import one_gpu, run  # noqa: E402
from crystext.model.benchmark.inputs import TrialInputs  # noqa: E402
from crystext.model.benchmark.layout import is_done  # noqa: E402
from crystext.model.benchmark.run import run_trials  # noqa: E402
from crystext.model.training.folder import PREDICTIONS  # noqa: E402
from tests.model.benchmark import small  # noqa: E402

ALONE, ZERO = "cgcnn", "crysmmnet-cgcnn:zero:sites+residual"
BEST, OTHERS = (
    "crysmmnet-cgcnn:facts:sites+residual",
    "crysmmnet-cgcnn:facts-shuffled:sites+residual",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return small.corpus(tmp_path_factory)


def predicted(out, trial):
    return pq.read_table(out / "runs" / trial.name / PREDICTIONS)["prediction"].to_numpy()


def test_without_a_word_the_fused_network_is_the_graph_network_to_the_bit(corpus, tmp_path):
    trials = small.trials(ALONE, ZERO, BEST, training__epochs=3)
    run_trials(trials, tmp_path, tick=lambda: None)
    found = {one.row.words: predicted(tmp_path, one) for one in trials if one.fold == 0}
    assert np.array_equal(found[ALONE], found[ZERO])
    assert not np.allclose(found[ALONE], found[BEST], rtol=1e-4)


def test_trials_side_by_side_are_those_one_by_one(corpus, tmp_path, monkeypatch):
    """The device is the CPU in place of a GPU; what is recorded there runs step by step."""
    options = {"training__epochs": 2, "fusion__dropout": 0.0}
    trials = small.trials(ALONE, BEST, OTHERS, seeds=2, **options)
    run_trials(trials, tmp_path / "alone", tick=lambda: None)
    ended = []

    def beside(shared, out, inputs, *, device, tick):
        assert device.type == "cuda"
        one_gpu.run_side_by_side(shared, out, inputs, device=torch.device("cpu"), tick=tick)

    monkeypatch.setattr(run, "run_side_by_side", beside)
    monkeypatch.setattr(run, "on_one_gpu", lambda _trial: True)
    monkeypatch.setattr(run, "_run", lambda trial, *_: pytest.fail(f"{trial.name} ran alone"))
    run_trials(trials, tmp_path / "beside", tick=lambda: ended.append(1))
    assert len(ended) >= len(trials)
    for one in trials:
        assert is_done(one, tmp_path / "beside")
        values = [np.log10(predicted(tmp_path / kind, one)) for kind in ("alone", "beside")]
        assert np.allclose(*values, atol=2e-3)
    assert not list((tmp_path / "beside" / "runs").glob("*/failure.json"))


def test_a_run_that_cannot_begin_is_written_down_and_the_others_go_on(corpus, tmp_path):
    trials = small.trials(ALONE, seeds=2)
    inputs = TrialInputs(corpus, trials)
    blocked = tmp_path / "runs" / trials[0].name
    blocked.mkdir(parents=True)
    (blocked / "settings.json").write_text("{}")
    told = []
    one_gpu.run_side_by_side(
        trials, tmp_path, inputs, device=torch.device("cpu"), tick=lambda: told.append(1)
    )
    assert "other-run" in (blocked / "failure.json").read_text()
    assert all(is_done(one, tmp_path) for one in trials)
    assert len(told) == len(trials) - 1


def test_where_memory_runs_out_fewer_are_side_by_side(corpus, tmp_path, monkeypatch, caplog):
    trials = small.trials(ALONE, seeds=2)
    real, tried = one_gpu.train_together, []

    def together(runs, device, *, side_by_side, lanes, tell):
        tried.append((len(runs), side_by_side))
        if side_by_side > 4:
            if side_by_side < 16:
                real(runs[:1], device, side_by_side=1, lanes=1, tell=tell)
            raise torch.OutOfMemoryError("CUDA out of memory")
        real(runs, device, side_by_side=side_by_side, lanes=lanes, tell=tell)

    monkeypatch.setattr(one_gpu, "train_together", together)
    inputs = TrialInputs(corpus, trials)
    cpu = torch.device("cpu")
    one_gpu.run_side_by_side(trials, tmp_path, inputs, device=cpu, tick=lambda: None)
    assert tried == [(4, 16), (4, 8), (3, 4)]
    assert all(is_done(one, tmp_path) for one in trials)
    assert caplog.text.count("memory runs out") == 2


def test_only_networks_on_a_gpu_are_trained_side_by_side(corpus, monkeypatch):
    cpu, mean = small.trials(ALONE, "mean")[:2]
    assert not one_gpu.on_one_gpu(cpu)
    (free,) = small.trials(ALONE, training__device="auto")[:1]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert one_gpu.on_one_gpu(free)
    assert not one_gpu.on_one_gpu(cpu)
    assert not one_gpu.on_one_gpu(mean)
