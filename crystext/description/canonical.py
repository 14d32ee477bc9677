"""One cell, origin and order of sites for a crystal, however it was given.

A crystal can be written down in endlessly many ways: another order of sites, rotation, origin,
basis or supercell. Of all of them :func:`canonical_structure` picks one by a rule that sees only
the crystal:

1. Supercells are folded to the primitive cell (:mod:`.lattice_symmetry`).
2. Candidates are all pairs of a shortest right-handed basis and an atom of the rarest kind as
   origin. Each candidate's coordinates are put into bins and the sites sorted, and the
   lexicographically least list wins: first with coarse bins (1e-4 of an edge), which noise does
   not touch, then with fine ones (1e-8), which break ties between nearly symmetric candidates.
   The winner is rounded to the fine bins and set up in a fixed orientation.
3. The symmetry that spglib finds is made exact, and steps 1 and 2 are done again. Should that
   bring the crystal within reach of another space group, it is left as step 2 gave it.

Step 2 comes before step 3 since symmetry within a tolerance depends, for one crystal in a thousand,
on how the crystal is given; now spglib sees the same bits for all ways. Step 3 makes what is later
derived from the result insensitive to noise in the input, such as rounding to six decimals.

Only proper rotations are used. A crystal and its mirror image stay different, since they are: for
one, quartz has either space group P3_121 or P3_221, and the text names it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crystext.description.arrays import ArrayStructure
from crystext.description.lattice_symmetry import primitive_cell, reduced_bases
from crystext.description.symmetry import Symmetry, failure, find_symmetry, search
from crystext.errors import SymmetryFailedError

if TYPE_CHECKING:
    from pymatgen.core import Composition, Structure

FINE = 2**27
"""Fractional coordinates are whole multiples of 1/FINE.

