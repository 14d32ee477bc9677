"""Prediction: from structures to values with units, in input order, nothing lost.

>>> from crystext.model import load
>>> predictor = load("runs/bulk")
>>> for result in predictor.predict(["NaCl.cif", "POSCAR"]):
...     print(result.id, result.value, result.unit)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sized
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from crystext.choices import REFUSE
from crystext.crystal import Crystal, Failure
from crystext.errors import CrystextError, UsageError, shown
from crystext.model.prediction.forward import Forward, Passenger
from crystext.model.prediction.saved_run import SavedRun
from crystext.model.prediction.saved_settings import known_elements
from crystext.model.text.loading import device_of
from crystext.unread import UnreadCrystal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crystext.description.record import Description

BATCH = 64


@dataclass(frozen=True)
class Prediction:
    """A property's value as the network gives it.

    Attributes:
        id: of the crystal.
        formula: reduced.
        property: name of the property.
        value: in ``unit``, also where the network learnt logarithms.
        unit: of the value.
        notes: what was mended while reading, or speaks against trusting the value, a line each.
    """

    id: str
    formula: str
    property: str
    value: float
    unit: str
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self) | {"notes": list(self.notes)}


def load(
    run: str | os.PathLike[str],
    *,
    revision: str | None = None,
    device: str = "auto",
    encoder: str | os.PathLike[str] | None = None,
) -> Predictor:
    """Loads a finished run for prediction.

    Weights are safetensors, and no code of a repository is run.

    Args:
        run: folder of the run, or ``OWNER/NAME`` of a published one on the Hub.
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
    """
    return Predictor(SavedRun.find(run, revision), device=device, encoder=encoder)


class Predictor:
    """Predicts with a finished run; made by :func:`load`.

    Args:
        run: of which the weights of the best epoch are taken.
        device: ``cpu``, ``cuda`` or ``auto``.
        encoder: in place of the run's name of its language model.

    Attributes:
        run: with settings and metrics.
        property: what is predicted.
        unit: of values.
        device: ``cpu`` or ``cuda``.
        differences: what may word texts otherwise here than in training, a line each; empty for
            models that read none.
    """

    def __init__(
        self,
        run: SavedRun,
        *,
        device: str = "auto",
        encoder: str | os.PathLike[str] | None = None,
    ) -> None:
        self.run, self.device = run, device_of(device)
        self.property, self.unit = run.settings.property_name, run.data["unit"]
        self.differences: list[str] = []
        self._known = set(known_elements(run.words))
        self._encoder = None
        if run.settings.uses_text:
            from crystext.model.prediction.texts import wording_differences
            from crystext.model.text.saved_encoder import load_encoder

            self._encoder = load_encoder(
                run.data["texts"], encoder or run.settings.text.encoder, device=self.device
            )
            self.differences = wording_differences(run.data["describer"])
        self._forward = Forward(run, run.network(self.device), self._encoder, self.device)

    def __repr__(self) -> str:
        return f"Predictor({self.run.name!r}: {self.run.settings.model}, {self.property})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the model, what it predicts, and its errors."""
        from crystext.notebook.runs import run_card

        settings = self.run.settings
        return run_card(self.run.name, settings.model, self.property, self.unit, self.run.metrics)

    def predict(
        self,
        structures: Iterable[Any],
        *,
        batch_size: int = BATCH,
        workers: int = 1,
        timeout: float | None = None,
        progress: bool = False,
    ) -> list[Prediction | Failure]:
        """One result for each input, in order.

        Args:
            structures: crystals, paths, pymatgen, ASE or jarvis structures or dicts of them;
                failures are passed on.
            batch_size: crystals that go through the network together.
            workers: processes that read and describe.
            timeout: seconds that reading and describing one crystal may take; paths and objects
                are read beforehand, without a limit.
            progress: show a bar where standard error is a terminal.

        Returns:
            A prediction, or a failure whose error says by its code what went wrong.

        Raises:
            UsageError: an argument is not allowed.
        """
        results = self.iter_predict(
            structures, batch_size=batch_size, workers=workers, timeout=timeout
        )
        if progress and sys.stderr.isatty():
            from tqdm import tqdm

            total = len(structures) if isinstance(structures, Sized) else None
            results = tqdm(results, total=total, unit=" crystals", file=sys.stderr)
        return list(results)

    def iter_predict(
        self,
        structures: Iterable[Any],
        *,
        batch_size: int = BATCH,
        workers: int = 1,
        timeout: float | None = None,
    ) -> Iterator[Prediction | Failure]:
        """As :meth:`predict`, but results come batch by batch and input is read as it is needed."""
        single = (str, bytes, os.PathLike, Mapping, Crystal, UnreadCrystal, Failure)
        if isinstance(structures, single) or hasattr(structures, "lattice"):
            raise UsageError(f"give a list, [structure], not a {type(structures).__name__}")
        if batch_size < 1 or workers < 1:
            raise UsageError(
                f"batch_size {shown(batch_size)} and workers {shown(workers)}: give 1 or more"
            )
        return self._batches(structures, batch_size, workers, timeout)

    # --------------------------------------------------------------------------------- the steps

    def _batches(
        self, structures: Iterable[Any], batch_size: int, workers: int, timeout: float | None
    ) -> Iterator[Prediction | Failure]:
        from crystext.model.prediction.texts import read_and_described

        words = self.run.data["describer"] if self._encoder is not None else None
        disorder = words["settings"].get("disorder", REFUSE) if words else REFUSE
        items = map(partial(_named, disorder=disorder), structures)
        results = read_and_described(items, words, workers=workers, timeout=timeout)
        passengers = map(_passenger, results)
        while batch := list(islice(passengers, batch_size)):
            self._forward(batch)
            yield from map(self._result, batch)

    def _result(self, one: Passenger) -> Prediction | Failure:
        if one.failure is not None:
            return one.failure
        assert isinstance(one.crystal, Crystal)
        structure, notes = one.crystal.structure, list(dict.fromkeys(one.crystal.notes))
        symbols = {element.symbol for element in structure.composition.elements}
        if self._known and (unknown := sorted(symbols - self._known)):
            notes.append(f"no crystal of the training set holds {', '.join(unknown)}")
        if one.truncated:
            limit = self.run.data["texts"]["max_tokens"]
            notes.append(f"the text has over {limit} tokens; the rest was not read")
        formula = structure.reduced_formula
        return Prediction(
            one.crystal.id, formula, self.property, one.value, self.unit, tuple(notes)
        )


def _passenger(result: tuple[Crystal, Description | None] | Failure) -> Passenger:
    return Passenger(result) if isinstance(result, Failure) else Passenger(*result)


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
