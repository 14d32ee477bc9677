"""JSON: one structure, a list of them, structures by id, a response of OPTIMADE, or one a line."""

from __future__ import annotations

import json

from crystext.errors import BadJsonError, BadObjectError, InputError, TruncatedFileError, first_line
from crystext.formats.objects import members_of, structure_from
from crystext.formats.optimade import is_other_line
from crystext.formats.parsed import Parsed, Part, collected
from crystext.formats.tokens import check_count


def split(text: str) -> list[Part]:
    """The structures of a JSON text: what :func:`members_of` knows, also one a line.

    Args:
        text: a line that is no JSON or no structure is a part as well, so that reading names it.

    Raises:
        TruncatedFileError: the text ends before its value does.
        BadJsonError: it is no JSON, or holds no structure.
    """
    try:
        return _parts(_decoded(text))
    except InputError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and lines[0].lstrip()[:1] == "{" and any(map(_is_object, lines[:2])):
            return [part for line in lines for part in _parts_of_line(line)]
        raise


def read(content: object, *, max_sites: int | None = None) -> Parsed:
    """Reads a member of JSON.

    Args:
        content: decoded; or the text of a line that could not be split.
        max_sites: the most sites that the cell may have, counted before they are made.

    Raises:
        BadJsonError: it has no known form, or contradicts itself.
        TooManySitesError: it lists more than ``max_sites``.
        InputError: as :func:`crystext.formats.objects.structure_from`.
    """
    if isinstance(content, str):
        members_of(_decoded(content))  # raises what splitting met
    if max_sites is not None and (count := _listed(content)) > max_sites:
        check_count(count, max_sites, "the structure")
    notes: list[str] = []
    try:
        with collected(notes):
            structure, more = structure_from(content)
    except BadObjectError as error:
        raise BadJsonError(error.message) from error
    return Parsed(structure, (*notes, *more))


def _parts(data: object) -> list[Part]:
    return [Part("json", member, own_id) for own_id, member in members_of(data)]


def _parts_of_line(line: str) -> list[Part]:
    try:
        data = _decoded(line)
        return [] if is_other_line(data) else _parts(data)
    except InputError:
        return [Part("json", line)]


def _decoded(text: str) -> object:
    """What a JSON text holds; a text in it, as a second ``to_json`` makes one, is decoded too."""
    try:
        data = json.loads(text)
        return json.loads(data) if isinstance(data, str) else data
    except RecursionError as error:
        raise BadJsonError("the JSON is nested too deeply; give a structure") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"):
            message = f"the JSON ends too early ({where}); copy or export it again"
            raise TruncatedFileError(message) from error
        raise BadJsonError(f"not valid JSON ({where}); correct it there") from error
    except ValueError as error:  # a number of more digits than Python converts
        raise BadJsonError(f"not valid JSON ({first_line(error)}); correct it") from error


def _listed(data: object) -> int:
    """How many sites a member lists, 0 where its form is not known."""
    while isinstance(data, dict):
        for key in ("sites", "species_at_sites", "elements", "positions"):
            if isinstance(data.get(key), list):
                return len(data[key])
        inner = (data[key] for key in ("structure", "atoms", "attributes") if key in data)
        data = next(inner, None)
    return 0


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
