"""From a description to its features: of one crystal, and of a corpus."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crystext.description.notation import parse_species
from crystext.description.record import numbered
from crystext.errors import UsageError, shown
from crystext.features import composition, sites, symmetry
from crystext.features.schema import schema_digest, vectors_of, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.description.record import Description

FEATURES = (*composition.FEATURES, *symmetry.FEATURES, *sites.FEATURES)
"""All features, in their order."""
NAMES = tuple(one.name for one in FEATURES)
DIGEST = schema_digest(FEATURES)


class Table(NamedTuple):
    """Features of many crystals.

    Attributes:
        ids: n of them.
        values: (n, features) float64; NaN where a crystal has no such thing.
        names: of the features.
    """

    ids: list[str]
    values: NDArray[np.float64]
    names: tuple[str, ...]


def facts(description: Description | Mapping[str, Any]) -> dict[str, float]:
    """The features of a crystal by name, see :data:`FEATURES` for units and meanings.

    Args:
        description: what :func:`crystext.describe` returns, its dictionary, or the condensed
            dictionary alone (``description.condensed``, also as read from JSON).

    Returns:
        Always the same names in the same order; NaN where the crystal has no such thing, such as
        an angle at shared corners.

    Raises:
        UsageError: it is none of these.
    """
    return dict(zip(NAMES, row_of(condensed_of(description)).tolist(), strict=True))


def condensed_of(description: Description | Mapping[str, Any]) -> Mapping[str, Any]:
    """The condensed dictionary in what a user may give.

    Raises:
        UsageError: there is none.
    """
    found: Any = getattr(description, "condensed", description)
    if isinstance(found, dict) and "condensed" in found:
        found = found["condensed"]
    if isinstance(found, str):
        with suppress(ValueError, RecursionError):  # such as a path; refused below
            found = json.loads(found)
    if not isinstance(found, dict) or "sites" not in found:
        raise UsageError(f"{shown(description)} is no description; give what describe returns")
    return found


def row_of(condensed: Mapping[str, Any]) -> NDArray[np.float64]:
    """(features,) of one condensed dictionary, also as read from JSON."""
    condensed = numbered(condensed)
    counts = symmetry.multiplicities(condensed)
    amounts: Counter[str] = Counter()
    for key, site in condensed["sites"].items():
        amounts[parse_species(site["element"]).symbol] += counts[key]
    values = [
        *composition.composition_features(amounts),
        *symmetry.crystal_features(condensed),
        *sites.site_features(condensed, counts),
    ]
    return np.array(values, dtype=np.float64)


def facts_table(
    corpus: Corpus,
    ids: Iterable[str] | None = None,
    *,
    limit: int | None = None,
    progress: bool = False,
) -> Table:
    """The features of a corpus' crystals, as scikit-learn and pandas take them.

    Args:
        corpus: with condensed dictionaries in its rows, as all that crystext builds.
        ids: only these, in the corpus' order.
        limit: only the first so many rows.
        progress: show a bar where standard error is a terminal.
    """
    from tqdm import tqdm

    table = corpus.table(["id", "condensed"]).slice(0, limit)
    pairs = zip(table["id"].to_pylist(), table["condensed"].to_pylist(), strict=True)
    wanted = None if ids is None else set(ids)
    chosen = [pair for pair in pairs if wanted is None or pair[0] in wanted]
    kept, rows = [], []
    for one, condensed in tqdm(chosen, unit=" crystals", disable=None if progress else True):
        kept.append(one)
        rows.append(row_of(json.loads(condensed)))
    values = np.array(rows).reshape(len(rows), len(NAMES))
    return Table(kept, values, NAMES)


def as_vectors(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, features) as a network reads them, (n, :data:`WIDTH`); see :func:`vectors_of`."""
    return vectors_of(values, FEATURES)


WIDTH = width_of(FEATURES)
"""Entries of a vector of :func:`as_vectors`."""
