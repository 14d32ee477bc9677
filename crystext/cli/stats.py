"""``crystext stats``: a corpus in figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crystext.cli.output import aligned, as_json
from crystext.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

EPILOG = """\b
Examples:
  crystext stats mini-text
  crystext stats mini-text --json > figures.json"""
_SPREAD = ("count", "min", "p25", "median", "p75", "p95", "max")
_ONE = 10


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", is_flag=True, help="Write one JSON object.")
@click.option("--top", type=click.IntRange(min=1), default=10, help="Lines of a ranking.")
def stats(folder: Path, *, json: bool, top: int) -> None:
    """Print what the corpus in DIR holds: counts, lengths, properties, time."""
    from crystext.corpus.reader import load_corpus
    from crystext.corpus.statistics import summarise

    figures = summarise(load_corpus(folder), top=top)
    if json:
        click.echo(as_json(figures, indent=2))
    else:
        click.echo("\n".join(map(printable, _page(figures))))


def _page(figures: Mapping[str, Any]) -> Iterator[str]:
    counts, rows = figures["counts"], figures["counts"]["rows"]
    yield f"{figures['name']}: {rows:,} crystals of {counts['inputs']:,} inputs"
    yield from _shares("Failures", counts["failures_by_code"], counts["failures"])
    yield from _shares("Crystal systems", figures["crystal_systems"], rows)
    yield from _shares(
        "Dimensionality", {f"{n}D": n_rows for n, n_rows in figures["dimensionality"].items()}, rows
    )
    groups = figures["space_groups"]
    ranking = {f"{one['symbol']} ({one['number']})": one["count"] for one in groups["top"]}
    yield from _shares(f"Space groups, {groups['different']} in all", ranking, rows)
    elements = figures["elements"]
    yield from _shares(f"Elements, {elements['different']} in all", elements["top"], rows)
    yield from _shares("Elements of a crystal", figures["elements_per_crystal"], rows)
    yield from _shares("Sites of the cell", figures["sites"]["histogram"], rows)
    yield from _shares("Mineral names", figures["minerals"]["kinds"], rows)
    yield from _shares("Minerals", figures["minerals"]["top"], rows)
    yield from _spreads("Lengths", _length_lines(figures["lengths"]), "over 512")
    properties = [(_named(one), one, f"{one['nulls']:,}") for one in figures["properties"]]
    yield from _spreads("Properties", properties, "null")
    if figures["seconds"]:
        took = figures["seconds"]
        total = [("to describe (s)", took, f"{took['total']:,.1f}")]
        yield from _spreads("Time", total, "total")


def _length_lines(lengths: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], str]]:
    return [
        (f"{section}, {unit}", held, _share(held.get("over_limit"), held["count"]))
        for section, units in lengths.items()
        for unit, held in units.items()
    ]


def _named(one: Mapping[str, Any]) -> str:
    return f"{one['name']} ({one['unit']})" if one["unit"] else one["name"]


def _shares(title: str, found: Mapping[Any, int], whole: int) -> Iterator[str]:
    if found:
        lines = [(str(name), f"{n:,}", _share(n, whole)) for name, n in found.items()]
        yield from ("", title, *_table(lines))


def _spreads(
    title: str, lines: Iterable[tuple[str, Mapping[str, Any], str]], last: str
) -> Iterator[str]:
    rows = [
        (name, *(_number(held.get(key)) for key in _SPREAD), more) for name, held, more in lines
    ]
    if rows:
        yield from ("", title, *_table([("", *_SPREAD, last), *rows]))


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with the first column to the left and all others to the right."""
    return (f"  {line}" for line in aligned(rows, range(1, len(rows[0]))))


def _share(part: int | None, whole: int) -> str:
    return "" if part is None or not whole else f"{100 * part / whole:.1f} %"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= _ONE else f"{value:.3g}"
