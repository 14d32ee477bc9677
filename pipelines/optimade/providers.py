"""Who speaks OPTIMADE: a pinned copy of the public list of providers, and how a name is resolved.

The list is that of https://providers.optimade.org, with the databases that each provider's index
names (``link_type: child``). It stands in the package with its commit and date; a newer one can be
fetched into the cache. ``CRYSTEXT_OPTIMADE_PROVIDERS`` names another list, such as your own.
"""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crystext.cache_folder import cache_dir
from crystext.errors import CrystextError, UnknownProviderError, printable, shown
from crystext.files import read_json, write_json
from crystext.pipelines.cache import cache_written
from crystext.pipelines.optimade.transport import HASTY, Transport, address_in
from crystext.provenance import digest
from crystext.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

PUBLIC = "https://providers.optimade.org"
VARIABLE = "CRYSTEXT_OPTIMADE_PROVIDERS"
_URL = re.compile(r"https?://[^\s/]+", re.IGNORECASE)
_VERSIONED = re.compile(r"/v\d+(\.\d+)*$")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Database:
    """One database that can be asked.

    Attributes:
        id: in the provider's index; the host for a plain address.
        name: as people call it.
        base_url: without version and slash at its end.
        provider: id of the provider, empty for a plain address.
        homepage: of the provider.
    """

    id: str
    name: str
    base_url: str
    provider: str = ""
    homepage: str = ""

    @property
    def api(self) -> str:
        """Where version 1 of its API is."""
        return f"{self.base_url}/v1"

    @property
    def home(self) -> Path:
        """Where its snapshots are, and what it says of itself."""
        host = urlsplit(self.base_url).hostname or "api"
        return cache_dir() / "optimade" / f"{host}-{digest(self.base_url)}"


@dataclass(frozen=True)
class Provider:
    """One line of the list.

    Attributes:
        id: its prefix, for example ``oqmd``.
        name: as people call it.
        homepage: where to read about it, maybe empty.
        index_url: of its index, ``None`` where there is none.
        databases: that the index names; empty where it has to be asked.
    """

    id: str
    name: str
    homepage: str
    index_url: str | None
    databases: tuple[Database, ...] = ()


def providers() -> dict[str, Provider]:
    """The providers by id: of the user's own list, of one that was fetched, or of the package.

    Raises:
        UnknownProviderError: the list of the user cannot be read.
    """
    if own := os.environ.get(VARIABLE):
        return _listed(read_json(Path(own).expanduser()), own)
    kept = read_json(_kept())
    if kept is not None:
        return _listed(kept, str(_kept()))
    pinned = files("crystext.pipelines.optimade") / "providers.json"
    return _listed(json.loads(pinned.read_text(encoding="utf-8")), "the package")


def resolve(name: str, transport: Transport | None = None) -> Database:
    """The database that a name or an address means.

    Args:
        name: of a provider (``oqmd``), of a provider and its database
            (``alexandria/alexandria-pbe``), or an address.
        transport: asks a provider's index, where the list does not name its databases.

    Raises:
        UnknownProviderError: there is none, or several.
        ApiFailedError: the index does not answer.
    """
    if _URL.match(name):
        base = _base(name)
        host = re.sub(r"^https?://", "", base, flags=re.IGNORECASE).partition("/")[0]
        return Database(host, host, base)
    first, _, second = name.partition("/")
    known = providers()
    provider = known.get(first.lower())
    if provider is None:
        hint = did_you_mean(first, known)
        message = f"there is no provider {shown(first)} of OPTIMADE; {hint}"
        raise UnknownProviderError(f"{message}, or give the address of an API (https://…)")
    found = provider.databases or tuple(_children(provider, transport or Transport(HASTY)))
    return _chosen(provider, found, second)


