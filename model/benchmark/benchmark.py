"""A benchmark as a library: planned, run, resumed and written by one call.

>>> from crystext.model.benchmark import Plan, run_benchmark
>>> outcome = run_benchmark(Plan(suite="quick", seeds=1), "quick")
>>> print(outcome.text)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crystext.files import check_folder, write_text
from crystext.model.benchmark.ensembles import Ensemble, make_ensembles, write_ensembles
from crystext.model.benchmark.inputs import TrialInputs, open_corpus
from crystext.model.benchmark.layout import is_finished
from crystext.model.benchmark.overlap import known_from_training
from crystext.model.benchmark.plan import Plan, save_plan
from crystext.model.benchmark.report.page import own_name, write_benchmark_page
from crystext.model.benchmark.results import collect, read_results
from crystext.model.benchmark.run import check_corpus, default_workers, run_all
from crystext.model.benchmark.splits import make_split
from crystext.model.benchmark.stacks import make_stacks
from crystext.model.benchmark.submissions.leaderboard import write_leaderboard
from crystext.model.benchmark.submissions.matbench import write_matbench
from crystext.model.benchmark.submissions.runs import Submitter
from crystext.model.benchmark.tables import Line, make_lines
from crystext.model.benchmark.terminal import as_text
from crystext.model.benchmark.worker import command as worker_command

if TYPE_CHECKING:
    import pyarrow as pa

    from crystext.model.benchmark.suite import Suite
    from crystext.model.benchmark.trial import Trial


@dataclass(frozen=True)
class Outcome:
    """What a benchmark found.

    Attributes:
        results: the long table, a row a trial, as in ``results.parquet``.
        lines: of the tables.
        ensembles: of seeds.
        text: the tables for a terminal.
        name: under which table and page are kept beside those of other suites.
        page: ``report.html``.
    """

    results: pa.Table
    lines: list[Line]
    ensembles: list[Ensemble]
    text: str
    name: str
    page: Path

    @property
    def failures(self) -> list[str]:
        """A line for each row of a table of which a trial failed."""
        failed = [line for line in self.lines if line.failures]
        return [f"{one.property} {one.row.words}: {one.failures[0]}" for one in failed]


class Benchmark:
    """A plan in a folder: what is left of it can be counted, estimated, run and written.

    Args:
        plan: of the benchmark.
        out: its folder.

    Raises:
        UsageError: the plan names something that is not known.
        OtherRunError: the folder's runs are of the corpus as it was before it was built anew.
    """

    def __init__(self, plan: Plan, out: Path) -> None:
        self.plan, self.out = plan, out
        self.suite: Suite = plan.resolved()
        self.trials: list[Trial] = plan.trials()
        self.corpus = open_corpus(self.suite.corpus)
        check_corpus(self.trials, self.corpus, out)
        self.inputs = TrialInputs(self.corpus, self.trials)

    def left(self) -> list[Trial]:
        """The trials that have no metrics yet."""
        return [trial for trial in self.trials if not is_finished(trial, self.out)]

    def run(self, workers: int) -> None:
        """Makes what the trials read, and runs them.

        Raises:
            WorkerDiedError: a process ended before its work; the same call goes on.
            KeyboardInterrupt: after every process has saved its state.
        """
        check_folder(self.out)
        self.inputs.prepare(self.left())
        key = save_plan(self.plan, self.out)
        run_all(self.trials, self.out, workers=workers, command=worker_command(self.out, key))

    def write(self, submitter: Submitter) -> Outcome:
        """Results, tables, page, and files for leaderboards where the split is theirs."""
        out, suite = self.out, self.suite
        results = collect(self.trials, out, suite.name)
        lines = make_lines(results, suite, out, self.corpus.manifest["source"]["name"])
        ensembles = make_ensembles(results, out, folds=suite.split.number)
        write_ensembles(ensembles, out)
        stacks = make_stacks(results, out)
        notes = self._notes()
        protocol = self.plan.protocol
        said = as_text(lines, ensembles, stacks, title=suite.title, protocol=protocol, notes=notes)
        text = "\n".join(said)
        command, rows = self.plan.command(out), results.to_pylist()
        submissions = write_leaderboard(
            out,
            rows,
            plan=suite.split,
            corpus=self.corpus,
            submitter=submitter,
            command=command,
        )
        submissions += write_matbench(out, rows, plan=suite.split)
        name = own_name(suite, published=protocol == "published")
        write_text(out / f"{name}.txt", text + "\n")
        page = write_benchmark_page(
            out,
            suite=suite,
            results=results,
            whole=read_results(out),
            lines=lines,
            corpus=self.corpus,
            ensembles=ensembles,
            notes=notes,
            command=command,
            submissions=submissions,
        )
        return Outcome(results, lines, ensembles, text, name, page)

    def _notes(self) -> dict[str, list[str]]:
        """Of each property: where the split is from, and what of its tests training knows."""
        plan, corpus, found = self.suite.split, self.corpus, {}
        for name in dict.fromkeys(trial.property_name for trial in self.trials):
            splits = [make_split(corpus, name, plan, fold) for fold in range(plan.number)]
            origin = corpus.manifest["splits"].get(name, {}).get("origin")
            found[name] = [f"split: {origin}"] if plan.kind == "official" and origin else []
            found[name].append(known_from_training(corpus, splits))
        return found


def run_benchmark(
    plan: Plan, out: str | Path, *, workers: int | None = None, submit_as: str | None = None
) -> Outcome:
    """Runs a plan, or what is left of it, and writes what it found.

    Args:
        plan: what to run.
        out: folder of runs, results and report.
        workers: processes; one a GPU, or without GPUs one a core, if not given.
        submit_as: ``TEAM,EMAIL,URL`` for the files of the JARVIS leaderboard.

    Raises:
        UsageError: the plan names something that is not known.
        NoCorpusError: the corpus is not at hand.
        OtherRunError: the folder holds other files, or runs of another corpus.
        WorkerDiedError: a process ended before its work; the same call goes on.
    """
    submitter = Submitter.parse(submit_as)
    benchmark = Benchmark(plan, Path(out))
    benchmark.run(workers or default_workers())
    return benchmark.write(submitter)
