"""``crystext sections``: splits a description, ours or a published one, into global and local."""

from __future__ import annotations

from typing import IO

import click

EPILOG = (
    "\b\nExamples:\n"
    "  crystext sections description.txt\n"
    "  crystext describe NaCl.cif | crystext sections - --json"
)


@click.command(epilog=EPILOG)
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help='Write {"global": …, "local": …}.')
def sections(file: IO[str], as_json: bool) -> None:
    """Split the description in FILE (or - for standard input) by the kind of its sentences.

    Global is what holds for the whole crystal: mineral, space group, components. Local is what
    holds for single sites: neighbours, bond lengths, polyhedra.
    """
    from crystext.cli import inputs, output
    from crystext.description.sections import split_text

    global_text, local_text = split_text(inputs.words_of(file, "crystext sections -").strip())
    if as_json:
        click.echo(output.as_json({"global": global_text, "local": local_text}, indent=2))
    else:
        output.write_lines(f"Global:\n{global_text}\n\nLocal:\n{local_text}".split("\n"))
