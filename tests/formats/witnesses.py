"""Two other readers of CIF that expand symmetry on their own, gemmi's and ASE's; real files."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pymatgen.core import Composition

AVOGADRO = Path("/usr/share/avogadro2/crystals")
"""Where Debian's package libavogadro-data puts its 510 CIFs."""
SYMPREC = 0.01


class View(NamedTuple):
    """What a reader makes of a file.

    Attributes:
        formula: reduced.
        sites: number of sites in the cell.
        number: space-group number that spglib finds at ``SYMPREC``, None for none.
    """

    formula: str
    sites: int
    number: int | None


def real_files() -> dict[str, Path]:
    """CIFs of Debian's libavogadro-data and of ASE's own tests, by a short name, sorted."""
    found = {path.relative_to(AVOGADRO).as_posix(): path for path in AVOGADRO.rglob("*.cif")}
    try:
        import ase
    except ImportError:
        pass
    else:
        data = Path(ase.__file__).parent / "test" / "testdata"
        found |= {f"ase/{path.name}": path for path in data.rglob("*.cif")}
    return dict(sorted(found.items()))


def space_group(
    lattice: np.ndarray, positions: np.ndarray, atomic_numbers: np.ndarray
) -> int | None:
    """spglib's number for a cell: lattice (3, 3), fractional positions (n, 3), numbers (n,)."""
    import spglib

    finite = np.isfinite(positions).all() and np.isfinite(lattice).all()
    if not len(atomic_numbers) or not finite or min(atomic_numbers) < 1:  # spglib dies of these
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = spglib.get_symmetry_dataset((lattice, positions, atomic_numbers), SYMPREC, 5)
        except spglib.SpglibError:
            return None
    return None if found is None else found.number


def by_gemmi(path: Path) -> View | None:
    """gemmi's small structure and its own unit cell; None where it cannot read the file."""
    import gemmi

    try:
        small = gemmi.read_small_structure(str(path))
    except (ValueError, RuntimeError, IndexError):
        return None
    sites = small.get_all_unit_cell_sites()
    return _view(
        [site.element.name for site in sites],
        np.array(small.cell.orth.mat.tolist()).T,
        np.array([site.fract.tolist() for site in sites]),
        np.array([site.element.atomic_number for site in sites]),
    )


def by_ase(path: Path) -> View | None:
    """ASE's reader; None where it cannot read the file."""
    from ase.io import read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            atoms = read(path)
        except Exception:  # noqa: BLE001 (a foreign reader fails in any way; that is no view)
            return None
    return _view(
        atoms.get_chemical_symbols(), atoms.cell[:], atoms.get_scaled_positions(), atoms.numbers
    )


def _view(
    symbols: list[str], lattice: np.ndarray, positions: np.ndarray, numbers: np.ndarray
) -> View:
    from pymatgen.core import Composition

    formula = Composition("".join(symbols)).reduced_formula if symbols else ""
    return View(formula, len(symbols), space_group(lattice, positions, numbers))


def listed_formula(path: Path) -> Composition | None:
    """``_chemical_formula_sum`` by a pattern of our own; None where absent or no plain formula."""
    from pymatgen.core import Composition

    text = path.read_bytes().decode("latin-1")
    found = re.search(r"^_chemical_formula_sum\s+('[^'\n]*'|\"[^\"\n]*\"|\S+)", text, re.MULTILINE)
    if found is None:
        return None
    words = re.findall(r"([A-Z][a-z]?)(\d*\.?\d*)", found[1])
    amounts: dict[str, float] = {}
    for symbol, amount in words:
        amounts[symbol] = amounts.get(symbol, 0) + float(amount or 1)
    try:
        return Composition(amounts)
    except ValueError:
        return None
