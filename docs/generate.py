"""Pages of the site that are made from the code: errors, commands, columns, facts, settings.

Each function returns a page in Markdown. ``docs/hooks.py`` adds them when the site is built, and
``tests/docs`` compares them with the code.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FAMILIES = {
    "inputs": "Reading a crystal",
    "describing": "Describing it",
    "corpora": "Sources, corpora, publishing",
    "modelling": "Graphs, networks, predictions",
    "base": "Any command",
}


_ERRORS = (
    "What cannot be done ends with one line: `crystext: [code] name: message`. The code is "
    "stable, and the message names the value and what to do. In a corpus the same stands in the "
    "table of failures. From Python each code is an exception of `crystext.errors`."
)
_ROWS = (
    "One row for each crystal that was described. After these come the source's properties, "
    "each in a nullable column whose unit stands in the field's metadata."
)
_CORPUS = (
    "A corpus is a folder: `data/` with the rows, `properties/NAME/` with each property's "
    "split, `failures/`, `timings.parquet`, the card `README.md`, and `manifest.json` with "
    "settings, versions, counts and checksums. Files are Parquet."
)
_FACTS = (
    "A number that a crystal has not is NaN in Python and empty in a file. `crystext features "
    "--list` prints this list."
)
_SETTINGS = (
    "`--set NAME=VALUE` changes one on the command line, `overrides={NAME: VALUE}` in "
    "`make_settings`. `network.NAME` is an option of the graph network, listed with its class."
)


def error_classes() -> list[type]:
    """Every error that is raised, by family and then as declared."""
    from crystext.errors import CrystextError

    def below(parent: type) -> Iterator[type]:
        for one in parent.__subclasses__():
            yield one
            yield from below(one)

    found = [
        one
        for one in below(CrystextError)
        if one.__module__.startswith("crystext.errors") and "never raised itself" not in _doc(one)
    ]
    return sorted(found, key=lambda one: list(FAMILIES).index(one.__module__.rpartition(".")[2]))


def errors_page() -> str:
    """Every code with its cause and remedy."""
    lines = [
        "# Errors",
        "",
        _ERRORS,
    ]
    family = ""
    for one in error_classes():
        home = one.__module__.rpartition(".")[2]
        if home != family:
            family = home
            lines += ["", f"## {FAMILIES[home]}"]
        cause, _, remedy = _doc(one).partition("Remedy:")
        lines += [
            "",
            f"### {one.code}",  # type: ignore[attr-defined]
            "",
            f"`{one.__name__}`. {_line(cause)}",
            "",
            f"**What to do.** {_line(remedy)}",
        ]
    return "\n".join(lines) + "\n"


_WIDTH = 76  # characters that a line of the page holds: longer ones wrap once more


def commands_page() -> str:
    """Every command's help, as the command line prints it."""
    from crystext.cli import COMMANDS, cli
    from crystext.cli.commands import GROUPS

    lines = ["# Command line", "", "Every command answers `--help`."]
    for heading, held in GROUPS.items():
        lines += ["", f"| {heading} | |", "|---|---|"]
        lines += [f"| [{name}](#crystext-{name}) | {words} |" for name, words in held.items()]
    root = click.Context(cli, info_name="crystext", show_default=True)
    for name in sorted(COMMANDS):
        command = cli.get_command(root, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=root, max_content_width=_WIDTH)
        context.terminal_width = _WIDTH
        text = command.get_help(context)
        lines += ["", f"## crystext {name}", "", "```text", text.rstrip(), "```"]
    return "\n".join(lines) + "\n"


