"""Cells of a table that hold structures: as dicts, JSON, CIF or POSCAR; never as paths."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    BadJsonError,
    EmptyFileError,
    SeveralStructuresError,
    UnknownFormatError,
    first_line,
    shown,
)
from crystext.formats.names import format_of_name
from crystext.pipelines.sources import tables

if TYPE_CHECKING:
    from crystext.crystal import Crystal
    from crystext.unread import UnreadCrystal

_LONGEST_PATH = 500
"""Characters."""


def structure_in(value: Any, column: str, name: str) -> Crystal | UnreadCrystal:
    """One cell of a table as a crystal: a dict, JSON text, CIF or POSCAR; never a path.

    Raises:
        InputError: it holds no structure, or several.
    """
    from crystext.reading import to_crystal, unread_text

    if isinstance(value, (str, bytes)):
        fmt = column.lower() if column.lower() in {"cif", "poscar"} else None
        text = _text_of(value, column)
        (crystal, *more) = unread_text(text, fmt=fmt, id=name)
        if more:
            message = f"column {column} holds {1 + len(more)} structures; give one a row"
            raise SeveralStructuresError(message, crystal_id=name)
        return replace(crystal, id=name)
    return to_crystal(value, id=name)


def _text_of(value: str | bytes, column: str) -> str | bytes:
    """A cell as the text of a structure; a dict as Python prints it (pandas' CSV) as JSON.

    Raises:
        InputError: it is empty, or the path of a file.
    """
    if isinstance(value, bytes):
        return value
    text = value.strip()
    if not text:
        raise EmptyFileError(f"column {column} is empty; give a structure, or leave the row out")
    if _is_path(text):
        message = f"column {column} has {shown(text)}, which is no structure; no file is opened"
        raise UnknownFormatError(
            f"{message} for it: give the folder, and this table as the table of properties"
        )
    if text.startswith("{'"):
        try:
            return json.dumps(ast.literal_eval(text))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
            message = f"column {column} has a Python dict that cannot be read"
            raise BadJsonError(f"{message} ({first_line(error)}); write JSON (to_json)") from error
    return tables.bytes_of(value)


def _is_path(text: str) -> bool:
    if "\n" in text or len(text) > _LONGEST_PATH or text.startswith(("{", "[")):
        return False
    return format_of_name(PureWindowsPath(text).name) is not None
