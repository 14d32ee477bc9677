"""What commands write: results to standard output in one of several forms, and problems."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from crystext.crystal import Failure
    from crystext.description.record import Description
    from crystext.model.predict import Prediction

    Writer = Callable[[Description | Prediction], None]

SECTIONS = {
    "all": "text",
    "global": "global_text",
    "local": "local_text",
    "fields": "fields_text",
}


@contextmanager
def text_writer(section: str, *, named: bool) -> Iterator[Writer]:
    """Writes one section as text; of several crystals, each below a line with its id."""
    first = True

    def write(description: Description) -> None:
        nonlocal first
        if named:
            click.echo(f"{'' if first else chr(10)}{description.id}")
        click.echo(getattr(description, SECTIONS[section]))
        first = False

    yield write


@contextmanager
def json_writer() -> Iterator[Writer]:
    """Writes one document, a list; each crystal as soon as it is done."""
    first = True

    def write(result: Description | Prediction) -> None:
        nonlocal first
        item = json.dumps(result.to_dict(), indent=2, ensure_ascii=False)
        indented = "\n".join(f"  {line}" for line in item.split("\n"))
        click.echo(f"{'[' if first else ','}\n{indented}", nl=False)
        first = False

    yield write
    click.echo("[]" if first else "\n]")


@contextmanager
def jsonl_writer() -> Iterator[Writer]:
    """Writes one line a crystal."""
    yield lambda result: click.echo(json.dumps(result.to_dict(), ensure_ascii=False))


@contextmanager
def table_writer() -> Iterator[Writer]:
    """Writes predictions, a line each: id, formula, value, unit; columns grow where they must."""

    def write(result: Prediction) -> None:
        number = f"{result.value:#.6g}".rstrip(".")
        click.echo(f"{result.id:<20}  {result.formula:<20}  {number:>12} {result.unit}".rstrip())

    yield write


@contextmanager
def csv_writer() -> Iterator[Writer]:
    """Writes predictions as comma-separated values below a line of names."""
    import csv

    rows = csv.writer(sys.stdout, lineterminator="\n")
    names = ("id", "formula", "property", "value", "unit")
    rows.writerow(names)
    yield lambda result: rows.writerow([getattr(result, name) for name in names])


def report(failure: Failure) -> None:
    """Writes one line to standard error: the code, the crystal and what to do."""
    message = " ".join(str(failure.error).split())
    click.echo(f"crystext: [{failure.error.code}] {failure.id}: {message}", err=True)


def progress(
    results: Iterable, total: int | None, *, shown: bool
) -> tuple[Iterable, AbstractContextManager]:
    """The results under a progress bar, and the context in which to write past it."""
    if not (shown and sys.stderr.isatty()):
        return results, nullcontext
    from tqdm import tqdm

    bar = tqdm(results, total=total, unit=" crystals", file=sys.stderr, dynamic_ncols=True)
    return bar, tqdm.external_write_mode
