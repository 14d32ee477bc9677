"""``optimade``: any database that speaks OPTIMADE, by a provider's name or an address.

What passes the filter is fetched whole before anything is described, into a snapshot in the cache
(:mod:`crystext.pipelines.optimade.snapshot`), whose digest stands in the manifest. A build goes on,
and is repeated, from the snapshot without the network; ``refresh`` asks the database again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from crystext.errors import UsageError
from crystext.files import read_json, write_json
from crystext.pipelines.cache import cache_written
from crystext.pipelines.optimade.about import INFO, ask, kept_about
from crystext.pipelines.optimade.client import Client
from crystext.pipelines.optimade.page_files import Question
from crystext.pipelines.optimade.providers import resolve
from crystext.pipelines.optimade.snapshot import Snapshot
from crystext.pipelines.optimade.structures import FIELDS, input_of
from crystext.pipelines.optimade.terms import OPTIMADE
from crystext.pipelines.optimade.transport import Transport
from crystext.pipelines.sources.source import Source, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.pipelines.optimade.about import About
    from crystext.pipelines.optimade.transport import Manners
    from crystext.pipelines.sources.source import Given, Ids
    from crystext.unread import Input


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked, and of whom.

    Attributes:
        provider: name, name and database, or address.
        filter: of OPTIMADE, for example ``elements HAS "Si" AND nelements=2``.
        refresh: ask again what the cache has.
    """

    provider: str | None = None
    filter: str | None = None
    refresh: bool = False


