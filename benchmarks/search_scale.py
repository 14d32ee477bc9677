"""What an index costs and how long a search takes, at 6 k, 60 k and 600 k rows.

    python -m benchmarks.search_scale [--copies 1 10 100] [--workers 2]

The rows are those of mini, copied; in each copy every number of a text is drawn anew by a seed, so
that words grow in number as they do in a larger corpus. Queries are run in a fresh process, once
to load what they need and then in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import crystext
from crystext.corpus.manifest import read_manifest
from crystext.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("layered sulfide with edge-sharing octahedra", {}),
    ("cubic perovskite oxide of barium", {}),
    ("three-dimensional oxide with octahedra", {}),
    ("lead-free halide", {"where": "band_gap > 1 and dimensionality == 3"}),
    ("", {"like": "examples/rutile.cif"}),
)
_NUMBER = re.compile(r"\d\.\d\d")


def main() -> None:
    """Measures each size and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--search", metavar="FOLDER", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.search:
        print(json.dumps(searched(Path(given.search))))
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {given.workers} workers\n")
    print("| rows | index | size | query, median | slowest | opening | memory |")
    print("|---|---|---|---|---|---|---|")
    for copies in given.copies:
        with tempfile.TemporaryDirectory() as folder:
            print(measured(Path(folder), copies, given.workers), flush=True)


def measured(folder: Path, copies: int, workers: int) -> str:
    """A row of the table."""
    from crystext.pipelines.search.index import build_index

    corpus = crystext.load_corpus(copied(folder / "corpus", copies))
    start = time.perf_counter()
    build_index(corpus, folder / "index", workers=workers, progress=True)
    took = time.perf_counter() - start
    size = sum(file.stat().st_size for file in (folder / "index").rglob("*") if file.is_file())
    command = [sys.executable, "-m", "benchmarks.search_scale", "--search", str(folder)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    times = told["times"]
    return (
        f"| {len(corpus):,} | {took:,.0f} s | {size / 1e6:,.0f} MB | "
        f"{statistics.median(times):.0f} ms | {max(times):.0f} ms | {told['opening']:.1f} s | "
        f"{told['memory']:,.0f} MB |"
    )


def searched(folder: Path) -> dict[str, Any]:
    """Milliseconds of each query, five times in turn, after one round that is not counted."""
    from crystext.pipelines.search.searcher import Searcher

    start = time.perf_counter()
    searcher = Searcher(crystext.load_corpus(folder / "corpus"), folder / "index")
    opening = time.perf_counter() - start
    times = []
    for turn in range(6):
        for words, options in QUERIES:
            start = time.perf_counter()
            found = searcher.search(words, **options)
            assert len(found), words
            if turn:
                times.append((time.perf_counter() - start) * 1000)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"opening": opening, "times": times, "memory": memory}


def copied(folder: Path, copies: int) -> Path:
    """A corpus of so many copies of mini's rows."""
    mini = crystext.load_corpus("mini")
    shutil.copytree(mini.path, folder)
    for file in (folder / "data").glob("*.parquet"):
        file.unlink()
    path = folder / "data" / "train-00000-of-00001.parquet"
    table = mini.table()
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for batch in changed(table, copies):
            writer.write_table(batch)
    manifest: dict[str, Any] = dict(read_manifest(folder))
    name = str(path.relative_to(folder))
    listed = {"path": name, "bytes": path.stat().st_size, "sha256": sha256(path)}
    manifest["files"] = [listed | {"rows": len(table) * copies}]
    manifest["counts"] = manifest["counts"] | {"rows": len(table) * copies}
    manifest["content_digest"] = f"{copies:064d}"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def changed(table: pa.Table, copies: int) -> Iterator[pa.Table]:
    """Each copy with ids and numbers of its own."""
    rng = np.random.default_rng(0)
    texts, ids = table["text"].to_pylist(), table["id"].to_pylist()
    for copy in range(copies):
        words = [_NUMBER.sub(lambda _: f"{rng.uniform(1, 9):.2f}", text) for text in texts]
        one = table.set_column(
            table.schema.get_field_index("text"), table.schema.field("text"), [words]
        )
        names = [f"{name}-{copy}" for name in ids]
        yield one.set_column(table.schema.get_field_index("id"), table.schema.field("id"), [names])


if __name__ == "__main__":
    main()
