"""Whether Cartesian coordinates that a CIF lists beside the fractional ones are the same places.

The axes of the Cartesian ones are free, their distances are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import CrystextError
from crystext.formats.cif.values import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_APART = 0.05  # angstrom


def note(
    labels: Sequence[str],
    fractional: Mapping[str, Sequence[str | None]],
    cartesian: Mapping[str, Sequence[str | None]],
    matrix: NDArray[np.float64],
) -> list[str]:
    """One line where distances from the first atom differ; atoms without both are passed over.

    Args:
        labels: of the atoms.
        fractional: the three columns by name, x first, as the file writes them.
        cartesian: likewise, angstrom.
        matrix: lattice vectors as rows, angstrom.
    """
    columns = (*fractional.values(), *cartesian.values())
    if len(columns) != 6:
        return []
    rows: list[tuple[str, list[float]]] = []
    for label, *texts in zip(labels, *columns, strict=True):
        try:
            rows.append((label, [number(text, "") for text in texts]))
        except CrystextError:
            continue  # an unknown one says nothing
    if len(rows) < 2:
        return []
    values = np.array([row for _, row in rows])
    steps = values - values[0]
    found = np.linalg.norm(steps[:, :3] @ matrix, axis=1) - np.linalg.norm(steps[:, 3:], axis=1)
    far = int(np.argmax(np.abs(found)))
    if abs(found[far]) < _APART:
        return []
    text = f"fractional and Cartesian coordinates of {rows[0][0]} and {rows[far][0]}"
    return [f"{text} differ by {abs(found[far]):.3g} Å in their distance; the fractional are read"]
