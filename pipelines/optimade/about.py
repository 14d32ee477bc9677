"""What a database says of itself, beside what is registered: title, licence, papers, columns."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from crystext.errors import BadSnapshotError, printable
from crystext.files import read_json
from crystext.pipelines.optimade.client import check_version
from crystext.pipelines.optimade.properties import keys_of
from crystext.pipelines.optimade.providers import Database
from crystext.pipelines.optimade.terms import OPTIMADE, TERMS, Terms
from crystext.pipelines.optimade.transport import address_in, as_object

if TYPE_CHECKING:
    from pathlib import Path

    from crystext.pipelines.optimade.client import Client
    from crystext.pipelines.sources.property_columns import Key

INFO = "info.json"
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_PAGES = {
    "creativecommons.org/licenses/by/4.0": "CC-BY-4.0",
    "creativecommons.org/licenses/by-sa/4.0": "CC-BY-SA-4.0",
    "creativecommons.org/licenses/by-nc/4.0": "CC-BY-NC-4.0",
    "creativecommons.org/publicdomain/zero/1.0": "CC0-1.0",
}
"""Licences by the page that ``license`` names."""


@dataclass(frozen=True)
class About:
    """What is known of a database.

    Attributes:
        database: which.
        facts: what a source's entry in the registry says: title, homepage (its API where it names
            none), licence (empty where none is stated) and who states it, the papers (the
            database's where they are known, and OPTIMADE's), the columns of its own properties.
        keys: of these columns.
        api_version: that answered.
        implementation: name and version of the server, maybe empty.
    """

    database: Database
    facts: dict[str, Any]
    keys: tuple[Key, ...]
    api_version: str
    implementation: str


def ask(client: Client) -> dict[str, Any]:
    """What ``/info`` and ``/info/structures`` say, as plain data that is kept.

    Raises:
        ApiFailedError: the database does not answer, or is no OPTIMADE of version 1.
    """
    said, structures = client.info(), client.info("structures")
    names = ("meta", "license", "available_licenses")
    return {
        "database": asdict(client.database),
        "info": {name: said[name] for name in names if name in said},
        "properties": structures.get("properties"),
    }


def kept_about(folder: Path, database: Database | None = None) -> About:
    """What a database said of itself when it was asked.

    Args:
        folder: where what :func:`ask` gave is kept, as :data:`INFO`.
        database: as it is called now.

    Raises:
        BadSnapshotError: nothing is kept there.
    """
    kept = read_json(folder / INFO)
    try:
        return _about((kept or {}) | ({"database": vars(database)} if database else {}))
    except (KeyError, TypeError) as error:
        message = f"{folder} does not say of which database it is ({INFO})"
        raise BadSnapshotError(f"{message}; name the folder of a snapshot of OPTIMADE") from error


def _about(kept: dict[str, Any]) -> About:
    database = Database(**kept["database"])
    info = as_object(kept["info"])
    meta = as_object(info.get("meta"))
    terms = TERMS.get(database.provider, Terms())
    licence, note = _licence(info, terms)
    own = as_object(meta.get("database"))
    name = _text(own.get("name")) or database.name
    if not database.provider:
        name = _text(own.get("name")) or _text(as_object(meta.get("provider")).get("name")) or name
    homepage = database.homepage or _text(address_in(own.get("homepage"))) or database.base_url
    server = as_object(meta.get("implementation"))
    keys = keys_of({"properties": kept.get("properties")})
    facts = {
        "title": f"{name}, through OPTIMADE",
        "homepage": homepage,
        "licence": licence,
        "licence_note": note,
        "citations": (*terms.citations, *OPTIMADE),
        "properties": tuple(key.property() for key in keys),
    }
    version = check_version({"meta": meta}, database.base_url)
    software = f"{_text(server.get('name'))} {_text(server.get('version'))}".strip()
    return About(database, facts, keys, version, software)


def _licence(info: dict[str, Any], terms: Terms) -> tuple[str, str]:
    """SPDX identifier and who states it; the API's own word comes first."""
    listed = info.get("available_licenses")
    names = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    page = _text(address_in(info.get("license")))
    of_page = next((spdx for part, spdx in _PAGES.items() if part in page), "")
    spdx = [one for one in names if _SPDX.fullmatch(one)] or ([of_page] if of_page else [])
    if len(spdx) == 1:
        return spdx[0], f"as its API states{f', {page}' if page else ''}"
    if spdx:
        return "", f"its API offers {', '.join(spdx)}; see {page or 'its page'} which is whose"
    if page and not terms.licence:
        return "", f"its API refers to {page}"
    return terms.licence, terms.note


def _text(value: object) -> str:
    return printable(" ".join(value.split())) if isinstance(value, str) else ""
