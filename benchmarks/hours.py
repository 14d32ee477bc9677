"""What the paper's tables cost at full size: steps measured here, times sizes that are known.

Run ``python benchmarks/hours.py [--suites table1 table2] [--epochs 1000] [--seeds 3]``. Needs
``pip install 'crystext[model]'``; a GPU is used where torch finds one.

A step (forward, backward, AdamW) of every network of the suites is measured at their preset on a
batch of mini crystals, which are of the sizes of the databases'; it is multiplied by the steps of
the official splits of JARVIS-DFT 2021.8.18 and MP 2018.6.1 and by a third of a step for every batch
of validation. ``crystext benchmark --suite table1 --dry-run`` does the same with the corpus itself,
once that is built.

Without a GPU a second column carries hours over to one: an epoch of ALIGNN on 44,600 crystals is
published as 327 s on a GPU (Yan et al., NeurIPS 2022); ours takes an eighth of the published
network's step on a CPU (``benchmarks/training.py``). That this ratio, and those between networks,
are the same on a GPU is an assumption.
"""

from __future__ import annotations

import argparse
from typing import Any

from crystext.corpus.reader import load_corpus
from crystext.model.benchmark.cost.sample import Sample
from crystext.model.benchmark.cost.steps import measure_steps
from crystext.model.benchmark.suite import BASELINES, Suite, load_suite
from crystext.model.benchmark.trial import Trial, make_trials

SUITES = ("table1", "table2", "table3", "table4", "table5", "table6")
BATCH = 64
VALIDATION = 1 / 3  # of a training step: forward alone
PUBLISHED_EPOCH = 327 / 3600  # hours of ALIGNN's epoch of 44,600 crystals
FASTER = 8.0  # a step of ours against alignn's, benchmarks/results/training.md
EPOCH_OF = 44_600
JARVIS, MODULI, GAP, MP, MP_MODULI = (
    (44_569, 5_572), (15_744, 1_968), (14_535, 1_817), (60_000, 5_000), (4_664, 393)
)  # fmt: skip
SIZES = {
    "jarvis": {
        "formation_energy_peratom": JARVIS,
        "optb88vdw_total_energy": JARVIS,
        "optb88vdw_bandgap": JARVIS,
        "mbj_bandgap": GAP,
        "bulk_modulus_kv": MODULI,
        "shear_modulus_gv": MODULI,
    },
    "mp": {
        "formation_energy_per_atom": MP,
        "band_gap": MP,
        "bulk_modulus": MP_MODULI,
        "shear_modulus": MP_MODULI,
    },
}
"""Crystals to learn from and to validate on, of the official splits."""
WHOLE = {"mbj_bandgap": (3_634, 1_817), "bulk_modulus_kv": (3_936, 1_968)}
WHOLE["shear_modulus_gv"] = WHOLE["bulk_modulus_kv"]
"""The paper's 20 % to learn from, and 10 % to validate on."""


def main() -> None:
    """Measures and prints two tables as Markdown."""
    args = _parser().parse_args()
    suites = {name: load_suite(name) for name in args.suites}
    trials = {name: _trials(suite, args) for name, suite in suites.items()}
    steps = _steps([trial for some in trials.values() for trial in some])
    import torch

    on_gpu = torch.cuda.is_available()
    device = torch.cuda.get_device_name() if on_gpu else f"CPU, {torch.get_num_threads()} threads"
    print(f"{device}; torch {torch.__version__}; {args.epochs} epochs, {args.seeds} seeds\n")
    # of an hour here, on the GPU of the published figure
    there = None if on_gpu else PUBLISHED_EPOCH / FASTER / _epoch(steps["alignn"])
    rows = [
        [name, f"{1000 * step:.0f}", *_hours_words(_epoch(step) * 60, there)]
        for name, step in sorted(steps.items(), key=lambda one: one[1])
    ]
    _say(["network", "step, ms", f"epoch of {EPOCH_OF:,}, min"], rows, there)
    rows = [
        [
            name,
            str(len(some)),
            *_hours_words(sum(_hours(one, suites[name], steps) for one in some), there),
        ]
        for name, some in trials.items()
    ]
    _say(["suite", "runs", "hours"], rows, there)


def _hours_words(here: float, there: float | None) -> list[str]:
    figures = [here] if there is None else [here, here * there]
    return [f"{one:,.0f}" if one >= 10 else f"{one:.2g}" for one in figures]


def _say(head: list[str], rows: list[list[str]], there: float | None) -> None:
    head = head if there is None else [*head, f"{head[-1].split(', ')[-1]} on a GPU, carried over"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines), end="\n\n")


def _trials(suite: Suite, args: argparse.Namespace) -> list[Trial]:
    """Of a suite at its own size; baselines cost next to nothing."""
    source = "mp" if suite.corpus.startswith("mp") else "jarvis"
    made = make_trials(
        properties=suite.properties[source],
        rows=suite.rows,
        plan=suite.split,
        seeds=args.seeds,
        corpus=suite.corpus,
        preset=suite.preset,
        protocol="honest",
        overrides=suite.settings | {"training.epochs": args.epochs},
    )
    return [trial for trial in made if trial.row.model not in BASELINES]


def _steps(trials: list[Trial]) -> dict[str, float]:
    """Seconds of a step by model."""
    corpus = load_corpus("mini")
    sample = Sample(corpus, corpus.table(["id"])["id"].to_pylist(), BATCH)
    networks: dict[str, Any] = {}
    for trial in trials:
        assert trial.settings is not None
        networks.setdefault(trial.row.model, (trial.settings, None))
    return measure_steps(networks, sample)


def _epoch(step: float) -> float:
    """Hours of an epoch."""
    return step * EPOCH_OF / BATCH / 3600


def _hours(trial: Trial, suite: Suite, steps: dict[str, float]) -> float:
    source = "mp" if suite.corpus.startswith("mp") else "jarvis"
    sizes = WHOLE if suite.split.kind == "random" else SIZES[source]
    learnt, validated = sizes[trial.property_name]
    settings = trial.settings
    assert settings is not None
    batches = (learnt + validated * VALIDATION) / BATCH
    return steps[trial.row.model] * batches * settings.training.epochs / 3600


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--suites", nargs="+", default=list(SUITES), choices=SUITES)
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    return parser


if __name__ == "__main__":
    main()
