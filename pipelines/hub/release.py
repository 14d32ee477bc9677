"""A release on the Hugging Face Hub, of a corpus or a model: one commit, then a tag.

Files of an earlier release that are no longer there are deleted in the same commit. Running again
after an interruption uploads only what the Hub does not hold yet.

What goes up is what was checked: files are sent from private copies whose SHA-256 is the one that
the release lists, and the commit is compared with the release before it is tagged.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from crystext.errors import (
    ChangedFileError,
    NotAllowedError,
    PublishFailedError,
    TagTakenError,
    UsageError,
)
from crystext.files import sha256
from crystext.pipelines.hub import connect as hub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from huggingface_hub import HfApi, RepoFile

    Held = Callable[[str], bytes | None]
    """The content of a file that the branch holds; ``None`` where it holds none of this path."""

RepoType = Literal["dataset", "model"]
_ATTRIBUTES = ".gitattributes"
DEFAULT_BRANCH = "main"
_PAGES = {"dataset": "datasets/", "model": ""}
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_REPO_ID = re.compile(rf"{_NAME}/{_NAME}")
_REF = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True)
class ReleaseFile:
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
    def of_file(cls, path: str, file: Path) -> ReleaseFile:
        """A file of this machine."""
        return cls(path, file.stat().st_size, sha256(file), file)

    @classmethod
    def of_bytes(cls, path: str, content: bytes) -> ReleaseFile:
        """A file that is made for the release."""
        return cls(path, len(content), hashlib.sha256(content).hexdigest(), content)

    @classmethod
    def of_text(cls, path: str, text: str) -> ReleaseFile:
        """A text that is made for the release."""
        return cls.of_bytes(path, text.encode())

    @classmethod
    def large_files(cls, *endings: str) -> ReleaseFile:
        """The rule that keeps files in large-file storage, by the endings of their names."""
        lines = [f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in endings]
        return cls.of_text(_ATTRIBUTES, "".join(lines))

    def is_as(self, remote: RepoFile | None) -> bool:
        """Whether the Hub holds this content; outside of large-file storage git's id tells."""
        if remote is None:
            return False
        if remote.lfs is not None:
            return remote.lfs.sha256 == self.sha256
        return remote.size == self.size and remote.blob_id == self.git_id()

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
        repo_type: ``dataset`` or ``model``.
        owned: beginnings of paths in the repository that are ours to delete.
        branch: that the commit is on.
        tag: that names the commit, if one was asked for.
        url: page of the commit; ``None`` for a dry run.
        commit: its id; the head's if nothing had changed, ``None`` for a dry run.
        uploaded: paths of files that were new or had changed.
        deleted: paths of old files that were removed.
    """

    repo_id: str
    files: tuple[ReleaseFile, ...]
    card: str
    repo_type: RepoType = "dataset"
    owned: tuple[str, ...] = ()
    branch: str = DEFAULT_BRANCH
    tag: str | None = None
    url: str | None = None
    commit: str | None = None
    uploaded: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    @property
    def where(self) -> dict[str, Any]:
        """The repository, as the Hub's client takes it."""
        return {"repo_id": self.repo_id, "repo_type": self.repo_type}


def check_names(repo_id: str, revision: str | None, tag: str | None) -> None:
    """Refuses names that the Hub would refuse.

    Raises:
        UsageError: names the first.
    """
    if not _REPO_ID.fullmatch(repo_id) or ".." in repo_id or "--" in repo_id:
        msg = f"repo id {repo_id!r} is none of the Hub's; write owner/name, as crysmmnet/mp-text"
        raise UsageError(msg)
    for option, name in (("--revision", revision), ("--tag", tag)):
        if name is not None and not _REF.fullmatch(name):
            msg = f"{option} {name!r} is no name in git; use letters, digits, '.', '-', '_'"
            raise UsageError(msg)


def upload(
    plan: PublishResult,
    *,
    message: str,
    private: bool = False,
    endpoint: str | None = None,
    look: Callable[[Held], None] | None = None,
) -> PublishResult:
    """Puts a release on the Hub as one commit.

    The token is looked for by ``huggingface_hub`` in its own places (``HF_TOKEN``, the login's
    file) and sent to the endpoint alone.

    Args:
        plan: what goes up, and where.
        message: of the commit.
        private: create the repository private; an existing public one is refused.
        endpoint: of the Hub; what ``HF_ENDPOINT`` says if not given.
        look: is shown what the branch holds, before anything is sent; what it raises ends it.

    Raises:
        MissingExtraError: ``huggingface_hub`` is not installed.
        NoTokenError: no token is found.
        NotAllowedError: the token may not do this, or the repository is public.
        ChangedFileError: a file is no longer the one that the release lists.
        TagTakenError: the tag names another commit.
        StaleParentError: somebody committed meanwhile; nothing was changed.
        PublishFailedError: the connection broke; run again to go on.
    """
    api = hub.connect(endpoint)
    with hub.errors(plan.repo_id, str(api.token)):
        _prepare_repository(api, plan, private=private)
        head = str(api.repo_info(**plan.where, revision=plan.branch).sha)
        if look is not None:
            look(lambda path: _held(api, plan, head, path))
        return _commit(api, plan, head, message)


