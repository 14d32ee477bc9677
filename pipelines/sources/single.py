"""One crystal by its name in a database: ``mp-149``, ``cod:1000041``, ``optimade:oqmd/4061139``.

It is fetched once and kept in the cache, with its address and the day. ``mp-149`` comes from the
Materials Project's own API where there is a key for it, otherwise through OPTIMADE. A name that a
file has is the file's.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from crystext.cache_folder import cache_dir
from crystext.crystal import Failure
from crystext.errors import UnknownIdError, UsageError, shown
from crystext.files import read_json, write_json
from crystext.pipelines.cache import cache_written
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crystext.unread import Input

COD = "https://www.crystallography.net/cod"
COD_VARIABLE = "CRYSTEXT_COD"
"""Another address of the COD, such as a mirror's."""
_MP, _COD, _OPTIMADE = re.compile(r"mp-\d+"), re.compile(r"cod:(\d{7})"), "optimade:"
_FORMAT = 1


class _Origin(NamedTuple):
    """Where one crystal is.

    Attributes:
        source: of the crystal.
        address: of the database; names the file in the cache, with the id.
        fetch: gives ``url`` and either ``cif`` (a text), or ``data`` and their ``form``.
    """

    source: str
    address: str
    fetch: Callable[[], dict[str, Any]]


def is_name(name: str) -> bool:
    """Whether a command's argument names a crystal of a database, and no file.

    Args:
        name: as it was typed.
    """
    named = _MP.fullmatch(name) or name.startswith(("cod:", _OPTIMADE))
    return bool(named) and not os.path.lexists(name)


def check_name(name: str) -> None:
    """Refuses a name that can be none of a crystal, before anything is fetched.

    Raises:
        UsageError: it has no id, or one of another shape.
    """
    _origin(name)


def crystals_named(name: str) -> Iterator[Input]:
    """The crystal of this name; several where a CIF of the COD has several.

    Args:
        name: for which :func:`is_name` holds.

    Yields:
        Crystals whose id is the name, with a note that says where they are from.

    Raises:
        UsageError: the name has no id, or one of another shape.
        SourceError: the database cannot be reached, or has no such crystal.
        CannotWriteError: the cache cannot be written.
    """
    from crystext.reading import to_input, unread_text

    origin = _origin(name)
    kept = _kept(name, origin)
    note = f"from {kept['url']}, fetched {kept['fetched'][:10]}"
    if "cif" in kept:
        for one in unread_text(kept["cif"], fmt="cif", id=name):
            yield replace(one, source=origin.source, notes=(note, *one.notes))
        return
    from crystext.pipelines.optimade.structures import input_of

    if kept["form"] == "optimade":
        found: Input = input_of(kept["data"], name=name, place=name, source=origin.source)
    else:
        found = to_input(kept["data"], id=name)
    if not isinstance(found, Failure):
        found = replace(found, source=origin.source, notes=(note, *found.notes))
    yield found


def _kept(name: str, origin: _Origin) -> dict[str, Any]:
    """The record of a crystal, from the cache or fetched into it."""
    plain = re.sub(r"[^\w.-]+", "-", name)[:60]
    path = cache_dir() / "crystals" / f"{plain}-{digest([origin.address, name])}.json"
    kept = read_json(path)
    if kept is None or kept.get("format") != _FORMAT:
        today = datetime.now(UTC).isoformat(timespec="seconds")
        kept = {"format": _FORMAT, "name": name, "fetched": today, **origin.fetch()}
        with cache_written(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, kept)
    return kept


def _origin(name: str) -> _Origin:
    if _MP.fullmatch(name):
        return _Origin("mp", "mp", partial(_of_materials_project, name))
    if name.startswith("cod:"):
        if (found := _COD.fullmatch(name)) is None:
            raise UsageError(
                f"{shown(name)} is no entry of the COD; give seven digits: cod:1000041"
            )
        address = os.environ.get(COD_VARIABLE, COD).rstrip("/")
        return _Origin("cod", address, partial(_of_cod, address, found[1]))
    from crystext.pipelines.optimade.providers import providers

    provider, own = _split_name(name.removeprefix(_OPTIMADE), providers())
    return _Origin(f"optimade:{provider}", provider, partial(_by_optimade, provider, own))


def _split_name(rest: str, known: Any) -> tuple[str, str]:
    """Provider and id of ``oqmd/4061139``, ``alexandria/alexandria-pbe/agm1``, ``https://…/1``.

    The part after a provider is its database where it has one of that name and several in all.
    """
    if re.match(r"https?://", rest, re.IGNORECASE):
        provider, _, name = rest.rpartition("/")
        provider = re.sub(r"/structures$", "", provider)
    else:
        provider, _, name = rest.partition("/")
        inside, _, more = name.partition("/")
        databases = getattr(known.get(provider.lower()), "databases", ())
        if more and len(databases) != 1 and inside in {one.id for one in databases}:
            provider, name = f"{provider}/{inside}", more
    if not provider or not name or provider.endswith(":/"):
        message = f"{shown(f'{_OPTIMADE}{rest}')} names no provider and id"
        raise UsageError(f"{message}; give both: optimade:oqmd/4061139")
    return provider, name


def _of_cod(address: str, number: str) -> dict[str, Any]:
    from crystext.pipelines.optimade.transport import HASTY, Transport

    url = f"{address}/{number}.cif"
    try:
        return {"url": url, "cif": Transport(HASTY).text(url)}
    except UnknownIdError as error:
        message = f"the COD has no entry {number} ({url})"
        raise UnknownIdError(f"{message}; look there for its number") from error


def _by_optimade(provider: str, name: str) -> dict[str, Any]:
    from crystext.pipelines.optimade.client import Client
    from crystext.pipelines.optimade.providers import resolve
    from crystext.pipelines.optimade.structures import FIELDS
    from crystext.pipelines.optimade.transport import HASTY, Transport

    transport = Transport(HASTY)
    database = resolve(provider, transport)
    entry = Client(database, transport).structure(name, (*FIELDS, "last_modified"))
    return {"url": f"{database.api}/structures/{name}", "form": "optimade", "data": entry}


def _of_materials_project(name: str) -> dict[str, Any]:
    from crystext.pipelines.patience import Patience
    from crystext.pipelines.sources.mp_client import KEY_VARIABLES, Session, connect

    if not any(map(os.environ.get, KEY_VARIABLES)) or find_spec("mp_api") is None:
        return _by_optimade("mp", name)
    session = Session(connect, None, Patience(retries=1, nobody=0, backoff=0.5))
    document = session.documents("summary", [name], ["material_id", "structure"]).get(name)
    if not document or not document.get("structure"):
        message = f"{name} is not in the Materials Project"
        raise UnknownIdError(f"{message}; look at https://materialsproject.org for its id")
    structure = document["structure"]
    return {
        "url": f"https://api.materialsproject.org (version {session.version})",
        "form": "pymatgen",
        "data": structure if isinstance(structure, dict) else structure.as_dict(),
    }
