"""What the tools do: questions to one child process, and files of one folder."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from crystext.agents.bounded import tokens
from crystext.agents.folder import SharedFolder
from crystext.agents.worker import Given
from crystext.errors import CrystextError, EngineFailedError, UsageError
from crystext.serve.desk import LastingChild
from crystext.serve.worker import Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from crystext.pipelines.parallel.limited_describer import LimitedDescriber

FACTORY = "crystext.agents.worker:ToolWorker"
MOST_TOKENS = 1000
"""Tokens of an answer, if the command does not say another number."""
MOST_TEXT = 200_000
"""Characters of a text that is given."""


class Tools(LastingChild):
    """What the tools do, for the server and for tests.

    Args:
        folder: whose files may be read; ``None`` for none.
        child: the process that does the work, with its time limit.
        most: tokens of an answer at most.
    """

    def __init__(
        self, folder: str | None, child: LimitedDescriber, most: int = MOST_TOKENS
    ) -> None:
        super().__init__(child, "crystext-tools")
        self.folder = SharedFolder(folder)
        self.most = most

    async def ask(self, method: Callable[..., Any], *asked: Any) -> Any:
        """The child's answer.

        Args:
            method: of :class:`~crystext.agents.worker.ToolWorker`.
            asked: its arguments.

        Raises:
            CrystextError: there is none; its message says why.
        """
        try:
            return await asyncio.wrap_future(self.submit(self.child.describe, (method, asked)))
        except CrystextError:
            raise
        except Exception as error:
            raise EngineFailedError.from_exception(error) from error

    def given(self, file: str | None, text: str | None, index: int, format: str | None) -> Given:  # noqa: A002
        """The structure that a tool was given.

        Raises:
            UsageError: it was given none, or two.
            InputError: the file cannot be read.
        """
        if (file is None) == (text is None):
            raise UsageError("give a structure either as file or as text")
        if file is not None:
            name = file.replace("\\", "/").rpartition("/")[2]
            return Given(Upload(self.folder.read(file), name, format), index)
        assert text is not None
        return Given(Upload(short(text).encode(), "", format), index)

    def room(self, asked: int | None) -> int:
        """The tokens of an answer: what is asked for, within what the server allows."""
        return max(1, min(asked or self.most, self.most))

    def files(self) -> str:
        """Names of what can be read, as many as fit."""
        lines: list[str] = []
        room, left = self.most, 0
        for name, what in self.folder.listed():
            line = f"{name}\t{what}"
            room -= tokens(line)
            if room < 0:
                left += 1
            else:
                lines.append(line)
        return "\n".join([*lines, *([f"[{left:,} more]"] if left else [])])


def short(text: str) -> str:
    """The text, if it is not too long to be read.

    Raises:
        UsageError: it is.
    """
    if len(text) > MOST_TEXT:
        raise UsageError(f"the text has {len(text):,} characters; at most {MOST_TEXT:,} are read")
    return text
