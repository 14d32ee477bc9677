"""``crystext predict``: from structures to a property's values by a finished run, in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crystext.cli import options as shared

EPILOG = """\b
Examples:
  crystext predict runs/bulk NaCl.cif
  crystext predict runs/bulk structures/ --csv --workers 4 > bulk.csv
  crystext predict OWNER/NAME structures/ --revision v1.0 --jsonl
  crystext predict runs/bulk --db mini --ids mp-22862,mp-149"""


@click.command(epilog=EPILOG)
@click.argument("run", metavar="RUN")
@click.argument("files", nargs=-1, metavar="FILE... | DIR | -")
@click.option("--json", "form", flag_value="json", help="Write one JSON list.")
@click.option("--jsonl", "form", flag_value="jsonl", help="Write one JSON object per line.")
@click.option("--csv", "form", flag_value="csv", help="Write comma-separated values.")
@shared.source_format
@click.option("--db", type=click.Choice(["mini"]), help="Take a database instead of files.")
@click.option("--ids", metavar="ID,ID...", help="Only these crystals of the database.")
@click.option("--limit", type=shared.NUMBER, help="Only the first so many crystals.")
@shared.workers("Processes that read and describe.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End the reading and describing of a crystal after.",
)
@click.option(
    "--batch-size",
    type=shared.NUMBER,
    default=64,
    show_default=True,
    help="Crystals that go through the network together.",
)
@shared.device("Where the network and the language model run.")
@click.option(
    "--encoder",
    metavar="NAME|PATH",
    help="Where the run's language model is, if not where the run found it.",
)
@shared.quiet
@click.option("--revision", metavar="REV", help="Commit, branch or tag of a run on the Hub.")
@click.pass_context
def predict(ctx: click.Context, run: str, files: tuple[str, ...], **options: Any) -> None:
    """Predict a property of crystals in FILEs, in a DIR, or on standard input (-).

    RUN is the folder of a finished crystext train, or OWNER/NAME of a published one. Where its
    network reads texts, crystals are described as those of its corpus were. Values go to standard
    output in the order of the inputs, problems and notes to standard error. Exits with 0 if all
    have a value, 1 if some have none, 2 for wrong usage.
    """
    from crystext.cli import inputs, output

    inputs.check_usage(files, options)

    from crystext.crystal import Failure
    from crystext.model import load

    if Path(run).is_file():
        raise click.UsageError(f"the first argument is the run; {run} is a file")
    predictor = load(
        run, revision=options["revision"], device=options["device"], encoder=options["encoder"]
    )
    for difference in predictor.differences:
        click.echo(f"crystext: [note] {difference}", err=True)
    crystals, number = inputs.crystals(files, options)
    results, past_the_bar = output.progress(
        predictor.iter_predict(
            crystals,
            batch_size=options["batch_size"],
            workers=options["workers"],
            timeout=options["timeout"],
        ),
        inputs.total(options),
        shown=number > inputs.FEW,
    )
    writers = {
        "json": output.json_writer,
        "jsonl": output.jsonl_writer,
        "csv": output.csv_writer,
        None: output.table_writer,
    }
    failed = 0
    with writers[options["form"]]() as write:
        for result in results:
            with past_the_bar():
                if isinstance(result, Failure):
                    failed += 1
                    output.report(result)
                    continue
                write(result)
                if not options["quiet"]:
                    output.report_notes(result.id, result.notes)
    if not options["quiet"]:
        output.report_left_out(files)
    ctx.exit(1 if failed else 0)
