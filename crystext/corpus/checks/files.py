"""Checks of the files: present, unchanged, listed, of the declared schema, and rightly counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crystext.corpus import layout
from crystext.corpus.checks.subject import Subject
from crystext.corpus.manifest import content_digest, read_manifest
from crystext.corpus.unfinished import unfinished
from crystext.errors import BadCorpusError, UnfinishedCorpusError, all_codes, first_line, shown
from crystext.files import sha256
from crystext.provenance import digest as settings_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from crystext.corpus.checks.subject import Finding
    from crystext.corpus.manifest import Manifest

_SHORT = 16
_EXPECTED = {layout.CARD, layout.MANIFEST, layout.TIMINGS}


def check_files(folder: Path) -> Manifest:
    """The manifest of a corpus, once every file has proved to be the one that it lists.

    Raises:
        NoCorpusError: the folder is missing, or holds no corpus.
        UnfinishedCorpusError: a build in it has not ended.
        BadCorpusError: the manifest is damaged, a file is missing, was changed or is not listed,
            or the counts do not add up.
    """
    manifest = read_manifest(folder)
    if (folder / layout.WORK).exists():
        raise UnfinishedCorpusError(unfinished(folder))
    subject = Subject(folder, manifest)
    ours = (f"{layout.DATA}/", f"{layout.FAILURES}/", f"{layout.PROPERTIES}/")
    extra = (one for one in unlisted(subject) if one[0].startswith(ours))
    for path, message in chain(extra, as_listed(subject), totals(subject)):
        raise BadCorpusError(f"{folder / path}: {message}; build again")
    return manifest


def as_listed(subject: Subject) -> Iterator[tuple[str, str]]:
    """Every listed file is there, of the listed size, checksum and number of rows."""
    for file in subject.manifest["files"]:
        if message := _unlike_listed(subject, file):
            yield file["path"], message
            continue
        read = subject.files.get(subject.folder / file["path"])
        if read is not None and read.damage is None and read.rows != file["rows"]:
            yield file["path"], f"the file holds {read.rows:,} rows, listed {file['rows']:,}"
    for path, read in subject.files.items():
        if read.damage is not None:
            yield subject.name(path), f"the file cannot be read ({read.damage})"
    yield from _names(subject)


def _unlike_listed(subject: Subject, file: Mapping[str, Any]) -> str | None:
    """How a file differs from what the manifest lists, as far as its bytes say."""
    path = subject.folder / file["path"]
    inside = PurePosixPath(file["path"])
    if inside.is_absolute() or ".." in inside.parts:
        return "the manifest lists a path outside of the corpus"
    if not path.is_file():
        return "the file is missing"
    if (size := path.stat().st_size) != file["bytes"]:
        return f"the file has {size:,} bytes, listed are {file['bytes']:,}"
    try:
        found = sha256(path)
    except OSError as error:
        return f"the file cannot be read ({first_line(error)})"
    if found != file["sha256"]:
        return f"SHA-256 is {found[:_SHORT]}…, listed is {shown(file['sha256'][:_SHORT])}…"
    return None


def _names(subject: Subject) -> Iterator[tuple[str, str]]:
    """The shards of a split are numbered from 0, and each says how many there are."""
    splits = defaultdict(list)
    for file in subject.manifest["files"]:
        path = PurePosixPath(file["path"])
        splits[path.parent, path.name.split("-")[0]].append(path.name)
    for (folder, split), names in splits.items():
        wanted = [layout.shard_name(split, index, len(names)) for index in range(len(names))]
        for name in sorted(set(names) - set(wanted)):
            message = f"no such name among {len(names)} shards of {split}: they begin {wanted[0]}"
            yield str(folder / name), message


def unlisted(subject: Subject) -> Iterator[tuple[str, str]]:
    """No other file lies in the folder; names with a leading dot are the tools' own."""
    listed = {file["path"] for file in subject.manifest["files"]} | _EXPECTED
    for path in sorted(subject.folder.rglob("*")):
        name = subject.name(path)
        if path.is_file() and name not in listed and not name.startswith("."):
            yield name, "the manifest does not list this file"
    if (subject.folder / layout.WORK).exists():
        yield layout.WORK, "an unfinished build lies in the folder"


def digest(subject: Subject) -> Iterator[Finding]:
    """The digests of the whole are those of the listed files and of the settings."""
    manifest = subject.manifest
    if content_digest(manifest["files"]) != manifest["content_digest"]:
        yield layout.MANIFEST, "the content digest is not that of the listed files"
    found = settings_digest(manifest["settings"])
    if found != manifest["settings_digest"]:
        told = shown(manifest["settings_digest"])
        yield layout.MANIFEST, f"the settings digest is {told}, that of the settings is {found!r}"


def schemas(subject: Subject) -> Iterator[Finding]:
    """Columns are exactly the declared ones: names, order, types, no null, meaning, unit."""
    for path, declared in subject.tables():
        read, name = subject.files[path], subject.name(path)
        for message in _differences(read.schema, declared):
            yield name, message
        for field in declared:
            if not field.nullable and read.nulls[field.name]:
                nulls = f"{read.nulls[field.name]:,} nulls"
                yield name, f"column {field.name} holds {nulls}, and must not"


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


def counts(subject: Subject) -> Iterator[Finding]:
    """Inputs are rows and failures, as many as the files hold, by code as well."""
    yield from totals(subject)
    told = subject.manifest["counts"]
    codes = Counter(code for (code,) in subject.failures("code"))
    by_code = told["failures_by_code"]
    for code in sorted(codes.keys() | by_code.keys()):
        if codes[code] != by_code.get(code, 0):
            yield code, f"{codes[code]:,} failures, the manifest counts {by_code.get(code, 0):,}"
    for code in sorted(codes.keys() - all_codes().keys()):
        yield code, "crystext has no error with this code"
    yield from _asked(subject, told["inputs"])


def totals(subject: Subject) -> Iterator[tuple[str, str]]:
    """Inputs are rows and failures, as many as the files hold."""
    told = subject.manifest["counts"]
    if told["inputs"] != told["rows"] + told["failures"]:
        held = f"{told['rows']:,} rows and {told['failures']:,} failures"
        yield layout.MANIFEST, f"{told['inputs']:,} inputs are not {held}"
    numbers = {
        what: sum(subject.files[path].rows for path in subject.shards(folder))
        for what, folder in (("rows", layout.DATA), ("failures", layout.FAILURES))
    }
    if "noted" in told and "notes" in subject.columns():
        numbers["noted"] = sum(bool(notes) for (notes,) in subject.rows("notes"))
    for what, number in numbers.items():
        if number != told[what]:
            yield what, f"the files hold {number:,} {what}, the manifest counts {told[what]:,}"


def _asked(subject: Subject, inputs: int) -> Iterator[Finding]:
    """As many inputs as the settings ask for, and as many rows in each shard."""
    settings = subject.manifest["settings"]
    ids, limit = settings.get("ids"), settings.get("limit")
    if limit is not None and inputs > limit:
        yield layout.MANIFEST, f"{inputs:,} inputs are counted, at most {limit:,} were asked for"
    expected = subject.manifest["source"].get("expected")
    if ids is None and limit is None and expected is not None and inputs != expected:
        yield layout.MANIFEST, f"{inputs:,} inputs are counted, the whole source has {expected:,}"
    size = settings.get("rows_per_shard")
    for path in subject.shards(layout.DATA)[:-1]:
        if size is not None and subject.files[path].rows != size:
            message = f"{subject.files[path].rows:,} rows, the settings say {size:,} for each shard"
            yield subject.name(path), message
