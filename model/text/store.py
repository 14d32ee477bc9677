"""What a language model made of texts, in a folder: an array mapped into memory, ids, settings.

::

    DIR/
      vectors.npy      one vector a text, (n, width) float32, in the order of the corpus; or
      states.npy       one vector a token, (tokens of all texts, width) float16, text after text
      ids.parquet      id, n_tokens (before anything is cut), truncated; with states, where they end
      manifest.json    encoder, settings and their digest, texts, versions, device, seconds

Needs numpy and pyarrow alone. Finished stores are renamed into place, so a folder holds a whole one
or none.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from crystext.errors import BadEmbeddingsError, MissingEmbeddingError, NoEmbeddingsError, first_line

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

FORMAT = 1
MANIFEST, IDS = "manifest.json", "ids.parquet"
VECTORS, STATES = "vectors.npy", "states.npy"
KEYS = ("format", "digest", "settings", "count", "width", "truncated", "files", "versions")
_SHOWN = 3


class TextStore:
    """What a language model made of texts; opened as one of its two kinds.

    Attributes:
        path: the folder.
        manifest: ``settings`` (the encoder's identity, section, corpus and hash of its texts) and
            their ``digest``, ``count``, ``width``, ``truncated``, ``files``, ``versions``,
            ``device``, ``batch_size`` and ``seconds``.
    """

    ARRAY: ClassVar[str]
    HOLDS: ClassVar[str]
    DTYPE: ClassVar[type[np.floating]]

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path, self.manifest = path, manifest

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Opens a finished store.

        Raises:
            NoEmbeddingsError: the folder holds none, or one of the other kind.
            BadEmbeddingsError: files are missing, cut, damaged or of another format.
        """
        path = Path(path)
        manifest = _read_manifest(path)
        if cls.ARRAY not in manifest["files"]:
            raise NoEmbeddingsError(
                f"{path} has no {cls.HOLDS} ({cls.ARRAY}) but {', '.join(manifest['files'])}; "
                "give a store of the other kind"
            )
        for name, size in manifest["files"].items():
            file = path / name
            found = file.stat().st_size if file.is_file() else None
            if found != size["bytes"]:
                state = "is missing" if found is None else f"has {found} bytes, not {size['bytes']}"
                raise BadEmbeddingsError(f"{file} {state}; remove {path} and embed again")
        return cls(path, manifest)

    def __len__(self) -> int:
        return self.manifest["count"]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}, {len(self)} x {self.width})"

    @property
    def width(self) -> int:
        """Entries of a vector."""
        return self.manifest["width"]

    @property
    def digest(self) -> str:
        """Of all that decides the numbers: equal digests, equal numbers."""
        return self.manifest["digest"]

    @cached_property
    def table(self) -> pa.Table:
        """``id``, ``n_tokens`` and ``truncated`` of each row.

        Raises:
            BadEmbeddingsError: the file is damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(self.path / IDS)
        except (OSError, pa.ArrowException) as error:
            raise _damaged(self.path / IDS, error) from error

    @cached_property
    def ids(self) -> list[str]:
        """The crystals' ids, in the order of the vectors."""
        return self.table["id"].to_pylist()

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """The rows of crystals, in the order of ``ids``.

        Raises:
            MissingEmbeddingError: some have none; names the first.
        """
        ids = list(ids)
        rows = [self._rows.get(one, -1) for one in ids]
        missing = [one for one, row in zip(ids, rows, strict=True) if row < 0]
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            names = ", ".join(map(str, missing[:_SHOWN])) + more
            raise MissingEmbeddingError(
                f"{self.path} has no {self.HOLDS} of {names}; embed the corpus that these crystals "
                "are from"
            )
        return np.array(rows, dtype=np.int64)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {one: row for row, one in enumerate(self.ids)}

    def _mapped(self, rows: int) -> np.memmap:
        file = self.path / self.ARRAY
        try:
            found = np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise _damaged(file, error) from error
        if found.shape != (rows, self.width) or found.dtype != self.DTYPE:
            wanted = f"{np.dtype(self.DTYPE)} {(rows, self.width)}"
            raise BadEmbeddingsError(
                f"{file} is {found.dtype} {found.shape}, not {wanted}; remove {self.path} and "
                "embed again"
            )
        return found


