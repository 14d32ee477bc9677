"""``crystext completion``: prints the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

EPILOG = "\b\nExample:\n  crystext completion bash >> ~/.bashrc"


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a SHELL: bash, zsh or fish.

    Commands and options are completed, and the names of models, properties, suites and packaged
    corpora.
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click knows the shells that it lets pass"
    script = kind(ctx.find_root().command, {}, "crystext", "_CRYSTEXT_COMPLETE")
    click.echo(script.source())
