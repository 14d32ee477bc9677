"""``crystext decode``: from a text that a person or a model wrote to a structure file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crystext.cli import options as shared
from crystext.representations.representation import REPRESENTATIONS

EPILOG = """\b
Examples:
  crystext decode text.txt --as crystal-text-llm -o structure.cif
  crystext encode NaCl.cif --as wyckoff-sites | crystext decode - --as wyckoff-sites"""


@click.command(epilog=EPILOG)
@click.argument("file", metavar="TEXT|-", type=click.File(encoding="utf-8"))
@click.option(
    "--as",
    "name",
    required=True,
    type=click.Choice([one.name for one in REPRESENTATIONS.values() if one.read_by]),
    help="What the text is.",
)
@click.option(
    "-o", "--out", type=shared.OutFile(), help="The CIF to write; standard output if not given."
)
def decode(file: Any, name: str, out: Path | None) -> None:
    """Read the structure of a TEXT and write it as CIF.

    The text is checked as a file would be: what is no sound crystal is refused. What the form
    loses, its digits above all, does not come back; crystext encode --list says what.
    """
    from crystext.cli import inputs
    from crystext.cli.output import report_notes
    from crystext.corpus.cif_text import cif
    from crystext.files import write_text
    from crystext.representations.encode import decode as read

    text = inputs.text_of(file)
    crystal = read(text, name, id=Path(file.name).stem if file.name != "<stdin>" else "stdin")
    written = cif(crystal.structure)
    report_notes(crystal.id, crystal.notes)
    if out is None:
        click.echo(written, nl=False)
    else:
        write_text(out, written)
        click.echo(f"{out}")
