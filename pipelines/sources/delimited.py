"""Tables with a separator between values: commas, semicolons or tabs, in any Unicode encoding.

The name of the file says which separator to expect. Another is taken only where the header has none
of these, has one other kind, and every line has as many values as the header has names.
"""

from __future__ import annotations

import csv
import gzip
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crystext.errors import BadTableError, first_line, shown, summary
from crystext.pipelines.sources.json_stream import open_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
"""What is expected, by the endings of names; semicolons have none of their own."""
_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_LONGEST_CELL = 1 << 27
"""Characters; a structure as JSON is longer than Python's limit of 128 k."""
_DAMAGED = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)


def delimited_rows(path: Path, expected: str) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table by header.

    Args:
        path: plain or gzipped. Bytes that are no UTF-8, in a file that is no UTF-16 and no UTF-32,
            become halves of surrogate pairs.
        expected: the separator that the name promises.

    Raises:
        BadTableError: it cannot be read, or a line has not as many values as the header.
    """
    separator = separator_of(path, expected)
    with _reader(path, separator) as reader:
        names: list[str] = next(reader, [])
        if len(set(names)) != len(names) or not names:
            message = f"the header of {shown(path.name)} is empty or names a column twice"
            raise BadTableError(f"{message}; give each column one name")
        for values in reader:
            if values and len(values) != len(names):
                message = f"line {reader.line_num} of {shown(path.name)} has {len(values)}"
                message += f" values under {len(names)} names"
                raise BadTableError(f"{message}{_remedy(names, separator, expected)}")
            if values:
                yield dict(zip(names, values, strict=True))


def separator_of(path: Path, expected: str) -> str:
    """The separator of a table, which its header tells.

    Args:
        path: of the table.
        expected: the separator that its name promises.

    Raises:
        BadTableError: its header has several others.
    """
    if len(_names(path, expected)) != 1:
        return expected
    others = [one for one in _WORDS if one != expected and len(_names(path, one)) > 1]
    if len(others) > 1:
        message = f"the header of {shown(path.name)} has {' and '.join(_WORDS[o] for o in others)}"
        raise BadTableError(f"{message}; save it with {_WORDS[expected]} between values")
    return others[0] if others else expected


def remark_on(path: Path, expected: str) -> str | None:
    """What to tell where another separator is taken than the name of the file promises."""
    if (separator := separator_of(path, expected)) == expected:
        return None
    why = f"its header has no {_WORDS[expected]}"
    return f"{shown(path.name)} is read with {_WORDS[separator]} between values, as {why}"


def _names(path: Path, separator: str) -> list[str]:
    with _reader(path, separator) as reader:
        return next(reader, [])


def _remedy(names: list[str], separator: str, expected: str) -> str:
    if separator != expected:
        read = f", read with {_WORDS[separator]}, as its header has no {_WORDS[expected]}"
        return f"{read}; correct it, or save it with {_WORDS[expected]} between values"
    others = any(one in name for one in _WORDS for name in names)
    if others or len(names) == 1:
        return f"; correct it, or save it with {_WORDS[expected]} between values"
    return "; correct it"


@contextmanager
def _reader(path: Path, separator: str) -> Iterator[Any]:
    csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))
    try:
        with open_text(path, errors="surrogateescape") as file:
            yield csv.reader(file, strict=True, delimiter=separator)
    except csv.Error as error:
        message = f"{shown(path.name)} cannot be read as CSV ({first_line(error)})"
        raise BadTableError(f"{message}; save it as UTF-8 with commas") from error
    except _DAMAGED as error:
        message = f"{shown(path.name)} is damaged ({summary(error)}); copy it again"
        raise BadTableError(message) from error
    except UnicodeDecodeError as error:
        message = f"{shown(path.name)} begins as {error.encoding} and is none"
        raise BadTableError(f"{message}; save it as UTF-8") from error
