"""From the text of a CIF to its data blocks: gemmi reads the syntax, names come out alike.

Data names are compared in lower case, with ``_`` for the ``.`` of DDLm and mmCIF, so that
``_Cell_Length_a`` and ``_cell.length_a`` are one name. gemmi knows ASCII alone: minus signs of any
kind become ``-``, subscripts become digits, superscripts what they are behind ``^``, and other
letters of comments and names become ``_``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from crystext.errors import BadCifError, NoAtomsError, first_line, shown
from crystext.formats.cif.mending import check_same, mended, older
from crystext.formats.parsed import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import gemmi

_HEAD = re.compile(r"data_(\S*)", re.IGNORECASE)
_ATOMS = re.compile(
    r"^[ \t]*_atom_site[_.](label|type_symbol|fract|cartn)", re.MULTILINE | re.IGNORECASE
)
_MINUS_SIGNS = dict.fromkeys(
    map(ord, "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d\u00ad"), "-"
)
_DIGITS = {0x2080 + digit: str(digit) for digit in range(10)}
_RAISED = {
    ord(raised): f"^{plain}" for raised, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)
}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
CUT = "has a loop that ends inside a row"
_Group = tuple[list[str], list[str | None], bool]
"""Names, the values that follow them, and whether they are a loop."""
_BLANKS = {ord("\f"): " ", ord("\v"): " "}
_UNITS = {0xC5: "A", 0x212B: "A", 0xB0: "deg"}
_UNKNOWN = frozenset({"?", "."})  # between quotes
_OVERLINE = re.compile("([0-9])[\u0304\u0305]")


@dataclass(frozen=True)
class Block:
    """One data block.

    Attributes:
        name: with ``data_``, quoted, for messages.
        items: values by data name in lower case with underscores; ``None`` for ``?``, an empty
            text for ``.``. An item outside a loop has one value.
        loops: the names of each loop.
        broken: how the syntax is broken, where it was read all the same; empty where it is not.
        notes: on what was mended without doubt.
    """

    name: str
    items: dict[str, list[str | None]]
    loops: tuple[tuple[str, ...], ...]
    broken: str = ""
    notes: tuple[str, ...] = ()

    def one(self, *names: str) -> str | None:
        """The first value that one of these names has; ``None`` where none has any."""
        for name in names:
            for value in self.items.get(name, ()):
                if value and value not in _UNKNOWN:
                    return value
        return None

    def column(self, name: str) -> list[str | None] | None:
        """All values of a name, ``None`` where the block does not have it."""
        return self.items.get(name)


def split(text: str) -> list[Part]:
    """The data blocks that list atom sites, each as its own text.

    Raises:
        BadCifError: there is no data block.
        NoAtomsError: none lists atom sites.
    """
    triple = "'''" in text or '"""' in text
    blocks = _texts(older(text, lists=False) if triple else text)
    if not blocks:
        raise BadCifError("the CIF has no data_ block; write data_name in its first line")
    with_atoms = [block for block in blocks if _ATOMS.search(block)]
    if not with_atoms:
        name = shown(blocks[0].split(maxsplit=1)[0])
        raise NoAtomsError(f"{name} of the CIF lists no atom sites; export it again")
    return [Part("cif", block) for block in with_atoms]


def _texts(text: str) -> list[str]:
    """The texts from each ``data_`` on; one inside a text field is part of that field."""
    blocks: list[list[str]] = []
    in_field = False
    for line in text.split("\n"):
        if line.startswith(";"):
            in_field = not in_field
        elif not in_field and (match := _HEAD.match(line.lstrip())):
            rest = line.lstrip()[match.end() :]
            blocks.append([f"data_{match[1] or 'unnamed'}{rest}"])
            continue
        if blocks:
            blocks[-1].append(line)
    return ["\n".join(block) for block in blocks]


def load(text: str) -> Block:
    """Reads the syntax of one data block.

    Args:
        text: from ``data_`` on.

    Raises:
        BadCifError: it is no CIF.
    """
    import gemmi

    name = shown(text.split(maxsplit=1)[0])
    plain = _ascii(text)
    try:
        return _block(name, _groups(gemmi.cif.read_string(plain)[0]))
    except (ValueError, RuntimeError) as error:
        if (better := mended(plain, name)) is not None:
            block = _block(name, _groups(gemmi.cif.read_string(better[0])[0]))
            return replace(block, notes=tuple(better[1]))
        block = _block(
            name, _lenient_groups(plain), f"breaks the syntax of CIF{_where(error, plain)}"
        )
        if not block.items:
            message = f"{name} is no CIF ({first_line(error)}); export it again"
            raise BadCifError(message) from error
        return block


