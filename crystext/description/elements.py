"""Asks pymatgen for what it warns about, once and quietly, before anything else asks."""

from __future__ import annotations

import warnings
from functools import cache


@cache
def know_electronegativities() -> None:
    """Looks up every electronegativity, so that pymatgen does not warn of those that are missing.

    Pymatgen keeps what it has looked up and warns only the first time (helium, neon, argon and
    some others have none; NaN stands for it), wherever that may be: reading, sorting, bonding. No
    warning filter outlives this function.
    """
    from pymatgen.core import Element

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No Pauling electronegativity")
        for element in Element:
            _ = element.X
