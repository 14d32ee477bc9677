"""``crystext describe``: from files, a folder, standard input or a database to texts, in order."""

from __future__ import annotations

from functools import partial
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


@click.command(epilog=EPILOG, cls=robocrys_options.GroupedCommand)
@click.argument("files", nargs=-1, metavar="FILE... | DIR | NAME... | -")
@shared.section("Which part of the text to write; fields are the global facts with labels.")
@shared.choice("--style", choices.STYLES, "How formulas, symbols and charges are written.")
@click.option("--canonical", is_flag=True, help="Standardise the cell and sort the sites first.")
@shared.oxidation
@shared.disorder
@shared.forms
@shared.crystals("Describe")
@shared.workers()
@shared.choice(
    "--engine", choices.ENGINES, "Ours, or the original classes of robocrystallographer."
)
@shared.bounds
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
            *("engine", "style", "canonical", "oxidation", "disorder", "symprec", "max_sites"),
            "online_names",
        )
    }
    settings |= robocrys_options.chosen(options)
    section = options["section"]
    texts = partial(
        output.text_writer,
        lambda found: {section: getattr(found, choices.SECTIONS[section])},
        named=number > 1,
    )
    failed = output.write_all(
        describe_many(crystals, settings, workers=options["workers"], timeout=options["timeout"]),
        output.JSON_WRITERS.get(options["form"], texts)(),
        total=inputs.total(options),
        shown=number > inputs.FEW,
        notes=None if options["quiet"] else output.notes_of,
        places=files,
    )
    ctx.exit(1 if failed else 0)
