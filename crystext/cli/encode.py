"""``crystext encode``: crystals as CIF, numbers, Wyckoff letters and other texts for models."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
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
@shared.forms
@click.option(
    "--tokens",
    metavar="minilm|matscibert|HUB-ID|PATH",
    help="Write how many tokens each text has, instead of the texts.",
)
@shared.crystals("Encode")
@shared.workers()
@shared.bounds
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
    texts: Callable[[], Any] = partial(
        output.text_writer, attrgetter("texts"), named=number > 1, several=len(names) > 1
    )
    if options["tokens"]:
        texts = partial(_token_writer, options["tokens"])
    failed = output.write_all(
        describe_many(
            crystals,
            {"representations": names, **settings},
            workers=options["workers"],
            timeout=options["timeout"],
            factory="crystext.representations.encode:Encoder",
        ),
        output.JSON_WRITERS.get(options["form"], texts)(),
        total=inputs.total(options),
        shown=number > inputs.FEW,
        notes=None if options["quiet"] else attrgetter("notes"),
        places=files,
    )
    ctx.exit(1 if failed else 0)


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
