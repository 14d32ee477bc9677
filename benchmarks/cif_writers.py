"""Writes one crystal as CIF in many ways: by pymatgen, ASE and gemmi, in settings of all kinds.

Every function gives texts by the name of the way. gemmi's are made of the symmetric crystal that
``canonical_structure`` gives: one atom an orbit, in the setting that spglib prefers and in others
of the same space group (cell choices, unique axes, permuted axes, both origins, rhombohedral
axes), with listed operations, with the Hall symbol alone, and with the Hermann-Mauguin symbol
alone.
"""

from __future__ import annotations

import io
import re
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gemmi
    from pymatgen.core import Structure

_DIGITS = 10
_SYMPREC = 0.01


def written(structure: Structure, writer: str, turn: int = 0) -> dict[str, str]:
    """CIFs of a crystal.

    Args:
        structure: ordered.
        writer: ``pymatgen``, ``ase`` or ``gemmi``.
        turn: which of several other settings ``gemmi`` takes; any number.

    Returns:
        Texts by the way in which they are written.
    """
    makers = {"pymatgen": by_pymatgen, "ase": by_ase, "gemmi": lambda one: by_gemmi(one, turn)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return makers[writer](structure)


def by_pymatgen(structure: Structure) -> dict[str, str]:
    """All atoms in P1; symmetrised, refined or not; and symmetrised without its operations."""
    from pymatgen.io.cif import CifWriter

    symmetrised = str(CifWriter(structure, symprec=_SYMPREC))
    return {
        "P 1": str(CifWriter(structure)),
        "P 1, 12 digits": str(CifWriter(structure, significant_figures=12)),
        "symmetrised": symmetrised,
        "symmetrised, not refined": str(
            CifWriter(structure, symprec=_SYMPREC, refine_struct=False, significant_figures=12)
        ),
        "symmetrised, no operations": without_operations(symmetrised),
    }


def refined(structure: Structure) -> Structure:
    """What pymatgen writes of a crystal when it symmetrises: atoms moved by up to ``symprec``."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    return SpacegroupAnalyzer(structure, _SYMPREC).get_refined_structure()


def by_ase(structure: Structure) -> dict[str, str]:
    """All atoms in P1, which is all that ASE writes; with and without the operation."""
    from ase.io import write
    from pymatgen.io.ase import AseAtomsAdaptor

    plain = structure.copy(site_properties={})
    plain.remove_oxidation_states()
    atoms = AseAtomsAdaptor.get_atoms(plain)
    file = io.BytesIO()
    write(file, atoms, format="cif")
    text = file.getvalue().decode()
    file = io.BytesIO()
    write(file, atoms, format="cif", wrap=False)
    return {
        "P 1": text,
        "P 1, not wrapped": file.getvalue().decode(),
        "P 1, no operations": without_operations(text),
    }


def without_operations(text: str) -> str:
    """A CIF without its loop of operations."""
    loop = (
        r"loop_\s*\n(?:\s*_(?:symmetry_equiv_pos|space_group_symop)\S+\s*\n)+(?:(?!loop_|_).*\n)*?"
    )
    return re.sub(rf"{loop}(?=\s*(?:loop_|_|\Z))", "", text, count=1)


class _Standard(NamedTuple):
    """A symmetric crystal in spglib's setting: lattice rows (3, 3), one position an orbit."""

    lattice: np.ndarray
    symbols: list[str]
    positions: np.ndarray
    setting: gemmi.SpaceGroup


def by_gemmi(structure: Structure, turn: int = 0) -> dict[str, str]:
    """The standard setting, and one of the others of the space group where there are any."""
    standard = _standard(structure)
    texts = dict(_in_setting("standard", standard, standard.setting))
    others = [
        one for one in _settings(standard.setting.number) if one.hall != standard.setting.hall
    ]
    if others:
        setting = others[turn % len(others)]
        texts |= _in_setting("other setting", standard, setting)
    return texts


@cache
def _settings(number: int) -> list[Any]:
    import gemmi

    every = [one for one in gemmi.spacegroup_table() if one.number == number]
    return [one for one in every if one.hm.split()[0] in "PABCIFR" or number < 3]


def _operations(setting: gemmi.SpaceGroup) -> set[str]:
    return {one.triplet() for one in setting.operations()}


def _standard(structure: Structure) -> _Standard:
    import gemmi
    import spglib

    from crystext.description.canonical import canonical_structure

    sound = canonical_structure(structure)
    symbols = sorted({site.specie.symbol for site in sound})
    kinds = [symbols.index(site.specie.symbol) + 1 for site in sound]
    cell: Any = (sound.lattice.matrix, sound.frac_coords, kinds)
    found = spglib.get_symmetry_dataset(cell, _SYMPREC)
    assert found is not None
    table = spglib.get_symmetry_from_database(found.hall_number)
    assert table is not None
    setting = _setting_of(found.number, table["rotations"], table["translations"])
    firsts = _one_an_orbit(found.std_positions, found.std_types, table, found.std_lattice)
    return _Standard(
        found.std_lattice,
        [symbols[found.std_types[i] - 1] for i in firsts],
        found.std_positions[firsts],
        gemmi.find_spacegroup_by_name(setting.xhm()) or setting,
    )


def _setting_of(number: int, rotations: np.ndarray, translations: np.ndarray) -> Any:
    """The entry with these operations in gemmi's table."""
    import gemmi

    texts = set()
    for rotation, translation in zip(rotations, translations, strict=True):
        operation = gemmi.Op()
        operation.rot = (rotation * gemmi.Op.DEN).tolist()
        operation.tran = (np.rint(translation * gemmi.Op.DEN).astype(int) % gemmi.Op.DEN).tolist()
        texts.add(operation.wrap().triplet())
    return next(one for one in _settings(number) if _operations(one) == texts)


def _one_an_orbit(
    positions: np.ndarray, kinds: np.ndarray, table: dict[str, np.ndarray], lattice: np.ndarray
) -> list[int]:
    """The first site of each orbit."""
    firsts: list[int] = []
    left = set(range(len(positions)))
    for index in range(len(positions)):
        if index not in left:
            continue
        firsts.append(index)
        images = table["rotations"] @ positions[index] + table["translations"]
        for other in list(left):
            steps = images - positions[other]
            distances = np.linalg.norm((steps - np.round(steps)) @ lattice, axis=1)
            if kinds[other] == kinds[index] and distances.min() < 10 * _SYMPREC:
                left.discard(other)
    return firsts


def _affine(operation: Any) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.array(operation.float_seitz())
    return matrix[:3, :3], matrix[:3, 3]


def _in_setting(name: str, one: _Standard, setting: Any) -> Iterator[tuple[str, str]]:
    """The crystal with other axes and another origin, with its symmetry told in three ways."""
    turn, shift = _affine(one.setting.basisop.inverse())  # to the reference setting
    onward, origin = _affine(setting.basisop)
    turn, shift = onward @ turn, onward @ shift + origin
    positions = one.positions @ turn.T + shift
    lattice = np.linalg.inv(turn).T @ one.lattice
    tell = {
        "operations": [
            "loop_", "_space_group_symop_operation_xyz",
            *(f"'{operation.triplet()}'" for operation in setting.operations()),
        ],
        "Hall symbol": [f'_space_group_name_Hall "{setting.hall}"'],
        "H-M symbol": [f"_space_group_name_H-M_alt '{setting.xhm()}'"],
    }  # fmt: skip
    body = _body(lattice, one.symbols, positions)
    for how, lines in tell.items():
        yield f"{name}, {how}", "\n".join(["data_written", *lines, *body]) + "\n"


def _body(lattice: np.ndarray, symbols: list[str], positions: np.ndarray) -> list[str]:
    lengths = np.linalg.norm(lattice, axis=1)
    unit = lattice / lengths[:, None]
    angles = np.degrees(np.arccos([unit[1] @ unit[2], unit[0] @ unit[2], unit[0] @ unit[1]]))
    lines = [
        f"_cell_{tag} {value:.{_DIGITS}f}"
        for tag, value in zip(
            ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"),
            (*lengths, *angles),
            strict=True,
        )
    ]
    names = ("label", "type_symbol", "fract_x", "fract_y", "fract_z")
    lines += ["loop_", *(f"_atom_site_{name}" for name in names)]
    for number, (symbol, position) in enumerate(zip(symbols, positions, strict=True), start=1):
        place = " ".join(f"{value:.{_DIGITS}f}" for value in np.mod(position, 1))
        lines.append(f"{symbol}{number} {symbol} {place}")
    return lines
