"""A build as a process with all that come from it, and the signals that may befall it.

The first line of a signal's function is its row in ``benchmarks/interrupt_builds.py``'s table.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    import random

MARK = "CRYSTEXT_INTERRUPTED_BUILD"
LAUNCH = """
import functools, signal
from crystext.pipelines.parallel import child, dask
from crystext.cli import main
from crystext.pipelines.build import corpus as build
build.chunks_of = functools.partial(build.chunks_of, size=8)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
child.STOPPED_LIMIT, dask.SILENT_WORKER = 6.0, "6s"
main()
"""
LIMIT = 300.0  # s that a run may take
GONE = 60.0  # s that its processes may outlive it
ONE_LINE = re.compile(r"crystext: \[[a-z-]+\] ")
INTERRUPTED = "stopped; the same command with --resume goes on"


@dataclass
class Run:
    """One run of a build, as a process, and those that come from it."""

    out: Path
    way: tuple[str, int]
    crystals: int
    resume: bool
    errors: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Starts it in a session of its own; a thread empties standard error."""
        self.mark = uuid4().hex
        executor, workers = self.way
        words = ["build-corpus", "--db", "mini", "--limit", str(self.crystals)]
        words += ["--out", str(self.out), "--workers", str(workers), "--executor", executor]
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *words, *(["--resume"] if self.resume else [])],
            env=os.environ | {MARK: self.mark},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def family(self) -> list[int]:
        """Its processes but the first, as far as they live."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                mine = f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes()
            except OSError:  # it has ended
                continue
            if mine and int(folder.name) != self.process.pid:
                found.append(int(folder.name))
        return found

    def workers(self) -> list[int]:
        """Those that describe, or wait for such a one."""
        words = {pid: _command(pid) for pid in self.family()}
        return [pid for pid, one in words.items() if "_serve(" in one or "spawn_main" in one]

    def end(self) -> tuple[str, float]:
        """Waits for it and its processes.

        Returns:
            What went wrong, if anything did, and for how long its processes outlived it, in s.
        """
        try:
            self.process.wait(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"did not end in {LIMIT:g} s", 0.0
        start = time.monotonic()
        while self.family():
            if time.monotonic() - start > GONE:
                left = "; ".join(_command(pid)[:60] for pid in self.family())
                self.kill()
                return f"left processes: {left}", GONE
            time.sleep(0.05)
        outlived = time.monotonic() - start
        self._reader.join(GONE)
        return self._judged(), outlived

    def _judged(self) -> str:
        code, told = self.process.returncode, "".join(self.errors)
        if "Traceback" in told:
            return f"traceback: {told[-600:]}"
        if code == 0 or code in {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}:
            return ""
        last = self.errors[-1] if self.errors else ""
        named = ONE_LINE.match(last) or INTERRUPTED in told
        return "" if named else f"exit status {code}: {last}"

    def kill(self) -> None:
        """Ends all of it."""
        for pid in [self.process.pid, *self.family()]:
            _signal(pid, signal.SIGKILL)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it was faster
        return


def _worker(run: Run, chance: random.Random) -> int | None:
    """One of its workers, as soon as there is one; ``None`` when the run has ended."""
    while run.process.poll() is None:
        if found := sorted(run.workers()):
            return chance.choice(found)
        time.sleep(0.02)
    return None


def kill_build(run: Run, _chance: random.Random) -> None:
    """SIGKILL to the build."""
    _signal(run.process.pid, signal.SIGKILL)


def terminate_build(run: Run, _chance: random.Random) -> None:
    """SIGTERM to the build."""
    _signal(run.process.pid, signal.SIGTERM)


def interrupt_build(run: Run, _chance: random.Random) -> None:
    """SIGINT to the build."""
    _signal(run.process.pid, signal.SIGINT)


def interrupt_all(run: Run, _chance: random.Random) -> None:
    """SIGINT to all its processes (Ctrl-C)."""
    _all(run, signal.SIGINT)


def stop_all(run: Run, chance: random.Random) -> None:
    """SIGSTOP to all, later SIGCONT (Ctrl-Z)."""
    _all(run, signal.SIGSTOP)
    time.sleep(chance.uniform(0.1, 8))
    _all(run, signal.SIGCONT)


def stop_build(run: Run, chance: random.Random) -> None:
    """SIGSTOP to the build, later SIGCONT."""
    _signal(run.process.pid, signal.SIGSTOP)
    time.sleep(chance.uniform(0.1, 8))
    _signal(run.process.pid, signal.SIGCONT)


def kill_stopped_build(run: Run, chance: random.Random) -> None:
    """SIGSTOP to the build, later SIGKILL."""
    _signal(run.process.pid, signal.SIGSTOP)
    time.sleep(chance.uniform(0.1, 3))
    _signal(run.process.pid, signal.SIGKILL)


def kill_build_of_stopped(run: Run, chance: random.Random) -> None:
    """SIGSTOP to a worker, SIGKILL to the build."""
    stop_worker(run, chance)
    _signal(run.process.pid, signal.SIGKILL)


def kill_worker(run: Run, chance: random.Random) -> None:
    """SIGKILL to a worker."""
    if (pid := _worker(run, chance)) is not None:
        _signal(pid, signal.SIGKILL)


def pause_worker(run: Run, chance: random.Random) -> None:
    """SIGSTOP to a worker, later SIGCONT."""
    if (pid := _worker(run, chance)) is not None:
        _signal(pid, signal.SIGSTOP)
        time.sleep(chance.uniform(0.1, 4))
        _signal(pid, signal.SIGCONT)


def stop_worker(run: Run, chance: random.Random) -> None:
    """SIGSTOP to a worker."""
    if (pid := _worker(run, chance)) is not None:
        _signal(pid, signal.SIGSTOP)


def kill_stopped_worker(run: Run, chance: random.Random) -> None:
    """SIGSTOP to a worker, later SIGKILL."""
    if (pid := _worker(run, chance)) is not None:
        _signal(pid, signal.SIGSTOP)
        time.sleep(chance.uniform(0.1, 3))
        _signal(pid, signal.SIGKILL)


def _all(run: Run, number: int) -> None:
    if run.process.poll() is None:
        os.killpg(run.process.pid, number)


ACTIONS = [
    kill_build, terminate_build, interrupt_build, interrupt_all, stop_all, stop_build,
    kill_stopped_build, kill_build_of_stopped, kill_worker, pause_worker, stop_worker,
    kill_stopped_worker,
]  # fmt: skip
