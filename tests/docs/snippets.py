"""The commands and snippets of a page, as they stand between fences.

``console`` blocks show commands after ``$`` and what they print; ``sh`` blocks hold commands,
``python`` blocks Python. A comment before a block says what a reader need not see:
``<!-- not run: REASON -->``, or ``<!-- run with: OPTIONS -->``, which the test adds to every
crystext command of the block so that it takes seconds.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>not run|run with): (?P<words>.*?) -->\n)?"
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
        line: in the page, from 1.
    """

    language: str
    text: str
    extra: str
    reason: str
    line: int

    @property
    def script(self) -> str:
        """The commands of an ``sh`` block with the test's options."""
        return "\n".join(self._longer(line) for line in self.text.splitlines())

    @property
    def exchanges(self) -> list[tuple[str, str]]:
        """Command and output of a ``console`` block."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts]

    def _longer(self, line: str) -> str:
        if not (self.extra and line.startswith("crystext ")):
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
            page.count("\n", 0, found.start()) + 1,
        )
        for found in _BLOCK.finditer(page)
    ]
