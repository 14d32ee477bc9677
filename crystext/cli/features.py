"""``crystext features``: the facts of a corpus or of structures as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crystext.cli import options as shared

if TYPE_CHECKING:
    from pathlib import Path

EPILOG = """\b
Examples:
  crystext features mini -o features.parquet
  crystext features mini-text --limit 100 -o features.csv
  crystext features --list"""


@click.command(epilog=EPILOG)
@click.argument("corpus", metavar="CORPUS", required=False)
@click.option(
    "-o",
    "--out",
    type=shared.OutFile(),
    help="A .parquet or .csv file: id, then a column for each feature.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows.")
@click.option("--list", "listed", is_flag=True, help="Print every feature, its unit and meaning.")
def features(corpus: str | None, out: Path | None, limit: int | None, *, listed: bool) -> None:
    """Write what the texts of CORPUS say as numbers, one row a crystal.

    CORPUS is a corpus' folder or mini. A number that a crystal has not, such as an angle at shared
    corners, is empty. From Python: crystext.facts(crystext.describe(...)).
    """
    from crystext.errors import UsageError
    from crystext.features.facts import FEATURES

    if listed:
        for one in FEATURES:
            click.echo(f"{one.name}\t{one.unit or '-'}\t{one.meaning}")
        return
    if corpus is None or out is None:
        raise UsageError("give a corpus and --out FILE, as in: crystext features mini -o f.parquet")
    from crystext.corpus.reader import load_corpus
    from crystext.features.companion import write_features

    count = write_features(load_corpus(corpus), out, limit=limit, progress=True)
    click.echo(f"{count:,} crystals, {len(FEATURES)} features: {out}")
