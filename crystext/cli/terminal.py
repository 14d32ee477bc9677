"""The standard streams of the command: closed or full ones are said, not lost."""

from __future__ import annotations

import io
import logging
import os
import sys

import click

from crystext.errors import CannotWriteError


def open_streams() -> bool:
    """Makes the standard streams fit for use; whether there is a standard output.

    A shell's ``>&-`` closes a stream: Python then has none, and the next file that is opened takes
    its number. What is closed reads and writes nothing from here on.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    there = sys.stdout is not None
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    for name, kind in (("stdout", _Results), ("stderr", _Messages)):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), write_through=True))
        elif type(stream) is io.TextIOWrapper:  # not what a test or a notebook put there
            stream.flush()
            # PYTHONUNBUFFERED, usual in batch jobs, leaves a raw file, which may take a part of a
            # text and say nothing; what it is set for, lines that are seen at once, stays
            raw = isinstance(stream.buffer, io.RawIOBase)
            checked = kind(
                io.BufferedWriter(stream.buffer) if raw else stream.buffer,
                encoding=stream.encoding,
                line_buffering=stream.line_buffering or raw,
            )
            setattr(sys, name, checked)
    for stream in (sys.stdout, sys.stderr):  # a terminal without Å or subscripts is no error
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    log = logging.getLogger("crystext")
    if not any(isinstance(one, _Notes) for one in log.handlers):
        log.addHandler(_Notes())
    return there


class _Messages(io.TextIOWrapper):
    """Standard error: where it cannot be written there is nowhere to say so, and work goes on."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._failed(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._failed(error)

    def _failed(self, _error: OSError) -> None:
        _drop(self.fileno())


class _Results(_Messages):
    """Standard output: what cannot be written ends the command."""

    def _failed(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):  # the reader has seen enough
            raise error
        _drop(self.fileno())
        raise CannotWriteError(
            f"standard output cannot be written ({error.strerror}); make room, or send it elsewhere"
        ) from error


def _drop(handle: int) -> None:
    """Sends what is left for a stream nowhere, also what the interpreter writes when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, handle)
    os.close(nowhere)


class _Notes(logging.Handler):
    """Writes what the library logs as notes, in one line."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"crystext: [note] {' '.join(record.getMessage().split())}", err=True)
