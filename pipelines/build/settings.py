"""The settings of a corpus: all that decides its rows, validated, frozen and digested."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from crystext.corpus.shards import ROWS_PER_SHARD
from crystext.corpus.tokens import short_name
from crystext.description.options import DEFAULTS, Analysis, Settings, Wording, without_defaults
from crystext.errors import UsageError, shown
from crystext.ids import is_text
from crystext.representations.encode import find
from crystext.settings import check_whole
from crystext.validation import REFUSE

SYMPRECS = (0.01, 0.1, 0.001)
"""Symmetry tolerances in angstrom, tried in turn where no space group is found."""
TIMEOUT = 600.0
"""Seconds that one crystal may take."""
_DESCRIBER = (
    "engine", "style", "canonical", "oxidation", "disorder", "online_names", "max_sites",
    *DEFAULTS,
)  # fmt: skip


@dataclass(frozen=True)
class BuildSettings(Analysis, Wording):
    """How a corpus is built; robocrys' options and the first six are those of a description.

    Attributes:
        engine: ``fast`` or ``robocrys``.
        canonical: standardise the cell and sort the sites first.
        oxidation: ``as-given`` or ``guess``.
        disorder: ``refuse``, ``majority`` or ``order``.
        online_names: ask PubChem for the names of molecules.
        max_sites: inputs with more sites are failures; ``None`` for no limit.
        symprecs: symmetry tolerances in angstrom, the next one tried where no space group is found.
        timeout: seconds that one crystal may take, ``None`` for no limit.
        tokenizers: names of tokenizers that count, see :mod:`crystext.corpus.tokens`.
        representations: names of other texts to write beside, see
            :mod:`crystext.representations`.
        rows_per_shard: rows of each file but the last.
        limit: only the first so many inputs.
        ids: only the inputs with these ids.
    """

    engine: str = "fast"
    canonical: bool = True
    oxidation: str = "as-given"
    disorder: str = REFUSE
    online_names: bool = False
    max_sites: int | None = None
    symprecs: tuple[float, ...] = SYMPRECS
    timeout: float | None = TIMEOUT
    tokenizers: tuple[str, ...] = ()
    representations: tuple[str, ...] = ()
    rows_per_shard: int = ROWS_PER_SHARD
    limit: int | None = None
    ids: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuses values that are not allowed; lists become tuples."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, list):
                object.__setattr__(self, field.name, tuple(value))
        if not self.symprecs:
            raise UsageError("no symmetry tolerance is given; give one or more, such as 0.01")
        for symprec in self.symprecs:
            Settings(**self.describer(), symprec=symprec)
        if self.timeout is not None and not self.timeout > 0:
            raise UsageError(f"a time limit of {self.timeout} s ends every crystal; give more")
        check_whole("rows_per_shard", self.rows_per_shard)
        if self.limit is not None:
            check_whole("limit", self.limit)
        self._check_ids()
        names = [short_name(name) for name in self.tokenizers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"two tokenizers are called {twice[0]!r}; name each once")
        for name in self.representations:
            find(name)
            if self.representations.count(name) > 1:
                raise UsageError(f"the representation {name} is asked for twice; name it once")

    def _check_ids(self) -> None:
        if self.ids is not None and not self.ids:
            raise UsageError("the list of ids is empty; name one or more, or leave it out")
        for one in self.ids or ():
            if not is_text(one):
                raise UsageError(f"the id {shown(one)} is no Unicode text; no row has such a one")

    def describer(self) -> dict[str, Any]:
        """Keyword arguments of :class:`crystext.Describer`, without the tolerance."""
        return {name: getattr(self, name) for name in _DESCRIBER}

    def to_dict(self) -> dict[str, Any]:
        """As they stand in the manifest: what a rebuild needs."""
        settings = without_defaults(super().to_dict())
        settings["tokenizers"] = [short_name(name) for name in self.tokenizers]
        settings["representations"] = list(self.representations)
        if not self.representations:  # as in corpora that were built before there were any
            del settings["representations"]
        for name in ("symprecs", "ids"):
            settings[name] = None if settings[name] is None else list(settings[name])
        return settings
