"""``crystext benchmark``: the paper's tables, measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pyarrow as pa

    from crystext.model.benchmark.ensembles import Ensemble
    from crystext.model.benchmark.inputs import TrialInputs
    from crystext.model.benchmark.suite import Suite
    from crystext.model.benchmark.tables import Line
    from crystext.model.benchmark.trial import Trial

EPILOG = """\b
Examples:
  crystext benchmark
  crystext benchmark --suite table6 --corpus mini --preset quick --properties bulk_modulus
  crystext benchmark --suite table1 --corpus jarvis-text --seeds 3 --out results/table1 --dry-run"""
_HOUR, _MINUTE = 3600, 60
_ANY_WIDTH = 8  # of a text's vector, for networks that are made only to see whether they can be


@click.command(epilog=EPILOG)
@click.option(
    "--suite",
    default="quick",
    show_default=True,
    metavar="NAME",
    help="quick, mini, or table1 to table6.",
)
@click.option("--corpus", metavar="DIR|mini", help="Another corpus than the suite's.")
@click.option("--preset", metavar="NAME", help="Another preset than the suite's.")
@click.option(
    "--models", metavar="ROW,ROW...", help="Other rows: cgcnn, crysmmnet, crysmmnet:global …"
)
@click.option("--properties", metavar="NAME,NAME...", help="Other properties than the suite's.")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each row."
)
@click.option(
    "--split",
    type=click.Choice(["official", "whole", "folds", "composition", "matbench"]),
    help="Another split: the corpus' lists, parts of all, five folds, no formula twice, or "
    "Matbench's folds.",
)
@click.option(
    "--train-part", type=click.FloatRange(0, 1, min_open=True), help="Part to learn from."
)
@click.option(
    "--folds", type=click.IntRange(min=2), help="Number of folds, where the split is folds."
)
@click.option(
    "--protocol",
    type=click.Choice(["honest", "published"]),
    default="honest",
    show_default=True,
    help="Select on validation and test once, or the lowest test error as the published code.",
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
    type=click.Path(path_type=Path),
    default=Path("crystext-benchmark"),
    show_default=True,
    help="Folder of runs, results and report.",
)
@click.option(
    "--submit-as", metavar="TEAM,EMAIL,URL", help="Who stands in files for the JARVIS leaderboard."
)
@click.option("--dry-run", is_flag=True, help="Say what would run and what it costs; make nothing.")
@click.option("--worker", type=int, hidden=True, help="Work for the command that started this.")
@click.pass_context
def benchmark(ctx: click.Context, dry_run: bool, worker: int | None, **options: Any) -> None:
    """Run a suite of networks and seeds, and show what they are worth.

    Every run is kept: the same command goes on after an interruption, and adds what is missing.
    Results are a table here, results.parquet, ensembles.parquet and report.html in the folder, and
    files for the JARVIS leaderboard and Matbench where the split is theirs. Suites may share a
    folder: table and page are also kept under the suite's name (table5.txt, report-table5.html).
    """
    from crystext.model.benchmark.run import check_corpus, run_trials
    from crystext.model.benchmark.submissions.runs import Submitter
    from crystext.model.training.folder import check_place

    Submitter.parse(options["submit_as"])
    suite, trials = _plan(options)
    out: Path = options["out"]
    if worker is not None:
        run_trials(trials, out, tick=lambda: None)
        return
    if not dry_run:
        check_place(out)
    options["workers"] = options["workers"] or _default_workers()
    inputs = _materials(trials)
    check_corpus(trials, inputs.corpus, out)
    left = _say_cost(suite, trials, inputs, options)
    if dry_run:
        for trial in trials:
            click.echo(trial.name)
        return
    inputs.prepare(left)
    ctx.exit(_run(suite, trials, inputs.corpus.manifest["source"]["name"], options))


def _run(suite: Suite, trials: list[Trial], source: str, options: dict[str, Any]) -> int:
    from crystext.model.benchmark.ensembles import make_ensembles, write_ensembles
    from crystext.model.benchmark.results import collect
    from crystext.model.benchmark.run import run_all
    from crystext.model.benchmark.tables import make_lines
    from crystext.model.benchmark.terminal import as_text

    out: Path = options["out"]
    try:
        run_all(trials, out, workers=options["workers"], command=_command(options))
    except KeyboardInterrupt:
        click.echo("\nstopped; the same command goes on", err=True)
        raise
    results = collect(trials, out, suite.name)
    lines = make_lines(results, suite, out, source)
    ensembles = make_ensembles(results, out, folds=suite.split.number)
    write_ensembles(ensembles, out)
    said = "\n".join(as_text(lines, ensembles, title=suite.title, protocol=options["protocol"]))
    click.echo(said)
    page = _write_files(suite, results, lines, ensembles, said, options)
    failed = [line for line in lines if line.failures]
    for line in failed:
        click.echo(f"{line.property} {line.row.words}: {line.failures[0]}", err=True)
    click.echo(page)
    return 1 if failed else 0


def _write_files(
    suite: Suite,
    results: pa.Table,
    lines: list[Line],
    ensembles: list[Ensemble],
    said: str,
    options: dict[str, Any],
) -> Path:
    """Page and table, and files for leaderboards where the results are of their splits."""
    from crystext.files import write_text
    from crystext.model.benchmark.inputs import open_corpus
    from crystext.model.benchmark.report.page import own_name, write_benchmark_page
    from crystext.model.benchmark.results import read_results
    from crystext.model.benchmark.submissions.leaderboard import write_leaderboard
    from crystext.model.benchmark.submissions.matbench import write_matbench
    from crystext.model.benchmark.submissions.runs import Submitter

    out: Path = options["out"]
    corpus, command, rows = (
        open_corpus(suite.corpus), ["crystext", *_command(options)], results.to_pylist()
    )  # fmt: skip
    submissions = write_leaderboard(
        out,
        rows,
        plan=suite.split,
        corpus=corpus,
        submitter=Submitter.parse(options["submit_as"]),
        command=command,
    )
    submissions += write_matbench(out, rows, plan=suite.split)
    name = own_name(suite, published=options["protocol"] == "published")
    write_text(out / f"{name}.txt", said + "\n")
    click.echo(f"kept as {name}.txt and report-{name}.html", err=True)
    return write_benchmark_page(
        out,
        suite=suite,
        results=results,
        whole=read_results(out),
        lines=lines,
        corpus=corpus,
        ensembles=ensembles,
        command=command,
        submissions=submissions,
    )


def _plan(options: dict[str, Any]) -> tuple[Suite, list[Trial]]:
    """The suite with what was given in its place, and its trials."""
    from dataclasses import replace

    from crystext.errors import UsageError
    from crystext.model.benchmark.inputs import open_corpus
    from crystext.model.benchmark.splits import make_split
    from crystext.model.benchmark.suite import Row, load_suite
    from crystext.model.benchmark.trial import make_trials
    from crystext.model.networks.build import build_network
    from crystext.model.settings import parse_overrides

    suite = load_suite(options["suite"])
    given: dict[str, Any] = {name: options[name] for name in ("corpus", "preset") if options[name]}
    if options["models"]:
        given["rows"] = tuple(Row.parse(one.strip()) for one in options["models"].split(","))
    plan = suite.split
    if options["split"]:
        parts = options["split"] in {"whole", "composition"}
        plan = type(plan)(kind=options["split"], train=0.8 if parts else 1.0)
    if options["train_part"]:
        plan = replace(plan, train=options["train_part"])
    if options["folds"]:
        if plan.kind != "folds":
            raise UsageError("--folds is for --split folds; this split has none")
        plan = replace(plan, folds=options["folds"])
    suite = replace(suite, split=plan, **given)
    corpus = open_corpus(suite.corpus)
    chosen = options["properties"]
    properties = (
        [one.strip() for one in chosen.split(",")]
        if chosen
        else suite.properties_of(corpus.manifest["source"]["name"])
    )
    trials = make_trials(
        properties=properties,
        rows=suite.rows,
        plan=plan,
        seeds=options["seeds"],
        corpus=suite.corpus,
        preset=suite.preset,
        protocol=options["protocol"],
        overrides=suite.settings | parse_overrides(options["pairs"]),
    )
    # Wrong names are said now, not in the middle of a night.
    of_rows = {trial.row: trial.settings for trial in trials}
    for settings in of_rows.values():
        if settings is not None:
            build_network(settings, _ANY_WIDTH)
    for name in properties:
        make_split(corpus, name, plan)
    return suite, trials


def _materials(trials: list[Trial]) -> TrialInputs:
    from crystext.model.benchmark.inputs import TrialInputs, open_corpus

    return TrialInputs.of(open_corpus(trials[0].corpus), trials)


def _command(options: dict[str, Any]) -> list[str]:
    """The same command for a worker."""
    words = ["benchmark"]
    for name in (
        *("suite", "corpus", "preset", "models", "properties", "seeds", "split", "train_part"),
        *("folds", "protocol", "out"),
    ):
        if options[name] is not None:
            words += [f"--{name.replace('_', '-')}", str(options[name])]
    for pair in options["pairs"]:
        words += ["--set", pair]
    return words


def _default_workers() -> int:
    from crystext.model.benchmark.run import default_workers

    return default_workers()


def _say_cost(
    suite: Suite, trials: list[Trial], inputs: TrialInputs, options: dict[str, Any]
) -> list[Trial]:
    """What is to be run and what it costs, before any of it is spent; gives the trials."""
    from crystext.model.benchmark.cost import estimate
    from crystext.model.benchmark.run import is_done, is_finished

    out, workers = options["out"], options["workers"]
    left = [trial for trial in trials if not is_finished(trial, out)]
    failed = sum(is_done(trial, out) for trial in left)
    again = f", {failed} of them again, for they failed" if failed else ""
    click.echo(f"{suite.title}: {len(trials)} runs, {len(left)} to do{again}", err=True)
    cost = estimate(left, inputs, out, workers=workers)
    if cost.steps:
        steps = ", ".join(f"{name} {1000 * step:.0f} ms" for name, step in cost.steps.items())
        click.echo(f"a training step takes: {steps}", err=True)
    parts = [f"{name} {_duration(seconds)}" for name, seconds in cost.preparing.items()]
    if cost.steps:
        processes = f"{workers} process{'es' if workers > 1 else ''}"
        training = _duration(cost.training(workers))
        parts.append(f"training at most {training} in {processes}")
    if parts:
        rest = "; less where training stops early, more where something else runs"
        click.echo(f"estimated: {', '.join(parts)}{rest if cost.steps else ''}", err=True)
    if cost.unknown:
        click.echo(f"not estimated: {', '.join(cost.unknown)}", err=True)
    return left


def _duration(seconds: float) -> str:
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:.1f} h"
    if seconds >= 1.5 * _MINUTE:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{max(seconds, 1):.0f} s"
