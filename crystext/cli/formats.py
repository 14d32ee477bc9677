"""``crystext formats``: the formats that are read, and the names of their files."""

from __future__ import annotations

import click

from crystext.cli.output import aligned
from crystext.formats.catalogue import CATALOGUE, PACKED

EPILOG = "\b\nExample:\n  crystext formats\n  crystext describe my.txt --from poscar"

TAIL = """A file may hold several structures: they are
called stem#1, stem#2 … A folder is searched with all its subfolders. The id of a file is its
path below the folder without the suffix. Files of other names are left out, and named on
standard error."""


@click.command(epilog=EPILOG)
def formats() -> None:
    """List the formats of structures that are read.

    The first word of a line is what --from takes. The name of a file tells its format, in any case
    of letters, else its content does.
    """
    rows = []
    for name, one in CATALOGUE.items():
        words = one.remark if one.title.lower() == name else f"{one.title}: {one.remark}"
        rows.append((name, ", ".join(one.names), words))
    click.echo("\n".join(aligned(rows)))
    click.echo(f"\nEach may be packed ({', '.join(PACKED)}). {TAIL}")
