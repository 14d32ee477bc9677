"""Publishes a finished corpus on the Hugging Face Hub: checked first, one commit, then a tag.

Nothing goes up but the shards that the manifest lists, the manifest, a card and the rule that keeps
Parquet in large-file storage. Shards of an earlier release that are no longer there are deleted in
the same commit, for ``datasets`` would read them too. Running again after an interruption uploads
only what the Hub does not hold yet.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.corpus import layout
from crystext.corpus.card import make_card
from crystext.corpus.integrity import check_files
from crystext.errors import NotAllowedError, TagTakenError, UsageError
from crystext.pipelines import hub

if TYPE_CHECKING:
    from collections.abc import Callable

    from huggingface_hub import HfApi

OWNED = tuple(f"{name}/" for name in (layout.DATA, layout.FAILURES, layout.PROPERTIES))
"""Folders in the repository whose files are ours to delete."""
ATTRIBUTES = ".gitattributes"
ATTRIBUTES_TEXT = "*.parquet filter=lfs diff=lfs merge=lfs -text\n"
DEFAULT_BRANCH = "main"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_REPO_ID = re.compile(rf"{_NAME}/{_NAME}")
_REF = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True)
class CorpusFile:
    """One file of the release.

    Attributes:
        path: in the repository.
        size: in bytes.
        sha256: of the content, hexadecimal.
        content: path of the file, or the bytes of what is made for the release.
    """

    path: str
    size: int
    sha256: str
    content: Path | bytes

    @classmethod
    def of_text(cls, path: str, text: str) -> CorpusFile:
        """A file that is made for the release."""
        content = text.encode()
        return cls(path, len(content), hashlib.sha256(content).hexdigest(), content)

    def git_id(self) -> str:
        """The id that git gives the content, where it is not in large-file storage."""
        content = self.content if isinstance(self.content, bytes) else self.content.read_bytes()
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324


@dataclass(frozen=True)
class PublishResult:
    """What was published, or would be.

    Attributes:
        repo_id: for example ``crysmmnet/jarvis-text``.
        files: all files of the release.
        card: the text of ``README.md``.
        branch: that the commit is on.
        tag: that names the commit, if one was asked for.
        url: page of the commit; ``None`` for a dry run.
        commit: its id; the head's if nothing had changed, ``None`` for a dry run.
        uploaded: paths of files that were new or had changed.
        deleted: paths of old files that were removed.
    """

    repo_id: str
    files: tuple[CorpusFile, ...]
    card: str
    branch: str = DEFAULT_BRANCH
    tag: str | None = None
    url: str | None = None
    commit: str | None = None
    uploaded: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


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

    The token is looked for by ``huggingface_hub`` in its own places (``HF_TOKEN``, the login's
    file) and sent to the endpoint alone.

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
        MissingExtraError: ``huggingface_hub`` is not installed.
        NoTokenError: no token is found.
        NotAllowedError: the token may not do this, or the repository is public.
        TagTakenError: the tag names another commit.
        StaleParentError: somebody committed meanwhile; nothing was changed.
        PublishFailedError: the connection broke; run again to go on.
        UsageError: a name is not one that the Hub takes.
    """
    _check_names(repo_id, revision, tag)
    plan = _plan(Path(folder), repo_id, branch=revision or DEFAULT_BRANCH, tag=tag)
    if dry_run:
        return plan
    api = hub.connect(endpoint)
    with hub.errors(repo_id, api.token):
        _prepare_repository(api, repo_id, private=private, branch=plan.branch)
        return _commit(api, plan, message or f"Corpus {folder.name}")


def _check_names(repo_id: str, revision: str | None, tag: str | None) -> None:
    if not _REPO_ID.fullmatch(repo_id) or ".." in repo_id or "--" in repo_id:
        msg = f"repo id {repo_id!r} is none of the Hub's; write owner/name, as crysmmnet/mp-text"
        raise UsageError(msg)
    for option, name in (("--revision", revision), ("--tag", tag)):
        if name is not None and not _REF.fullmatch(name):
            msg = f"{option} {name!r} is no name in git; use letters, digits, '.', '-', '_'"
            raise UsageError(msg)


