"""``crystext publish``: from a finished corpus to the Hugging Face Hub, or only a look at it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from crystext.pipelines.release import PublishResult

EPILOG = """\b
Examples:
  crystext publish corpus --repo-id crysmmnet/jarvis-text --dry-run
  crystext publish corpus --repo-id crysmmnet/jarvis-text --private --tag v1.0"""
_STEP = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB")


@click.command(epilog=EPILOG)
@click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--repo-id", required=True, metavar="OWNER/NAME", help="Dataset on the Hub.")
@click.option("--private", is_flag=True, help="Create it private; refuse a public one.")
@click.option("--revision", metavar="BRANCH", help="Branch to commit to; main if not given.")
@click.option("--tag", help="Name the commit; refused if it names another one already.")
@click.option("--message", help="Commit message.")
@click.option("--dry-run", is_flag=True, help="Only show the files and the card: no network.")
def publish(
    folder: Path,
    repo_id: str,
    private: bool,
    revision: str | None,
    tag: str | None,
    message: str | None,
    dry_run: bool,
) -> None:
    """Publish the corpus in DIR on the Hugging Face Hub.

    Every file is compared with the manifest first. All goes up in one commit, shards of an earlier
    release are removed in the same one, and a second run after an interruption goes on where the
    first one stopped. The token is that of `hf auth login` or HF_TOKEN; HF_ENDPOINT names another
    Hub.
    """
    from crystext.pipelines.publish import publish as publish_corpus

    if not (dry_run or sys.stderr.isatty()):
        _without_bars()
    result = publish_corpus(
        folder.resolve(),
        repo_id,
        private=private,
        revision=revision,
        tag=tag,
        message=message,
        dry_run=dry_run,
    )
    if dry_run:
        _show(result)
    else:
        _report(result)


def _without_bars() -> None:
    try:
        from huggingface_hub.utils import disable_progress_bars
    except ImportError:  # which publishing says in its own words
        return
    disable_progress_bars()


def _show(plan: PublishResult) -> None:
    """The files with their sizes, and the card."""
    for file in plan.files:
        click.echo(f"{_size(file.size):>9}  {file.path}")
    total = sum(file.size for file in plan.files)
    click.echo(f"{_size(total):>9}  {len(plan.files)} files for {plan.repo_id} ({plan.branch})")
    click.echo(f"\n{plan.card}", nl=False)
    click.echo("Nothing was sent: this was a dry run.", err=True)


def _report(result: PublishResult) -> None:
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
    click.echo(f'load_dataset("{result.repo_id}"{named})')


def _size(size: float) -> str:
    """Bytes as people read them, for example ``12.3 MB``."""
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    raise AssertionError
