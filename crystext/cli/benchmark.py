"""``crystext benchmark``: the paper's tables, measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crystext.cli import names
from crystext.cli import options as shared

if TYPE_CHECKING:
    from crystext.model.benchmark.benchmark import Benchmark
    from crystext.model.benchmark.plan import Plan

EPILOG = """\b
Examples:
  crystext benchmark
  crystext benchmark --suite table6 --corpus mini --preset quick --properties bulk_modulus
  crystext benchmark --suite table1 --corpus jarvis-text --seeds 3 --out results/table1 --dry-run"""


@click.command(epilog=EPILOG)
@click.option(
    "--suite",
    default="quick",
    metavar="NAME",
    shell_complete=names.suites,
    help="quick, mini, text, or table1 to table6.",
)
@click.option("--corpus", metavar="DIR|mini", help="Another corpus than the suite's.")
@click.option("--preset", metavar="NAME", help="Another preset than the suite's.")
@click.option(
    "--models",
    metavar="ROW,ROW...",
    shell_complete=names.models,
    help="Other rows, MODEL:TEXT:FUSION: cgcnn, crysmmnet:global, crysmmnet-cgcnn:facts:residual …",
)
@click.option(
    "--properties",
    metavar="NAME,NAME...",
    shell_complete=names.properties,
    help="Other properties than the suite's.",
)
@click.option(
    "--seeds", type=click.IntRange(min=1), help="Runs of each row; the suite's if not given."
)
@click.option(
    "--split",
    type=click.Choice(["official", "random", "folds", "composition", "matbench"]),
    help="Another split: the corpus' lists, parts of all, five folds, no formula twice, or "
    "Matbench's folds.",
)
@click.option(
    "--train-part", type=click.FloatRange(0, 1, min_open=True), help="Part to learn from."
)
@click.option(
    "--folds", type=click.IntRange(min=2), help="Number of folds, where the split is folds."
)
@shared.choice(
    "--protocol",
    ["honest", "published"],
    "Select on validation and test once, or the lowest test error as the published code.",
)
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A setting, as for crystext train."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes; if not given one a GPU, or without GPUs one a core, at most 8.",
)
@click.option(
    "--out",
    type=shared.OutFolder(),
    default=Path("crystext-benchmark"),
    help="Folder of runs, results and report.",
)
@click.option(
    "--submit-as", metavar="TEAM,EMAIL,URL", help="Who stands in files for the JARVIS leaderboard."
)
@click.option("--dry-run", is_flag=True, help="Say what would run and what it costs; make nothing.")
@click.pass_context
def benchmark(
    ctx: click.Context,
    out: Path,
    workers: int | None,
    submit_as: str | None,
    dry_run: bool,
    **options: Any,
) -> None:
    """Run a suite of networks and seeds, and show what they are worth.

    Every run is kept: the same command goes on after an interruption, and adds what is missing.
    Results are a table here, results.parquet, ensembles.parquet and report.html in the folder, and
    files for the JARVIS leaderboard and Matbench where the split is theirs. Suites may share a
    folder: table and page are also kept under the suite's name (table5.txt, report-table5.html).
    """
    from crystext.model.benchmark.inputs import open_corpus
    from crystext.model.benchmark.submissions.runs import Submitter

    submitter = Submitter.parse(submit_as)
    plan = _plan(options)
    open_corpus(plan.resolved().corpus)

    # Behind what may be refused: torch takes seconds to load
    from crystext.model.benchmark.benchmark import Benchmark
    from crystext.model.benchmark.run import default_workers

    workers = workers or default_workers()
    planned = Benchmark(plan, out)
    _say_cost(planned, workers)
    if dry_run:
        for trial in planned.trials:
            click.echo(trial.name)
        _say_summary(planned)
        return
    try:
        planned.run(workers)
    except KeyboardInterrupt:
        click.echo("\nstopped; the same command goes on", err=True)
        raise
    outcome = planned.write(submitter)
    click.echo(outcome.text)
    click.echo(f"kept as {outcome.name}.txt and report-{outcome.name}.html", err=True)
    for line in outcome.failures:
        click.echo(line, err=True)
    click.echo(outcome.page)
    ctx.exit(1 if outcome.failures else 0)


def _plan(options: dict[str, Any]) -> Plan:
    from crystext.model.benchmark.plan import Plan
    from crystext.model.settings.overrides import parse_overrides

    overrides = parse_overrides(options.pop("pairs"))
    for name in ("models", "properties"):
        told = options.pop(name)
        options[name] = [one.strip() for one in told.split(",")] if told else None
    return Plan(**options, overrides=overrides)


def _say_summary(planned: Benchmark) -> None:
    """What the plan is, after the names of its runs: a dry run ends with it."""
    trials = planned.trials
    parts = {
        "rows": [str(trial.row) for trial in trials],
        "properties": [trial.property_name for trial in trials],
        "seeds": [str(trial.seed) for trial in trials],
        "folds": [str(trial.fold) for trial in trials],
    }
    counts = [f"{len(dict.fromkeys(found))} {name}" for name, found in parts.items()]
    click.echo(
        f"{len(trials)} runs ({', '.join(counts)}), {len(planned.left())} to do in {planned.out}; "
        "nothing was made: leave out --dry-run to run them",
        err=True,
    )


def _say_cost(planned: Benchmark, workers: int) -> None:
    """What is to be run and what it costs, before any of it is spent."""
    from crystext.model.benchmark.cost.estimate import estimate
    from crystext.model.benchmark.layout import is_done
    from crystext.model.benchmark.wording import duration

    def about(seconds: float) -> str:
        return duration(max(1, round(seconds)))

    left = planned.left()
    failed = sum(is_done(trial, planned.out) for trial in left)
    again = f", {failed} of them again, for they failed" if failed else ""
    runs = f"{len(planned.trials)} runs, {len(left)} to do{again}"
    click.echo(f"{planned.suite.title}: {runs}", err=True)
    cost = estimate(left, planned.inputs, planned.out, workers=workers)
    if cost.steps:
        steps = ", ".join(f"{name} {1000 * step:.0f} ms" for name, step in cost.steps.items())
        click.echo(f"a training step takes: {steps}", err=True)
    parts = [f"{name} {about(seconds)}" for name, seconds in cost.preparing.items()]
    if cost.steps:
        processes = f"{workers} process{'es' if workers > 1 else ''}"
        parts.append(f"training at most {about(cost.training(workers))} in {processes}")
    if parts:
        rest = "; less where training stops early, more where something else runs"
        click.echo(f"estimated: {', '.join(parts)}{rest if cost.steps else ''}", err=True)
    if cost.unknown:
        click.echo(f"not estimated: {', '.join(cost.unknown)}", err=True)
