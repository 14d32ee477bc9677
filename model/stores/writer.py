"""A store that is being made: what is done stays done, whenever the process ends.

Beside ``OUT`` stands ``OUT.partial`` with the settings, the arrays, and the number of chunks that
are done. The rows of a chunk reach the disk before that number does. When all are done the folder
is renamed to ``OUT``; until then it can be removed, which loses what is done and nothing else.
``OUT.lock`` is held by the process that makes the store. Others wait, and open what it made.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar

import numpy as np

from crystext.errors import BadStoreError, CannotWriteError, OtherStoreError
from crystext.files import read_json, sha256, sync_folder, write_json, writing, written_aside
from crystext.model.stores.store import FAILURES, FORMAT, IDS, MANIFEST, Store
from crystext.pipelines.file_lock import file_lock
from crystext.provenance import differences, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=Store)
PARTIAL, LOCK = ".partial", ".lock"
SETTINGS, PROGRESS, ROWS = "settings.json", "progress.json", "rows.jsonl"
INTERVAL = 2.0
"""Seconds between two moments at which what is done is written for good."""


def make_store(
    kind: type[Kind],
    out: Path,
    settings: Mapping[str, Any],
    fill: Callable[[StoreWriter], None],
    made_with: Mapping[str, Any] | None = None,
) -> Kind:
    """Opens the store that the folder holds, or makes it, going on with what is unfinished there.

    Args:
        kind: of the store.
        out: its folder.
        settings: all that decides its rows, JSON values.
        fill: writes what is not done and calls :meth:`StoreWriter.finish`.
        made_with: what is noted and has to be the same for going on, as versions of packages have,
            though rows are equal but for rounding whatever it is.

    Raises:
        OtherStoreError: ``out`` holds other files, or a store with other settings; or an
            unfinished one lies beside it that was begun with others.
        CannotWriteError: it cannot be written.
    """
    settings = json.loads(json.dumps(settings))
    store = kind.find(out, settings)
    if store is not None:
        return store
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    lock = out.with_name(out.name + LOCK)
    with file_lock(lock):
        store = kind.find(out, settings)  # another process may have made it meanwhile
        if store is None:
            with StoreWriter(kind, out, settings, made_with or {}) as writer:
                fill(writer)
            store = kind.open(out)
        with contextlib.suppress(OSError):
            lock.unlink()  # whoever waits for it finds the store
    return store


class StoreWriter:
    """The unfinished store of one folder, open for writing; made by :func:`make_store`.

    Rows come in chunks, either into arrays of known length (:meth:`whole`), in any order, or one
    chunk behind the other (:meth:`grow`, :meth:`append`). After each, :meth:`chunk_done`.

    Attributes:
        done: chunks that need not be made again.

    Raises:
        OtherStoreError: it was begun with other settings.
        BadStoreError: its files are damaged.
        CannotWriteError: it cannot be written.
    """

    def __init__(
        self,
        kind: type[Store],
        out: Path,
        settings: Mapping[str, Any],
        made_with: Mapping[str, Any],
    ) -> None:
        self._kind, self._out, self._work = kind, out, out.with_name(out.name + PARTIAL)
        self._settings, self._made_with = settings, made_with
        self._versions = versions(*kind.PACKAGES)
        self._whole: dict[str, np.memmap] = {}
        self._growing: dict[str, BinaryIO] = {}
        self._types: dict[str, np.dtype] = {}
        self._heads: dict[str, int] = {}
        self._stack = ExitStack()
        with writing(self._work):
            self._begin()
            progress = read_json(self._work / PROGRESS) or {"done": 0, "seconds": 0.0}
        self.done, self._before = progress["done"], progress["seconds"]
        self._bytes: dict[str, int] = progress.get("bytes", {})
        self._started = self._written = time.monotonic()

    def whole(self, name: str, row: np.dtype, rows: int) -> np.memmap:
        """An array of known length, to write rows into.

        Args:
            name: of the file without ``.npy``.
            row: type and shape of a row.
            rows: how many.
        """
        path, shape = self._work / f"{name}.npy", (rows, *row.shape)
        with writing(path):
            if not self.done:
                np.lib.format.open_memmap(path, mode="w+", dtype=row.base, shape=shape).flush()
            self._whole[path.name] = np.lib.format.open_memmap(path, mode="r+")
        return self._whole[path.name]

    def grow(self) -> None:
        """Opens the arrays to which chunks are appended, and the list of their crystals."""
        self._types = self._kind.types(self._settings)
        with writing(self._work):
            for name in self._types:
                file, size = self._open(f"{name}.npy")
                self._heads[name] = self._header(name)
                file.seek(0, os.SEEK_END)
                if not size and name in self._kind.OFFSETS:
                    file.write(np.zeros(1, self._types[name]).data)
            self._open(ROWS)

    def append(
        self,
        arrays: Mapping[str, NDArray[Any]],
        ids: Sequence[str],
        failures: Sequence[Mapping[str, str]],
    ) -> None:
        """Adds the rows of some crystals, and the crystals that have none.

        Args:
            arrays: typed as they are stored, by name; none for no rows. Of offsets, the number of
                rows of each crystal.
            ids: of the crystals with rows.
            failures: ``id``, ``code`` and ``message`` of the others.
        """
        with writing(self._work):
            begins = {of: self._rows(of) for of in self._kind.OFFSETS.values()}
            for name, array in arrays.items():
                of = self._kind.OFFSETS.get(name)
                placed = array if of is None else begins[of] + array.cumsum()
                self._growing[f"{name}.npy"].write(np.ascontiguousarray(placed).data)
            line = json.dumps({"ids": ids, "failures": failures})
            self._growing[ROWS].write(line.encode() + b"\n")

    def chunk_done(self) -> None:
        """Counts a chunk; from time to time all that came is made to last.

        Raises:
            CannotWriteError: it cannot be written.
        """
        sizes = {name: file.tell() for name, file in self._growing.items()}
        self.done, self._bytes = self.done + 1, sizes  # at once, for Ctrl-C may come any time
        if time.monotonic() - self._written >= INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Makes what is done last, also through a loss of power.

        Raises:
            CannotWriteError: it cannot be written.
        """
        with writing(self._work):
            for array in self._whole.values():
                array.flush()
            for file in self._growing.values():
                file.flush()
                os.fsync(file.fileno())
            progress = {"done": self.done, "seconds": self._seconds(), "bytes": self._bytes}
            write_json(self._work / PROGRESS, progress)
        self._written = time.monotonic()

    def finish(self, table: pa.Table | None = None, **more: Any) -> None:
        """Writes ids and manifest, and renames the folder into place.

        Args:
            table: of ``ids.parquet``, where no crystal can fail; what was appended if ``None``.
            more: what the manifest says beside what all manifests say.

        Raises:
            CannotWriteError: it cannot be written.
        """
        import pyarrow.parquet as pq

        with writing(self._work):
            for name in self._types:
                self._header(name, self._rows(name))
            self.flush()
            arrays = [*(f"{name}.npy" for name in self._types), *self._whole]
            tables = self._appended() if table is None else {IDS: table}
            self._close()
            for name, one in tables.items():
                with written_aside(self._work / name) as aside:
                    pq.write_table(one, aside)
            files = sorted([*arrays, *tables])
            manifest = self._manifest(tables, files, more)
            write_json(self._work / MANIFEST, manifest)
            if self._out.is_dir():
                self._out.rmdir()  # it is empty, for others were refused
            self._work.replace(self._out)
            sync_folder(self._out.parent)
            for path in self._out.iterdir():
                if path.name not in {*files, MANIFEST}:
                    path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            with contextlib.suppress(CannotWriteError):  # what stopped the work is told instead
                self.flush()
        self._close()

    def _begin(self) -> None:
        named = {f"version of {k}": v for k, v in self._versions.items() if k != "python"}
        told = {**self._settings, **self._made_with, **named}
        old = read_json(self._work / SETTINGS)
        if old is None:  # nothing that can be gone on with
            shutil.rmtree(self._work, ignore_errors=True)
            self._work.mkdir()
            write_json(self._work / SETTINGS, told)
        elif differing := differences(old, told):
            raise OtherStoreError(
                f"the unfinished {self._kind.KIND} in {self._work} differ in "
                f"{'; '.join(differing)}: go on as before, choose another folder, or remove that "
                "one"
            )

    def _open(self, name: str) -> tuple[BinaryIO, int]:
        """Opens a file that grows, and says how many bytes of it are done."""
        path, size = self._work / name, self._bytes.get(name, 0)
        path.touch()
        if path.stat().st_size < size:
            raise BadStoreError(
                f"{path} has lost what was written; remove {self._work}, and it is made again"
            )
        file = self._growing[name] = self._stack.enter_context(path.open("r+b"))
        file.truncate(size)  # what came behind is of a chunk that was not done
        file.seek(size)
        return file, size

    def _header(self, name: str, rows: int = 0) -> int:
        """Writes the header of a .npy file, whose length is that of any; numpy leaves room."""
        file, row = self._growing[f"{name}.npy"], self._types[name]
        file.seek(0)
        head = {"descr": row.base.str, "fortran_order": False, "shape": (rows, *row.shape)}
        np.lib.format.write_array_header_1_0(file, head)
        return file.tell()

    def _rows(self, name: str) -> int:
        """How many rows an array has that grows."""
        size = self._growing[f"{name}.npy"].tell() - self._heads[name]
        rows, rest = divmod(size, self._types[name].itemsize)
        assert not rest, f"{name} ends within a row"
        return rows

    def _appended(self) -> dict[str, pa.Table]:
        """The tables of the crystals with and without rows."""
        import pyarrow as pa

        file, text = self._growing[ROWS], pa.string()
        file.seek(0)
        chunks = [json.loads(line) for line in file]
        ids = [one for chunk in chunks for one in chunk["ids"]]
        failures = [one for chunk in chunks for one in chunk["failures"]]
        schema = pa.schema([(name, text) for name in ("id", "code", "message")])
        return {
            IDS: pa.table({"id": pa.array(ids, text)}),
            FAILURES: pa.Table.from_pylist(failures, schema=schema),
        }

    def _manifest(
        self, tables: Mapping[str, pa.Table], files: Sequence[str], more: Mapping[str, Any]
    ) -> dict[str, Any]:
        codes = tables[FAILURES]["code"].to_pylist() if FAILURES in tables else []
        rows = len(tables[IDS])
        return {
            "kind": self._kind.KIND,
            "format": FORMAT,
            "digest": self._kind.digest_of(self._settings),
            "settings": self._settings,
            "counts": {
                "inputs": rows + len(codes),
                "rows": rows,
                "failures": len(codes),
                "failures_by_code": dict(sorted(Counter(codes).items())),
            },
            **more,
            **self._made_with,
            "files": {
                name: {
                    "bytes": (self._work / name).stat().st_size,
                    "sha256": sha256(self._work / name),
                }
                for name in files
            },
            "versions": self._versions,
            "seconds": round(self._seconds(), 3),
        }

    def _seconds(self) -> float:
        """That the work took, in earlier runs too."""
        return self._before + time.monotonic() - self._started

    def _close(self) -> None:
        self._whole, self._growing = {}, {}
        self._stack.close()
