"""Training runs side by side: crystals a second, and whether they learn as one run alone does.

Run ``python -m benchmarks.side_by_side --models cgcnn cogn [--steps 500] [--seeds 5] [--folds 3]``,
on a GPU where there is one. For each model all seeds and folds of one property of mini are trained
side by side (:mod:`crystext.model.training.side_by_side`), validation after every epoch and the
test set included. What comes before the first step (reading, recording) is told apart: it is the
time of the same runs with one epoch's steps. The first run's validation error is told too, to be
compared between devices.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import torch

from crystext.model.benchmark.inputs import TrialInputs, open_corpus
from crystext.model.benchmark.one_gpu import run_side_by_side
from crystext.model.benchmark.plan import Plan
from crystext.model.training.folder import METRICS
from crystext.model.training.machine import device_name


def timed(model: str, args: argparse.Namespace, steps: int) -> tuple[float, list[dict]]:
    """Seconds that the runs of a model take in all, and their metrics."""
    plan = Plan(
        suite="text",
        models=(model,),
        properties=(args.property,),
        seeds=args.seeds,
        folds=args.folds,
        overrides={"training.steps": steps},
    )
    trials, device = plan.trials(), torch.device(args.device)
    inputs = TrialInputs(open_corpus("mini"), trials)
    inputs.prepare(trials)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        began = time.perf_counter()
        run_side_by_side(trials, out, inputs, device=device, tick=lambda: None)
        seconds = time.perf_counter() - began
        paths = [out / "runs" / one.name / METRICS for one in trials]
        return seconds, [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def main() -> int:
    """Prints a line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["cgcnn", "cogn", "matformer"])
    parser.add_argument("--property", default="bulk_modulus")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folds", type=int, default=3)
    gpu = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=gpu, choices=["cpu", "cuda"])
    args = parser.parse_args()
    print(f"{device_name(torch.device(args.device))}; torch {torch.__version__}\n")
    print(
        "| model | runs | steps each | s before | s of steps | crystals/s | first validation MAE |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for model in args.models:
        timed(model, args, 1)  # kernels and caches are made
        before, one_epoch = timed(model, args, 1)
        whole, found = timed(model, args, args.steps)
        took = whole - before
        seen = sum((a["steps"] - b["steps"]) * 64 for a, b in zip(found, one_epoch, strict=True))
        error = found[0]["validation"]["mae"]
        told = (
            f"{len(found)} | {found[0]['steps']} | {before:.2f} | {took:.2f} | {seen / took:,.0f}"
        )
        print(f"| {model} | {told} | {error:.6f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
