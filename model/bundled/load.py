"""The networks of the package, ready to predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.errors import BadRunError, UsageError, shown
from crystext.files import read_json
from crystext.model.bundled import ENSEMBLE, PROPERTIES, WEIGHTS
from crystext.model.prediction.ensemble import Ensemble, Limits
from crystext.model.prediction.member import Member
from crystext.model.prediction.saved_run import SavedRun

if TYPE_CHECKING:
    from collections.abc import Sequence


def bundled(properties: Sequence[str] | None, device: str) -> list[Ensemble]:
    """An ensemble for each property, or for those of the package's that are named.

    Raises:
        UsageError: there is no network for a property.
        BadRunError: the package's files are damaged.
    """
    wanted = PROPERTIES if properties is None else properties
    for name in wanted:
        if name not in PROPERTIES:
            raise UsageError(
                f"the package has no network for {shown(name)}; it has {', '.join(PROPERTIES)}. "
                "Others are trained by crystext train"
            )
    return [_ensemble(name, device) for name in wanted]


def _ensemble(property_name: str, device: str) -> Ensemble:
    folder = WEIGHTS / property_name
    words = read_json(folder / ENSEMBLE)
    if words is None:
        raise BadRunError(f"{folder / ENSEMBLE} is missing; install crystext again")
    names = [str(number) for number in range(words["members"])]
    runs = [SavedRun.open(folder / name, f"{property_name}/{name}") for name in names]
    low, high = words["volume_per_atom"]
    limits = Limits(spread=words["widest_spread"], volume_per_atom=(low, high))
    return Ensemble(Member.of(runs, device), limits)
