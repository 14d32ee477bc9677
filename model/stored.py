"""What is computed once for all crystals of a corpus and kept in a folder: graphs, descriptors.

A store has one row for each crystal that worked and one failure for each that did not::

    DIR/
      *.npy             flat arrays
      ids.parquet       id of each row, in the order of the corpus
      failures.parquet  id, code, message
      manifest.json     settings and their digest, source, counts, versions, files, seconds

Stores are written aside and renamed into place, so a folder holds a whole one or none. Reading one
needs numpy and pyarrow alone.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np

from crystext.errors import (
    BadStoreError,
    MissingRowError,
    NoStoreError,
    OtherStoreError,
    first_line,
)
from crystext.files import sha256, writing
from crystext.pipelines.file_lock import file_lock
from crystext.provenance import differences, digest, versions

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

Item = TypeVar("Item")
Result = TypeVar("Result")
FORMAT = 1
MANIFEST, IDS, FAILURES = "manifest.json", "ids.parquet", "failures.parquet"
KEYS = ("kind", "format", "digest", "settings", "counts", "files", "versions")
_SHOWN = 3


class Store:
    """A finished store in a folder; made by :meth:`open`.

    Attributes:
        path: the folder.
        manifest: ``settings`` (source included) and their ``digest``, ``counts`` (``inputs``,
            ``rows``, ``failures``, ``failures_by_code``), ``files``, ``versions``, ``seconds``.
    """

    KIND: ClassVar[str]
    MADE_BY: ClassVar[str]

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
        for name, facts in manifest["files"].items():
            file = path / name
            found = file.stat().st_size if file.is_file() else None
            if found != facts["bytes"]:
                state = (
                    "is missing" if found is None else f"has {found} bytes, not {facts['bytes']}"
                )
                raise BadStoreError(f"{file} {state}; remove {path} and make it again")
        return cls(path, manifest)

    def __len__(self) -> int:
        return self.manifest["counts"]["rows"]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}, {len(self)} rows)"

    @property
    def digest(self) -> str:
        """Of all that decides the rows: equal digests, equal rows."""
        return self.manifest["digest"]

    @cached_property
    def ids(self) -> list[str]:
        """The crystals' ids, in the order of the rows."""
        return [one["id"] for one in self._table(IDS)]

    def failures(self) -> list[dict[str, str]]:
        """The crystals that have no row: ``id``, ``code`` and ``message`` of each."""
        return self._table(FAILURES)

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
                f"{self.path} has no row for {', '.join(map(str, missing[:_SHOWN]))}{more}{why}; "
                "make the store from the corpus that these crystals are from, or leave them out"
            )
        return np.array(rows, dtype=np.int64)

    def array(self, name: str) -> NDArray[Any]:
        """One array, mapped into memory; what is written into it stays in memory.

        Raises:
            BadStoreError: the file is damaged.
        """
        file = self.path / f"{name}.npy"
        try:
            with file.open("rb") as opened:
                np.lib.format.read_magic(opened)
                shape = np.lib.format.read_array_header_1_0(opened)[0]
            mode = "c" if np.prod(shape) else None  # nothing cannot be mapped
            return np.load(file, mmap_mode=mode, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise _damaged(file, error) from error

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {one: row for row, one in enumerate(self.ids)}

    def _table(self, name: str) -> list[dict[str, str]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(self.path / name).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise _damaged(self.path / name, error) from error

    @classmethod
    def _read_manifest(cls, path: Path) -> dict[str, Any]:
        file = path / MANIFEST
        if not file.is_file():
            what = f"holds no {MANIFEST}" if path.is_dir() else "is no folder"
            raise NoStoreError(f"{path} {what}; make {cls.KIND} with: {cls.MADE_BY}")
        try:
            manifest = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _damaged(file, error) from error
        missing = [key for key in KEYS if not isinstance(manifest, dict) or key not in manifest]
        if missing or manifest["kind"] != cls.KIND:
            raise NoStoreError(f"{path} holds no {cls.KIND}; make them with: {cls.MADE_BY}")
        if manifest["format"] != FORMAT:
            raise BadStoreError(
                f"{path} has format {manifest['format']!r}, this crystext reads {FORMAT}; make it "
                "again"
            )
        return manifest


def make_once(
    kind: type[Store],
    out: Path,
    settings: Mapping[str, Any],
    packages: Sequence[str],
    write: Callable[[Path], tuple[list[str], list[dict[str, str]]]],
) -> Path:
    """Makes a store unless the folder holds it already; waits if another process makes it now.

    Args:
        kind: of the store.
        out: its folder.
        settings: all that decides its rows, JSON values.
        packages: distributions whose versions are noted.
        write: writes the arrays into the folder that it is given, and returns the ids of the rows
            and the failures.

    Returns:
        ``out``.

    Raises:
        OtherStoreError: ``out`` holds other files, or a store with other settings.
        CannotWriteError: it cannot be written.
    """
    settings = json.loads(json.dumps(settings))
    if _holds(kind, out, settings):
        return out
    work, lock = out.with_name(f"{out.name}.partial"), out.with_name(f"{out.name}.lock")
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with file_lock(lock):
            try:
                if not _holds(kind, out, settings):
                    shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
                    work.mkdir()
                    _fill(kind, work, settings, packages, write)
                    if out.is_dir():
                        out.rmdir()  # it is empty, for others were refused
                    work.replace(out)
            finally:
                shutil.rmtree(work, ignore_errors=True)
                with contextlib.suppress(OSError):
                    lock.unlink()
    return out


def _fill(
    kind: type[Store],
    work: Path,
    settings: dict[str, Any],
    packages: Sequence[str],
    write: Callable[[Path], tuple[list[str], list[dict[str, str]]]],
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    started = time.monotonic()
    ids, failures = write(work)
    seconds = time.monotonic() - started
    text = pa.string()
    pq.write_table(pa.table({"id": pa.array(ids, text)}), work / IDS)
    schema = pa.schema([(name, text) for name in ("id", "code", "message")])
    pq.write_table(pa.Table.from_pylist(failures, schema=schema), work / FAILURES)
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": sha256(file)}
        for file in sorted(work.iterdir())
    }
    manifest = {
        "kind": kind.KIND,
        "format": FORMAT,
        "digest": store_digest(kind, settings),
        "settings": settings,
        "counts": {
            "inputs": len(ids) + len(failures),
            "rows": len(ids),
            "failures": len(failures),
            "failures_by_code": dict(sorted(Counter(one["code"] for one in failures).items())),
        },
        "files": files,
        "versions": versions(*packages),
        "seconds": round(seconds, 3),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (work / MANIFEST).write_text(text, encoding="utf-8")


def store_digest(kind: type[Store], settings: Mapping[str, Any]) -> str:
    """The digest of a store with these settings."""
    return digest({"kind": kind.KIND, "format": FORMAT, **settings})


def _holds(kind: type[Store], out: Path, settings: dict[str, Any]) -> bool:
    """Whether the folder holds this very store.

    Raises:
        OtherStoreError: it holds something else.
    """
    with writing(out):
        taken = out.exists() and (not out.is_dir() or any(out.iterdir()))
    if not taken:
        return False
    try:
        store = kind.open(out)
    except NoStoreError as error:
        raise OtherStoreError(f"{out} holds other files; choose a new folder") from error
    if store.digest != store_digest(kind, settings):
        differing = "; ".join(differences(store.manifest["settings"], settings))
        raise OtherStoreError(
            f"the {kind.KIND} in {out} differ in {differing}; choose another folder"
        )
    return True


def in_chunks(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Result],
    *,
    size: int,
    workers: int,
    what: str,
    progress: bool,
) -> Iterator[Result]:
    """Yields the result of each chunk in order.

    Args:
        items: what to do.
        work: what is done with a chunk; picklable if there are several workers.
        size: items of a chunk.
        workers: processes; one is this process itself.
        what: the name of an item, for the bar.
        progress: show a bar where standard error is a terminal.
    """
    from tqdm import tqdm

    chunks = [items[begin : begin + size] for begin in range(0, len(items), size)]
    if workers == 1:
        results: Iterable[Result] = map(work, chunks)
    else:
        from joblib import Parallel, delayed

        pool = Parallel(n_jobs=workers, return_as="generator", batch_size=1)
        results = pool(delayed(work)(chunk) for chunk in chunks)
    with tqdm(
        total=len(items),
        unit=f" {what}",
        file=sys.stderr,
        disable=not (progress and sys.stderr.isatty()),
        dynamic_ncols=True,
    ) as bar:
        for chunk, result in zip(chunks, results, strict=True):
            yield result
            bar.update(len(chunk))


def _damaged(file: Path, error: BaseException) -> BadStoreError:
    return BadStoreError(
        f"{file} cannot be read ({first_line(error)}); remove {file.parent} and make it again"
    )
