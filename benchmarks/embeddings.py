"""Text embeddings per second, beside the plain ways, on the same descriptions in the same run.

Run ``python benchmarks/embeddings.py [--encoder minilm] [--n 192] [--repeats 3] [--device auto]``;
``--all`` embeds the whole mini corpus once besides. The plain ways read the texts in the order of
the corpus in batches of 64 with transformers alone: padded to the longest of the batch, as the
published CrysMMNet code does in every training step, or to 512. Rounds take turns. On a busy
machine ``OMP_NUM_THREADS=1 python benchmarks/embeddings.py --clock cpu`` counts CPU time instead.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

import crystext
from crystext.model.text import TextEncoder, section_text
from crystext.model.text.loading import device_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Way = Callable[[list[str]], np.ndarray]

SEED, BATCH, LIMIT = 0, 64, 512
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def plain(encoder: TextEncoder, *, padding: str | bool) -> Way:
    """Batches in the order of the texts, with transformers alone, float32, mean over tokens."""
    tokenizer = AutoTokenizer.from_pretrained(encoder.checkpoint.folder)
    model = AutoModel.from_pretrained(encoder.checkpoint.folder, dtype=torch.float32)
    model = model.eval().to(encoder.device)

    def embed(texts: list[str]) -> np.ndarray:
        found = []
        for start in range(0, len(texts), BATCH):
            tokens = tokenizer(
                texts[start : start + BATCH],
                padding=padding,
                truncation=True,
                max_length=LIMIT,
                return_tensors="pt",
            ).to(encoder.device)
            with torch.no_grad():
                hidden = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1)
            found.append(((hidden * mask).sum(1) / mask.sum(1)).cpu().numpy())
        return np.concatenate(found)

    return embed


def ways(args: argparse.Namespace) -> dict[str, Way]:
    """Ours first, then the peers."""
    device = device_of(args.device)
    precisions = ("fp32", "fp16") if device == "cuda" else ("fp32", "bf16")
    encoders = {
        precision: TextEncoder.load(args.encoder, pool="mean", device=device, precision=precision)
        for precision in precisions
    }
    first = encoders["fp32"]
    return {f"crystext, {precision}": one.encode for precision, one in encoders.items()} | {
        f"plain, batches of {BATCH}, padded to the longest": plain(first, padding=True),
        f"plain, batches of {BATCH}, padded to {LIMIT}": plain(first, padding="max_length"),
    }


def main() -> int:
    """Prints a table: texts per second, median and range; ratio; distance from the first way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--section", default="all")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--n", type=int, default=192, help="descriptions, drawn at random")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--all", action="store_true", help="the whole mini corpus once besides")
    args = parser.parse_args()
    texts = section_text(crystext.load_corpus("mini").table(), args.section)
    drawn = np.random.default_rng(SEED).choice(len(texts), args.n, replace=False)
    sample = [texts[i] for i in drawn]
    logging.disable_progress_bar()
    competitors = ways(args)
    clock = CLOCKS[args.clock]
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    vectors = {}
    for way in competitors.values():  # libraries and memory are warm when the clock starts
        way(sample[:BATCH])
    for _ in range(args.repeats):
        for name, way in competitors.items():
            start = clock()
            vectors[name] = way(sample)
            seconds[name].append(clock() - start)
    ours, *_ = competitors
    lengths = np.linalg.norm(vectors[ours], axis=1)
    print(f"{args.n} mini descriptions, section {args.section}, {args.encoder}, mean pool, seed 0")
    unit = f"texts per second ({args.clock}), median (range)"
    print(f"\n| way | {unit} | crystext fp32 is faster by | off by |")
    print("|---|---:|---:|---:|")
    for name, took in seconds.items():
        rates = [args.n / one for one in took]
        ratios = [b / a for a, b in zip(seconds[ours], took, strict=True)]
        off = (np.linalg.norm(vectors[name] - vectors[ours], axis=1) / lengths).max()
        print(
            f"| {name} | {statistics.median(rates):.1f} ({min(rates):.1f} to {max(rates):.1f}) "
            f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {off:.0e} |"
        )
    if args.all:
        start = clock()
        competitors[ours](texts)
        spent = clock() - start
        print(f"\nall {len(texts):,}: {spent:.0f} s, {len(texts) / spent:.1f} texts per second")
    on = torch.cuda.get_device_name() if device_of(args.device) == "cuda" else platform.machine()
    print(
        f"\n{on}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, load "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}, torch {torch.__version__}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
