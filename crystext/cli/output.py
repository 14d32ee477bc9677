"""What the command writes: descriptions to standard output in one of three forms, and problems."""

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

    Writer = Callable[[Description], None]

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
    """Writes one document, a list; each crystal as soon as it is described."""
    first = True

    def write(description: Description) -> None:
        nonlocal first
        item = json.dumps(description.to_dict(), indent=2, ensure_ascii=False)
        indented = "\n".join(f"  {line}" for line in item.split("\n"))
        click.echo(f"{'[' if first else ','}\n{indented}", nl=False)
        first = False

    yield write
    click.echo("[]" if first else "\n]")


@contextmanager
def jsonl_writer() -> Iterator[Writer]:
    """Writes one line a crystal."""
    yield lambda description: click.echo(json.dumps(description.to_dict(), ensure_ascii=False))


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
