"""Several processes through Accelerate: the numbers of one."""

import json
import os
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from crystext.model.training.logs import read_log  # noqa: E402
from tests.model.text.tiny import save_tiny  # noqa: E402
from tests.model.training.runs import corpus, graph_store, ids  # noqa: E402

CODE = """
import sys
sys.path.insert(0, {root!r})
from tests.model.training.runs import *
from crystext.model.graphs.store import GraphStore
from crystext.model.training.run import train
chosen = settings("alignn", network__norm="layer", training__epochs=3)
train(chosen, {out!r}, corpus=corpus(), splits=splits(), graphs=GraphStore.open({graphs!r}))
"""


UNFROZEN = """
import sys
sys.path.insert(0, {root!r})
from tests.model.training.runs import *
from crystext.model.text import StateStore
from crystext.model.training.run import train
given = {{"text__encoder": {encoder!r}, "text__pool": "mean", "text__trained_layers": 1}}
chosen = settings("crystextnet", fusion__dropout=0.0, training__epochs=3, **given)
train(chosen, {out!r}, corpus=corpus(), splits=splits(), texts=StateStore.open({states!r}))
"""


RESUMED = """
import sys
from contextlib import contextmanager
sys.path.insert(0, {root!r})
from tests.model.training.runs import *
import torch
from crystext.model.graphs.store import GraphStore
from crystext.model.training import loop
from crystext.model.training.run import train


@contextmanager
def asked_of_the_second_process():
    seen = []

    def asked():
        seen.append(torch.distributed.get_rank())
        return seen[-1] == 1 and len(seen) > {after}

    yield asked


loop.interruptible = asked_of_the_second_process
# batches of 5 are split into 3 and 2, so that the processes draw unlike numbers for dropout
chosen = settings(training__epochs=4, training__batch_size=5, fusion__dropout=0.3)
stores = {{"graphs": GraphStore.open({graphs!r}), "texts": Vectors(ids())}}
try:
    train(chosen, {out!r}, corpus=corpus(), splits=splits(), **stores)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.slow
def test_two_processes_that_were_stopped_go_on_as_if_they_were_not(tmp_path, pytestconfig):
    """Both stop after the same step, though only one is asked; each has its own dropout again."""
    places = {
        "root": str(pytestconfig.rootpath),
        "graphs": str(graph_store(tmp_path).path),
        "out": str(tmp_path / "run"),
    }
    said = in_processes(2, tmp_path, RESUMED.format(after=7, **places))
    assert said.split() == ["stopped", "stopped"]
    tensors = load_file(tmp_path / "run" / "state.safetensors")
    assert not torch.equal(tensors["random.0.cpu"], tensors["random.1.cpu"])
    in_processes(2, tmp_path, RESUMED.format(after=10**6, **places))
    straight = places | {"out": str(tmp_path / "straight")}
    in_processes(2, tmp_path, RESUMED.format(after=10**6, **straight))
    metrics, logs = [], []
    for folder in (tmp_path / "run", tmp_path / "straight"):
        metrics.append(json.loads((folder / "metrics.json").read_text()))
        logs.append([(row["train_loss"], row["validation_mae"]) for row in read_log(folder)])
    assert logs[0] == logs[1]
    for name in ("test", "validation", "best_epoch", "processes"):
        assert metrics[0][name] == metrics[1][name]


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path, pytestconfig):
    """With layer norm, that is: batch norm takes its statistics within a process."""
    graphs = str(graph_store(tmp_path).path)
    compare(CODE, tmp_path, root=str(pytestconfig.rootpath), graphs=graphs)


@pytest.mark.slow
def test_two_processes_train_layers_as_one_does(tmp_path, pytestconfig):
    """Without dropout, that is: each process draws its own."""
    pytest.importorskip("transformers")
    from crystext.model.text import embed_corpus

    off = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    encoder = save_tiny(tmp_path / "tiny-bert", change=lambda model: model.config.update(off))
    options = {"encoder": encoder, "pool": "mean", "device": "cpu", "trained_layers": 1}
    states = embed_corpus(corpus(), ids=ids(), out=tmp_path / "states", **options)
    places = {"encoder": str(encoder), "states": str(states.path)}
    compare(UNFROZEN, tmp_path, root=str(pytestconfig.rootpath), **places)


def in_processes(number, tmp_path, code):
    """Runs it in so many processes; what they printed."""
    script = tmp_path / f"{number}.py"
    script.write_text(code)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc_per_node", str(number), str(script)),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def compare(code, tmp_path, **places):
    """Runs it in one process and in two; logs and errors must agree."""
    logs, metrics = {}, {}
    for number in (1, 2):
        out = tmp_path / str(number)
        in_processes(number, tmp_path, code.format(out=str(out), **places))
        logs[number] = read_log(out)
        metrics[number] = json.loads((out / "metrics.json").read_text())
    assert metrics[2]["processes"] == 2
    for name in ("train_loss", "validation_mae", "gradient_norm"):
        one, two = ([row[name] for row in logs[number]] for number in (1, 2))
        assert two == pytest.approx(one, rel=1e-3), name
    assert metrics[2]["test"]["mae"] == pytest.approx(metrics[1]["test"]["mae"], rel=1e-3)
