"""``crystext verify``: what a text says of a structure, claim by claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crystext.cli import options as shared
from crystext.errors import printable, shown

EPILOG = """\b
Examples:
  crystext verify rutile.cif description.txt
  crystext describe rutile.cif | crystext verify rutile.cif -
  crystext verify structure.cif --text "A layered sulfide in space group P6_3/mmc"
  crystext verify structure.cif --prompt prompt.txt --json"""


class _Words(click.File):
    """A file with a text; for the text itself in its place the right option is named."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The opened file."""
        if isinstance(value, str) and " " in value and not Path(value).exists():
            self.fail(f"no file is called {shown(value)}; give words by --text", param, ctx)
        return super().convert(value, param, ctx)


@click.command(epilog=EPILOG)
@click.argument("structure", metavar="STRUCTURE")
@click.argument("file", metavar="TEXT|-", required=False, type=_Words(encoding="utf-8"))
@click.option(
    "--prompt",
    metavar="FILE",
    type=click.File(encoding="utf-8"),
    help="A file with free English, read as far as it goes; the same as TEXT.",
)
@click.option("--text", "words", metavar="WORDS", help="The text itself, in place of a file.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, max=1),
    default=0.02,
    metavar="ANGSTROM",
    help="By which a bond length may be off beside its rounding.",
)
@shared.disorder
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@click.pass_context
def verify(ctx: click.Context, structure: str, file: Any, **options: Any) -> None:
    """Judge what a TEXT says of a STRUCTURE.

    The text is a description, a prompt or any English about a crystal; what is not understood is
    reported as unread, or as partly read with the words that were not, never as false. Each claim
    is a line: true, false or cannot tell, with what the structure says. The last line is the score,
    the share of true claims. Exits with 0 if no claim is false, 1 if one is or none can be told, 2
    for wrong usage.
    """
    import crystext
    from crystext.cli import inputs, output

    given = [one for one in (file, options["prompt"], options["words"]) if one is not None]
    if len(given) != 1:
        raise click.UsageError(
            "give one text: a file, - for standard input, --prompt FILE or --text WORDS"
        )
    file = file or options["prompt"]
    text = options["words"]
    if file is not None:
        text = inputs.words_of(file, f"crystext verify {printable(structure)} -")
    description = crystext.describe(Path(structure), disorder=options["disorder"])
    found = crystext.verify(description, text, tolerance=options["tolerance"])
    if options["as_json"]:
        click.echo(output.as_json(found.to_dict(), indent=2))
    else:
        for one in found.claims:
            said = f"{one.judgement:<11}  {one.claim.said}  ({one.found})"
            click.echo(output.printable(said))
        for partly in found.partly_read:
            said = f"partly read  {partly.sentence}  (not {', '.join(partly.words)})"
            click.echo(output.printable(said))
        for sentence in found.unread:
            click.echo(output.printable(f"unread       {sentence}"))
        score = "no claim was found" if found.score is None else f"{found.score:.3f}"
        if found.score is not None and found.read_whole < found.sentences:
            score += f"  ({found.read_whole} of {found.sentences} sentences read whole)"
        click.echo(f"score        {score}")
    ctx.exit(1 if found.false or found.score is None else 0)
