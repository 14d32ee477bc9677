"""Ways to spoil the rows of a corpus, its failures and its targets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from crystext.corpus import layout
from crystext.corpus.cif_text import cif
from crystext.corpus.columns import SECTIONS
from crystext.corpus.tokens import load_counter, token_values
from crystext.crystal import structure_hash
from crystext.description.sections import disorder_sentence
from crystext.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.corpus_copy import Copy

    Change = Callable[[Copy], None]

ORDERED = "majority: Fe0.6/Co0.4 at 4 sites as Fe"


def value(column: str, made: Any, row: int = 0) -> Change:
    """Another value in one row, or what a function makes of the row."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            rows[row][column] = made(rows[row]) if callable(made) else made
        _as_in_rows(copy)

    return change


def values(row: int = 0, **columns: Any) -> Change:
    """Other values in one row."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            made = {name: one(rows[row]) if callable(one) else one for name, one in columns.items()}
            rows[row] |= made
        _as_in_rows(copy)

    return change


def swap(*columns: str) -> Change:
    """The values of the first two rows."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            first, second = rows[0], rows[1]
            for column in columns:
                first[column], second[column] = second[column], first[column]
        _as_in_rows(copy)

    return change


def _as_in_rows(copy: Copy) -> None:
    """Texts and targets of the split files become those of the rows."""
    rows: dict[str, dict[str, Any]] = {}
    for path in layout.shards(copy.folder / layout.DATA, "train"):
        rows |= {row["id"]: row for row in pq.read_table(path).to_pylist()}
    for path in sorted((copy.folder / layout.PROPERTIES).rglob("*.parquet")):
        with copy.rows(path) as targets:
            for target in targets:
                row = rows.get(target["id"], {})
                target |= {key: one for key, one in row.items() if key in target}
                target["target"] = row.get(path.parent.name, target["target"])


def reworded(row: dict[str, Any]) -> str:
    """A local section with another verb."""
    return row["local_text"].replace(" is bonded ", " is linked ")


def another_length(row: dict[str, Any]) -> str:
    """Another last digit of the first length."""
    before, dot, after = row["local_text"].partition(" Å")
    return f"{before[:-1]}{(int(before[-1]) + 3) % 10}{dot}{after}"


def local_text(made: Callable[[dict[str, Any]], str]) -> Change:
    """Another local section, and the text that has it."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            row = next(row for row in rows if made(row) != row["local_text"])
            row["local_text"] = made(row)
            row["text"] = f"{row['global_text']} {row['local_text']}"
            _count_tokens(row)
        _as_in_rows(copy)

    return change


def _count_tokens(row: dict[str, Any]) -> None:
    row |= token_values([load_counter("minilm")], {name: row[name] for name in SECTIONS})


def ordered(copy: Copy) -> None:
    """A first row that says, in all its columns, that it was disordered."""
    with copy.rows() as rows:
        sentence = disorder_sentence(ORDERED)
        rows[0] |= {name: sentence + rows[0][name] for name in ("text", "global_text")}
        rows[0]["disorder"] = ORDERED
        _count_tokens(rows[0])
    _as_in_rows(copy)


def condensed(change_it: Callable[[dict[str, Any]], None]) -> Change:
    """Something else in the condensed data of the first row."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            facts = json.loads(rows[0]["condensed"])
            change_it(facts)
            text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
            rows[0]["condensed"] = text

    return change


def longer(by: float) -> Callable[[dict[str, Any]], None]:
    """The first distance of condensed data, in angstrom."""

    def change(facts: dict[str, Any]) -> None:
        first = next(iter(next(iter(facts["distances"].values())).values()))
        first[0] += by

    return change


def other_cell(factor: float, *, hashed: bool) -> Change:
    """A longer first axis in the CIF of the first row."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            lines = rows[0]["structure"].split("\n")
            at = next(i for i, line in enumerate(lines) if line.startswith("_cell_length_a"))
            lines[at] = f"_cell_length_a   {float(lines[at].split()[1]) * factor:.8f}"
            _set_cif(rows[0], "\n".join(lines), hashed=hashed)

    return change


def other_cif(old: str, new: str, *, hashed: bool = False) -> Change:
    """Other words in the CIF of the first row that has them."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            row = next(row for row in rows if old in row["structure"])
            _set_cif(row, row["structure"].replace(old, new, 1), hashed=hashed)

    return change


def shifted(*, hashed: bool) -> Change:
    """Another origin: the same crystal."""
    return atoms(lambda v: [*v[:3], f"{(float(v[3]) + 0.1) % 1:.8f}", *v[4:]], hashed=hashed)


def atoms(made: Callable[[list[str]], list[str]], *, hashed: bool, first: bool = False) -> Change:
    """Other values of the atoms of the first row, or of the first atom: symbol, label and so on."""

    def change(copy: Copy) -> None:
        with copy.rows() as rows:
            head, end, loop = rows[0]["structure"].partition("_atom_site_occupancy\n")
            lines = [line.split() for line in loop.splitlines()]
            lines = [line if first and place else made(line) for place, line in enumerate(lines)]
            text = "".join("  " + "  ".join(line) + "\n" for line in lines)
            _set_cif(rows[0], head + end + text, hashed=hashed)

    return change


def _set_cif(row: dict[str, Any], text: str, *, hashed: bool) -> None:
    """Where it is hashed anew, it is also written as crystext writes it."""
    row["structure"] = text
    if hashed:
        structure = read_text(text, fmt="cif")[0].structure
        row |= {"structure": cif(structure), "structure_hash": structure_hash(structure)}