def _where(error: Exception, text: str) -> str:
    """The line that gemmi names, in words; empty where it names none."""
    found = re.match(r"[^:]*:(\d+)\b", str(error))
    lines = text.split("\n")
    if found is None or not 1 <= int(found[1]) <= len(lines):
        return ""
    return f" near {shown(lines[int(found[1]) - 1].strip())}"


def _block(name: str, groups: Iterable[_Group], broken: str = "") -> Block:
    """The block that groups make.

    What is left over at the end of a loop is dropped: the caller asks the facts of the file
    whether what remains is the crystal.
    """
    items: dict[str, list[str | None]] = {}
    loops: list[tuple[str, ...]] = []
    for tags, values, in_loop in groups:
        columns = [values[:1] or [None]]
        if in_loop:
            n_rows, rest = divmod(len(values), len(tags))
            broken = CUT if rest else broken
            whole = n_rows * len(tags)
            columns = [values[at : whole : len(tags)] for at in range(len(tags))]
            loops.append(tuple(tags))
        for tag, column in zip(tags, columns, strict=True):
            # of a name given twice, as the old and the new dictionary write it, the first counts
            first = items.get(tag, [])
            if tag.startswith("_cell_") and len(first) == len(column) == 1:
                check_same(first[0] or column[0] or "", column[0] or first[0] or "", tag, name)
            if not any(first):
                items[tag] = column
    return Block(name, items, tuple(loops), broken)


def _groups(block: gemmi.cif.Block) -> Iterator[_Group]:
    """Names and their values, as gemmi reads them."""
    for item in block:
        if item.pair is not None:
            tag, value = cast("list[str]", item.pair)  # an object, say the stubs of gemmi
            yield [_key(tag)], [_value(value)], False
        elif item.loop is not None:
            yield [_key(tag) for tag in item.loop.tags], [*map(_value, item.loop.values)], True


def _key(tag: str) -> str:
    return tag.lower().replace(".", "_")


def _value(raw: str) -> str | None:
    import gemmi

    if raw == "?":
        return None
    return "" if raw == "." else gemmi.cif.as_string(raw).strip()


def _ascii(text: str) -> str:
    text = text.translate(_BLANKS)
    if text.isascii():
        return text
    text = _OVERLINE.sub(r"-\1", text)
    text = text.translate(_MINUS_SIGNS | _DIGITS | _RAISED | _SPACES | _UNITS)
    return re.sub(r"[^\x00-\x7f]", "_", text)


def _lenient_groups(text: str) -> Iterator[_Group]:
    """The same of a text whose syntax gemmi refuses, token by token."""
    tags: list[str] = []
    values: list[str | None] = []
    in_loop = False
    for token, quoted in _tokens(text):
        lower = token.lower()
        if not quoted and (lower.startswith(("data_", "save_")) or lower in {"loop_", "stop_"}):
            if tags:
                yield tags, values, in_loop
            tags, values, in_loop = [], [], lower == "loop_"
        elif not quoted and token.startswith("_"):
            if values or (tags and not in_loop):
                yield tags, values, in_loop
                tags, values, in_loop = [], [], False
            tags.append(_key(token))
        elif tags:
            values.append(token if quoted else _value(token))
    if tags:
        yield tags, values, in_loop


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Tokens of a CIF, and whether each was quoted; an open quote ends with its line."""
    field: list[str] | None = None
    for whole in text.split("\n"):
        line = whole
        if field is not None:
            if not line.startswith(";"):
                field.append(line)
                continue
            yield "\n".join(field), True
            field, line = None, line[1:]
        elif line.startswith(";"):
            field = [line[1:]]
            continue
        for match in re.finditer(r"""(['"])(.*?)\1(?=\s|$)|(['"])(.*)$|#.*|(\S+)""", line):
            if match[1]:
                yield match[2], True
            elif match[3]:
                yield match[4].strip(), True
            elif match[5]:
                yield match[5], False
    if field is not None:
        yield "\n".join(field), True
