"""The journal of a build: what is done stays done, whenever the process ends.

``OUT/.build`` holds ``build.json`` (settings, versions and source of the build) and one file for
each chunk of inputs. Files are written aside, flushed to the disk and renamed, and carry their
checksum, so a part is there whole or not at all: a kill at any time costs the chunks in work. Parts
also carry the digest of ``build.json``: one of another build is not taken.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from crystext import provenance
from crystext.corpus import layout
from crystext.corpus.unfinished import COMMAND, command_facts
from crystext.errors import (
    OtherBuildError,
    OutputTakenError,
    UnfinishedBuildError,
)
from crystext.files import ASIDE, read_json, sync_folder, write_bytes, write_json, writing
from crystext.pipelines.build.parts import Part, marked, read_head, read_part
from crystext.pipelines.file_lock import try_file_lock
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BUILD, LOCK, OWNER, PARTS, READY = "build.json", "lock", "owner", "parts", "ready"
AGAIN = "go on with --resume, or choose another --out"
"""What to do after a failed write."""


class Journal:
    """The unfinished build in one folder; locked against other processes while it is open.

    Args:
        out: folder of the corpus.
        header: what the build is made from and with; a resume must bring the same.
        resume: go on with the build that is there, if there is one.
        command: what goes on with it, to be told if it does not end.

    Raises:
        OutputTakenError: the folder holds a finished corpus or other files, or another process
            builds there.
        UnfinishedBuildError: it holds an unfinished build and ``resume`` is not set.
        OtherBuildError: the unfinished build has another header.
        CannotWriteError: the folder cannot be written.
    """

    def __init__(
        self, out: Path, header: Mapping[str, Any], *, resume: bool, command: str | None = None
    ) -> None:
        self.out = out
        self.work = out / layout.WORK
        self._parts = self.work / PARTS
        header = json.loads(json.dumps(header))
        self._build = digest(header)
        refuse_second(out)
        self._refuse(header, resume=resume)  # before anything is written there
        with writing(self.work, AGAIN), ExitStack() as stack:
            self._parts.mkdir(parents=True, exist_ok=True)
            if not stack.enter_context(try_file_lock(self.work / LOCK)):
                raise _second(out)
            try:
                old = self._refuse(header, resume=resume)  # of what another has left meanwhile
            except OutputTakenError:
                clean_up(out)
                raise
            owner = f"process {os.getpid()} on {platform.node()}"
            (self.work / OWNER).write_text(owner, encoding="utf-8")
            for left in self.work.glob(f"**/*{ASIDE}"):
                left.unlink()
            if old is None:
                write_bytes(self.work / BUILD, json.dumps(header, indent=2).encode())
            if command is not None:
                write_json(out / COMMAND, command_facts(command))
            self._open = stack.pop_all()

    def _refuse(self, header: Any, *, resume: bool) -> Any:
        """Refuses what cannot be built here; returns the header of the build to go on with."""
        old = read_json(self.work / BUILD)
        if (self.out / layout.MANIFEST).exists():
            raise OutputTakenError(
                f"{self.out} holds a finished corpus, which is never overwritten; choose another "
                "--out"
            )
        if old is None:
            with writing(self.out, AGAIN):
                if self.out.exists():
                    others = {one.name for one in self.out.iterdir()} - {layout.WORK}
                    if others:
                        raise OutputTakenError(
                            f"{self.out} holds other files ({min(others)}); choose a new folder"
                        )
            return None
        if not resume:
            raise UnfinishedBuildError(
                f"{self.out} holds an unfinished build; go on with --resume, or remove the folder"
            )
        if differing := differences(old, header):
            raise OtherBuildError(
                f"the unfinished build in {self.out} {differing}: build as before, or choose "
                "another --out"
            )
        return old

    def has(self, index: int, inputs: str) -> dict[str, Any] | None:
        """The head of a chunk's part if it is there, whole, of this build and these inputs."""
        path = self._path(index)
        head = read_head(path.read_bytes()) if path.is_file() else None
        wanted = {"inputs": inputs, "build": self._build}
        return head if head and head.items() >= wanted.items() else None

    def store(self, index: int, part: bytes) -> None:
        """Keeps the part of a chunk.

        Raises:
            CannotWriteError: it cannot be written; nothing half-written is left.
        """
        with writing(self._path(index), AGAIN):
            write_bytes(self._path(index), marked(part, self._build))

    def parts(self, count: int) -> Iterator[Part]:
        """Yields the parts of the first so many chunks, in order, one at a time in memory."""
        for index in range(count):
            yield read_part(self._path(index).read_bytes())

    def ready(self) -> Path:
        """An empty folder in which the finished files are put together."""
        folder = self.work / READY
        with writing(folder, AGAIN):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        return folder

    def publish(self) -> None:
        """Moves the finished files into the corpus' folder, the manifest last, and ends the build.

        A folder with a manifest is a finished corpus; killed before that, a resume puts the files
        together and moves them again.
        """
        ready = self.work / READY
        with writing(self.out, AGAIN):
            names = sorted(one.name for one in ready.iterdir() if one.name != layout.MANIFEST)
            for name in (*names, layout.MANIFEST):
                target = self.out / name
                if target.is_dir():
                    shutil.rmtree(target)
                (ready / name).replace(target)
        sync_folder(self.out)
        self.close()
        clean_up(self.out)

    def close(self) -> None:
        """Lets go of the folder."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _path(self, index: int) -> Path:
        return self._parts / f"{index:08d}.part"


def clean_up(out: Path) -> None:
    """Removes what a finished build leaves."""
    shutil.rmtree(out / layout.WORK, ignore_errors=True)


def refuse_second(out: Path) -> None:
    """Refuses to build where another process builds; at once, and writes nothing.

    Raises:
        OutputTakenError: one does.
    """
    lock = out / layout.WORK / LOCK
    if lock.is_file():
        with try_file_lock(lock) as mine:
            if not mine:
                raise _second(out)


def _second(out: Path) -> OutputTakenError:
    work = out / layout.WORK
    try:
        owner = (work / OWNER).read_text(encoding="utf-8")
    except (OSError, ValueError):
        owner = "another process"
    message = f"{owner} builds in {out} and holds {work / LOCK}"
    return OutputTakenError(f"{message}; wait for its end, or choose another --out")


def differences(old: Any, new: Any) -> str:
    """How two headers differ, in words that follow what the first is of; empty if they do not."""
    if found := provenance.differences(old, new):
        then, now = (one.get("versions", {}).get("crystext") for one in (old, new))
        by = "" if then == now else f"is of crystext {then}, and this is {now}; it "
        return f"{by}differs in {'; '.join(found)}"
    return ""
