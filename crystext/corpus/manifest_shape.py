"""What every entry of a manifest must be, such as text or a list; told before anything uses it."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from crystext.description.options import DEFAULTS
from crystext.errors import UsageError, printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_ANY = "*"

SHAPE = {
    "name": str,
    "source": {
        "name": str,
        **dict.fromkeys(("title?", "licence?", "licence_note?"), str),
        **dict.fromkeys(
            ("homepage?", "url?", "version?", "file_name?", "file_type?", "sha256?"), (str, None)
        ),
        **dict.fromkeys(("size?", "expected?"), (int, None)),
        "citations?": [str],
    },
    "settings": {
        **dict.fromkeys(("engine?", "style?", "oxidation?", "disorder?"), str),
        **dict.fromkeys(("canonical?", "online_names?"), bool),
        **{f"{name}?": type(usual) for name, usual in DEFAULTS.items()},
        **dict.fromkeys(("max_sites?", "limit?"), (int, None)),
        "symprecs?": [float],
        "timeout?": (float, None),
        "tokenizers?": [str],
        "representations?": [str],
        "rows_per_shard?": int,
        "ids?": ([str], None),
    },
    "settings_digest": str,
    "versions": {_ANY: str},
    "counts": {
        **dict.fromkeys(("inputs", "rows", "failures"), int),
        "failures_by_code": {_ANY: int},
        "noted?": int,
    },
    "properties": [dict.fromkeys(("name", "unit", "description", "type"), str)],
    "splits": {
        _ANY: {
            "counts": {_ANY: int},
            "origin?": str,
            "dropped?": [[str]],
            "missing?": {_ANY: [str]},
            "outside?": {_ANY: int},
        }
    },
    "files": [{"path": str, "rows": int, "bytes": int, "sha256": str}],
    "content_digest": str,
}
"""By key; one with a question mark may be absent, ``*`` stands for keys of any name, and what has
``None`` beside it may be null. Keys that are not named are not looked at."""


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


def _wrong(value: Any, shape: Any, name: str, or_null: str = "") -> Iterator[str]:
    if isinstance(shape, tuple):
        if value is not None:
            yield from _wrong(value, shape[0], name, " or null")
    elif isinstance(shape, type):
        kinds = (int, float) if shape is float else shape
        is_flag = isinstance(value, bool)  # which Python takes for a whole number
        if not isinstance(value, kinds) or is_flag != (shape is bool):
            yield f"{name} is {shown(value)}, not {_WORDS[shape]}{or_null}"
    elif isinstance(shape, list):
        items = enumerate(value) if isinstance(value, list) else ()
        for index, one in items:
            yield from _wrong(one, shape[0], f"{name}[{index}]")
        if not isinstance(value, list):
            yield f"{name} is {shown(value)}, not a list"
    elif not isinstance(value, dict):
        yield f"{name} is {shown(value)}, not an object"
    else:
        yield from _wrong_keys(value, shape, f"{name}." if name else "")


def _wrong_keys(value: dict[str, Any], shape: dict[str, Any], prefix: str) -> Iterator[str]:
    any_key = _ANY in shape
    for key, inner in (dict.fromkeys(value, shape[_ANY]) if any_key else shape).items():
        bare = key if any_key else key.removesuffix("?")
        if bare in value:
            yield from _wrong(value[bare], inner, prefix + printable(bare))
        elif bare == key:
            yield f"{prefix}{bare} is missing"


def _unusable(manifest: dict[str, Any]) -> Iterator[str]:
    """Entries of the right type that name nothing: column types, columns, files."""
    from crystext.corpus.columns import Property, corpus_schema
    from crystext.representations.representation import REPRESENTATIONS

    properties = []
    for index, one in enumerate(manifest["properties"]):
        try:
            properties.append(Property.from_dict(one))
        except ValueError:
            yield f"properties[{index}].type is {shown(one['type'])}, which is no type of a column"
    settings = manifest["settings"]
    wanted = settings.get("representations", ())
    unknown = next((one for one in wanted if one not in REPRESENTATIONS), None)
    if unknown is not None:
        yield f"settings.representations names {shown(unknown)}, which this version does not know"
        return
    try:
        corpus_schema(properties, settings.get("tokenizers", ()), wanted)
    except UsageError as error:
        yield error.message
    for path, times in Counter(file["path"] for file in manifest["files"]).items():
        if times > 1:
            yield f"files lists {shown(path)} {times} times"
    for key in ("rows", "bytes"):
        for index, file in enumerate(manifest["files"]):
            if file[key] < 0:
                yield f"files[{index}].{key} is {file[key]}, which is below zero"
