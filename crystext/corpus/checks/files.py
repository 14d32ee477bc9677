"""Checks of the files: present, unchanged, listed, of the declared schema, and rightly counted."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from crystext.corpus import layout
from crystext.corpus.checks.subject import Problem, Subject, rows_of
from crystext.corpus.columns import (
    FAILURES,
    TIMINGS,
    Property,
    corpus_schema,
    target_schema,
)
from crystext.corpus.manifest import content_digest
from crystext.corpus.shards import size_and_hash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHORT = 16
_EXPECTED = {layout.CARD, layout.MANIFEST, layout.TIMINGS}


def as_listed(subject: Subject) -> Iterator[Problem]:
    """Every listed file is there, of the listed size, checksum and number of rows."""
    for file in subject.manifest["files"]:
        name = file["path"]
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts:
            yield Problem("files", name, "the manifest lists a path outside of the corpus")
            continue
        path = subject.folder / name
        if not path.is_file():
            yield Problem("files", name, "the file is missing")
            continue
        size, found = size_and_hash(path)
        if size != file["bytes"]:
            message = f"the file has {size:,} bytes, listed are {file['bytes']:,}"
            yield Problem("files", name, message)
        elif found != file["sha256"]:
            message = f"SHA-256 is {found[:_SHORT]}…, listed is {file['sha256'][:_SHORT]}…"
            yield Problem("files", name, message)
        if path in subject.unreadable or path.suffix != ".parquet":
            continue
        held = pq.read_metadata(path).num_rows
        if held != file["rows"]:
            yield Problem("files", name, f"the file holds {held:,} rows, listed {file['rows']:,}")
    for path, reason in subject.unreadable.items():
        yield Problem("files", subject.name(path), f"the file cannot be read ({reason})")


def unlisted(subject: Subject) -> Iterator[Problem]:
    """No other file lies in the folder; names with a leading dot are the tools' own."""
    listed = {file["path"] for file in subject.manifest["files"]} | _EXPECTED
    for path in sorted(subject.folder.rglob("*")):
        name = subject.name(path)
        if path.is_file() and name not in listed and not name.startswith("."):
            yield Problem("unlisted", name, "the manifest does not list this file")
    if (subject.folder / layout.WORK).exists():
        yield Problem("unlisted", layout.WORK, "an unfinished build lies in the folder")


def digest(subject: Subject) -> Iterator[Problem]:
    """The digest of the whole is that of the listed files."""
    if content_digest(subject.manifest["files"]) != subject.manifest["content_digest"]:
        message = "the content digest is not that of the listed files"
        yield Problem("digest", layout.MANIFEST, message)


def card(subject: Subject) -> Iterator[Problem]:
    """The dataset card is there, and its header names the configs."""
    path = subject.folder / layout.CARD
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if not text.strip():
        yield Problem("card", layout.CARD, "the dataset card is missing or empty")
    elif not text.startswith("---\n") or "configs" not in text:
        message = "the card's header names no configs, so load_dataset does not find the splits"
        yield Problem("card", layout.CARD, message)


def properties_of(subject: Subject) -> list[Property]:
    """The declared properties."""
    return [
        Property(one["name"], one["unit"], one["description"], pa.type_for_alias(one["type"]))
        for one in subject.manifest["properties"]
    ]


def schemas(subject: Subject) -> Iterator[Problem]:
    """Columns are exactly the declared ones: names, order, types, nullability, meaning, unit."""
    properties = properties_of(subject)
    rows = corpus_schema(properties, subject.manifest["settings"].get("tokenizers", ()))
    for path in subject.shards(layout.DATA):
        yield from _differences(subject, path, rows)
    for path in subject.shards(layout.FAILURES):
        yield from _differences(subject, path, FAILURES)
    for one in properties:
        for split in layout.SPLITS:
            for path in subject.shards(layout.PROPERTIES, one.name, split=split):
                yield from _differences(subject, path, target_schema(one))
    timings = subject.folder / layout.TIMINGS
    if timings.is_file() and timings not in subject.unreadable:
        yield from _differences(subject, timings, TIMINGS)


def _differences(subject: Subject, path: Path, declared: pa.Schema) -> Iterator[Problem]:
    name, found = subject.name(path), pq.read_schema(path)
    for column in declared.names:
        if column not in found.names:
            yield Problem("schema", name, f"column {column} is missing")
    for column in found.names:
        if column not in declared.names:
            yield Problem("schema", name, f"column {column} is not declared")
    if set(found.names) == set(declared.names) and found.names != declared.names:
        yield Problem("schema", name, "the columns are not in the declared order")
    for field in declared:
        if field.name in found.names:
            for message in _unlike(field, found.field(field.name)):
                yield Problem("schema", name, message)


def _unlike(field: pa.Field, other: pa.Field) -> Iterator[str]:
    """How a column differs from the declared one of its name."""
    if other.type != field.type:
        yield f"column {field.name} is {other.type}, declared is {field.type}"
    if other.nullable != field.nullable:
        may = "may" if other.nullable else "must not"
        yield f"column {field.name} {may} be null, declared otherwise"
    for key in (b"unit", b"description"):
        held, wanted = ((one.metadata or {}).get(key) for one in (other, field))
        if held != wanted:
            yield f"{key.decode()} of column {field.name} is {held!r}, declared is {wanted!r}"


def counts(subject: Subject) -> Iterator[Problem]:
    """Inputs are rows and failures, as many as the files hold, by code as well."""
    told = subject.manifest["counts"]
    if told["inputs"] != told["rows"] + told["failures"]:
        message = f"{told['inputs']:,} inputs are not {told['rows']:,} rows and "
        yield Problem("counts", layout.MANIFEST, f"{message}{told['failures']:,} failures")
    rows = sum(pq.read_metadata(path).num_rows for path in subject.shards(layout.DATA))
    codes = Counter(code for (code,) in rows_of(subject.shards(layout.FAILURES), "code"))
    held_counts = {"rows": rows, "failures": sum(codes.values())}
    if "noted" in told and all(
        "notes" in pq.read_schema(path).names for path in subject.shards(layout.DATA)
    ):
        notes = rows_of(subject.shards(layout.DATA), "notes")
        held_counts["noted"] = sum(bool(one) for (one,) in notes)
    for what, held in held_counts.items():
        if held != told[what]:
            message = f"the files hold {held:,} {what}, the manifest counts {told[what]:,}"
            yield Problem("counts", what, message)
    by_code = told["failures_by_code"]
    for code in sorted(codes.keys() | by_code.keys()):
        if codes[code] != by_code.get(code, 0):
            message = f"{codes[code]:,} failures, the manifest counts {by_code.get(code, 0):,}"
            yield Problem("counts", code, message)
