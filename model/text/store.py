"""What a language model made of texts: a vector of each text, or a state of each token.

A store has ``vectors.npy``, (n, width) float32, in the order of the corpus; or ``states.npy``,
(tokens of all texts, width) float16, text after text. Its ``ids.parquet`` tells of each text
``n_tokens`` (before anything is cut), ``truncated``, and with states where they ``end``. Its
manifest adds ``width``, ``truncated``, ``device`` and ``batch_size``, and with states ``layers``.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from crystext.errors import BadStoreError, shown
from crystext.model.stores.store import FORMAT, IDS, Store
from crystext.provenance import digest

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

_WIDEST = 1_000_000


class TextVectors(Protocol):
    """Vectors of texts by the id of their crystal: all that training needs of them.

    Attributes:
        ids: n of them.
        vectors: (n, width).
        width: entries of a vector.
        settings: encoder, section and all else that decides the vectors, JSON values.
        digest: of the settings.
        truncated: texts that were cut off.
        path: where they are, for messages.
    """

    @property
    def ids(self) -> list[str]: ...  # noqa: D102
    @property
    def vectors(self) -> NDArray[np.float32]: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def settings(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def truncated(self) -> int: ...  # noqa: D102
    @property
    def path(self) -> str | Path: ...  # noqa: D102

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """The rows of crystals, in the order of ``ids``."""


class TextStore(Store):
    """What a language model made of texts; opened as one of its two kinds."""

    ARRAY: ClassVar[str]
    DTYPE: ClassVar[str]
    MADE_BY, CACHED_IN = "crystext embed CORPUS", "embeddings"
    PACKAGES = ("numpy", "tokenizers", "torch", "transformers")
    MORE: ClassVar[Mapping[str, Any]] = {"width": int, "truncated": int}

    @classmethod
    def digest_of(cls, settings: Mapping[str, Any]) -> str:
        """The digest of a store with these settings, which name the kind (``trained_layers``)."""
        return digest({"format": FORMAT, **settings})

    @classmethod
    def row(cls, width: int) -> np.dtype:
        """Type and shape of a row of the array."""
        return np.dtype((cls.DTYPE, (width,)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}, {len(self)} x {self.width})"

    @property
    def width(self) -> int:
        """Entries of a vector."""
        return self.manifest["width"]

    @property
    def settings(self) -> dict[str, Any]:
        """The encoder's identity, section, corpus and hash of its texts."""
        return self.manifest["settings"]

    @property
    def truncated(self) -> int:
        """Texts that were cut off."""
        return self.manifest["truncated"]

    @classmethod
    def _as_now(cls, manifest: dict[str, Any]) -> dict[str, Any]:
        """A first manifest of text embeddings said no kind, and counted only rows."""
        if "kind" in manifest or "count" not in manifest:
            return manifest
        files, rows = manifest.get("files"), manifest["count"]
        names = files if isinstance(files, dict) else ()
        kinds = (one for one in (EmbeddingStore, StateStore) if f"{one.ARRAY}.npy" in names)
        counts = {"inputs": rows, "rows": rows, "failures": 0, "failures_by_code": {}}
        return manifest | {"kind": getattr(next(kinds, None), "KIND", None), "counts": counts}

    @classmethod
    def _problems(cls, manifest: dict[str, Any]) -> Iterator[str]:
        found = list(super()._problems(manifest))
        yield from found
        if not found and not 0 < manifest["width"] <= _WIDEST:
            yield f"width is {shown(manifest['width'])}, which no vector has"


class EmbeddingStore(TextStore):
    """Text embeddings in a folder; made by :meth:`open`."""

    KIND, ARRAY, DTYPE = "text embeddings", "vectors", "<f4"

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """All vectors (n, width), float32, mapped into memory.

        Raises:
            BadStoreError: the file is damaged.
        """
        return self.array(self.ARRAY, self.row(self.width), len(self))


class StateStore(TextStore):
    """Hidden states of all tokens of texts, where they enter the layers that are trained.

    States are rounded to float16 (half the memory; 0.05 % of each number at most), which is part of
    what they are: prediction rounds them in the same way.
    """

    KIND, ARRAY, DTYPE = "token states", "states", "<f2"
    MORE: ClassVar[Mapping[str, Any]] = {**TextStore.MORE, "layers": {"number": int, "config": {}}}

    @property
    def layers(self) -> dict[str, Any]:
        """``number`` of layers that are left to be trained, and the encoder's ``config``."""
        return self.manifest["layers"]

    @cached_property
    def states(self) -> NDArray[np.float16]:
        """States of all tokens, text after text (tokens, width), float16, mapped into memory.

        Raises:
            BadStoreError: the file is damaged.
        """
        return self.array(self.ARRAY, self.row(self.width), int(self.ends[-1]))

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """(n + 1,): the states of text i stand from entry i to entry i + 1.

        Raises:
            BadStoreError: the file is damaged.
        """
        if "end" not in self.table.column_names:
            raise BadStoreError(
                f"{self.path / IDS} does not say where states end; remove {self.path} and make it "
                "again"
            )
        return np.concatenate([[0], self.table["end"].to_numpy()]).astype(np.int64)

    def of(self, row: int) -> NDArray[np.float16]:
        """The states of one text (tokens, width)."""
        return self.states[self.ends[row] : self.ends[row + 1]]


def open_store(path: str | os.PathLike[str]) -> EmbeddingStore | StateStore:
    """Opens a finished store of either kind.

    Raises:
        NoStoreError: the folder holds none.
        BadStoreError: files are missing, cut, damaged or of another format.
    """
    return (
        StateStore if (Path(path) / f"{StateStore.ARRAY}.npy").is_file() else EmbeddingStore
    ).open(path)


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
