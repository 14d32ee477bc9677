"""What commands write: results to standard output in one of several forms, and problems."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from crystext.errors import printable
from crystext.spread import with_spread
from crystext.spreadsheets import Formulas

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from crystext.crystal import Failure
    from crystext.description.record import Description
    from crystext.model.prediction.ensemble import Prediction

    Write = Callable[[Any], None]

_FEW = 10  # files of a folder that are named, each in a line


@contextmanager
def text_writer(
    texts: Callable[[Any], Mapping[str, str]], *, named: bool, several: bool = False
) -> Iterator[Write]:
    """Writes texts of crystals.

    Args:
        texts: those of a result, by name.
        named: each below a line with the crystal's id.
        several: the text's name stands in that line.
    """
    first = True

    def write(result: Any) -> None:
        nonlocal first
        for name, text in texts(result).items():
            title = " ".join([printable(result.id)] * named + [name] * several)
            if title:
                click.echo(f"{'' if first else chr(10)}{title}")
            click.echo(text.rstrip("\n"))
            first = False

    yield write


def told(line: str) -> str:
    """A line as it is, for other programs; with escapes where a terminal reads it."""
    return printable(line) if sys.stdout.isatty() else line


def write_lines(lines: Iterable[str]) -> None:
    """Writes lines, with escapes where a terminal reads them."""
    click.echo("\n".join(map(told, lines)), color=True)  # or click takes colours out of a pipe


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON that reads as given, with escapes for what would command a terminal."""
    lines = json.dumps(value, indent=indent, ensure_ascii=False).split("\n")
    if all(line.isprintable() for line in lines):
        return "\n".join(lines)
    return "\n".join(
        "".join(one if one == printable(one) else json.dumps(one)[1:-1] for one in line)
        for line in lines
    )


@contextmanager
def json_writer() -> Iterator[Write]:
    """Writes one document, a list; each crystal as soon as it is done."""
    first = True

    def write(result: Any) -> None:
        nonlocal first
        item = as_json(result.to_dict(), indent=2)
        indented = "\n".join(f"  {line}" for line in item.split("\n"))
        click.echo(f"{'[' if first else ','}\n{indented}", nl=False)
        first = False

    yield write
    click.echo("[]" if first else "\n]")


@contextmanager
def jsonl_writer() -> Iterator[Write]:
    """Writes one line a crystal."""
    yield lambda result: click.echo(as_json(result.to_dict()))


JSON_WRITERS: dict[str | None, Callable[[], AbstractContextManager[Write]]] = {
    "json": json_writer,
    "jsonl": jsonl_writer,
}
"""Of whatever has a ``to_dict``, by the form that is asked for."""


@contextmanager
def table_writer(*, several: bool) -> Iterator[Write]:
    """Writes predictions, a line each: id, formula, value, unit; columns grow where they must.

    Args:
        several: name the property too.
    """

    def write(result: Prediction) -> None:
        number = f"{result.value:#.6g}".rstrip(".")
        if result.spread is not None:
            number = with_spread(result.value, result.spread)
        name, unit = printable(result.id), printable(result.unit)
        what = f"  {printable(result.property):<25}" if several else ""
        click.echo(f"{name:<20}  {result.formula:<20}{what}  {number:>12} {unit}".rstrip())

    yield write


