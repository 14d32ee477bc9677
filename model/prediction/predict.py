"""Prediction: from structures to values with units, in input order, nothing lost.

>>> from crystext.model import load
>>> for result in load().predict(["NaCl.cif", "POSCAR"]):  # the package's own networks
...     print(result.id, result.property, result.value, result.spread, result.unit)
>>> load("runs/bulk").predict(["NaCl.cif"])  # a run of crystext train
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence, Sized
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.choices import REFUSE
from crystext.crystal import Crystal, Failure
from crystext.errors import CrystextError, UsageError, shown
from crystext.model.prediction.batch import Batch, Candidate
from crystext.model.prediction.ensemble import Ensemble, Prediction
from crystext.model.prediction.member import Member
from crystext.model.prediction.saved_run import SavedRun
from crystext.model.text.loading import device_of
from crystext.unread import UnreadCrystal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

BATCH = 64
Result = Prediction | Failure


def load(
    run: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    *,
    properties: Sequence[str] | None = None,
    revision: str | None = None,
    device: str = "auto",
    encoder: str | os.PathLike[str] | None = None,
) -> Predictor:
    """Loads finished runs for prediction, or the networks of the package.

    Weights are safetensors, and no code of a repository is run.

    Args:
        run: folder of a run, or ``OWNER/NAME`` of a published one on the Hub; several of one
            property, whose mean and spread are given; ``None`` for the networks of the package
            (:mod:`crystext.model.bundled`).
        properties: which of the package's; ``None`` for all.
        revision: commit, branch or tag on the Hub.
        device: ``cpu``, ``cuda``, or ``auto``: CUDA where there is one.
        encoder: where the run's language model is, if it is no longer where the run found it; its
            files must be the same.

    Raises:
        NoRunError: there is no such run, or it has not ended.
        BadRunError: its files are damaged, or of another version of crystext.
        BadCheckpointError: the weights are damaged.
        OtherEncoderError: the encoder's files are not those that the run read texts with.
        NoEncoderError: the encoder is not there, or cannot be fetched.
        UsageError: the runs learnt different things, or the package has no such property.
    """
    if run is None:
        from crystext.model.bundled.load import bundled

        return Predictor(bundled(properties, device_of(device)), device=device)
    if properties is not None:
        raise UsageError("properties choose among the package's networks; a run has learnt one")
    names = [run] if isinstance(run, str | os.PathLike) else list(run)
    if not names:
        raise UsageError("no run is given; name one, or none at all for the package's networks")
    runs = [SavedRun.find(one, revision) for one in names]
    device = device_of(device)
    return Predictor([Ensemble(Member.of(runs, device, encoder))], device=device)


class Predictor:
    """Predicts with finished runs; made by :func:`load`.

    Args:
        ensembles: one a property.
        device: ``cpu``, ``cuda`` or ``auto``.

    Attributes:
        properties: what is predicted.
        runs: of all ensembles, with settings and metrics.
        device: ``cpu`` or ``cuda``.
        differences: what may word texts otherwise here than in training, a line each; empty for
            models that read none.

    Raises:
        UsageError: the runs read texts that were written in different ways.
    """

    def __init__(self, ensembles: Sequence[Ensemble], *, device: str = "auto") -> None:
        self.ensembles, self.device = tuple(ensembles), device_of(device)
        self.properties = tuple(one.property for one in ensembles)
        self._members = [member for one in ensembles for member in one.members]
        self.runs = tuple(member.run for member in self._members)
        self.differences: list[str] = []
        reading = [run for run in self.runs if run.settings.uses_text]
        self._words = reading[0].data["describer"] if reading else None
        for run in reading:
            if run.data["describer"] != self._words:
                raise UsageError(
                    f"{run.name} and {reading[0].name} read texts that were written in different "
                    "ways; predict with one at a time"
                )
        if self._words:
            from crystext.model.prediction.texts import wording_differences

            self.differences = wording_differences(self._words)

    def __repr__(self) -> str:
        number = len(self.runs)
        named = self.runs[0].name if number == 1 else f"{number} runs"
        return f"Predictor({named!r}: {', '.join(self.properties)})"

    def _repr_html_(self) -> str:
        """What a notebook shows: of each run the model, what it predicts, and its errors."""
        from crystext.notebook.html import run_card

        return "".join(
            run_card(run.name, run.settings.model, one.property, one.unit, run.metrics)
            for one in self.ensembles
            for run in (member.run for member in one.members)
        )

    def predict(
        self,
        structures: Iterable[Any],
        *,
        batch_size: int = BATCH,
        workers: int = 1,
        timeout: float | None = None,
        progress: bool = False,
    ) -> list[Result]:
        """The results of each input, in order.

        Args:
            structures: crystals, paths, pymatgen, ASE or jarvis structures or dicts of them;
                failures are passed on.
            batch_size: crystals that go through the network together.
            workers: processes that read and describe.
            timeout: seconds that reading and describing one crystal may take; paths and objects
                are read beforehand, without a limit.
            progress: show a bar where standard error is a terminal.

        Returns:
            A prediction of each property, or one failure for all of them, whose error says by its
            code what went wrong.

        Raises:
            UsageError: an argument is not allowed.
        """
        results = self.iter_predict(
            structures, batch_size=batch_size, workers=workers, timeout=timeout
        )
        if progress and sys.stderr.isatty():
            from tqdm import tqdm

            each = len(self.properties)
            total = len(structures) * each if isinstance(structures, Sized) else None
            results = tqdm(results, total=total, unit=" values", file=sys.stderr)
        return list(results)

    def iter_predict(
        self,
        structures: Iterable[Any],
        *,
        batch_size: int = BATCH,
        workers: int = 1,
        timeout: float | None = None,
    ) -> Iterator[Result]:
        """As :meth:`predict`, but results come batch by batch and input is read as it is needed."""
        return self._each(self._results, structures, batch_size, workers, timeout)

    def embed(
        self,
        structures: Iterable[Any],
        *,
        batch_size: int = BATCH,
        workers: int = 1,
        timeout: float | None = None,
    ) -> tuple[list[str], NDArray[np.float32], list[Failure]]:
        """The vectors that the network's last layers read, for other programs to learn from.

        Arguments are those of :meth:`predict`.

        Returns:
            ids (n), vectors (n, width), and the crystals that have none.

        Raises:
            UsageError: an argument is not allowed, or there are several runs.
        """
        if len(self._members) > 1:
            raise UsageError(
                f"{len(self._members)} runs have as many different vectors; load one of them"
            )
        found = list(self._each(self._vectors, structures, batch_size, workers, timeout))
        pairs = [one for one in found if not isinstance(one, Failure)]
        vectors = np.array([vector for _, vector in pairs], dtype=np.float32)
        if not pairs:
            vectors = vectors.reshape(0, 1)
        failures = [one for one in found if isinstance(one, Failure)]
        return [name for name, _ in pairs], vectors, failures

    # --------------------------------------------------------------------------------- the steps

    def _each(
        self,
        step: Callable[[Batch], Iterable[Any]],
        structures: Iterable[Any],
        batch_size: int,
        workers: int,
        timeout: float | None,
    ) -> Iterator[Any]:
        single = (str, bytes, os.PathLike, Mapping, Crystal, UnreadCrystal, Failure)
        if isinstance(structures, single) or hasattr(structures, "lattice"):
            raise UsageError(f"give a list, [structure], not a {type(structures).__name__}")
        if batch_size < 1 or workers < 1:
            raise UsageError(
                f"batch_size {shown(batch_size)} and workers {shown(workers)}: give 1 or more"
            )
        from crystext.model.prediction.texts import read_and_described

        disorder = self._words["settings"].get("disorder", REFUSE) if self._words else REFUSE
        items = map(partial(_named, disorder=disorder), structures)
        results = read_and_described(items, self._words, workers=workers, timeout=timeout)
        candidates = map(_candidate, results)
        batches = iter(lambda: list(islice(candidates, batch_size)), [])
        return (one for taken in batches for one in step(self._prepared(taken)))

    def _prepared(self, candidates: list[Candidate]) -> Batch:
        batch = Batch(candidates, self.device)
        for member in self._members:
            member.prepare(batch)
        return batch

    def _results(self, batch: Batch) -> Iterator[Result]:
        found = [one.predict(batch) for one in self.ensembles]
        for place, one in enumerate(batch.candidates):
            if one.failure is not None:
                yield one.failure
            else:
                yield from (values[place] for values in found)

    def _vectors(self, batch: Batch) -> Iterator[tuple[str, NDArray[np.float64]] | Failure]:
        vectors = iter(self._members[0].vectors(batch) if batch.alive else ())
        for one in batch.candidates:
            yield one.failure or (one.crystal.id, next(vectors))


def _candidate(result: tuple[Crystal, Any] | Failure) -> Candidate:
    return Candidate(result) if isinstance(result, Failure) else Candidate(*result)


def _named(item: Any, disorder: str) -> Crystal | UnreadCrystal | Failure:
    """An input that has an id; what cannot be read becomes its failure."""
    from crystext.reading import to_crystal

    if isinstance(item, Crystal | UnreadCrystal | Failure):
        return item
    try:
        return to_crystal(item, disorder=disorder)
    except CrystextError as error:
        is_named = isinstance(item, str | os.PathLike)
        name = error.crystal_id or (os.fspath(item)[:200] if is_named else "object")
        return Failure(name, error.with_id(name))
