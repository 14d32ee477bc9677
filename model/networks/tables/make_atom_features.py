"""Makes ``atom_features.npz`` from the table that jarvis-tools carries.

Run ``python -m crystext.model.networks.tables.make_atom_features``.

The table is ``atom_init.json`` of CGCNN (Xie and Grossman, Phys. Rev. Lett. 120, 145301 (2018)),
92 one-hot features of elements 1 to 100: group, period, electronegativity, covalent radius, valence
electrons, first ionisation energy, electron affinity, block and atomic volume. It comes through
jarvis-tools (NIST, public domain) and is 0 and 1 alone, so it is kept as bits.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np

ELEMENTS, FEATURES = 100, 92


def main() -> None:
    """Writes the table beside this file."""
    source = files("jarvis") / "core" / "atom_init.json"
    table = json.loads(source.read_text())
    features = np.array([table[str(number)] for number in range(1, ELEMENTS + 1)])
    if features.shape != (ELEMENTS, FEATURES) or not np.isin(features, (0, 1)).all():
        raise SystemExit(f"{source} is not the table of 100 elements and 92 bits")
    packed = np.packbits(features.astype(bool), axis=1)
    np.savez_compressed(Path(__file__).with_name("atom_features.npz"), packed=packed)


if __name__ == "__main__":
    main()
