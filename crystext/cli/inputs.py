"""The crystals that a command is asked for: files, folders, standard input, names, or mini."""

from __future__ import annotations

import sys
from itertools import chain, groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

import click

from crystext.errors import printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crystext.crystal import Crystal, Failure
    from crystext.unread import UnreadCrystal

STDIN = "-"
FEW = 3  # inputs that need no progress bar


def check_usage(files: tuple[str, ...], options: Mapping[str, Any]) -> None:
    """Refuses files beside a database, neither of them, and ids of files.

    Raises:
        click.UsageError: says what to give.
    """
    if bool(files) == bool(options["db"]):
        raise click.UsageError("give files, a folder or - for standard input, or else --db mini")
    if options["ids"] and not options["db"]:
        raise click.UsageError("--ids chooses crystals of a database: add --db mini")
    if any(":" in name for name in files):
        from crystext.pipelines.sources.single import check_name, is_name

        for name in filter(is_name, files):
            check_name(name)


def text_of(file: IO[str]) -> str:
    """The text of a file.

    Raises:
        click.BadParameter: it is none.
    """
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise click.BadParameter(
            f"{file.name} is not UTF-8 text ({error.reason}); give a text file"
        ) from error


def words_of(file: IO[str], command: str) -> str:
    """The description or other English in a file.

    Args:
        file: opened.
        command: how to go on from a structure, which people give in place of its text.

    Raises:
        click.UsageError: it is a structure.
        click.BadParameter: it is no text.
    """
    from crystext.formats.names import format_of_name

    text = text_of(file)
    known = format_of_name(Path(file.name).name)
    if "_cell_length_a" in text or known not in {None, "json"}:
        raise click.UsageError(
            f"{shown(file.name)} is a structure and no text; describe it first: crystext describe "
            f"{printable(file.name)} | {command}"
        )
    return text


def crystals(
    files: tuple[str, ...], options: Mapping[str, Any]
) -> tuple[Iterator[Crystal | UnreadCrystal | Failure], int]:
    """What was asked for, in the order of the command line, and how many there are at least.

    Args:
        files: paths, :data:`STDIN`, or names in databases such as ``mp-149``.
        options: ``db``, ``ids``, ``limit`` and ``source_format`` of the command.

    Returns:
        The inputs, read as they are needed, and their number where it is :data:`FEW` or less; one
        more where there are more.
    """
    found = _from_mini(options["ids"]) if options["db"] else _files(files, options["source_format"])
    inputs = islice(found, options["limit"])
    head = list(islice(inputs, FEW + 1))
    return chain(head, inputs), len(head)


def total(options: Mapping[str, Any]) -> int | None:
    """How many inputs there are, where that is known without reading them."""
    if options["ids"]:
        number = options["ids"].count(",") + 1
    elif options["db"]:
        from crystext.embedded import mini_table

        number = mini_table().num_rows
    else:
        return None
    return min(number, options["limit"] or number)


def _from_mini(ids: str | None) -> Iterator[Crystal]:
    from crystext.embedded import mini

    found = mini([i.strip() for i in ids.split(",")] if ids else None)
    try:
        first = list(islice(found, 1))
    except KeyError as error:
        raise click.BadParameter(error.args[0], param_hint="--ids") from error
    return chain(first, found)


def _files(files: tuple[str, ...], fmt: str | None) -> Iterator[Crystal | UnreadCrystal | Failure]:
    from crystext.ids import with_own_id
    from crystext.pipelines.sources.single import is_name
    from crystext.reading import iter_unread

    used: dict[str, int] = {}  # by files and by names in databases
    with TemporaryDirectory() as folder:
        stdin = Path(folder) / "stdin"  # a file like the others: read, checked and named alike
        if STDIN in files:
            stdin.write_bytes(sys.stdin.buffer.read())
        for named, group in groupby(files, is_name):
            if named:
                for name in group:
                    yield from (with_own_id(one, used) for one in _of_database(name))
            else:
                paths = [stdin if name == STDIN else name for name in group]
                yield from (with_own_id(one, used) for one in iter_unread(paths, fmt=fmt))


def _of_database(name: str) -> Iterator[Crystal | UnreadCrystal | Failure]:
    """The crystal that a name such as ``mp-149`` means, or why there is none."""
    from crystext.crystal import Failure
    from crystext.errors import BuildError, InputError, SourceError
    from crystext.pipelines.sources.single import crystals_named

    try:
        yield from crystals_named(name)
    except (BuildError, InputError, SourceError) as error:
        yield Failure(name, error.with_id(name))
