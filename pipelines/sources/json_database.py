"""A database that is one JSON list in a zip, as JARVIS publishes them on figshare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crystext.crystal import Failure
from crystext.errors import (
    BadJsonError,
    DuplicateIdError,
    UsageError,
    WrongCountError,
    printable,
    shown,
)
from crystext.ids import Distinct
from crystext.pipelines.sources.json_stream import json_entries
from crystext.pipelines.sources.source import Source, first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crystext.crystal import Crystal
    from crystext.pipelines.sources.property_columns import Key
    from crystext.pipelines.sources.source import Given, Ids

_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class JsonDatabase(Source):
    """Entries with an id, a structure under ``atoms`` in jarvis' form, and values.

    An id that comes again is a failure ``ID#2`` with the code ``duplicate-id``: the first is kept,
    and what comes in is what goes out. Keys that have no column are noted on the crystal.

    Attributes:
        id_key: key of the id.
        keys: the keys that fill columns.
        left_out: the keys that do not, each with the reason.
    """

    id_key: str
    keys: tuple[Key, ...]
    left_out: dict[str, str]

    def crystals(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Iterator[Crystal | Failure]:
        """See :meth:`Source.crystals`; takes no further options."""
        if options:
            raise UsageError(f"{self.name} takes no option {shown(next(iter(options)))}")
        path = self._file(from_file)
        if ids is not None:
            return first(self._chosen(path, ids), limit)
        return first(self._all(path, counted=from_file is None), limit)

    def _all(self, path: Path, *, counted: bool) -> Iterator[Crystal | Failure]:
        found = 0
        for name, entry in self._named(path):
            found += 1
            yield self._crystal(name, entry)
        if counted and self.expected not in {None, found}:
            message = f"the file of {self.name} holds {found} entries, not {self.expected}"
            raise WrongCountError(f"{message}; it is cut off or of another version: fetch it again")

    def _chosen(self, path: Path, ids: Sequence[str]) -> Iterator[Crystal | Failure]:
        """Those ids, in their order; the file is read once, their entries are kept."""
        wanted = dict.fromkeys(ids)
        found: dict[str, Any] = {}
        for name, entry in self._named(path):
            if name in wanted:
                found[name] = entry
                if len(found) == len(wanted):
                    break
        if missing := [one for one in wanted if one not in found]:
            raise self.unknown(missing)
        for one in wanted:
            yield self._crystal(one, found.pop(one))

    def _named(self, path: Path) -> Iterator[tuple[str, Any]]:
        """Each entry with an id that no other has: a second ``A`` is ``A#2``."""
        distinct = Distinct(lambda: (name for name, _ in self._asked(path)))
        for name, entry in self._asked(path):
            yield distinct(name), entry

    def _asked(self, path: Path) -> Iterator[tuple[str, Any]]:
        """Each entry with the id that it asks for."""
        for number, entry in enumerate(json_entries(path), start=1):
            yield self._own_id(entry) or f"entry-{number}", entry

    def _own_id(self, entry: Any) -> str:
        """The id that an entry gives, on one line; empty without."""
        raw = entry.get(self.id_key) if isinstance(entry, dict) else None
        return " ".join(str(raw).split()) if raw else ""

    def _crystal(self, name: str, entry: Any) -> Crystal | Failure:
        if not isinstance(entry, dict) or "atoms" not in entry:
            message = f"the entry is no dict with {self.id_key} and atoms; fetch the file again"
            return Failure(name, BadJsonError(message, crystal_id=name))
        if (own := self._own_id(entry)) not in {"", name}:
            message = f"{own} stands in the file before; that one is kept"
            return Failure(name, DuplicateIdError(message, crystal_id=name))
        crystal = self._crystal_of(name, entry["atoms"], entry, self.keys)
        known = {self.id_key, "atoms", *self.left_out, *(key.key for key in self.keys)}
        other = [key for key in entry if key not in known]
        if isinstance(crystal, Failure) or not other:
            return crystal
        more = "…" if len(other) > _NAMED else ""
        note = f"not read: {', '.join(map(printable, other[:_NAMED]))}{more}"
        return replace(crystal, notes=(*crystal.notes, note))
