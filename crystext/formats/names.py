"""Which format a file has: by its name, else by what it holds; and the id that its name gives."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePath

from crystext.errors import UnknownFormatError, shown
from crystext.formats.catalogue import CATALOGUE, PACKED
from crystext.formats.tokens import NUMBER

*_FIRST, _LAST = (entry.title for entry in CATALOGUE.values())
KNOWN = f"{', '.join(_FIRST)} or {_LAST}"
"""The formats in words, for messages."""
PATTERNS = "file named like a structure (*.cif, POSCAR*, *.xyz …; `crystext formats` lists all)"
"""What is looked for in folders, for messages."""

_ABOUT = re.compile(
    r"(README|LICEN[CS]E|COPYING|NOTICE|CHANGELOG|CITATION)(\.(md|txt|rst|html|cff|bib))?",
    re.IGNORECASE,
)
_PATTERNS = tuple(
    (pattern.lower(), fmt)
    for fmt, entry in sorted(CATALOGUE.items(), key=lambda pair: pair[0] != "cif")
    for pattern in entry.names
)
"""Patterns of names in small letters, and their formats."""
_PACKED = re.compile(rf"({'|'.join(map(re.escape, PACKED))})$", re.IGNORECASE)

_NAMED = re.MULTILINE | re.IGNORECASE
_ROW = rf"[ \t]*[A-Za-z]\S*([ \t]+{NUMBER}){{3}}"
XDATCAR_FRAME = re.compile(r"^[ \t]*((direct|cartesian)[ \t]+configuration|konfig)[ \t]*=", _NAMED)
"""The line above the coordinates of a frame of an XDATCAR."""
_CONTENTS = (
    ("json", re.compile(r'\A\s*(\[|\{|"\\?[{\[])')),
    (
        "xsf",
        re.compile(
            r"\A(?:[ \t]*(?:#.*)?\n)*[ \t]*"
            r"(CRYSTAL|SLAB|POLYMER|MOLECULE|ATOMS|ANIMSTEPS|PRIMVEC|DIM-?GROUP)\b"
        ),
    ),
    ("vasprun", re.compile(r"\A\s*(<\?xml[^>]*\?>\s*)?<modeling>")),
    ("cif", re.compile(r"^[ \t]*(data_|loop_|_cell[_.]|_atom_site[_.])", _NAMED)),
    ("castep", re.compile(r"^[ \t]*%BLOCK[ \t]+(LATTICE_(CART|ABC)|POSITIONS_(FRAC|ABS))", _NAMED)),
    ("espresso", re.compile(r"^[ \t]*(&SYSTEM|ATOMIC_POSITIONS)\b", _NAMED)),
    ("aims", re.compile(rf"^[ \t]*lattice_vector([ \t]+{NUMBER}){{3}}", _NAMED)),
    ("shelx", re.compile(rf"^CELL([ \t]+{NUMBER}){{7}}", _NAMED)),
    ("xdatcar", XDATCAR_FRAME),
    ("cssr", re.compile(r"\A.*\n.*\bSPGR\s*=")),
    (
        "extxyz",
        re.compile(rf"\A\s*\d+[ \t]*\n(.*\b(Lattice|Properties)[ \t]*=|.*\n{_ROW})", re.IGNORECASE),
    ),
    (
        "gen",
        re.compile(r"\A[ \t]*\d+[ \t]+[SF][ \t]*\n([ \t]*[A-Z][a-z]?\b)+[ \t]*\n", re.IGNORECASE),
    ),
    ("pwmat", re.compile(r"\A[ \t]*\d+.*\n[ \t]*Lattice\b", re.IGNORECASE)),
    (
        "poscar",
        re.compile(
            rf"\A.*\n[ \t]*{NUMBER}([ \t]+{NUMBER}){{0,2}}[ \t]*([#!A-Za-z].*)?\n"
            rf"[ \t]*{NUMBER}([ \t]+{NUMBER}){{2}}"
        ),
    ),
)
"""What tells a format, in the order in which they are tried."""


def format_of_name(name: str) -> str | None:
    """The format that the name of a file tells, in any case of letters, packed or not.

    Args:
        name: without its folder.

    Returns:
        The name of a format, ``None`` for a name that tells none.
    """
    name = _PACKED.sub("", name).lower()
    found = [(pattern, fmt) for pattern, fmt in _PATTERNS if fnmatchcase(name, pattern)]
    found.sort(key=lambda pair: not pair[0].startswith("*"))  # a suffix tells more than a start
    return found[0][1] if found else None


def is_about(name: str) -> bool:
    """Whether a file's name is one that every folder of data has: README, LICENSE and the like."""
    return _ABOUT.fullmatch(name) is not None


def stem(name: str) -> str:
    """The id that the name of a file gives: ``a`` for ``a.cif.GZ``, ``POSCAR.rutile`` as it is."""
    bare = _PACKED.sub("", name)
    lower = bare.lower()
    for pattern, _ in _PATTERNS:
        if pattern.startswith("*") and fnmatchcase(lower, pattern):
            return bare[: 1 - len(pattern)] or bare
    return bare if format_of_name(bare) else PurePath(bare).stem


def format_of_text(text: str, title: str) -> str:
    """The format that a text has.

    Args:
        text: with plain line ends, not empty.
        title: of the text, for messages.

    Returns:
        The name of a format.

    Raises:
        UnknownFormatError: it has none that is known.
    """
    for fmt, pattern in _CONTENTS:
        if pattern.search(text):
            return fmt
    message = f"{shown(title)} is neither {KNOWN.replace(' or ', ' nor ')}"
    raise UnknownFormatError(f"{message}; convert it, or say its format (--from)")
