"""A store in a folder, read: arrays mapped into memory, ids of their rows, settings, failures.

::

    DIR/
      *.npy             arrays
      ids.parquet       id of each row, in the order of the corpus, and what else is told of it
      failures.parquet  id, code and message of each crystal that has no row, where some may fail
      manifest.json     kind, settings and their digest, counts, versions, files, seconds

Stores are made by :mod:`crystext.model.stores.writer`, aside, and renamed into place: a folder
holds a whole one or none. Reading one needs numpy and pyarrow alone.
"""

from __future__ import annotations

import json
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from crystext.cache_folder import cache_dir
from crystext.errors import (
    BadStoreError,
    MissingRowError,
    NoStoreError,
    OtherStoreError,
    first_line,
    shown,
)
from crystext.files import writing
from crystext.provenance import differences, digest
from crystext.shapes import ANY, first_of, wrong_entries

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

FORMAT = 1
MANIFEST, IDS, FAILURES = "manifest.json", "ids.parquet", "failures.parquet"
KEYS = ("kind", "format", "digest", "settings", "counts", "files", "versions")
SHAPE = {
    "digest": str,
    "settings": {},
    "counts": {"rows": int},
    "files": {ANY: {"bytes": int}},
    "versions": {ANY: str},
}
"""What of a manifest is gone by, as :func:`crystext.shapes.wrong_entries` takes it."""
_SHOWN = 3


