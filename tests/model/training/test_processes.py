"""Several processes through Accelerate: the numbers of one."""

import json
import os
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

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


def compare(code, tmp_path, **places):
    """Runs it in one process and in two; logs and errors must agree."""
    logs, metrics = {}, {}
    for number in (1, 2):
        out = tmp_path / str(number)
        script = tmp_path / f"{number}.py"
        script.write_text(code.format(out=str(out), **places))
        subprocess.run(
            [
                *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
                *("--nproc_per_node", str(number), str(script)),
            ],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=True,
            capture_output=True,
            timeout=120,
        )
        logs[number] = read_log(out)
        metrics[number] = json.loads((out / "metrics.json").read_text())
    assert metrics[2]["processes"] == 2
    for name in ("train_loss", "validation_mae", "gradient_norm"):
        one, two = ([row[name] for row in logs[number]] for number in (1, 2))
        assert two == pytest.approx(one, rel=1e-3), name
    assert metrics[2]["test"]["mae"] == pytest.approx(metrics[1]["test"]["mae"], rel=1e-3)
