"""``crystext encode``: crystals as CIF, numbers, Wyckoff letters and other texts for models."""

from __future__ import annotations

from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

from crystext.cli import options as shared
from crystext.representations.representation import REPRESENTATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crystext.representations.encode import Encoded

EPILOG = """\b
Examples:
  crystext encode NaCl.cif --as cif-p1
  crystext encode NaCl.cif --as wyckoff-sites --as crystal-text-llm --digits 3
  crystext encode --db mini --limit 100 --as composition --as cif-p1 --tokens minilm
  crystext encode structures/ --as wyckoff --jsonl --workers 4 > texts.jsonl
  crystext encode --list"""
_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, metavar="FILE... | DIR | -")
@click.option(
    "--as",
    "names",
    multiple=True,
    type=click.Choice(list(REPRESENTATIONS)),
    help="What to write; several times for several.",
)
@click.option("--digits", type=int, help="Decimals of lengths and coordinates; else as published.")
@click.option(
    "--canonical/--no-canonical",
    default=True,
    help="Choose cell, origin and order of sites anew, or take them as given.",
)
@shared.disorder
@click.option("--json", "form", flag_value="json", help="Write one JSON list.")
@click.option("--jsonl", "form", flag_value="jsonl", help="Write one JSON object per line.")
@click.option(
    "--tokens",
    metavar="minilm|matscibert|HUB-ID|PATH",
    help="Write how many tokens each text has, instead of the texts.",
)
@shared.source_format
@click.option("--db", type=click.Choice(["mini"]), help="Encode a database instead of files.")
@click.option("--ids", metavar="ID,ID...", help="Only these crystals of the database.")
@click.option("--limit", type=shared.NUMBER, help="Only the first so many crystals.")
@shared.workers()
@click.option("--symprec", type=_POSITIVE, default=0.01, help="Symmetry tolerance in Å.")
@click.option("--timeout", type=_POSITIVE, metavar="SECONDS", help="End a crystal's work after.")
@click.option("--max-sites", type=shared.NUMBER, help="Refuse larger structures.")
@shared.quiet
@click.option("--list", "listed", is_flag=True, help="Say what can be written, and what is lost.")
@click.pass_context
def encode(ctx: click.Context, files: tuple[str, ...], **options: Any) -> None:
    """Write crystals in the texts that language models are compared on.

    Texts go to standard output in the order of the inputs, problems to standard error. Exits with
    0 if all were written, 1 if some were not, 2 for wrong usage. What can be read again is read by
    crystext decode.
    """
    if options["listed"]:
        for one in REPRESENTATIONS.values():
            able = "yes" if one.read_by else "no"
            click.echo(f"{one.name}\t{one.meaning}\tread again: {able}\tloses: {one.loses}")
        return
    from crystext.cli import inputs, output

    inputs.check_usage(files, options)
    names = tuple(dict.fromkeys(options["names"]))
    if not names:
        raise click.UsageError("--as is missing: say what to write, as in --as cif-p1 (or --list)")
    if options["tokens"] and options["form"]:
        raise click.UsageError("--tokens writes a table; leave out --json and --jsonl")

    from crystext.pipelines.describing import describe_many

    crystals, number = inputs.crystals(files, options)
    settings = {
        name: options[name] for name in ("digits", "canonical", "symprec", "disorder", "max_sites")
    }
    results, past_the_bar = output.progress(
        describe_many(
            crystals,
            {"representations": names, **settings},
            workers=options["workers"],
            timeout=options["timeout"],
            factory="crystext.representations.encode:Encoder",
        ),
        inputs.total(options),
        shown=number > inputs.FEW,
    )
    notes = None if options["quiet"] else attrgetter("notes")
    with _writer(options, named=number > 1, several=len(names) > 1) as write:
        failed = output.write_all(results, past_the_bar, write, notes)
    if not options["quiet"]:
        output.report_left_out(files)
    ctx.exit(1 if failed else 0)


def _writer(options: dict[str, Any], *, named: bool, several: bool) -> Any:
    from crystext.cli import output

    if options["form"] == "json":
        return output.json_writer()
    if options["form"] == "jsonl":
        return output.jsonl_writer()
    if options["tokens"]:
        return _token_writer(options["tokens"])
    return _text_writer(named=named, several=several)


@contextmanager
def _text_writer(*, named: bool, several: bool) -> Iterator[Callable[[Encoded], None]]:
    """Writes texts; each below the crystal's id and the form's name, where there are several."""
    from crystext.errors import printable

    first = True

    def write(result: Encoded) -> None:
        nonlocal first
        for name, text in result.texts.items():
            title = " ".join([printable(result.id)] * named + [name] * several)
            if title:
                click.echo(f"{'' if first else chr(10)}{title}")
            click.echo(text.rstrip("\n"))
            first = False

    yield write


@contextmanager
def _token_writer(tokenizer: str) -> Iterator[Callable[[Encoded], None]]:
    """Writes a line a text: the id, the form, its tokens."""
    from crystext.corpus.tokens import load_counter
    from crystext.errors import printable

    counter = load_counter(tokenizer)

    def write(result: Encoded) -> None:
        counts = counter.counts(result.texts.values())
        for name, count in zip(result.texts, counts, strict=True):
            click.echo(f"{printable(result.id):<20}  {name:<18}  {count:>7}")

    yield write
