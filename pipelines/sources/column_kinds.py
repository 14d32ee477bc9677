"""What a column of a user's table holds, learnt from all its values: kept exactly, or refused.

A column of numbers is one of 64-bit floats, or of 64-bit integers where all are written so and a
float would not do; of true and false, one of booleans; else one of text, as it was written. A value
that its column would change is refused by column, row and value, before anything is built. Decimal
commas are read where no comma parts values, and one of them cannot part thousands.
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
    with_point,
)

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBER_AND_MORE = re.compile(
    r"(?!\s*\d{4}-\d\d-\d\d)\s*(?:[~<>≤≥≈$€]\s*)?[-+\u2212]?"
    r"(\d+,\d+|\d{1,3}([,.'\u2019\u00a0\u202f ]\d{3})+([.,]\d+)?|\d+(\.\d*)?|\.\d+)"
    r"(\s*[eEdDx*\u00d7\u00b7]\s*(10\s*(\^|\*\*)?)?[-+\u2212]?\d+)?(\(\d+\))?(\s*(±|\+/-)\s*[\d.,]+)?"
    r"\s*[A-Za-zÅµ%/^*°]*[\d/^*A-Za-z-]*\s*"
)
_COMMA = re.compile(r"[+-]?(?P<whole>[0-9]+),(?P<part>[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 100
"""Characters of a number and its unit."""
_THOUSANDS = 3
"""Digits behind a comma that may part thousands."""
_EXCEL = re.compile(r"#[A-Z][A-Z0-9/]*[!?]?")
"""What Excel writes for a value that it could not compute, such as ``#DIV/0!``."""


class ColumnKind:
    """Learns the kind of one column from its values, one after the other.

    Args:
        name: its header.
        commas: whether commas may be decimal ones, for they part no values.
    """

    def __init__(self, name: str, *, commas: bool = False) -> None:
        self.name = name
        self._commas = commas
        self._seen: set[str] = set()
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
            self._first.setdefault("nearly" if _nearly(value) else "words", (where, value))
            if comma := _COMMA.fullmatch(value.strip()) if isinstance(value, str) else None:
                word = "comma"
                self._number(with_point(value), where)
                if not _may_part_thousands(comma):
                    self._first.setdefault("decimal", (where, value))
        elif word == "bool":
            self._first.setdefault("bool", (where, value))
        self._seen.add(word)

    @property
    def nearly(self) -> tuple[str, Any] | None:
        """The place and value for which a column that seems to hold numbers is text, if it is."""
        if not self._is_text():
            return None
        if words := self._first.get("words"):
            failed = isinstance(words[1], str) and _EXCEL.fullmatch(words[1].strip())
            return words if failed or self._seen - {"text"} else None
        return self._first.get("nearly") or self._first.get("bool")

    @property
    def decimal(self) -> tuple[str, Any] | None:
        """The first place and value that shows that all numbers have decimal commas, if so."""
        is_so = self._commas and self._seen <= {"comma", "integer"}
        return self._first.get("decimal") if is_so else None

    def _is_text(self) -> bool:
        commas = "comma" in self._seen and self.decimal is None
        return not self._seen or "text" in self._seen or self._seen > {"bool"} or commas

    def kind(self) -> pa.DataType:
        """The kind that holds all values; text where there are none.

        Raises:
            BadTableError: one of its numbers would be changed.
        """
        if self._is_text():
            return STRING
        if self._seen == {"bool"}:
            return BOOL
        if "infinite" in self._first:
            self._refuse(*self._first["infinite"], "where numbers must be finite; correct it")
        if "range" in self._first:
            self._refuse(*self._first["range"], "which no 64-bit float holds; round it")
        if self._seen & {"float", "comma"}:
            if "inexact" in self._first:
                what = "which no 64-bit float holds exactly, beside decimals; round it"
                self._refuse(*self._first["inexact"], what)
            return FLOAT
        if "inexact" not in self._first:
            return FLOAT if self._as_text or "long" in self._first else INTEGER
        if "long" in self._first:
            self._refuse(*self._first["long"], "which no 64-bit integer holds; round it (1.5e20)")
        return INTEGER

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


def _may_part_thousands(number: re.Match[str]) -> bool:
    """Whether the comma of a number may part thousands: ``12,345`` may, ``0,345`` may not."""
    whole, part = number["whole"], number["part"]
    plain = number[0].endswith(part)
    return plain and len(part) == _THOUSANDS and len(whole) <= _THOUSANDS and whole[0] != "0"


def _nearly(value: Any) -> bool:
    """Whether a text is a number with something behind it, such as ``1,5`` or ``1.5 eV``."""
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:  # the pattern is slow on those
        return False
    return bool(_NUMBER_AND_MORE.fullmatch(value))
