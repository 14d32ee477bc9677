"""Reads a long JSON list entry by entry, so that memory stays flat, out of a zip or gzip or plain.

The databases' files are one list of hundreds of megabytes on a single line. Read exactly, numbers
that no float holds keep their text, and objects that give a key twice are told from others.

Not ijson 3.6 (yajl2_c): it refuses the ``NaN`` that the databases write, takes a key given twice
in silence, crashes on an integer of 5,000 digits, and took 1.11 s, as floats, where this takes
0.67 s for 76 MB (1.60 s, as decimals, where ``exact`` takes 1.21 s).
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TextIO

from crystext.errors import BadJsonError, TruncatedFileError, shown, summary
from crystext.formats.packed import LOOKED_AT, UTF_8, encoding_of
from crystext.pipelines.sources.packed_files import members

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK = 1 << 20
_LONGEST_ENTRY = 1 << 28
_NEAR = 16
"""Characters that the longest literal, such as ``-Infinity``, has at most."""
_BLANK = " \t\r\n"
_LONGEST_INTEGER = 4000
"""Digits; Python refuses to read over 4,300, and no float or 64-bit integer has so many."""
_ANY_DIGIT = re.compile("[1-9]")


class OutOfRange(float):
    """A number that no 64-bit float holds: infinity or 0, which is what it would be read as.

    Attributes:
        text: as it was written, for example ``1e999``.
    """

    text: str

    def __new__(cls, text: str | float) -> Self:
        """The float that is nearest."""
        number = super().__new__(cls, text)
        number.text = str(text)
        return number


class TwiceGiven(dict):
    """An object of JSON that gives a key twice, with the last value of each.

    Attributes:
        key: the first that came again.
    """

    key: str


def json_entries(path: Path, *, chunk: int = CHUNK, exact: bool = False) -> Iterator[Any]:
    """Yields the entries of a JSON list, or the objects of a JSON Lines file.

    Args:
        path: a ``.json`` or ``.jsonl`` file, also gzipped, or a zip with one such file.
        chunk: characters to read at a time.
        exact: mark what JSON's reader loses: :class:`OutOfRange` and :class:`TwiceGiven`.

    Raises:
        TruncatedFileError: the file ends inside the list, or its compressed data are damaged.
        BadJsonError: it is no list of JSON values.
    """
    with told_damages(path), open_text(path) as file:
        yield from Entries(file, path.name, chunk, EXACT if exact else json.JSONDecoder())


@contextmanager
def told_damages(path: Path) -> Iterator[None]:
    """Tells in our words what unpacking and decoding a file raises; see :func:`json_entries`."""
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        message = f"{shown(path.name)} is damaged ({summary(error)}); fetch it again"
        raise TruncatedFileError(message) from error
    except UnicodeDecodeError as error:
        raise BadJsonError(f"{shown(path.name)} is no UTF-8 text; fetch it again") from error


def float_of(text: str) -> float:
    """The float nearest to a number; :class:`OutOfRange` where it is infinite, or 0 for another."""
    number = float(text)
    if not number or math.isinf(number):
        mantissa, _, _ = text.lower().partition("e")
        return OutOfRange(text) if _ANY_DIGIT.search(mantissa) else number
    return number


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else OutOfRange(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    seen: set[str] = set()
    twice = TwiceGiven(made)
    for key, _ in pairs:
        if key in seen:
            twice.key = key
            break
        seen.add(key)
    return twice


EXACT = json.JSONDecoder(parse_float=float_of, parse_int=_integer, object_pairs_hook=_object)


@contextmanager
def open_text(path: Path, *, errors: str = "strict") -> Iterator[TextIO]:
    """Opens a text file, unpacking it where it is gzipped or the only file of a zip.

    Args:
        path: the file.
        errors: what bytes become that are no UTF-8, as for :func:`open`; text that begins as
            UTF-16 or UTF-32 must be so.

    Raises:
        BadJsonError: a zip holds no file, or several.
    """
    with path.open("rb") as raw:
        magic = raw.read(4)
    if magic.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            inside = members(archive)
            if len(inside) != 1:
                message = f"{shown(path.name)} holds {len(inside)} files where one is wanted"
                raise BadJsonError(f"{message}; unpack it and name the file")
            with archive.open(inside[0]) as member:
                yield _text(member, errors)
    else:
        with gzip.open(path) if magic.startswith(b"\x1f\x8b") else path.open("rb") as file:
            yield _text(file, errors)


def _text(file: Any, errors: str) -> TextIO:
    encoding = encoding_of(file.read(LOOKED_AT))
    file.seek(0)
    errors = errors if encoding == UTF_8 else "strict"
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")


class Entries:
    """Decodes one value after the other from a buffer that is refilled at its end.

    Args:
        file: the text.
        name: of the file, for messages.
        chunk: characters to read at a time.
        decoder: of a value.
    """

    def __init__(self, file: TextIO, name: str, chunk: int, decoder: json.JSONDecoder) -> None:
        self.file, self.name, self.chunk = file, name, chunk
        self.buffer, self.position, self.ended, self.number = "", 0, False, 0
        self.decode = decoder.raw_decode

    def __iter__(self) -> Iterator[Any]:
        if self.next() == "[":
            yield from self.items()
            if self.next():
                raise self._bad(self.number, "text after the list")
            return
        while self.next():
            yield self.value()

    def items(self) -> Iterator[Any]:
        """The values of the list that begins here, one by one."""
        self.position += 1
        self.number = 0
        while (start := self.next()) != "]":
            if not start:
                raise self._short(self.number)
            if self.number:
                self.skip(",")
            yield self.value()
        self.position += 1

    def names(self) -> Iterator[str]:
        """The keys of the object that begins here; after each, its value must be taken."""
        self.position += 1
        key = None
        while (start := self.next()) != "}":
            if not start:
                raise self._short(self.number)
            if key is not None:
                self.skip(",")
            key = self.value()
            if not isinstance(key, str):
                raise self._bad(self.number, f"{shown(key)} for a key")
            self.skip(":")
            yield key
        self.position += 1

    def value(self) -> Any:
        """The value that begins here, which is counted."""
        if not self.next():
            raise self._short(self.number)
        found = self._value(self.number)
        self.number += 1
        return found

    def skip(self, wanted: str) -> None:
        """Goes on behind a character that must stand here: a comma, or the colon behind a key."""
        if (found := self.next()) != wanted:
            what = {",": "a comma", ":": "a colon"}[wanted]
            raise self._bad(self.number, f"{shown(found)} where {what} should be")
        self.position += 1

    def next(self) -> str:
        """The next character that is no blank; empty at the end of the file."""
        while True:
            while self.position < len(self.buffer) and self.buffer[self.position] in _BLANK:
                self.position += 1
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self._refill():
                return ""

    def _refill(self) -> bool:
        piece = "" if self.ended else self.file.read(self.chunk)
        self.ended = not piece
        self.buffer, self.position = self.buffer[self.position :] + piece, 0
        return bool(piece)

    def _value(self, number: int) -> Any:
        while True:
            try:
                value, end = self.decode(self.buffer, self.position)
            except RecursionError as error:
                raise self._bad(number, "lists or objects nested too deeply") from error
            except ValueError as error:
                at, end = getattr(error, "pos", 0), len(self.buffer)
                short = end - at < _NEAR or "Unterminated" in str(error)
                # an entry that goes on behind the buffer fails near its end, or in a string
                if short and not self.ended and end - self.position < _LONGEST_ENTRY:
                    self._refill()
                    continue
                raise (self._short(number) if short else self._bad(number, str(error))) from error
            # a bare number may go on behind the buffer: 1 may be the beginning of 1.5e3
            if len(self.buffer) - end < _NEAR and not self.ended:
                self._refill()
                continue
            self.position = end
            return value

    def _short(self, number: int) -> TruncatedFileError:
        message = f"{shown(self.name)} ends inside entry {number + 1}"
        return TruncatedFileError(f"{message}; it is cut off: fetch it again")

    def _bad(self, number: int, what: str) -> BadJsonError:
        message = f"{shown(self.name)} is no list of JSON entries: entry {number + 1} has {what}"
        return BadJsonError(f"{message}; fetch it again")
