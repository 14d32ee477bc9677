"""Makes CIF texts of crystals that are known beforehand, and of any setting of a space group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymatgen.core import Structure

CELL_TAGS = (
    "_cell_length_a", "_cell_length_b", "_cell_length_c",
    "_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma",
)  # fmt: skip
COLUMNS = ("label", "type_symbol", "fract_x", "fract_y", "fract_z")
SETTINGS = 530
"""Hall symbols in spglib's table, which these tests take as independent of the reader's."""
_VOLUME_PER_ATOM = 30.0
_LEAST_DISTANCE = 1.6


@dataclass(frozen=True)
class Made:
    """A crystal in the words of a CIF.

    Attributes:
        cell: a, b, c, alpha, beta, gamma, as they are to be written.
        atoms: rows of the loop of sites.
        columns: the names of their columns, without ``_atom_site_``.
        symbol: Hermann-Mauguin symbol; not written where None, as the rest.
        hall: Hall symbol.
        number: space-group number.
        operations: as x,y,z.
        formula: ``_chemical_formula_sum``.
        z: formula units.
        extra: lines at the end.
    """

    cell: tuple[Any, ...]
    atoms: tuple[str, ...]
    columns: tuple[str, ...] = COLUMNS
    symbol: str | None = None
    hall: str | None = None
    number: int | str | None = None
    operations: tuple[str, ...] | None = None
    formula: str | None = None
    z: int | str | None = None
    extra: str = ""

    def but(self, **changes: Any) -> Made:
        """The same crystal with other words."""
        return replace(self, **changes)

    def text(self, **changes: Any) -> str:
        """The CIF, with changes to the fields."""
        made = replace(self, **changes)
        lines = ["data_made"]
        pairs = [
            ("_chemical_formula_sum", made.formula),
            ("_cell_formula_units_Z", made.z),
            *zip(CELL_TAGS, made.cell, strict=True),
            ("_symmetry_space_group_name_H-M", made.symbol),
            ("_symmetry_space_group_name_Hall", made.hall),
            ("_symmetry_Int_Tables_number", made.number),
        ]
        lines += [f"{tag} {quoted(value)}" for tag, value in pairs if value is not None]
        if made.operations is not None:
            rows = [quoted(one) for one in made.operations]
            lines += ["loop_", "_symmetry_equiv_pos_as_xyz", *rows]
        lines += ["loop_", *(f"_atom_site_{name}" for name in made.columns), *made.atoms]
        return "\n".join([*lines, made.extra]) + "\n"


def quoted(value: Any) -> str:
    """A value as CIF writes it, in quotes where it needs some and has none."""
    text = str(value)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text
    if text == "" or " " in text or text[0] in "_#$'\"[];" or text.lower().startswith("data_"):
        mark = '"' if "'" in text else "'"
        return f"{mark}{text}{mark}"
    return text


def words(text: str) -> list[str]:
    """The words of a text: long tables are easier to read so."""
    return text.split()


_CUBE = (90, 90, 90)
HALITE = Made((5.64, 5.64, 5.64, *_CUBE), ("Na1 Na 0 0 0", "Cl1 Cl 0.5 0.5 0.5"), symbol="F m -3 m")
CESIUM_CHLORIDE = Made(
    (4.12, 4.12, 4.12, *_CUBE), ("Cs1 Cs 0 0 0", "Cl1 Cl 0.5 0.5 0.5"), symbol="P m -3 m"
)
BADDELEYITE = Made(
    (5.15, 5.19, 5.32, 90, 99.2, 90),
    ("Zr1 Zr 0.2754 0.0395 0.2083", "O1 O 0.07 0.3317 0.3447", "O2 O 0.4496 0.7569 0.4792"),
    symbol="P 1 21/c 1",
    operations=("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z"),
)
RUTILE = Made(
    (4.594, 4.594, 2.959, *_CUBE),
    ("Ti1 Ti 0 0 0", "O1 O 0.305 0.305 0"),
    symbol="P 42/m n m",
    operations=(
        "x,y,z", "-x,-y,z", "1/2-y,1/2+x,1/2+z", "1/2+y,1/2-x,1/2+z",
        "1/2-x,1/2+y,1/2-z", "1/2+x,1/2-y,1/2-z", "y,x,-z", "-y,-x,-z",
        "-x,-y,-z", "x,y,-z", "1/2+y,1/2-x,1/2-z", "1/2-y,1/2+x,1/2-z",
        "1/2+x,1/2-y,1/2+z", "1/2-x,1/2+y,1/2+z", "-y,-x,z", "y,x,z",
    ),
)  # fmt: skip
WURTZITE = Made(
    (3.25, 3.25, 5.207, 90, 90, 120),
    ("Zn1 Zn 0.3333333333 0.6666666667 0", "O1 O 0.3333333333 0.6666666667 0.382"),
    symbol="P 63 m c",
    operations=(
        "x,y,z", "-y,x-y,z", "-x+y,-x,z", "-x,-y,z+1/2", "y,-x+y,z+1/2", "x-y,x,z+1/2",
        "-y,-x,z", "-x+y,y,z", "x,x-y,z", "y,x,z+1/2", "x-y,-y,z+1/2", "-x,-x+y,z+1/2",
    ),
)  # fmt: skip
METHANOL = Made(
    (5, 6, 7, *_CUBE),
    (
        "C1 C 0.5 0.5 0.5", "O1 O 0.5 0.5 0.703", "H1 H 0.5 0.64 0.745",
        "H2 H 0.7 0.5 0.45", "H3 H 0.4 0.64 0.45", "H4 H 0.4 0.36 0.45",
    ),
    symbol="P 1",
    operations=("x,y,z",),
    formula="C H4 O",
    z=1,
)  # fmt: skip


def operations_of(hall_number: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (n, 3, 3) and translations (n, 3) of one of the 530 settings, from spglib."""
    import spglib

    found = spglib.get_symmetry_from_database(hall_number)
    return found["rotations"], found["translations"]


