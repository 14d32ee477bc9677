"""A part: what became of one chunk of inputs, as bytes that tell whether they are whole.

One line of JSON (a SHA-256 of everything else, and lengths of what follows) and three Arrow
streams: rows, failures and timings. Workers make parts, the journal marks them as those of its
build and keeps them, the last step of a build reads them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        streams = [_stream(table) for table in (self.rows, self.failures, self.timings)]
        body = b"".join(streams)
        head = {
            "inputs": self.inputs,
            "lengths": [len(stream) for stream in streams],
            "rows": len(self.rows),
            "codes": self.failures["code"].to_pylist(),
        }
        return _joined(head, body)


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


def _joined(head: Mapping[str, Any], body: bytes) -> bytes:
    whole = {**head, "sha256": _checksum(head, body)}
    return json.dumps(whole).encode() + b"\n" + body


def _checksum(head: Mapping[str, Any], body: bytes) -> str:
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    digest.update(body)
    return digest.hexdigest()


def read_part(data: bytes) -> Part:
    """The part of bytes that :func:`read_head` found whole."""
    line, _, _ = data.partition(b"\n")
    head = json.loads(line)
    return Part(head["inputs"], *_tables(memoryview(data)[len(line) + 1 :], head["lengths"]))


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _tables(body: memoryview, lengths: Sequence[int]) -> list[pa.Table]:
    tables, start = [], 0
    for length in lengths:
        with pa.ipc.open_stream(pa.py_buffer(body[start : start + length])) as reader:
            tables.append(reader.read_all())
        start += length
    return tables
