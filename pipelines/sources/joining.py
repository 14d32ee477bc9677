"""A property table joined to crystals by id: a value goes to the crystal of that very id, or none.

An id that may be that of several inputs is refused. Ids that are of no crystal are told, with what
they may stand for: names of files where the ids are names without endings.
"""

from __future__ import annotations

import logging
import unicodedata
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from crystext.crystal import Failure
from crystext.errors import BadTableError, shown
from crystext.formats.names import stem
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.packed_files import expand
from crystext.pipelines.sources.property_columns import Key, typed_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from crystext.unread import Input

_log = logging.getLogger(__name__)
_NO_ROW = ("no row in the property table",)


@dataclass(frozen=True)
class PropertyTable:
    """The values of a table by id.

    Attributes:
        file: the table.
        keys: its columns.
        by_id: of each row the values by column, and notes on what could not be read.
    """

    file: Path
    keys: tuple[Key, ...]
    by_id: Mapping[str, tuple[dict[str, Any], tuple[str, ...]]]

    @classmethod
    def read(cls, file: Path, id_column: str, keys: tuple[Key, ...]) -> PropertyTable:
        """Reads the table; rows without any value are left out.

        Raises:
            BadTableError: a row has no id, or one that another row has.
        """
        by_id: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {}
        places: dict[str, int] = {}
        for number, row in enumerate(tables.rows(file), start=1):
            if all(isinstance(value, str) and not value.strip() for value in row.values()):
                continue
            name = tables.id_in(row, id_column, number, file.name)
            if not name:
                message = f"row {number} of {shown(file.name)} has no id in {shown(id_column)}"
                hint = ", or write units into the header (gap [eV])" if number == 1 else ""
                raise BadTableError(f"{message}; give every row an id of its own{hint}")
            if name in by_id:
                message = f"rows {places[name]} and {number} of {shown(file.name)} have the id"
                raise BadTableError(f"{message} {shown(name)}; every row needs an id of its own")
            values, notes = typed_row(row, keys)
            by_id[name], places[name] = (values, tuple(notes)), number
        return cls(file, keys, by_id)

    def check(self, path: str, found: Iterable[Input]) -> int:
        """Refuses a table that does not fit the inputs, and logs what of it is of no crystal.

        Args:
            path: where they are read from.
            found: all inputs.

        Returns:
            How many inputs there are.

        Raises:
            BadTableError: one of its ids may be that of several inputs, or none is one.
        """
        self.refuse_ambiguous(path)
        called = []
        for one in found:
            self.refuse_numbered(one.id)
            called.append(one.id)
        ids = set(called)
        left = [name for name in self.by_id if name not in ids]
        if left and len(left) < len(self.by_id):
            total, file = len(self.by_id), shown(self.file.name)
            what = f"{len(left):,} of {total:,} rows of {file} are of no crystal here"
            _log.warning("%s, the first is %s%s", what, shown(left[0]), _meant(left[0], ids))
        elif left:
            raise self.nothing(ids)
        return len(called)

    def nothing(self, ids: Iterable[str]) -> BadTableError:
        """The error that no row is of a crystal.

        Args:
            ids: of all inputs.
        """
        first, others = next(iter(self.by_id)), sorted(set(ids))
        message = f"no id of {shown(self.file.name)} is an id of a crystal: its first is"
        crystal = f", and a crystal is called {shown(others[0])}" if others else ""
        return BadTableError(f"{message} {shown(first)}{crystal}{_meant(first, set(others))}")

    def refuse_ambiguous(self, path: str) -> None:
        """Refuses an id that is the name of several files, before any is read.

        Raises:
            BadTableError: names the id and the files.
        """
        from crystext.reading import files_by_id

        if Path(path).is_file():
            return
        named = files_by_id(expand(path))
        for name in self.by_id:
            if len(several := named.get(name, ())) > 1:
                raise self._ambiguous(name, " and ".join(shown(str(one)) for one in several))

    def refuse_numbered(self, crystal_id: str) -> None:
        """Refuses the id of which a crystal has another with a number behind it.

        Raises:
            BadTableError: names both.
        """
        if crystal_id not in self.by_id and (name := crystal_id.rpartition("#")[0]) in self.by_id:
            raise self._ambiguous(name, f"{shown(crystal_id)} and of others")

    def join(self, found: Iterable[Input]) -> Iterator[Input]:
        """The inputs with their values; with a note where the table has no row for one.

        Raises:
            BadTableError: an id may be that of several inputs, or none is one.
        """
        nothing = dict.fromkeys(key.column for key in self.keys)
        ids, used = [], False
        for one in found:
            self.refuse_numbered(one.id)
            used = used or one.id in self.by_id
            if not used:
                ids.append(one.id)
            if isinstance(one, Failure):
                yield one
                continue
            values, notes = self.by_id.get(one.id, (nothing, _NO_ROW))
            yield replace(one, properties=one.properties | values, notes=(*one.notes, *notes))
        if self.by_id and not used:
            raise self.nothing(ids)

    def _ambiguous(self, name: str, several: str) -> BadTableError:
        message = f"the id {shown(name)} of {shown(self.file.name)} may be that of {several}"
        return BadTableError(f"{message}; give every structure a name of its own")


def _meant(name: str, ids: set[str]) -> str:
    """What an id of a table that is of no crystal may stand for, as a remedy."""
    for other, why in _guesses(name, ids):
        if other is not None and f"{other}#2" in ids:
            what = f"; several files are called {shown(other)}: give their folder as the input"
            return f"{what}, for then ids have the folders below it"
        if other is not None and other != name:
            return f"; {why.format(shown(other))}"
    return "; ids are names of files without their ending, with folders below the input"


def _guesses(name: str, ids: set[str]) -> Iterator[tuple[str | None, str]]:
    """Ids that may be meant, ``None`` where there is none, each with what to say of it."""

    def same(form: Callable[[str], str]) -> str | None:
        """The only id that is the same in some form."""
        alike = [one for one in ids if form(one) == form(name)]
        return alike[0] if len(alike) == 1 else None

    last, slashed = PureWindowsPath(name).name, name.replace("\\", "/").strip("/")
    tried = {
        stem(last): "ids are names of files without folder and ending: write {}",
        stem(name): "ids are names of files without their ending: write {}",
        slashed: "folders in ids end in /: write {}",
        name.removesuffix(".0"): "ids are whole numbers: write {}",
    }
    yield from ((one if one in ids else None, why) for one, why in tried.items())
    composed = "{} has the same letters, composed otherwise (Unicode's NFC and NFD)"
    yield same(partial(unicodedata.normalize, "NFC")), composed
    yield same(str.casefold), "letters of ids count: write {}"
    if name.isdecimal():
        zeros = "zeros at the beginning count, and spreadsheets drop them: write {}"
        yield same(lambda one: one.lstrip("0")), zeros
    ends = [one for one in ids if one.rpartition("/")[2] in {name, stem(last)}]
    yield ends[0] if len(ends) == 1 else None, "ids have the folders below the input: write {}"
    inside = sorted(one for one in ids if one.rpartition("/")[0] == slashed)
    of_file = "ids end in the name of the file, not of its folder: write {}"
    yield inside[0] if inside else None, of_file
