"""Tables with a separator between values, as spreadsheets, pandas, R and Origin write them.

The name of the file says which separator to expect. Another is taken where the first line says so
(Excel's ``sep=;``), or where the header has none of these and one other kind; every line must then
have as many values as the header has names. What a table has beyond its last name is left out only
where it is empty.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from crystext.errors import BadTableError, first_line, shown, summary
from crystext.pipelines.sources.json_stream import open_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = {",": "commas", "\t": "tabs", ";": "semicolons"}
_LONGEST_CELL = 1 << 27
"""Characters; a structure as JSON is longer than Python's limit of 128 k."""
_SAID = re.compile(r"sep=(?P<separator>[,;\t])\s*")
"""The line by which Excel is told the separator."""


class Layout(NamedTuple):
    """How a table is written.

    Attributes:
        separator: between its values.
        why: another one is taken than was expected, in words; empty if none is.
        said: whether its first line says so, and is no header.
    """

    separator: str
    why: str = ""
    said: bool = False


def layout_of(path: Path, expected: str) -> Layout:
    """How a table is written, which its first line tells.

    Args:
        path: of the table, plain or gzipped.
        expected: the separator that its name promises.

    Raises:
        BadTableError: its header has several other separators.
    """
    with _opened(path) as file:
        line = file.readline()
        if said := _SAID.fullmatch(line.strip("\ufeff\r\n")):
            separator = said["separator"]
            why = "" if separator == expected else "its first line says so"
            return Layout(separator, why, said=True)
    if _names(path, expected) > 1:
        return Layout(expected)
    others = [one for one in WORDS if one != expected and _names(path, one) > 1]
    if len(others) > 1:
        message = f"the header of {shown(path.name)} has {' and '.join(WORDS[o] for o in others)}"
        raise BadTableError(f"{message}; save it with {WORDS[expected]} between values")
    return Layout(others[0], f"its header has no {WORDS[expected]}") if others else Layout(expected)


def remark_on(path: Path, expected: str) -> str | None:
    """What to tell where another separator is taken than the name of the file promises."""
    layout = layout_of(path, expected)
    if not layout.why:
        return None
    return f"{shown(path.name)} is read with {WORDS[layout.separator]} between values: {layout.why}"


def delimited_rows(path: Path, expected: str) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table by header, without the empty lines at its end.

    Args:
        path: plain or gzipped. Bytes that are no UTF-8, in a file that is no UTF-16 and no UTF-32,
            become halves of surrogate pairs.
        expected: the separator that the name promises.

    Raises:
        BadTableError: it cannot be read, or a line has not as many values as the header.
    """
    layout = layout_of(path, expected)
    empty: list[dict[str, Any]] = []
    with _opened(path) as file:
        reader = csv.reader(file, delimiter=layout.separator, strict=True, skipinitialspace=True)
        if layout.said:
            next(reader)
        names = _without_last(next(reader, []))
        _check_names(names, path.name)
        for number, values in enumerate(filter(None, reader), start=1):
            where = f"line {reader.line_num} of {shown(path.name)}"
            row = _row(values, names, where, layout, is_first=number == 1)
            empty.append(row)
            if any(row.values()):
                yield from empty
                empty.clear()


def _row(
    values: list[str], names: list[str], where: str, layout: Layout, *, is_first: bool
) -> dict[str, str]:
    """A line by header.

    Raises:
        BadTableError: it does not fit the header.
    """
    if not any(one.strip() for one in values[len(names) :]):
        values = values[: len(names)]
    if len(values) != len(names):
        message = f"{where} has {len(values)} values under {len(names)} names"
        named = is_first and len(values) == len(names) + 1
        raise BadTableError(f"{message}{_remedy(names, layout, named=named)}")
    if any("\0" in one for one in values):
        raise BadTableError(f"{where} has a NUL, which no text has; save the table as UTF-8")
    return dict(zip(names, values, strict=True))


def _without_last(names: list[str]) -> list[str]:
    """The names without empty ones behind the last, of columns that a spreadsheet left empty."""
    while len(names) > 1 and not names[-1].strip():
        names = names[:-1]
    return names


def _check_names(names: list[str], title: str) -> None:
    if not names:
        raise BadTableError(f"the header of {shown(title)} is empty; give each column a name")
    if twice := [name for name in names if names.count(name) > 1]:
        message = f"the header of {shown(title)} names a column twice: {shown(twice[0])}"
        raise BadTableError(f"{message}; give each column a name of its own")
    if any("\0" in name for name in names):
        message = f"the header of {shown(title)} has a NUL, which no text has"
        raise BadTableError(f"{message}; save the table as UTF-8")


def _remedy(names: list[str], layout: Layout, *, named: bool) -> str:
    """What to do about a line that does not fit; ``named``: it may begin with a name of its own."""
    if layout.why:
        read = f", read with {WORDS[layout.separator]}: {layout.why}"
        return f"{read}; correct it"
    if names[0].lstrip().startswith(("#", "%")):
        return "; remove the lines of comments above the header"
    if any(other in name for other in WORDS for name in names) or len(names) == 1:
        return f"; correct it, or save it with {WORDS[layout.separator]} between values"
    return "; name the first column too, if lines begin with names" if named else "; correct it"


def _names(path: Path, separator: str) -> int:
    """How many names a header has if it is read so; 0 if it cannot be."""
    with _opened(path) as file:
        reader = csv.reader(file, delimiter=separator, strict=True, skipinitialspace=True)
        try:
            return len(next(reader, []))
        except csv.Error:
            return 0


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))
    try:
        with open_text(path, errors="surrogateescape") as file:
            yield file
    except csv.Error as error:
        message = f"{shown(path.name)} cannot be read as CSV ({first_line(error)})"
        raise BadTableError(f"{message}; save it as UTF-8 with commas") from error
    except UnicodeError as error:
        message = f"{shown(path.name)} cannot be read as CSV: it begins as {_encoding(error)}, and"
        raise BadTableError(f"{message} is none; save it as UTF-8") from error
    except (EOFError, zlib.error, zipfile.BadZipFile, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        message = f"{shown(path.name)} is damaged ({summary(error)}); copy it again"
        raise BadTableError(message) from error


def _encoding(error: UnicodeError) -> str:
    return error.encoding if isinstance(error, UnicodeDecodeError) else "UTF-16 or UTF-32"
