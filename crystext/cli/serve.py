"""``crystext serve``: a page on this machine that describes what is dropped or pasted."""

from __future__ import annotations

import errno
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from crystext.cli import options as shared

if TYPE_CHECKING:
    from crystext.serve.server import Server

EPILOG = """\b
Examples:
  crystext serve
  crystext serve --open --port 8080
  crystext serve --run runs/bulk"""


@click.command(epilog=EPILOG)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    help="To listen on; 0 for any that is free.",
)
@click.option(
    "--run", metavar="DIR", help="A finished run, which predicts in place of the package."
)
@click.option(
    "--predict/--no-predict",
    "predicts",
    default=None,
    help="Show predictions; without either word, where torch is installed.",
)
@shared.of_server
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
def serve(
    port: int,
    run: str | None,
    timeout: float,
    max_sites: int,
    *,
    predicts: bool | None,
    opened: bool,
) -> None:
    """Open a page that describes a structure which you drop or paste: text, facts and picture.

    The page is on this machine alone (127.0.0.1) and needs no network. Each structure is described
    in a process with a time limit; no file is read but what is dropped. Ctrl-C ends it.
    """
    from crystext.pipelines.parallel.limited_describer import LimitedDescriber
    from crystext.serve.desk import FACTORY, Desk

    if predicts is None:
        predicts = run is not None or find_spec("torch") is not None
    elif run is not None and not predicts:
        raise click.UsageError("--no-predict leaves a --run nothing to do; drop one of them")
    settings = {"run": run, "max_sites": max_sites, "predicts": predicts}
    desk = Desk(LimitedDescriber(settings, timeout, factory=FACTORY))
    with desk, _listening(port, desk) as server:
        desk.start()  # a run that cannot be read is said now
        click.echo(f"{server.url} describes what you drop there; Ctrl-C ends it")
        if opened:
            click.launch(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("\nended", err=True)


def _listening(port: int, desk: object) -> Server:
    from crystext.errors import SystemTroubleError
    from crystext.serve.server import ADDRESS, Server

    try:
        return Server(port, desk)  # type: ignore[arg-type]
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "another program listens there" if taken else error.strerror or str(error)
        message = f"port {port} of {ADDRESS} cannot be had ({reason})"
        raise SystemTroubleError(f"{message}; choose another --port, or 0 for any") from error
