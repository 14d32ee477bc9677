"""Jobs whose standard error is a file or a pipe hear now and then how far they are."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("torch")

import crystext
from tests.model.training.runs import graph_store

SMALL = ("--set", "training.tensorboard=false", "--set", "network.hidden=8", "--device", "cpu")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table that splits forty crystals, and their graphs."""
    place = tmp_path_factory.mktemp("place")
    table = crystext.load_corpus("mini").targets("bulk_modulus")["train"]
    ids = table["id"].to_pylist()[:40]
    parts = ["train", "train", "validation", "test"]
    lines = [f"{one},{parts[number % 4]}" for number, one in enumerate(ids)]
    (place / "split.csv").write_text("id,split\n" + "\n".join(lines) + "\n")
    graph_store(place, ids)
    return place


def train(place, out, *, stderr, seconds):
    """Standard error, as a batch job keeps it."""
    command = [sys.executable, "-m", "crystext", "train", "--property", "bulk_modulus"]
    command += ["--model", "cgcnn", "--epochs", "3", "--split", "split.csv", *SMALL]
    command += ["--graphs", "graphs", "--out", out]
    environment = os.environ | ({"CRYSTEXT_PROGRESS_SECONDS": seconds} if seconds else {})
    if stderr == "pipe":
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, check=True
        )
        return done.stderr
    with (place / f"{out}.log").open("w") as log:
        subprocess.run(
            command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=log, check=True
        )
    return (place / f"{out}.log").read_text()


@pytest.mark.parametrize("stderr", ["pipe", "file"])
def test_every_epoch_is_told_where_that_is_asked_for(place, stderr):
    said = train(place, f"often-{stderr}", stderr=stderr, seconds="0").splitlines()
    told = [line for line in said if line.startswith("crystext: epoch ")]
    assert [line.split(",")[0] for line in told] == [
        f"crystext: epoch {number} of 3" for number in (1, 2, 3)
    ]
    assert all("validation 0." in line and "log10(GPa)" in line for line in told)


def test_a_short_run_says_nothing(place):
    assert "epoch" not in train(place, "short", stderr="pipe", seconds="")


def on_a_terminal_with(lines, code, **environment):
    """What a Python program writes to a terminal of so many lines, with the moment of each piece.

    The program waits for a line on its standard input before it ends.
    """
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 80, 0, 0))
    program = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | environment,
    )
    os.close(theirs)
    program.stdout.readline()  # it has done its work, and still runs
    os.set_blocking(ours, False)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # nothing more, until it ends
        pass
    program.communicate(b"\n")
    os.close(ours)
    return shown.decode()


BAR = """
from crystext.cli.terminal import open_streams
open_streams()
from crystext.pipelines.progress import progress_bar
with progress_bar(4, shown=True) as advance:
    advance(1)
    advance(3)
print("done", flush=True)
input()
"""


def test_a_terminal_without_lines_hears_lines():
    """Those of ``script`` and ``docker run -t`` have no size: neither bar nor line was shown."""
    said = on_a_terminal_with(0, BAR, CRYSTEXT_PROGRESS_SECONDS="0")
    assert said.split("\r\n") == ["crystext: 1 of 4 crystals", "crystext: 4 of 4 crystals", ""]
    assert "100%" in on_a_terminal_with(24, BAR, CRYSTEXT_PROGRESS_SECONDS="0")


@pytest.mark.parametrize("value", ["", "1"])
def test_a_bar_ends_its_line_also_where_output_is_not_buffered(value):
    """With ``PYTHONUNBUFFERED`` what came next stood behind the bar, on its line."""
    assert on_a_terminal_with(24, BAR, PYTHONUNBUFFERED=value).endswith("\r\n")
