"""What every entry of a manifest must be, such as text or a list; told before anything uses it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from crystext.description.options import DEFAULTS
from crystext.errors import UsageError, shown
from crystext.shapes import ANY, first_of, wrong_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    "versions": {ANY: str},
    "counts": {
        **dict.fromkeys(("inputs", "rows", "failures"), int),
        "failures_by_code": {ANY: int},
        "noted?": int,
    },
    "properties": [dict.fromkeys(("name", "unit", "description", "type"), str)],
    "splits": {
        ANY: {
            "counts": {ANY: int},
            "origin?": str,
            "dropped?": [[str]],
            "missing?": {ANY: [str]},
            "outside?": {ANY: int},
        }
    },
    "files": [{"path": str, "rows": int, "bytes": int, "sha256": str}],
    "content_digest": str,
}
"""As :func:`crystext.shapes.wrong_entries` takes it."""


def shape_problem(manifest: dict[str, Any]) -> str | None:
    """The first entry of a manifest that is not what it must be, and how many more there are.

    Args:
        manifest: with its keys, see :data:`crystext.corpus.manifest.KEYS`.

    Returns:
        One line, or ``None`` where everything has its type.
    """
    return first_of(wrong_entries(manifest, SHAPE)) or first_of(_unusable(manifest))


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
