"""Builds the prototype library of the package from the one that robocrys ships.

Run ``python -m crystext.description.build_prototypes OUT.npz``. A test holds the file in the
package against a fresh build.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from crystext.description.databases import read_database
from crystext.files import written_aside


def build() -> dict[str, np.ndarray]:
    """Reduces every prototype as pymatgen's ``StructureMatcher`` would for each comparison."""
    from pymatgen.core import Structure

    from crystext.description.anonymous_match import reduce_structure
    from crystext.description.arrays import ArrayStructure

    table = read_database("mineral_db.json.gz")
    labels = table["index"]  # of AFLOW: they decide ties between prototypes, so rows stand by them
    order = sorted(range(len(labels)), key=labels.__getitem__)
    rows = [dict(zip(table["columns"], table["data"][i], strict=True)) for i in order]
    structures = [Structure.from_dict(row["structure"]) for row in rows]
    cells = [reduce_structure(ArrayStructure.of(structure)) for structure in structures]
    return {
        "names": np.array([row["mineral"] for row in rows]),
        "n_elements": np.array([row["n_elems"] for row in rows]),
        "fingerprints": np.array([row["fingerprint"] for row in rows]),
        "lattices": np.array([cell.matrix for cell in cells]),
        "frac_coords": np.concatenate([cell.frac_coords for cell in cells]),
        "kinds": np.concatenate([cell.kinds for cell in cells]),
        "bounds": np.cumsum([0, *(len(cell.kinds) for cell in cells)]),
    }


def main(argv: list[str]) -> int:
    """Command line: OUT."""
    if len(argv) != 1:
        sys.stderr.write("usage: python -m crystext.description.build_prototypes OUT.npz\n")
        return 2
    with written_aside(Path(argv[0])) as aside, aside.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **build())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
