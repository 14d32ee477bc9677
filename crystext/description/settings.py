"""The settings that decide the words of a description, validated and digested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystext.choices import DISORDER, ENGINES, OXIDATION, REFUSE
from crystext.description.molecules import require_open_babel
from crystext.description.options import Condensing, Wording, without_defaults
from crystext.settings import check_choice, check_whole


@dataclass(frozen=True)
class Settings(Condensing, Wording):
    """How crystals are described: the arguments of :class:`crystext.Describer`, explained there.

    Raises:
        UsageError: a setting has a value that is not allowed.
        MissingExtraError: online names are asked for, and Open Babel is not installed.
    """

    engine: str = "fast"
    canonical: bool = False
    oxidation: str = "as-given"
    disorder: str = REFUSE
    max_sites: int | None = None
    online_names: bool = False

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        Condensing.__post_init__(self)
        Wording.__post_init__(self)
        self.check_says_something()
        check_choice("engine", self.engine, ENGINES)
        check_choice("oxidation", self.oxidation, OXIDATION)
        check_choice("disorder", self.disorder, DISORDER)
        if self.max_sites is not None:
            check_whole("max_sites", self.max_sites)
        if self.online_names:
            require_open_babel()

    def to_dict(self) -> dict[str, Any]:
        """What decides the words: all settings but the limit, and robocrys' options at default."""
        settings = without_defaults(super().to_dict())
        del settings["max_sites"]
        return settings
