"""Makes ``element_properties.npz`` from PubChem's periodic table: ``… CSV``.

    python -m crystext.model.networks.tables.make_element_properties PubChemElements_all.csv

PubChem (NIH, public domain) gives it at pubchem.ncbi.nlm.nih.gov/periodic-table, and the package
kgcnn, from which coGN is published, ships it as ``kgcnn/crystal/periodic_table/periodic_table.csv``
(release 3.1.0 was read). The 18 numbers of an element are the ones that coGN reads, prepared as its
authors do: atomic mass, atomic radius, electronegativity and ionisation energy, each less its mean
over the 118 elements and over its standard deviation, and 14 bits of oxidation states. A value that
the table lacks is what the authors put there: 209.46 pm, 1.18, 8 eV.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

ELEMENTS = 118
STATES = 14
MISSING = {
    "AtomicMass": None,
    "AtomicRadius": 209.46,
    "Electronegativity": 1.18,
    "IonizationEnergy": 8.0,
}


def states(written: str) -> list[int]:
    """Bits of oxidation states from ``+1, -1``; as published, -5 and +9 share one."""
    bits = [0] * STATES
    for state in written.split(",") if written else ():
        bits[(int(state) - 7) % STATES] = 1
    return bits


def main() -> None:
    """Writes the table beside this file."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if [int(row["AtomicNumber"]) for row in rows] != list(range(1, ELEMENTS + 1)):
        raise SystemExit(f"{sys.argv[1]} is not a table of elements 1 to {ELEMENTS}")
    known = np.array(
        [[float(row[name] or str(other)) for name, other in MISSING.items()] for row in rows]
    )
    known = (known - known.mean(axis=0)) / known.std(axis=0, ddof=1)
    bits = np.array([states(row["OxidationStates"]) for row in rows])
    table = np.hstack([known, bits]).astype(np.float32)
    np.savez_compressed(Path(__file__).with_name("element_properties.npz"), table=table)


if __name__ == "__main__":
    main()
