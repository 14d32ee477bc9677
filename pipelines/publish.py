"""Publishes a finished corpus on the Hugging Face Hub: checked first, one commit, then a tag.

Nothing goes up but the shards that the manifest lists, the manifest, a card and the rule that keeps
Parquet in large-file storage. Shards of an earlier release that are no longer there are deleted in
the same commit, for ``datasets`` would read them too. Running again after an interruption uploads
only what the Hub does not hold yet.
"""

from __future__ import annotations

from pathlib import Path

from crystext.corpus import layout
from crystext.corpus.card import make_card
from crystext.corpus.integrity import check_files
from crystext.pipelines.release import (
    DEFAULT_BRANCH,
    PublishResult,
    ReleaseFile,
    check_names,
    upload,
)

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
        endpoint: of the Hub; what ``HF_ENDPOINT`` says if not given.

    Raises:
        NoCorpusError: the folder holds no corpus.
        UnfinishedCorpusError: the build has not ended.
        BadCorpusError: a file is not the one that the manifest lists.
        IncompleteCardError: the manifest lacks a fact that the card states.
        UsageError: a name is not one that the Hub takes.
        PublishError: see :func:`crystext.pipelines.release.upload`.
    """
    check_names(repo_id, revision, tag)
    plan = _plan(Path(folder), repo_id, branch=revision or DEFAULT_BRANCH, tag=tag)
    if dry_run:
        return plan
    message = message or f"Corpus {folder.name}"
    return upload(plan, message=message, private=private, endpoint=endpoint)


def _plan(folder: Path, repo_id: str, *, branch: str, tag: str | None) -> PublishResult:
    """Checks the corpus and lists what goes up."""
    manifest = check_files(folder)
    card = make_card(folder, manifest, repo_id)
    shards = [
        ReleaseFile(file["path"], file["bytes"], file["sha256"], folder / file["path"])
        for file in manifest["files"]
    ]
    made = [
        ReleaseFile.large_files("parquet"),
        ReleaseFile.of_text(layout.CARD, card),
        ReleaseFile.of_text(layout.MANIFEST, (folder / layout.MANIFEST).read_text("utf-8")),
    ]
    files = tuple(sorted([*made, *shards], key=lambda file: file.path))
    return PublishResult(repo_id, files, card, owned=OWNED, branch=branch, tag=tag)
