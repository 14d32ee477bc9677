"""``build-corpus --resume`` ends alike whatever standard error is: most users run batch jobs."""

import hashlib
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [
    sys.executable, "-c", "from crystext.cli import main; main()",
    "build-corpus", "--db", "mini", "--limit", "130", "--out",
]  # fmt: skip


def digests(out: Path) -> dict[str, str]:
    return {
        file.relative_to(out).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(out.rglob("*"))
        if file.is_file() and file.name != "timings.parquet"
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "corpus"
    subprocess.run([*COMMAND, out], check=True, capture_output=True)
    return digests(out)


def interrupted(out):
    """A build that was killed after its first part was kept."""
    process = subprocess.Popen(
        [*COMMAND, out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not list(out.parent.rglob("*.part")):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return out


@pytest.mark.parametrize("stream", ["file", "pipe", "terminal"])
def test_a_build_goes_on(stream, whole, tmp_path):
    out = interrupted(tmp_path / "corpus")
    command = [*COMMAND, out, "--resume"]
    log = tmp_path / "log"
    if stream == "terminal":
        ours, theirs = pty.openpty()
        process = subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE)
        os.close(theirs)
        with open(ours, "rb", closefd=True) as reader:  # noqa: PTH123
            try:
                while reader.read1(4096):
                    pass
            except OSError:  # how Linux says that the other side has closed
                pass
        code = process.wait()
    elif stream == "file":
        with log.open("wb") as file:
            code = subprocess.run(command, stderr=file, stdout=file, check=False).returncode
        assert b"Traceback" not in log.read_bytes()
    else:
        result = subprocess.run(command, capture_output=True, check=False)
        assert b"Traceback" not in result.stderr
        code = result.returncode
    assert code == 0
    assert digests(out) == whole
