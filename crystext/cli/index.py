"""``crystext index``: makes ready what ``crystext search`` looks into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crystext.cli import options as shared

if TYPE_CHECKING:
    from pathlib import Path

EPILOG = """\b
Examples:
  crystext index mini
  crystext index jarvis-text --workers 8
  crystext index my-text -o my-text.index"""


@click.command(epilog=EPILOG)
@click.argument("corpus", metavar="CORPUS")
@click.option(
    "-o", "--out", type=shared.OutFolder(), help="Folder of the index; else in the cache."
)
@shared.workers()
def index(corpus: str, out: Path | None, workers: int) -> None:
    """Index the texts and facts of CORPUS, a folder or mini, for crystext search.

    An index that is there already is made anew. Small corpora need no such command: they are
    indexed when they are searched for the first time.
    """
    from crystext.corpus.reader import load_corpus
    from crystext.pipelines.search.index import build_index

    made = build_index(load_corpus(corpus), out, workers=workers, progress=True)
    size = sum(file.stat().st_size for file in made.path.rglob("*") if file.is_file())
    click.echo(
        f"{made.n_rows:,} rows, {len(made.facts.terms):,} facts, {size / 1e6:,.1f} MB: {made.path}"
    )
