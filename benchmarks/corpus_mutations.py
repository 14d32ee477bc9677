"""Changes of a corpus that ``crystext check`` must find, and those that it cannot, with the reason.

Where checksums are recomputed, so are sizes, counts, digests and the card: what is left is what the
rows say themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from benchmarks.corpus_copy import Copy
from benchmarks.corpus_file_changes import (
    add_shard,
    card,
    card_of,
    cut,
    emptied,
    entry,
    flip,
    flip_page,
    folder_for_shard,
    invented_unit,
    manifest_text,
    no_timings,
    reverse_timings,
    swap_shards,
    timing,
    unlisted_shard_gone,
    without,
    zeros,
)
from benchmarks.corpus_row_changes import (
    another_length,
    as_text,
    atoms,
    broken_utf8,
    condensed,
    copy_target,
    double_column,
    double_row,
    drop_failure,
    drop_row,
    drop_row_alone,
    drop_target,
    failure,
    local_text,
    longer,
    move_target,
    null_element,
    null_text,
    ordered,
    other_cell,
    other_cif,
    rename,
    reverse_rows,
    reworded,
    row_to_failure,
    shifted,
    swap,
    target,
    value,
    values,
)
from crystext.corpus import layout

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.corpus_row_changes import Change

CHECK, DEEP, SOURCE, SOURCE_DEEP, NEVER = "check", "deep", "source", "source, deep", "never"
"""What finds a change: the plain check, ``--deep``, either with the source at hand, or nothing."""
FACTS = (
    "formula", "text", "global_text", "local_text", "fields_text", "condensed", "mineral",
    "crystal_system", "space_group_symbol", "space_group_number", "dimensionality", "n_components",
    "n_different_components", "symprec", "notes", "truncated_minilm",
    "text_tokens_minilm", "global_text_tokens_minilm", "local_text_tokens_minilm",
    "fields_text_tokens_minilm",
)  # fmt: skip
"""Columns of a description."""

NOT_HERE = "only the checksums know what another database says"
CONSISTENT = "it is another crystal, rightly described; only the source knows"
MANIFEST_FACT = "a fact that nothing else in the corpus repeats"
NEAR = "within the noise of a CIF's eighth decimal (0.002)"
UNTOLD = "outside the checksums, as timings differ between builds"


@dataclass(frozen=True)
class Mutation:
    """A change and what it takes to find it.

    Attributes:
        name: in words.
        change: what is done.
        found: with checksums recomputed, one of the words above.
        why: it cannot be found sooner, or at all.
        stale: whether it is found where nothing is recomputed; else as with checksums recomputed.
        of_card: whether it is the card that is changed, which is then not made anew.
    """

    name: str
    change: Change
    found: str = CHECK
    why: str = ""
    stale: bool = True
    of_card: bool = False


def _timings(copy: Copy) -> Path:
    return copy.folder / layout.TIMINGS


def _failures(copy: Copy) -> Path:
    return copy.shard(0, layout.FAILURES)


def _gaps(copy: Copy) -> Path:
    return copy.shard(0, layout.PROPERTIES, "band_gap")


def _manifest(copy: Copy) -> Path:
    return copy.folder / layout.MANIFEST


def _card(copy: Copy) -> Path:
    return copy.folder / layout.CARD


MUTATIONS = (
    Mutation("a byte of the first page", flip(Copy.shard, 0.001)),
    Mutation("a byte of the texts", flip_page("text", 0.5)),
    Mutation("a bit of the texts", flip_page("text", 0.7, 1)),
    Mutation("a bit of the condensed data", flip_page("condensed", 0.4, 4)),
    Mutation("a bit of the structures", flip_page("structure", 0.6, 32)),
    Mutation("a byte of a property", flip_page("formation_energy_per_atom", 0.9)),
    Mutation("a byte of the least and greatest values in the footer", flip(Copy.shard, 0.5), NEVER,
             "no row depends on it"),
    Mutation("a byte of the footer", flip(Copy.shard, 0.995)),
    Mutation("the last byte", flip(Copy.shard, 1)),
    Mutation("a byte of the failures", flip(_failures, 0.1)),
    Mutation("a byte of a split file", flip_page("target", 0.9, path=_gaps)),
    Mutation("a byte of the timings", flip(_timings, 0.1), stale=False),
    Mutation("a shard cut in half", cut),
    Mutation("a shard emptied", emptied),
    Mutation("a block of zeros", zeros),
    Mutation("two shards exchanged", swap_shards),
    Mutation("a shard gone", lambda copy: copy.shard().unlink()),
    Mutation("a shard gone, and from the manifest", unlisted_shard_gone),
    Mutation("a folder in place of a shard", folder_for_shard),
    Mutation("a shard too many", add_shard),
    Mutation("manifest: no JSON", flip(_manifest, 0)),
    Mutation("manifest: a list", manifest_text("[]")),
    Mutation("manifest: nested too deep", manifest_text("[" * 100_000)),
    Mutation("manifest: no counts", without("counts")),
    Mutation("manifest: no rows in counts", without("counts", "rows")),
    Mutation("manifest: rows as text", entry("counts", "rows", value="many")),
    Mutation("manifest: files an object", entry("files", value={})),
    Mutation("manifest: a file without a name", entry("files", 0, value={"rows": 3})),
    Mutation("manifest: a file outside", entry("files", 0, "path", value="../x.parquet")),
    Mutation("manifest: settings null", entry("settings", value=None)),
    Mutation("manifest: a tokenizer that is a number", entry("settings", "tokenizers", value=[3])),
    Mutation("manifest: a time limit as text", entry("settings", "timeout", value="long")),
    Mutation("manifest: a licence that is a number", entry("source", "licence", value=4)),
    Mutation("manifest: a column type unknown", entry("properties", 0, "type", value="florin")),
    Mutation("manifest: splits null", entry("splits", value=None)),
    Mutation("manifest: counts of a split null", entry("splits", "band_gap", "counts", value=None)),
    Mutation("manifest: another format", entry("format", value=[1])),
    Mutation("another settings digest", entry("settings_digest", value="0" * 16), NEVER,
             "recomputing it is what undoes the change"),
    Mutation("another content digest", entry("content_digest", value="0" * 64), NEVER,
             "recomputing it is what undoes the change"),
    Mutation("settings: not canonical", entry("settings", "canonical", value=False), DEEP,
             "the words alone do not tell"),
    Mutation("settings: another style", entry("settings", "style", value="latex")),
    Mutation("settings: another tolerance", entry("settings", "symprecs", value=[0.2])),
    Mutation("settings: another time limit", entry("settings", "timeout", value=5.0), NEVER,
             MANIFEST_FACT),
    Mutation("settings: another size of shards", entry("settings", "rows_per_shard", value=7)),
    Mutation("settings: other sites at most", entry("settings", "max_sites", value=2), DEEP,
             "rows are compared with it when they are described"),
    Mutation("settings: fewer ids", entry("settings", "ids", value=["mp-1"])),
    Mutation("settings: a limit below the inputs", entry("settings", "limit", value=3)),
    Mutation("versions: another crystext", entry("versions", "crystext", value="0.1.0"), NEVER,
             MANIFEST_FACT + "; a notice says that the card cannot be compared"),
    Mutation("versions: another spglib", entry("versions", "spglib", value="1.0"), NEVER,
             MANIFEST_FACT + "; a notice of --deep says so"),
    Mutation("versions: no tokenizer", without("versions", "tokenizer minilm")),
    Mutation("source: another licence", entry("source", "licence", value="CC0-1.0"), NEVER,
             MANIFEST_FACT),
    Mutation("source: another hash", entry("source", "sha256", value="0" * 64), SOURCE, NOT_HERE),
    Mutation("source: another name", entry("source", "name", value="jarvis")),
    Mutation("a unit, in manifest and columns", invented_unit, SOURCE, NOT_HERE),
    Mutation("a count of inputs", entry("counts", "inputs", value=99), NEVER,
             "recomputing it is what undoes the change"),
    Mutation("a count of a split", entry("splits", "band_gap", "counts", "train", value=1), NEVER,
             "recomputing it is what undoes the change"),
    Mutation("another origin of a split", entry("splits", "band_gap", "origin", value="ours"),
             NEVER, MANIFEST_FACT),
    Mutation("an id both missing and there", entry("splits", "band_gap", "missing", "train",
             value=["mp-369", "mp-10"])),
    Mutation("another source in a row", value("source", "jarvis")),
    Mutation("another id, everywhere", rename, SOURCE, NOT_HERE),
    Mutation("another formula", value("formula", "XeF6")),
    Mutation("other elements", value("elements", ["F", "Xe"])),
    Mutation("elements not sorted", value("elements", lambda row: row["elements"][::-1] * 2)),
    Mutation("another number of sites", value("n_sites", 7)),
    Mutation("a longer cell", other_cell(1.01, hashed=False)),
    Mutation("a longer cell, written and hashed anew", other_cell(1.01, hashed=True), DEEP,
             "the CIF is right in itself until it is described"),
    Mutation("a longer cell by 1e-6, written and hashed anew",
             other_cell(1 + 1e-6, hashed=True), SOURCE_DEEP, NEAR),
    Mutation("another origin of the cell", shifted(hashed=False)),
    Mutation("another origin of the cell, written and hashed anew", shifted(hashed=True),
             SOURCE_DEEP, CONSISTENT),
    Mutation("another element in the CIF", atoms(
        lambda values: ["Xe", *values[1:]], hashed=False, first=True)),
    Mutation("another label in the CIF", atoms(
        lambda values: [values[0], "Q1", *values[2:]], hashed=True, first=True), SOURCE_DEEP,
        "labels are the source's own"),
    Mutation("a comment in the CIF", other_cif("# generated using pymatgen", "# mine")),
    Mutation("another volume in the CIF", other_cif("_cell_volume   ", "_cell_volume   1")),
    Mutation("a CIF that is none", value("structure", "data_x\n")),
    Mutation("structures exchanged, with hashes",
             swap("structure", "structure_hash", "elements", "n_sites"), DEEP,
             "each row agrees with its own structure until it is described"),
    Mutation("hashes of zeros", value("structure_hash", "0" * 64)),
    Mutation("hashes exchanged", swap("structure_hash")),
    Mutation("a hash that is none", value("structure_hash", "none")),
    Mutation("a reworded sentence", local_text(reworded)),
    Mutation("another length in the text", local_text(another_length)),
    Mutation("a number as numpy writes it", local_text(lambda r: r["local_text"] + " np.int64(2)")),
    Mutation("a character that models lose", local_text(lambda r: r["local_text"] + " R3\u0305")),
    Mutation("an empty section", local_text(lambda _: "")),
    Mutation("sections parted elsewhere", values(
        global_text=lambda row: row["text"][:20].strip(),
        local_text=lambda row: row["text"][20:].strip())),
    Mutation("other labelled fields", value("fields_text", "Formula: X.")),
    Mutation("descriptions exchanged", swap(*FACTS), DEEP,
             "each description is whole in itself until the structure is described"),
    Mutation("condensed: a length by 0.01", condensed(longer(0.01))),
    Mutation("condensed: a length by 0.0001", condensed(longer(0.0001)), SOURCE_DEEP, NEAR),
    Mutation("condensed: an element",
             condensed(lambda facts: facts["sites"]["0"].update(element="Xe"))),
    Mutation("condensed: no JSON", value("condensed", "{")),
    Mutation("condensed: empty", value("condensed", "{}")),
    Mutation("another mineral", values(mineral="Halite")),
    Mutation("no mineral", value("mineral", None, row=1)),
    Mutation("another crystal system", value("crystal_system", "triclinic")),
    Mutation("another space group symbol", value("space_group_symbol", "P1")),
    Mutation("space group 999", value("space_group_number", 999)),
    Mutation("another dimensionality", value("dimensionality", 0)),
    Mutation("9 dimensions", value("dimensionality", 9)),
    Mutation("other components", values(n_components=5, n_different_components=2), DEEP,
             "no other column repeats them"),
    Mutation("a tolerance not in the settings", value("symprec", 0.5)),
    Mutation("another tolerance of the settings", value("symprec", 0.1), DEEP,
             "the words alone do not tell"),
    Mutation("disorder invented", value("disorder", "majority: Fe as Fe")),
    Mutation("disorder invented, told in the text, tokens counted", ordered, SOURCE_DEEP,
             "only the source knows what was ordered"),
    Mutation("a note invented", value("notes", ["mended"]), SOURCE_DEEP,
             "only the source knows what was mended"),
    Mutation("another number of tokens", value("text_tokens_minilm", 7)),
    Mutation("another flag of truncation", value("truncated_minilm", made=True)),
    Mutation("a property, also as target", value("band_gap", 9.9), SOURCE, NOT_HERE),
    Mutation("properties exchanged", swap("band_gap", "formation_energy_per_atom"), SOURCE,
             NOT_HERE),
    Mutation("a property that is NaN", value("band_gap", math.nan)),
    Mutation("an infinite property", value("band_gap", math.inf)),
    Mutation("a row gone", drop_row_alone),
    Mutation("the last row gone, everywhere", drop_row, NEVER,
             "the settings then ask for a corpus without it"),
    Mutation("a row twice", double_row),
    Mutation("rows in another order", reverse_rows),
    Mutation("a text that is null", null_text),
    Mutation("an element that is null", null_element),
    Mutation("text that is no UTF-8", broken_utf8),
    Mutation("a column gone", lambda copy: copy.table(lambda t: t.drop_columns("notes"))),
    Mutation("a column twice", double_column),
    Mutation("a column more", lambda copy: copy.table(
        lambda t: t.append_column("mine", pa.array([1] * len(t))))),
    Mutation("ids renamed", lambda copy: copy.table(lambda t: t.rename_columns(
        {"id": "name"}))),
    Mutation("numbers as text", as_text("n_sites")),
    Mutation("tokens as text", as_text("text_tokens_minilm")),
    Mutation("a failure with another code", failure(code="zero-volume"), SOURCE_DEEP, NOT_HERE),
    Mutation("a failure with a code of nobody", failure(code="bad-luck")),
    Mutation("a failure of another step", failure(stage="describe"), SOURCE_DEEP, NOT_HERE),
    Mutation("a failure of no step", failure(stage="print")),
    Mutation("a failure with another message", failure(message="it failed"), SOURCE_DEEP, NOT_HERE),
    Mutation("a failure gone, everywhere", drop_failure, NEVER,
             "the settings then ask for a corpus without it"),
    Mutation("the last row turned into a failure", row_to_failure, SOURCE_DEEP, NOT_HERE),
    Mutation("a target alone", target(target=9.9)),
    Mutation("a target that is null", target(target=None)),
    Mutation("a text of a target alone", target(text="No.")),
    Mutation("an id of a target", target(id="nobody")),
    Mutation("a target gone", drop_target, SOURCE, NOT_HERE),
    Mutation("a target moved from train to test", move_target, SOURCE, NOT_HERE),
    Mutation("a target of test in train too", copy_target),
    Mutation("the card gone", lambda copy: _card(copy).unlink(), of_card=True),
    Mutation("a byte of the card", flip(_card, 0.5, 1), of_card=True),
    Mutation("another number in the card", card("crystals", "crystaIs"), of_card=True),
    Mutation("another repository in the card", card_of("evil/corpus"), NEVER,
             "a card from the Hub names the repository that it is in", of_card=True),
    Mutation("another time", timing(seconds=1e-3), NEVER, UNTOLD, stale=False),
    Mutation("a negative time", timing(seconds=-1.0), stale=False),
    Mutation("an input of no name timed", timing(id="nobody"), stale=False),
    Mutation("timings in another order", reverse_timings, stale=False),
    Mutation("no timings", no_timings, NEVER, "they may be left out", stale=False),
)  # fmt: skip
