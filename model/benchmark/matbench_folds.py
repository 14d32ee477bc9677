"""Matbench's five folds, made from the rule that made the published lists.

Matbench v0.1 (Dunn et al., npj Comput. Mater. 6, 138, 2020) cuts each regression task by
scikit-learn's ``KFold(5, shuffle=True, random_state=18012019)``, in the order of its ids. The same
permutation is numpy's, so that the package's 46 MB of lists need not be shipped; tests compare the
two where the package is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FOLDS = 5
_SEED = 18_012_019


@dataclass(frozen=True)
class Task:
    """A regression task on structures, such as ``matbench_log_kvrh`` on 10,987 crystals."""

    name: str
    size: int

    @property
    def log10(self) -> bool:
        """Whether its target is a logarithm to base 10."""
        return "_log_" in self.name

    @property
    def ids(self) -> list[str]:
        """In the task's order: ``mb-log-kvrh-00001`` and so on."""
        prefix, digits = self.name.replace("matbench", "mb").replace("_", "-"), len(str(self.size))
        return [f"{prefix}-{number:0{digits}d}" for number in range(1, self.size + 1)]

    def test_ids(self) -> list[list[str]]:
        """Ids of the test set of each fold, in the task's order."""
        order = np.random.RandomState(_SEED).permutation(self.size)
        ids = self.ids
        return [[ids[place] for place in np.sort(one)] for one in np.array_split(order, FOLDS)]


_SIZES = {
    "dielectric": 4_764,
    "jdft2d": 636,
    "log_gvrh": 10_987,
    "log_kvrh": 10_987,
    "mp_e_form": 132_752,
    "mp_gap": 106_113,
    "perovskites": 18_928,
    "phonons": 1_265,
}
TASKS = {f"matbench_{name}": Task(f"matbench_{name}", size) for name, size in _SIZES.items()}


def task_of(crystal_id: str) -> Task | None:
    """The task that an id such as ``mb-log-kvrh-00001`` is of."""
    stem = crystal_id.rpartition("-")[0]
    name = stem.replace("mb-", "matbench_", 1).replace("-", "_")
    return TASKS.get(name) if stem.startswith("mb-") else None
