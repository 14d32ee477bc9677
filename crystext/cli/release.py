"""What the commands that publish write: the plan of a dry run, or what was sent."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from crystext.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crystext.pipelines.hub.release import PublishResult

_STEP = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB")


def publish(
    send: Callable[..., PublishResult], folder: Path, loader: str, *, dry_run: bool, **options: Any
) -> None:
    """Sends a folder, or only shows what would be sent; says what was done.

    Args:
        send: publishes it.
        folder: of a corpus or a run.
        loader: the call that loads it from the Hub.
        dry_run: send nothing.
        options: of ``send``.
    """
    if not dry_run and not sys.stderr.isatty():  # nobody would see the Hub's progress bars
        with suppress(ImportError):  # which publishing says in its own words
            from huggingface_hub.utils import disable_progress_bars

            disable_progress_bars()
    result = send(folder.resolve(), dry_run=dry_run, **options)
    if dry_run:
        _show(result)
    else:
        _report(result, loader)


def _show(plan: PublishResult) -> None:
    """The files with their sizes, and the card."""
    for file in plan.files:
        click.echo(f"{_size(file.size):>9}  {printable(file.path)}")
    total = sum(file.size for file in plan.files)
    click.echo(f"{_size(total):>9}  {len(plan.files)} files for {plan.repo_id} ({plan.branch})")
    click.echo("\n".join(map(printable, f"\n{plan.card}".split("\n"))), nl=False)
    click.echo("Nothing was sent: this was a dry run.", err=True)


def _report(result: PublishResult, loader: str) -> None:
    """What was sent, where it is, and the call that loads it."""
    if result.uploaded or result.deleted:
        sizes = {file.path: file.size for file in result.files}
        sent = _size(sum(sizes[path] for path in result.uploaded))
        click.echo(f"{len(result.uploaded)} files ({sent}) sent, {len(result.deleted)} removed")
    else:
        click.echo("nothing has changed since the last commit")
    click.echo(result.url)
    named = f", revision={result.tag!r}" if result.tag else ""
    if not named and result.branch != "main":
        named = f", revision={result.branch!r}"
    click.echo(f'{loader}("{result.repo_id}"{named})')


def _size(size: float) -> str:
    """Bytes as people read them, for example ``12.3 MB``."""
    power = 0
    while size >= _STEP and power < len(_UNITS) - 1:
        size, power = size / _STEP, power + 1
    return f"{size:.{min(power, 1)}f} {_UNITS[power]}"
