"""A snapshot: the pages that a question to a database gave, kept, so that a build is repeatable.

A folder holds ``pages/``, one file a page, each written aside and renamed; what stands there is
all the state there is, so that fetching goes on where it was cut. ``snapshot.json`` says what was
asked, when, and the digest; ``entries.tsv`` lists id, last change and hash of each structure. The
digest is of these lines, and reading compares it.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from crystext.errors import BadSnapshotError, first_line
from crystext.files import read_json, sha256, write_json, written_aside
from crystext.pipelines.cache import cache_written
from crystext.pipelines.file_lock import file_lock
from crystext.pipelines.optimade.client import Page, Seen
from crystext.pipelines.optimade.page_files import DAMAGE, Entry, Question, line_of, read, store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crystext.pipelines.optimade.client import Client

FORMAT = 1
RECORD, LINES, PAGES = "snapshot.json", "entries.tsv", "pages"
_log = logging.getLogger(__name__)


class Snapshot:
    """The pages of one question.

    Args:
        folder: of the snapshot; made when a page comes.
        question: what is asked; by default, what the folder's record says.

    Raises:
        BadSnapshotError: the folder holds no snapshot, and no question is given.
    """

    def __init__(self, folder: Path, question: Question | None = None) -> None:
        self.folder = folder
        self.question = question or _recorded(folder)

    @property
    def record(self) -> dict[str, Any]:
        """What ``snapshot.json`` says; empty where there is none."""
        return read_json(self.folder / RECORD) or {}

    def holds(self, limit: int | None) -> bool:
        """Whether the record is of this limit, so that nothing has to be asked."""
        told = self.record
        return bool(told) and told.get("limit") == limit

    def discard(self) -> None:
        """Removes the pages, so that they are fetched anew."""
        for name in (RECORD, LINES):
            (self.folder / name).unlink(missing_ok=True)
        for path in reversed(self._files()):
            path.unlink(missing_ok=True)

    def fill(self, client: Client, limit: int | None) -> None:
        """Fetches what is missing, with a bar on a terminal, and records the snapshot.

        Args:
            client: asks the database.
            limit: structures that are enough, ``None`` for all.

        Raises:
            ApiFailedError: the database does not answer; what came is kept.
            CannotWriteError: the folder cannot be written.
        """
        if self.holds(limit):
            return
        with cache_written(self.folder):
            (self.folder / PAGES).mkdir(parents=True, exist_ok=True)
            with file_lock(self.folder / ".lock"):
                if not self.holds(limit):
                    self._fetch(client, limit)
                    self._record(limit)

    def pinned(self, limit: int | None) -> tuple[str, int]:
        """The digest of the first ``limit`` structures, and how many they are.

        Raises:
            BadSnapshotError: a page is damaged.
        """
        if self.holds(limit):
            return self.record["digest"], self.record["structures"]
        found, number = hashlib.sha256(), 0
        for _, line in self._lines(limit):
            found.update(line)
            number += 1
        return found.hexdigest(), number

    def entries(self, limit: int | None = None, *, check: str | None = None) -> Iterator[Entry]:
        """Yields the structures in the order of the pages, the first ``limit``.

        Args:
            limit: as it was pinned.
            check: the digest that they must have.

        Raises:
            BadSnapshotError: a page is damaged, or the digest is another.
        """
        found, number = hashlib.sha256(), 0
        for entry, line in self._lines(limit):
            found.update(line)
            number += 1
            yield entry
        if check is not None and found.hexdigest() != check:
            message = f"the snapshot in {self.folder} is not as it was recorded (SHA-256 of"
            message += f" {number:,} structures is {found.hexdigest()}, not {check})"
            raise BadSnapshotError(f"{message}; fetch it again with --refresh")

    def _lines(self, limit: int | None) -> Iterator[tuple[Entry, bytes]]:
        """Entries with their lines of ``entries.tsv``."""
        number = 0
        for path in self._files():
            if limit is not None and number >= limit:
                return
            try:
                page = read(path)
            except DAMAGE as error:
                message = f"{path} is damaged ({first_line(error)})"
                raise BadSnapshotError(f"{message}; fetch it again with --refresh") from error
            for place, data in enumerate(page["data"], start=1):
                if limit is not None and number >= limit:
                    return
                number += 1
                yield (
                    Entry(data, f"page {int(path.name[:8])}#{place}", page["query"]),
                    line_of(data),
                )

    def _fetch(self, client: Client, limit: int | None) -> None:
        """Adds pages until there is no next, or enough have come."""
        from tqdm import tqdm

        what = f"fetching from {client.database.id}"
        bar = tqdm(desc=what, unit=" structures", leave=False, disable=None)  # on a terminal
        starts = [client.first(one, self.question.fields) for one in self.question.filters()]
        seen, number, came = Seen(), 0, 0
        query, url = 0, starts[0]
        told: dict[int, list[tuple[int | None, int]]] = {}  # of each page: said, came

        def take(page: Page) -> None:
            nonlocal came, query, url
            seen.add(page)
            came += len(page.entries)
            told.setdefault(query, []).append((page.returned, len(page.entries)))
            if page.next is None:
                query += 1
            url = page.next or (starts[query] if query < len(starts) else "")
            bar.total = page.returned if len(starts) == 1 else None
            bar.update(len(page.entries))

        with bar:
            for path, stored in self._stored():
                number = int(path.name[:8])
                take(stored)
                if limit is not None and came >= limit:
                    break
            while url and (limit is None or came < limit):
                page = client.page(url)
                number += 1
                path = self.folder / PAGES / f"{number:08}.json.gz"
                store(path, page, query, self.question.fields)
                take(page)
        if not url:
            for pages in told.values():
                _compare([said for said, _ in pages], sum(number for _, number in pages))

    def _stored(self) -> Iterator[tuple[Path, Page]]:
        """The pages that came before; one that is damaged goes, with those behind it."""
        files = self._files()
        for place, path in enumerate(files):
            try:
                kept = read(path)
                page = Page(kept["url"], kept["data"], kept["next"], kept["meta"])
            except DAMAGE as error:
                _log.warning("%s is damaged (%s), fetched again from there", path, error)
                for one in reversed(files[place:]):
                    one.unlink()
                return
            yield path, page

    def _record(self, limit: int | None) -> None:
        """Writes the list of structures and the record."""
        number = 0
        with written_aside(self.folder / LINES) as aside, aside.open("wb") as file:
            for _, line in self._lines(limit):
                file.write(line)
                number += 1
        files = self._files()
        first, last = read(files[0]), read(files[-1])
        ended = last["next"] is None and last["query"] == len(self.question.filters()) - 1
        write_json(
            self.folder / RECORD,
            {
                "format": FORMAT,
                "question": asdict(self.question),
                "limit": limit,
                "complete": ended and (limit is None or number < limit),
                "started": first["fetched"],
                "finished": last["fetched"],
                "structures": number,
                "returned": last["meta"].get("data_returned"),
                "digest": sha256(self.folder / LINES),
            },
        )

    def _files(self) -> list[Path]:
        """The files of the pages that follow one another from the first."""
        found: list[Path] = []
        while (path := self.folder / PAGES / f"{len(found) + 1:08}.json.gz").is_file():
            found.append(path)
        return found


def _recorded(folder: Path) -> Question:
    told = read_json(folder / RECORD)
    try:
        assert told is not None
        assert told["format"] == FORMAT
        asked = told["question"]
        ids = None if asked["ids"] is None else tuple(asked["ids"])
        return Question(asked["base_url"], asked["filter"], ids, tuple(asked["fields"]))
    except (AssertionError, KeyError, TypeError) as error:
        message = f"{folder} holds no finished snapshot of OPTIMADE ({RECORD} of format {FORMAT})"
        remedy = "name the folder of one, or leave out --from-file"
        raise BadSnapshotError(f"{message}; {remedy}") from error


def _compare(said: list[int | None], came: int) -> None:
    """Says where the database's own count is another than what came."""
    first, last = said[0], said[-1]
    if None not in (first, last) and first != last:
        _log.warning("the database changed while it was read: %s structures, then %s", first, last)
    if last is not None and last != came:
        _log.warning("the database says that %s structures pass, and %s came", last, came)