def corpus_page() -> str:
    """The columns of a corpus, of its failures, and its files."""
    from crystext.corpus.columns import (
        CORE,
        FAILURES,
        TIMINGS,
        representation_columns,
        token_columns,
    )
    from crystext.representations.representation import REPRESENTATIONS

    tables = {
        "Rows": (CORE, _ROWS),
        "Tokens": (token_columns(["NAME"]), "For each tokenizer that the build was asked for."),
        "Other texts": (
            representation_columns(REPRESENTATIONS, ["NAME"]),
            "Where the build was asked for them by `--representations`.",
        ),
        "Failures": (FAILURES, "One row for each input that could not be described."),
        "Timings": (TIMINGS, "Outside the checksums, since times differ between builds."),
    }  # fmt: skip
    lines = [
        "# The columns of a corpus",
        "",
        _CORPUS,
    ]
    for title, (fields, words) in tables.items():
        lines += ["", f"## {title}", "", words, "", "| column | type | unit | meaning |"]
        lines += ["|---|---|---|---|"]
        for one in fields:
            told = {key.decode(): value.decode() for key, value in (one.metadata or {}).items()}
            null = " or null" if one.nullable else ""
            unit = told.get("unit", "")
            lines.append(f"| `{one.name}` | {one.type}{null} | {unit} | {told['description']} |")
    return "\n".join(lines) + "\n"


def facts_page() -> str:
    """Every fact with unit and meaning, of a crystal and of each of its sites."""
    from crystext.features import site_facts
    from crystext.features.facts import FEATURES
    from crystext.features.schema import VERSION

    def table(features: Iterable[Any]) -> list[str]:
        rows = [f"| `{one.name}` | {one.unit or ''} | {one.meaning} |" for one in features]
        return ["| name | unit | meaning |", "|---|---|---|", *rows]

    of_sites = (
        f"{len(site_facts.FEATURES)} numbers of each site, which its atoms read in the fusions "
        f"`sites` and `sites+residual` ([models](../explain/models.md)); `{site_facts.DIGEST}`."
    )
    lines = [
        "# Facts",
        "",
        f"{len(FEATURES)} numbers of each description, version {VERSION}. {_FACTS}",
        "",
        *table(FEATURES),
        "",
        "## Of one site",
        "",
        of_sites,
        "",
        *table(site_facts.FEATURES),
    ]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """The settings of training, by their dotted names."""
    from crystext.model import settings

    parts = {
        "": settings.RunSettings,
        "training.": settings.TrainingSettings,
        "text.": settings.TextSettings,
        "fusion.": settings.FusionSettings,
    }
    lines = [
        "# Settings of training",
        "",
        _SETTINGS,
    ]
    for prefix, kind in parts.items():
        meanings = attributes(kind)
        lines += ["", f"## {prefix.rstrip('.') or 'The run'}", "", "| name | default | meaning |"]
        lines += ["|---|---|---|"]
        for one in dataclasses.fields(kind):
            if one.default_factory is not dataclasses.MISSING:
                continue
            default = "" if one.default is dataclasses.MISSING else f"`{json.dumps(one.default)}`"
            lines.append(f"| `{prefix}{one.name}` | {default} | {meanings[one.name]} |")
    return "\n".join(lines) + "\n"


def attributes(kind: type) -> dict[str, str]:
    """Name and meaning of what a docstring lists under ``Attributes:``, in one line each."""
    block = _doc(kind).partition("Attributes:\n")[2].partition("\n\n")[0]
    found: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        head = re.match(r"    (\w+): (.*)", line)
        if head:
            name = head.group(1)
            found[name] = head.group(2)
        elif name:
            found[name] += " " + line.strip()
    return {key: _plain(value) for key, value in found.items()}


PAGES = {
    "reference/errors.md": errors_page,
    "reference/commands.md": commands_page,
    "reference/corpus.md": corpus_page,
    "reference/facts.md": facts_page,
    "reference/settings.md": settings_page,
}
"""By their place in the site."""


def _doc(kind: type) -> str:
    return inspect.getdoc(kind) or ""


def _line(text: str) -> str:
    return _plain(" ".join(text.split()))


def _plain(text: str) -> str:
    """Docstrings are reStructuredText in places: its marks as Markdown's."""
    text = re.sub(r":(?:class|func|mod|meth|data):`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")
