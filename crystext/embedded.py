"""The embedded default: real Materials Project crystals that need no network."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from crystext.corpus.columns import Property

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from crystext.crystal import Crystal

MINI_PROPERTIES = (
    Property("formation_energy_per_atom", "eV/atom", "formation energy, PBE"),
    Property("band_gap", "eV", "band gap, PBE"),
    Property("bulk_modulus", "GPa", "bulk modulus, Voigt-Reuss-Hill average (K_VRH)"),
    Property("shear_modulus", "GPa", "shear modulus, Voigt-Reuss-Hill average (G_VRH)"),
    Property("poisson_ratio", "", "isotropic Poisson ratio"),
    Property("elastic_anisotropy", "", "universal elastic anisotropy"),
    Property("refractive_index", "", "refractive index, of the electronic dielectric tensor"),
    Property("dielectric_constant_electronic", "", "electronic part of the dielectric constant"),
    Property("dielectric_constant", "", "dielectric constant, polycrystalline, with the ions"),
    Property("piezoelectric_modulus", "C/m^2", "largest longitudinal piezoelectric modulus"),
    Property("energy_above_hull", "eV/atom", "energy above the convex hull, PBE"),
)
"""Energies and gaps of MP 2018.6.1, the others of the four tables of matminer 0.3.2."""


def mini_table() -> pa.Table:
    """The table behind :func:`mini`, one row a crystal, with units in the field metadata."""
    import pyarrow.parquet as pq

    with as_file(files("crystext") / "data" / "mini.parquet") as path:
        return pq.read_table(path)


def mini(ids: list[str] | None = None) -> Iterator[Crystal]:
    """Yields the 6,277 mini crystals, sorted by Materials Project number.

    Args:
        ids: only these Materials Project ids, in the order given.

    Yields:
        Crystals whose ``properties`` hold the split and the targets, ``None`` where absent.

    Raises:
        KeyError: an id is not among the mini crystals.
    """
    from pymatgen.core import Lattice, Structure

    from crystext.crystal import Crystal

    if ids is not None and not ids:
        return
    table = mini_table()
    if ids is not None:
        index = {material_id: row for row, material_id in enumerate(table["id"].to_pylist())}
        unknown = [i for i in ids if i not in index]
        if unknown:
            msg = f"{unknown[0]!r} is not among the mini crystals; see crystext.mini_table()['id']"
            raise KeyError(msg)
        table = table.take([index[i] for i in ids])
    for batch in table.to_batches(max_chunksize=256):
        for row in batch.to_pylist():
            structure = Structure(
                Lattice([row["lattice"][i : i + 3] for i in (0, 3, 6)]),
                row["numbers"],
                [row["frac_coords"][i : i + 3] for i in range(0, len(row["frac_coords"]), 3)],
            )
            names = ("split", *(one.name for one in MINI_PROPERTIES))
            properties = {name: row[name] for name in names}
            yield Crystal(id=row["id"], structure=structure, source="mini", properties=properties)
