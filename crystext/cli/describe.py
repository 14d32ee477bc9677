"""``crystext describe``: from files, a folder, standard input or a database to texts, in order."""

from __future__ import annotations

from typing import Any

import click

from crystext import choices
from crystext.cli import options as shared
from crystext.cli import robocrys_options

EPILOG = """\b
Examples:
  crystext describe NaCl.cif
  crystext describe structures/ --section global --workers 4
  cat POSCAR | crystext describe - --from poscar --json
  crystext describe disordered.cif --disorder majority
  crystext describe mp-149 cod:1000041 optimade:oqmd/4061139
  crystext describe NaCl.cif --no-symmetry-labels --no-bond
  crystext describe --db mini --limit 25 --jsonl > descriptions.jsonl"""
POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(epilog=EPILOG, cls=robocrys_options.GroupedCommand)
@click.argument("files", nargs=-1, metavar="FILE... | DIR | NAME... | -")
@shared.section("Which part of the text to write; fields are the global facts with labels.")
@click.option(
    "--style",
    type=click.Choice(choices.STYLES),
    default="raw",
    help="How formulas, symbols and charges are written.",
)
@click.option("--canonical", is_flag=True, help="Standardise the cell and sort the sites first.")
@shared.oxidation
@shared.disorder
@click.option("--json", "form", flag_value="json", help="Write one JSON list.")
@click.option("--jsonl", "form", flag_value="jsonl", help="Write one JSON object per line.")
@shared.source_format
@click.option("--db", type=click.Choice(["mini"]), help="Describe a database instead of files.")
@click.option("--ids", metavar="ID,ID...", help="Only these crystals of the database.")
@click.option("--limit", type=shared.NUMBER, help="Only the first so many crystals.")
@shared.workers()
@click.option(
    "--engine",
    type=click.Choice(choices.ENGINES),
    default="fast",
    help="Ours, or the original classes of robocrystallographer.",
)
@click.option("--symprec", type=POSITIVE, default=0.01, help="Symmetry tolerance in Å.")
@click.option("--timeout", type=POSITIVE, metavar="SECONDS", help="End a crystal's work after.")
@click.option("--max-sites", type=shared.NUMBER, help="Refuse larger structures.")
@shared.quiet
@click.option("--online-names", is_flag=True, help="Ask PubChem for unknown molecules' names.")
@robocrys_options.robocrys_options
@click.pass_context
def describe(ctx: click.Context, files: tuple[str, ...], **options: Any) -> None:
    """Describe crystals in FILEs, in all structure files of a DIR, or on standard input (-).

    A NAME is that of a crystal in a database: mp-149 of the Materials Project, cod:1000041 of the
    Crystallography Open Database, optimade:PROVIDER/ID of any that speaks OPTIMADE. It is fetched
    once and kept in the cache; a file that is called so is read instead.

    Texts go to standard output in the order of the inputs, problems to standard error, each with
    the crystal's name and a code; so do notes on what was doubtful in an input. Exits with 0 if
    all were described, 1 if some were not, 2 for wrong usage. The formats that are read, the names
    of their files and where ids come from: crystext formats.
    """
    from crystext.cli import inputs, output

    inputs.check_usage(files, options)

    from crystext.pipelines.describing import describe_many

    crystals, number = inputs.crystals(files, options)
    settings = {
        name: options[name]
        for name in (
            "engine", "style", "canonical", "oxidation", "disorder", "symprec", "max_sites",
            "online_names",
        )
    }  # fmt: skip
    settings |= robocrys_options.chosen(options)
    results, past_the_bar = output.progress(
        describe_many(crystals, settings, workers=options["workers"], timeout=options["timeout"]),
        inputs.total(options),
        shown=number > inputs.FEW,
    )
    notes = None if options["quiet"] else output.notes_of
    with _writer(options, named=number > 1) as write:
        failed = output.write_all(results, past_the_bar, write, notes)
    if not options["quiet"]:
        output.report_left_out(files)
    ctx.exit(1 if failed else 0)


def _writer(options: dict[str, Any], *, named: bool) -> Any:
    from crystext.cli import output

    if options["form"] == "json":
        return output.json_writer()
    if options["form"] == "jsonl":
        return output.jsonl_writer()
    return output.text_writer(options["section"], named=named)
