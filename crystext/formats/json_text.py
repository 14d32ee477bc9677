"""JSON: one structure, a list of them, structures by id, or one a line."""

from __future__ import annotations

import json

from crystext.errors import (
    BadJsonError,
    BadObjectError,
    CrystextError,
    TruncatedFileError,
    first_line,
)
from crystext.formats.objects import members_of, structure_from
from crystext.formats.parsed import Parsed, collected


def parse_json(text: str) -> list[Parsed]:
    """Reads the structures of a JSON text: what :func:`members_of` knows, also one a line.

    Raises:
        TruncatedFileError: the text ends before its value does.
        BadJsonError: it is no JSON, or holds no structure.
    """
    try:
        members = members_of(json.loads(text))
    except RecursionError as error:
        raise BadJsonError("the JSON is nested too deeply; give a structure") from error
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and _is_json(lines[0]):
            return [part for line in lines for part in _json_line(line)]
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            message = f"the JSON ends too early ({where}); copy or export it again"
            raise TruncatedFileError(message) from error
        raise BadJsonError(f"not valid JSON ({where}); correct it there") from error
    except ValueError as error:  # a number of more digits than Python converts
        raise BadJsonError(f"not valid JSON ({first_line(error)}); correct it") from error
    return [_from_member(own_id, member) for own_id, member in members]


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _json_line(line: str) -> list[Parsed]:
    try:
        return parse_json(line)
    except CrystextError as error:
        return [Parsed(None, error)]


def _from_member(own_id: str | None, member: object) -> Parsed:
    notes: list[str] = []
    try:
        with collected(notes):
            structure, more = structure_from(member)
    except BadObjectError as error:
        return Parsed(own_id, BadJsonError(error.message))
    except CrystextError as error:
        return Parsed(own_id, error)
    return Parsed(own_id, structure, (*notes, *more))
