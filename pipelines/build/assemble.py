"""The last step of a build: parts become the files of the corpus, one after another in memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crystext.choices import SPLITS, TRAIN
from crystext.corpus import layout, shards
from crystext.corpus.columns import FAILURES, TIMINGS, Property, target_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from crystext.pipelines.build.parts import Part
    from crystext.pipelines.splits import SplitSpec

_BATCH = 1024


def assemble(
    folder: Path,
    parts: Callable[[], Iterator[Part]],
    schema: pa.Schema,
    *,
    properties: Sequence[Property],
    splits: Mapping[str, SplitSpec],
    whole: bool,
    rows_per_shard: int,
) -> dict[str, Any]:
    """Writes data, failures, targets and timings.

    Args:
        folder: empty.
        parts: gives the parts from the first on, each time it is called.
        schema: of the rows.
        properties: the property columns.
        splits: by property.
        whole: all of the source was read, so that an id of a split that is no input is missing and
            not just outside.
        rows_per_shard: rows of each data file but the last.

    Returns:
        What the manifest says of it: ``files``, ``counts`` and ``splits``.

    Raises:
        OSError: a file cannot be written.
    """
    codes: Counter[str] = Counter()
    inputs: list[str] = []
    described = noted = 0
    for part in parts():
        inputs += part.timings["id"].to_pylist()
        described += len(part.rows)
        noted += pc.sum(pc.greater(pc.list_value_length(part.rows["notes"]), 0)).as_py() or 0
        codes.update(part.failures["code"].to_pylist())
    failed = sum(codes.values())
    assert len(inputs) == described + failed, (len(inputs), described, failed)
    files = shards.write_shards(
        (part.rows for part in parts()),
        schema,
        folder / layout.DATA,
        TRAIN,
        total=described,
        rows_per_shard=rows_per_shard,
    )
    files += shards.write_shards(
        (part.failures for part in parts()), FAILURES, folder / layout.FAILURES, TRAIN, total=failed
    )
    known, found = set(inputs), {}
    for one in properties:
        if one.name in splits:
            entry, more = _write_targets(folder, one, splits[one.name], known, whole=whole)
            found[one.name] = entry
            files += more
    shards.write_tables((part.timings for part in parts()), TIMINGS, folder / layout.TIMINGS)
    counts = {
        "inputs": len(inputs),
        "rows": described,
        "failures": failed,
        "failures_by_code": dict(sorted(codes.items())),
        "noted": noted,
    }
    return {"files": files, "counts": counts, "splits": found}


def _write_targets(
    folder: Path, target: Property, split: SplitSpec, inputs: set[str], *, whole: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Writes one property's files, parts without a row left out; returns its entry in the manifest.

    ``missing`` names the ids of the split that gave no row with a target; ``outside`` counts those
    that were not asked for.
    """
    data = layout.shards(folder / layout.DATA, TRAIN)
    dropped = {crystal_id for crystal_id, _ in split.dropped}
    has_target = {
        crystal_id
        for table in _batches(data, ["id", target.name])
        for crystal_id in table.filter(pc.is_valid(table[target.name]))["id"].to_pylist()
    }
    counts, missing, outside, files = {}, {}, {}, []
    for part in SPLITS:
        ids = [i for i in split.ids[part] if part != TRAIN or i not in dropped]
        wanted = pa.array([i for i in ids if i in has_target], pa.string())
        absent = [i for i in ids if i not in has_target]
        missing[part] = [i for i in absent if whole or i in inputs]
        outside[part] = len(absent) - len(missing[part])
        counts[part] = len(wanted)
        if len(wanted):
            files += shards.write_shards(
                _targets(data, target, wanted),
                target_schema(target),
                folder / layout.PROPERTIES / layout.property_folder(target.name),
                part,
                total=len(wanted),
            )
    entry = {
        "origin": split.origin,
        "counts": counts,
        "dropped": [list(pair) for pair in split.dropped],
        "missing": missing,
        "outside": outside,
    }
    path = f"{layout.PROPERTIES}/"
    return entry, [file | {"path": path + file["path"]} for file in files]


def _targets(data: list[Path], target: Property, wanted: pa.Array) -> Iterator[pa.Table]:
    schema = target_schema(target)
    columns = [name for name in schema.names if name != "target"] + [target.name]
    for table in _batches(data, columns):
        chosen = table.filter(pc.is_in(table["id"], value_set=wanted))
        arrays = [chosen[target.name if name == "target" else name] for name in schema.names]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _batches(paths: list[Path], columns: list[str]) -> Iterator[pa.Table]:
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, columns=columns):
                yield pa.Table.from_batches([batch])
