"""A part: what became of one chunk of inputs, as bytes that tell whether they are whole.

One line of JSON (a SHA-256 of all the rest, the codes of failures) and three Arrow streams: rows,
failures and timings. Workers make parts, the journal marks them as those of its build and keeps
them, the last step of a build reads them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True)
class Part:
    """What became of one chunk.

    Attributes:
        inputs: digest of the inputs, see :attr:`crystext.pipelines.build.chunks.Chunk.digest`.
        rows: a table of the corpus' schema, in the order of the inputs.
        failures: the other inputs.
        timings: one row an input.
    """

    inputs: str
    rows: pa.Table
    failures: pa.Table
    timings: pa.Table

    def to_bytes(self) -> bytes:
        """The part as bytes."""
        sink = pa.BufferOutputStream()
        for table in (self.rows, self.failures, self.timings):
            with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
                writer.write_table(table)
        head = {"inputs": self.inputs, "codes": self.failures["code"].to_pylist()}
        return _joined(head, sink.getvalue())


def marked(data: bytes, build: str) -> bytes:
    """A whole part with the digest of its build in its head, as ``build``."""
    head, (_, _, body) = read_head(data), data.partition(b"\n")
    assert head is not None, "a worker's part is not whole"
    return _joined(head | {"build": build}, body)


def read_head(data: bytes) -> dict[str, Any] | None:
    """The line of JSON at the front, or ``None`` if the bytes are not those of a whole part."""
    line, _, body = data.partition(b"\n")
    try:
        head = json.loads(line)
        found = head.pop("sha256")
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    return head if found == _checksum(head, body) else None


def _joined(head: Mapping[str, Any], body: bytes | pa.Buffer) -> bytes:
    whole = {**head, "sha256": _checksum(head, body)}
    return b"\n".join((json.dumps(whole).encode(), body))


def _checksum(head: Mapping[str, Any], body: bytes | pa.Buffer) -> str:
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    digest.update(body)
    return digest.hexdigest()


def read_part(data: bytes) -> Part:
    """The part of bytes that :func:`read_head` found whole."""
    line, _, _ = data.partition(b"\n")
    streams = pa.BufferReader(memoryview(data)[len(line) + 1 :])
    rows, failures, timings = (pa.ipc.open_stream(streams).read_all() for _ in range(3))
    return Part(json.loads(line)["inputs"], rows, failures, timings)