def names_of(hall_number: int) -> Any:
    """Number, symbols and choice of one of the 530 settings."""
    import spglib

    return spglib.get_spacegroup_type(hall_number)


def full_symbol(hall_number: int) -> str:
    """The Hermann-Mauguin symbol of a setting with blanks, for example ``P 1 21/c 1``."""
    return names_of(hall_number).international.split("=")[-1].strip().replace("_", "")


@cache
def standard_settings() -> tuple[int, ...]:
    """The first of the 530 settings of each of the 230 space groups."""
    first: dict[int, int] = {}
    for hall_number in range(1, SETTINGS + 1):
        first.setdefault(names_of(hall_number).number, hall_number)
    return tuple(first.values())


def triplets(rotations: np.ndarray, translations: np.ndarray) -> tuple[str, ...]:
    """Operations as x,y,z."""
    from fractions import Fraction

    texts = []
    for rotation, translation in zip(rotations, translations, strict=True):
        parts = []
        for row, shift in zip(rotation, translation, strict=True):
            words = "".join(
                f"{'+' if value > 0 else '-'}{axis}"
                for value, axis in zip(row, "xyz", strict=True)
                if value
            )
            fraction = Fraction(float(shift)).limit_denominator(24) % 1
            parts.append(words.removeprefix("+") + (f"+{fraction}" if fraction else ""))
        texts.append(",".join(parts))
    return tuple(texts)


@dataclass(frozen=True)
class InSetting:
    """A crystal with all atoms in general positions of a setting, and the sites it must have.

    Attributes:
        made: cell and listed atoms, without symmetry.
        elements: of all sites.
        positions: fractional coordinates of all sites, shape (n, 3).
    """

    made: Made
    elements: tuple[str, ...]
    positions: np.ndarray


