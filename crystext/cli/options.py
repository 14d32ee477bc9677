"""Options that several commands share: their words, choices and defaults in one place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crystext import choices
from crystext.files import check_file, check_folder
from crystext.formats.registry import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    Option = Callable[["Command"], "Command"]

Command = TypeVar("Command", bound="Callable[..., Any]")
"""The function of a command, which a decorator gives back with one more option."""
NUMBER = click.IntRange(1, 10**9)
"""How many of something; more than any machine can count out is a slip of the keyboard."""
_MOST_WORKERS = 1024


class OutFolder(click.Path):
    """The folder that a command makes: refused before any work where it cannot be made."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, once it is known that it can be written.

        Raises:
            CannotWriteError: it cannot.
        """
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if ctx is None or not ctx.resilient_parsing:
            check_folder(path)
        return path


class OutFile(OutFolder):
    """The file that a command writes: refused before any work where it cannot be written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, once it is known that it can be written.

        Raises:
            CannotWriteError: it cannot.
        """
        path = Path(os.fsdecode(click.Path.convert(self, value, param, ctx)))
        if ctx is None or not ctx.resilient_parsing:
            check_file(path)
        return path


source_format = click.option(
    "--from",
    "source_format",
    type=click.Choice(list(FORMATS)),
    help="Format of the input; told from name or content if not given.",
)
oxidation = click.option(
    "--oxidation",
    type=click.Choice(choices.OXIDATION),
    default=choices.OXIDATION[0],
    help="Oxidation states: those of the input, or guessed where it has none.",
)
disorder = click.option(
    "--disorder",
    type=click.Choice(choices.DISORDER),
    default=choices.REFUSE,
    help="Disordered crystals: refuse, take the most occupied alternatives, or order a cell.",
)
quiet = click.option(
    "--quiet", "-q", is_flag=True, help="No notes on standard error, only failures."
)
normalisation = click.option(
    "--normalisation",
    type=click.Choice(choices.NORMALISATIONS),
    default="auto",
    help="Of characters before they are read: auto is MatSciBERT's for MatSciBERT alone.",
)
encoder_revision = click.option(
    "--revision", metavar="REV", help="Commit, branch or tag of the encoder on the Hub."
)


def encoder(words: str) -> Option:
    """``--encoder`` of the commands that have nothing but a language model."""
    return click.option(
        "--encoder", default="matscibert", metavar="matscibert|minilm|HUB-ID|PATH", help=words
    )


def section(words: str, *, default: str | None = "all", joined: bool = False) -> Option:
    """``--section``; without a default another setting decides; joined ones are for reading."""
    return click.option(
        "--section",
        type=click.Choice(list(choices.READABLE if joined else choices.SECTIONS)),
        default=default,
        help=words,
    )


def device(words: str) -> Option:
    """``--device``; ``auto`` is a GPU where there is one."""
    return click.option("--device", type=click.Choice(choices.DEVICES), default="auto", help=words)


def workers(words: str = "Processes.") -> Option:
    """``--workers``, one if not given."""
    number = click.IntRange(1, _MOST_WORKERS)
    return click.option("--workers", type=number, default=1, help=words)


def of_server(command: Command) -> Command:
    """What a command that answers others allows each structure."""
    for add in (
        click.option("--max-sites", type=NUMBER, default=500, help="Refuse larger structures."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            metavar="SECONDS",
            help="End a structure's work after.",
        ),
    ):
        command = add(command)
    return command


def repository(what: str) -> Option:
    """``--repo-id``, of a dataset or a model."""
    return click.option(
        "--repo-id", required=True, metavar="OWNER/NAME", help=f"{what} on the Hub."
    )


def publishing(command: Command) -> Command:
    """What every upload to the Hub can be told."""
    for add in (
        click.option(
            "--dry-run", is_flag=True, help="Only show the files and the card: no network."
        ),
        click.option("--message", help="Commit message."),
        click.option("--tag", help="Name the commit; refused if it names another one already."),
        click.option(
            "--revision", metavar="BRANCH", help="Branch to commit to; main if not given."
        ),
        click.option("--private", is_flag=True, help="Create it private; refuse a public one."),
    ):
        command = add(command)
    return command
