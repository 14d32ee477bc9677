"""Where cells come from: the rows of a corpus, or crystals given as they are.

A row keeps its CIF text until a worker reads it, so that reading runs in parallel too.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from crystext.corpus.reader import Corpus, load_corpus
from crystext.crystal import Failure
from crystext.errors import CrystextError, GraphFailedError, UsageError, first_line
from crystext.model.graphs.cells import Cell, cell_of, read_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crystext.crystal import Crystal

CellRow = tuple[str, str | Cell | CrystextError]
"""Id, and the crystal: its CIF, its cell, or why there is none."""


@dataclass(frozen=True)
class Inputs:
    """The crystals that a store is made from.

    Attributes:
        rows: one for each crystal.
        origin: name, digest and number of the crystals, for the settings of the store.
    """

    rows: list[CellRow]
    origin: dict[str, str | int | None]


def inputs_of(
    crystals: Corpus | str | os.PathLike[str] | Iterable[Crystal | Failure],
    limit: int | None = None,
    ids: Sequence[str] | None = None,
) -> Inputs:
    """The crystals of a corpus, or crystals themselves.

    Args:
        crystals: a corpus, its folder, ``mini``, or crystals.
        limit: only the first so many.
        ids: only these.

    Raises:
        NoCorpusError: there is no such corpus.
        UsageError: nothing is left, or an id occurs twice.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"a limit of {limit} leaves no crystal; give 1 or more")
    if isinstance(crystals, (str, os.PathLike)):
        crystals = load_corpus(os.fspath(crystals))
    rows: list[CellRow]
    if isinstance(crystals, Corpus):
        table = crystals.table(["id", "structure"])
        rows = list(zip(*(table[name].to_pylist() for name in ("id", "structure")), strict=True))
        origin = origin_of(crystals, limit)
    else:
        rows = [_row(one) for one in islice(crystals, limit if ids is None else None)]
        origin = {"name": "crystals", "digest": None, "limit": limit}
    if ids is not None:
        wanted = set(ids)
        rows = [row for row in rows if row[0] in wanted]
    rows = rows[:limit]
    if not rows:
        raise UsageError("there are no crystals to build of")
    if len({row[0] for row in rows}) < len(rows):
        raise UsageError("two crystals have the same id; give every crystal its own")
    if origin["digest"] is None or ids is not None:
        origin["digest"] = _digest(rows)
    return Inputs(rows, origin)


def origin_of(corpus: Corpus, limit: int | None = None) -> dict[str, str | int | None]:
    """What the settings of a store say of a whole corpus, or of its first rows."""
    manifest = corpus.manifest
    return {"name": manifest["name"], "digest": manifest["content_digest"], "limit": limit}


def cell_or_failure(row: CellRow) -> Cell | CrystextError:
    """One crystal's boundary: its cell, or why there is none."""
    held = row[1]
    if not isinstance(held, str):
        return held
    try:
        return read_cell(held)
    except CrystextError as error:
        return error
    except (ArithmeticError, LookupError, MemoryError, ValueError) as error:  # on odd numbers
        return GraphFailedError(f"the cell cannot be read ({first_line(error)})")


def failure(crystal_id: str, error: CrystextError) -> dict[str, str]:
    """One row of a store's failures."""
    return {"id": crystal_id, "code": error.code, "message": error.message}


def _row(crystal: Crystal | Failure) -> CellRow:
    if isinstance(crystal, Failure):
        return crystal.id, crystal.error
    try:
        return crystal.id, cell_of(crystal.structure)
    except CrystextError as error:
        return crystal.id, error


def _digest(rows: list[CellRow]) -> str:
    """SHA-256 over ids and cells."""
    found = hashlib.sha256()
    for crystal_id, held in rows:
        found.update(crystal_id.encode() + b"\0")
        if isinstance(held, Cell):
            for array in (held.lattice, held.frac_coords, held.numbers):
                found.update(array.tobytes())
        else:
            found.update(str(held).encode())
        found.update(b"\n")
    return found.hexdigest()