@cache
def crystal_in(hall_number: int, seed: int = 0) -> InSetting:
    """A crystal in one of the 530 settings; one to three atoms, the more the fewer operations."""
    rotations, translations = operations_of(hall_number)
    order = len(rotations)
    elements = ("Zn", "S", "Cs")[: 3 if order <= 4 else 2 if order <= 16 else 1]
    random = np.random.default_rng((hall_number, seed))
    cell, lattice = _cell(rotations, order * len(elements) * _VOLUME_PER_ATOM, random)
    while True:
        listed = random.uniform(0.02, 0.98, (len(elements), 3)).round(5)
        images = np.einsum("nij,aj->ani", rotations, listed) + translations
        every = images.reshape(-1, 3)
        if all(
            _nearest(every, row * order, lattice) > _LEAST_DISTANCE for row in range(len(listed))
        ):
            break
    atoms = tuple(
        f"{element}1 {element} " + " ".join(f"{value:.5f}" for value in position)
        for element, position in zip(elements, listed, strict=True)
    )
    per_cell = np.gcd.reduce([order] * len(elements))
    made = Made(cell, atoms, formula=" ".join(sorted(elements)), z=int(per_cell))
    return InSetting(made, tuple(np.repeat(elements, order)), every)


def _cell(
    rotations: np.ndarray, volume: float, random: np.random.Generator
) -> tuple[tuple[str, ...], np.ndarray]:
    """Cell parameters that the rotations leave as they are, and the lattice (3, 3)."""
    metric = np.diag([1.0, 1.3, 1.7]) + 0.12 * np.array([[0, 1, -1], [1, 0, -1.5], [-1, -1.5, 0]])
    metric += np.diag(random.uniform(0, 0.2, 3))
    metric = np.einsum("nji,jk,nkl->il", rotations, metric, rotations) / len(rotations)
    metric *= (volume**2 / np.linalg.det(metric)) ** (1 / 3)
    lengths = np.sqrt(np.diag(metric))
    cosines = [metric[i, j] / lengths[i] / lengths[j] for i, j in ((1, 2), (0, 2), (0, 1))]
    angles = np.degrees(np.arccos(cosines))
    cell = tuple(f"{value:.5f}" for value in (*lengths, *angles))
    return cell, np.linalg.cholesky(metric)


def _nearest(positions: np.ndarray, index: int, lattice: np.ndarray) -> float:
    """Distance of a site's nearest neighbour in angstrom, its own images left out."""
    steps = np.delete(positions, index, axis=0) - positions[index]
    steps -= np.round(steps)
    return float(np.linalg.norm(steps @ lattice, axis=1).min(initial=np.inf))


def same_sites(
    structure: Structure,
    elements: Sequence[str],
    positions: np.ndarray,
    *,
    tolerance: float = 0.01,
) -> bool:
    """Whether a structure has exactly these sites, in any order, within a tolerance in angstrom."""
    if len(structure) != len(elements):
        return False
    found = np.array(structure.frac_coords)
    symbols = np.array([site.specie.symbol for site in structure])
    matrix = structure.lattice.matrix
    left = set(range(len(found)))
    for element, position in zip(elements, positions, strict=True):
        steps = found - position
        distances = np.linalg.norm((steps - np.round(steps)) @ matrix, axis=1)
        near = {int(i) for i in np.flatnonzero((distances < tolerance) & (symbols == element))}
        if len(near & left) != 1:
            return False
        left -= near
    return True


def all_images(made: Made, operations: Iterable[str]) -> tuple[str, ...]:
    """Rows of every image of the listed atoms in the cell, labels as listed, without duplicates."""
    from gemmi import Op

    listed = []
    for row in made.atoms:
        label, symbol, *place = row.split()[:5]
        seen: list[np.ndarray] = []
        for text in operations:
            image = np.mod(Op(text).apply_to_xyz([float(value) for value in place]), 1)
            steps = [image - other for other in seen]
            if all(np.abs(step - np.round(step)).max() > 1e-3 for step in steps):
                seen.append(image)
                listed.append(f"{label} {symbol} " + " ".join(f"{value:.10f}" for value in image))
    return tuple(listed)
