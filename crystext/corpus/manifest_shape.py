"""What every entry of a manifest must be, such as text or a list; told before anything uses it."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from crystext.errors import UsageError, printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Plain(NamedTuple):
    """A value of one of some types; ``words`` say which."""

    kinds: tuple[type, ...]
    words: str


class _Each(NamedTuple):
    """An object with keys of any name whose values are alike."""

    value: Any


class _OrNull(NamedTuple):
    """A value that may be null."""

    value: Any


TEXT, COUNT = _Plain((str,), "text"), _Plain((int,), "a whole number")
FLAG = _Plain((bool,), "true or false")
TEXT_OR_NULL = _Plain((str, type(None)), "text or null")
COUNT_OR_NULL = _Plain((int, type(None)), "a whole number or null")
NUMBER = _Plain((int, float), "a number")
NUMBER_OR_NULL = _Plain((int, float, type(None)), "a number or null")
PROPERTY = {"name": TEXT, "unit": TEXT, "description": TEXT, "type": TEXT}
_PARTS = _Each([TEXT])

SHAPE = {
    "name": TEXT,
    "source": {
        "name": TEXT,
        **dict.fromkeys(("title?", "licence?", "licence_note?"), TEXT),
        **dict.fromkeys(
            ("homepage?", "url?", "version?", "file_name?", "file_type?", "sha256?"), TEXT_OR_NULL
        ),
        **dict.fromkeys(("size?", "expected?"), COUNT_OR_NULL),
        "citations?": [TEXT],
    },
    "settings": {
        **dict.fromkeys(("engine?", "style?", "oxidation?", "disorder?"), TEXT),
        **dict.fromkeys(("canonical?", "online_names?"), FLAG),
        **dict.fromkeys(("max_sites?", "limit?"), COUNT_OR_NULL),
        "symprecs?": [NUMBER],
        "timeout?": NUMBER_OR_NULL,
        "tokenizers?": [TEXT],
        "rows_per_shard?": COUNT,
        "ids?": _OrNull([TEXT]),
    },
    "settings_digest": TEXT,
    "versions": _Each(TEXT),
    "counts": {
        **dict.fromkeys(("inputs", "rows", "failures"), COUNT),
        "failures_by_code": _Each(COUNT),
        "noted?": COUNT,
    },
    "properties": [PROPERTY],
    "splits": _Each(
        {
            "counts": _Each(COUNT),
            "origin?": TEXT,
            "dropped?": [[TEXT]],
            "missing?": _PARTS,
            "outside?": _Each(COUNT),
        }
    ),
    "files": [{"path": TEXT, "rows": COUNT, "bytes": COUNT, "sha256": TEXT}],
    "content_digest": TEXT,
}
"""By key; one with a question mark may be absent. Keys that are not named are not looked at."""


def shape_problem(manifest: dict[str, Any]) -> str | None:
    """The first entry of a manifest that is not what it must be, and how many more there are.

    Args:
        manifest: with its keys, see :data:`crystext.corpus.manifest.KEYS`.

    Returns:
        One line, or ``None`` where everything has its type.
    """
    found = list(islice(_wrong(manifest, SHAPE, ""), 1000)) or list(_unusable(manifest))
    if not found:
        return None
    return found[0] + (f"; {len(found) - 1} more entries are wrong" if found[1:] else "")


def _wrong(value: Any, shape: Any, name: str) -> Iterator[str]:
    if isinstance(shape, _OrNull):
        if value is not None:
            yield from _wrong(value, shape.value, name)
    elif isinstance(shape, _Plain):
        is_flag = isinstance(value, bool)  # which Python takes for a whole number
        if not isinstance(value, shape.kinds) or is_flag != (bool in shape.kinds):
            yield f"{name} is {shown(value)}, not {shape.words}"
    elif isinstance(shape, list):
        items = enumerate(value) if isinstance(value, list) else ()
        for index, one in items:
            yield from _wrong(one, shape[0], f"{name}[{index}]")
        if not isinstance(value, list):
            yield f"{name} is {shown(value)}, not a list"
    elif not isinstance(value, dict):
        yield f"{name} is {shown(value)}, not an object"
    else:
        yield from _wrong_keys(value, shape, name)


def _wrong_keys(value: dict[str, Any], shape: Any, name: str) -> Iterator[str]:
    prefix = f"{name}." if name else ""
    if isinstance(shape, _Each):
        for key, one in value.items():
            yield from _wrong(one, shape.value, prefix + printable(key))
        return
    for key, inner in shape.items():
        bare = key.removesuffix("?")
        if bare in value:
            yield from _wrong(value[bare], inner, prefix + bare)
        elif bare == key:
            yield f"{prefix}{bare} is missing"


def _unusable(manifest: dict[str, Any]) -> Iterator[str]:
    """Entries of the right type that name nothing: column types, columns, files."""
    from crystext.corpus.columns import Property, corpus_schema

    properties = []
    for index, one in enumerate(manifest["properties"]):
        try:
            properties.append(Property.from_dict(one))
        except ValueError:
            yield f"properties[{index}].type is {shown(one['type'])}, which is no type of a column"
    try:
        corpus_schema(properties, manifest["settings"].get("tokenizers", ()))
    except UsageError as error:
        yield error.message
    for path, times in Counter(file["path"] for file in manifest["files"]).items():
        if times > 1:
            yield f"files lists {shown(path)} {times} times"
    for key in ("rows", "bytes"):
        for index, file in enumerate(manifest["files"]):
            if file[key] < 0:
                yield f"files[{index}].{key} is {file[key]}, which is below zero"
