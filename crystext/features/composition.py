"""Features of the composition: shares of the elements, and statistics of their properties.

The statistics are those of Ward et al., npj Comput. Mater. 2, 16028 (2016): mean, mean absolute
deviation, least and greatest, each element weighted by its share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.description.elements import SYMBOLS
from crystext.features.elements import HEAVIEST, PROPERTIES, SHELLS, element_table
from crystext.features.schema import Feature

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATISTICS = {
    "mean": "mean, weighted by share",
    "deviation": "mean absolute deviation from it",
    "min": "least",
    "max": "greatest",
}

FEATURES = (
    *(Feature(f"share_{one}", "", f"share of {one} among the atoms") for one in SYMBOLS),
    *(
        Feature(f"{one.name}_{name}", one.unit, f"{meaning} {one.name} of the elements", one.scale)
        for one in PROPERTIES
        for name, meaning in _STATISTICS.items()
    ),
    *(
        Feature(f"valence_{one}", "", f"mean number of outer {one} electrons", 2.0)
        for one in SHELLS
    ),
    Feature("n_elements", "", "number of elements", 3.0),
    Feature("share_norm_2", "", "square root of the sum of the squared shares"),
    Feature("share_entropy", "", "entropy of the shares, natural logarithm"),
)


def composition_features(amounts: Mapping[str, float]) -> list[float]:
    """The values of :data:`FEATURES`.

    Args:
        amounts: of each element, by symbol.
    """
    table = element_table()
    numbers = np.array([table.number[one] for one in amounts])
    share = np.array(list(amounts.values()), dtype=float)
    share /= share.sum()
    of_element = np.zeros(HEAVIEST + 1)
    np.add.at(of_element, numbers, share)
    values = table.values[numbers]
    mean = share @ values
    statistics = [mean, share @ np.abs(values - mean), values.min(axis=0), values.max(axis=0)]
    return [
        *of_element[1:],
        *np.stack(statistics, axis=1).ravel(),
        *(share @ table.valence[numbers]),
        len(amounts),
        float(np.sqrt((share**2).sum())),
        float(-(share * np.log(share)).sum()),
    ]
