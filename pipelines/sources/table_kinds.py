"""What kind of table a file is: its name tells, else what it begins with; others are refused."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from crystext.errors import BadTableError, shown
from crystext.formats.catalogue import PACKED
from crystext.formats.packed import LOOKED_AT, encoding_of
from crystext.pipelines.sources.packed_files import members

ID_COLUMNS = ("id", "jid", "material_id", "mp_id", "task_id", "entry_id")
STRUCTURE_COLUMNS = ("structure", "atoms", "cif", "poscar")
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t", ".dat": "\t"}
"""What stands between values, by the endings of names; what is in the file may say otherwise."""
_MAYBE = (".txt", ".dat")
"""Endings that also other files have."""
TABLES = (*(one for one in SEPARATORS if one not in _MAYBE), ".json", ".jsonl", ".parquet")
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"ARROW1": "a Feather file",
    b"FEA1": "a Feather file",
    b"\x89HDF": "an HDF5 file",
    b"SQLite": "an SQLite database",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    **{bytes([0x80, version]): "a pickle" for version in range(2, 6)},
}
_PARQUET = b"PAR1"
_IN_ZIPS = {"[Content_Types].xml": "an Excel workbook", "mimetype": "an OpenDocument file"}


def table_suffix(path: Path) -> str | None:
    """The suffix, without that of a packed file behind it, if it is a table's."""
    name = path.name.lower()
    name = next((name.removesuffix(end) for end in PACKED if name.endswith(end)), name)
    return next((suffix for suffix in TABLES if name.endswith(suffix)), None)


def kind_of(path: Path) -> str:
    """The suffix of a file that must be a table, or the one that it should have.

    Args:
        path: of a table with any name, such as Excel's "Unicode text" ``.txt``; a zip that holds
            one file is that file.

    Raises:
        BadTableError: it is no table that can be read, or a folder.
        OSError: it cannot be read.
    """
    if path.is_dir():
        raise BadTableError(f"{shown(path.name)} is a folder; give a table, such as a CSV file")
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    if what := _foreign(path, head):
        message = f"{shown(path.name)} is {what}, which is not read as a table"
        remedy = "unpack it, or pack it by gzip" if "packed" in what else "save it as CSV"
        raise BadTableError(f"{message}; {remedy}")
    if suffix := table_suffix(path):
        return suffix
    if head.startswith(_PARQUET):
        return ".parquet"
    if head.startswith(b"PK") and (inside := _member(path)):
        return table_suffix(Path(inside)) or ".txt"
    if head.startswith(b"\x1f\x8b"):
        head = _unpacked(path)
    text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff \t\r\n")
    return ".json" if text.startswith(("[", "{")) else ".txt"


def _foreign(path: Path, head: bytes) -> str | None:
    """What a file is that is no table of these kinds, in words."""
    if head.startswith(b"PK") and zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return None  # its reader says what is wrong
        return next((what for name, what in _IN_ZIPS.items() if name in names), None)
    return next((what for magic, what in _FOREIGN.items() if head.startswith(magic)), None)


def _member(path: Path) -> str | None:
    """The name of the only file of a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = members(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    return PurePosixPath(inside[0].filename).name if len(inside) == 1 else None


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            return file.read(LOOKED_AT)
    except (EOFError, OSError, zlib.error):
        return b""  # its reader says what is wrong
