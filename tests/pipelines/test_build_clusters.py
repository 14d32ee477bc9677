"""The same corpus through Dask and Ray."""

import os
import subprocess
import sys

import pytest

from crystext.errors import MissingExtraError, UsageError
from crystext.pipelines.build.corpus import build_corpus
from tests.pipelines.samples import FAKE, files_of, many

CODE = """
import sys
from tests.pipelines.samples import FAKE, many
from crystext.pipelines.build.corpus import build_corpus
if __name__ == "__main__":
    build_corpus(many(), sys.argv[1], workers=2, executor=sys.argv[2], factory=FAKE, progress=False)
"""


def build_in_a_script(tmp_path, executor):
    """In a process of its own, as a user does: clusters start processes that import the script."""
    script = tmp_path / "script.py"
    script.write_text(CODE)
    path = os.pathsep.join(part for part in sys.path if part)
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "out"), executor],
        env=os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return files_of(tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["dask", "ray"])
def test_a_cluster_of_two_processes_writes_the_same_bytes(tmp_path, executor):
    pytest.importorskip("distributed" if executor == "dask" else "ray")
    build_corpus(many(), tmp_path / "here", factory=FAKE, progress=False)
    assert build_in_a_script(tmp_path, executor) == files_of(tmp_path / "here")


def test_a_scheduler_that_is_not_there_is_named(tmp_path, monkeypatch):
    dask = pytest.importorskip("dask")
    pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.3s"}),
        pytest.raises(UsageError, match=r"127\.0\.0\.1:9"),
    ):
        build_corpus(
            many(5), tmp_path / "out", executor="dask", scheduler="tcp://127.0.0.1:9",
            factory=FAKE, progress=False,
        )  # fmt: skip


@pytest.mark.parametrize(("executor", "module"), [("dask", "distributed"), ("ray", "ray")])
def test_a_missing_package_is_named(tmp_path, monkeypatch, executor, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"\[{executor}\]"):
        build_corpus(
            many(5), tmp_path / "out", workers=2, executor=executor, factory=FAKE, progress=False
        )
