"""One crystal by its name in a database: ``mp-149``, ``cod:1000041``, ``optimade:oqmd/4061139``.

It is fetched once and kept in the cache, with its address and the day. ``mp-149`` comes from the
Materials Project's own API where there is a key for it, otherwise through OPTIMADE. A name that a
file has is the file's.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from crystext.crystal import Failure
from crystext.errors import CannotWriteError, UnknownIdError, UsageError, shown
from crystext.files import read_json, write_json
from crystext.pipelines.cache import cache_dir
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.unread import Input

COD = "https://www.crystallography.net/cod"
COD_VARIABLE = "CRYSTEXT_COD"
"""Another address of the COD, such as a mirror's."""
_MP, _COD, _OPTIMADE = re.compile(r"mp-\d+"), re.compile(r"cod:(\d+)"), "optimade:"
_FORMAT = 1


@dataclass(frozen=True)
class _Origin(ABC):
    """Where one crystal is.

    Attributes:
        name: its id there.
    """

    name: str

    @property
    @abstractmethod
    def source(self) -> str:
        """Of the crystal."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Of the database; names the file in the cache, with the id."""

    @abstractmethod
    def fetch(self) -> dict[str, Any]:
        """``url`` and either ``cif`` (a text), or ``data`` and their ``form``."""


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
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, kept)
        except OSError as error:
            raise CannotWriteError(
                f"{error.filename or path} in the cache cannot be written "
                f"({error.strerror or error}); mend it, or name another with CRYSTEXT_CACHE"
            ) from error
    return kept


def _origin(name: str) -> _Origin:
    if _MP.fullmatch(name):
        return _MaterialsProject(name)
    if name.startswith("cod:"):
        found = _COD.fullmatch(name)
        if found is None or len(found[1]) != 7:
            raise UsageError(
                f"{shown(name)} is no entry of the COD; give seven digits: cod:1000041"
            )
        return _Cod(found[1])
    from crystext.pipelines.optimade.providers import providers

    return _split_name(name.removeprefix(_OPTIMADE), providers())


def _split_name(rest: str, known: Any) -> _ByOptimade:
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
    return _ByOptimade(name, provider)


class _Cod(_Origin):
    source = "cod"

    @property
    def address(self) -> str:
        return os.environ.get(COD_VARIABLE, COD).rstrip("/")

    def fetch(self) -> dict[str, Any]:
        from crystext.pipelines.optimade.transport import HASTY, Transport

        url = f"{self.address}/{self.name}.cif"
        try:
            return {"url": url, "cif": Transport(HASTY).text(url)}
        except UnknownIdError as error:
            message = f"the COD has no entry {self.name} ({url})"
            raise UnknownIdError(f"{message}; look there for its number") from error


@dataclass(frozen=True)
class _ByOptimade(_Origin):
    provider: str

    @property
    def source(self) -> str:
        return f"optimade:{self.provider}"

    @property
    def address(self) -> str:
        return self.provider

    def fetch(self) -> dict[str, Any]:
        from crystext.pipelines.optimade.client import Client
        from crystext.pipelines.optimade.providers import resolve
        from crystext.pipelines.optimade.structures import FIELDS
        from crystext.pipelines.optimade.transport import HASTY, Transport

        transport = Transport(HASTY)
        database = resolve(self.provider, transport)
        entry = Client(database, transport).structure(self.name, (*FIELDS, "last_modified"))
        url = f"{database.api}/structures/{self.name}"
        return {"url": url, "form": "optimade", "data": entry}


class _MaterialsProject(_Origin):
    source = "mp"
    address = "mp"

    def fetch(self) -> dict[str, Any]:
        from crystext.pipelines.patience import Patience
        from crystext.pipelines.sources.mp_client import KEY_VARIABLES, Session, connect

        if not any(map(os.environ.get, KEY_VARIABLES)) or find_spec("mp_api") is None:
            return _ByOptimade(self.name, "mp").fetch()
        session = Session(connect, None, Patience(retries=1, nobody=0, backoff=0.5))
        fields = ["material_id", "structure"]
        document = session.documents("summary", [self.name], fields).get(self.name)
        if not document or not document.get("structure"):
            message = f"{self.name} is not in the Materials Project"
            raise UnknownIdError(f"{message}; look at https://materialsproject.org for its id")
        structure = document["structure"]
        data = structure if isinstance(structure, dict) else structure.as_dict()
        return {
            "url": f"https://api.materialsproject.org (version {session.version})",
            "form": "pymatgen",
            "data": data,
        }
