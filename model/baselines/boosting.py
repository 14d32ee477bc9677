"""Boosted trees on descriptors of crystals: LightGBM, beside which every network has to stand.

The number of rounds is the one with the least error on the validation set; the test set is
predicted once, at the end.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.choices import SPLITS
from crystext.errors import MissingExtraError
from crystext.install import install_hint
from crystext.model.training.targets import Scaling
from crystext.settings import BaseSettings, check_choice, check_number, check_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    BySplit = Mapping[str, NDArray[np.floating]]

TRAIN, VALIDATION, _ = SPLITS
LOSSES = ("l1", "l2")
_SMALLEST_SHARE = 1e-6


@dataclass(frozen=True)
class BoostingSettings(BaseSettings):
    """How trees are grown.

    Attributes:
        rounds: most trees.
        patience: rounds without a better validation error after which no more are grown.
        learning_rate: share of each tree.
        leaves: most leaves of a tree.
        min_leaf: fewest crystals in a leaf.
        feature_share: share of the features that a tree may use.
        row_share: share of the crystals that a tree is grown on.
        l2: penalty on leaf values.
        loss: ``l2``, squared errors, or ``l1``, absolute ones.
        seed: of all draws.
        threads: results are the same with the same number.

    Raises:
        UsageError: a value is not allowed.
    """

    rounds: int = 3000
    patience: int = 150
    learning_rate: float = 0.05
    leaves: int = 31
    min_leaf: int = 10
    feature_share: float = 0.3
    row_share: float = 0.8
    l2: float = 1.0
    loss: str = "l2"
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Checks the values."""
        for name in ("rounds", "patience", "min_leaf", "threads"):
            check_whole(name, getattr(self, name))
        check_whole("leaves", self.leaves, least=2)
        check_whole("seed", self.seed, least=0)
        for name in ("learning_rate", "feature_share", "row_share"):
            check_number(name, getattr(self, name), _SMALLEST_SHARE, 1)
        check_number("l2", self.l2, 0, sys.float_info.max)
        check_choice("loss", self.loss, LOSSES)


ON_FACTS = BoostingSettings(
    rounds=6000, learning_rate=0.03, leaves=15, min_leaf=5, feature_share=0.2
)
"""For facts; chosen by the validation errors of mini's first four properties."""


@dataclass(frozen=True)
class BoostingResult:
    """Fitted trees and what they predict.

    Attributes:
        booster: the LightGBM model; it predicts standard scores.
        rounds: trees that are used.
        predictions: by split, in the property's unit.
        seconds: of fitting.
    """

    booster: Any
    rounds: int
    predictions: dict[str, NDArray[np.float64]]
    seconds: float


def fit_boosting(
    features: BySplit,
    targets: BySplit,
    settings: BoostingSettings,
    *,
    log10: bool,
) -> BoostingResult:
    """Fits trees to the training set and predicts all sets.

    Args:
        features: (n, F) by ``train``, ``validation`` and ``test``; NaN is missing.
        targets: (n,) by split, finite, in the property's unit.
        settings: how trees are grown.
        log10: learn the logarithm of the targets.

    Raises:
        BadTargetsError: the targets cannot be learnt.
        MissingExtraError: LightGBM is not installed.
    """
    lightgbm = lightgbm_module()
    numbers = [f"row {row} of the training set" for row in range(len(targets[TRAIN]))]
    scaling = Scaling.of(targets[TRAIN], log10=log10, ids=numbers)
    started = time.perf_counter()
    parts = {
        name: lightgbm.Dataset(features[name], scaling.scores(targets[name]), free_raw_data=False)
        for name in (TRAIN, VALIDATION)
    }
    booster = lightgbm.train(
        _parameters(settings),
        parts[TRAIN],
        num_boost_round=settings.rounds,
        valid_sets=[parts[VALIDATION]],
        callbacks=[lightgbm.early_stopping(settings.patience, verbose=False)],
    )
    seconds = time.perf_counter() - started
    rounds = booster.best_iteration
    predictions = {
        name: scaling.values(booster.predict(features[name], num_iteration=rounds))
        for name in SPLITS
    }
    return BoostingResult(booster, rounds, predictions, seconds)


def _parameters(settings: BoostingSettings) -> dict[str, Any]:
    return {
        "objective": "regression" if settings.loss == "l2" else "regression_l1",
        "metric": "l1",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_leaf,
        "feature_fraction": settings.feature_share,
        "bagging_fraction": settings.row_share,
        "bagging_freq": 1,
        "lambda_l2": settings.l2,
        "seed": settings.seed,
        "num_threads": settings.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def lightgbm_module() -> Any:
    """LightGBM.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise MissingExtraError(
            f"boosted trees need LightGBM; install it with: {install_hint('model')}"
        ) from error
    return lightgbm
