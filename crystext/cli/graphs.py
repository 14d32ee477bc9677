"""``crystext graphs``: the crystal graphs of a corpus, once, for all trainings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from crystext.cli import options as shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crystext.model.graphs.store import GraphStore

EPILOG = """\b
Examples:
  crystext graphs mini
  crystext graphs jarvis-text --workers 4 --out graphs
  crystext graphs mini --no-quotient --radius 5 --limit 100"""


@click.command(epilog=EPILOG)
@click.argument("corpus", metavar="CORPUS")
@click.option("--out", type=shared.OutFolder(), help="Folder; one in the cache if not given.")
@click.option(
    "--neighbors",
    type=shared.NUMBER,
    default=12,
    help="Nearest neighbours of a site; the last one's shell is taken whole.",
)
@click.option(
    "--radius",
    "cutoff",
    type=float,
    metavar="R",
    help="All neighbours up to R angstrom instead.",
)
@click.option(
    "--quotient/--no-quotient",
    default=True,
    help="Keep what symmetry makes equal once, with its multiplicity.",
)
@click.option(
    "--tolerance",
    type=float,
    default=1e-3,
    help="How far distances (angstrom) and cosines of one class may differ.",
)
@click.option(
    "--doubled-images",
    is_flag=True,
    help="Count bonds of a site with its own image twice, as jarvis-tools and alignn do.",
)
@shared.workers()
@click.option("--limit", type=shared.NUMBER, help="Only the first so many rows.")
def graphs(corpus: str, out: Path | None, workers: int, limit: int | None, **options: Any) -> None:
    """Build the graphs of CORPUS, a corpus' folder or mini, and print the store's folder.

    Graphs that were built before of the same crystals with the same settings are not built again.
    The table says how many atoms, bonds and angles the full graphs have for one of the quotient:
    of the sums, and the median crystal's.
    """
    from crystext.corpus.reader import load_corpus
    from crystext.model.graphs.build import build_graph_store
    from crystext.model.graphs.settings import GraphSettings

    settings = GraphSettings(**options)
    opened, started = load_corpus(corpus), time.time()
    store = build_graph_store(
        opened, out, settings=settings, workers=workers, limit=limit, progress=True
    )
    counts = store.manifest["counts"]
    new = (store.path / "manifest.json").stat().st_mtime >= started
    click.echo(
        f"{counts['rows']:,} graphs of {counts['inputs']:,} crystals, "
        f"{counts['failures']:,} failures, {'' if new else 'built before in '}"
        f"{store.manifest['seconds']:.1f} s, digest {store.digest}"
    )
    for code, number in counts["failures_by_code"].items():
        click.echo(f"  {code}: {number:,}")
    if len(store):
        table = opened.table(["id", "crystal_system"])
        systems = dict(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
        click.echo("\n".join(["", *_table(store, systems), ""]))
    click.echo(store.path)


def _table(store: GraphStore, systems: dict[str, str]) -> Iterator[str]:
    """Sizes by crystal system, as Markdown."""
    from crystext.model.graphs.arrays import KINDS
    from crystext.model.graphs.compression import compression

    yield (
        "| crystal system | crystals | "
        + " | ".join(f"{kind}s | {kind}s, ratio | median" for kind in KINDS)
        + " |"
    )
    yield "| --- | ---: |" + " ---: |" * (3 * len(KINDS))
    for line in compression(store.arrays(), [systems[one] for one in store.ids]):
        cells = [
            f"{line.full[kind]:,} | {line.ratio[kind]:.1f} | {line.median[kind]:.1f}"
            for kind in KINDS
        ]
        yield f"| {line.name} | {line.crystals:,} | " + " | ".join(cells) + " |"
