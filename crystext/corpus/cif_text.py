"""A structure as the CIF text of a corpus: no symmetry, 8 decimals, as pymatgen writes it.

Pymatgen's writer passes every value through its formatting of CIF fields, which takes longer than
describing a small crystal. Elements at full sites, which is nearly all that a corpus holds, need
none of it; whatever else there is goes to pymatgen. The bytes are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.crystal import right_handed

if TYPE_CHECKING:
    from pymatgen.core import Structure

_WIDTH = 70  # of a line, as pymatgen breaks them
_HEAD = """\
# generated using pymatgen
data_{reduced}
_symmetry_space_group_name_H-M   'P 1'
_cell_length_a   {0:.8f}
_cell_length_b   {1:.8f}
_cell_length_c   {2:.8f}
_cell_angle_alpha   {3:.8f}
_cell_angle_beta   {4:.8f}
_cell_angle_gamma   {5:.8f}
_symmetry_Int_Tables_number   1
_chemical_formula_structural   {reduced}
_chemical_formula_sum   {total}
_cell_volume   {volume:.8f}
_cell_formula_units_Z   {units}
loop_
 _symmetry_equiv_pos_site_id
 _symmetry_equiv_pos_as_xyz
  1  'x, y, z'
loop_
 _atom_site_type_symbol
 _atom_site_label
 _atom_site_symmetry_multiplicity
 _atom_site_fract_x
 _atom_site_fract_y
 _atom_site_fract_z
 _atom_site_occupancy
"""


def cif(structure: Structure) -> str:
    """The structure as CIF text.

    Args:
        structure: in any cell; sites are written in their order. Left-handed axes become
            right-handed, as those of a CIF are: pymatgen would write the mirror image.
    """
    structure = right_handed(structure)
    return _plain(structure) or _by_pymatgen(structure)


def _plain(structure: Structure) -> str | None:
    """The text of a crystal of elements whose lines are short; ``None`` for any other."""
    from pymatgen.core import Element

    rows = []
    for number, site in enumerate(structure):
        items = list(site.species.items())
        if len(items) != 1 or not isinstance(items[0][0], Element) or "magmom" in site.properties:
            return None
        element, amount = items[0]
        label = site.label
        if label == element.symbol:
            label = f"{label}{number}"
        x, y, z = site.frac_coords
        row = f"  {element}  {label}  1  {x:.8f}  {y:.8f}  {z:.8f}  {amount}\n"
        if len(row) > _WIDTH or not label.isalnum():
            return None
        rows.append(row)
    composition = structure.composition
    total = composition.formula
    if " " in total:
        total = f"'{total}'"
    if len("_chemical_formula_sum") + len(total) + 3 >= _WIDTH:
        return None
    head = _HEAD.format(
        *structure.lattice.parameters,
        reduced=composition.reduced_formula,
        total=total,
        volume=structure.lattice.volume,
        units=int(composition.get_reduced_composition_and_factor()[1]),
    )
    return head + "".join(rows)


def _by_pymatgen(structure: Structure) -> str:
    from pymatgen.io.cif import CifWriter

    return str(CifWriter(structure))