@dataclass(frozen=True, kw_only=True)
class Optimade(Source):
    """One database once :meth:`configured`, one snapshot of it once :meth:`ready`.

    Attributes:
        about: what the database says of itself.
        snapshot: the pages.
        pinned: digest of the structures that are read.
        manners: how patiently the database is asked.
    """

    is_api: ClassVar[bool] = True
    about: About | None = None
    snapshot: Snapshot | None = None
    pinned: str | None = None
    manners: Manners | None = None

    def configured(self, *, from_file: Given = None, **options: Any) -> Optimade:
        """This source for one database, whose columns, licence and papers are known.

        Args:
            from_file: folder of a snapshot; nothing is asked then.
            options: see :class:`Asked`.

        Raises:
            UsageError: neither a snapshot nor a provider is named, or both.
            UnknownProviderError: there is no such provider.
            ApiFailedError: the database does not answer.
            BadSnapshotError: the folder is none of a snapshot.
        """
        asked = options_of("optimade", Asked, options)
        if self.about is not None:
            return self
        if from_file is not None:
            if asked != Asked():
                raise UsageError(
                    "a snapshot (--from-file) says itself what it is of: leave out --provider, "
                    "--filter and --refresh"
                )
            snapshot = Snapshot(Path(from_file))
            about = kept_about(snapshot.folder)
            return replace(self, about=about, snapshot=snapshot, **about.facts)
        if not asked.provider:
            raise UsageError(
                "--provider is missing: name one such as oqmd or mp, see crystext sources "
                "optimade, or give an address"
            )
        transport = Transport(self.manners)
        database = resolve(asked.provider, transport)
        path = database.home / INFO
        if asked.refresh or read_json(path) is None:
            told = ask(Client(database, transport))
            with cache_written(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_json(path, told)
        about = kept_about(path.parent, database)
        return replace(self, about=about, **about.facts)

    def ready(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Optimade:
        """This source with its snapshot fetched and pinned; see :meth:`configured`.

        Raises:
            UsageError: both ids and a filter are given.
            UnknownIdError: an id is not in the database.
        """
        if self.pinned is not None:
            return self
        asked = options_of("optimade", Asked, options)
        one = self.configured(from_file=from_file, **options)
        if asked.filter and ids is not None:
            raise UsageError("optimade takes either --filter or --ids; leave out one of them")
        about = one.about
        assert about is not None
        names = None if ids is None else tuple(dict.fromkeys(ids))[:limit]
        snapshot = one.snapshot or one.fetched(about, asked, names, limit)
        pinned, number = snapshot.pinned(limit if names is None else None)
        one = replace(one, snapshot=snapshot)
        if names is not None:
            there = {found.id for found in one.inputs(None)}
            if missing := [name for name in names if name not in there]:
                if from_file is None:
                    snapshot.discard()
                raise one.unknown(missing, about.database.name)
        record = snapshot.record
        whole = record.get("complete") and names is None and limit is None
        return replace(
            one,
            pinned=pinned,
            expected=number if whole else None,
            version=f"{record['started'][:10]}, OPTIMADE {about.api_version}".rstrip(),
            file_name=f"snapshot of {number} structures",
        )

    def crystals(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Iterator[Input]:
        """See :meth:`Source.crystals`; for the options see :meth:`configured`."""
        one = self.ready(from_file=from_file, ids=ids, limit=limit, **options)
        if ids is not None:
            return one.chosen(list(dict.fromkeys(ids))[:limit])
        return one.inputs(limit)

    def count(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> int:
        """See :meth:`Source.count`; asks the database for the number alone.

        Raises:
            UsageError: the database does not say.
            ApiFailedError: it does not answer.
        """
        if ids is not None:
            total: int | None = len(set(ids))
        elif from_file is not None or self.pinned is not None:
            return super().count(from_file=from_file, limit=limit, **options)
        else:
            about = self.configured(**options).about
            assert about is not None
            asked = options_of("optimade", Asked, options)
            total = Client(about.database, Transport(self.manners)).count(asked.filter)
        if total is None and limit is None:
            raise UsageError("the database does not say how many structures pass; give --limit")
        return min(one for one in (total, limit) if one is not None)

    def to_dict(self) -> dict[str, Any]:
        """See :meth:`Source.to_dict`; with the address, and what the snapshot is of."""
        found = super().to_dict()
        if self.about is None:
            return found
        found["url"] = self.about.database.base_url
        if self.snapshot is not None and self.pinned is not None:
            asked = self.snapshot.question
            found["snapshot"] = {
                "provider": self.about.database.provider,
                "database": self.about.database.id,
                "filter": asked.filter,
                "api_version": self.about.api_version,
                "implementation": self.about.implementation,
                "started": self.snapshot.record["started"],
                "digest": self.pinned,
            }
        return found

    def file_hash(self, path: object = None) -> str | None:
        """The digest of the snapshot."""
        del path
        return self.pinned

    def fetched(
        self, about: About, asked: Asked, names: tuple[str, ...] | None, limit: int | None
    ) -> Snapshot:
        """The snapshot of a question, of which the cache may have a part or all."""
        database = about.database
        fields = (*FIELDS, *(key.key for key in about.keys), "last_modified")
        question = Question(database.base_url, asked.filter, names, fields)
        snapshot = Snapshot(database.home / question.digest(), question)
        if asked.refresh:
            snapshot.discard()
        client = Client(database, Transport(self.manners))
        snapshot.fill(client, None if names else limit)
        with cache_written(snapshot.folder):
            write_json(snapshot.folder / INFO, read_json(database.home / INFO))
        return snapshot

    def inputs(self, limit: int | None) -> Iterator[Input]:
        """All structures of the snapshot, or the first ``limit``."""
        assert self.snapshot is not None
        assert self.about is not None
        for one in self.snapshot.entries(limit, check=self.pinned):
            yield input_of(one.data, self.about.keys, place=one.place)

    def chosen(self, ids: list[str]) -> Iterator[Input]:
        """In the order of the ids; what answers one question is held at a time."""
        found: dict[str, Input] = {}
        wanted = dict.fromkeys(ids)
        waiting = iter(ids)
        following = next(waiting, None)
        for one in self.inputs(None):
            if one.id in wanted:
                found.setdefault(one.id, one)
            while following in found:
                yield found.pop(following)
                del wanted[following]
                following = next(waiting, None)


SOURCE = Optimade(
    name="optimade",
    title="any database that speaks OPTIMADE",
    homepage="https://www.optimade.org",
    version="as of the snapshot that a build fetches",
    licence_note="as the provider states; the card of a corpus says which",
    citations=OPTIMADE,
)
