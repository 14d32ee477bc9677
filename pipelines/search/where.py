"""Conditions on columns, such as ``band_gap > 1 and dimensionality == 2``, as Arrow expressions.

The condition is read as a Python expression and taken apart by hand: comparisons of columns with
numbers and texts, ``in``, ``contains``, ``and``, ``or``, ``not``. A column whose name is more than
letters, digits and ``_`` stands in backticks, as in pandas. Nothing of it is ever run.
"""

from __future__ import annotations

import ast
import operator
import re
from contextlib import suppress
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crystext.errors import UsageError, shown
from crystext.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 2000
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_QUOTED = re.compile(r"""'[^'\n]*'|"[^"\n]*"|`(?P<name>[^`]+)`""")
_EXAMPLE = "such as: band_gap > 1 and dimensionality == 2"


def condition(text: str, schema: pa.Schema) -> pc.Expression:
    """The Arrow expression of a condition.

    Beside comparisons, ``'Ti' in elements`` asks for a member of a list, ``'Perovskite' in
    mineral`` for a part of a text, ``crystal_system in ('cubic', 'hexagonal')`` for one of several,
    and ``mineral == None`` for what is missing.

    Args:
        text: of the condition.
        schema: of the columns that it may name.

    Raises:
        UsageError: it is none; the message names the part that is not understood.
    """
    if len(text) > _LONGEST:
        raise UsageError(
            f"the condition has {len(text):,} characters; at most {_LONGEST:,} are read"
        )
    try:
        tree = _parsed(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        what = f"{shown(text)} is no condition; write one {_EXAMPLE}"
        raise UsageError(f"{what}{_backticks(text, schema)}") from error
    try:
        return _Reader(schema, text).read(tree)
    except RecursionError as error:
        raise UsageError("the condition is nested too deeply; write a simpler one") from error


def _parsed(text: str) -> ast.Expression:
    """The condition as Python's, in which names in backticks are names."""
    names: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        if found["name"] is None:
            return found[0]
        names[f"_in_backticks_{len(names)}_"] = found["name"].strip()
        return f" {list(names)[-1]} "

    tree = ast.parse(_QUOTED.sub(plain, text).strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return tree


def _backticks(text: str, schema: pa.Schema) -> str:
    """What to do where a condition names a column that is no plain word."""
    names = [one for one in schema.names if not one.isidentifier() and one in text]
    return f"; write `{names[0]}` in backticks" if names else ""


class _Reader:
    """Turns the parts of a condition into expressions over one schema."""

    def __init__(self, schema: pa.Schema, text: str) -> None:
        self._schema, self._text = schema, text

    def read(self, node: ast.expr) -> pc.Expression:
        if isinstance(node, ast.BoolOp):
            join = operator.and_ if isinstance(node.op, ast.And) else operator.or_
            return reduce(join, map(self.read, node.values))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self.read(node.operand)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Name):
            if pa.types.is_boolean(self._type(node)):
                return pc.field(node.id)
            raise UsageError(f"{node.id} is no true-or-false column; compare it, {_EXAMPLE}")
        raise self._unclear(node)

    def _comparison(self, node: ast.Compare) -> pc.Expression:
        """Also several in a row: ``1 < band_gap < 2``."""
        sides = pairwise([node.left, *node.comparators])
        pairs = [
            self._pair(left, sign, right, node)
            for sign, (left, right) in zip(node.ops, sides, strict=True)
        ]
        return reduce(operator.and_, pairs)

    def _pair(self, left: ast.expr, sign: ast.cmpop, right: ast.expr, node: ast.Compare) -> Any:
        if isinstance(sign, ast.In | ast.NotIn):
            found = self._membership(left, right, node)
            return ~found if isinstance(sign, ast.NotIn) else found
        if isinstance(sign, ast.Is | ast.IsNot):
            sign = ast.Eq() if isinstance(sign, ast.Is) else ast.NotEq()
        if isinstance(left, ast.Name) == isinstance(right, ast.Name):
            raise self._unclear(node)
        column, value = (left, right) if isinstance(left, ast.Name) else (right, left)
        assert isinstance(column, ast.Name)
        found = self._value(value, node)
        if found is None:
            if not isinstance(sign, ast.Eq | ast.NotEq):
                raise self._unclear(node)
            missing = pc.field(column.id).is_null(nan_is_null=True)
            self._type(column)
            return missing if isinstance(sign, ast.Eq) else ~missing
        typed = self._typed(column, found)
        field = pc.field(column.id)
        pair = (field, typed) if column is left else (typed, field)
        return _COMPARE[type(sign)](*pair)

    def _membership(self, left: ast.expr, right: ast.expr, node: ast.Compare) -> pc.Expression:
        if isinstance(left, ast.Name) and isinstance(right, ast.Tuple | ast.List | ast.Set):
            values = [self._typed(left, self._value(one, node)) for one in right.elts]
            kind = next((one.type for one in values if pa.types.is_float64(one.type)), None)
            kind = kind or self._type(left)  # among whole numbers a fraction is none of them
            wanted = pa.array([one.as_py() for one in values], kind)
            return pc.field(left.id).cast(kind).isin(wanted)
        if isinstance(right, ast.Name):
            value, kind = self._value(left, node), self._type(right)
            if isinstance(value, str) and pa.types.is_string(kind):
                return _of_all(pc.match_substring(pc.field(right.id), value, ignore_case=True))
            if isinstance(value, str) and pa.types.is_list(kind):
                joined = pc.binary_join(pc.field(right.id), "\n")
                return _of_all(pc.match_substring_regex(joined, rf"(?m)^{_quoted(value)}$"))
        raise self._unclear(node)

    def _type(self, column: ast.Name) -> pa.DataType:
        names = self._schema.names
        if column.id not in names:
            meant = _backticks(self._text, self._schema) or f"; {did_you_mean(column.id, names)}"
            raise UsageError(f"the corpus has no column {shown(column.id)}{meant}")
        return self._schema.field(column.id).type

    def _value(self, node: ast.expr, whole: ast.expr) -> Any:
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise self._unclear(whole) from None
        if value is not None and not isinstance(value, bool | int | float | str):
            raise self._unclear(whole)
        return value

    def _typed(self, column: ast.Name, value: Any) -> pa.Scalar:
        """The value as its column has it; of whole numbers a fraction stays one."""
        kind = self._type(column)
        if pa.types.is_list(kind):
            raise UsageError(
                f"{column.id} holds several values; ask for one of them: {value!r} in {column.id}"
            )
        wanted = pa.float64() if pa.types.is_integer(kind) and isinstance(value, float) else kind
        if isinstance(value, bool) is pa.types.is_boolean(kind):
            with suppress(pa.ArrowException, TypeError, ValueError, OverflowError):
                return pa.scalar(value, wanted)
        raise UsageError(
            f"{column.id} is of type {kind} and cannot be compared with {shown(value)}"
        )

    def _unclear(self, node: ast.AST) -> UsageError:
        what = f"{shown(ast.unparse(node))} is not understood; compare columns, {_EXAMPLE}"
        return UsageError(f"{what}{_backticks(self._text, self._schema)}")


def _of_all(found: pc.Expression) -> pc.Expression:
    """False where the column is empty, so that ``not`` finds those rows."""
    return pc.coalesce(found, pa.scalar(False))  # noqa: FBT003  (Arrow's own argument)


def _quoted(text: str) -> str:
    """The text in a pattern of RE2."""
    return "".join(one if one.isalnum() else f"\\{one}" for one in text if one != "\n")


def columns_in(text: str) -> list[str]:
    """The columns that a condition names, in its order; the condition must be one."""
    return list(
        dict.fromkeys(one.id for one in ast.walk(_parsed(text)) if isinstance(one, ast.Name))
    )
