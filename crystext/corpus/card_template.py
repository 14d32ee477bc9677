"""The cards' templates, and how values stand in Markdown and in the YAML header."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

IDS_SHOWN = 10


def card_template(name: str) -> jinja2.Template:
    """A template of ``cards/``; what it misses is an error when it is filled."""
    environment = jinja2.Environment(  # noqa: S701  (Markdown, which the Hub itself makes safe)
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[[Any], Any]] = {
        "yaml": _quoted,  # a JSON string is a YAML string
        "setting": _setting,
        "number": _number,
        "finite": _finite,
        "cell": lambda value: " ".join(str(value).split()).replace("|", "\\|"),
        "or_dash": lambda value: value or "–",  # noqa: RUF001
        "quoted": lambda text: str(text).replace("\n", "\n> "),
        "code": lambda name: f"`{name}`",
        "ids": _ids,
        "reasons": lambda dropped: "; ".join(f"`{i}` ({why})" for i, why in dropped) or "none",
    }
    environment.filters |= filters
    text = (files("crystext.cards") / f"{name}.md.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def missing_fact(
    facts: Mapping[str, Any], required: Iterable[str], may_be_null: Collection[str] = ()
) -> str | None:
    """The first required fact that is not there, or null or empty where it must not be.

    Args:
        facts: nested.
        required: dotted names.
        may_be_null: those for which null is an answer.
    """
    for fact in required:
        value: Any = facts
        for key in fact.split("."):
            known = isinstance(value, Mapping) and key in value
            value = value[key] if known else None
        empty = value is None or (isinstance(value, str) and not value.strip())
        if not known or (empty and fact not in may_be_null):
            return fact
    return None


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _number(value: float | None) -> str:
    """A number for people: thousands apart, four significant digits behind the point."""
    if value is None:
        return "–"  # noqa: RUF001
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def _finite(value: float | None) -> str:
    """A number with three decimals, or a dash where there is none."""
    return f"{value:.3f}" if value is not None and math.isfinite(value) else "–"  # noqa: RUF001


def _setting(value: object) -> str:
    """A setting as JSON; of a long list only how long it is."""
    if isinstance(value, list) and len(value) > IDS_SHOWN:
        return f"{len(value):,} values, listed in `manifest.json`"
    return _quoted(value)


def _ids(ids: list[str]) -> str:
    """The first ids and how many more there are."""
    rest = len(ids) - IDS_SHOWN
    more = f" and {rest:,} more, listed in `manifest.json`" if rest > 0 else ""
    return ", ".join(f"`{i}`" for i in ids[:IDS_SHOWN]) + more
