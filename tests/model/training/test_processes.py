"""Several processes through Accelerate: the numbers of one."""

import json
import os
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from crystext.model.training.logs import read_log  # noqa: E402
from tests.model.training.runs import graph_store  # noqa: E402

CODE = """
import sys
sys.path.insert(0, {root!r})
from tests.model.training.runs import *
from crystext.model.graphs.store import GraphStore
from crystext.model.training.run import train
chosen = settings("alignn", network__norm="layer", training__epochs=3)
train(chosen, {out!r}, corpus=corpus(), splits=splits(), graphs=GraphStore.open({graphs!r}))
"""


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path, pytestconfig):
    """With layer norm, that is: batch norm takes its statistics within a process."""
    graphs = str(graph_store(tmp_path).path)
    logs, metrics = {}, {}
    for number in (1, 2):
        out = tmp_path / str(number)
        script = tmp_path / f"{number}.py"
        script.write_text(CODE.format(root=str(pytestconfig.rootpath), out=str(out), graphs=graphs))
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
