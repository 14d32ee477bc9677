"""Runs that learnt the same property: the mean of what they say, and how far they disagree."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.crystal import Crystal, Failure
from crystext.errors import NotFinitePredictionError, UsageError
from crystext.model.prediction.saved_settings import known_elements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.prediction.batch import Batch, Candidate
    from crystext.model.prediction.member import Member


@dataclass(frozen=True)
class Prediction:
    """A property's value as the networks give it.

    Attributes:
        id: of the crystal.
        formula: reduced.
        property: name of the property.
        value: in ``unit``, also where the networks learnt logarithms; of several runs the mean of
            what they learnt, so of logarithms the geometric mean.
        unit: of the value.
        spread: standard deviation of several runs' values, in ``unit``; ``None`` for one run.
        notes: what was mended while reading, or speaks against trusting the value, a line each.
    """

    id: str
    formula: str
    property: str
    value: float
    unit: str
    spread: float | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self) | {"notes": list(self.notes)}


@dataclass(frozen=True)
class Limits:
    """Beyond which a value is not to be trusted.

    Attributes:
        spread: standard deviation of the members, in the unit of errors.
        volume_per_atom: smallest and largest of the crystals learnt from, in cubic angstrom.
    """

    spread: float
    volume_per_atom: tuple[float, float]


class Ensemble:
    """One run or several of one property.

    Args:
        members: the runs.
        limits: beyond which values get a note, where that was measured.

    Raises:
        UsageError: the runs learnt different things.
    """

    def __init__(self, members: Sequence[Member], limits: Limits | None = None) -> None:
        self.members, self.limits = members, limits
        first = members[0].run
        self.property, self.unit = first.settings.target, first.data["unit"]
        self.log10 = first.scaling.log10
        for one in members[1:]:
            run = one.run
            same = (run.settings.target, run.data["unit"], run.scaling.log10)
            if same != (self.property, self.unit, self.log10):
                learnt = "its logarithm" if run.scaling.log10 else "its value"
                raise UsageError(
                    f"{run.name} learnt {same[0]} in {same[1] or 'no unit'}, {learnt}, unlike "
                    f"{first.name}; give runs that learnt the same, or one at a time"
                )
        self._known = {name for one in members for name in known_elements(one.run.words)}

    def predict(self, batch: Batch) -> dict[int, Prediction | Failure]:
        """By place in the batch, of each crystal that is alive: its value, or why it has none."""
        alive = [place for place, one in enumerate(batch.candidates) if one.failure is None]
        if not alive:
            return {}
        learnt = np.array([one.values(batch) for one in self.members])
        return {
            place: self._result(batch.candidates[place], learnt[:, column])
            for column, place in enumerate(alive)
        }

    def _result(self, one: Candidate, learnt: NDArray[np.float64]) -> Prediction | Failure:
        assert isinstance(one.crystal, Crystal)
        with np.errstate(over="ignore", invalid="ignore"):
            values = 10.0**learnt if self.log10 else learnt
            value = float(10.0 ** learnt.mean() if self.log10 else learnt.mean())
        if not np.isfinite([value, *values]).all():
            message = f"the network gives {value}: the crystal is far from all it has learnt"
            error = NotFinitePredictionError(message)
            return Failure(one.crystal.id, error.with_id(one.crystal.id))
        several = len(values) > 1
        return Prediction(
            one.crystal.id,
            one.crystal.structure.reduced_formula,
            self.property,
            value,
            self.unit,
            float(values.std(ddof=1)) if several else None,
            (*dict.fromkeys(one.crystal.notes), *self._doubts(one, learnt)),
        )

    def _doubts(self, one: Candidate, learnt: NDArray[np.float64]) -> list[str]:
        """What speaks against trusting the value."""
        assert isinstance(one.crystal, Crystal)
        structure, doubts = one.crystal.structure, []
        symbols = {element.symbol for element in structure.composition.elements}
        if self._known and (unknown := sorted(symbols - self._known)):
            doubts.append(f"no crystal of the training set holds {', '.join(unknown)}")
        for member in self.members:
            if member.text_key in one.truncated:
                limit = member.run.data["texts"]["max_tokens"]
                doubts.append(f"the text has over {limit} tokens; the rest was not read")
                break
        doubts += dict.fromkeys(one.notes)
        if self.limits is None:
            return doubts
        volume = structure.volume / len(structure)
        low, high = self.limits.volume_per_atom
        if not low <= volume <= high:
            doubts.append(
                f"{volume:.1f} cubic angstrom an atom are outside what was learnt from "
                f"({low:.1f} to {high:.1f})"
            )
        if learnt.std(ddof=1) > self.limits.spread:
            doubts.append(
                f"the networks disagree on {self.property} more than on 95 % of the test crystals"
            )
        return doubts