class EmbeddingStore(TextStore):
    """Text embeddings in a folder; made by :meth:`open`."""

    ARRAY, HOLDS, DTYPE = VECTORS, "vectors", np.float32

    @cached_property
    def vectors(self) -> np.memmap:
        """All vectors (n, width), float32, mapped into memory.

        Raises:
            BadEmbeddingsError: the file is damaged.
        """
        return self._mapped(len(self))


class StateStore(TextStore):
    """Hidden states of all tokens of texts, where they enter the layers that are trained.

    States are rounded to float16 (half the memory; 0.05 % of each number at most), which is part of
    what they are: prediction rounds them in the same way.
    """

    ARRAY, HOLDS, DTYPE = STATES, "token states", np.float16

    @property
    def layers(self) -> dict[str, Any]:
        """``number`` of layers that are left to be trained, and the encoder's ``config``."""
        return self.manifest["layers"]

    @cached_property
    def states(self) -> np.memmap:
        """States of all tokens, text after text (tokens, width), float16, mapped into memory.

        Raises:
            BadEmbeddingsError: the file is damaged.
        """
        return self._mapped(int(self.ends[-1]))

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """(n + 1,): the states of text i stand from entry i to entry i + 1.

        Raises:
            BadEmbeddingsError: the file is damaged.
        """
        if "end" not in self.table.column_names:
            raise BadEmbeddingsError(
                f"{self.path / IDS} does not say where states end; remove {self.path} and embed "
                "again"
            )
        return np.concatenate([[0], self.table["end"].to_numpy()]).astype(np.int64)

    def of(self, row: int) -> NDArray[np.float16]:
        """The states of one text (tokens, width)."""
        return self.states[self.ends[row] : self.ends[row + 1]]


def open_store(path: str | os.PathLike[str]) -> EmbeddingStore | StateStore:
    """Opens a finished store of either kind.

    Raises:
        NoEmbeddingsError: the folder holds none.
        BadEmbeddingsError: files are missing, cut, damaged or of another format.
    """
    return (StateStore if (Path(path) / STATES).is_file() else EmbeddingStore).open(path)


def ids_table(
    ids: list[str], n_tokens: NDArray, truncated: NDArray, ends: NDArray | None = None
) -> pa.Table:
    """The table of ``ids.parquet``."""
    import pyarrow as pa

    from crystext.corpus.columns import column

    fields = [
        column("id", pa.string(), "id of the crystal", nullable=False),
        column("n_tokens", pa.int32(), "tokens of the text, special ones included", nullable=False),
        column("truncated", pa.bool_(), "whether the text was cut off", nullable=False),
    ]
    columns = [ids, n_tokens, truncated]
    if ends is not None:
        what = "row of the states behind the text's last"
        fields.append(column("end", pa.int64(), what, nullable=False))
        columns.append(ends)
    return pa.table(columns, schema=pa.schema(fields))


def _read_manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    if not file.is_file():
        what = f"holds no {MANIFEST}" if path.is_dir() else "is no folder"
        raise NoEmbeddingsError(f"{path} {what}; make text embeddings with: crystext embed")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(file, error) from error
    missing = [key for key in KEYS if not isinstance(manifest, dict) or key not in manifest]
    if missing:
        raise NoEmbeddingsError(f"{file} has no {missing[0]!r}; it is not of text embeddings")
    if manifest["format"] != FORMAT:
        raise BadEmbeddingsError(
            f"{path} has format {manifest['format']!r}, this crystext reads {FORMAT}; embed again"
        )
    return manifest


def _damaged(file: Path, error: BaseException) -> BadEmbeddingsError:
    return BadEmbeddingsError(
        f"{file} cannot be read ({first_line(error)}); remove {file.parent} and embed again"
    )
