"""Checks of the files: present, unchanged, listed, of the declared schema, and rightly counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from crystext.corpus import layout
from crystext.corpus.checks.subject import Problem, Subject
from crystext.corpus.manifest import content_digest
from crystext.corpus.shards import size_and_hash
from crystext.errors import all_codes, first_line, shown
from crystext.provenance import digest as settings_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

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
        try:
            size, found = size_and_hash(path)
        except OSError as error:
            yield Problem("files", name, f"the file cannot be read ({first_line(error)})")
            continue
        if size != file["bytes"]:
            message = f"the file has {size:,} bytes, listed are {file['bytes']:,}"
            yield Problem("files", name, message)
        elif found != file["sha256"]:
            message = f"SHA-256 is {found[:_SHORT]}…, listed is {shown(file['sha256'][:_SHORT])}…"
            yield Problem("files", name, message)
        read = subject.files.get(path)
        if read is not None and read.damage is None and read.rows != file["rows"]:
            message = f"the file holds {read.rows:,} rows, listed {file['rows']:,}"
            yield Problem("files", name, message)
    for path, read in subject.files.items():
        if read.damage is not None:
            message = f"the file cannot be read ({read.damage})"
            yield Problem("files", subject.name(path), message)
    yield from _names(subject)


def _names(subject: Subject) -> Iterator[Problem]:
    """The shards of a split are numbered from 0, and each says how many there are."""
    splits = defaultdict(list)
    for file in subject.manifest["files"]:
        path = PurePosixPath(file["path"])
        splits[path.parent, path.name.split("-")[0]].append(path.name)
    for (folder, split), names in splits.items():
        wanted = [layout.shard_name(split, index, len(names)) for index in range(len(names))]
        for name in sorted(set(names) - set(wanted)):
            message = f"no such name among {len(names)} shards of {split}: they begin {wanted[0]}"
            yield Problem("files", str(folder / name), message)


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
    """The digests of the whole are those of the listed files and of the settings."""
    manifest = subject.manifest
    if content_digest(manifest["files"]) != manifest["content_digest"]:
        message = "the content digest is not that of the listed files"
        yield Problem("digest", layout.MANIFEST, message)
    found = settings_digest(manifest["settings"])
    if found != manifest["settings_digest"]:
        told = shown(manifest["settings_digest"])
        message = f"the settings digest is {told}, that of the settings is {found!r}"
        yield Problem("digest", layout.MANIFEST, message)


def schemas(subject: Subject) -> Iterator[Problem]:
    """Columns are exactly the declared ones: names, order, types, no null, meaning, unit."""
    for path, declared in subject.tables():
        read, name = subject.files[path], subject.name(path)
        for message in _differences(read.schema, declared):
            yield Problem("schema", name, message)
        for field in declared:
            if not field.nullable and read.nulls[field.name]:
                message = (
                    f"column {field.name} holds {read.nulls[field.name]:,} nulls, and must not"
                )
                yield Problem("schema", name, message)


def _differences(found: pa.Schema, declared: pa.Schema) -> Iterator[str]:
    for column in declared.names:
        if column not in found.names:
            yield f"column {column} is missing"
    for column, times in Counter(found.names).items():
        if column not in declared.names:
            yield f"column {shown(column)} is not declared"
        elif times > 1:
            yield f"column {column} is there {times} times"
    if set(found.names) == set(declared.names) and found.names != declared.names:
        yield "the columns are not in the declared order"
    for field in declared:
        if found.names.count(field.name) == 1:
            yield from _unlike(field, found.field(field.name))


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
    held = {
        what: sum(subject.files[path].rows for path in subject.shards(folder))
        for what, folder in (("rows", layout.DATA), ("failures", layout.FAILURES))
    }
    if "noted" in told and "notes" in subject.columns():
        held["noted"] = sum(bool(notes) for (notes,) in subject.rows("notes"))
    for what, number in held.items():
        if number != told[what]:
            message = f"the files hold {number:,} {what}, the manifest counts {told[what]:,}"
            yield Problem("counts", what, message)
    codes = Counter(code for (code,) in subject.failures("code"))
    by_code = told["failures_by_code"]
    for code in sorted(codes.keys() | by_code.keys()):
        if codes[code] != by_code.get(code, 0):
            message = f"{codes[code]:,} failures, the manifest counts {by_code.get(code, 0):,}"
            yield Problem("counts", code, message)
    for code in sorted(codes.keys() - all_codes().keys()):
        yield Problem("counts", code, "crystext has no error with this code")
    yield from _asked(subject, told["inputs"])


def _asked(subject: Subject, inputs: int) -> Iterator[Problem]:
    """As many inputs as the settings ask for, and as many rows in each shard."""
    settings = subject.manifest["settings"]
    ids, limit = settings.get("ids"), settings.get("limit")
    if limit is not None and inputs > limit:
        message = f"{inputs:,} inputs are counted, at most {limit:,} were asked for"
        yield Problem("counts", layout.MANIFEST, message)
    expected = subject.manifest["source"].get("expected")
    if ids is None and limit is None and expected is not None and inputs != expected:
        message = f"{inputs:,} inputs are counted, the whole source has {expected:,}"
        yield Problem("counts", layout.MANIFEST, message)
    size = settings.get("rows_per_shard")
    for path in subject.shards(layout.DATA)[:-1]:
        if size is not None and subject.files[path].rows != size:
            message = f"{subject.files[path].rows:,} rows, the settings say {size:,} for each shard"
            yield Problem("counts", subject.name(path), message)
