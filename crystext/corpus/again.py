"""The commands that build a corpus again, or go on with a build that did not end."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from crystext.choices import REFUSE, flags_of
from crystext.corpus import layout
from crystext.corpus.card_template import IDS_SHOWN
from crystext.files import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WHOLE = ("mini", "jarvis", "mp-api")
"""Databases of which a build needs no path, which would not be kept."""
_NO_FLAG = {
    "engine": "fast",
    "style": "raw",
    "online_names": False,
    "symprecs": [0.01, 0.1, 0.001],
}
"""What only Python sets, as a command leaves it."""
_TOKENIZERS = {"minilm", "matscibert"}
"""Those whose short name is what a command takes."""


def _options(given: Mapping[str, Any]) -> list[str]:
    """What the user asked of the source, as flags; tables of units are left to the reader."""
    command = []
    for name, value in given.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            command.append(flag)
        elif isinstance(value, (str, list, tuple)):
            command += [flag, value if isinstance(value, str) else ",".join(value)]
    return command


def rebuild_command(manifest: Mapping[str, Any], out: str = "rebuilt") -> str:
    """The shell lines that build the corpus again, run beside its manifest.

    Args:
        manifest: of the corpus, or the head of an unfinished build.
        out: the folder to build in.
    """
    settings, source = manifest["settings"], manifest["source"]["name"]
    command = ["crystext", "build-corpus", "--db", source, "--out", out]
    command += ["--input", "PATH"] if source == "files" else []
    command += _options(manifest["source"].get("options", {}))
    command.append("--canonical" if settings["canonical"] else "--no-canonical")
    command += ["--oxidation", settings["oxidation"]]
    if (disorder := settings.get("disorder", REFUSE)) != REFUSE:
        command += ["--disorder", disorder]
    command += flags_of(settings)
    names = ("tokenizers", "representations", "timeout", "max_sites", "rows_per_shard", "limit")
    for name in names:
        value = settings.get(name)
        if value:
            text = ",".join(value) if isinstance(value, list) else f"{value:.15g}"
            command += [f"--{name.replace('_', '-')}", text]
    ids = settings.get("ids")
    if not ids:
        return shlex.join(command)
    if len(ids) <= IDS_SHOWN:
        return shlex.join([*command, "--ids", ",".join(ids)])
    script = "import json; print(*json.load(open('manifest.json'))['settings']['ids'])"
    return f'python -c "{script}" > ids.txt\n{shlex.join([*command, "--ids", "@ids.txt"])}'


def how_to_go_on(folder: Path) -> str:
    """What to do about a build that did not end: the command, where all of it is known."""
    command = _command(folder)
    return (
        f"go on with: {command}" if command else "give its build-corpus command again with --resume"
    )


def _command(folder: Path) -> str | None:
    header: Any = read_json(folder / layout.BUILD)
    try:
        settings = header["settings"]
        whole = header["source"]["name"] in _WHOLE and settings["timeout"] is not None
        plain = all(settings[name] == value for name, value in _NO_FLAG.items())
        few = len(settings["ids"] or ()) <= IDS_SHOWN
        if not (whole and plain and few and set(settings["tokenizers"]) <= _TOKENIZERS):
            return None
        return f"{rebuild_command(header, str(folder))} --resume"
    except (AttributeError, KeyError, TypeError, ValueError):  # of another release, or damaged
        return None
