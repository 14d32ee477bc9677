"""``crystext mcp``: tools for agents, over standard input and output."""

from __future__ import annotations

import click

from crystext.cli import options as shared

EPILOG = """\b
Examples:
  crystext mcp
  crystext mcp structures/ --max-tokens 2000"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="[FOLDER]", required=False)
@click.option(
    "--max-tokens", type=click.IntRange(min=50), default=1000, help="Of an answer, at most."
)
@shared.of_server
def mcp(folder: str | None, max_tokens: int, timeout: float, max_sites: int) -> None:
    """Serve agents by the Model Context Protocol: describe, search, verify, predict, corpus_row.

    Only files below FOLDER can be read, none without it, and nothing is ever written but the index
    of a corpus in the cache. A client starts this command itself and talks to it over standard
    input and output; its settings name the command crystext with the arguments mcp and FOLDER.
    """
    from crystext.agents.server import make_server
    from crystext.agents.tools import FACTORY, Tools
    from crystext.pipelines.parallel.limited_describer import LimitedDescriber

    child = LimitedDescriber({"max_sites": max_sites}, timeout, factory=FACTORY)
    with Tools(folder, child, max_tokens) as tools:
        server = make_server(tools)
        try:
            server.run("stdio")
        except KeyboardInterrupt:
            click.echo("ended", err=True)
