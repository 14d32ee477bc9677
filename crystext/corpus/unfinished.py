"""What is said of a build that did not end: the very command that goes on with it, if it is known.

A build keeps the command that it was given in its folder of work, which goes away at its end.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from crystext.corpus import layout
from crystext.errors import printable
from crystext.files import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RESUME = "--resume"
COMMAND = f"{layout.WORK}/command.json"


def resuming(typed: Sequence[str]) -> str:
    """A command line that goes on with what this one began.

    Args:
        typed: the arguments of ``crystext``, subcommand first.
    """
    return shlex.join(["crystext", *typed, *([] if RESUME in typed else [RESUME])])


def command_facts(command: str) -> dict[str, str]:
    """What is kept of a command, and of where it was given, for its paths may be relative."""
    return {"command": command, "folder": os.getcwd()}  # noqa: PTH109 (text, as it is kept)


def unfinished(folder: Path) -> str:
    """That a folder holds an unfinished build, and what to do about it.

    Args:
        folder: of the corpus.
    """
    return f"{folder} holds a build that did not end; {how_to_go_on(folder)}"


def how_to_go_on(folder: Path) -> str:
    """What to do about the unfinished build in a folder, in words that end a sentence.

    Args:
        folder: of the corpus.
    """
    try:
        kept = read_json(folder / COMMAND) or {}
    except OSError:  # it may be another user's
        kept = {}
    command, place = kept.get("command"), kept.get("folder")
    if not (isinstance(command, str) and isinstance(place, str)):
        return f"give its crystext build-corpus command again with {RESUME}"
    here = place == os.getcwd()  # noqa: PTH109
    where = "" if here else f", in {printable(shlex.quote(place))},"
    return f"go on{where} with: {printable(command)}"
