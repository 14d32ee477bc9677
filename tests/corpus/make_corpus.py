"""A small finished corpus, written with pyarrow alone: what publishing and the card work on."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq

from crystext.choices import SPLITS
from crystext.corpus import columns, layout

PROPERTIES = (
    columns.Property("formation_energy_per_atom", "eV/atom", "formation energy"),
    columns.Property("band_gap", "eV", "PBE band gap | as given"),
)
TOKENIZER = "matscibert"
LADDER = [0.01, 0.1]
SYSTEMS = ("cubic", "hexagonal", "monoclinic")


def row(source, index):
    """One crystal; every third has no band gap."""
    global_text = f"crystal {index} of {source} is Halite structured and crystallizes in Fm-3m."
    local_text = f"Na(1) is bonded to six Cl(1) atoms, the lengths are 2.{index:02d} Å."
    row = {
        "id": f"{source}-{index}",
        "source": source,
        "formula": f"NaCl{index}",
        "elements": ["Cl", "Na"],
        "n_sites": 2 + index,
        "structure": f"data_{index}\n_cell_length_a 5.64\n",
        "structure_hash": hashlib.sha256(str(index).encode()).hexdigest(),
        "text": f"{global_text} {local_text}",
        "global_text": global_text,
        "local_text": local_text,
        "fields_text": f"formula: NaCl{index}",
        "condensed": "{}",
        "mineral": None if index % 2 else "Halite",
        "crystal_system": SYSTEMS[index % 3],
        "space_group_symbol": "Fm-3m",
        "space_group_number": 225,
        "dimensionality": 3 if index % 4 else 2,
        "n_components": 1,
        "n_different_components": 1,
        "symprec": LADDER[0],
        "notes": [],
        "formation_energy_per_atom": -1.5 - index / 10,
        "band_gap": None if index % 3 == 0 else index / 4,
    }
    for section in columns.SECTIONS:
        row[f"{section}_tokens_{TOKENIZER}"] = 10 * (index + 1) * len(section)
    return row | {f"truncated_{TOKENIZER}": row[f"text_tokens_{TOKENIZER}"] > columns.TOKEN_LIMIT}


def split_of(index):
    return "test" if index % 6 == 0 else "validation" if index % 6 == 1 else "train"


def write(folder, split, rows, schema, shards=1):
    """Writes the shards of one split and yields their entries in the manifest."""
    size = -(-len(rows) // shards) or 1
    for index in range(shards):
        path = folder / layout.shard_name(split, index, shards)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = rows[index * size : (index + 1) * size]
        pq.write_table(pa.Table.from_pylist(part, schema=schema), path, row_group_size=4)
        yield path, len(part)


def make_corpus(folder, source="jarvis", *, n_rows=12, shards=2, failures=1):
    """Writes a corpus without a card and returns its manifest."""
    rows = [row(source, index) for index in range(n_rows)]
    written = list(
        write(
            folder / "data", "train", rows, columns.corpus_schema(PROPERTIES, [TOKENIZER]), shards
        )
    )
    failed = [
        {
            "id": f"{source}-bad-{index}",
            "source": source,
            "stage": "describe",
            "code": "time-limit",
            "message": "ended after 60 s; raise --timeout",
        }
        for index in range(failures)
    ]
    written += write(folder / "failures", "train", failed, columns.FAILURES)
    splits = {}
    for target in PROPERTIES:
        schema, counts = columns.target_schema(target), {}
        for split in SPLITS:
            chosen = [
                {name: r[name] for name in schema.names if name != "target"}
                | {"target": r[target.name]}
                for index, r in enumerate(rows)
                if split_of(index) == split and r[target.name] is not None
            ]
            counts[split] = len(chosen)
            if chosen:
                written += write(folder / "properties" / target.name, split, chosen, schema)
        splits[target.name] = {
            "origin": "jarvis-leaderboard 2024.10.30",
            "counts": counts,
            "dropped": [[f"{source}-twice", "stands in train and test; kept in test"]],
            "missing": {
                "train": [f"{source}-gone-{i}" for i in range(12)],
                "validation": [],
                "test": [f"{source}-gone-99"],
            },
            "outside": {"train": 100, "validation": 20, "test": 3},
        }
    manifest = {
        "format": 1,
        "name": f"{source}-text",
        "source": {
            "name": source,
            "title": "JARVIS-DFT 2021.8.18" if source == "jarvis" else f"Database {source}",
            "homepage": "https://jarvis.nist.gov",
            "url": "https://figshare.com/ndownloader/files/1",
            "version": "2021.8.18",
            "file_name": "dft_3d.json.zip",
            "sha256": "ab" * 32,
            "size": 35_000_000,
            "licence": "CC-BY-4.0",
            "licence_note": "licence of the figshare article; please cite the database",
            "citations": ["@article{choudhary2020,\n  title = {JARVIS},\n  year = {2020}\n}"],
        },
        "settings": {
            "canonical": True,
            "engine": "fast",
            "max_sites": None,
            "oxidation": "as-given",
            "style": "raw",
            "ids": None,
            "limit": None,
            "online_names": False,
            "rows_per_shard": 25_000,
            "symprecs": LADDER,
            "timeout": 60.0,
            "tokenizers": [TOKENIZER],
        },
        "settings_digest": "0123456789abcdef",
        "versions": {
            "crystext": "0.1.0",
            "robocrys": "0.2.13",
            "pymatgen": "2026.10.24",
            "spglib": "2.8.0",
            "numpy": "2.4.6",
            "scipy": "1.17.1",
            "python": "3.11.9",
        },
        "counts": {
            "inputs": n_rows + failures,
            "rows": n_rows,
            "failures": failures,
            "failures_by_code": {"time-limit": failures} if failures else {},
        },
        "properties": [
            {"name": p.name, "unit": p.unit, "description": p.description, "type": str(p.kind)}
            for p in PROPERTIES
        ],
        "splits": splits,
        "files": [
            {
                "path": path.relative_to(folder).as_posix(),
                "rows": count,
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path, count in sorted(written)
        ],
        "content_digest": "cd" * 32,
    }
    save_manifest(folder, manifest)
    pq.write_table(
        pa.Table.from_pylist([{"id": r["id"], "seconds": 0.1} for r in rows], columns.TIMINGS),
        folder / layout.TIMINGS,
    )
    return manifest


def save_manifest(folder, manifest):
    (folder / layout.MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
