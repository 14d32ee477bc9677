"""Changes that files suffer: to bytes, lines, tokens, loops, numbers, symmetry, atoms, encodings.

Each takes a file and a random generator and gives a file; most give one that no program would
write, some one that people do. The names are the rows of ``benchmarks/fuzz_reading.py``'s table.
"""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Mutation = Callable[[bytes, random.Random], bytes]

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:\(\d+\))?(?![\w.])")
_OPERATION = re.compile(r"'?[-+xyz\d/. ]+,[-+xyz\d/. ]+,[-+xyz\d/. ]+'?(?=\s)", re.IGNORECASE)
_LABEL = re.compile(r"(?<=\s)[A-Z][a-z]?\d{0,3}[+-]?(?=\s)")
_TOKENS = [
    "?", ".", "''", "'", '"', ";", "#", "loop_", "data_x", "save_", "_a", "nan", "inf", "-1", "0",
    "1e999", "1e-300", "0.5", "1/3", "0,5", "\u2212 0.5", "\u22120.25", "X", "D", "T", "Fe3+",
    "Og", "Wat", "OH", "x,y,z", "-x,-y,-z", "P", "F m -3 m", "'F d -3 m :2'",
    "99999999999999999999", "\x00", "\x1a", "\u00a0", "_cell_length_a", "_atom_site_label", "[1",
    "{", "$", "stop_", "global_", "0x1F", "1.0(", "1.0(3)",
]  # fmt: skip
_NUMBERS = [
    "0", "1", "-1", "0.5", "0.25", "0.3333", "0.333", "0.6667", "90", "120", "60", "180", "1e10",
    "1e-10", "-0.5", "1.5", "0.9999", "5000", "0.01", "?", ".", "nan", "1e400", "1,5", "0.25(3)",
]  # fmt: skip
_SYMBOLS = [
    "P 1", "P -1", "P 21/c", "P 1 21/n 1", "C 2/c", "P n m a", "P b n m", "C m c e", "P 4/n m m",
    "I 41/a m d", "R -3 m", "R -3 c :R", "R 3 c :H", "P 63/m m c", "P m -3 m", "F d -3 m",
    "F d -3 m :1", "I a -3 d", "Fm-3m", "P2_1/c", "?", ".", "X", "P 1 1 21/b", "A b a 2", "P 21",
    "I 4/m c m", "P 3 2 1", "P",
]  # fmt: skip
_HALL = [
    "P 1", "-P 1", "-P 2ybc", "-P 2yn", "-F 4 2 3", "F 4d 2 3 -1d", '-R 3 2"', "-P 3* 2",
    "-P 6c 2c", "?", "Q",
]  # fmt: skip
_LABELS = [
    "HO1", "CA", "CN1", "T1", "Du", "Wat", "O-H", "D", "Fe+3", "O2-", "OH", "H2O", "M", "Og", "Bk",
    "CO1", "1", "?", ".", "Na", "CL", "Fe3+", "C", "H", "Xx", "U", "NB1", "fe", "Va",
]  # fmt: skip
_OPERATIONS = [
    "x,y,z", "-x,-y,-z", "x,y,-z", "-y,x-y,z", "y,x,z", "x+1/2,y,z", "x,x,z", "2x,y,z", "x,y", "?",
    "x+0.3333,y,z", "z,x,y", "x+1/5,y,z", "-x,y+1/2,-z", "1/2,0,0", "x,y,z,t", "x y z",
]  # fmt: skip
_LONGEST = 60_000


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _place(data: bytes | str | list, random: random.Random) -> int:
    return random.randrange(len(data)) if data else 0


def _span(data: bytes | str | list, random: random.Random, most: int) -> tuple[int, int]:
    start = _place(data, random)
    return start, min(len(data), start + random.randint(1, most))


# -------------------------------------------------------------------------------------------- bytes


