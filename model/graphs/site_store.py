"""A store of sites' facts beside a graph store: a row for each class of atoms of its graphs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import CrystextError, GraphFailedError, SitesNotFoundError, first_line
from crystext.features.site_facts import DIGEST, WIDTH
from crystext.model.graphs.cells import cell_of
from crystext.model.graphs.inputs import failure, inputs_of
from crystext.model.graphs.site_rows import AtomRows, atom_rows
from crystext.model.stores.crystals import Built, make_crystal_store
from crystext.model.stores.store import Store
from crystext.provenance import digest

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.inputs import CellRow
    from crystext.model.graphs.store import GraphStore

_CHUNK = 32
_TYPES = {
    "site": np.dtype(("<f4", (WIDTH,))),
    "sites": np.dtype("<i4"),
    "atom_ptr": np.dtype("<i8"),
}


class SiteStore(Store):
    """Facts of the sites of a corpus; a crystal whose sites are not found is a failure."""

    KIND, MADE_BY, CACHED_IN = "facts of sites", "crystext train with fusion sites", "sites"
    PACKAGES, OFFSETS = ("numpy", "pymatgen", "spglib"), {"atom_ptr": "site"}

    @classmethod
    def types(cls, settings: Mapping[str, Any]) -> dict[str, np.dtype]:  # noqa: ARG003
        """Type and shape of a row of each array."""
        return _TYPES


@dataclass(frozen=True)
class SiteRows:
    """Facts of sites for the atoms of a graph store.

    Attributes:
        values: (A, width), in the order of the store's atoms; NaN where a crystal has none.
        settings: all that decides them.
        without: ids of the store's crystals that have none.
    """

    values: NDArray[np.float32]
    settings: dict[str, Any]
    without: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Of the settings."""
        return digest(self.settings)

    @property
    def width(self) -> int:
        """Entries of a row."""
        return self.values.shape[1]

    @classmethod
    def of(cls, graphs: GraphStore, store: SiteStore) -> SiteRows:
        """The rows of a store in the order of the graphs that it was made beside."""
        begin = graphs.arrays().atom_ptr
        values = np.full((int(begin[-1]), WIDTH), np.nan, dtype=np.float32)
        ptr = store.array("atom_ptr", _TYPES["atom_ptr"], len(store) + 1)
        site = store.array("site", _TYPES["site"], int(ptr[-1]))
        places = {one: place for place, one in enumerate(store.ids)}
        for place, one in enumerate(graphs.ids):
            if (row := places.get(one)) is not None:
                values[begin[place] : begin[place + 1]] = site[ptr[row] : ptr[row + 1]]
        without = tuple(one for one in graphs.ids if one not in places)
        return cls(values, store.manifest["settings"], without)


def build_site_store(
    corpus: Corpus,
    graphs: GraphStore,
    *,
    out: str | os.PathLike[str] | None = None,
    ids: Iterable[str] | None = None,
    progress: bool = False,
) -> SiteStore:
    """Finds the sites of a corpus' crystals among the atoms of their graphs, or opens the store.

    Args:
        corpus: with condensed dictionaries in its rows.
        graphs: of this corpus.
        out: folder of the store; if ``None``, one in the user's cache.
        ids: only these crystals.
        progress: show a bar where standard error is a terminal.

    Raises:
        UsageError: no crystal of the corpus has a graph in the store.
        OtherStoreError: ``out`` holds other files, or a store of other crystals or settings.
        CannotWriteError: ``out`` cannot be written.
    """
    wanted = set(graphs.ids) if ids is None else set(graphs.ids) & set(ids)
    source = inputs_of(corpus, ids=sorted(wanted))
    columns = corpus.table(["id", "condensed", "symprec"]).to_pylist()
    told = {row["id"]: (row["condensed"], row["symprec"]) for row in columns if row["id"] in wanted}
    settings = {
        "facts": DIGEST,
        "graphs": graphs.digest,
        "corpus": corpus.manifest["content_digest"],
    }
    build = partial(_chunk, told=told, describer=corpus.manifest["settings"], graphs=graphs)
    return make_crystal_store(
        SiteStore, source, settings, build, chunk=_CHUNK, out=out, workers=1, progress=progress
    )


def _chunk(
    rows: Sequence[CellRow],
    told: Mapping[str, tuple[str, float]],
    describer: Mapping[str, Any],
    graphs: GraphStore,
) -> Built:
    ids, found, failures = [], [], []
    for name, text in rows:
        assert isinstance(text, str), "rows of a corpus"
        condensed, symprec = told[name]
        try:
            found.append(_of_row(name, text, condensed, {**describer, "symprec": symprec}, graphs))
        except CrystextError as error:
            failures.append(failure(name, error))
        except (ArithmeticError, LookupError, ValueError) as error:  # of odd numbers
            what = GraphFailedError(f"the sites cannot be found ({first_line(error)})")
            failures.append(failure(name, what))
        else:
            ids.append(name)
    if not ids:
        return Built(ids, {}, failures)
    arrays = {
        "site": np.concatenate([one.site for one in found]).astype("<f4"),
        "sites": np.concatenate([one.sites for one in found]).astype("<i4"),
        "atom_ptr": np.array([len(one.site) for one in found], dtype="<i8"),
    }
    return Built(ids, arrays, failures)


def _of_row(
    name: str, text: str, condensed: str, describer: Mapping[str, Any], graphs: GraphStore
) -> AtomRows:
    """The rows of one crystal, whose classes are those of the graph store."""
    from crystext.formats import cif

    structure = cif.read(text).structure
    rows = atom_rows(
        cell_of(structure), structure, json.loads(condensed), describer, graphs.settings
    )
    arrays = graphs.arrays()
    place = int(graphs.rows_of([name])[0])
    here = slice(int(arrays.atom_ptr[place]), int(arrays.atom_ptr[place + 1]))
    same = np.array_equal(rows.element, arrays.element[here])
    if not same or not np.array_equal(rows.atoms, arrays.atom_count[here]):
        raise SitesNotFoundError("the graph was built of other atoms than those described")
    return rows
