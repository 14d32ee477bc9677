"""Options that several commands share: their words, choices and defaults in one place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import click

from crystext import choices
from crystext.files import check_file, check_folder
from crystext.formats.registry import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Option = Callable[["Command"], "Command"]

Command = TypeVar("Command", bound="Callable[..., Any]")
"""The function of a command, which a decorator gives back with one more option."""
NUMBER = click.IntRange(1, 10**9)
"""How many of something; more than any machine can count out is a slip of the keyboard."""
POSITIVE = click.FloatRange(min=0, min_open=True)
_MOST_WORKERS = 1024


class OutFolder(click.Path):
    """The folder that a command makes: refused before any work where it cannot be made."""

    check: ClassVar[staticmethod[[Path], None]] = staticmethod(check_folder)

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, once it is known that it can be written.

        Raises:
            CannotWriteError: it cannot.
        """
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if ctx is None or not ctx.resilient_parsing:
            self.check(path)
        return path


class OutFile(OutFolder):
    """The file that a command writes: refused before any work where it cannot be written."""

    check = staticmethod(check_file)


def choice(
    flag: str, allowed: Collection[str], words: str, *, default: str | None = None
) -> Option:
    """An option that takes one of a few words, the first if not given."""
    usual = default or next(iter(allowed))
    return click.option(flag, type=click.Choice(list(allowed)), default=usual, help=words)


def _together(*options: Option) -> Option:
    """Several options in this order, as one decorator."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


source_format = click.option(
    "--from",
    "source_format",
    type=click.Choice(list(FORMATS)),
    metavar="FORMAT",  # all of them make a line that no terminal holds
    help="Format of the input, such as poscar: see crystext formats. Told from name or content if "
    "not given.",
)
oxidation = choice(
    "--oxidation",
    choices.OXIDATION,
    "Oxidation states: those of the input, or guessed where it has none.",
)
disorder = choice(
    "--disorder",
    choices.DISORDER,
    "Disordered crystals: refuse, take the most occupied alternatives, or order a cell.",
)
quiet = click.option(
    "--quiet", "-q", is_flag=True, help="No notes on standard error, only failures."
)
bounds = _together(
    click.option("--symprec", type=POSITIVE, default=0.01, help="Symmetry tolerance in Å."),
    click.option("--timeout", type=POSITIVE, metavar="SECONDS", help="End a crystal's work after."),
    click.option("--max-sites", type=NUMBER, help="Refuse larger structures."),
    quiet,
)
"""Of the work on each crystal, and of what is said of it."""
forms = _together(
    click.option("--json", "form", flag_value="json", help="Write one JSON list."),
    click.option("--jsonl", "form", flag_value="jsonl", help="Write one JSON object per line."),
)
normalisation = choice(
    "--normalisation",
    choices.NORMALISATIONS,
    "Of characters before they are read: auto is MatSciBERT's for MatSciBERT alone.",
)
encoder_revision = click.option(
    "--revision", metavar="REV", help="Commit, branch or tag of the encoder on the Hub."
)
of_server = _together(
    click.option(
        "--timeout",
        type=POSITIVE,
        default=60.0,
        metavar="SECONDS",
        help="End a structure's work after.",
    ),
    click.option("--max-sites", type=NUMBER, default=500, help="Refuse larger structures."),
)
"""What a command that answers others allows each structure."""
publishing = _together(
    click.option("--private", is_flag=True, help="Create it private; refuse a public one."),
    click.option("--revision", metavar="BRANCH", help="Branch to commit to; main if not given."),
    click.option("--tag", help="Name the commit; refused if it names another one already."),
    click.option("--message", help="Commit message."),
    click.option("--dry-run", is_flag=True, help="Only show the files and the card: no network."),
)
"""What every upload to the Hub can be told."""


def crystals(verb: str) -> Option:
    """Which crystals a command reads where files are not all: those of a database, or a part."""
    return _together(
        source_format,
        click.option(
            "--db", type=click.Choice(["mini"]), help=f"{verb} a database instead of files."
        ),
        click.option("--ids", metavar="ID,ID...", help="Only these crystals of the database."),
        click.option("--limit", type=NUMBER, help="Only the first so many crystals."),
    )


def encoder(words: str) -> Option:
    """``--encoder`` of the commands that have nothing but a language model."""
    return click.option(
        "--encoder", default="matscibert", metavar="matscibert|minilm|HUB-ID|PATH", help=words
    )


def section(words: str, *, default: str | None = "all", joined: bool = False) -> Option:
    """``--section``; without a default another setting decides; joined ones are for reading."""
    known = click.Choice(list(choices.READABLE if joined else choices.SECTIONS))
    return click.option("--section", type=known, default=default, help=words)


def device(words: str) -> Option:
    """``--device``; ``auto`` is a GPU where there is one."""
    return choice("--device", choices.DEVICES, words)


def workers(words: str = "Processes.") -> Option:
    """``--workers``, one if not given."""
    number = click.IntRange(1, _MOST_WORKERS)
    return click.option("--workers", type=number, default=1, help=words)


def repository(what: str) -> Option:
    """``--repo-id``, of a dataset or a model."""
    return click.option(
        "--repo-id", required=True, metavar="OWNER/NAME", help=f"{what} on the Hub."
    )
