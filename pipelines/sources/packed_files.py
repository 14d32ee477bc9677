"""Structure files in a zip, or behind a glob."""

from __future__ import annotations

import glob
import zipfile
import zlib
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crystext.crystal import Failure
from crystext.errors import (
    FileTooLargeError,
    InputError,
    NoStructureFilesError,
    TruncatedFileError,
    UnreadableFileError,
    first_line,
    shown,
)
from crystext.formats.names import PATTERNS
from crystext.ids import with_own_id

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from crystext.unread import UnreadCrystal


UNPACKING = (OSError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError)
"""What unpacking a member raises: it is damaged, encrypted, or its name is too long."""


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Opens a zip whose end says that it is one.

    Raises:
        TruncatedFileError: its list of files is damaged, or gives names that are no text.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, ValueError) as error:
        message = f"{shown(path.name)} cannot be unpacked ({first_line(error)}); pack it again"
        raise TruncatedFileError(message) from error
    with archive:
        yield archive


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of a zip in the order of their names, without hidden ones."""
    visible = [one for one in archive.infolist() if not (one.is_dir() or _hidden(one.filename))]
    return sorted(visible, key=lambda one: one.filename)


def _hidden(name: str) -> bool:
    parts = (part for part in PurePosixPath(name).parts if part not in {".", ".."})
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def from_zip(path: Path) -> Iterator[UnreadCrystal | Failure]:
    """Reads the structure files of a zip; ids are as those of the same files in a folder.

    Args:
        path: the zip. Each member is unpacked alone into a temporary folder, at most 50 MB of it.

    Yields:
        A structure, not yet read, or a failure in its place.
    """
    used: dict[str, int] = {}
    with opened_zip(path) as archive:
        for member in members(archive):
            for found in _from_member(archive, member):
                yield with_own_id(found, used)
    if not used:
        message = f"{shown(path.name)} holds no {PATTERNS}"
        yield Failure(path.name, NoStructureFilesError(message, crystal_id=path.name))


def _from_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> Iterator[UnreadCrystal | Failure]:
    from crystext.reading import MAX_FILE_BYTES, iter_unread

    parts = [p for p in PurePosixPath(member.filename).parts if p not in {"/", ".", ".."}]
    try:
        with archive.open(member) as packed:
            data = packed.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            message = f"{shown(member.filename)} has over {MAX_FILE_BYTES} bytes; split it"
            raise FileTooLargeError(message)
    except (InputError, *UNPACKING) as error:
        yield Failure(member.filename, unpacking_error(error, member.filename))
        return
    with TemporaryDirectory() as folder:
        inner = Path(folder, *parts)
        try:
            inner.parent.mkdir(parents=True, exist_ok=True)
            inner.write_bytes(data)
        except OSError as error:  # the name is longer than this file system's may be
            yield Failure(member.filename, unpacking_error(error, member.filename))
            return
        for found in iter_unread([folder]):
            other = isinstance(found, Failure) and isinstance(found.error, NoStructureFilesError)
            if not other:  # as in a folder, files that are named otherwise do not count
                yield found


def unpacking_error(error: Exception, name: str) -> InputError:
    """What happened to a member, as an error of the input."""
    if isinstance(error, InputError):
        return error.with_id(name)
    kind = (
        TruncatedFileError
        if isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError))
        else UnreadableFileError
    )
    message = f"{shown(name)} cannot be unpacked ({first_line(error)}); pack it again"
    return kind(message, crystal_id=name)


def expand(path: str) -> list[Path]:
    """The paths that a glob stands for; the path itself otherwise.

    Raises:
        UnreadableFileError: the glob stands for none.
    """
    if Path(path).exists() or not glob.has_magic(path):
        return [Path(path)]
    found = sorted(Path(one) for one in glob.glob(path, recursive=True))  # noqa: PTH207 (absolute too)
    if not found:
        raise UnreadableFileError(f"nothing is called like {shown(path)}; check the path")
    return found


def lies_in(folder: str | os.PathLike[str], path: str | os.PathLike[str]) -> bool:
    """Whether a folder, there or not, would be read with a path: it lies in what that names.

    Args:
        folder: for example where output shall go.
        path: a folder, file or glob.
    """
    place = Path(folder).resolve()
    if Path(path).exists() or not glob.has_magic(str(path)):
        inside = Path(path).resolve()
        return inside == place or inside in place.parents
    fixed = fixed_part(path)
    pattern = str(Path(glob.escape(str(fixed.resolve()))) / Path(path).relative_to(fixed))
    return any(fnmatch(str(one), pattern) for one in (place, *place.parents))


def fixed_part(path: str | os.PathLike[str]) -> Path:
    """The folder of a path before its first part with a wildcard."""
    parts = Path(path).parts
    fixed = next((n for n, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:fixed])