@contextmanager
def csv_writer(*, spread: bool) -> Iterator[Write]:
    """Writes predictions as comma-separated values below a line of names.

    Ids stay as they are, for other programs to compare, unless a terminal reads them. Those that a
    spreadsheet would run are told at the end.

    Args:
        spread: write it too.
    """
    import csv

    rows = csv.writer(sys.stdout, lineterminator="\n")
    names = ("id", "formula", "property", "value", *(["spread"] if spread else []), "unit")
    rows.writerow(names)
    formulas = Formulas()

    def write(result: Any) -> None:
        cells = {name: told(str(getattr(result, name))) for name in names}
        rows.writerow(cells.values())
        formulas.see(cell for name, cell in cells.items() if name not in {"value", "spread"})

    yield write
    if remark := formulas.remark():
        note(remark)


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> Iterator[str]:
    """A line for each row, with columns below one another.

    Args:
        rows: cells of equally many columns.
        right: the columns that stand to the right, counted from 0.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def report(failure: Failure) -> None:
    """Writes one line to standard error: the code, the crystal and what to do."""
    name = printable(failure.id)
    click.echo(f"crystext: [{failure.error.code}] {name}: {failure.error.message}", err=True)


def notes_of(description: Description) -> list[str]:
    """The notes on a description, what was done to order the crystal first."""
    done = [f"disordered, described in an ordered form: {description.disorder}"]
    return [*(done if description.disorder else []), *description.notes]


def write_all(
    results: Iterable[Any],
    writer: AbstractContextManager[Write],
    *,
    total: int | None,
    shown: bool,
    unit: str = "crystals",
    notes: Callable[[Any], Iterable[str]] | None,
    places: Iterable[str],
) -> int:
    """Writes each result with its notes, or why there is none, and says how many there are not.

    Args:
        results: in their order, failures among them.
        writer: of results.
        total: how many there are, if that is known.
        shown: whether under a progress bar.
        unit: of the bar.
        notes: of a result; ``None`` to leave them out. Of one crystal each is written once.
        places: files and folders that were read; with notes, what was left out of them is named.
    """
    from crystext.crystal import Failure

    results, past_the_bar = progress(results, total, shown=shown, unit=unit)
    failed, told_of, told = 0, None, set[str]()
    with writer as write:
        for result in results:
            with past_the_bar():
                if isinstance(result, Failure):
                    failed += 1
                    report(result)
                    continue
                write(result)
                if notes is not None:
                    if told_of != result.id:
                        told_of, told = result.id, set()
                    fresh = [one for one in notes(result) if one not in told]
                    told.update(fresh)
                    report_notes(result.id, fresh)
    if notes is not None:
        report_left_out(places)
    return failed


def note(words: str) -> None:
    """Writes one line to standard error that is no failure."""
    click.echo(f"crystext: [note] {words}", err=True)


def report_notes(name: str, notes: Iterable[str]) -> None:
    """Writes the notes on a crystal to standard error, in one line; none for none."""
    if line := "; ".join(" ".join(note.split()) for note in notes):
        note(f"{printable(name)}: {printable(line)}")


def report_left_out(
    paths: Iterable[str | os.PathLike[str]],
    left_out: Callable[[str | os.PathLike[str]], tuple[list[str], int]] | None = None,
) -> None:
    """Names the files of folders that were left out because of their names, a line each.

    Of each folder the first ten stand there, how many more there are, and how many are hidden.

    Args:
        paths: folders, and files, of which nothing is left out.
        left_out: gives these files, by default as :func:`crystext.reading.left_out`.
    """
    from crystext import reading

    for path in paths:
        names, hidden = (left_out or reading.left_out)(path)
        for name in names[:_FEW]:
            file = printable(os.path.join(path, name))  # noqa: PTH118 (as it was typed)
            note(f"{file}: left out, its name is of no format")
        more = f"and {len(names) - _FEW:,} more files were left out; " if len(names) > _FEW else ""
        if hidden:
            more += f"{hidden:,} hidden {'files are' if hidden > 1 else 'file is'} left out; "
        if more or names:
            note(
                f"{printable(os.fspath(path))}: {more}name such a file itself to have it read, or "
                "see crystext formats"
            )


def progress(
    results: Iterable, total: int | None, *, shown: bool, unit: str = "crystals"
) -> tuple[Iterable, Callable[[], AbstractContextManager]]:
    """The results under a progress bar, and the context in which to write past it."""
    from crystext.pipelines.progress import bars_are_seen

    if not (shown and bars_are_seen()):
        return results, nullcontext
    from tqdm import tqdm

    bar = tqdm(results, total=total, unit=f" {unit}", file=sys.stderr, dynamic_ncols=True)
    return bar, tqdm.external_write_mode
