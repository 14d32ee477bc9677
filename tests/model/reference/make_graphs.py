"""Writes graphs.npz: two mini crystals as full graphs with line graphs, which all references read.

CdCl2 (mp-632403, P1, 3 atoms) has no symmetry, KAuO2 (mp-27418, Pmmm, 4 atoms) has some; every
atom of both has 16 bonds, so CGCNN's code, which wants the same number everywhere, reads them too.

    python -m tests.model.reference.make_graphs
"""

from __future__ import annotations

import numpy as np

import crystext
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.networks.elements import atom_features
from tests.model.reference.common import HERE

IDS = ["mp-632403", "mp-27418"]


def main() -> None:
    structures = [crystal.structure for crystal in crystext.mini(ids=IDS)]
    one = crystal_graphs(structures, doubled_images=True)
    atom = np.repeat(one.atom_ptr[:-1], np.diff(one.bond_ptr))
    bond = np.repeat(one.bond_ptr[:-1], np.diff(one.angle_ptr))
    assert set(np.bincount(one.target + atom)) == {16}
    np.savez_compressed(
        HERE / "graphs.npz",
        lattice=one.lattice,
        position=np.concatenate([structure.cart_coords for structure in structures]),
        crystal=np.repeat(np.arange(2), np.diff(one.atom_ptr)).astype(np.int8),
        element=one.element.astype(np.int16),
        features=atom_features()[one.element].astype(np.float32),
        source=(one.source + atom).astype(np.int16),
        target=(one.target + atom).astype(np.int16),
        image=one.image.astype(np.int8),
        vector=one.vector,
        distance=one.distance,
        angle_source=(one.angle_source + bond).astype(np.int16),
        angle_target=(one.angle_target + bond).astype(np.int16),
        cosine=one.cosine,
    )


if __name__ == "__main__":
    main()