A power of two: thirds and decimal fractions, all that occurs in practice, lie nowhere near the
middle between two multiples. Means of two multiples, which symmetrising gives, may lie right there:
see :func:`_rounded`.
"""

_BIAS = 2**-8  # of a unit; noise of 1e-13 in a product of coordinates by FINE is 1e-5
_METRIC = 2**24  # per square angstrom; as fine as FINE for an edge of 8 angstrom
_COARSE = 2**13
_COARSE_OFFSET = 3 - 2 * 2**0.5  # puts 0, 1/2, 1/3, 1/4, 1/6, 1/8 ... well inside their bins
_EXACT = 1e-9  # angstrom; supercells made by a program are exact to 1e-13, files to 1e-7 at best
_LEAST_VOLUME = 1e-3  # cubic angstrom
_MAX_PASSES = 5
_SAME = 8  # units of rounding, 1e-8 each
_CHUNK = 2**20  # coordinates held at once


class _Cell(NamedTuple):
    """A crystal as arrays: lattice rows (3, 3) in angstrom, coordinates (N, 3), kinds (N,)."""

    lattice: np.ndarray
    coords: np.ndarray
    kinds: np.ndarray


def canonical_structure(structure: Structure, symprec: float = 0.01) -> Structure:
    """The same crystal in a cell, origin, orientation and site order that depend on it alone.

    Args:
        structure: any periodic structure. Sites are told apart by their species, oxidation states,
            spins and occupancies included; other site properties are left out of the result.
        symprec: tolerance of the symmetry search in angstrom; atoms are moved by about as much.

    Returns:
        A primitive cell, sites sorted by kind (atomic number first), then by coordinates. Applied
        to its own result it returns an equal one, to the last bit.

    Raises:
        SymmetryFailedError: spglib finds no symmetry, as with atoms on top of one another.
    """
    from pymatgen.core import Lattice, Structure

    if len(structure) == 0:
        return structure.copy()
    species, cell, _ = _canonical(structure, symprec)
    plain = [next(iter(one)) if list(one.values()) == [1] else one for one in species]
    return Structure(Lattice(cell.lattice), [plain[kind] for kind in cell.kinds], cell.coords)


def canonical_symmetry(structure: Structure, symprec: float = 0.01) -> Symmetry:
    """The cell of :func:`canonical_structure`, with its symmetry, which is searched on the way.

    Args and errors are those of :func:`canonical_structure`, but that all sites must be fully
    occupied by one species.
    """
    return _canonical(structure, symprec)[2]


def _canonical(structure: Structure, symprec: float) -> tuple[list[Composition], _Cell, Symmetry]:
    """What sits on the sites, the cell, and the symmetry found in it."""
    species, kinds = _kinds(structure)
    # One of each kind decides in what order sites are searched, and no more
    distinct = tuple(next(iter(one)) for one in species)
    given = _Cell(np.array(structure.lattice.matrix), np.array(structure.frac_coords), kinds)
    if not _is_sound(given):
        raise failure(symprec, "the cell is flat, or a number in it is not finite")
    cell = _settle(_fold(given))
    found = search(*cell, symprec)
    if isinstance(found, str):
        raise failure(symprec, found)
    ideal = _idealised(found, cell)
    if not _nearly_same(cell, ideal):
        try:
            again = find_symmetry(ArrayStructure(*ideal, distinct), symprec)
        except SymmetryFailedError:
            pass  # the crystal is left as it was, whose symmetry is known
        else:
            # Near the tolerance another order of sites may show another group: then the same one
            if again.number == found.number or _number(ideal, symprec) == found.number:
                return species, ideal, again
    arrays = ArrayStructure(*cell, distinct)
    if _is_exact(cell.coords) or np.array_equal(arrays.sorted().kinds, cell.kinds):
        # It would be found again
        kinds = np.arange(len(distinct))
        return species, cell, Symmetry(distinct, found, kinds, arrays.sorted())
    return species, cell, find_symmetry(arrays, symprec)


def _is_exact(coords: np.ndarray) -> bool:
    """Whether all coordinates are eighths.

    Spglib takes the translations of symmetry operations from differences of coordinates. Those of
    eighths have no rounding error, and none is small but zero: so the order of sites, which decides
    whose coordinates are taken, is of no matter.
    """
    eighths = coords * 8
    return bool((eighths == np.rint(eighths)).all())


def _kinds(structure: Structure) -> tuple[list[Composition], np.ndarray]:
    """Distinct site occupations in a fixed order, and the index of each site's (N,)."""

    def key(species: Composition) -> tuple:
        parts = []
        for one, amount in species.items():
            number = one.Z if type(one).__name__ != "DummySpecies" else 0  # a hash there
            charge, spin = (getattr(one, name, None) or 0 for name in ("oxi_state", "spin"))
            parts.append((number, one.symbol, str(one), charge, spin, amount))
        return tuple(sorted(parts))

    of_site = [site.species for site in structure]
    seen = {tuple(species.items()): species for species in of_site}  # far cheaper to hash
    distinct = {species: key(species) for species in seen.values()}
    ordered = sorted(distinct, key=distinct.__getitem__)
    index = {species: number for number, species in enumerate(ordered)}
    number = {items: index[species] for items, species in seen.items()}
    return ordered, np.array([number[tuple(species.items())] for species in of_site])


def _is_sound(cell: _Cell) -> bool:
    """Whether all numbers are finite and the lattice has a volume."""
    finite = bool(np.isfinite(cell.lattice).all() and np.isfinite(cell.coords).all())
    return finite and abs(np.linalg.det(cell.lattice)) > _LEAST_VOLUME


def _fold(cell: _Cell) -> _Cell:
    return _Cell(*primitive_cell(*cell, tolerance=_EXACT))


def _idealised(found: Any, cell: _Cell) -> _Cell:
    """The cell with the symmetry of spglib's data set ``found`` made exact."""
    standard = _Cell(found.std_lattice, found.std_positions, found.std_types - 1)
    primitive = standard if found.international.startswith("P") else _fold(standard)
    return _settle(primitive, cell)


def _number(cell: _Cell, symprec: float) -> int | None:
    """The number of the space group found with the sites in this order."""
    return getattr(search(*cell, symprec), "number", None)


def _settle(cell: _Cell, settled: _Cell | None = None) -> _Cell:
    """Chooses until that changes no bit: soon, as rounded numbers combine without rounding.

    ``settled`` is a cell, if any is known, of which no choice changes a bit.
    """
    cell = _choose(cell)
    for _ in range(_MAX_PASSES):
        if settled is not None and _equal(cell, settled):
            break
        before, cell = cell, _choose(cell)
        if _equal(before, cell):
            break
    return cell


