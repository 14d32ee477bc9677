"""Broken CIFs whose crystal is whole: what breaks the syntax is mended where no reader can err.

People write CIFs by hand: a name without quotes, a value twice. Statements that say nothing of the
crystal are left out, and a text without quotes gets them; gemmi then judges the rest. Also what
CIF 2.0 knows and CIF 1.1 does not: triple quotes, and lists and tables, which say nothing here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crystext.errors import ContradictionError, InputError, shown
from crystext.formats.cif.values import number

if TYPE_CHECKING:
    from collections.abc import Iterator

_CRYSTAL = (
    *("_cell", "_symmetry", "_space_group", "_atom_", "_chemical_formula", "_parent"),
    "_exptl_crystal_density",
)
"""What the names of all that is read begin with."""
_TEXTS = ("_h-m", "_hall", "_formula_")
"""What the names of symbols and formulas contain, which may stand in a line of their own."""
_ROUNDED = 1e-3  # relative
_HEAD = re.compile(r"[ \t]*(loop_|save_|stop_|_\S+)", re.IGNORECASE)
_COMMENT = re.compile(r"(^|[ \t])#.*$")
_NEWER = re.compile(r"'''|\"\"\"|(?<!\S)[\[{]")
_TOKEN = re.compile(
    r"^;.*?(?:^;|\Z)|(?<!\S)(?:'''(?P<one>.*?)'''|\"\"\"(?P<two>.*?)\"\"\")|(?<!\S)#[^\n]*"
    r"|(?<!\S)'[^'\n]*'(?=\s|$)|(?<!\S)\"[^\"\n]*\"(?=\s|$)|(?<!\S)(?P<open>[\[{])",
    re.MULTILINE | re.DOTALL,
)
_INSIDE = re.compile(r"'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|\"[^\"\n]*\"|[\[\]{}]", re.DOTALL)


class _Statement(NamedTuple):
    """A name and its value, or a loop: its names in small letters, and its lines."""

    tags: tuple[str, ...]
    lines: tuple[str, ...]
    is_loop: bool

    @property
    def body(self) -> str:
        """Its text, without comments where it has no text field, and without blank lines."""
        if any(line.startswith(";") for line in self.lines):
            return "\n".join(self.lines).strip()
        bare = (_COMMENT.sub("", line).strip() for line in self.lines)
        return "\n".join(filter(None, bare))

    @property
    def matters(self) -> bool:
        return any(tag.startswith(_CRYSTAL) for tag in self.tags)


def mended(text: str, name: str) -> tuple[str, list[str]] | None:
    """The text of a data block that gemmi can read, and notes on what was mended.

    Args:
        text: that gemmi cannot read, from ``data_`` on.
        name: of the block, for messages.

    Returns:
        ``None`` where a mended text might be another crystal's.

    Raises:
        ContradictionError: a value of the crystal stands there twice, and not the same.
    """
    head, *lines = older(text).split("\n")
    kept: dict[str, str] = {}
    bodies: dict[str, str] = {}
    left_out: list[str] = []
    quoted: list[str] = []
    statements = list(_statements(lines))
    for at, one in enumerate(statements):
        body, raw = one.body, "\n".join(one.lines)
        if not _is_read(f"data_x\n{raw}"):
            # a file may be cut off in its last loop
            alone = at + 1 < len(statements) if one.is_loop else "\n" not in body
            if not one.matters and alone:
                left_out.append(one.tags[0] if one.tags else "loop_")
                continue
            if (better := _quoted(one)) is None:
                return None
            quoted.append(shown(" ".join(body.split())))
            body = raw = better
        key = f"{at}" if one.is_loop else one.tags[0].replace(".", "_")
        if _is_new(one, body, bodies.get(key, ""), name):
            bodies[key], kept[key] = body, raw
    whole = "\n".join([head, *kept.values()]) + "\n"
    if not _is_read(whole):
        return None
    pairs = (
        ("a text without quotes is read whole", quoted),
        ("left out, for it breaks the syntax of CIF", left_out),
    )
    return whole, [
        f"{text}: {found[0]}" + (f" and {len(found) - 1} more" if len(found) > 1 else "")
        for text, found in pairs
        if found
    ]


def _is_new(one: _Statement, body: str, before: str, name: str) -> bool:
    """Whether a statement says what no other one has said before.

    Raises:
        ContradictionError: one has said another value that matters.
    """
    if not before:
        return True
    known, value = (_bare(text[len(one.tags[0]) :]) for text in (before, body))
    if known and value and one.matters:
        check_same(known, value, one.tags[0], name)
    return not known


def check_same(one: str, other: str, tag: str, name: str) -> None:
    """Checks two values of one name; numbers may be rounded.

    Raises:
        ContradictionError: they differ.
    """
    if one == other:
        return
    try:
        if abs(number(one, "") / number(other, "") - 1) < _ROUNDED:
            return
    except (InputError, ZeroDivisionError):
        pass  # no numbers: other words are other values
    message = f"{name} gives {tag} twice, as {shown(one)} and {shown(other)}"
    raise ContradictionError(f"{message}; remove one")


def _bare(value: str) -> str:
    """A value without quotes; empty for one that is not known."""
    bare = value.strip()
    bare = bare.strip(";").strip() if bare.startswith(";") else bare.strip("'\"").strip()
    return "" if bare in {"?", "."} else bare


def _is_read(text: str) -> bool:
    import gemmi

    try:
        gemmi.cif.read_string(text)
    except (ValueError, RuntimeError):
        return False
    return True


def _statements(lines: list[str]) -> Iterator[_Statement]:
    """The statements of a block; comments and blank lines belong to the one before."""
    tags: list[str] = []
    body: list[str] = []
    is_loop, in_header, in_field = False, False, False
    for line in lines:
        if line.startswith(";"):
            in_field = not in_field
        head = None if in_field or line.startswith(";") else _HEAD.match(line)
        if head is not None:
            rest = _COMMENT.sub("", line[head.end() :]).strip()
            is_name = head[1].startswith("_")
            if not (in_header and is_name and (not rest or rest.startswith("_"))):
                if body:
                    yield _Statement(tuple(tags), tuple(body), is_loop)
                tags, body = [], []
                is_loop = in_header = not is_name
            words = line.split() if in_header else [head[1]]
            tags += [word.lower() for word in words if word.startswith("_")]
        elif line.strip() and not line.lstrip().startswith("#"):
            in_header = False
        if body or head is not None:
            body.append(line)
    if body:
        yield _Statement(tuple(tags), tuple(body), is_loop)


def _quoted(one: _Statement) -> str | None:
    """The name and all words of its line as one text; ``None`` for a loop."""
    if not one.tags:
        return None
    lines = one.body.split("\n")
    most = 2 if any(word in one.tags[0] for word in _TEXTS) else 1
    if one.is_loop or len(lines) > most or any(line.startswith(";") for line in lines):
        return None
    words = " ".join(lines).split()[1:]
    if not words or any(re.match(r"_|loop_|data_|save_", word, re.IGNORECASE) for word in words):
        return None
    text = " ".join(words)
    if text[0] in "'\"" and text.count(text[0]) == 1:  # an open quote
        text = text[1:]
    return f"{one.tags[0]}\n;{text}\n;"


def older(text: str, *, lists: bool = True) -> str:
    """CIF 2.0 as CIF 1.1: triple quotes become text fields, lists and tables become unknown.

    Args:
        text: of a file or a block.
        lists: whether a bracket opens a list; it is a letter as others in CIF 1.0.
    """
    if not _NEWER.search(text):
        return text
    pieces: list[str] = []
    at = 0
    while match := _TOKEN.search(text, at):
        pieces.append(text[at : match.start()])
        at = match.end()
        inner = match["one"] if match["one"] is not None else match["two"]
        if inner is not None:
            pieces.append("\n;" + inner.replace("\n;", "\n ;") + "\n;\n")
        elif match["open"] and lists:
            at = _closed(text, match.start())
            pieces.append("?")
        else:
            pieces.append(match[0])
    return "".join([*pieces, text[at:]])


def _closed(text: str, start: int) -> int:
    """The place behind the bracket that closes the one at a place, the end where none does."""
    depth = 0
    for match in _INSIDE.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return len(text)
