"""The embedded default: real Materials Project crystals that need no network."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.crystal import Crystal

_FLOATS = pa.list_(pa.float64())


def _field(name: str, kind: pa.DataType, what: str, unit: str | None = None) -> pa.Field:
    metadata = {"description": what} | ({"unit": unit} if unit else {})
    return pa.field(name, kind, metadata=metadata)


MINI_SCHEMA = pa.schema(
    [
        _field("id", pa.string(), "Materials Project id"),
        _field("lattice", _FLOATS, "lattice vectors, row by row (9 numbers)", "angstrom"),
        _field("numbers", pa.list_(pa.uint8()), "atomic number of each site"),
        _field("frac_coords", _FLOATS, "fractional coordinates of each site, site by site"),
        _field("structure_source", pa.string(), "matminer table that the structure is from"),
        _field("split", pa.string(), "official split of MP 2018.6.1"),
        _field("formation_energy_per_atom", pa.float64(), "formation energy", "eV/atom"),
        _field("band_gap", pa.float64(), "PBE band gap", "eV"),
        _field("bulk_modulus", pa.float64(), "bulk modulus, K_VRH", "GPa"),
        _field("shear_modulus", pa.float64(), "shear modulus, G_VRH", "GPa"),
    ]
)
MINI_PROPERTIES = ("formation_energy_per_atom", "band_gap", "bulk_modulus", "shear_modulus")


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
        Crystals whose ``properties`` hold the split and the four targets, ``None`` where absent.

    Raises:
        KeyError: an id is not among the mini crystals.
    """
    from pymatgen.core import Lattice, Structure

    from crystext.crystal import Crystal

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
            properties = {name: row[name] for name in ("split", *MINI_PROPERTIES)}
            yield Crystal(id=row["id"], structure=structure, source="mini", properties=properties)