class Store:
    """A finished store in a folder; made by :meth:`open`.

    Each kind is a subclass, which says what it holds in words (``KIND``), what makes one
    (``MADE_BY``) and of which releases (``PACKAGES``), where the cache keeps it (``CACHED_IN``),
    how arrays are mapped (``MODE``), which of them say where a crystal's rows of another array
    begin (``OFFSETS``), and what its manifest must hold beside what all do (``MORE``).

    Attributes:
        path: the folder.
        manifest: ``kind``, ``settings`` and their ``digest``, ``counts`` (``inputs``, ``rows``,
            ``failures``, ``failures_by_code``), ``files``, ``versions``, ``seconds``, and what a
            kind adds.
    """

    KIND: ClassVar[str]
    MADE_BY: ClassVar[str]
    CACHED_IN: ClassVar[str]
    PACKAGES: ClassVar[tuple[str, ...]]
    MODE: ClassVar[Literal["r", "c"]] = "r"
    OFFSETS: ClassVar[Mapping[str, str]] = {}
    MORE: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path, self.manifest = path, manifest

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Opens a finished store.

        Raises:
            NoStoreError: the folder holds none of this kind.
            BadStoreError: files are missing, cut, damaged or of another format.
        """
        path = Path(path)
        manifest = cls._read_manifest(path)
        for name, listed in manifest["files"].items():
            file = path / name
            try:
                found = file.stat().st_size if file.is_file() else None
            except OSError as error:  # such as a name that is longer than any may be
                raise _damaged(file, error) from error
            if found != listed["bytes"]:
                state = (
                    "is missing" if found is None else f"has {found} bytes, not {listed['bytes']}"
                )
                raise BadStoreError(f"{file} {state}; remove {path} and make it again")
        return cls(path, manifest)

    @classmethod
    def find(cls, path: Path, settings: Mapping[str, Any]) -> Self | None:
        """The store with these settings, if the folder holds it; ``None`` if it holds nothing.

        Raises:
            OtherStoreError: it holds something else.
            BadStoreError: files are missing, cut, damaged or of another format.
            CannotWriteError: nothing can be written there.
        """
        with writing(path):
            taken = path.exists() and (not path.is_dir() or any(path.iterdir()))
        if not taken:
            return None
        try:
            store = cls.open(path)
        except NoStoreError as error:
            raise OtherStoreError(f"{path} holds other files; choose a new folder") from error
        if store.digest != cls.digest_of(settings):
            differing = "; ".join(differences(store.manifest["settings"], settings))
            raise OtherStoreError(
                f"the {cls.KIND} in {path} differ in {differing}; choose another folder"
            )
        return store

    @classmethod
    def digest_of(cls, settings: Mapping[str, Any]) -> str:
        """The digest of a store with these settings."""
        return digest({"kind": cls.KIND, "format": FORMAT, **settings})

    @classmethod
    def types(cls, settings: Mapping[str, Any]) -> dict[str, np.dtype]:  # noqa: ARG003
        """Type and shape of a row of each array to which crystals are appended, by name."""
        return {}

    @classmethod
    def cached(cls, words: str, settings: Mapping[str, Any]) -> Path:
        """The folder in the user's cache of a store with these settings.

        Args:
            words: for people, in front of the digest.
            settings: that decide the rows.
        """
        return cache_dir() / cls.CACHED_IN / f"{words}-{cls.digest_of(settings)}"

    def __len__(self) -> int:
        return self.manifest["counts"]["rows"]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}, {len(self)} rows)"

    @property
    def digest(self) -> str:
        """Of all that decides the rows: equal digests, equal rows."""
        return self.manifest["digest"]

    @cached_property
    def table(self) -> pa.Table:
        """``id`` of each row, and what else the kind tells of it.

        Raises:
            BadStoreError: the file is damaged.
        """
        return self._table(IDS)

    @cached_property
    def ids(self) -> list[str]:
        """The crystals' ids, in the order of the rows."""
        return self.table["id"].to_pylist()

    def failures(self) -> list[dict[str, str]]:
        """The crystals that have no row: ``id``, ``code`` and ``message`` of each."""
        return self._table(FAILURES).to_pylist() if FAILURES in self.manifest["files"] else []

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """The rows of crystals, in the order of ``ids``.

        Raises:
            MissingRowError: some have none; names the first, and why if it failed.
        """
        ids = list(ids)
        rows = [self._rows.get(one, -1) for one in ids]
        missing = [one for one, row in zip(ids, rows, strict=True) if row < 0]
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            known = {one["id"]: one["message"] for one in self.failures()}
            why = f" ({known[missing[0]]})" if missing[0] in known else ""
            raise MissingRowError(
                f"{self.path} has no {self.KIND} of {', '.join(map(str, missing[:_SHOWN]))}{more}"
                f"{why}; make them from the corpus that these crystals are from, or leave them out"
            )
        return np.array(rows, dtype=np.int64)

    def array(
        self, name: str, row: np.dtype | None = None, rows: int | None = None
    ) -> NDArray[Any]:
        """One array, mapped into memory.

        Args:
            name: of the file without ``.npy``.
            row: type and shape of a row as it has to be; any if ``None``.
            rows: how many there have to be.

        Raises:
            BadStoreError: the file is damaged, or holds another array.
        """
        file = self.path / f"{name}.npy"
        try:
            with file.open("rb") as opened:
                np.lib.format.read_magic(opened)
                shape = np.lib.format.read_array_header_1_0(opened)[0]
            mode = self.MODE if np.prod(shape) else None  # nothing cannot be mapped
            found = np.load(file, mmap_mode=mode, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise _damaged(file, error) from error
        if row is not None and (found.dtype, found.shape) != (row.base, (rows, *row.shape)):
            raise BadStoreError(
                f"{file} is {found.dtype} {found.shape}, not {row.base} {(rows, *row.shape)}; "
                f"remove {self.path} and make it again"
            )
        return found

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {one: row for row, one in enumerate(self.ids)}

    def _table(self, name: str) -> pa.Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(self.path / name)
        except (OSError, pa.ArrowException) as error:
            raise _damaged(self.path / name, error) from error

    @classmethod
    def _read_manifest(cls, path: Path) -> dict[str, Any]:
        file = path / MANIFEST
        remedy = f"make {cls.KIND} with: {cls.MADE_BY}"
        if not file.is_file():
            what = f"holds no {MANIFEST}" if path.is_dir() else "is no folder"
            raise NoStoreError(f"{path} {what}; {remedy}")
        try:
            manifest = json.loads(file.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise _damaged(file, error) from error
        manifest = cls._as_now(manifest) if isinstance(manifest, dict) else {}
        missing = [key for key in KEYS if key not in manifest]
        if missing:
            raise NoStoreError(f"{file} has no {missing[0]!r}; it is not of {cls.KIND}; {remedy}")
        if manifest["kind"] != cls.KIND:
            raise NoStoreError(f"{path} holds no {cls.KIND} but {manifest['kind']}; {remedy}")
        if manifest["format"] != FORMAT:
            raise BadStoreError(
                f"{path} has format {shown(manifest['format'])}, this crystext reads {FORMAT}; "
                "remove it and make it again"
            )
        if problem := first_of(cls._problems(manifest)):
            raise BadStoreError(f"{file}: {problem}; remove {path} and make it again")
        return manifest

    @classmethod
    def _problems(cls, manifest: dict[str, Any]) -> Iterator[str]:
        """What of a manifest is not what it must be: types, numbers out of range, the digest."""
        found = list(wrong_entries(manifest, {**SHAPE, **cls.MORE}))
        yield from found
        if found:
            return
        rows, told = manifest["counts"]["rows"], manifest["digest"]
        if not 0 <= rows <= sys.maxsize:
            yield f"counts.rows is {shown(rows)}, which no store has"
        if IDS not in manifest["files"]:
            yield f"files does not list {IDS}"
        try:
            same = told == cls.digest_of(manifest["settings"])
        except (ValueError, RecursionError):  # half a surrogate pair, or nested too deeply
            same = False
        if not same:
            yield f"the settings are not those of the digest {shown(told)}"

    @classmethod
    def _as_now(cls, manifest: dict[str, Any]) -> dict[str, Any]:
        """A manifest as it is written now; kinds whose manifests were others translate them."""
        return manifest


def _damaged(file: Path, error: BaseException) -> BadStoreError:
    return BadStoreError(
        f"{file} cannot be read ({first_line(error)}); remove {file.parent} and make it again"
    )
