"""``crystext predict``: from structures to properties' values by finished runs, in order."""

from __future__ import annotations

import re
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import click

from crystext.cli import options as shared
from crystext.errors import shown

EPILOG = """\b
Examples:
  crystext predict NaCl.cif
  crystext predict runs/bulk NaCl.cif
  crystext predict --run runs/bulk-0 --run runs/bulk-1 NaCl.cif
  crystext predict runs/bulk structures/ --csv --workers 4 > bulk.csv
  crystext predict OWNER/NAME structures/ --revision v1.0 --jsonl
  crystext predict runs/bulk --db mini --ids mp-22862,mp-149"""


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, metavar="[RUN] FILE... | DIR | -")
@click.option(
    "--run",
    "runs",
    multiple=True,
    metavar="RUN",
    help="A finished run; of several the mean and the spread are given.",
)
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="NAME",
    help="Only this property of the package's networks.",
)
@shared.forms
@click.option("--csv", "form", flag_value="csv", help="Write comma-separated values.")
@shared.crystals("Take")
@shared.workers("Processes that read and describe.")
@click.option(
    "--timeout",
    type=shared.POSITIVE,
    metavar="SECONDS",
    help="End the reading and describing of a crystal after.",
)
@click.option(
    "--batch-size",
    type=shared.NUMBER,
    default=64,
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
def predict(ctx: click.Context, files: tuple[str, ...], **options: Any) -> None:
    """Predict properties of crystals in FILEs, in a DIR, or on standard input (-).

    Without a RUN, by the small networks of the package: formation energy, PBE band gap, bulk and
    shear modulus, each the mean of five networks and their spread. RUN is the folder of a finished
    crystext train, or OWNER/NAME of a published one. Where its network reads texts, crystals are
    described as those of its corpus were. Values go to standard output in the order of the inputs,
    problems and notes to standard error. Exits with 0 if all have a value, 1 if some have none, 2
    for wrong usage.
    """
    from crystext.cli import inputs, output

    runs = options["runs"]
    if not runs and files and _is_run(files[0], alone=len(files) == 1 and not options["db"]):
        runs, files = files[:1], files[1:]
    for one in files:
        if _is_run(one, alone=True):
            raise click.UsageError(
                f"{shown(one)} is a run, and stands where structures do; give it first, or several "
                "each by --run"
            )
    inputs.check_usage(files, options)

    from crystext.model import load

    predictor = load(
        runs or None,
        properties=options["properties"] or None,
        revision=options["revision"],
        device=options["device"],
        encoder=options["encoder"],
    )
    for difference in predictor.differences:
        output.note(difference)
    crystals, number = inputs.crystals(files, options)
    total, each = inputs.total(options), len(predictor.properties)
    csv = partial(output.csv_writer, spread=len(predictor.runs) > 1)
    table = partial(output.table_writer, several=each > 1)
    writers: dict[str | None, Any] = {**output.JSON_WRITERS, "csv": csv}
    failed = output.write_all(
        predictor.iter_predict(
            crystals,
            batch_size=options["batch_size"],
            workers=options["workers"],
            timeout=options["timeout"],
        ),
        writers.get(options["form"], table)(),
        total=total and total * each,
        shown=number > inputs.FEW,
        unit="values",
        notes=None if options["quiet"] else attrgetter("notes"),
        places=files,
    )
    ctx.exit(1 if failed else 0)


def _is_run(name: str, *, alone: bool) -> bool:
    """Whether an argument is a run, and no structure.

    Args:
        name: a path, or maybe the name of a run on the Hub.
        alone: only a folder that is there counts.
    """
    from crystext.formats.names import format_of_name
    from crystext.model.training.folder import SETTINGS

    path = Path(name).expanduser()
    if path.exists():
        return (path / SETTINGS).is_file()
    on_the_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not format_of_name(Path(name).name)
    return bool(on_the_hub) and not alone
