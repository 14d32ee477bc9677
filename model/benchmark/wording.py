"""How rows, texts, numbers and gains are said, on the page and in a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crystext.model.benchmark.suite import BASELINES, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.model.benchmark.statistics import Gain, Spread
    from crystext.model.benchmark.tables import Line

TEXTS = {
    "": "no text",
    "all": "whole text",
    "global": "global section",
    "fields": "global section as fields",
    "local": "local section",
    "fields+local": "fields, then local section",
    "fields+all": "fields, then whole text",
    "windows": "whole text, in windows",
    "unfrozen": "whole text, last layers trained",
    "facts": "facts of the text",
    "formula": "formula alone (control)",
    "spacegroup": "space group alone (control)",
    "shuffled": "another crystal's text (control)",
    "facts-shuffled": "another crystal's facts (control)",
    "zero": "one text for all (control)",
}
_NONE = "–"  # noqa: RUF001
ADJUSTED = (
    "helps and hurts are said after Holm's adjustment for all comparisons of a table, and hold "
    "together; else one cannot tell"
)
BASELINE_WORDS = {
    "mean": "mean of the training set",
    "cfid": "boosted trees on CFID",
    "facts": "boosted trees on facts",
    "facts-shuffled": "boosted trees on another crystal's facts (control)",
    "composition": "boosted trees on the composition (control)",
}


def family(row: Row) -> str:
    """What rows share that differ by their text alone: the graph network, or the text alone."""
    return row.without_text or row.model


def family_words(name: str) -> str:
    """A family for people."""
    return "text without a graph" if name == "crystextnet" else name


def kind(row: Row) -> str:
    """The classes of a row's marks: a colour says what it reads; controls are hollow and dashed."""
    name = row.model if row.model in BASELINES else row.text or "none"
    return f"t-{name.replace('+', '-')}" + (" control" if row.is_control else "")


def reads(row: Row) -> str:
    """What a row reads."""
    fusion = f", {row.fusion} fusion" if row.fusion else ""
    return BASELINE_WORDS.get(row.model) or TEXTS[row.text] + fusion


def families(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by family, without baselines."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.model not in BASELINES:
            found.setdefault(family(row), []).append(row)
    return found


def number(value: float, *, sign: bool = False) -> str:
    """Four digits of an error: 0.0316, 9.481, 14.12."""
    if not math.isfinite(value):
        return _NONE
    decimals = 4 if abs(value) < 1 else 3 if abs(value) < 10 else 2
    return f"{value:{'+' if sign else ''}.{decimals}f}".replace("-", "−")  # noqa: RUF001


def spread(value: Spread | None) -> str:
    """For example ``0.1335 ± 0.0022``."""
    if value is None:
        return _NONE
    return number(value.mean) + (f" ± {number(value.deviation)}" if value.runs > 1 else "")


def bars(errors: Iterable[Spread | None], start: str) -> str:
    """What bars about errors are; empty where no error has several seeds, and so none a bar."""
    return f"{start} one standard deviation over seeds." if several(errors) else ""


def verdict(gain: Gain, other: Gain | None = None) -> tuple[str, str]:
    """Words and class of a verdict: green where text helps, and not where any crystal's would.

    Args:
        gain: of the text over no text, or over other crystals' texts.
        other: of the same text over other crystals' texts, if that was run.
    """
    if gain.verdict == "helps" and other is not None and other.verdict != "helps":
        return "helps, and so do other crystals' texts", ""
    return gain.verdict, {"helps": "good", "hurts": "bad"}.get(gain.verdict, "")


def several(errors: Iterable[Spread | None]) -> bool:
    """Whether any error is a mean over several seeds, and so has a deviation."""
    return any(one is not None and one.runs > 1 for one in errors)


def percent(part: float) -> str:
    """For example ``+32 %``; with a decimal below ten."""
    size = abs(100 * part)
    return f"{100 * part:+.{1 if size < 10 else 0}f} %".replace("-", "−")  # noqa: RUF001


def duration(seconds: float) -> str:
    """For example ``2.3 h``, ``14 min`` or ``31 s``."""
    if not math.isfinite(seconds):
        return _NONE
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.3g} s"


def memory(mebibytes: float) -> str:
    """For example ``740 MB`` or ``12.3 GB``."""
    if not math.isfinite(mebibytes):
        return _NONE
    megabytes = mebibytes * 2**20 / 1e6
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


def gain_sentence(line: Line) -> str:
    """What text is worth to a row, over no text and over a control, in words."""
    parts = []
    name = TEXTS[line.row.text]
    if line.gain is not None:
        against = f"{line.row.without_text} without text"
        parts.append(f"With {name}, {line.row.model} {_compared(line.gain, against, line.unit)}")
    if line.over_control is not None:
        start = "Of that, what the text itself says" if parts else f"{line.row.words}: the text"
        parts.append(
            f"{start}, over the same network with other crystals' texts, is worth "
            f"{interval(line.over_control, line.unit)}: {line.over_control.verdict}."
        )
    return " ".join(parts)


def _compared(gain: Gain, against: str, unit: str) -> str:
    less = "less" if gain.mean >= 0 else "more"
    return (
        f"errs by {number(abs(gain.mean))} {unit} ({percent(abs(gain.relative)).lstrip('+')}) "
        f"{less} than {against}, on {gain.crystals:,} crystals; 95 % interval of the gain "
        f"{number(gain.low, sign=True)} to {number(gain.high, sign=True)}: {gain.verdict}."
    )


def interval(gain: Gain, unit: str = "") -> str:
    """For example ``+0.0031 eV (+0.0012 to +0.0049)``."""
    mean = f"{number(gain.mean, sign=True)} {unit}".rstrip()
    return f"{mean} ({number(gain.low, sign=True)} to {number(gain.high, sign=True)})"
