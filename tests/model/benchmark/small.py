"""A small corpus of real crystals with moduli, tiny networks, and a language model of no use."""

from click.testing import CliRunner

from crystext.cli import cli
from crystext.corpus.reader import Corpus
from crystext.embedded import mini_table
from crystext.model.benchmark.plan import Plan
from crystext.model.benchmark.splits import SplitPlan
from crystext.model.benchmark.suite import Row, load_suite
from crystext.model.benchmark.trial import Trial, make_trials
from tests.model.text.tiny import save_tiny

PROPERTY = "bulk_modulus"
COUNTS = {"train": 20, "validation": 6, "test": 6}
FOLDS, OFFICIAL = SplitPlan("folds", folds=2), SplitPlan()
_KEPT = {}


def ids():
    """The first ids of each split that have a bulk modulus."""
    rows = mini_table().select(["id", "split", PROPERTY]).to_pylist()
    return [
        one
        for split, count in COUNTS.items()
        for one in [r["id"] for r in rows if r["split"] == split and r[PROPERTY] is not None][
            :count
        ]
    ]


def corpus(tmp_path_factory):
    """Built once for all tests, by the real builder; the folder also holds the encoder."""
    if not _KEPT:
        folder = tmp_path_factory.mktemp("benchmark")
        command = ["build-corpus", "--db", "mini", "--ids", ",".join(ids()), "--tokenizers", ""]
        options = ["--out", str(folder / "mini-text")]
        done = CliRunner().invoke(cli, [*command, *options], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        _KEPT["encoder"] = save_tiny(folder / "tiny-bert")
        _KEPT["corpus"] = Corpus(folder / "mini-text")
    return _KEPT["corpus"]


def encoder():
    return _KEPT["encoder"]


def overrides(**more):
    """Settings of the smallest runs; networks also where they read no text."""
    named = {name.replace("__", "."): value for name, value in more.items()}
    return (
        load_suite("quick").settings
        | {
            "training.epochs": 1,
            "training.batch_size": 8,
            "training.device": "cpu",
            "text.encoder": str(encoder()),
            "text.pool": "mean",
            "network.hidden": 8,
            "network.layers": 1,
        }
        | named
    )


def trials(*rows, seeds=1, plan=FOLDS, **more) -> list[Trial]:
    return make_trials(
        properties=[PROPERTY],
        rows=[Row.parse(one) for one in rows],
        plan=plan,
        seeds=seeds,
        corpus=str(_KEPT["corpus"].path),
        preset="quick",
        protocol="honest",
        overrides=overrides(**more),
    )


def plan(*rows, seeds=1, split="official", **more) -> Plan:
    """The same as a plan."""
    return Plan(
        corpus=str(_KEPT["corpus"].path),
        models=rows,
        properties=[PROPERTY],
        seeds=seeds,
        split=split,
        overrides=overrides(**more),
    )


def arguments(out, *rows, seeds=1, split="official"):
    """The same from the command line."""
    pairs = [f"--set={name}={value}" for name, value in overrides().items()]
    return [
        *("benchmark", "--corpus", str(_KEPT["corpus"].path), "--properties", PROPERTY),
        *("--models", ",".join(rows), "--seeds", str(seeds), "--split", split, "--out", str(out)),
        *("--workers", "1"),
        *pairs,
    ]