def refresh(transport: Transport | None = None) -> tuple[Path, int]:
    """Fetches the public list, and the index of each provider, into the cache.

    A provider whose index does not answer keeps the databases that were known of it.

    Returns:
        Where the list stands now, and how many providers it has.

    Raises:
        ApiFailedError: the list itself does not come.
        CannotWriteError: the cache cannot be written.
    """
    transport = transport or Transport(HASTY)
    before, found = providers(), []
    answer = transport.json(f"{PUBLIC}/v1/links")
    for entry in _entries(answer):
        one = _provider(entry)
        if one is None:
            continue
        try:
            children = tuple(_children(one, transport)) if one.index_url else ()
        except CrystextError as error:
            _log.warning("the index of %s is left as it was: %s", one.id, error)
            children = before[one.id].databases if one.id in before else ()
        if one.index_url or children:
            found.append(replace(one, databases=children))
    path = _kept()
    today = datetime.now(UTC).date().isoformat()
    plain = [_plain(one) for one in sorted(found, key=lambda one: one.id)]
    with cache_written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"origin": f"{PUBLIC}/v1/links", "as_of": today, "providers": plain})
    return path, len(found)


def _kept() -> Path:
    return cache_dir() / "optimade" / "providers.json"


def _plain(one: Provider) -> dict[str, Any]:
    plain = asdict(one)
    for child in plain["databases"]:
        del child["provider"], child["homepage"]
    return plain


def _listed(data: dict[str, Any] | None, where: str) -> dict[str, Provider]:
    try:
        assert data is not None
        found = {}
        for one in data["providers"]:
            facts = (one["id"].lower(), one["name"], one.get("homepage") or "")
            children = [
                Database(
                    child["id"],
                    child["name"],
                    _base(child["base_url"]),
                    provider=facts[0],
                    homepage=facts[2],
                )
                for child in one.get("databases", ())
            ]
            found[facts[0]] = Provider(*facts, one.get("index_url"), tuple(children))
    except (AssertionError, KeyError, TypeError, AttributeError) as error:
        message = f"{shown(where)} is no list of providers of OPTIMADE"
        remedy = "give a JSON object with providers, each with id, name and databases"
        raise UnknownProviderError(f"{message}; {remedy}") from error
    return found


def _chosen(provider: Provider, found: tuple[Database, ...], asked: str) -> Database:
    names = [one.id for one in found]
    if not found:
        message = f"the index of {provider.name} names no database of its own"
        raise UnknownProviderError(f"{message}; give the address of its API (https://…)")
    if not asked:
        if len(found) == 1:
            return found[0]
        choices = ", ".join(f"{provider.id}/{one}" for one in names[:12])
        message = f"{provider.name} has {len(found)} databases"
        raise UnknownProviderError(f"{message}; name one: {choices}{' …' if names[12:] else ''}")
    for one in found:
        if one.id == asked:
            return one
    raise UnknownProviderError(
        f"{provider.name} has no database {shown(asked)}; {did_you_mean(asked, names)}"
    )


def _children(provider: Provider, transport: Transport) -> Iterable[Database]:
    """The databases that a provider's index names."""
    if not provider.index_url:
        return
    for entry in _entries(transport.json(f"{_base(provider.index_url)}/v1/links")):
        attributes = entry["attributes"]
        url = _address(attributes.get("base_url"))
        if attributes.get("link_type") == "child" and url:
            name = printable(str(attributes.get("name") or entry["id"]))
            yield Database(str(entry["id"]), name, _base(url), provider.id, provider.homepage)


def _entries(answer: dict[str, Any]) -> Iterable[dict[str, Any]]:
    listed = answer.get("data")
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("attributes"), dict) and "id" in entry:
            yield entry


def _provider(entry: dict[str, Any]) -> Provider | None:
    attributes = entry["attributes"]
    if attributes.get("link_type") not in {"external", None}:
        return None
    name = printable(str(attributes.get("name") or entry["id"]))
    homepage = _address(attributes.get("homepage")) or ""
    index = _address(attributes.get("base_url"))
    return Provider(str(entry["id"]).lower(), name, homepage, index)


def _address(link: object) -> str | None:
    link = address_in(link)
    return link if isinstance(link, str) and _URL.match(link) else None


def _base(url: str) -> str:
    """An address without what stands behind the base: version, query and slashes."""
    return _VERSIONED.sub("", url.partition("?")[0].partition("#")[0].rstrip("/")).rstrip("/")
