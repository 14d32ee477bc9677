"""Boosted trees on descriptors of crystals: LightGBM, beside which every network has to stand.

The number of rounds is the one with the least error on the validation set; the test set is
predicted once, at the end.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.choices import TEST, TRAIN, VALIDATION
from crystext.errors import MissingExtraError
from crystext.install import install_hint
from crystext.model.training.targets import Scaling

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class BoostingSettings:
    """How trees are grown.

    Attributes:
        rounds: most trees.
        patience: rounds without a better validation error after which no more are grown.
        learning_rate: share of each tree.
        leaves: most leaves of a tree.
        min_leaf: fewest crystals in a leaf.
        feature_share: share of the features that a tree may use.
        seed: of all draws.
    """

    rounds: int = 3000
    patience: int = 150
    learning_rate: float = 0.05
    leaves: int = 31
    min_leaf: int = 10
    feature_share: float = 0.3
    seed: int = 0


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
        predictions: of ``validation`` and ``test``, (n,) in the unit that is learnt.
        seconds: of fitting.
    """

    booster: Any
    rounds: int
    predictions: dict[str, NDArray[np.float64]]
    seconds: float


def fit_boosting(
    features: Mapping[str, NDArray[np.floating]],
    targets: Mapping[str, NDArray[np.float64]],
    settings: BoostingSettings,
    *,
    log10: bool,
) -> BoostingResult:
    """Fits trees to the training set and predicts the others.

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
    parameters = {
        "objective": "regression",
        "metric": "l1",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_leaf,
        "feature_fraction": settings.feature_share,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "seed": settings.seed,
        "num_threads": 1,  # results are the same with the same number
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    booster = lightgbm.train(
        parameters,
        parts[TRAIN],
        num_boost_round=settings.rounds,
        valid_sets=[parts[VALIDATION]],
        callbacks=[lightgbm.early_stopping(settings.patience, verbose=False)],
    )
    seconds = time.perf_counter() - started
    rounds = booster.best_iteration
    scores = {
        name: booster.predict(features[name], num_iteration=rounds) for name in (VALIDATION, TEST)
    }
    predictions = {name: scaling.learnt(scaling.values(one)) for name, one in scores.items()}
    return BoostingResult(booster, rounds, predictions, seconds)


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
