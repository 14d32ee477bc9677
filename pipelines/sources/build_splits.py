"""Builds the shipped table of official splits from the JARVIS leaderboard's wheel on PyPI.

Run ``python -m crystext.pipelines.sources.build_splits WHEEL OUT.parquet``. ``WHEEL`` is
``jarvis_leaderboard-2024.10.30-py2.py3-none-any.whl`` (``pip download --no-deps
jarvis-leaderboard==2024.10.30``). Ids and their parts alone are kept, no targets. The wheel's
terms of use (NIST; to be carried with copies) are written beside the table.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crystext.files import sha256, written_aside
from crystext.pipelines.leaderboard import licence, targets
from crystext.pipelines.splits import (
    BOTH,
    LEADERBOARD,
    LEAKS,
    OFFICIAL_COUNTS,
    SPLITS,
    check_counts,
    natural,
)

LICENCE_NAME = "splits.LICENSE.rst"


def codes(wheel: Path, benchmark: str) -> dict[str, int]:
    """The place in ``SPLITS`` of every id of a benchmark, ``BOTH`` for train and test.

    Raises:
        WrongCountError: the wheel does not hold the published numbers.
        ValueError: other ids than the known ones stand in two parts.
    """
    parts = {name: list(part) for name, part in targets(benchmark, wheel).items()}
    check_counts({name: len(ids) for name, ids in parts.items()}, benchmark)
    found: dict[str, int] = {}
    twice = set()
    for place, name in enumerate(SPLITS):
        for one in parts[name]:
            if one in found:
                twice.add((one, SPLITS[found[one]], name))
            found[one] = BOTH if one in found else place
    if twice != {(one, "train", "test") for one in LEAKS.get(benchmark, ())}:
        msg = f"{benchmark}: in two parts stand {sorted(twice)}; look at them and update LEAKS"
        raise ValueError(msg)
    return found


def build(wheel: Path, out: Path) -> pa.Table:
    """Writes the table to ``out``, the terms of use beside it, and returns the table."""
    columns = {benchmark: codes(wheel, benchmark) for benchmark in OFFICIAL_COUNTS}
    ids = sorted({one for found in columns.values() for one in found}, key=natural)
    keys = [natural(one) for one in ids]
    what = "part: 0 train, 1 validation, 2 test, 3 train and test; null: not in this benchmark"
    fields = [
        pa.field("prefix", pa.string(), nullable=False),
        pa.field("number", pa.int32(), nullable=False),
        *(pa.field(name, pa.int8(), metadata={"description": what}) for name in columns),
    ]
    about = {"source": LEADERBOARD, "sha256": sha256(wheel), "licence": "NIST-PD-fallback"}
    arrays = {
        "prefix": [key[0] for key in keys],
        "number": [key[1] for key in keys],
        **{name: [found.get(one) for one in ids] for name, found in columns.items()},
    }
    table = pa.Table.from_pydict(arrays, schema=pa.schema(fields, metadata=about))
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(out) as aside:
        pq.write_table(
            table,
            aside,
            compression="zstd",
            compression_level=19,
            row_group_size=len(table),
            use_dictionary=["prefix", *columns],
            column_encoding={"number": "DELTA_BINARY_PACKED"},
        )
    out.with_name(LICENCE_NAME).write_text(licence(wheel), encoding="utf-8")
    return table


def main(argv: list[str] | None = None) -> int:
    """Command line: WHEEL OUT."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the leaderboard's wheel")
    parser.add_argument("out", type=Path, help="the Parquet file to write")
    args = parser.parse_args(argv)
    if not args.wheel.is_file():
        parser.error(f"{args.wheel} is missing; the module's text says how to get it")
    table = build(args.wheel, args.out)
    sys.stdout.write(f"{len(table)} ids, {args.out.stat().st_size} bytes: {args.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
