"""``crystext embed``: texts or crystals to vectors, by a language model or by a trained network."""

from __future__ import annotations

from typing import Any

import click

from crystext import choices
from crystext.cli import options as shared

EPILOG = """\b
Examples:
  crystext embed mini --encoder minilm
  crystext embed mini --encoder facts
  crystext embed jarvis-text --section global --pool cls
  crystext embed jarvis-text --encoder models/matscibert --windows --out embeddings
  crystext embed structures/ --model runs/bulk --out vectors.parquet"""


class _Out(shared.OutFolder):
    """The folder of a store; with ``--model``, which is read before, the file of vectors."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, once it is known that it can be written."""
        if ctx is not None and isinstance(ctx.params.get("run"), str):  # click's own if not given
            return shared.OutFile().convert(value, param, ctx)
        return super().convert(value, param, ctx)


@click.command(epilog=EPILOG)
@click.argument("corpus", metavar="CORPUS")
@shared.encoder(
    "The language model: MatSciBERT from the Hub or the folder in CRYSTEXT_MATSCIBERT, MiniLM from "
    "its package (no network), an id on the Hub, or a folder; or facts, the numbers of a text."
)
@shared.section("Which part of the text is read.", joined=True)
@click.option(
    "--model",
    "run",
    is_eager=True,
    metavar="RUN",
    help="A finished run: its network's vectors of the crystals, into the .parquet file --out.",
)
@shared.choice(
    "--pool",
    choices.POOLS,
    "The vector of a text: the CLS token's, or the mean over all tokens.",
    default="mean",
)
@click.option("--out", type=_Out(), help="Folder; one in the cache if not given.")
@click.option("--windows", is_flag=True, help="Average windows of longer texts, not cut them off.")
@click.option("--batch-size", type=shared.NUMBER, help="Texts of full length in a batch.")
@shared.device("Where the model runs.")
@shared.choice(
    "--precision",
    ["auto", *choices.PRECISIONS],
    "Of matrix products: auto is fp16 on CUDA, fp32 on a CPU.",
)
@shared.normalisation
@shared.encoder_revision
@click.option("--limit", type=shared.NUMBER, help="Only the first so many rows.")
@click.pass_context
def embed(ctx: click.Context, corpus: str, run: str | None, **options: Any) -> None:
    """Embed the texts of CORPUS, a corpus' folder or mini, and print the store's folder.

    What was embedded before with the same texts, encoder and settings is not made again. A run
    that was interrupted goes on when the same command is given.

    With --model, CORPUS may also be a file or a folder of structures. The vectors are what the
    last layers of the trained network read, for other programs to learn from.
    """
    if run is not None:
        ctx.exit(_by_network(corpus, run, options))
    from crystext.features.facts import FEATURES
    from crystext.model.text import embed_corpus

    try:
        store = embed_corpus(corpus, progress=True, **options)
    except KeyboardInterrupt:
        click.echo("\nstopped; the same command goes on", err=True)
        raise
    settings = store.manifest["settings"]
    if settings["model"] == "facts":
        wide = f"{store.width} wide with what lacks"
        click.echo(f"{len(store):,} vectors of {len(FEATURES)} facts, {wide}, {store.digest}")
        click.echo(store.path)
        return
    click.echo(
        f"{len(store):,} vectors of width {store.width} by {settings['model']}, section "
        f"{settings['section']}, {settings['pool']} pool, {settings['precision']}, digest "
        f"{store.digest}"
    )
    if store.manifest["truncated"]:
        click.echo(
            f"{store.manifest['truncated']:,} texts have over {settings['max_tokens']} tokens and "
            "were cut off; --windows reads them whole"
        )
    click.echo(store.path)


def _by_network(place: str, run: str, options: dict[str, Any]) -> int:
    """Writes the vectors of a run's network, and gives the exit status."""
    from itertools import islice

    from crystext.cli import output
    from crystext.model import load
    from crystext.model.prediction.vectors import check_out, crystals_at, write_vectors

    out = options["out"]
    if out is None:
        raise click.UsageError("with --model give the file to write, as in --out vectors.parquet")
    check_out(out)
    predictor = load(run, revision=options["revision"], device=options["device"])
    crystals, _ = output.progress(
        islice(crystals_at(place), options["limit"]), options["limit"], shown=True
    )
    count, failures = write_vectors(predictor, crystals, out)
    for one in failures:
        output.report(one)
    click.echo(f"{count:,} vectors by {run}: {out}")
    return 1 if failures else 0