def drop_row(copy: Copy) -> None:
    """From all files, the timings and the manifest's ids included."""
    with copy.rows(copy.shard(-1)) as rows:
        gone = rows.pop()["id"]
    _forget(copy, gone)


def _forget(copy: Copy, gone: str) -> None:
    paths = [*sorted((copy.folder / layout.PROPERTIES).rglob("*.parquet"))]
    for path in [*paths, copy.folder / layout.TIMINGS]:
        with copy.rows(path) as rows:
            rows[:] = [row for row in rows if row["id"] != gone]
    with copy.manifest() as manifest:
        manifest["settings"]["ids"].remove(gone)


def drop_row_alone(copy: Copy) -> None:
    """A row less in one file."""
    with copy.rows() as rows:
        del rows[3]


def double_row(copy: Copy) -> None:
    """The first row again at the end."""
    with copy.rows() as rows:
        rows.append(rows[0])


def reverse_rows(copy: Copy) -> None:
    """The rows of a shard from the last on."""
    with copy.rows() as rows:
        rows.reverse()


def rename(copy: Copy) -> None:
    """A crystal, wherever it is named."""
    paths = sorted(copy.folder.rglob("*.parquet"))
    with copy.rows() as rows:
        old = rows[0]["id"]
    for path in paths:
        with copy.rows(path) as rows:
            for row in rows:
                row["id"] = "mp-0" if row["id"] == old else row["id"]
    with copy.manifest() as manifest:
        ids = manifest["settings"]["ids"]
        manifest["settings"]["ids"] = ["mp-0" if one == old else one for one in ids]


def null_text(copy: Copy) -> None:
    """A null where none may be."""

    def nulls(table: pa.Table) -> pa.Table:
        index = table.schema.get_field_index("text")
        held = [None, *table["text"].to_pylist()[1:]]
        field = table.schema.field(index).with_nullable(nullable=True)
        return table.set_column(index, field, pa.array(held, pa.string()))

    copy.table(nulls)


def null_element(copy: Copy) -> None:
    """A null among the elements."""
    with copy.rows() as rows:
        rows[0]["elements"] = [None, *rows[0]["elements"]]


def as_text(column: str) -> Change:
    """A column as text."""

    def change(table: pa.Table) -> pa.Table:
        index = table.schema.get_field_index(column)
        field = table.schema.field(index).with_type(pa.string())
        return table.set_column(index, field, table[column].cast("string"))

    return lambda copy: copy.table(change)


def double_column(copy: Copy) -> None:
    """The texts once more."""
    copy.table(lambda table: table.append_column(table.schema.field("text"), table["text"]))


def broken_utf8(copy: Copy) -> None:
    """Bytes that are no text."""

    def change(table: pa.Table) -> pa.Table:
        index = table.schema.get_field_index("text")
        held = [b"\xff\xfe", *(text.encode() for text in table["text"].to_pylist()[1:])]
        raw = pa.array(held, pa.binary())
        broken = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
        return table.set_column(index, table.schema.field(index), broken)

    copy.table(change)


# ----------------------------------------------------------------------------- failures, targets


def failure(**values: Any) -> Change:
    """Other values of the first failure."""

    def change(copy: Copy) -> None:
        with copy.rows(copy.shard(0, layout.FAILURES)) as rows:
            rows[0] |= values

    return change


def drop_failure(copy: Copy) -> None:
    """A failure less, in all files."""
    with copy.rows(copy.shard(0, layout.FAILURES)) as rows:
        gone = rows.pop(0)["id"]
    _forget(copy, gone)


def row_to_failure(copy: Copy) -> None:
    """The last row becomes a failure, in its place by the timings."""
    with copy.rows(copy.shard(-1)) as rows:
        gone = rows.pop()["id"]
    for path in sorted((copy.folder / layout.PROPERTIES).rglob("*.parquet")):
        with copy.rows(path) as targets:
            targets[:] = [target for target in targets if target["id"] != gone]
    with copy.rows(copy.shard(0, layout.FAILURES)) as rows:
        rows.append(rows[0] | {"id": gone})
        order = [row["id"] for row in pq.read_table(copy.folder / layout.TIMINGS).to_pylist()]
        rows.sort(key=lambda row: order.index(row["id"]))


def target(**values: Any) -> Change:
    """Other values of the first row of a split file."""

    def change(copy: Copy) -> None:
        with copy.rows(copy.shard(0, layout.PROPERTIES, "band_gap")) as rows:
            rows[0] |= values

    return change


def drop_target(copy: Copy) -> None:
    """A row of a split less."""
    with copy.rows(copy.shard(0, layout.PROPERTIES, "band_gap")) as rows:
        del rows[0]


def move_target(copy: Copy) -> None:
    """From train to test."""
    with copy.rows(copy.shard(0, layout.PROPERTIES, "band_gap")) as train:
        moved = train.pop(0)
    with copy.rows(copy.shard(0, layout.PROPERTIES, "band_gap", split="test")) as test:
        test.append(moved)


def copy_target(copy: Copy) -> None:
    """A crystal of test in train too."""
    with copy.rows(copy.shard(0, layout.PROPERTIES, "band_gap", split="test")) as test:
        leaked = test[0]
    with copy.rows(copy.shard(0, layout.PROPERTIES, "band_gap")) as train:
        train.append(leaked)