def _plan(folder: Path, repo_id: str, *, branch: str, tag: str | None) -> PublishResult:
    """Checks the corpus and lists what goes up."""
    manifest = check_files(folder)
    card = make_card(folder, manifest, repo_id)
    shards = [
        CorpusFile(file["path"], file["bytes"], file["sha256"], folder / file["path"])
        for file in manifest["files"]
    ]
    made = [
        CorpusFile.of_text(ATTRIBUTES, ATTRIBUTES_TEXT),
        CorpusFile.of_text(layout.CARD, card),
        CorpusFile.of_text(layout.MANIFEST, (folder / layout.MANIFEST).read_text("utf-8")),
    ]
    files = tuple(sorted([*made, *shards], key=lambda file: file.path))
    return PublishResult(repo_id, files, card, branch=branch, tag=tag)


# ------------------------------------------------------------------------------------ on the Hub


def _prepare_repository(api: HfApi, repo_id: str, *, private: bool, branch: str) -> None:
    """Creates repository and branch where they do not exist."""
    api.create_repo(repo_id, repo_type="dataset", private=private or None, exist_ok=True)
    if private and not api.dataset_info(repo_id).private:
        msg = f"{repo_id!r} is public already; publish without --private, or elsewhere"
        raise NotAllowedError(msg)
    if branch != DEFAULT_BRANCH:
        api.create_branch(repo_id, branch=branch, repo_type="dataset", exist_ok=True)


def _commit(api: HfApi, plan: PublishResult, message: str) -> PublishResult:
    """Commits what differs from the head of the branch, and tags the result."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    where: dict[str, Any] = {"repo_id": plan.repo_id, "repo_type": "dataset"}
    head = api.dataset_info(plan.repo_id, revision=plan.branch).sha
    remote = _remote_files(api, plan.repo_id, head)
    changed = [file for file in plan.files if not remote.get(file.path, _nothing)(file)]
    kept = {file.path for file in plan.files}
    gone = sorted(path for path in remote if path.startswith(OWNED) and path not in kept)
    _check_tag(api, plan, head, unchanged=not changed and not gone)
    commit, url = head, f"{api.endpoint}/datasets/{plan.repo_id}/commit/{head}"
    if changed or gone:
        done = api.create_commit(
            **where,
            operations=[
                *(CommitOperationAdd(file.path, _source(file)) for file in changed),
                *(CommitOperationDelete(path) for path in gone),
            ],
            commit_message=message,
            revision=plan.branch,
            parent_commit=head,
        )
        commit, url = done.oid, done.commit_url
    if plan.tag:
        api.create_tag(**where, tag=plan.tag, revision=commit, exist_ok=True)
    return replace(
        plan,
        url=url,
        commit=commit,
        uploaded=tuple(file.path for file in changed),
        deleted=tuple(gone),
    )


def _source(file: CorpusFile) -> str | bytes:
    return file.content if isinstance(file.content, bytes) else str(file.content)


def _nothing(_file: CorpusFile) -> bool:
    return False


def _remote_files(api: HfApi, repo_id: str, commit: str) -> dict[str, Callable[[CorpusFile], bool]]:
    """For each path in a commit, whether a file of ours is the same."""
    from huggingface_hub import RepoFile

    def same(remote: RepoFile) -> Callable[[CorpusFile], bool]:
        if remote.lfs:
            return lambda ours: remote.lfs.sha256 == ours.sha256
        return lambda ours: remote.size == ours.size and remote.blob_id == ours.git_id()

    tree = api.list_repo_tree(repo_id, repo_type="dataset", revision=commit, recursive=True)
    return {item.path: same(item) for item in tree if isinstance(item, RepoFile)}


def _check_tag(api: HfApi, plan: PublishResult, head: str, *, unchanged: bool) -> None:
    """Refuses a tag that would have to move, before anything is uploaded."""
    if not plan.tag:
        return
    refs = api.list_repo_refs(plan.repo_id, repo_type="dataset")
    there = next((ref.target_commit for ref in refs.tags if ref.name == plan.tag), None)
    if there is not None and not (there == head and unchanged):
        msg = f"tag {plan.tag!r} names commit {there[:8]} already and does not move; choose another"
        raise TagTakenError(msg)
