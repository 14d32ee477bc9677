"""``crystext verify``: what a text says of a structure, claim by claim."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crystext.cli import options as shared

if TYPE_CHECKING:
    from crystext.verification.claims import Verdict

NOTHING_JUDGED = 3
"""Exit status where no claim was found, or none can be told."""
EPILOG = """\b
Examples:
  crystext verify rutile.cif description.txt
  crystext describe rutile.cif | crystext verify rutile.cif -
  crystext verify structure.cif --text "A layered sulfide in space group P6_3/mmc"
  crystext verify structure.cif --prompt prompt.txt --json"""


@click.command(epilog=EPILOG)
@click.argument("structure", metavar="STRUCTURE")
@click.argument("file", metavar="TEXT|-", required=False, type=click.File(encoding="utf-8"))
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
    reported as unread or partly read, never as false. Each claim is a line: true, false or cannot
    tell, with what the structure says. The last line is the score, the share of true claims, and
    how many sentences were not read whole. Exits with 0 if no claim is false, 1 if one is, 2 for
    wrong usage, 3 if nothing in the text could be judged.
    """
    import crystext
    from crystext.cli import inputs, output

    given = [one for one in (file, options["prompt"], options["words"]) if one is not None]
    if len(given) != 1:
        raise click.UsageError(
            "give one text: a file, - for standard input, --prompt FILE or --text WORDS"
        )
    file = file or options["prompt"]
    text = options["words"] if file is None else inputs.text_of(file)
    description = crystext.describe(Path(structure), disorder=options["disorder"])
    found = crystext.verify(description, text, tolerance=options["tolerance"])
    if options["as_json"]:
        click.echo(output.as_json(found.to_dict(), indent=2))
    else:
        for one in found.claims:
            said = f"{one.judgement:<11}  {one.claim.said}  ({one.found})"
            click.echo(output.printable(said))
        for part in found.partly_read:
            said = f"partly read  {part.sentence}  (not read: {', '.join(part.left)})"
            click.echo(output.printable(said))
        for sentence in found.unread:
            click.echo(output.printable(f"unread       {sentence}"))
        click.echo(f"score        {_summary(found)}")
    if found.score is None:
        ctx.exit(NOTHING_JUDGED)
    ctx.exit(1 if found.false else 0)


def _summary(found: Verdict) -> str:
    """The score, and how much of the text it is about where that is not all of it."""
    if found.score is None:
        return "nothing to judge: " + (
            "no claim can be told" if found.claims else "no claim was found in the text"
        )
    partly, unread = len(found.partly_read), len(found.unread)
    if not partly and not unread:
        return f"{found.score:.3f}"
    whole = found.sentences - partly - unread
    return (
        f"{found.score:.3f} of what was read: {whole} of {found.sentences} sentences whole, "
        f"{partly} in part, {unread} not"
    )
