"""``crystext formats``: the formats that are read, and the names of their files."""

from __future__ import annotations

import click

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
    rows = [(name, ", ".join(one.names), one.remark) for name, one in CATALOGUE.items()]
    widths = [max(len(row[k]) for row in rows) for k in (0, 1)]
    for name, names, remark in rows:
        title = CATALOGUE[name].title
        words = remark if title.lower() == name else f"{title}: {remark}"
        click.echo(f"{name:{widths[0]}}  {names:{widths[1]}}  {words}")
    click.echo(f"\nEach may be packed ({', '.join(PACKED)}). {TAIL}")
