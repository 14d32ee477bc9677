"""``crystext sources``: the databases that a corpus can be built of, and what is known of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from crystext.choices import SOURCES
from crystext.cli.output import aligned, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.pipelines.sources.source import Source

EPILOG = (
    "\b\nExamples:\n"
    "  crystext sources\n"
    "  crystext sources jarvis\n"
    "  crystext sources optimade --refresh-providers\n"
    "  crystext sources --json | jq '.[].citations'"
)
UNKNOWN = "-"


@click.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Write all that the registry holds, as JSON.")
@click.option(
    "--refresh-providers",
    is_flag=True,
    help="First fetch the public list of OPTIMADE's providers into the cache.",
)
def sources(names: tuple[str, ...], *, as_json: bool, refresh_providers: bool) -> None:
    """List the sources of crystals, or show everything about those with a NAME.

    Downloads go to the folder that CRYSTEXT_CACHE names, by default the user's own cache; a source
    that stands there already is marked as cached.
    """
    from crystext.pipelines.sources import registry

    if refresh_providers:
        from crystext.pipelines.optimade.providers import refresh

        path, number = refresh()
        note(f"{number} providers of OPTIMADE in {path}")
    chosen = [registry.get(name) for name in names or SOURCES]
    if as_json:
        facts = [source.to_dict() | {"cached": _cached(source)} for source in chosen]
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    elif names:
        click.echo("\n\n".join(map(_page, chosen)))
    else:
        click.echo(_table(chosen))


def _cached(source: Source) -> str | None:
    path = source.cached()
    return str(path) if source.url and path.is_file() else None


def _table(chosen: list[Source]) -> str:
    rows = [("name", "what", "crystals", "properties", "licence", "file")]
    for one in chosen:
        crystals = f"{one.expected:,}" if one.expected else UNKNOWN
        file = "cached" if _cached(one) else "to download" if one.url else UNKNOWN
        columns = str(len(one.properties) or UNKNOWN)
        rows.append((one.name, one.title, crystals, columns, one.licence or UNKNOWN, file))
    return "\n".join(aligned(rows, right={2, 3}))


def _page(source: Source) -> str:
    """Everything about one source, as a person reads it."""
    unknown = "not published; the manifest records that of the file that was read"
    facts = {
        "version": source.version,
        "crystals": f"{source.expected:,}" if source.expected else None,
        "homepage": source.homepage,
        "download": source.url,
        "file": source.file_name,
        "size": f"{source.size:,} bytes" if source.size else None,
        "sha256": source.sha256 or (unknown if source.url else None),
        "cached": _cached(source),
        "licence": f"{source.licence} ({source.licence_note})" if source.licence else None,
    }
    lines = [f"{source.name}: {source.title}"]
    lines += [f"  {name + ':':10} {value}" for name, value in facts.items() if value]
    if source.properties:
        rows = [
            (one.name, f"{one.unit + '; ' if one.unit else ''}{one.description}")
            for one in source.properties
        ]
        lines += ["", "  properties", *map("    {}".format, aligned(rows))]
    if source.name == "optimade":
        lines += ["", "  providers (--provider)", *map("    {}".format, _providers())]
    if source.citations:
        lines += [
            "",
            "  cite",
            *(f"    {line}" for c in source.citations for line in c.split("\n")),
        ]
    return "\n".join(lines)


def _providers() -> Iterator[str]:
    """The names that ``--provider`` takes, each with what stands behind it."""
    from crystext.pipelines.optimade.providers import providers

    names = {}
    for one in providers().values():
        several = len(one.databases) > 1
        for child in one.databases:
            names[f"{one.id}/{child.id}" if several else one.id] = f"{one.name}, {child.base_url}"
        if not one.databases and one.index_url:
            names[one.id] = f"{one.name}, asked at {one.index_url}"
    return aligned([*names.items()])
