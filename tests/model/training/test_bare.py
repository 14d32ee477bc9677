"""Training where neither pymatgen nor robocrys is installed, as on a machine that only trains."""

import subprocess
import sys

import pytest

pytest.importorskip("torch")

from tests.model.training.runs import graph_store, splits

CODE = """
import sys

class Missing:
    def find_spec(self, name, *_):
        if name.split(".")[0] in {{"pymatgen", "robocrys", "jarvis", "matminer", "spglib", "ase"}}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
from crystext import load_corpus
from crystext.model.graphs.store import GraphStore
from crystext.model.settings import make_settings
from crystext.model.training.run import train

small = {{"training.epochs": 1, "training.device": "cpu", "training.tensorboard": False}}
settings = make_settings(
    corpus="mini", property_name="bulk_modulus", model="cgcnn", overrides=small
)
metrics = train(settings, {out!r}, graphs=GraphStore.open({graphs!r}), splits={splits!r})
print(metrics["counts"]["test"])
"""


def test_a_store_a_corpus_and_torch_are_enough(tmp_path):
    graphs = graph_store(tmp_path).path
    code = CODE.format(out=str(tmp_path / "run"), graphs=str(graphs), splits=splits())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["6"]
    assert (tmp_path / "run" / "predictions.parquet").is_file()
