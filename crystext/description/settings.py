"""The settings that decide the words of a description, validated and digested."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from crystext.choices import DISORDER, ENGINES, OXIDATION, REFUSE, STYLES
from crystext.description.molecules import require_open_babel
from crystext.errors import UsageError


@dataclass(frozen=True)
class Settings:
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
        choices = {
            "engine": ENGINES, "style": STYLES, "oxidation": OXIDATION, "disorder": DISORDER
        }  # fmt: skip
        for name, allowed in choices.items():
            value = getattr(self, name)
            if value not in allowed:
                msg = f"{name} {value!r} is unknown; choose one of {', '.join(allowed)}"
                raise UsageError(msg)
        if not 0 < self.symprec <= 1:
            msg = f"symprec {self.symprec!r} is no tolerance in angstrom; choose 0 < symprec <= 1"
            raise UsageError(msg)
        if self.max_sites is not None and self.max_sites < 1:
            msg = f"max_sites {self.max_sites!r} refuses everything; choose at least 1"
            raise UsageError(msg)
        if self.online_names:
            require_open_babel()

    def words(self) -> dict[str, Any]:
        """What decides the words: all settings but the limit."""
        settings = asdict(self)
        del settings["max_sites"]
        return settings

    def digest(self) -> str:
        """SHA-256 of what decides the words, 16 hexadecimal digits."""
        text = json.dumps(self.words(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
