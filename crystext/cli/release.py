"""What the commands that publish write: the plan of a dry run, or what was sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crystext.errors import printable

if TYPE_CHECKING:
    from crystext.pipelines.hub.release import PublishResult

_STEP = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB")


def quiet_without_terminal() -> None:
    """Turns the Hub's progress bars off where nobody would see them."""
    if sys.stderr.isatty():
        return
    try:
        from huggingface_hub.utils import disable_progress_bars
    except ImportError:  # which publishing says in its own words
        return
    disable_progress_bars()


def show(plan: PublishResult) -> None:
    """The files with their sizes, and the card."""
    for file in plan.files:
        click.echo(f"{_size(file.size):>9}  {printable(file.path)}")
    total = sum(file.size for file in plan.files)
    click.echo(f"{_size(total):>9}  {len(plan.files)} files for {plan.repo_id} ({plan.branch})")
    click.echo("\n".join(map(printable, f"\n{plan.card}".split("\n"))), nl=False)
    click.echo("Nothing was sent: this was a dry run.", err=True)


def report(result: PublishResult, loader: str) -> None:
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
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    raise AssertionError