def _held(api: HfApi, plan: PublishResult, head: str, path: str) -> bytes | None:
    from huggingface_hub.errors import EntryNotFoundError

    with TemporaryDirectory(prefix="crystext-") as folder:
        try:
            found = api.hf_hub_download(
                **plan.where, filename=path, revision=head, local_dir=folder
            )
        except EntryNotFoundError:
            return None
        return Path(found).read_bytes()


def _prepare_repository(api: HfApi, plan: PublishResult, *, private: bool) -> None:
    """Creates repository and branch where they do not exist."""
    api.create_repo(**plan.where, private=private or None, exist_ok=True)
    if private and not api.repo_info(**plan.where).private:
        msg = f"{plan.repo_id!r} is public already; publish without --private, or elsewhere"
        raise NotAllowedError(msg)
    if plan.branch != DEFAULT_BRANCH:
        api.create_branch(**plan.where, branch=plan.branch, exist_ok=True)


def _commit(api: HfApi, plan: PublishResult, head: str, message: str) -> PublishResult:
    """Commits what differs from the head of the branch, and tags the result."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    remote = _remote_files(api, plan, head)
    changed = [file for file in plan.files if not file.is_as(remote.get(file.path))]
    kept = {file.path for file in plan.files}
    gone = sorted(path for path in remote if path.startswith(plan.owned) and path not in kept)
    _check_tag(api, plan, head, unchanged=not changed and not gone)
    commit = head
    url = f"{api.endpoint}/{_PAGES[plan.repo_type]}{plan.repo_id}/commit/{head}"
    if changed or gone:
        with _copied(changed) as copies:
            done = api.create_commit(
                **plan.where,
                operations=[
                    *(CommitOperationAdd(file.path, file.content) for file in copies),
                    *(CommitOperationDelete(path) for path in gone),
                ],
                commit_message=message,
                revision=plan.branch,
                parent_commit=head,
            )
            commit, url = done.oid, done.commit_url
            there = _remote_files(api, plan, commit)
            if wrong := [file.path for file in copies if not file.is_as(there.get(file.path))]:
                raise PublishFailedError(
                    f"the Hub's commit {commit[:8]} does not hold {wrong[0]} as it was sent; "
                    "publish again"
                )
    if plan.tag:
        api.create_tag(**plan.where, tag=plan.tag, revision=commit, exist_ok=True)
    return replace(
        plan,
        url=url,
        commit=commit,
        uploaded=tuple(file.path for file in changed),
        deleted=tuple(gone),
    )


@contextmanager
def _copied(files: Sequence[ReleaseFile]) -> Iterator[list[ReleaseFile]]:
    """The same files from copies that nobody else writes, each proved to be the listed one.

    Raises:
        ChangedFileError: a file has another content than the release lists.
        OSError: there is no room for the copies.
    """
    with TemporaryDirectory(prefix="crystext-") as folder:
        yield [_copy(file, Path(folder) / str(index)) for index, file in enumerate(files)]


def _copy(file: ReleaseFile, target: Path) -> ReleaseFile:
    if isinstance(file.content, bytes):
        return file
    shutil.copyfile(file.content, target)
    copy = ReleaseFile.of_file(file.path, target)
    if copy.sha256 != file.sha256:
        raise ChangedFileError(
            f"{file.content} changed after it was checked (SHA-256 {copy.sha256[:16]}… instead of "
            f"{file.sha256[:16]}…); nothing was committed; check it and publish again"
        )
    return copy


def _remote_files(api: HfApi, plan: PublishResult, commit: str) -> dict[str, RepoFile]:
    """The files of a commit by their paths."""
    from huggingface_hub import RepoFile

    tree = api.list_repo_tree(**plan.where, revision=commit, recursive=True)
    return {item.path: item for item in tree if isinstance(item, RepoFile)}


def _check_tag(api: HfApi, plan: PublishResult, head: str, *, unchanged: bool) -> None:
    """Refuses a tag that would have to move, before anything is uploaded."""
    if not plan.tag:
        return
    refs = api.list_repo_refs(**plan.where)
    there = next((ref.target_commit for ref in refs.tags if ref.name == plan.tag), None)
    if there is not None and not (there == head and unchanged):
        msg = f"tag {plan.tag!r} names commit {there[:8]} already and does not move; choose another"
        raise TagTakenError(msg)
