"""CFID: the 1,557 classical force-field inspired descriptors of a crystal, for boosted trees.

Choudhary, DeCost and Tavazza, Phys. Rev. Mater. 2, 083801 (2018), as jarvis-tools computes them:
its tables of elements are read through it (the extra ``jarvis``), the structural distributions come
from :mod:`crystext.model.baselines.cfid_distributions`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import CfidFailedError, CrystextError, MissingExtraError
from crystext.install import install_hint
from crystext.model.baselines.cfid_distributions import distributions
from crystext.model.graphs.inputs import cell_or_failure, failure, inputs_of
from crystext.model.stores.crystals import Built, cached_store, make_crystal_store
from crystext.model.stores.store import Store

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.crystal import Crystal, Failure
    from crystext.model.graphs.cells import Cell
    from crystext.model.graphs.inputs import CellRow

    Floats = NDArray[np.float64]

N_FEATURES = 1557
CHUNK = 16  # crystals between two moves of the bar
FEATURES = "features"
_ROW = np.dtype(("<f4", (N_FEATURES,)))


class CfidStore(Store):
    """Descriptors of the crystals of a corpus, in a folder."""

    KIND, CACHED_IN = "CFID descriptors", "cfid"
    MADE_BY = "crystext.model.baselines.cfid.build_cfid"
    PACKAGES = ("numpy", "jarvis-tools", "pymatgen")

    @classmethod
    def types(cls, settings: Mapping[str, Any]) -> dict[str, np.dtype]:  # noqa: ARG003
        """Type and shape of a row of the one array."""
        return {FEATURES: _ROW}

    @property
    def features(self) -> NDArray[np.float32]:
        """(n, 1557), mapped into memory."""
        return self.array(FEATURES, _ROW, len(self))


def build_cfid(
    corpus: Corpus | str | os.PathLike[str] | Iterable[Crystal | Failure],
    out: str | os.PathLike[str] | None = None,
    *,
    ids: Sequence[str] | None = None,
    workers: int = 1,
    limit: int | None = None,
    progress: bool = False,
) -> CfidStore:
    """Describes every crystal of a corpus once, or opens the store where that was done before.

    Args:
        corpus: a corpus, its folder, ``mini``, or crystals.
        out: folder of the store; if ``None``, one in the user's cache.
        ids: only these crystals.
        workers: processes.
        limit: only the first so many crystals.
        progress: show a bar where standard error is a terminal.

    Raises:
        MissingExtraError: jarvis-tools is not installed.
        OtherStoreError: ``out`` holds other files or other descriptors.
        CannotWriteError: ``out`` cannot be written.
    """
    _species()
    return make_crystal_store(
        CfidStore,
        inputs_of(corpus, limit, ids),
        {"features": N_FEATURES},
        _chunk,
        chunk=CHUNK,
        out=out,
        workers=workers,
        progress=progress,
    )


def has_cached_cfid(corpus: Corpus, ids: Sequence[str]) -> bool:
    """Whether the cache has the descriptors of these crystals; describes none."""
    settings = {"features": N_FEATURES, "source": inputs_of(corpus, ids=ids).origin}
    return cached_store(CfidStore, settings) is not None


def cfid(cell: Cell) -> Floats:
    """The descriptors of one crystal.

    Returns:
        (1557,): 438 of chemistry, 4 of the cell, 378 of charges, ``rdf`` (100), ``adfa``, ``adfb``
        and ``ddf`` (179 each) and ``nn`` (100), in jarvis-tools' order.

    Raises:
        CfidFailedError: jarvis-tools has no data of an element, or there are no neighbours within
            10 angstrom.
        MissingExtraError: jarvis-tools is not installed.
    """
    from pymatgen.core import Element

    symbols = [Element.from_Z(z).symbol for z in cell.numbers.tolist()]
    chemistry = [_element(one) for one in dict.fromkeys(symbols)]
    from jarvis.core.atoms import Atoms  # is there, for the elements' tables were

    atoms = Atoms(
        lattice_mat=cell.lattice, coords=cell.frac_coords, elements=symbols, cartesian=False
    )
    per_atom = round(atoms.volume / len(symbols), 5)
    size = [per_atom, round(float(np.log(per_atom)), 5), atoms.packing_fraction]
    found = distributions(cell.lattice, cell.frac_coords)
    return np.concatenate(
        [
            np.mean([one for one, _ in chemistry], axis=0),
            [*size, round(atoms.density, 5)],
            np.mean([charges for _, charges in chemistry], axis=0),
            *(found[name] for name in ("rdf", "adfa", "adfb", "ddf", "nn")),
        ]
    )


def _chunk(rows: Sequence[CellRow]) -> Built:
    """Ids, descriptors and failures of some crystals."""
    kept, features, failures = [], [], []
    for row in rows:
        cell = cell_or_failure(row)
        try:
            if isinstance(cell, CrystextError):
                raise cell
            features.append(cfid(cell).astype(_ROW.base))
        except CrystextError as error:
            failures.append(failure(row[0], error))
        else:
            kept.append(row[0])
    return Built(kept, {FEATURES: np.array(features, _ROW.base).reshape(-1, N_FEATURES)}, failures)


@cache
def _element(symbol: str) -> tuple[Floats, Floats]:
    """Chemical (438,) and charge (378,) descriptors of an element, which jarvis-tools re-reads."""
    species = _species()(symbol)
    try:
        return species.get_descrp_arr, np.asarray(species.get_chgdescrp_arr, dtype=np.float64)
    except (KeyError, ValueError) as error:
        raise CfidFailedError(
            f"jarvis-tools has no CFID data of {symbol}; leave the crystal out"
        ) from error


def _species() -> Any:
    try:
        from jarvis.core.specie import Specie
    except ImportError as error:
        raise MissingExtraError(
            f"CFID descriptors need jarvis-tools; install it with: {install_hint('jarvis')}"
        ) from error
    return Specie
