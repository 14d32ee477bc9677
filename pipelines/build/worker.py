"""A worker's job: one chunk of inputs in, one part out.

Each crystal is described in a child of the worker
(:mod:`crystext.pipelines.parallel.limited_describer`), so that a time limit ends even C code, and a
crystal that kills the process costs one retry and then itself alone. The child makes whole rows;
symmetry tolerances are tried in turn there, under one time limit.
"""

from __future__ import annotations

import pickle
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from crystext.choices import SECTIONS
from crystext.corpus.columns import FAILURES, TIMINGS
from crystext.corpus.rows import failure_row, row_of, table_of
from crystext.corpus.tokens import load_counter, token_values
from crystext.crystal import Failure
from crystext.errors import CrystextError, InputError, SymmetryFailedError, TokenizerFailedError
from crystext.pipelines.build.parts import Part
from crystext.pipelines.describing import described, ready_describer
from crystext.pipelines.parallel.limited_describer import LimitedDescriber
from crystext.representations.cell import Cells
from crystext.representations.encode import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from crystext.crystal import Crystal
    from crystext.description.record import Description
    from crystext.pipelines.build.chunks import Chunk, Item
    from crystext.pipelines.build.settings import BuildSettings

FACTORY = "crystext.pipelines.build.worker:RowMaker"
_local = threading.local()
_describers: dict[str, weakref.WeakSet[LimitedDescriber]] = {}  # by build
_lock = threading.Lock()


@dataclass(frozen=True)
class Order:
    """What is the same for all chunks of a build.

    Attributes:
        source: name of the source.
        settings: what decides the rows, without the ids.
        schema: of the rows.
        factory: ``module:name`` of what makes rows in the child.
        build: a word that no other build has, also where two share the workers of a cluster.
    """

    source: str
    settings: BuildSettings
    schema: pa.Schema
    factory: str
    build: str = field(default_factory=lambda: uuid4().hex)


class RowMaker:
    """Makes the row of one crystal; lives in the child.

    Args:
        describer: keyword arguments of :class:`crystext.Describer`.
        symprecs: symmetry tolerances to try in turn, in angstrom.
        tokenizers: names of tokenizers.
        representations: names of other texts.
    """

    def __init__(
        self,
        describer: Mapping[str, Any],
        symprecs: tuple[float, ...],
        tokenizers: tuple[str, ...],
        representations: tuple[str, ...] = (),
    ) -> None:
        from crystext import Describer

        self._representations = [find(name) for name in representations]
        self._counters = [load_counter(name) for name in tokenizers]
        first, *others = symprecs
        self._describers = {first: ready_describer(**describer, symprec=first)}
        self._describers |= {one: Describer(**describer, symprec=one) for one in others}

    def describe(self, payload: bytes) -> dict[str, Any]:
        """The row of a pickled crystal and its property values."""
        given, properties = pickle.loads(payload)  # noqa: S301  (our own parent)
        crystal = next(iter(self._describers.values())).read(given)
        description, symprec = self._described(crystal)
        texts = {name: getattr(description, name) for name in SECTIONS.values()}
        others = {}
        if self._representations:  # of the same cell for the same crystal
            cells = Cells.of(crystal.structure, canonical=True, symprec=symprec)
            others = {one.column: one.write(cells) for one in self._representations}
        tokens = token_values(self._counters, texts | others)
        row = row_of(crystal, description, symprec=symprec, properties=properties, tokens=tokens)
        return row | others

    def _described(self, crystal: Crystal) -> tuple[Description, float]:
        """The description at the first tolerance at which there is a space group."""
        failed: SymmetryFailedError | None = None
        for symprec, describer in self._describers.items():
            try:
                return describer.describe_read(crystal), symprec
            except SymmetryFailedError as error:
                failed = failed or error
        tried = ", ".join(f"{symprec:g}" for symprec in self._describers)
        raise SymmetryFailedError(
            f"no space group is found at any symmetry tolerance of {tried} angstrom; check the "
            "structure",
            crystal_id=crystal.id,
        ) from failed


def work(chunk: Chunk, order: Order) -> bytes:
    """Makes the part of one chunk, as bytes.

    Raises:
        CrystextError: the settings are refused.
        WorkerNotStartedError: no child can be started, so that nothing can be said of the inputs.
    """
    describer = _describer(order)
    rows, failures, timings = [], [], []
    for item in chunk.items:
        start = time.perf_counter()
        made = _made(describer, item)
        seconds = time.perf_counter() - start if item.payload is not None else 0.0
        timings.append({"id": item.id, "seconds": round(seconds, 6)})
        if isinstance(made, Failure):
            failures.append(failure_row(made, order.source, _stage(item, made.error)))
        else:
            rows.append(made)
    part = Part(
        chunk.digest,
        table_of(rows, order.schema),
        table_of(failures, FAILURES),
        table_of(timings, TIMINGS),
    )
    return part.to_bytes()


def _made(describer: LimitedDescriber, item: Item) -> dict[str, Any] | Failure:
    """The row of an input, or why there is none."""
    if item.failure is not None:
        return item.failure
    describer.start()  # does not count as the crystal's time, nor is it the crystal's fault
    return described(describer.describe, item.id, item.payload)


def _stage(item: Item, error: CrystextError) -> str:
    """At which step an input failed."""
    if item.failure is not None or isinstance(error, InputError):
        return "read"
    return "tokenize" if isinstance(error, TokenizerFailedError) else "describe"


def _describer(order: Order) -> LimitedDescriber:
    """This thread's describer, made anew for another build."""
    with _lock:
        of_build = _describers.setdefault(order.build, weakref.WeakSet())
        mine: Any = getattr(_local, "describer", None)
        if mine not in of_build:
            asked = order.settings
            how = {
                "describer": asked.describer(),
                "symprecs": asked.symprecs,
                "tokenizers": asked.tokenizers,
                "representations": asked.representations,
            }
            mine = _local.describer = LimitedDescriber(how, asked.timeout, factory=order.factory)
            of_build.add(mine)
        return mine


def close(order: Order) -> None:
    """Ends all children of this process that work for this order's build."""
    with _lock:
        describers = list(_describers.pop(order.build, ()))
    for describer in describers:
        describer.close()
