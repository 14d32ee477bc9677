"""The features of a corpus as a file beside it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import UsageError, shown
from crystext.features.facts import DIGEST, FEATURES, facts_table
from crystext.features.schema import VERSION
from crystext.files import check_file, writing, written_aside
from crystext.spreadsheets import remark_on

if TYPE_CHECKING:
    from pathlib import Path

    from crystext.corpus.reader import Corpus

_log = logging.getLogger(__name__)
SUFFIXES = (".parquet", ".csv")


def write_features(
    corpus: Corpus, out: Path, *, limit: int | None = None, progress: bool = False
) -> int:
    """Writes id and features of each row, and says how many rows.

    A Parquet file carries unit and meaning with each column, and version and digest of the
    features, the corpus' name and content digest with the table.

    Args:
        corpus: whose rows.
        out: a ``.parquet`` or ``.csv`` file, written aside and then renamed.
        limit: only the first so many rows.
        progress: show a bar where standard error is a terminal.

    Raises:
        UsageError: the file's name ends otherwise.
        CannotWriteError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    if out.suffix not in SUFFIXES:
        raise UsageError(f"{shown(out.name)} ends in neither {' nor '.join(SUFFIXES)}; rename it")
    check_file(out)
    found = facts_table(corpus, limit=limit, progress=progress)
    fields = [pa.field("id", pa.string(), metadata={"description": "id of the crystal"})]
    fields += [
        pa.field(one.name, pa.float64(), metadata={"unit": one.unit, "description": one.meaning})
        for one in FEATURES
    ]
    about = {
        "features_version": str(VERSION),
        "features_digest": DIGEST,
        "corpus": corpus.manifest["name"],
        "content_digest": corpus.manifest["content_digest"],
    }
    columns = [
        pa.array(column, mask=~np.isfinite(column))
        for column in np.ascontiguousarray(found.values.T)
    ]
    table = pa.table([pa.array(found.ids, pa.string()), *columns], schema=pa.schema(fields, about))
    with writing(out), written_aside(out) as aside:
        if out.suffix == ".csv":
            pyarrow.csv.write_csv(table, aside)
        else:
            pq.write_table(table, aside)
    if out.suffix == ".csv" and (remark := remark_on(found.ids)):
        _log.warning("%s: %s", shown(out.name), remark)
    return len(table)
