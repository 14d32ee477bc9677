"""Publishes a finished corpus on the Hugging Face Hub: checked first, one commit, then a tag.

Nothing goes up but the shards that the manifest lists, the manifest, a card and the rule that keeps
Parquet in large-file storage. Shards of an earlier release that are no longer there are deleted in
the same commit, for ``datasets`` would read them too. Running again after an interruption uploads
only what the Hub does not hold yet. A newer or larger corpus is not replaced unless that is asked
for.
"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.corpus import layout
from crystext.corpus.card import make_card
from crystext.corpus.checks.files import check_files
from crystext.errors import ChangedFileError, OlderCorpusError, shown
from crystext.pipelines.hub.release import (
    DEFAULT_BRANCH,
    PublishResult,
    ReleaseFile,
    check_names,
    upload,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crystext.corpus.manifest import Manifest
    from crystext.pipelines.hub.release import Held

OWNED = tuple(f"{name}/" for name in (layout.DATA, layout.FAILURES, layout.PROPERTIES))
"""Folders in the repository whose files are ours to delete."""


def publish(
    folder: Path,
    repo_id: str,
    *,
    private: bool = False,
    revision: str | None = None,
    tag: str | None = None,
    message: str | None = None,
    dry_run: bool = False,
    force: bool = False,
    endpoint: str | None = None,
) -> PublishResult:
    """Publishes a corpus as one commit.

    Args:
        folder: a finished corpus.
        repo_id: ``owner/name``; created if it does not exist.
        private: create it private; an existing public one is refused.
        revision: branch; created from ``main`` if it does not exist.
        tag: names the commit afterwards; refused if it names another already.
        message: of the commit.
        dry_run: check and show only: no request, no token, no ``huggingface_hub``.
        force: replace a newer or larger corpus, or one of another source.
        endpoint: of the Hub; what ``HF_ENDPOINT`` says if not given.

    Raises:
        NoCorpusError: the folder holds no corpus.
        UnfinishedCorpusError: the build has not ended.
        BadCorpusError: a file is not the one that the manifest lists.
        OlderCorpusError: the branch holds a newer or larger corpus, or one of another source.
        IncompleteCardError: the manifest lacks a fact that the card states.
        UsageError: a name is not one that the Hub takes.
        PublishError: see :func:`crystext.pipelines.hub.release.upload`.
    """
    check_names(repo_id, revision, tag)
    folder = Path(folder)
    manifest = check_files(folder)
    plan = _plan(folder, manifest, repo_id, branch=revision or DEFAULT_BRANCH, tag=tag)
    if dry_run:
        return plan
    message = message or f"Corpus {folder.name}"
    look = None if force else partial(_refuse_older, manifest, repo_id)
    return upload(plan, message=message, private=private, endpoint=endpoint, look=look)


def _plan(
    folder: Path, manifest: Manifest, repo_id: str, *, branch: str, tag: str | None
) -> PublishResult:
    """Lists what goes up."""
    card = make_card(folder, manifest, repo_id)
    text = (folder / layout.MANIFEST).read_text("utf-8")
    if json.loads(text) != manifest:
        raise ChangedFileError(
            f"{folder / layout.MANIFEST} changed while it was checked; publish again"
        )
    shards = [
        ReleaseFile(file["path"], file["bytes"], file["sha256"], folder / file["path"])
        for file in manifest["files"]
    ]
    made = [
        ReleaseFile.large_files("parquet"),
        ReleaseFile.of_text(layout.CARD, card),
        ReleaseFile.of_text(layout.MANIFEST, text),
    ]
    files = tuple(sorted([*made, *shards], key=lambda file: file.path))
    return PublishResult(repo_id, files, card, owned=OWNED, branch=branch, tag=tag)


def _refuse_older(ours: Manifest, repo_id: str, held: Held) -> None:
    """Refuses to replace what is newer, larger, or of another source.

    Raises:
        OlderCorpusError: says in what.
    """
    try:
        theirs = json.loads(held(layout.MANIFEST) or b"null")
    except ValueError:
        theirs = None
    if isinstance(theirs, dict) and (reasons := list(_losses(ours, theirs))):
        raise OlderCorpusError(
            f"{repo_id!r} holds a corpus {' and '.join(reasons)}; publish elsewhere, or replace it "
            "with --force"
        )


def _losses(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """What would be lost, in words: a newer crystext or source, inputs."""
    name, other = (_fact(one, "source", "name") for one in (ours, theirs))
    if isinstance(other, str) and other != name:
        yield f"of {shown(other)}, this one is of {name!r}"
        return
    for what, group, key in (
        ("built by crystext", "versions", "crystext"),
        ("of", "source", "version"),
    ):
        mine, their = (_fact(one, group, key) for one in (ours, theirs))
        if _numbers(their) > _numbers(mine):
            yield f"{what} {shown(their)}, this one is {what} {shown(mine)}"
    mine, their = (_fact(one, "counts", "inputs") for one in (ours, theirs))
    if isinstance(their, int) and their > mine:
        yield f"of {their:,} inputs, this one is of {mine:,}"


def _fact(manifest: Mapping[str, Any], group: str, key: str) -> Any:
    held = manifest.get(group)
    return held.get(key) if isinstance(held, dict) else None


def _numbers(version: Any) -> tuple[int, ...]:
    """The numbers of a version, by which versions are ordered."""
    return (
        tuple(int(one) for one in re.findall(r"\d+", version)) if isinstance(version, str) else ()
    )
