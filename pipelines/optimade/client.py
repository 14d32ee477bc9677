"""Asks one database that speaks OPTIMADE: its pages of structures, one structure, its info.

A next link may be a string or an object with ``href``, and relative. A page that was seen before,
or one that holds nothing new, is an endless loop and ends with an error.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from crystext.errors import ApiFailedError, UnknownIdError, printable, shown
from crystext.pipelines.optimade.transport import Transport, address_in, as_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.pipelines.optimade.providers import Database

PAGE = 100
"""Structures that a page is asked to have; servers may give fewer."""
_EMPTY = 3
"""Pages without structures that may follow one another."""
_LONGEST_QUERY = 6000
"""Characters of a question that servers take for sure."""
_LONGEST_DELAY = 30.0
"""Seconds between two questions that are granted."""


@dataclass(frozen=True)
class Page:
    """One page of structures.

    Attributes:
        url: where it was.
        entries: as the database gives them.
        next: address of the next one, ``None`` at the end.
        meta: what the answer says of itself.
    """

    url: str
    entries: list[Any]
    next: str | None
    meta: dict[str, Any]

    @property
    def returned(self) -> int | None:
        """How many structures pass the filter, as the database says on this page."""
        said = self.meta.get("data_returned")
        return said if isinstance(said, int) and not isinstance(said, bool) else None

    @property
    def delay(self) -> float:
        """Seconds that the database asks to wait before the next question."""
        said = self.meta.get("request_delay")
        number = isinstance(said, (int, float)) and not isinstance(said, bool)
        return min(max(float(said or 0), 0.0), _LONGEST_DELAY) if number else 0.0


@dataclass
class Seen:
    """What came before, so that loops are noticed; grows by 16 bytes and more a structure.

    Attributes:
        urls: hashes of addresses.
        ids: hashes of ids.
        empty: pages without structures since the last one with some.
    """

    urls: set[bytes] = field(default_factory=set)
    ids: set[bytes] = field(default_factory=set)
    empty: int = 0

    def add(self, page: Page) -> None:
        """Takes a page into account.

        Raises:
            ApiFailedError: it was there before, or brings nothing new.
        """
        new = {_hash(_id(entry)) for entry in page.entries}
        old = new and new <= self.ids
        self.empty = 0 if page.entries else self.empty + 1
        if _hash(page.url) in self.urls or old or (self.empty >= _EMPTY and page.next):
            what = "leads back to a page that was there" if self.empty < _EMPTY else "has no end"
            message = f"{_host(page.url)}: the chain of pages {what} ({shown(page.url)})"
            raise ApiFailedError(f"{message}; tell the provider, or narrow the filter")
        self.urls.add(_hash(page.url))
        self.ids |= new


class Client:
    """Asks one database.

    Args:
        database: which.
        transport: how.
    """

    def __init__(self, database: Database, transport: Transport | None = None) -> None:
        self.database = database
        self.transport = transport or Transport()
        self._not_before = 0.0

    def first(
        self, asked: str | None, fields: Sequence[str], *, page_limit: int | None = PAGE
    ) -> str:
        """The address of the first page.

        Args:
            asked: the filter, ``None`` for all structures.
            fields: names of properties to get.
            page_limit: structures a page, ``None`` for the database's own.
        """
        query = {"filter": asked, "page_limit": page_limit, "response_fields": ",".join(fields)}
        given = {name: value for name, value in query.items() if value}
        words = urlencode(given, quote_via=quote, safe=",")
        if len(words) > _LONGEST_QUERY:  # all properties come then, and are left out here
            del given["response_fields"]
            words = urlencode(given, quote_via=quote)
        return f"{self.database.api}/structures?{words}"

    def page(self, url: str) -> Page:
        """One page, no sooner than the database asked with the last one.

        The size of pages is left to a database that does not take ours.

        Raises:
            ApiFailedError: the database does not answer, or not as the standard says.
        """
        time.sleep(max(0.0, self._not_before - time.monotonic()))
        try:
            answer = self.transport.json(url)
        except ApiFailedError as error:
            smaller = url.replace(f"&page_limit={PAGE}", "").replace(f"page_limit={PAGE}&", "")
            if "page_limit" not in error.message or smaller == url:
                raise
            answer = self.transport.json(smaller)
        found = _page(url, answer, self.database.base_url)
        self._not_before = time.monotonic() + found.delay
        return found

    def structure(self, name: str, fields: Sequence[str]) -> dict[str, Any]:
        """One structure by its id.

        Raises:
            UnknownIdError: there is none.
            ApiFailedError: as :meth:`page`.
        """
        query = urlencode({"response_fields": ",".join(fields)}, quote_via=quote, safe=",")
        url = f"{self.database.api}/structures/{quote(name, safe='')}?{query}"
        unknown = f"{shown(name)} is not in {self.database.name}; look there for its ids"
        try:
            answer = self.transport.json(url)
        except UnknownIdError as error:
            raise UnknownIdError(unknown) from error
        check_version(answer, url)
        entry = answer.get("data")
        if isinstance(entry, list):  # of a few servers, against the standard
            entry = entry[0] if len(entry) == 1 else None
        if entry is None:
            raise UnknownIdError(unknown)
        if not isinstance(entry, dict):
            raise _not_as_expected(url, f"data is {shown(entry)}, no structure")
        return entry

    def count(self, asked: str | None) -> int | None:
        """How many structures pass a filter, ``None`` where the database does not say."""
        return self.page(self.first(asked, ("id",), page_limit=1)).returned

    def info(self, of: str = "") -> dict[str, Any]:
        """What the database says of itself, or of its structures.

        Args:
            of: ``structures``, or nothing.

        Raises:
            ApiFailedError: it says nothing, or is no OPTIMADE of version 1.
        """
        url = f"{self.database.api}/info" + (f"/{of}" if of else "")
        try:
            answer = self.transport.json(url)
        except UnknownIdError as error:
            message = f"there is no OPTIMADE at {self.database.base_url} ({error.message})"
            raise ApiFailedError(message) from error
        check_version(answer, url)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise _not_as_expected(url, f"data is {shown(data)}, no object")
        attributes = data.get("attributes")
        found = attributes if isinstance(attributes, dict) else data
        return {"meta": as_object(answer.get("meta")), **found}


def check_version(answer: dict[str, Any], url: str) -> str:
    """The version of the API; empty where it is not said.

    Raises:
        ApiFailedError: it is another than 1.
    """
    told = as_object(answer.get("meta")).get("api_version")
    if told is None:
        return ""
    version = str(told).lower().removeprefix("v")
    if version.partition(".")[0] != "1":
        message = f"{_host(url)} speaks OPTIMADE {shown(told)}, and this release reads version 1"
        raise ApiFailedError(f"{message}; give the address of its version 1")
    return printable(version)


def _page(url: str, answer: dict[str, Any], base: str) -> Page:
    check_version(answer, url)
    entries, meta = answer.get("data"), as_object(answer.get("meta"))
    if not isinstance(entries, list):
        raise _not_as_expected(url, f"data is {shown(entries)}, no list of structures")
    following = _next(url, answer.get("links"), base)
    if following is None and meta.get("more_data_available") is True:
        raise _not_as_expected(url, "there is more, and no link to the next page")
    return Page(url, entries, following, meta)


def _next(url: str, links: object, base: str) -> str | None:
    """The next link, absolute; a link to the same host keeps the scheme of the base address."""
    link = address_in(as_object(links).get("next"))
    if link is None or link == "":
        return None
    if not isinstance(link, str):
        raise _not_as_expected(url, f"the link to the next page is {shown(link)}")
    try:
        whole = urlsplit(urljoin(url, link.strip()))
        told = urlsplit(base)
    except ValueError as error:
        raise _not_as_expected(url, f"the link to the next page is {shown(link)}") from error
    if whole.scheme == "http" and told.scheme == "https" and whole.hostname == told.hostname:
        whole = whole._replace(scheme="https")
    if whole.scheme not in {"http", "https"}:
        raise _not_as_expected(url, f"the link to the next page is {shown(link)}")
    return whole.geturl()


def _not_as_expected(url: str, what: str) -> ApiFailedError:
    return ApiFailedError(
        f"{_host(url)} answers not as OPTIMADE says: {what}; tell the provider, or use another"
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _id(entry: object) -> str:
    return repr(entry.get("id")) if isinstance(entry, dict) else repr(entry)


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=12).digest()
