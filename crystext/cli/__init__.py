"""The command ``crystext``: finds a subcommand, and turns errors into one line and a status.

Nothing heavy is imported here or by the subcommands' modules: ``crystext --help`` answers at once
and works with no extra installed. The library raises; only the command prints.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from crystext.cli.commands import COMMANDS, GROUPS, MEANT
from crystext.errors import (
    CannotWriteError,
    CrystextError,
    MissingExtraError,
    SystemTroubleError,
    UsageError,
    printable,
    shown,
)
from crystext.install import install_hint
from crystext.suggestions import did_you_mean
from crystext.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTRAS = {
    "model": ("torch", "transformers", "accelerate", "safetensors", "lightgbm", "matplotlib"),
    "hub": ("huggingface_hub", "datasets"),
    "tokens": ("tokenizers",),
    "jarvis": ("jarvis",),
    "mp": ("mp_api",),
    "dask": ("dask", "distributed"),
    "ray": ("ray",),
    "pyg": ("torch_geometric",),
    "agents": ("mcp", "pydantic"),
    "sklearn": ("sklearn",),
}
"""The packages that commands import, by the extra that installs each."""
TYPED = "crystext.typed"
"""Where a context keeps all arguments."""
_WIDEST = max(map(len, COMMANDS))
_OUT = frozenset({"-o", "--out", "--output"})
NOT_ALL, WRONG_USAGE = 1, 2
BROKEN_PIPE, INTERRUPTED = 128 + 13, 128 + 2  # 128 + signal, as shells count
"""The second is of whatever asks a command to end: Ctrl-C, a batch system, ``timeout``."""


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is asked for, and ends quietly on a closed pipe."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of all subcommands."""
        return list(COMMANDS)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands by what they are for; none is imported."""
        for heading, held in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(_WIDEST), words) for name, words in held.items()])

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        return getattr(import_module(f"crystext.cli.{name}"), name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the subcommand that the command line names; for a wrong name says the nearest.

        Raises:
            click.UsageError: there is none.
        """
        if args and args[0][:1].isalnum() and self.get_command(ctx, args[0]) is None:
            meant = MEANT.get(args[0])
            remedy = f"see {meant}" if meant else did_you_mean(args[0], COMMANDS)
            ctx.fail(f"no command is called {shown(args[0])}; {remedy}")
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Reads the command line, which writes the group's own help."""
        with _quiet_without_reader():
            return super().make_context(*args, **options)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keeps the arguments as they were typed, to tell how to go on."""
        ctx.meta[TYPED] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the subcommand."""
        with _quiet_without_reader():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def _quiet_without_reader() -> Iterator[None]:
    """Ends the command without a word when the reader of its output went away (``| head``)."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        raise SystemExit(BROKEN_PIPE) from None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog="\b\nExample:\n  crystext describe NaCl.cif",
)
@click.version_option(__version__, message="crystext %(version)s")
def cli() -> None:
    """Write text descriptions of crystals: robocrystallographer's text, fast and repeatable.

    What a command takes: crystext COMMAND --help.
    """


def main(args: list[str] | None = None) -> None:
    """Runs the command and exits with its status."""
    from crystext.cli.terminal import open_streams

    if not sys.warnoptions:  # the libraries' warnings are about their affairs; -W shows them
        warnings.simplefilter("ignore")
        os.environ.setdefault("PYTHONWARNINGS", "ignore")  # in the workers too
    if not open_streams():
        words = "standard output is closed: nothing can be written; open it, or send it to a file"
        _say(CannotWriteError(words))
        sys.exit(NOT_ALL)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as by Ctrl-C, in order
    status = _run(args)
    try:
        with _quiet_without_reader():
            sys.stdout.flush()  # what a command that failed has left
    except CannotWriteError as error:
        _say(error)
        status = NOT_ALL
    sys.exit(status)


def _run(args: list[str] | None) -> int:
    try:
        status = cli.main(args, prog_name="crystext", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        if isinstance(error, click.NoSuchOption) and _writes_no_file(error):
            words = f"{error.format_message()} Results go to standard output: add > FILE."
            error = click.UsageError(words, error.ctx)
        said = io.StringIO()
        error.show(said)  # whose lists are set in by tabs
        click.echo(
            "\n".join(map(printable, said.getvalue().expandtabs(4).split("\n"))), err=True, nl=False
        )
        return error.exit_code
    except CrystextError as error:
        _say(error)
        return WRONG_USAGE if isinstance(error, UsageError) else NOT_ALL
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "crystext":
            raise  # our own mistake, which a traceback tells best
        _say(_missing(error.name.partition(".")[0]))
        return NOT_ALL
    except OSError as error:
        _say(SystemTroubleError.of(error))
        return NOT_ALL
    return status if isinstance(status, int) else 0


def _writes_no_file(error: click.NoSuchOption) -> bool:
    """Whether a file for the results was asked for, of a command that takes none."""
    if error.option_name not in _OUT or error.ctx is None:
        return False
    return not _OUT & {name for param in error.ctx.command.params for name in param.opts}


def _missing(package: str) -> MissingExtraError:
    """What to install where a package is not there, by the extra that holds it."""
    extra = next((name for name, held in EXTRAS.items() if package in held), "all")
    return MissingExtraError(
        f"this command needs {package}, which is not installed: {install_hint(extra)}"
    )


def _say(error: CrystextError) -> None:
    click.echo(f"crystext: [{error.code}] {error}", err=True)
