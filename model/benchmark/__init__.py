"""The paper's tables, measured: suites, trials, splits, controls, statistics and results.

Names are imported when they are asked for, so that reading results needs no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.lazy import lazy_names

if TYPE_CHECKING:
    from crystext.model.benchmark.benchmark import Benchmark, Outcome, run_benchmark
    from crystext.model.benchmark.plan import Plan
    from crystext.model.benchmark.results import read_results

__all__ = ["Benchmark", "Outcome", "Plan", "read_results", "run_benchmark"]

_HOMES = {
    "Benchmark": "crystext.model.benchmark.benchmark",
    "Outcome": "crystext.model.benchmark.benchmark",
    "Plan": "crystext.model.benchmark.plan",
    "read_results": "crystext.model.benchmark.results",
    "run_benchmark": "crystext.model.benchmark.benchmark",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
