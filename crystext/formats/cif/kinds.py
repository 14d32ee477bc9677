"""Files that look like a CIF of one crystal and are another kind: named as what they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.errors import MacromoleculeError, ModulatedStructureError

if TYPE_CHECKING:
    from crystext.formats.cif.blocks import Block

_MODULATED = (
    "_space_group_ssg_",
    "_space_group_symop_ssg_operation",
    "_space_group_symop_magn_ssg_operation",
    "_cell_wave_vector_",
    "_cell_subsystem",
    "_atom_site_fourier_",
    "_atom_site_displace_",
    "_atom_site_occ_fourier_",
    "_atom_site_occ_special_func",
)
_MAGNETIC = (
    "_space_group_symop_magn_operation_xyz",
    "_space_group_symop_magn_operation_mxmymz",
    "_atom_site_moment_crystalaxis_x",
    "_atom_site_moment_cartn_x",
    "_atom_site_moment_spherical_modulus",
)


def refuse_others(block: Block) -> None:
    """Refuses what is no crystal of three dimensions.

    Raises:
        ModulatedStructureError: modulated or composite.
        MacromoleculeError: an mmCIF.
    """
    dimension = block.one("_cell_modulation_dimension", "_cell_modulation_dimension_")
    for tag, values in block.items.items():
        if tag.startswith(_MODULATED) and any(values):
            message = f"{block.name} is a modulated structure ({tag})"
            raise ModulatedStructureError(f"{message}; give an average structure or a supercell")
    if dimension and re.fullmatch(r"\+?[0-9]+(\.[0-9]*)?", dimension) and float(dimension) > 0:
        message = f"{block.name} is modulated in {dimension} dimensions"
        raise ModulatedStructureError(f"{message}; give an average structure or a supercell")
    if block.column("_atom_site_group_pdb") or block.column("_atom_site_label_asym_id"):
        message = f"{block.name} is an mmCIF of a macromolecule or ligand"
        raise MacromoleculeError(f"{message}; give a CIF with fractional coordinates")


def is_magnetic(block: Block) -> bool:
    """Whether the file gives magnetic operations or moments."""
    return any(any(block.column(tag) or ()) for tag in _MAGNETIC)
