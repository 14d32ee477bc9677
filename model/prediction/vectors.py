"""A trained network's vectors of crystals, as a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import NoCorpusError, UsageError, shown
from crystext.files import check_file, writing, written_aside

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from crystext.crystal import Failure
    from crystext.model.prediction.predict import Predictor
    from crystext.unread import Input

SUFFIX = ".parquet"


def write_vectors(
    predictor: Predictor, crystals: Iterable[Any], out: Path, **options: Any
) -> tuple[int, list[Failure]]:
    """Writes ``id`` and ``vector`` of each crystal, and says how many, and what has none.

    The file's metadata name run, model and property. ``numpy.stack`` makes an array of the column.

    Args:
        predictor: of one run.
        crystals: as for :meth:`~crystext.model.prediction.predict.Predictor.predict`.
        out: a ``.parquet`` file, written aside and then renamed.
        options: ``batch_size``, ``workers``, ``timeout``.

    Raises:
        UsageError: the file's name ends otherwise, or there are several runs.
        CannotWriteError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_out(out)
    ids, vectors, failures = predictor.embed(crystals, **options)
    run = predictor.runs[0]
    about = {"run": run.name, "model": run.settings.model, "property": predictor.properties[0]}
    flat = pa.array(np.ascontiguousarray(vectors).reshape(-1), pa.float32())
    column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    fields = [pa.field("id", pa.string()), pa.field("vector", column.type)]
    table = pa.table([pa.array(ids, pa.string()), column], schema=pa.schema(fields, about))
    with writing(out), written_aside(out) as aside:
        pq.write_table(table, aside)
    return len(ids), failures


def check_out(out: Path) -> None:
    """Refuses a file that cannot be written, before any work is done for it.

    Raises:
        UsageError: the file's name ends otherwise.
        CannotWriteError: it cannot.
    """
    if out.suffix != SUFFIX:
        raise UsageError(f"{shown(out.name)} does not end in {SUFFIX}; rename it")
    check_file(out)


def crystals_at(place: str | os.PathLike[str]) -> Iterator[Input]:
    """The crystals of a corpus, its folder or ``mini``; of a file or a folder of structures.

    Raises:
        NoCorpusError: it is neither.
    """
    from crystext.corpus.reader import load_corpus
    from crystext.formats.parsed import Part
    from crystext.reading import iter_unread
    from crystext.unread import UnreadCrystal

    try:
        corpus = load_corpus(str(place))
    except NoCorpusError:
        if not Path(place).exists():
            raise
        yield from iter_unread([place])
        return
    for row in corpus.table(["id", "structure"]).to_pylist():
        yield UnreadCrystal(row["id"], Part("cif", row["structure"]))
