"""``crystext attention``: what an encoder's [CLS] token attends to, in one text or in a corpus."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crystext.cli import options as shared
from crystext.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crystext.crystal import Failure
    from crystext.model.attention.reader import AttentionReader
    from crystext.model.attention.summary import Summary
    from crystext.model.attention.view import View

EPILOG = """\b
Examples:
  crystext attention NaCl.cif --encoder minilm
  crystext attention mp-1434 mp-22862 --encoder matscibert --layer 5 --head all
  crystext attention --corpus jarvis-text --ids JVASP-98167 --out pages
  crystext attention --corpus mini --limit 200 --summary --encoder minilm
  crystext attention --corpus mini --limit 200 --summary --shuffled --out shuffled"""
TOP = 8  # words that are printed


class _Head(click.ParamType):
    """A head's number from 1, ``mean`` (0) or ``all`` (-1)."""

    name = "head"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        if value in {"mean", "all"}:
            return {"mean": 0, "all": -1}[value]
        if not (str(value).isdecimal() and int(value) > 0):
            self.fail(f"{value!r} is no head; give its number from 1, mean or all", param, ctx)
        return int(value)


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, metavar="FILE... | ID... | DIR | -")
@shared.encoder("The language model, as crystext embed takes it.")
@click.option("--layer", type=shared.NUMBER, default=5, help="Counted from 1.")
@click.option(
    "--head",
    type=_Head(),
    default="mean",
    metavar="N|mean|all",
    help="Counted from 1; all draws each below the text, which shows their mean.",
)
@shared.section("Which part of the text is read.")
@click.option(
    "--out",
    type=shared.OutFolder(),
    default=Path("attention"),
    help="Folder for pages and pictures.",
)
@click.option("--corpus", metavar="DIR|mini", help="Take the texts of a corpus.")
@click.option("--db", type=click.Choice(["mini"]), help="Describe a database instead of files.")
@click.option("--ids", metavar="ID,ID...", help="Only these crystals of the corpus or database.")
@click.option(
    "--limit", type=shared.NUMBER, help="Only so many crystals: the first, or the sample."
)
@shared.source_format
@click.option("--summary", is_flag=True, help="Sum up a corpus by sections and kinds of words.")
@shared.choice(
    "--sample",
    ["even", "random"],
    "Which crystals a summary takes: at equal distances, or at random.",
)
@click.option(
    "--shuffled",
    is_flag=True,
    help="Read a summary's sentences in random order, which tells words from their place.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, help="Of the random sample and order."
)
@shared.device("Where the model runs.")
@shared.normalisation
@shared.encoder_revision
@click.pass_context
def attention(ctx: click.Context, files: tuple[str, ...], **options: Any) -> None:
    """Show what the [CLS] token of a language model attends to in descriptions.

    Crystals in FILEs, or of a database by their IDs, are described; or the texts of a corpus are
    taken. Each gives a page, on which layer and head can be chosen, and a picture. With --summary
    the attention is summed over a corpus. Exits with 0 if all went well, 1 if a crystal could not
    be described, 2 for wrong usage.
    """
    _check(files, options)
    if options["summary"]:
        _summarise(options)
        return
    from crystext.cli import output
    from crystext.crystal import Failure
    from crystext.model.attention.pages import write_view
    from crystext.model.attention.view import check_layer_and_head, view_of

    reader = _reader(options)
    layer, head = options["layer"], options["head"]
    check_layer_and_head(reader.layers, reader.heads, layer, max(head, 0), options["encoder"])
    failed = 0
    for found in _texts(files, options):
        if isinstance(found, Failure):
            failed += 1
            output.report(found)
            continue
        view = view_of(reader, found, options["section"])
        paths = write_view(view, options["out"], layer=layer, head=head)
        _print_view(view, layer, max(head, 0), paths)
    ctx.exit(1 if failed else 0)


def _check(files: tuple[str, ...], options: dict[str, Any]) -> None:
    """Refuses what does not go together.

    Raises:
        click.UsageError: says what to give.
    """
    if options["summary"]:
        if not options["corpus"] or files or options["ids"] or options["db"]:
            raise click.UsageError("--summary sums up a corpus: give --corpus, and no crystals")
        return
    if options["shuffled"]:
        raise click.UsageError("--shuffled is a control of the summary: add --summary")
    if bool(files) + bool(options["db"]) + bool(options["corpus"]) != 1:
        raise click.UsageError("give files or ids, or else --db mini, or --corpus")
    if options["corpus"] and not (options["ids"] or options["limit"]):
        raise click.UsageError("a corpus has many crystals: give --ids, --limit or --summary")
    if options["ids"] and files:
        raise click.UsageError("--ids chooses crystals of a corpus or database, not of files")


