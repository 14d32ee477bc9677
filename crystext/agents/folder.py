"""The one folder whose files the tools may read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crystext.corpus import layout
from crystext.errors import (
    FileTooLargeError,
    NoCorpusError,
    OutsideFolderError,
    UnreadableFileError,
    shown,
)
from crystext.files import special
from crystext.formats.names import format_of_name

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

MOST_BYTES = 5_000_000
"""The largest file that is read."""
MINI = "mini"
"""The corpus that comes with the package, which needs no folder."""
_DEEPEST = 6


class SharedFolder:
    """Names of files, taken below one folder and never beyond it.

    Args:
        root: the folder; ``None`` shares no files.

    Raises:
        UnreadableFileError: it is no folder.
    """

    def __init__(self, root: str | os.PathLike[str] | None) -> None:
        self.root = None if root is None else Path(root).resolve()
        if self.root is not None and not self.root.is_dir():
            raise UnreadableFileError(f"{root} is no folder; give one that exists")

    def find(self, name: str) -> Path:
        """The place of a name, which exists and lies in the folder once links are followed.

        Raises:
            OutsideFolderError: it lies elsewhere, or no folder is shared.
            UnreadableFileError: there is nothing of this name.
        """
        if self.root is None:
            raise OutsideFolderError(
                f"{shown(name)} cannot be read: no folder is shared; give the text of the structure"
            )
        try:
            path = (self.root / name).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            path = None
        inside = (self.root / name).absolute() if path is None else path
        if ".." in Path(name).parts or not inside.is_relative_to(self.root):
            raise OutsideFolderError(
                f"{shown(name)} is outside of the shared folder; name a file below it"
            )
        if path is None:
            raise UnreadableFileError(f"the shared folder has no {shown(name)}; see list_files")
        return path

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            InputError: it lies elsewhere, is no file, or is too large.
        """
        path = self.find(name)
        kind = "a folder" if path.is_dir() else special(path)
        if kind:
            raise UnreadableFileError(f"{shown(name)} is {kind}; name a file")
        try:
            if path.stat().st_size > MOST_BYTES:
                raise FileTooLargeError(
                    f"{shown(name)} has over {MOST_BYTES:,} bytes; give a smaller file"
                )
            return path.read_bytes()
        except OSError as error:
            raise UnreadableFileError(f"{shown(name)} cannot be read ({error.strerror})") from error

    def corpus(self, name: str) -> str:
        """What a corpus is opened by: its folder, or the name of the one in the package.

        Raises:
            OutsideFolderError: it lies elsewhere.
            NoCorpusError: it is no corpus.
        """
        if name == MINI:
            return MINI
        path = self.find(name)
        if not (path / layout.MANIFEST).is_file():
            raise NoCorpusError(f"{shown(name)} is no corpus; see list_files, or say {MINI}")
        return str(path)

    def listed(self) -> Iterator[tuple[str, str]]:
        """Names of the structure files and corpora below the folder, each with what it is."""
        yield MINI, "corpus, in the package"
        if self.root is not None:
            yield from self._below(self.root, _DEEPEST)

    def _below(self, folder: Path, depth: int) -> Iterator[tuple[str, str]]:
        assert self.root is not None
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            return  # one that may not be read has nothing to offer
        for path in entries:
            if path.name.startswith(".") or path.is_symlink():
                continue
            name = str(path.relative_to(self.root))
            if (path / layout.MANIFEST).is_file():
                yield name, "corpus"
            elif path.is_dir() and depth:
                yield from self._below(path, depth - 1)
            elif path.is_file() and format_of_name(path.name):
                yield name, f"structure file ({format_of_name(path.name)})"
