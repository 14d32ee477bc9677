"""What networks know of an element: CGCNN's 92 features, and coGN's 18 properties."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_FEATURES = 92
N_PROPERTIES = 18
HIGHEST = 103


@cache
def atom_features() -> NDArray[np.float32]:
    """Features by atomic number.

    Returns:
        (104, 92), read-only; row 0 is zeros, and rows 101 to 103 are that of 100, as the table
        ends there and jarvis-tools does the same.
    """
    with np.load(str(files("crystext.model.networks.tables") / "atom_features.npz")) as file:
        known = np.unpackbits(file["packed"], axis=1, count=N_FEATURES).astype(np.float32)
    table = np.zeros((HIGHEST + 1, N_FEATURES), dtype=np.float32)
    table[1 : len(known) + 1] = known
    table[len(known) + 1 :] = known[-1]
    table.flags.writeable = False
    return table


@cache
def element_properties() -> NDArray[np.float32]:
    """Properties by atomic number, made by ``tables/make_element_properties.py``.

    Returns:
        (104, 18), read-only; row 0 is zeros. Mass, radius, electronegativity and ionisation energy
        have mean 0 and standard deviation 1 over the 118 elements; 14 bits of oxidation states.
    """
    with np.load(str(files("crystext.model.networks.tables") / "element_properties.npz")) as file:
        known = file["table"][:HIGHEST]
    table = np.zeros((HIGHEST + 1, N_PROPERTIES), dtype=np.float32)
    table[1:] = known
    table.flags.writeable = False
    return table
