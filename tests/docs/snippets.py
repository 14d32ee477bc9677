"""The commands and snippets of a page, as they stand between fences.

``console`` blocks show commands after ``$`` and what they print; ``sh`` blocks hold commands,
``python`` blocks Python. A comment before a block says what a reader need not see:
``<!-- run with: OPTIONS -->``, which the test adds to every crystext command of the block so that
it takes seconds; ``<!-- offline: CODE, CODE -->`` of a block that needs a network, without which
each of its crystext commands ends with one of these errors; or ``<!-- not run: REASON -->``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

REASONS = (
    "installs packages",
    "needs SLURM",
    "needs what is not published yet",
    "waits for a browser",
)
"""Why a block may stay unrun: nothing here can run it."""
_COMMAND = re.compile(r"^(crystext|torchrun .* -m crystext) ")
_FENCE = re.compile(r"^```(.*)$", re.MULTILINE)
_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>not run|run with|offline): (?P<words>.*?) -->\n)?"
    r"```(?P<language>console|sh|python)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Snippet(NamedTuple):
    """One block.

    Attributes:
        language: ``console``, ``sh`` or ``python``.
        text: what stands between the fences.
        extra: options that the test adds.
        reason: why it is not run; empty if it is.
        codes: one of these ends each of its crystext commands where there is no network.
        line: in the page, from 1.
    """

    language: str
    text: str
    extra: str
    reason: str
    codes: tuple[str, ...]
    line: int

    @property
    def script(self) -> str:
        """The commands of an ``sh`` block with the test's options."""
        return "\n".join(self._longer(line) for line in self.text.splitlines())

    @property
    def commands(self) -> list[str]:
        """The crystext commands of an ``sh`` block, comments left out."""
        lines = (line.partition("  # ")[0].rstrip() for line in self.text.splitlines())
        return [line for line in lines if _COMMAND.search(line)]

    @property
    def exchanges(self) -> list[tuple[str, str]]:
        """Command and output of a ``console`` block."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts]

    def _longer(self, line: str) -> str:
        if not (self.extra and _COMMAND.search(line)):
            return line
        command, redirect, rest = line.partition(" > ")
        return f"{command} {self.extra}{redirect}{rest}"


def snippets(page: str) -> list[Snippet]:
    """Those of a page, in its order."""
    return [
        Snippet(
            found["language"],
            found["text"],
            found["words"] if found["mark"] == "run with" else "",
            found["words"] if found["mark"] == "not run" else "",
            tuple(found["words"].split(", ")) if found["mark"] == "offline" else (),
            page.count("\n", 0, found.start()) + 1,
        )
        for found in _BLOCK.finditer(page)
    ]


def fences(page: str) -> list[str]:
    """The languages of a page's blocks, as they stand after the fences."""
    return [found[1] for found in _FENCE.finditer(page)][::2]
