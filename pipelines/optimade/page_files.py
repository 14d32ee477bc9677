"""What a snapshot is made of: the question, the files of its pages, the lines of its list."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crystext.files import write_bytes
from crystext.pipelines.optimade.transport import as_object
from crystext.provenance import digest

if TYPE_CHECKING:
    from pathlib import Path

    from crystext.pipelines.optimade.client import Page

IDS = 50
"""Ids that one question asks for; they must fit into an address."""
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error)
"""What reading a page raises that is not as it was written."""
_META = ("data_returned", "data_available", "api_version", "time_stamp")


@dataclass(frozen=True)
class Question:
    """What is asked of a database.

    Attributes:
        base_url: of the database.
        filter: of OPTIMADE; ``None`` for all structures.
        ids: only these, instead of a filter.
        fields: names of properties to get.
    """

    base_url: str
    filter: str | None
    ids: tuple[str, ...] | None
    fields: tuple[str, ...]

    def digest(self) -> str:
        """Names the folder."""
        return digest(asdict(self))

    def filters(self) -> list[str | None]:
        """The filter, or one for every :data:`IDS` ids."""
        if self.ids is None:
            return [self.filter]
        groups = [self.ids[start : start + IDS] for start in range(0, len(self.ids), IDS)]
        return [" OR ".join(f"id={_quoted(one)}" for one in group) for group in groups]


@dataclass(frozen=True)
class Entry:
    """One structure of a snapshot.

    Attributes:
        data: with id and the attributes that were asked for.
        place: page and number, for messages.
        query: which of the question's filters gave it.
    """

    data: Any
    place: str
    query: int


def store(path: Path, page: Page, query: int, fields: tuple[str, ...]) -> None:
    """Writes a page, aside and then renamed, with what was asked for alone.

    Args:
        path: of its file.
        page: as it came.
        query: which of the question's filters gave it.
        fields: names of properties that were asked for.

    Raises:
        OSError: it cannot be written.
    """
    names = {*fields, "last_modified"}
    kept = {
        "query": query,
        "url": page.url,
        "next": page.next,
        "meta": {name: page.meta[name] for name in _META if name in page.meta},
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": [_trimmed(entry, names) for entry in page.entries],
    }
    text = json.dumps(kept, ensure_ascii=False)
    write_bytes(path, gzip.compress(text.encode("utf-8", "surrogatepass"), 6, mtime=0))


def read(path: Path) -> dict[str, Any]:
    """What :func:`store` wrote.

    Raises:
        DAMAGE: the file is not as it was written.
    """
    with gzip.open(path, "rb") as file:
        page = json.loads(file.read().decode("utf-8", "surrogatepass"))
    if not isinstance(page["data"], list):
        raise TypeError("its data are no list")
    return page


def _trimmed(entry: Any, names: set[str]) -> Any:
    """An entry with what was asked for alone, which some databases do not heed."""
    attributes = as_object(entry).get("attributes")
    if not isinstance(attributes, dict):
        return entry
    kept = {name: attributes[name] for name in sorted(names) if name in attributes}
    return {"id": entry.get("id"), "type": entry.get("type"), "attributes": kept}


def line_of(entry: Any) -> bytes:
    """Id, last change and SHA-256 of an entry, as a line of the list."""
    changed = as_object(as_object(entry).get("attributes")).get("last_modified")
    name = as_object(entry).get("id")
    text = json.dumps(entry, sort_keys=True, ensure_ascii=True)
    told = (json.dumps(name), json.dumps(changed), hashlib.sha256(text.encode()).hexdigest())
    return "\t".join(told).encode() + b"\n"


def _quoted(name: str) -> str:
    """A string of a filter."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
