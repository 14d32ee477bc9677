"""Embeddings that are being made: what is done stays done, whenever the process ends.

Beside ``OUT`` stands ``OUT.partial`` with the settings, the array of vectors or token states (a
mapped file of full size) and the number of batches that are done. The array reaches the disk before
that number does. When all are done the folder is renamed to ``OUT``.
"""

from __future__ import annotations

import contextlib
import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crystext.errors import CannotWriteError, OtherEmbeddingsError
from crystext.files import read_json, sha256, sync_folder, write_json, writing
from crystext.model.text.store import IDS, MANIFEST, EmbeddingStore
from crystext.pipelines.file_lock import try_file_lock
from crystext.provenance import differences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from crystext.model.text.store import TextStore

SUFFIX = ".partial"
SETTINGS, PROGRESS, LOCK = "settings.json", "progress.json", "lock"
INTERVAL = 2.0
"""Seconds between two moments at which what is done is written for good."""
_SHOWN = 5


class Unfinished:
    """The embeddings that are being made for one folder; locked against other processes.

    Args:
        out: the folder of the finished store.
        settings: all that decides bytes; going on must bring the same.
        shape: of the array (rows, width).
        kind: of the finished store; names the array and its type.

    Attributes:
        array: to write into (rows, width).
        done: batches that need not be made again.
        seconds: that earlier runs took for them.

    Raises:
        OtherEmbeddingsError: there are unfinished ones with other settings, or another process
            makes them now.
        CannotWriteError: the folder cannot be written.
    """

    def __init__(
        self,
        out: Path,
        settings: Mapping[str, Any],
        shape: tuple[int, int],
        kind: type[TextStore] = EmbeddingStore,
    ) -> None:
        self.out, self.work = out, out.with_name(out.name + SUFFIX)
        self.kind = kind
        settings = json.loads(json.dumps(settings))
        with writing(self.work), ExitStack() as stack:
            self.work.mkdir(parents=True, exist_ok=True)
            if not stack.enter_context(try_file_lock(self.work / LOCK)):
                raise OtherEmbeddingsError(f"another process embeds into {out}; wait for its end")
            old = read_json(self.work / SETTINGS)
            self._refuse(old, settings)
            if old is None:
                self._begin(settings, shape)
            progress = read_json(self.work / PROGRESS) or {"done": 0, "seconds": 0.0}
            self.done, self.seconds = progress["done"], progress["seconds"]
            self.array = np.lib.format.open_memmap(self.work / kind.ARRAY, mode="r+")
            self._started = self._written = time.monotonic()
            self._open = stack.pop_all()

    def write(self, rows: NDArray[np.int64], values: NDArray[np.floating]) -> None:
        """Takes the rows of the next batch; from time to time all that came is made to last.

        Raises:
            CannotWriteError: they cannot be written.
        """
        self.array[rows] = values
        self.done += 1
        if time.monotonic() - self._written >= INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Makes what is done last, also through a loss of power.

        Raises:
            CannotWriteError: it cannot be written.
        """
        now = time.monotonic()
        with writing(self.work):
            self.array.flush()
            done = {"done": self.done, "seconds": self.seconds + now - self._started}
            write_json(self.work / PROGRESS, done)
        self._written = now

    def finish(self, ids: pa.Table, manifest: Mapping[str, Any]) -> None:
        """Writes ids and manifest, and renames the folder into place.

        Args:
            ids: the table of ``ids.parquet``.
            manifest: without ``files`` and ``seconds``, which are added here.

        Raises:
            CannotWriteError: it cannot be written.
        """
        import pyarrow.parquet as pq

        self.flush()
        seconds = self.seconds + time.monotonic() - self._started
        self.array = None
        with writing(self.work):
            pq.write_table(ids, self.work / IDS)
            files = {
                name: {
                    "bytes": (self.work / name).stat().st_size,
                    "sha256": sha256(self.work / name),
                }
                for name in (self.kind.ARRAY, IDS)
            }
            whole = {**manifest, "files": files, "seconds": round(seconds, 3)}
            write_json(self.work / MANIFEST, whole)
            self.close()
            for name in (SETTINGS, PROGRESS, LOCK):
                (self.work / name).unlink(missing_ok=True)
            if self.out.is_dir():
                self.out.rmdir()  # it is empty, for others were refused
            self.work.replace(self.out)
            sync_folder(self.out.parent)

    def close(self) -> None:
        """Lets go of the files."""
        self.array = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.array is not None:
            with contextlib.suppress(CannotWriteError):  # what stopped the work is told instead
                self.flush()
        self.close()

    def _begin(self, settings: Mapping[str, Any], shape: tuple[int, int]) -> None:
        (self.work / PROGRESS).unlink(missing_ok=True)
        np.lib.format.open_memmap(
            self.work / self.kind.ARRAY, mode="w+", dtype=self.kind.DTYPE, shape=shape
        ).flush()
        write_json(self.work / SETTINGS, settings)  # last: with it the rest is there

    def _refuse(self, old: dict[str, Any] | None, settings: Mapping[str, Any]) -> None:
        differing = [] if old is None else differences(old, settings)
        if differing:
            raise OtherEmbeddingsError(
                f"the unfinished embeddings in {self.work} differ in {'; '.join(differing)}: embed "
                "as before, choose another --out, or remove that folder"
            )
