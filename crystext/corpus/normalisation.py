"""MatSciBERT's normalisation of text, for the characters that descriptions hold.

The published code strips accents, then maps every character by a table of those that SciBERT's
vocabulary knows; what is not in the table becomes a blank. The table is not repeated here. What
becomes of a character:

==============================================  ========================================
character                                       becomes
==============================================  ========================================
ASCII that can be printed                       itself
``Å`` (U+00C5, U+212B)                          ``A``
``°``                                           ``°``
white space of any kind, line breaks kept       a blank
control and format characters                   nothing
accents, such as those of ``ć`` and ``P3̅``      nothing: the letter or digit stands alone
``₂ ₃ ₄ ₆ ₇ ₈`` and ``² ³``                     the digit
``⁰``                                           ``°``
``₀ ₁ ₅ ₉`` and ``¹ ⁴ ⁵ ⁶ ⁷ ⁸ ⁹``               a blank: the published table lacks them
``⁺ ⁻``                                         ``+ -``
en dash and minus (U+2013, U+2212)              ``-``
``·``                                           ``.``
``μ`` (U+03BC, U+00B5)                          ``μ``
any other                                       a blank (the published table knows some 500
                                                more, Greek letters for the most part)
==============================================  ========================================

Descriptions of style ``raw``, which is what a corpus holds, are ASCII, ``Å`` and ``°`` alone. The
other lines are those of the styles that Python callers may feed.
"""

from __future__ import annotations

import unicodedata

_KEPT = {"°": "°", "⁰": "°", "⁺": "+", "⁻": "-", "·": ".", "µ": "μ", "μ": "μ"}
_KEPT |= {"\u2013": "-", "\u2212": "-"}
_DIGITS = dict(zip("₂₃₄₆₇₈²³", "23467823", strict=True))
_ASCII = {chr(code): chr(code) for code in range(0x20, 0x7F)}
_ENDS = {"\n": "\n", "\r": " ", "\t": " "}
_CONTROL, _ACCENT = {"Cc", "Cf", "Co"}, "Mn"


class _Table(dict[int, str]):
    """For ``str.translate``: works out a character when it is met for the first time."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _normalised(chr(code))
        return found


def matscibert_normalised(text: str) -> str:
    """The text as MatSciBERT was trained to read it; see the module's table.

    The method is MatSciBERT's ``normalize_text.py``: ``BertNormalizer`` with ``lowercase=False``,
    ``strip_accents=True``, ``clean_text=True`` and ``handle_chinese_chars=True``, line by line,
    then the table.
    """
    return text.translate(_TABLE)


def _normalised(character: str) -> str:
    if character in _ENDS:
        return _ENDS[character]
    if character == "\ufffd" or unicodedata.category(character) in _CONTROL:
        return ""
    letters = unicodedata.normalize("NFD", character)
    return "".join(_KNOWN.get(c, " ") for c in letters if unicodedata.category(c) != _ACCENT)


_KNOWN = _ASCII | _KEPT | _DIGITS
_TABLE = _Table()
