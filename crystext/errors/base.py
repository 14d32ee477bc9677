"""The base of all errors, how values and causes stand in messages, and wrong settings."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar, Self

_COMMANDS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that a terminal obeys, hides or cannot have."""
_LONGEST, _LONGEST_VALUE = 200, 60


def shown(value: object) -> str:
    """A value as it stands in a message: quoted, on one line, at most 60 characters long."""
    try:
        text = repr(value)
    except RecursionError:
        text = f"<deeply nested {type(value).__name__}>"
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 2] + "…" + text[-1]


def printable(text: str) -> str:
    r"""The text with escapes, such as ``\x1b``, for characters that would command a terminal.

    Control characters, line breaks, marks of direction and lone surrogates: an id or a file name
    may hold them, and stays one line that shows them.
    """
    if text.isprintable():
        return text
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in _COMMANDS else one
        for one in text
    )


def first_line(error: BaseException) -> str:
    """Class and first line of an exception, for example ``ValueError: no such axis``."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {_cut(lines[0])}" if lines else name


def summary(error: BaseException) -> str:
    """Class and folded message of an exception, whose second line may say where it failed."""
    return f"{type(error).__name__}: {_cut(' '.join(str(error).split()))}"


def _cut(message: str) -> str:
    """A long message up to the end of a word, with a sign that it went on."""
    if len(message) <= _LONGEST:
        return message
    head, _, rest = message[:_LONGEST].rpartition(" ")
    return f"{head or rest} …"


class CrystextError(Exception):
    """Base of all errors; never raised itself.

    Errors survive pickling, as they cross processes; the exception they are chained to does not.

    Attributes:
        code: stable, kebab-case: of the class' name unless the class says otherwise.
        message: one line that names the value and says what to do.
        crystal_id: id of the crystal, where one is known.
    """

    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        """Derives the code: ``bad-cif`` of ``BadCifError``."""
        if "code" not in vars(cls):
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__.removesuffix("Error")).lower()

    def __init__(self, message: str, *, crystal_id: str | None = None) -> None:
        """Folds the message into one line that any terminal can show."""
        self.message = printable(" ".join(str(message).split()))
        self.crystal_id = crystal_id
        super().__init__(self.message)

    def with_id(self, crystal_id: str) -> Self:
        """The same error, named after a crystal unless it already carries a name."""
        if self.crystal_id is None:
            self.crystal_id = crystal_id
        return self

    def to_dict(self) -> dict[str, str | None]:
        """``id``, ``code`` and ``message``: the columns of a table of failures."""
        return {"id": self.crystal_id, "code": self.code, "message": self.message}


class UsageError(CrystextError):
    """A setting has a value that is not allowed.

    Remedy: Correct what the message names; ``--help`` lists what is allowed.
    """

    code = "wrong-setting"


class MissingExtraError(CrystextError):
    """A package that this command needs is not installed.

    Remedy: Install what the message names.
    """


class SystemTroubleError(CrystextError):
    """The operating system refuses to read or write something.

    Remedy: Look at what the system says, and give the command again.
    """

    @classmethod
    def of(cls, error: OSError) -> SystemTroubleError:
        """What the system said, where it was."""
        where = f"{error.filename}: " if error.filename else ""
        remedy = "check that it is there, the rights on it, and the room left"
        return cls(f"{where}{error.strerror or error}; {remedy}")
