"""The base of all errors, how values and causes stand in messages, and wrong settings."""

from __future__ import annotations

from typing import ClassVar

_LONGEST, _LONGEST_VALUE = 200, 60


def shown(value: object) -> str:
    """A value as it stands in a message: quoted, on one line, at most 60 characters long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 2] + "…" + text[-1]


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
        code: stable, kebab-case.
        message: one line that names the value and says what to do.
        crystal_id: id of the crystal, where one is known.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, crystal_id: str | None = None) -> None:
        """Folds the message into one line."""
        self.message = " ".join(str(message).split())
        self.crystal_id = crystal_id
        super().__init__(self.message)

    def with_id(self, crystal_id: str) -> CrystextError:
        """The same error, named after a crystal unless it already carries a name."""
        if self.crystal_id is None:
            self.crystal_id = crystal_id
        return self

    def to_dict(self) -> dict[str, str | None]:
        """``id``, ``code`` and ``message``: the columns of a table of failures."""
        return {"id": self.crystal_id, "code": self.code, "message": self.message}


class UsageError(CrystextError):
    """A setting has a value that is not allowed."""

    code = "wrong-setting"


class MissingExtraError(CrystextError):
    """A package that this command needs is not installed."""

    code = "missing-extra"
