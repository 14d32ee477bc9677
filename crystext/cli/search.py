"""``crystext search``: finds crystals of a corpus by words, by conditions, by likeness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crystext.cli import options as shared

if TYPE_CHECKING:
    from crystext.pipelines.search.hits import Hits

EPILOG = """\b
Examples:
  crystext search mini "layered sulfide with edge-sharing octahedra"
  crystext search mini "lead-free halide perovskite" --where "band_gap > 1"
  crystext search mini --like rutile.cif --limit 5
  crystext search mini "tetrahedral zinc" --where "'O' in elements" --json
  crystext search my-text "water molecules" --embeddings vectors"""
_WIDE = 66  # characters of the reasons in a line


@click.command(epilog=EPILOG)
@click.argument("corpus", metavar="CORPUS")
@click.argument("words", metavar="[WORDS]...", nargs=-1)
@click.option("--where", metavar="CONDITION", help="On columns: band_gap > 1 and n_sites < 20.")
@click.option("--like", metavar="FILE", help="A structure; the more alike, the better.")
@click.option("--limit", type=shared.NUMBER, default=10, help="Hits at most.")
@click.option(
    "--embeddings",
    metavar="DIR",
    help="What crystext embed made of the corpus: meaning counts too.",
)
@click.option("--encoder", metavar="NAME|PATH", help="Where the embeddings' encoder is now.")
@click.option("--index", "folder", metavar="DIR", help="Folder of the index, if not in the cache.")
@shared.disorder
@shared.forms
@click.option("--ids", "form", flag_value="ids", help="Write ids alone, one a line.")
@click.pass_context
def search(ctx: click.Context, corpus: str, words: tuple[str, ...], **options: Any) -> None:
    """Find crystals of CORPUS, a folder or mini, that are what WORDS say.

    Elements, prototypes, space groups, dimensionality, coordination, polyhedra and how they share
    corners, edges and faces are understood as facts, the rest is looked for in the texts. "without
    lead", "lead-free" and "not cubic" leave out, "Li or Na" asks for either, and "band gap above 2
    eV" is a condition. Each hit says why it was found; words that say nothing are named. Exits
    with 1 if nothing is found.
    """
    from crystext.cli.output import note
    from crystext.corpus.reader import load_corpus
    from crystext.errors import printable
    from crystext.pipelines.search.searcher import Searcher

    opened = load_corpus(corpus)
    like = _described(options)
    meaning = None
    if options["embeddings"]:
        from crystext.model.text.meaning import TextMeaning

        meaning = TextMeaning.of(opened, options["embeddings"], encoder=options["encoder"])
    elif options["encoder"]:
        raise click.UsageError("--encoder belongs to --embeddings; name the folder of the vectors")
    searcher = Searcher(opened, options["folder"], progress=True, meaning=meaning)
    found = searcher.search(
        " ".join(words), where=options["where"], like=like, limit=options["limit"]
    )
    _write(found, options["form"])
    for one in found.notes:
        note(printable(one))
    if not len(found):
        note("nothing is found" + ("" if found.notes else "; ask for less"))
    ctx.exit(0 if len(found) else 1)


def _described(options: dict[str, Any]) -> Any:
    """The description of the structure that hits are to be like."""
    if options["like"] is None:
        return None
    from crystext.description.describer import describe

    return describe(Path(options["like"]), canonical=True, disorder=options["disorder"])


def _write(found: Hits, form: str | None) -> None:
    from crystext.cli import output

    if form in output.JSON_WRITERS:
        with output.JSON_WRITERS[form]() as write:
            for hit in found:
                write(hit)
        return
    for hit in found:
        if form == "ids":
            output.write_lines([hit.id])
            continue
        row = hit.row
        why = hit.why if len(hit.why) <= _WIDE else f"{hit.why[: _WIDE - 2]} …"
        line = f"{hit.id:<14} {row['formula']:<18} {row['space_group_symbol']:<12} {hit.score:.3f}"
        click.echo(output.printable(f"{line}  {why}".rstrip()))
    if form is None and len(found):
        click.echo(f"{len(found):,} of {found.total:,}")
