"""What every source of crystals is: facts for the card, crystals, splits, a verified file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from crystext.crystal import Failure
from crystext.errors import InputError, UnknownIdError, UnreadableFileError, UsageError, shown
from crystext.files import sha256
from crystext.pipelines.cache import cache_dir as default_cache_dir
from crystext.pipelines.cache import verify
from crystext.suggestions import hint

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeVar

    from crystext.corpus.columns import Property
    from crystext.crystal import Crystal
    from crystext.pipelines.sources.property_columns import Key
    from crystext.pipelines.splits import SplitSpec
    from crystext.unread import Input

    Given = str | os.PathLike[str] | None
    """A path of the user's; ``None`` for a source that needs none."""
    Ids = Sequence[str] | None
    """Those that are wanted, in their order; ``None`` for all."""
    One = TypeVar("One")
    _Kind = TypeVar("_Kind")


@dataclass(frozen=True, kw_only=True)
class Source(ABC):
    """One database; the sources are its subclasses, one short file each.

    Attributes:
        name: as in ``--db``.
        title: as people call it, with its version.
        homepage: where to read about it.
        url: where its file is, ``None`` where there is none to download.
        version: of the data.
        file_name: of the file, as it stands in the cache.
        file_type: ``zip``, ``gz`` or ``json``.
        expected: crystals, failures included, in the whole source; ``None`` where not known.
        size: of the file, bytes; ``None`` where not known.
        sha256: of the file. Where it is ``None`` nobody has published one: the manifest of a
            corpus records the hash of the file that was read, and ``expected`` is checked.
        licence: SPDX identifier.
        licence_note: who says so, and what it asks for.
        citations: BibTeX entries.
        properties: the columns that it fills, with units.
        remarks: what people should know of these columns before they are used.
        is_api: whether a server is asked, so that counting asks it as well.
    """

    is_api: ClassVar[bool] = False
    name: str
    title: str
    homepage: str = ""
    url: str | None = None
    version: str = ""
    file_name: str | None = None
    file_type: str | None = None
    expected: int | None = None
    size: int | None = None
    sha256: str | None = None
    licence: str = ""
    licence_note: str = ""
    citations: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()
    remarks: tuple[str, ...] = ()

    def configured(self, *, from_file: Given = None, **options: Any) -> Source:
        """This source with the properties that it has under these options.

        Only ``files`` and ``optimade`` learn their columns; the others return themselves. The
        arguments are those of :meth:`crystals`.
        """
        del from_file, options
        return self

    def ready(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Source:
        """This source with what has to be fetched and pinned before a build begins.

        Only ``optimade`` keeps a snapshot; the others return themselves. The arguments are those of
        :meth:`crystals`.
        """
        del from_file, ids, limit, options
        return self

    @abstractmethod
    def crystals(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Iterator[Input]:
        """Yields the crystals, and a failure in the place of each that cannot be read.

        The order is that of the source or of ``ids``; no id comes twice.

        Args:
            from_file: a file that the user fetched, instead of a download.
            ids: only these.
            limit: only the first so many, failures counted.
            options: what the source takes besides; see its own file.

        Raises:
            UnknownIdError: an id is not in the source.
            WrongCountError: the whole file was read and does not hold ``expected`` entries.
            SourceError: the file cannot be had or read.
        """

    def count(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> int:
        """How many :meth:`crystals` will yield, failures included.

        Args, Raises: as :meth:`crystals`. A file of the user's is read to the end to count.
        """
        if ids is not None:
            total = len(set(ids))
        elif from_file is None and self.expected is not None:
            total = self.expected
        else:
            total = sum(1 for _ in self.crystals(from_file=from_file, limit=limit, **options))
        return total if limit is None else min(total, limit)

    def splits(self, **options: Any) -> dict[str, SplitSpec]:
        """The fixed splits by property under the options of :meth:`crystals`; maybe none."""
        del options
        return {}

    def fetch(self, cache_dir: str | os.PathLike[str] | None = None) -> Path | None:
        """Downloads the file into the cache unless it is there, and verifies it.

        Args:
            cache_dir: by default :func:`crystext.pipelines.cache.cache_dir`.

        Returns:
            The file; ``None`` where the source needs none.

        Raises:
            SourceError: see :func:`crystext.pipelines.download.download`.
        """
        if self.url is None:
            return None
        from crystext.pipelines.download import download

        return download(self.url, self.cached(cache_dir), **self._known())

    def cached(self, cache_dir: str | os.PathLike[str] | None = None) -> Path:
        """Where the file stands once fetched."""
        return Path(cache_dir or default_cache_dir()) / (self.file_name or self.name)

    def file_hash(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """SHA-256 of the file that was read, for the manifest.

        Args:
            path: what :meth:`fetch` gave, or the user's file.

        Returns:
            64 hexadecimal digits; ``None`` where no single file is read.
        """
        return sha256(Path(path)) if path is not None and Path(path).is_file() else None

    def to_dict(self) -> dict[str, Any]:
        """The registry's entry as plain data."""
        names = [f.name for f in fields(Source) if f.name not in {"properties", "remarks"}]
        plain = {name: getattr(self, name) for name in names}
        plain["citations"] = list(self.citations)
        plain["properties"] = [
            {
                "name": one.name,
                "unit": one.unit,
                "type": str(one.kind),
                "description": one.description,
            }
            for one in self.properties
        ]
        return plain

    def _known(self) -> dict[str, Any]:
        return {"sha256": self.sha256, "size": self.size, "expected_type": self.file_type}

    def _file(self, from_file: str | os.PathLike[str] | None) -> Path:
        """The file to read: the user's, checked against the registry, or a download."""
        if from_file is None:
            fetched = self.fetch()
            assert fetched is not None
            return fetched
        path = Path(from_file)
        if not path.is_file():
            message = f"there is no file {shown(str(path))}"
            remedy = f"fetch {self.url} and give its path" if self.url else "check the path"
            raise UnreadableFileError(f"{message}; {remedy}")
        return verify(path, sha256=self.sha256, size=self.size)

    def _crystal_of(
        self, name: str, structure: Any, entry: Mapping[str, Any], keys: Sequence[Key]
    ) -> Crystal | Failure:
        """A crystal of a structure that the database gives, with the columns of its entry."""
        from crystext.pipelines.sources.property_columns import typed_row
        from crystext.reading import to_crystal

        try:
            crystal = to_crystal(structure, id=name)
        except InputError as error:
            return Failure(name, error.with_id(name))
        row, notes = typed_row(entry, keys)
        return replace(crystal, source=self.name, properties=row, notes=(*crystal.notes, *notes))

    def unknown(self, missing: Sequence[str], where: str = "") -> UnknownIdError:
        """The error that names ids which a source, or a place in it, has not."""
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        message = f"{shown(missing[0])}{more} is not in {where or self.name}"
        return UnknownIdError(f"{message}; see {self.homepage or 'its table'} for its ids")


def first(found: Iterator[One], limit: int | None) -> Iterator[One]:
    """At most ``limit`` of them; the source is read no further."""
    return found if limit is None else islice(found, limit)


def options_of(source: str, kind: type[_Kind], given: Mapping[str, Any]) -> _Kind:
    """The options of a source as the dataclass that holds them.

    Raises:
        UsageError: it has no such option; the message lists those that it has.
    """
    known = [one.name for one in fields(kind)]  # type: ignore[arg-type]  # a dataclass
    for name in given:
        if name not in known:
            listed = ", ".join(known)
            raise UsageError(
                f"{source} has no option {shown(name)}; {hint(name, known)}use {listed}"
            )
    return kind(**given)
