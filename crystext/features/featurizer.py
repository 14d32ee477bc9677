"""A scikit-learn transformer from crystals to features, with matminer's methods too.

Importing this module imports scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from crystext.description.record import numbered
from crystext.errors import CrystextError, UsageError, shown
from crystext.features import facts, robocrys_set
from crystext.settings import check_choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from crystext.description.describer import Describer

KINDS = ("facts", "robocrys", "both")
ON_ERROR = ("raise", "nan")


class CrystalFeaturizer(TransformerMixin, BaseEstimator):
    """Turns crystals into rows of numbers; there is nothing to fit.

    Args:
        features: ``facts``, ours (:data:`crystext.features.facts.FEATURES`); ``robocrys``, those of
            robocrys' ``RobocrysFeaturizer``; or ``both``, ours first.
        categories: keep robocrys' three features that are words (mineral, space group, crystal
            system). The result is then an array of objects.
        settings: keyword arguments of :class:`crystext.Describer`; ``None`` for its defaults.
        distorted_tol: order parameter under which robocrys' features call a geometry distorted.
        on_error: ``raise`` the error of a crystal that cannot be described, or make its row
            ``nan``.
        n_jobs: processes, as joblib counts them.

    Examples:
        >>> pipeline = make_pipeline(CrystalFeaturizer(), SimpleImputer(), Ridge())
        >>> pipeline.fit(structures, energies)
    """

    def __init__(
        self,
        features: str = "facts",
        *,
        categories: bool = False,
        settings: Mapping[str, Any] | None = None,
        distorted_tol: float = 0.6,
        on_error: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.features = features
        self.categories = categories
        self.settings = settings
        self.distorted_tol = distorted_tol
        self.on_error = on_error
        self.n_jobs = n_jobs

    def fit(self, X: Iterable[Any], y: Any = None) -> CrystalFeaturizer:  # noqa: ARG002, N803  (scikit-learn's names)
        """Checks the settings.

        Args:
            X: crystals; not looked at.
            y: ignored.

        Raises:
            UsageError: a setting is refused.
        """
        self._check()
        self.describer()
        return self

    def transform(self, X: Iterable[Any]) -> NDArray[Any]:  # noqa: N803  (scikit-learn's name)
        """The features, a row for each crystal.

        Args:
            X: n crystals: what :func:`crystext.describe` takes, or descriptions that it gave.

        Returns:
            (n, features) float64, NaN where a crystal has no such thing; of objects with
            ``categories``.

        Raises:
            CrystextError: a crystal cannot be described, unless ``on_error`` is ``nan``.
        """
        self._check()
        rows = self._rows(_listed(X), errors=self.on_error == "nan")
        kept = [row for row, _ in rows]
        dtype = object if self._words else np.float64
        width = len(self.get_feature_names_out())
        return np.array(kept, dtype=dtype).reshape(len(kept), width)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002  (scikit-learn's name)
        """Names of the columns."""
        names = self.feature_labels()
        if not self._words:
            names = [name for name in names if name not in robocrys_set.CATEGORIES]
        return np.array(names, dtype=object)

    # What matminer's featurizers are asked

    def featurize(self, crystal: Any) -> list[Any]:
        """The features of one crystal, words included, in the order of :meth:`feature_labels`."""
        return self.row(crystal, self.describer())

    def featurize_many(
        self, entries: Iterable[Any], *, ignore_errors: bool = False, return_errors: bool = False
    ) -> list[list[Any]]:
        """The features of many crystals.

        Args:
            entries: crystals.
            ignore_errors: a row of NaN for a crystal that cannot be described.
            return_errors: append the error, or ``None``, to each row.
        """
        rows = self._rows(_listed(entries), errors=ignore_errors, words=True)
        return [[*row, error] if return_errors else list(row) for row, error in rows]

    def feature_labels(self) -> list[str]:
        """Names of all features, those that are words included."""
        self._check()
        ours = [] if self.features == "robocrys" else list(facts.NAMES)
        theirs = [] if self.features == "facts" else list(robocrys_set.NAMES)
        twice = set(ours) & set(theirs)
        return [*ours, *(f"robocrys_{name}" if name in twice else name for name in theirs)]

    def citations(self) -> list[str]:
        """BibTeX of what the features are from."""
        from crystext.corpus.card import ROBOCRYS_PAPER

        return [ROBOCRYS_PAPER]

    def implementors(self) -> list[str]:
        """Who wrote it."""
        return ["the crystext authors"]

    # How

    @property
    def _words(self) -> bool:
        return self.categories and self.features != "facts"

    def _check(self) -> None:
        check_choice("features", self.features, KINDS)
        check_choice("on_error", self.on_error, ON_ERROR)

    def describer(self) -> Describer:
        """What describes crystals under the settings."""
        from crystext.description.describer import Describer

        return Describer(**(self.settings or {}))

    def _rows(
        self, crystals: list[Any], *, errors: bool, words: bool | None = None
    ) -> list[tuple[list[Any], str | None]]:
        """A row and an error, or ``None``, for each crystal; lacking values are NaN."""
        words = self._words if words is None else words
        keep = [words or name not in robocrys_set.CATEGORIES for name in self.feature_labels()]
        worker = _Worker(self, keep, errors=errors)
        if self.n_jobs in (None, 1):
            return [worker(one) for one in crystals]
        from joblib import Parallel, delayed

        return list(Parallel(n_jobs=self.n_jobs)(delayed(worker)(one) for one in crystals))

    def row(self, crystal: Any, describer: Describer) -> list[Any]:
        """All features of one crystal; see :meth:`featurize`."""
        condensed = _condensed(crystal)
        if condensed is None:
            condensed = describer.describe(crystal).condensed
        row: list[Any] = []
        if self.features != "robocrys":
            row += facts.row_of(condensed).tolist()
        if self.features != "facts":
            row += robocrys_set.robocrys_features(condensed, distorted_tol=self.distorted_tol)
        return row

    def __sklearn_is_fitted__(self) -> bool:
        """There is nothing to fit."""
        return True

    def __sklearn_tags__(self) -> Any:
        """Crystals are no table of numbers, and nothing is learnt from them."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.allow_nan = False
        tags.requires_fit = False
        tags.no_validation = True
        return tags