def flip_bytes(data: bytes, random: random.Random) -> bytes:
    """Some bytes become others."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 8)):
        changed[_place(data, random)] = random.randrange(256)
    return bytes(changed)


def delete_bytes(data: bytes, random: random.Random) -> bytes:
    """A stretch is lost."""
    start, end = _span(data, random, 40)
    return data[:start] + data[end:]


def repeat_bytes(data: bytes, random: random.Random) -> bytes:
    """A stretch comes again."""
    start, end = _span(data, random, 200)
    return data[:end] + data[start:end] * random.randint(1, 5) + data[end:]


def truncate(data: bytes, random: random.Random) -> bytes:
    """The file ends early."""
    return data[: _place(data, random)]


# -------------------------------------------------------------------------------------------- lines


def delete_lines(data: bytes, random: random.Random) -> bytes:
    """Some lines are lost."""
    lines = data.split(b"\n")
    start, end = _span(lines, random, 3)
    return b"\n".join(lines[:start] + lines[end:])


def repeat_lines(data: bytes, random: random.Random) -> bytes:
    """Some lines come again, next to the first time or anywhere."""
    lines = data.split(b"\n")
    start, end = _span(lines, random, 4)
    where = random.choice([end, _place(lines, random)])
    return b"\n".join(lines[:where] + lines[start:end] + lines[where:])


def swap_lines(data: bytes, random: random.Random) -> bytes:
    """Two lines change places."""
    lines = data.split(b"\n")
    one, other = _place(lines, random), _place(lines, random)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def cut_line(data: bytes, random: random.Random) -> bytes:
    """A line loses its end."""
    lines = data.split(b"\n")
    index = _place(lines, random)
    lines[index] = lines[index][: _place(lines[index], random)]
    return b"\n".join(lines)


# ------------------------------------------------------------------------------------------- tokens


def _tokens(data: bytes, change: Callable[[list[str], list[int]], None]) -> bytes:
    parts = re.split(r"(\s+)", _text(data))
    places = [index for index in range(0, len(parts), 2) if parts[index]]
    if places:
        change(parts, places)
    return _bytes("".join(parts))


def replace_token(data: bytes, random: random.Random) -> bytes:
    """Some words become others that mean something."""

    def change(parts: list[str], places: list[int]) -> None:
        for _ in range(random.randint(1, 3)):
            parts[random.choice(places)] = random.choice(_TOKENS)

    return _tokens(data, change)


def delete_token(data: bytes, random: random.Random) -> bytes:
    """A word is lost."""

    def change(parts: list[str], places: list[int]) -> None:
        parts[random.choice(places)] = ""

    return _tokens(data, change)


def insert_token(data: bytes, random: random.Random) -> bytes:
    """A word too many."""

    def change(parts: list[str], places: list[int]) -> None:
        place = random.choice(places)
        word = random.choice([*_TOKENS, parts[random.choice(places)]])
        parts[place] = f"{parts[place]} {word}"

    return _tokens(data, change)


def swap_tokens(data: bytes, random: random.Random) -> bytes:
    """Two words change places."""

    def change(parts: list[str], places: list[int]) -> None:
        one, other = random.choice(places), random.choice(places)
        parts[one], parts[other] = parts[other], parts[one]

    return _tokens(data, change)


# ----------------------------------------------------------------------------- loops, rows, columns


def swap_columns(data: bytes, random: random.Random) -> bytes:
    """The names of two columns or items change places."""
    lines = data.split(b"\n")
    names = [index for index, line in enumerate(lines) if line.lstrip().startswith(b"_")]
    if len(names) > 1:
        one = random.randrange(len(names) - 1)
        one, other = names[one], names[one + 1]
        lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def rename(data: bytes, random: random.Random) -> bytes:
    """A data name is misspelt, or another's."""
    names = sorted(set(re.findall(rb"_[A-Za-z][\w.\-]*", data)))
    if not names:
        return replace_token(data, random)
    new = random.choice([*names, b"_unknown_name", b"_atom_site_occupancy"])
    old = random.choice(names)
    return data.replace(old, new, random.choice([1, -1]))


def repeat_row(data: bytes, random: random.Random) -> bytes:
    """A row of numbers comes again, changed a little or not at all."""
    lines = _text(data).split("\n")
    rows = [index for index, line in enumerate(lines) if len(_NUMBER.findall(line)) >= 3]
    if not rows:
        return repeat_lines(data, random)
    index = random.choice(rows)
    row = lines[index]
    if random.random() < 0.7:
        row = _changed_number(row, random)
    lines.insert(random.choice(rows), row)
    return _bytes("\n".join(lines))


# ----------------------------------------------------------------------------- numbers and symmetry


def _changed_number(text: str, random: random.Random) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    match = random.choice(found)
    old = match[0]
    try:
        value = float(re.sub(r"\(.*", "", old))
    except ValueError:
        value = 0.5
    others = [-value, value + 0.003, value + 0.1, value * 10, value / 10, value + 1, 1 - value]
    rounded = [f"{value:.2f}", f"{value:.3f}", f"{old}(3)"]
    words = [f"{one:g}" for one in others]
    new = random.choice([*random.sample(_NUMBERS, 3), *words, *rounded])
    return text[: match.start()] + new + text[match.end() :]


def change_number(data: bytes, random: random.Random) -> bytes:
    """A number becomes another: wrong sign, wrong by a factor or a little, rounded, or unknown."""
    return _bytes(_changed_number(_text(data), random))


