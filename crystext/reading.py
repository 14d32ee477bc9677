"""From paths, text and objects to checked :class:`~crystext.crystal.Crystal` records.

Formats: :data:`crystext.formats.registry.FORMATS`, each also packed by gzip, bzip2 or xz. The name
tells the format, else the content.

Ids: the only structure of a file is called as the file without its suffix; several in one file
are ``stem#1``, ``stem#2``… by their place among its structures, failed ones counted (names of CIF
data blocks are too often ``I`` or ``global`` to serve; messages give them). An id inside JSON
(``jid``, ``material_id``…) wins. In a folder, the path below it stands before the stem.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crystext import errors
from crystext.choices import REFUSE
from crystext.crystal import Crystal, Failure
from crystext.errors import CrystextError, shown
from crystext.files import read_json, special
from crystext.formats import registry
from crystext.formats.names import PATTERNS, format_of_name, format_of_text, is_about, stem
from crystext.formats.objects import id_of, structure_from
from crystext.formats.packed import plain, text_of
from crystext.formats.parsed import collected
from crystext.ids import with_own_id, with_text_id
from crystext.unread import UnreadCrystal
from crystext.validation import check_crystal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_FILE_BYTES = 50_000_000
"""The most bytes that a file may have, unpacked."""
FORMATS = tuple(registry.FORMATS)
"""Names of the formats that can be asked for."""
_OF_DATABASE = re.compile(r"mp-\d+$|cod:\d{7}$|optimade:")


def read_file(
    path: str | os.PathLike[str],
    *,
    fmt: str | None = None,
    max_bytes: int = MAX_FILE_BYTES,
    max_sites: int | None = None,
    disorder: str = REFUSE,
) -> list[Crystal]:
    """Reads every structure of a file.

    Args:
        path: a file, packed or not.
        fmt: the format; by default the name tells it, else the content.
        max_bytes: the most bytes to accept, unpacked.
        max_sites: the most sites that a cell may have.
        disorder: what to do with disordered crystals: ``refuse``, ``majority`` or ``order``.

    Returns:
        Crystals in the order of the file, at least one.

    Raises:
        InputError: the file cannot be read, or one of its structures is not valid.
        UsageError: ``fmt`` is no known format.
    """
    path = Path(path)
    found = _unread(path, stem(path.name), fmt, max_bytes)
    return _read_all(found, max_sites, disorder)


def read_text(
    text: str | bytes,
    *,
    fmt: str | None = None,
    id: str = "stdin",  # noqa: A002 (as the field)
    max_sites: int | None = None,
    disorder: str = REFUSE,
) -> list[Crystal]:
    """Reads every structure of a text; bytes are unpacked and decoded as those of a file.

    Args: as :func:`unread_text` and :func:`read_file`. Returns, Raises: as :func:`read_file`.
    """
    return _read_all(unread_text(text, fmt=fmt, id=id), max_sites, disorder)


def unread_text(
    text: str | bytes,
    *,
    fmt: str | None = None,
    id: str = "stdin",  # noqa: A002 (as the field)
) -> list[UnreadCrystal]:
    """The structures of a text, found and not yet read.

    Args:
        text: in any of the formats.
        fmt: the format; by default the content tells it.
        id: id of a single crystal, and the stem of several ones'.

    Raises:
        InputError: there is none.
        UsageError: ``fmt`` is no known format.
    """
    try:
        if isinstance(text, bytes):
            text = text_of(text, id, MAX_FILE_BYTES)
        return _split(text, id, fmt, title="the text", source="text")
    except errors.InputError as error:
        raise error.with_id(id) from error.__cause__


def to_crystal(
    obj: object,
    *,
    id: str | None = None,  # noqa: A002 (as the field)
    max_sites: int | None = None,
    disorder: str = REFUSE,
) -> Crystal:
    """Makes one crystal of nearly anything.

    Args:
        obj: a crystal, read or unread; a pymatgen, ASE or jarvis structure or a dict of one; a
            path; the text of a file. A string is a path if it exists or has no line break and is
            not JSON.
        id: id of the crystal; by default the one it carries, the file's stem, ``text`` for a
            text, or the reduced formula.
        max_sites: as :func:`read_file`.
        disorder: as :func:`read_file`.

    Raises:
        InputError: as :func:`read_file`, or there are several structures.
    """
    found = to_input(obj, id=id)
    if isinstance(found, UnreadCrystal):
        found = found.read(max_sites=max_sites)
    return check_crystal(found, max_sites=max_sites, disorder=disorder)


def to_input(
    obj: object,
    *,
    id: str | None = None,  # noqa: A002 (as the field)
) -> Crystal | UnreadCrystal:
    """Finds the one crystal in nearly anything; neither reads a text nor checks a structure.

    Args:
        obj: as :func:`to_crystal`.
        id: as :func:`to_crystal`.

    Raises:
        InputError: there is none, or there are several.
    """
    if isinstance(obj, Crystal | UnreadCrystal):
        return obj if id is None else replace(obj, id=id)
    if isinstance(obj, (str, bytes, os.PathLike)):
        is_path = _is_path(obj)
        if is_path:
            path = Path(os.fsdecode(obj))
            found = _unread(path, stem(path.name), None, MAX_FILE_BYTES)
        else:
            assert not isinstance(obj, os.PathLike), "a path-like is a path"
            found = unread_text(obj, id=id or "text")
        if len(found) > 1:
            how = f"read_file({os.fsdecode(obj)!r})" if is_path else "read_text(text)"
            message = f"{len(found)} structures where one is wanted; read all with {how}"
            name = id or (stem(path.name) if is_path else "text")
            raise errors.SeveralStructuresError(message, crystal_id=name)
        return found[0] if id is None else replace(found[0], id=id)
    notes: list[str] = []
    try:
        with collected(notes):
            structure, more = structure_from(obj)
    except CrystextError as error:
        raise error.with_id(id or id_of(obj) or "object") from error.__cause__
    name = id or id_of(obj) or (structure.reduced_formula if len(structure) else "object")
    return Crystal(name, structure, "object", notes=(*notes, *more))


def iter_unread(
    paths: Iterable[str | os.PathLike[str]],
    *,
    fmt: str | None = None,
    max_bytes: int = MAX_FILE_BYTES,
) -> Iterator[UnreadCrystal | Failure]:
    """Finds the structures of files and folders; a bad file never ends it.

    Folders are searched to the bottom, sorted, for names that look like structure files. No id
    comes twice: a second ``POSCAR`` becomes ``POSCAR#2``.

    Args:
        paths: files and folders.
        fmt: the format of all; by default as :func:`read_file`.
        max_bytes: the most bytes to accept of a file, unpacked.

    Yields:
        A structure, not yet read, or a failure in its place.
    """
    for _, one in _placed(paths, fmt, max_bytes):
        yield one


def places_of(paths: Iterable[str | os.PathLike[str]], ids: Iterable[str]) -> dict[str, Path]:
    """The files in which :func:`iter_unread` finds some structures, by their ids.

    Files are read up to the last of these ids: a name alone does not tell which of two files of one
    stem has a number behind its id.

    Args:
        paths: files and folders, as they were given to :func:`iter_unread`.
        ids: what it called the structures and failures.
    """
    wanted = set(ids)
    found: dict[str, Path] = {}
    if not wanted:
        return found
    for file, one in _placed(paths, None, MAX_FILE_BYTES):
        if one.id in wanted:
            wanted.discard(one.id)
            if file is not None:
                found[one.id] = file
        if not wanted:
            break
    return found


def _placed(
    paths: Iterable[str | os.PathLike[str]], fmt: str | None, max_bytes: int
) -> Iterator[tuple[Path | None, UnreadCrystal | Failure]]:
    """What :func:`iter_unread` yields, each with its file; ``None`` for what is no file."""
    used: dict[str, int] = {}
    for name, file in (pair for path in paths for pair in _files(Path(path))):
        if isinstance(file, Failure):
            found: list[UnreadCrystal] | list[Failure] = [file]
        else:
            try:
                found = _unread(file, name, fmt, max_bytes)
            except errors.InputError as error:
                found = [Failure(name, error.with_id(name))]
        named = list(map(with_text_id, found))
        kept = {one.id for one in named}
        for one in named:
            yield None if isinstance(file, Failure) else file, with_own_id(one, used, kept)


def structure_files(path: str | os.PathLike[str]) -> list[Path]:
    """The files that are read of a folder and below, by their names; a file itself."""
    return [file for _, file in _files(Path(path)) if not isinstance(file, Failure)]


def files_by_id(paths: Iterable[str | os.PathLike[str]]) -> dict[str, list[Path]]:
    """The files that are read of folders and below by the ids that their names give."""
    found: dict[str, list[Path]] = {}
    for name, file in (pair for path in paths for pair in _files(Path(path))):
        if not isinstance(file, Failure):
            found.setdefault(name, []).append(file)
    return found


def left_out(path: str | os.PathLike[str]) -> tuple[list[str], int]:
    """The files of a folder and below that are not read because of their names.

    What every folder of data has is not among them: README, LICENSE and the like.

    Returns:
        Paths below the folder of those whose names are of no known format, sorted; and how many
        others are hidden: they or a folder of theirs begin with a point. None for a file.
    """
    folder = Path(path)
    if not folder.is_dir() or _is_corpus(folder):
        return [], 0
    visible = list(_visible(folder, []))
    names = [
        file.relative_to(folder).as_posix()
        for file in visible
        if not (format_of_name(file.name) or is_about(file.name))
    ]
    everything = sum(len(files) for _, _, files in os.walk(folder))
    return names, everything - len(visible)


def _visible(folder: Path, denied: list[OSError]) -> Iterator[Path]:
    """The files of a folder and below, sorted, without hidden ones."""
    for here, subfolders, names in os.walk(folder, onerror=denied.append):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(here) / name


def _is_corpus(folder: Path) -> bool:
    """Whether a folder is a corpus of ours, by its manifest: what it holds is described already."""
    manifest = read_json(folder / "manifest.json") or {}
    return {"settings_digest", "content_digest", "counts"} <= manifest.keys()


def _files(path: Path) -> Iterator[tuple[str, Path | Failure]]:
    """The id and the path of each structure file at or below a path."""
    if not path.is_dir():
        yield stem(path.name), path
        return
    if _is_corpus(path):
        message = f"the folder {shown(str(path))} is a corpus, whose crystals are described already"
        done = errors.NoStructureFilesError(f"{message}; read it by crystext.load_corpus")
        yield path.name, Failure(str(path), done)
        return
    denied: list[OSError] = []
    empty = True
    for file in _visible(path, denied):
        if format_of_name(file.name):
            empty = False
            yield (file.parent.relative_to(path) / stem(file.name)).as_posix(), file
    for problem in denied:
        message = f"cannot open the folder {shown(problem.filename)}: {problem.strerror}"
        error = errors.UnreadableFileError(f"{message}; check its permissions")
        yield path.name, Failure(str(problem.filename), error)
    if empty and not denied:
        message = f"the folder {shown(str(path))} holds no {PATTERNS}"
        nothing = errors.NoStructureFilesError(f"{message}; name the files themselves")
        yield path.name, Failure(str(path), nothing)


def _is_path(value: str | bytes | os.PathLike) -> bool:
    if not isinstance(value, str) or not value.strip():
        return isinstance(value, os.PathLike)
    try:
        if Path(value).exists():
            return True
    except (OSError, ValueError):  # longer than names can be, or with a NUL
        return False
    return "\n" not in value and not value.lstrip().startswith(("{", "["))


def _unread(path: Path, name: str, fmt: str | None, max_bytes: int) -> list[UnreadCrystal]:
    try:
        text = text_of(_bytes_of(path, max_bytes), path.name, max_bytes)
        known = fmt or format_of_name(path.name)
        return _split(text, name, known, title=path.name, source="files")
    except errors.InputError as error:
        raise error.with_id(name) from error.__cause__


def _bytes_of(path: Path, max_bytes: int) -> bytes:
    try:
        path.stat()  # says what is wrong with a name that cannot be opened
        if kind := special(path):
            message = f"{shown(str(path))} is {kind}; give a file, or - for standard input"
            raise errors.UnreadableFileError(message)
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"cannot open {shown(str(path))}: {reason}; {_remedy(path, error)}"
        raise errors.UnreadableFileError(message) from error


def _remedy(path: Path, error: Exception) -> str:
    """What to do where no file can be opened: people give folders, patterns and names too."""
    name = str(path)
    if isinstance(error, IsADirectoryError):
        return "name one file in it, or describe all by describe_many or crystext describe"
    if not isinstance(error, FileNotFoundError):
        return "check the path"
    if any(sign in name for sign in "*?["):
        return "patterns are not spelled out here: give the folder, or the files that match"
    if name == "mini":
        return "check the path, or take the package's crystals by --db mini or crystext.mini()"
    if _OF_DATABASE.match(name):
        return f"check the path, or have it fetched: crystext describe {name} --json"
    return "check the path"


def _split(
    text: str, base: str, fmt: str | None, *, title: str, source: str
) -> list[UnreadCrystal]:
    """Every structure of a text, named."""
    text = plain(text, title)
    parts = registry.split(text, fmt or format_of_text(text, title))
    return [
        UnreadCrystal(
            part.own_id or (base if len(parts) == 1 else f"{base}#{number}"), part, source
        )
        for number, part in enumerate(parts, start=1)
    ]


def _read_all(found: list[UnreadCrystal], max_sites: int | None, disorder: str) -> list[Crystal]:
    return [to_crystal(one, max_sites=max_sites, disorder=disorder) for one in found]
