"""The 92 features of an element that CGCNN and its successors begin with."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_FEATURES = 92
HIGHEST = 103


@cache
def atom_features() -> NDArray[np.float32]:
    """Features by atomic number.

    Returns:
        (104, 92), read-only; row 0 is zeros, and rows 101 to 103 are that of 100, as the table
        ends there and jarvis-tools does the same.
    """
    with np.load(str(files("crystext.model.tables") / "atom_features.npz")) as file:
        known = np.unpackbits(file["packed"], axis=1, count=N_FEATURES).astype(np.float32)
    table = np.zeros((HIGHEST + 1, N_FEATURES), dtype=np.float32)
    table[1 : len(known) + 1] = known
    table[len(known) + 1 :] = known[-1]
    table.flags.writeable = False
    return table
