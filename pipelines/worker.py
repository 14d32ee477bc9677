"""A worker's job: one chunk of inputs in, one part out.

Each crystal is described in a child of the worker (:mod:`crystext.limits`), so that a time limit
ends even C code, and a crystal that kills the process costs one retry and then itself alone. The
child makes whole rows; symmetry tolerances are tried in turn there, under one time limit.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.corpus.columns import FAILURES, TIMINGS, Property, corpus_schema
from crystext.corpus.rows import failure_row, row_of, table_of
from crystext.corpus.tokens import load_counter, short_name, token_values
from crystext.crystal import Failure
from crystext.errors import (
    CrystextError,
    EngineFailedError,
    InputError,
    SymmetryFailedError,
    TokenizerFailedError,
    WorkerDiedError,
)
from crystext.limits import LimitedDescriber
from crystext.pipelines.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.crystal import Crystal
    from crystext.description.record import Description
    from crystext.pipelines.chunks import Chunk, Item

_WATCH = 0.5  # s between two looks at whether the process that gives the work is still there
_local = threading.local()
_describers: weakref.WeakSet[LimitedDescriber] = weakref.WeakSet()


@dataclass(frozen=True)
class Order:
    """What is the same for all chunks of a build.

    Attributes:
        source: name of the source.
        describer: keyword arguments of :class:`crystext.Describer`.
        symprecs: symmetry tolerances to try in turn, in angstrom.
        timeout: seconds that one crystal may take.
        tokenizers: names of tokenizers.
        properties: the property columns.
        factory: ``module:name`` of what makes rows in the child.
        boss: process that gives the work; its local workers end with it.
    """

    source: str
    describer: Mapping[str, Any]
    symprecs: tuple[float, ...]
    timeout: float | None
    tokenizers: tuple[str, ...]
    properties: tuple[Property, ...]
    factory: str = "crystext.pipelines.worker:RowMaker"
    boss: int = 0


class RowMaker:
    """Makes the row of one crystal; lives in the child.

    Args:
        describer: keyword arguments of :class:`crystext.Describer`.
        symprecs: symmetry tolerances to try in turn, in angstrom.
        tokenizers: names of tokenizers.
    """

    def __init__(
        self,
        describer: Mapping[str, Any],
        symprecs: tuple[float, ...],
        tokenizers: tuple[str, ...],
    ) -> None:
        from crystext import Describer
        from crystext.limits import ready_describer

        self._counters = [load_counter(name) for name in tokenizers]
        first, *others = symprecs
        self._describers = {first: ready_describer(**describer, symprec=first)}
        self._describers |= {one: Describer(**describer, symprec=one) for one in others}

    def describe(self, payload: bytes) -> dict[str, Any]:
        """The row of a pickled crystal and its property values."""
        given, properties = pickle.loads(payload)  # noqa: S301  (our own parent)
        crystal = next(iter(self._describers.values())).read(given)
        description, symprec = self._described(crystal)
        texts = {
            name: getattr(description, name)
            for name in ("text", "global_text", "local_text", "fields_text")
        }
        tokens = token_values(self._counters, texts)
        return row_of(crystal, description, symprec=symprec, properties=properties, tokens=tokens)

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


def work(chunk: Chunk, order: Order) -> tuple[int, bytes]:
    """Makes the part of one chunk.

    Returns:
        The chunk's number, and the part as bytes.

    Raises:
        CrystextError: the settings are refused.
    """
    _end_with(order.boss)
    describer = _describer(order)
    rows, failures, timings = [], [], []
    for item in chunk.items:
        start = time.perf_counter()
        made = _made(describer, item, order)
        seconds = time.perf_counter() - start if item.payload is not None else 0.0
        timings.append({"id": item.id, "seconds": round(seconds, 6)})
        (failures if "code" in made else rows).append(made)
    schema = corpus_schema(order.properties, [short_name(name) for name in order.tokenizers])
    part = Part(
        chunk.digest,
        table_of(rows, schema),
        table_of(failures, FAILURES),
        table_of(timings, TIMINGS),
    )
    return chunk.index, part.to_bytes()


def _made(describer: LimitedDescriber, item: Item, order: Order) -> dict[str, Any]:
    """The row of an input, or of its failure: one crystal's boundary."""
    if item.failure is not None:
        return failure_row(item.failure, order.source, "read")
    try:
        describer.start()  # does not count as the crystal's time
    except WorkerDiedError as error:
        return failure_row(Failure(item.id, error), order.source, "describe")
    try:
        return describer.describe(item.payload)
    except TokenizerFailedError as error:
        return failure_row(Failure(item.id, error), order.source, "tokenize")
    except CrystextError as error:
        stage = "read" if isinstance(error, InputError) else "describe"
        return failure_row(Failure(item.id, error), order.source, stage)
    except Exception as error:  # noqa: BLE001  (one crystal's trouble never ends the run)
        failure = Failure(item.id, EngineFailedError.from_exception(error, crystal_id=item.id))
        return failure_row(failure, order.source, "describe")


def _describer(order: Order) -> LimitedDescriber:
    """This thread's describer, made anew for another order."""
    if getattr(_local, "order", None) != order or _local.describer not in _describers:
        settings = {
            "describer": dict(order.describer),
            "symprecs": order.symprecs,
            "tokenizers": order.tokenizers,
        }
        _local.describer = LimitedDescriber(settings, order.timeout, factory=order.factory)
        _local.order = order
        _describers.add(_local.describer)
    return _local.describer


def close() -> None:
    """Ends all children of this process; the next chunk starts a new one."""
    for describer in list(_describers):
        describer.close()
    _describers.clear()


def _end_with(boss: int) -> None:
    """Ends this process when its parent, the process that gives the work, was killed."""
    if os.getpid() == boss or os.getppid() != boss or getattr(_end_with, "watching", False):
        return
    _end_with.watching = True  # type: ignore[attr-defined]

    def watch() -> None:
        while os.getppid() == boss:
            time.sleep(_WATCH)
        os._exit(1)  # the describing child sees its pipe close and ends as well

    threading.Thread(target=watch, daemon=True).start()
