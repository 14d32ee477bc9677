"""From paths, text and objects to checked :class:`~crystext.crystal.Crystal` records.

Formats: CIF, POSCAR (also CONTCAR) and JSON (the dicts of :mod:`crystext.formats.objects`, lists
of them, dicts of them by id, one a line), each also gzipped. The name tells the format, else the
content.

Ids: the only structure of a file is called as the file without its suffix; several in one file
are ``stem#1``, ``stem#2``… by their place among its structures, failed ones counted (names of CIF
data blocks are too often ``I`` or ``global`` to serve; messages give them). An id inside JSON
(``jid``, ``material_id``…) wins. In a folder, the path below it stands before the stem.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from crystext import errors
from crystext.crystal import Crystal, Failure
from crystext.errors import CrystextError, shown, summary
from crystext.formats.cif import parse_cif
from crystext.formats.json_text import parse_json
from crystext.formats.objects import id_of, structure_from
from crystext.formats.parsed import Parsed, collected
from crystext.formats.poscar import parse_poscar
from crystext.validation import check_crystal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Format = Literal["cif", "poscar", "json"]

MAX_FILE_BYTES = 50_000_000
"""The most bytes that a file may have, unpacked."""
FORMATS = ("cif", "poscar", "json")

_SUFFIXES = dict.fromkeys((".cif", ".mcif"), "cif")
_SUFFIXES |= dict.fromkeys((".vasp", ".poscar", ".contcar"), "poscar")
_SUFFIXES |= dict.fromkeys((".json", ".jsonl"), "json")
_GZIP_MAGIC = b"\x1f\x8b"


def read_file(
    path: str | os.PathLike[str], *, fmt: Format | None = None, max_bytes: int = MAX_FILE_BYTES
) -> list[Crystal]:
    """Reads every structure of a file.

    Args:
        path: a file, gzipped or not.
        fmt: the format; by default the name tells it, else the content.
        max_bytes: the most bytes to accept, unpacked.

    Returns:
        Crystals in the order of the file, at least one.

    Raises:
        InputError: the file cannot be read, or one of its structures is not valid.
        UsageError: ``fmt`` is no known format.
    """
    path = Path(path)
    return _all_or_raise(_read(path, _stem(path.name), fmt, max_bytes))


def read_text(
    text: str | bytes,
    *,
    fmt: Format | None = None,
    id: str = "stdin",  # noqa: A002 (as the field)
) -> list[Crystal]:
    """Reads every structure of a text; bytes are unpacked and decoded as those of a file.

    Args:
        text: CIF, POSCAR or JSON.
        fmt: the format; by default the content tells it.
        id: id of a single crystal, and the stem of several ones'.

    Returns, Raises: as :func:`read_file`.
    """
    if isinstance(text, bytes):
        text = _unzipped(text, id, MAX_FILE_BYTES)
    return _all_or_raise(_crystals(text, id, fmt, source="text"))


def to_crystal(obj: object, *, id: str | None = None) -> Crystal:  # noqa: A002 (as the field)
    """Makes one crystal of nearly anything.

    Args:
        obj: a crystal; a pymatgen, ASE or jarvis structure or a dict of one; a path; the text of
            a file. A string is a path if it exists or has no line break and is not JSON.
        id: id of the crystal; by default the one it carries, the file's stem, ``text`` for a
            text, or the reduced formula.

    Raises:
        InputError: as :func:`read_file`, or there are several structures.
    """
    if isinstance(obj, Crystal):
        return check_crystal(obj if id is None else replace(obj, id=id))
    if isinstance(obj, (str, bytes, os.PathLike)):
        is_path = _is_path(obj)
        found = read_file(os.fsdecode(obj)) if is_path else read_text(obj, id=id or "text")
        if len(found) > 1:
            how = f"read_file({os.fsdecode(obj)!r})" if is_path else "read_text(text)"
            message = f"{len(found)} structures where one is wanted; read all with {how}"
            raise errors.SeveralStructuresError(message, crystal_id=id)
        return found[0] if id is None else replace(found[0], id=id)
    notes: list[str] = []
    try:
        with collected(notes):
            structure, more = structure_from(obj)
    except CrystextError as error:
        raise error.with_id(id or id_of(obj) or "object") from error.__cause__
    name = id or id_of(obj) or (structure.reduced_formula if len(structure) else "object")
    return check_crystal(Crystal(name, structure, "object", notes=(*notes, *more)))


def iter_inputs(
    paths: Iterable[str | os.PathLike[str]],
    *,
    fmt: Format | None = None,
    max_bytes: int = MAX_FILE_BYTES,
) -> Iterator[Crystal | Failure]:
    """Reads files and folders one by one; a bad file or structure never ends it.

    Folders are searched to the bottom, sorted, for names that look like structure files. No id
    comes twice: a second ``POSCAR`` becomes ``POSCAR#2``.

    Args:
        paths: files and folders.
        fmt: the format of all; by default as :func:`read_file`.
        max_bytes: the most bytes to accept of a file, unpacked.

    Yields:
        A crystal, or a failure in its place.
    """
    seen: set[str] = set()
    for name, file in (pair for path in paths for pair in _files(Path(path))):
        for found in [file] if isinstance(file, Failure) else _read(file, name, fmt, max_bytes):
            numbered = chain([found.id], (f"{found.id}#{number}" for number in count(2)))
            seen.add(new := next(name for name in numbered if name not in seen))
            if isinstance(found, Failure):
                found.error.crystal_id = new
            yield found if new == found.id else replace(found, id=new)


def _files(path: Path) -> Iterator[tuple[str, Path | Failure]]:
    """The id and the path of each structure file at or below a path."""
    if not path.is_dir():
        yield _stem(path.name), path
        return
    denied: list[OSError] = []
    empty = True
    for folder, subfolders, names in os.walk(path, onerror=denied.append):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and _format_of_name(name):
                empty = False
                file = Path(folder) / name
                yield (file.parent.relative_to(path) / _stem(name)).as_posix(), file
    for problem in denied:
        message = f"cannot open the folder {shown(problem.filename)}: {problem.strerror}"
        error = errors.UnreadableFileError(f"{message}; check its permissions")
        yield path.name, Failure(str(problem.filename), error)
    if empty and not denied:
        message = f"the folder {shown(str(path))} holds no *.cif, POSCAR*, *.vasp or *.json"
        error = errors.NoStructureFilesError(f"{message}; name the files themselves")
        yield path.name, Failure(str(path), error)


def _stem(name: str) -> str:
    path = Path(name.removesuffix(".gz"))
    if path.suffix.lower() in _SUFFIXES or not _format_of_name(path.name):
        return path.stem
    return path.name  # POSCAR.rutile


def _format_of_name(name: str) -> str | None:
    name = name.removesuffix(".gz")
    if fmt := _SUFFIXES.get(Path(name).suffix.lower()):
        return fmt
    return "poscar" if name.upper().startswith(("POSCAR", "CONTCAR")) else None


def _is_path(value: str | bytes | os.PathLike) -> bool:
    if not isinstance(value, str) or not value.strip():
        return isinstance(value, os.PathLike)
    try:
        if Path(value).exists():
            return True
    except (OSError, ValueError):  # longer than names can be, or with a NUL
        return False
    return "\n" not in value and not value.lstrip().startswith(("{", "["))


def _read(path: Path, name: str, fmt: str | None, max_bytes: int) -> list[Crystal | Failure]:
    try:
        try:
            with path.open("rb") as file:
                data = file.read(max_bytes + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"cannot open {shown(str(path))}: {reason}; check the path"
            raise errors.UnreadableFileError(message) from error
        text = _unzipped(data, path.name, max_bytes)
        return _crystals(text, name, fmt or _format_of_name(path.name), title=path.name)
    except errors.InputError as error:
        return [Failure(name, error.with_id(name))]


def _unzipped(data: bytes, title: str, max_bytes: int) -> str:
    """Unpacks and decodes; UTF-8, UTF-16 with its mark, else Latin-1, which always succeeds."""
    if len(data) <= max_bytes and data.startswith(_GZIP_MAGIC):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(max_bytes + 1)  # never more: a small archive can unpack to much
        except (EOFError, OSError, zlib.error) as error:
            message = f"{shown(title)} is damaged gzip ({summary(error)}); copy it again"
            raise errors.TruncatedFileError(message) from error
    if len(data) > max_bytes:
        message = f"{shown(title)} has more than {max_bytes} bytes; raise max_bytes or split it"
        raise errors.FileTooLargeError(message)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _crystals(
    text: str, base: str, fmt: str | None, *, title: str = "the text", source: str = "files"
) -> list[Crystal | Failure]:
    """Every structure of a text, checked and named, and a failure in the place of a bad one."""
    if fmt is not None and fmt not in FORMATS:
        raise errors.UsageError(f"unknown format {shown(fmt)}; use one of {', '.join(FORMATS)}")
    try:
        text = _plain(text, title)
        parse = {"cif": parse_cif, "poscar": parse_poscar, "json": parse_json}
        parts = parse[fmt or _format_of_text(text, title)](text)
    except errors.InputError as error:
        parts = [Parsed(None, error)]
    found: list[Crystal | Failure] = []
    for number, part in enumerate(parts, start=1):
        name = part.own_id or (base if len(parts) == 1 else f"{base}#{number}")
        try:
            if isinstance(part.result, CrystextError):
                raise part.result
            found.append(check_crystal(Crystal(name, part.result, source, notes=part.notes)))
        except errors.InputError as error:
            found.append(Failure(name, error.with_id(name)))
    return found


def _plain(text: str, title: str) -> str:
    """The text with plain line ends; refused where empty or binary."""
    text = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))
    if not text.strip():
        raise errors.EmptyFileError(f"{shown(title)} is empty; give a CIF, POSCAR or JSON")
    # text has next to no control characters; random bytes have one in ten
    controls = len(re.findall(r"[\x00-\x08\x0e-\x19\x1b-\x1f]", text))
    if "\0" in text or controls > len(text) / 20:
        message = f"{shown(title)} is not text; unpack it or export it as CIF, POSCAR or JSON"
        raise errors.BinaryFileError(message)
    return text


def _all_or_raise(found: list[Crystal | Failure]) -> list[Crystal]:
    if failures := [one for one in found if isinstance(one, Failure)]:
        raise failures[0].error from failures[0].error.__cause__
    return found


def _format_of_text(text: str, title: str) -> Format:
    if text.lstrip().startswith(("{", "[")):
        return "json"
    if re.search(r"^[ \t]*(data_|loop_|_cell_|_atom_site_)", text, re.MULTILINE):
        return "cif"
    number = r"[ \t]*[-+]?(\d+\.?\d*|\.\d+)([eEdD][-+]?\d+)?"
    if re.match(rf".*\n{number}[ \t]*(#.*)?\n({number}){{3}}", text):
        return "poscar"
    message = f"{shown(title)} is neither CIF, POSCAR nor JSON; convert it, or name its format"
    raise errors.UnknownFormatError(message)
