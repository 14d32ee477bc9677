"""What pretraining on texts is worth: CGCNN from scratch against CGCNN that was pretrained.

    python benchmarks/pretraining.py --out build/pretraining

Each task is pretrained once, on all crystals of mini and no property. Then every fold of each
property is learnt from scratch and from each pretraining, with the same split, seed and steps. The
row ``longer`` is from scratch with the steps of the pretraining added, and ``shuffled`` begins from
a pretraining whose facts are those of other crystals. What is there already is not computed again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import torch

from crystext.corpus.reader import load_corpus
from crystext.model.benchmark.splits import SplitPlan, make_split
from crystext.model.benchmark.statistics import paired_gain
from crystext.model.graphs.build import build_graph_store
from crystext.model.settings import make_settings
from crystext.model.text.facts import embed_facts
from crystext.model.training.folder import PREDICTIONS
from crystext.model.training.pretrain import pretrain
from crystext.model.training.pretrain_settings import make_pretrain_settings
from crystext.model.training.run import train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.store import GraphStore

PROPERTIES = "dielectric_constant,shear_modulus"
TASKS = {"facts": "facts", "contrastive": "contrastive", "shuffled": "facts"}
"""Rows, and the task of each."""
ON_CPU = {"training.device": "cpu", "training.tensorboard": False}


class Shuffled:
    """Facts of a corpus' crystals, each crystal's given to another.

    Args:
        corpus: with condensed dictionaries.
    """

    def __init__(self, corpus: Corpus) -> None:
        store = embed_facts(corpus)
        self.path, self.ids, self.width = store.path, store.ids, store.width
        self.settings = {**store.settings, "shuffled": True}
        self.digest = f"{store.digest}-shuffled"
        order = np.random.default_rng(0).permutation(len(self.ids))
        self.vectors = np.array(store.vectors)[order]


def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("build/pretraining"))
    parser.add_argument("--model", default="cgcnn")
    parser.add_argument("--properties", default=PROPERTIES)
    parser.add_argument("--rows", default="facts,contrastive", help="also: longer, shuffled")
    parser.add_argument("--epochs", type=int, default=24, help="of each pretraining")
    parser.add_argument("--steps", type=int, default=1000, help="of each run")
    parser.add_argument("--rate", type=float, help="highest learning rate of pretrained runs")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus = load_corpus("mini")
    graphs = build_graph_store(corpus)
    steps = 0
    for row in (one for one in options.rows.split(",") if one in TASKS):
        metrics = pretrain(
            make_pretrain_settings(
                corpus="mini",
                model=options.model,
                task=TASKS[row],
                seed=options.seed,
                overrides=ON_CPU | {"training.epochs": options.epochs},
            ),
            options.out / "pretrained" / row,
            corpus=corpus,
            graphs=graphs,
            texts=Shuffled(corpus) if row == "shuffled" else None,  # type: ignore[arg-type]
        )
        steps = max(steps, metrics["steps"])
        held = {name: round(one, 4) for name, one in metrics["held_out"].items()}
        print(f"{row}: {metrics['seconds']:.0f} s, {metrics['steps']} steps, held out {held}\n")
    print("| property | from | test MAE | gain (95 % interval) | |")
    print("| --- | --- | ---: | --- | --- |", flush=True)
    for name in options.properties.split(","):
        scratch, fold = errors(options, corpus, graphs, name, "scratch", options.steps)
        print(f"| {name} | scratch | {scratch.mean():.4f} | | |", flush=True)
        for row in options.rows.split(","):
            longer = options.steps + (steps if row == "longer" else 0)
            found, _ = errors(options, corpus, graphs, name, row, longer)
            gain = paired_gain(scratch[None], found[None], folds=fold)
            print(
                f"| {name} | {row} | {found.mean():.4f} | {gain.mean:+.4f} ({gain.low:+.4f} to "
                f"{gain.high:+.4f}), {gain.relative:+.1%} | {gain.verdict} |",
                flush=True,
            )


def errors(
    options: argparse.Namespace,
    corpus: Corpus,
    graphs: GraphStore,
    name: str,
    row: str,
    steps: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(n,) absolute errors of all tested crystals in the unit of errors, and (n,) their folds."""
    plan = SplitPlan("folds", folds=options.folds)
    parts, folds = [], []
    for fold in range(options.folds):
        rate = options.rate if row in TASKS else None
        out = options.out / name / (row if rate is None else f"{row}-{rate:g}") / str(fold)
        metrics = train(
            make_settings(
                corpus="mini",
                property_name=name,
                model=options.model,
                seed=options.seed,
                init_from=str(options.out / "pretrained" / row) if row in TASKS else None,
                overrides={
                    **ON_CPU,
                    "training.steps": steps,
                    **({} if rate is None else {"training.learning_rate": rate}),
                },
            ),
            out,
            corpus=corpus,
            graphs=graphs,
            splits=make_split(corpus, name, plan, fold).ids,
            split_origin=f"{plan.words}, seed {plan.seed}, fold {fold}",
            progress=False,
        )
        table = pq.read_table(out / PREDICTIONS, filters=[("split", "==", "test")])
        true, predicted = (table[one].to_numpy() for one in ("target", "prediction"))
        if metrics["error_unit"].startswith("log10"):
            true, predicted = np.log10(true), np.log10(predicted)
        parts.append(np.abs(predicted - true))
        folds.append(np.full(len(true), fold))
    return np.concatenate(parts), np.concatenate(folds)


if __name__ == "__main__":
    main()
