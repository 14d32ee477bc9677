"""``crystext check``: whether a corpus is what it says."""

from __future__ import annotations

from pathlib import Path

import click

EPILOG = """\b
Examples:
  crystext check mini-text
  crystext check mini-text --deep --json > problems.json"""
MOST = 20


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--deep",
    is_flag=True,
    help="Describe every structure again and compare, count every section's tokens.",
)
@click.option("--json", "as_json", is_flag=True, help="Write everything as one JSON list.")
@click.pass_context
def check(ctx: click.Context, folder: Path, *, deep: bool, as_json: bool) -> None:
    """Check the corpus in DIR: files, schema, card, counts, texts, tokens, structures, splits.

    Prints notices and one line of what was checked; or what is wrong, and exits with 1.
    """
    import json
    from collections import defaultdict
    from dataclasses import asdict

    from crystext.corpus.checks import CHECKS, check_corpus, errors
    from crystext.corpus.reader import PACKAGED, load_corpus
    from crystext.errors import printable

    if str(folder) in PACKAGED and not folder.exists():
        folder = load_corpus(folder).path
    problems = check_corpus(folder, deep=deep)
    wrong = errors(problems)
    if as_json:
        click.echo(json.dumps([asdict(problem) for problem in problems], indent=2))
        ctx.exit(1 if wrong else 0)
    by_check = defaultdict(list)
    for problem in problems:
        by_check[problem.level, problem.check].append(problem)
    for (level, name), found in sorted(by_check.items(), key=lambda item: item[0][0] == "error"):
        for problem in found[:MOST]:
            click.echo(printable(f"{level}: [{name}] {problem.path_or_id}: {problem.message}"))
        if len(found) > MOST:
            click.echo(f"{level}: [{name}] and {len(found) - MOST:,} more; --json lists all")
    if wrong:
        click.echo(f"{len(wrong):,} problems in {printable(str(folder))}", err=True)
        ctx.exit(1)
    counts = load_corpus(folder).manifest["counts"]
    held = f"{counts['rows']:,} rows and {counts['failures']:,} failures"
    click.echo(
        f"{held} of {printable(str(folder))} passed {len(CHECKS)} checks: {', '.join(CHECKS)}"
    )
