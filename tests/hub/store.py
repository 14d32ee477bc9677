"""Repositories in memory: commits, branches, tags and large objects, by content."""

import hashlib
import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Blob:
    """A file in a commit; ``lfs`` tells how it is stored."""

    content: bytes
    lfs: bool

    @property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()

    @property
    def git_id(self):
        return hashlib.sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()

    @property
    def oid(self):
        """The id by which clients compare and cache."""
        return self.sha256 if self.lfs else self.git_id

    def entry(self, path):
        """As the Hub's tree shows it."""
        entry = {"type": "file", "path": path, "size": len(self.content), "oid": self.git_id}
        if self.lfs:
            entry["lfs"] = {"oid": self.sha256, "size": len(self.content), "pointerSize": 134}
        return entry


@dataclass(frozen=True)
class Commit:
    files: dict
    parent: str | None = None
    title: str = "initial commit"

    @property
    def oid(self):
        """Derived from content and history, for clients cache by it."""
        blobs = sorted((path, blob.sha256) for path, blob in self.files.items())
        return hashlib.sha1(json.dumps([self.parent, self.title, blobs]).encode()).hexdigest()


@dataclass
class Repository:
    """Of a kind, ``datasets/`` or ``models/``, as addresses name it; ``None`` answers to both."""

    id: str
    private: bool = False
    kind: str | None = None
    commits: dict = field(default_factory=dict)
    branches: dict = field(default_factory=dict)
    tags: dict = field(default_factory=dict)

    def __post_init__(self):
        first = Commit({".gitattributes": Blob(b"*.bin filter=lfs\n", lfs=False)})
        self.commits[first.oid] = first
        self.branches["main"] = first.oid

    def resolve(self, revision):
        """The commit of a branch, tag or id, or ``None``."""
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        return self.commits.get(oid)

    def commit(self, branch, changes, title):
        """Adds a commit in which a path with ``None`` is removed."""
        parent = self.commits[self.branches[branch]]
        files = {path: blob for path, blob in (parent.files | changes).items() if blob}
        commit = Commit(files, parent.oid, title)
        self.commits[commit.oid] = commit
        self.branches[branch] = commit.oid
        return commit
