"""What a column of a user's table holds, learnt from all its values: kept exactly, or refused.

A column of numbers is one of 64-bit floats, or of 64-bit integers where all are written so and a
float would not do; of true and false, one of booleans; else one of text, as it was written. A value
that its column would change is refused by column, row and value, before anything is built.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from crystext.corpus.columns import FLOAT
from crystext.errors import BadTableError, shown
from crystext.ids import is_text
from crystext.pipelines.sources.json_stream import OutOfRange, TwiceGiven
from crystext.pipelines.sources.property_columns import (
    BOOL,
    INTEGER,
    INTEGERS,
    STRING,
    inside,
    is_exact,
    is_missing,
    number_of,
    typed,
)

if TYPE_CHECKING:
    import pyarrow as pa


_NEARLY = re.compile(
    r"[<>~≈≤≥=±]*\s*[+\-−]?[.,]?[0-9][0-9.,'_\s]*(e[+\-−]?[0-9]+)?(\([0-9]+\))?"  # noqa: RUF001
    r"(\s*(±|\+/-)\s*[0-9.,]+)?\s*[^0-9]{0,12}[0-9]?",
    re.IGNORECASE,
)
"""Text that was probably meant as a number: with a decimal comma, a unit, an uncertainty."""


class ColumnKind:
    """Learns the kind of one column from its values, one after the other.

    Args:
        name: its header.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._seen: dict[str, tuple[str, Any]] = {}  # kind of value: where it stood first, what
        self._nearly: tuple[str, Any] | None = None
        self._as_text = False
        self._first: dict[str, tuple[str, Any]] = {}  # problem: where, what

    def see(self, value: Any, where: str) -> None:
        """Takes a value into account.

        Args:
            value: as the table gives it.
            where: its row, for messages.

        Raises:
            BadTableError: no column can hold it.
        """
        if is_missing(value):
            return
        word = self._number(value, where) or _word(value)
        if word == "text":
            self._check_text(value, where)
            if self._nearly is None and isinstance(value, str) and _NEARLY.fullmatch(value.strip()):
                self._nearly = where, value
        self._seen.setdefault(word, (where, value))

    def kind(self) -> pa.DataType:
        """The kind that holds all values; text where there are none.

        Raises:
            BadTableError: one of its numbers would be changed.
        """
        if "text" in self._seen or not self._seen or self._seen.keys() > {"bool"}:
            return STRING
        if self._seen.keys() == {"bool"}:
            return BOOL
        if "infinite" in self._first:
            self._refuse(*self._first["infinite"], "where numbers must be finite; correct it")
        if "range" in self._first:
            self._refuse(*self._first["range"], "which no 64-bit float holds; round it")
        if "float" in self._seen:
            if "inexact" in self._first:
                what = "which no 64-bit float holds exactly, beside decimals; round it"
                self._refuse(*self._first["inexact"], what)
            return FLOAT
        if "inexact" not in self._first:
            return FLOAT if self._as_text or "long" in self._first else INTEGER
        if "long" in self._first:
            self._refuse(*self._first["long"], "which no 64-bit integer holds; round it (1.5e20)")
        return INTEGER

    def why_text(self) -> str | None:
        """Which value makes it text where the column was probably meant for numbers or flags."""
        if len(self._seen) > 1 and self.kind() == STRING:
            where, value = self._seen.get("text") or self._seen["bool"]
        elif self._nearly is not None:
            where, value = self._nearly
        else:
            return None
        return (
            f"the column {shown(self.name)} is text and no number, as {where} has {shown(value)}; "
            "numbers have a decimal point and no unit (which the header may state: 'gap [eV]')"
        )

    def _number(self, value: Any, where: str) -> str | None:
        """``integer`` or ``float`` for a number or the text of one, else ``None``."""
        if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
            return None
        try:
            number = number_of(value)
        except ValueError:
            return None
        self._as_text |= isinstance(value, (str, Decimal))
        found = {
            "range": isinstance(number, OutOfRange),
            "infinite": isinstance(number, float) and math.isinf(number),
            "inexact": isinstance(number, int) and not is_exact(number),
            "long": isinstance(number, int) and number not in INTEGERS,
        }
        for problem in [name for name, met in found.items() if met]:
            self._first.setdefault(problem, (where, value))
            if problem == "range":
                break
        return "integer" if isinstance(number, int) else "float"

    def _check_text(self, value: Any, where: str) -> None:
        """Refuses text that a column would change or cannot hold."""
        for one in inside(value):
            if isinstance(one, TwiceGiven):
                self._refuse(where, one.key, "twice in one object; rename one")
            if isinstance(one, OutOfRange) and one is not value:
                self._refuse(where, one, "which no 64-bit float holds; round it")
        try:
            if not is_text(typed(value, STRING)):
                what = "which is no Unicode text; save the table as UTF-8, correct it"
                self._refuse(where, value, what)
        except ValueError:
            message = f"{where} has lists or objects nested too deeply in the column"
            raise BadTableError(f"{message} {shown(self.name)}; give less deep ones") from None
        except TypeError:
            what = f"which is {type(value).__name__}; give numbers or text"
            self._refuse(where, value, what)

    def _refuse(self, where: str, value: Any, why: str) -> NoReturn:
        told = shown(value.text).strip("'") if isinstance(value, OutOfRange) else shown(value)
        message = f"{where} has {told} in the column {shown(self.name)}, {why}"
        raise BadTableError(f"{message}, or leave it empty")


def _word(value: Any) -> str:
    says = isinstance(value, str) and value.strip().lower() in {"true", "false"}
    return "bool" if says or isinstance(value, bool) else "text"
