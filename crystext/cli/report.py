"""``crystext report``: a corpus as one page to look at."""

from __future__ import annotations

from pathlib import Path

import click

from crystext.cli import options as shared

EPILOG = """\b
Example:
  crystext report mini-text -o report.html"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=shared.OutFile(),
    default=Path("report.html"),
    help="The HTML file to write.",
)
def report(folder: Path, out: Path) -> None:
    """Write a page that shows the corpus in DIR: charts, failures, and every crystal.

    The page holds all its data, needs no network, and opens in any browser of today.
    """
    from crystext.corpus.reader import load_corpus
    from crystext.report.page import write_report

    corpus = load_corpus(folder)
    size = write_report(corpus, out)
    click.echo(f"{out}: {len(corpus):,} crystals, {size / 1e6:.1f} MB")