class _Worker:
    """One crystal to its row, in this process or in another; the describer is made once in each."""

    def __init__(self, featurizer: CrystalFeaturizer, keep: list[bool], *, errors: bool) -> None:
        self._featurizer, self._keep, self._errors = featurizer, keep, errors

    @cached_property
    def _describer(self) -> Describer:
        return self._featurizer.describer()

    def __getstate__(self) -> dict[str, Any]:
        return {name: one for name, one in vars(self).items() if name != "_describer"}

    def __call__(self, crystal: Any) -> tuple[list[Any], str | None]:
        try:
            row = self._featurizer.row(crystal, self._describer)
        except CrystextError as error:
            if not self._errors:
                raise
            return [np.nan] * sum(self._keep), f"{error.code}: {error.message}"
        kept = [value for value, keep in zip(row, self._keep, strict=True) if keep]
        return [np.nan if value is None else value for value in kept], None


def _condensed(given: Any) -> dict[Any, Any] | None:
    """The condensed data of a description or its dictionary, with whole numbers as keys."""
    given = getattr(given, "condensed", given)
    if not isinstance(given, dict) or not {"condensed", "component_makeup"} & given.keys():
        return None
    return numbered(facts.condensed_of(given))


def _listed(crystals: Any) -> list[Any]:
    """Crystals as a list; a table of one column is one.

    Raises:
        UsageError: it is a single crystal, or a table of several columns.
    """
    from pymatgen.core import Structure

    single = isinstance(crystals, (str, Mapping, Structure)) or type(crystals).__name__ == "Atoms"
    if single or not hasattr(crystals, "__iter__"):
        raise UsageError(f"{shown(crystals)} is one crystal; give a list of crystals")
    shape: Sequence[int] = getattr(crystals, "shape", (0,))
    if len(shape) == 2 and shape[1] != 1:
        raise UsageError(f"a table of {shape[1]} columns is no list of crystals; give one column")
    values = np.asarray(crystals, dtype=object)[:, 0] if len(shape) == 2 else crystals
    return list(values)
