"""The manifest: what a corpus holds, from what and how it was made, and whether it is whole.

A plain dict, written as JSON with its keys in a fixed order; no times, machines or numbers of
workers, so that two builds write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from crystext.corpus import layout
from crystext.corpus.manifest_shape import SHAPE, shape_problem
from crystext.corpus.unfinished import unfinished
from crystext.errors import BadCorpusError, NoCorpusError, UnfinishedCorpusError, first_line, shown
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from crystext.corpus.columns import Property

FORMAT = 1
KEYS = ("format", *SHAPE)

Manifest = dict[str, Any]
"""The keys are :data:`KEYS`."""


def make_manifest(
    *,
    name: str,
    source: Mapping[str, Any],
    settings: Mapping[str, Any],
    versions: Mapping[str, str],
    counts: Mapping[str, Any],
    properties: Iterable[Property],
    splits: Mapping[str, Any],
    files: Iterable[Mapping[str, Any]],
) -> Manifest:
    """The manifest of a corpus whose files are written.

    Args:
        name: of the corpus, for example ``mini-text``.
        source: the registry's facts, with size and SHA-256 of the file that was read.
        settings: all that decides the rows.
        versions: of all that decides the bytes.
        counts: ``inputs``, ``rows``, ``failures``, ``failures_by_code``, and ``noted``: rows with
            notes.
        properties: the property columns.
        splits: by property: ``origin``, ``counts``, ``dropped``, ``missing`` and ``outside``.
        files: path, rows, bytes and SHA-256 of each.
    """
    assert counts["inputs"] == counts["rows"] + counts["failures"], counts
    files = [dict(file) for file in files]
    return {
        "format": FORMAT,
        "name": name,
        "source": dict(source),
        "settings": dict(settings),
        "settings_digest": digest(settings),
        "versions": dict(versions),
        "counts": dict(counts),
        "properties": [one.to_dict() for one in properties],
        "splits": dict(splits),
        "files": files,
        "content_digest": content_digest(files),
    }


def content_digest(files: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over the paths and hashes of all files; equal for two builds of the same rows."""
    lines = sorted(f"{file['sha256']}  {file['path']}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Reads the manifest of a finished corpus.

    Raises:
        NoCorpusError: the folder is missing, or holds no corpus.
        UnfinishedCorpusError: it holds a build that did not end.
        BadCorpusError: the manifest is damaged, or of a later format, or an entry is not of its
            type.
    """
    path = folder / layout.MANIFEST
    if not path.is_file():
        if (folder / layout.WORK).is_dir():
            raise UnfinishedCorpusError(unfinished(folder))
        what = "is no folder" if not folder.is_dir() else f"holds no {layout.MANIFEST}"
        raise NoCorpusError(f"{folder} {what}; build a corpus there with: crystext build-corpus")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadCorpusError(
            f"{path} cannot be read ({first_line(error)}); get or build the corpus again"
        ) from error
    missing = [key for key in KEYS if not isinstance(manifest, dict) or key not in manifest]
    if missing:
        raise BadCorpusError(f"{path} has no {missing[0]!r}; it is no manifest of crystext")
    if manifest["format"] != FORMAT:
        raise BadCorpusError(
            f"{path} has format {shown(manifest['format'])}, this crystext reads {FORMAT}; update "
            "it"
        )
    if problem := shape_problem(manifest):
        raise BadCorpusError(f"{path}: {problem}; get or build the corpus again")
    return manifest