def change_numbers(data: bytes, random: random.Random) -> bytes:
    """Several numbers become others."""
    text = _text(data)
    for _ in range(random.randint(2, 5)):
        text = _changed_number(text, random)
    return _bytes(text)


def change_operation(data: bytes, random: random.Random) -> bytes:
    """An operation is lost, comes twice, or becomes another; other formats: a number."""
    text = _text(data)
    found = list(_OPERATION.finditer(text))
    if not found:
        return change_number(data, random)
    match = random.choice(found)
    new = random.choice(["", f"{match[0]}\n{match[0]}", *(f"'{one}'" for one in _OPERATIONS)])
    return _bytes(text[: match.start()] + new + text[match.end() :])


def change_symbol(data: bytes, random: random.Random) -> bytes:
    """The space group becomes another, by symbol, Hall symbol or number, or is lost."""
    what = random.choice([rb"H-M", rb"[Hh]all", rb"umber"])
    values = {b"H-M": _SYMBOLS, b"[Hh]all": _HALL}.get(what, [str(random.randint(0, 231))])
    value = random.choice(values)
    quote = '"' if "'" in value else "'"
    new = random.choice([f"{quote}{value}{quote}".encode(), value.encode()])
    pattern = rb"^(\s*_(?:symmetry|space_group)\S*" + what + rb"\S*[ \t]+)[^\n]*"
    changed, count = re.subn(pattern, lambda m: m[1] + new, data, count=1, flags=re.MULTILINE)
    if count:
        return changed
    line = b"_symmetry_space_group_name_H-M " + new + b"\n"
    head = rb"^data_\S*\n"
    return re.sub(head, lambda m: m[0] + line, data, count=1, flags=re.MULTILINE)


# ----------------------------------------------------------------------------- atoms, letters, ends


def change_label(data: bytes, random: random.Random) -> bytes:
    """A label or an element becomes another."""
    text = _text(data)
    found = list(_LABEL.finditer(text))
    if not found:
        return replace_token(data, random)
    match = random.choice(found)
    new = random.choice([*_LABELS, match[0].upper(), match[0].lower()])
    return _bytes(text[: match.start()] + new + text[match.end() :])


def change_occupancy(data: bytes, random: random.Random) -> bytes:
    """The last number of a row, which often is an occupancy, becomes another."""
    lines = _text(data).split("\n")
    rows = [index for index, line in enumerate(lines) if len(_NUMBER.findall(line)) >= 3]
    if not rows:
        return change_number(data, random)
    index = random.choice(rows)
    new = random.choice(
        ["0.5", "0", "0.25", "1.2", "?", ".", "0.9999", "-1", "1.00(1)", "2", "0.5(1)"]
    )
    lines[index] = re.sub(r"\S+(\s*)$", rf"{new}\1", lines[index])
    return _bytes("\n".join(lines))


def change_case(data: bytes, random: random.Random) -> bytes:
    """All letters, or a stretch of them, become capital or small."""
    start, end = random.choice([(0, len(data)), _span(data, random, 300)])
    part = data[start:end]
    return data[:start] + random.choice([part.upper(), part.lower(), part.swapcase()]) + data[end:]


def change_encoding(data: bytes, random: random.Random) -> bytes:
    """Another code page, marks, line ends, or packed."""
    text = _text(data)
    plain = text.encode("ascii", "replace")
    return random.choice([
        text.encode("utf-16", "replace"), text.encode("utf-16-le", "replace"),
        text.encode("utf-16-be", "replace"), b"\xef\xbb\xbf" + data, data.replace(b"\n", b"\r\n"),
        data.replace(b"\n", b"\r"), data + b"\x1a", data + b"\0" * 9,
        data.replace(b"-", b"\xe2\x88\x92"),
        data.replace(b"-", b"\x96"), data.replace(b" ", b"\xc2\xa0"), plain.replace(b"a", b"\xe5"),
        gzip.compress(data, mtime=0), gzip.compress(data, mtime=0)[:-9], data.replace(b" ", b"\t"),
    ])  # fmt: skip


MUTATIONS: dict[str, Mutation] = {
    name: one
    for name, one in globals().items()
    if callable(one) and not name.startswith("_") and getattr(one, "__module__", "") == __name__
}
"""Every mutation by its name."""


def mutated(data: bytes, random: random.Random, name: str) -> bytes:
    """One mutation, and now and then another one on top of it."""
    changed = MUTATIONS[name](data, random) if data else data
    while random.random() < 0.2:
        other = random.choice(sorted(MUTATIONS))
        changed = MUTATIONS[other](changed, random) if changed else changed
    return changed[:_LONGEST]
