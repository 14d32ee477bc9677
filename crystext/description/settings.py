"""The settings that decide the words of a description, validated and digested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystext.choices import DISORDER, ENGINES, OXIDATION, REFUSE, STYLES
from crystext.description.molecules import require_open_babel
from crystext.settings import BaseSettings, check_choice, check_number, check_whole

_FINEST = 1e-9  # angstrom; symmetry below this is noise


@dataclass(frozen=True)
class Settings(BaseSettings):
    """How crystals are described.

    Attributes:
        engine: ``fast``, or ``robocrys`` for the original classes.
        style: how formulas, symbols and charges are written.
        canonical: standardise the cell and sort the sites first, so that the text depends on the
            crystal alone and not on the cell, origin or order in which it is given.
        oxidation: ``as-given`` uses oxidation states that the input carries, ``guess`` guesses
            them where it carries none.
        disorder: ``refuse`` disordered crystals, describe their ``majority`` form, or ``order``
            them in the smallest cell that keeps the composition; see :mod:`crystext.disorder`.
        symprec: symmetry tolerance in angstrom.
        max_sites: refuse structures with more sites; ``None`` for no limit.
        online_names: ask PubChem for the names of molecules that the database does not hold.

    Raises:
        UsageError: a setting has a value that is not allowed.
        MissingExtraError: online names are asked for, and Open Babel is not installed.
    """

    engine: str = "fast"
    style: str = "raw"
    canonical: bool = False
    oxidation: str = "as-given"
    disorder: str = REFUSE
    symprec: float = 0.01
    max_sites: int | None = None
    online_names: bool = False

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("engine", self.engine, ENGINES)
        check_choice("style", self.style, STYLES)
        check_choice("oxidation", self.oxidation, OXIDATION)
        check_choice("disorder", self.disorder, DISORDER)
        check_number("symprec", self.symprec, _FINEST, 1, "angstrom")
        if self.max_sites is not None:
            check_whole("max_sites", self.max_sites)
        if self.online_names:
            require_open_babel()

    def to_dict(self) -> dict[str, Any]:
        """What decides the words: all settings but the limit."""
        settings = super().to_dict()
        del settings["max_sites"]
        return settings
