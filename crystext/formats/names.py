"""Which format a file has: by its name, else by what it holds; and the id that its name gives."""

from __future__ import annotations

import re
from pathlib import PurePath

from crystext.errors import UnknownFormatError, shown
from crystext.formats.tokens import NUMBER

KNOWN = "CIF, POSCAR, XDATCAR, extended xyz, XSF, CSSR, SHELX .res or JSON"
"""The formats in words, for messages."""
PATTERNS = (
    "*.cif, *.mcif, POSCAR*, CONTCAR*, *.vasp, XDATCAR*, *.xyz, *.extxyz, *.xsf, *.axsf, *.cssr, "
    "*.res, *.ins, *.json or *.jsonl"
)
"""The names that are looked for in folders, for messages."""

_SUFFIXES = {
    ".cif": "cif",
    ".mcif": "cif",
    ".vasp": "poscar",
    ".poscar": "poscar",
    ".contcar": "poscar",
    ".xdatcar": "xdatcar",
    ".xyz": "extxyz",
    ".extxyz": "extxyz",
    ".xsf": "xsf",
    ".axsf": "xsf",
    ".cssr": "cssr",
    ".res": "shelx",
    ".ins": "shelx",
    ".json": "json",
    ".jsonl": "json",
}
_PREFIXES = {"POSCAR": "poscar", "CONTCAR": "poscar", "XDATCAR": "xdatcar"}
_PACKED = re.compile(r"\.(gz|bz2|xz)$", re.IGNORECASE)

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
    ("cif", re.compile(r"^[ \t]*(data_|loop_|_cell[_.]|_atom_site[_.])", _NAMED)),
    ("shelx", re.compile(rf"^CELL([ \t]+{NUMBER}){{7}}", _NAMED)),
    (
        "xdatcar",
        re.compile(r"^[ \t]*(((direct|cartesian)[ \t]+configuration|konfig)[ \t]*=)", _NAMED),
    ),
    ("cssr", re.compile(r"\A.*\n.*\bSPGR\s*=")),
    (
        "extxyz",
        re.compile(rf"\A\s*\d+[ \t]*\n(.*\b(Lattice|Properties)[ \t]*=|.*\n{_ROW})", re.IGNORECASE),
    ),
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
    name = _PACKED.sub("", name)
    if fmt := _SUFFIXES.get(PurePath(name).suffix.lower()):
        return fmt
    upper = name.upper()
    return next((fmt for prefix, fmt in _PREFIXES.items() if upper.startswith(prefix)), None)


def stem(name: str) -> str:
    """The id that the name of a file gives: ``a`` for ``a.cif.GZ``, ``POSCAR.rutile`` as it is."""
    bare = _PACKED.sub("", name)
    path = PurePath(bare)
    if path.suffix.lower() in _SUFFIXES or not format_of_name(bare):
        return path.stem
    return bare


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
    raise UnknownFormatError(f"{message}; convert it, or name its format")