def _reader(options: dict[str, Any]) -> AttentionReader:
    from crystext.model.attention.reader import AttentionReader

    names = ("device", "revision", "normalisation")
    return AttentionReader.load(options["encoder"], **{name: options[name] for name in names})


def _texts(files: tuple[str, ...], options: dict[str, Any]) -> Iterable[Any]:
    """Descriptions, or rows of a corpus; failures in place of what could not be described."""
    if options["corpus"]:
        return _rows(options)
    from crystext.cli import inputs
    from crystext.embedded import mini, mini_table
    from crystext.pipelines.describing import describe_many

    crystals: Iterator[Any] = iter(())
    ids = set(mini_table()["id"].to_pylist()) if files else ()
    named = [name for name in files if name in ids and not Path(name).exists()]
    given = tuple(name for name in files if name not in named)
    if given or options["db"]:
        crystals, _ = inputs.crystals(given, options | {"limit": None})
    return describe_many(
        islice(chain(crystals, mini(named) if named else ()), options["limit"]), {}
    )


def _rows(options: dict[str, Any]) -> Iterator[dict[str, Any] | Failure]:
    from crystext.corpus.reader import load_corpus

    corpus = load_corpus(options["corpus"])
    if not options["ids"]:
        yield from corpus.table().slice(0, options["limit"]).to_pylist()
        return
    for name in [one.strip() for one in options["ids"].split(",")][: options["limit"]]:
        try:
            yield corpus.row(name)
        except KeyError as error:
            raise click.BadParameter(error.args[0], param_hint="--ids") from error


def _summarise(options: dict[str, Any]) -> None:
    from crystext.model.attention.pages import write_summary
    from crystext.model.attention.summary import summarise

    names = ("section", "limit", "sample", "seed", "shuffled", "layer")
    given = {name: options[name] for name in names}
    summary = summarise(_reader(options), options["corpus"], **given, progress=True)
    _print_summary(summary)
    for path in write_summary(summary, options["out"]):
        click.echo(path)


def _print_view(view: View, layer: int, head: int, paths: list[Path]) -> None:
    click.echo(f"{printable(view.id)}  {view.formula}  {view.said(layer, head)}")
    shares = view.sections(layer, head)
    click.echo("  attention: " + ", ".join(f"{k} {100 * v:.1f} %" for k, v in shares.items()))
    words = [f"{word} {100 * share:.2f} %" for word, share in view.words_by_weight(layer, head)]
    click.echo("  most on:   " + ", ".join(words[:TOP]))
    if view.read.unread:
        click.echo(f"  not read:  {view.read.unread} tokens behind the limit of {view.limit}")
    for path in paths:
        click.echo(f"  {path}")


def _print_summary(summary: Summary) -> None:
    settings = summary.settings
    click.echo(
        f"{settings['encoder']} on {settings['corpus']}: {summary.said}; "
        f"{settings['truncated']:,} texts cut off at {settings['max_tokens']} tokens"
    )
    layer = settings["layer"]
    titles = [f"layer {one}" for one in range(1, summary.layers + 1)]
    click.echo(f"\n{'':16}  layer {layer}, % of          on a token, in that on one of the text")
    click.echo(f"{'':16}  attention    tokens   " + "".join(f"{title:>9}" for title in titles))
    for group in ("section", "kind"):
        for name in summary.names(group):
            rows = [summary.row(group, name, one + 1) for one in range(summary.layers)]
            held = rows[layer - 1]
            attention = f"{100 * held['attention_mean']:5.1f} ± {100 * held['attention_sd']:4.1f}"
            ratios = "".join(_ratio(row["ratio_mean"]) for row in rows)
            click.echo(f"{name:16}  {attention}  {100 * held['tokens_mean']:6.1f}   {ratios}")
        click.echo()


def _ratio(value: float | None) -> str:
    return f"{'-':>9}" if value is None else f"{value:9.2f}" if value < 100 else f"{value:9.0f}"
