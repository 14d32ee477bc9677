"""Describers that misbehave on request; made by name in child processes."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from crystext.errors import SymmetryFailedError, UsageError


@dataclass(frozen=True)
class Thing:
    """Stands for a crystal: an id and what describing it does."""

    id: str
    does: str = "text"
    seconds: float = 0.0
    note: str = ""  # a file that counts the attempts


@dataclass(frozen=True)
class Text:
    """Stands for a description."""

    id: str
    text: str
    pid: int = 0


class UnpicklableError(Exception):
    """Pickles, but cannot be made again from its arguments."""

    def __init__(self, name, reason):
        super().__init__(f"{name}: {reason}")


class FakeDescriber:
    """Does what the thing says."""

    def __init__(self, start_seconds=0.0, mode="", **_settings):
        if mode == "refuse":
            raise UsageError("this setting is refused; choose another")
        if mode == "dead":
            os._exit(3)
        if mode == "broken":
            raise ImportError("libX.so: cannot map")
        word, _, note = mode.partition(":")
        if word in {"dies_once", "lives_once"}:  # the path of a file that remembers follows
            first = not Path(note).exists()
            Path(note).touch()
            if first == (word == "dies_once"):
                os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(start_seconds)

    def describe(self, thing):
        time.sleep(thing.seconds)
        return getattr(self, f"_{thing.does}")(thing)

    def _text(self, thing):
        return Text(thing.id, f"text of {thing.id}", os.getpid())

    def _environment(self, thing):
        return Text(thing.id, os.environ.get("OMP_NUM_THREADS", ""))

    def _print(self, thing):
        print("noise from a library")  # noqa: T201
        os.write(1, b"noise from C\n")
        return self._text(thing)

    def _c_loop(self, _thing):
        return (10**7) ** (10**7)  # minutes in C, in which no signal handler and no thread runs

    def _suicide(self, _thing):
        os.kill(os.getpid(), signal.SIGKILL)

    def _suicide_once(self, thing):
        with open(thing.note, "a+") as note:  # noqa: PTH123
            note.write("x")
            note.seek(0)
            if note.read() == "x":
                note.flush()
                self._suicide(thing)
        return self._text(thing)

    def _known_error(self, _thing):
        raise SymmetryFailedError("no space group; try another --symprec")

    def _bug(self, _thing):
        raise ZeroDivisionError("a bug")

    def _unpicklable(self, thing):
        raise UnpicklableError(thing.id, "made of smoke")

    def _unpicklable_result(self, _thing):
        return lambda: None

    def _exit(self, _thing):
        sys.exit(5)


ENDLESS = "data_endless"


def describer_with_endless_reader(**settings):
    """A real describer whose reader of CIF never comes back from one text."""
    from crystext.pipelines.describing import ready_describer

    _make_cif_endless()
    return ready_describer(**settings)


def reader_with_endless_cif(**settings):
    """What prediction reads with, whose reader of CIF never comes back from one text."""
    from crystext.model.prediction.texts import Reader

    _make_cif_endless()
    return Reader(**settings)


def _make_cif_endless():
    from crystext.formats import cif

    read = cif.read

    def endless(content, **options):
        while content == ENDLESS:
            time.sleep(1)
        return read(content, **options)

    cif.read = endless