def _equal(one: _Cell, other: _Cell) -> bool:
    """Whether two cells of one crystal are the same to the last bit."""
    return np.array_equal(one.lattice, other.lattice) and np.array_equal(one.coords, other.coords)


def _nearly_same(one: _Cell, other: _Cell) -> bool:
    """Whether two chosen cells agree within some units of rounding."""
    if not np.array_equal(one.kinds, other.kinds):
        return False
    metrics = np.abs(_metrics(one.lattice[None]) - _metrics(other.lattice[None]))
    moved = one.coords - other.coords
    moved = np.abs(moved - np.rint(moved)) * FINE
    return bool(metrics.max() <= _SAME and moved.max() <= _SAME)


def _choose(cell: _Cell) -> _Cell:
    """The least of all candidates (basis, origin), rounded; see the module's first lines."""
    order = np.argsort(cell.kinds, kind="stable")
    counts = np.bincount(cell.kinds).tolist()
    ends = accumulate(counts)
    blocks = [slice(end - n, end) for end, n in zip(ends, counts, strict=True) if n]
    rarest = min(blocks, key=lambda block: block.stop - block.start)

    changes = reduced_bases(cell.lattice)
    inverses = np.rint(np.linalg.inv(changes))
    coords = cell.coords[order] @ inverses  # (bases, N, 3)
    bases, n_sites = coords.shape[:2]
    n_origins = rarest.stop - rarest.start
    step = max(1, _CHUNK // (n_origins * n_sites * 3))
    least = b""
    candidates: list[int] = []
    for start in range(0, bases, step):
        part = coords[start : start + step]
        bins = _coarse_bins(part[:, None] - part[:, rarest, None])  # (bases, origins, N)
        for block in blocks:
            bins[..., block].sort(axis=-1)
        written = _as_bytes(bins.reshape(-1, n_sites))
        lowest = min(written)
        if not candidates or lowest < least:
            least, candidates = lowest, []
        if lowest == least:
            candidates += [start * n_origins + i for i, row in enumerate(written) if row == least]

    basis, origin = np.divmod(np.array(candidates), n_origins)
    shifted = coords[basis] - coords[basis, rarest.start + origin][:, None]
    bins = _coarse_bins(shifted)
    rows = np.concatenate(
        [block.start + np.argsort(bins[:, block], axis=1, kind="stable") for block in blocks],
        axis=1,
    )
    ordered = shifted[np.arange(len(rows))[:, None], rows]
    fine = _rounded(ordered * FINE).astype(np.int64)
    fine %= FINE
    metrics = _metrics(changes @ cell.lattice)
    upper = metrics[basis][:, [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]] + 2**62  # never negative
    keys = _as_bytes(np.concatenate([upper, fine.reshape(len(fine), -1)], axis=1))
    best = min(range(len(keys)), key=keys.__getitem__)
    lattice = np.linalg.cholesky(metrics[basis[best]] / _METRIC)  # a along x, b in the xy plane
    return _Cell(lattice, fine[best] / FINE, cell.kinds[order])


def _coarse_bins(coords: np.ndarray) -> np.ndarray:
    """One whole number per site out of three coarse bins: (..., N, 3) to (..., N)."""
    bins = np.floor(coords * _COARSE + _COARSE_OFFSET).astype(np.int64) % _COARSE
    return (bins[..., 0] * _COARSE + bins[..., 1]) * _COARSE + bins[..., 2]


def _as_bytes(rows: np.ndarray) -> list[bytes]:
    """Rows of whole numbers, none negative, as bytes that sort as the rows do."""
    data, width = rows.astype(">i8").tobytes(), 8 * rows.shape[1]
    return [data[start : start + width] for start in range(0, len(data), width)]


def _metrics(lattices: np.ndarray) -> np.ndarray:
    """Metric tensors (n, 3, 3) of lattices (n, 3, 3) as whole numbers of 1/_METRIC square angstrom.

    Those on the diagonal are even. A change of basis keeps both properties exactly, and 120
    degrees between equal lengths stays just that.
    """
    metrics = lattices @ lattices.transpose(0, 2, 1) * _METRIC
    step = np.eye(3) + 1
    return (_rounded(metrics / step) * step).astype(np.int64)


def _rounded(values: np.ndarray) -> np.ndarray:
    """The nearest whole numbers; middles, and what noise makes of them, are rounded upwards."""
    return np.floor(values + (0.5 + _BIAS))
