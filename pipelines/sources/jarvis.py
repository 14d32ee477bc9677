"""``jarvis``: JARVIS-DFT of 2021-08-18, 55,723 entries, the file behind the published benchmarks.

jarvis-tools calls it ``dft_3d_2021``; its ``dft_3d`` is a file of 2025 now. Address and file name
are those of jarvis-tools 2026.6.12 (``jarvis/db/figshare.py``), which a test compares. Its
``data()`` is not used: it keeps whatever the server sends, web pages and cut files included.

Eleven ids or so stand twice in the file, which is why the leaderboard counts 55,711 crystals with
a formation energy and the papers 55,722. The second ones are failures, ``duplicate-id``.

Units are those of the JARVIS paper and documentation (https://jarvis-tools.readthedocs.io) and of
the ALIGNN benchmark table. Columns are called as the keys, with ``_`` for ``-`` as on the
leaderboard; those that would take the name of another column begin with ``jarvis_``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.pipelines.sources import citations
from crystext.pipelines.sources.json_database import JsonDatabase
from crystext.pipelines.sources.property_columns import INTEGER, STRING, Key
from crystext.pipelines.splits import official

if TYPE_CHECKING:
    from crystext.pipelines.splits import SplitSpec

_TRANSPORT = "at 600 K and 1e20 carriers per cm3, BoltzTraP, constant relaxation time"
_JSON = "as JSON"
KEYS = (
    Key("formation_energy_peratom", "eV/atom", "formation energy, OptB88vdW"),
    Key("optb88vdw_total_energy", "eV/atom", "total energy, OptB88vdW"),
    Key("ehull", "eV/atom", "energy above the convex hull, OptB88vdW"),
    Key("exfoliation_energy", "meV/atom", "exfoliation energy, OptB88vdW"),
    Key("optb88vdw_bandgap", "eV", "band gap, OptB88vdW"),
    Key("mbj_bandgap", "eV", "band gap, TBmBJ"),
    Key("hse_gap", "eV", "band gap, HSE06"),
    Key("bulk_modulus_kv", "GPa", "bulk modulus, Voigt average"),
    Key("shear_modulus_gv", "GPa", "shear modulus, Voigt average"),
    Key("poisson", "", "Poisson ratio"),
    Key("elastic_tensor", "GPa", f"elastic tensor, {_JSON}", STRING),
    Key("density", "g/cm3", "density"),
    Key("magmom_oszicar", "muB", "magnetic moment of the cell, from OSZICAR"),
    Key("magmom_outcar", "muB", "magnetic moment of the cell, from OUTCAR"),
    Key("spillage", "", "spin-orbit spillage"),
    Key("slme", "%", "spectroscopic limited maximum efficiency, TBmBJ"),
    Key("epsx", "", "static dielectric function along x, OptB88vdW"),
    Key("epsy", "", "static dielectric function along y, OptB88vdW"),
    Key("epsz", "", "static dielectric function along z, OptB88vdW"),
    Key("mepsx", "", "static dielectric function along x, TBmBJ"),
    Key("mepsy", "", "static dielectric function along y, TBmBJ"),
    Key("mepsz", "", "static dielectric function along z, TBmBJ"),
    Key("dfpt_piezo_max_eij", "C/m2", "largest piezoelectric stress coefficient, DFPT"),
    Key("dfpt_piezo_max_dij", "pC/N", "largest piezoelectric strain coefficient, DFPT"),
    Key("dfpt_piezo_max_dielectric", "", "largest static dielectric constant, DFPT"),
    Key("dfpt_piezo_max_dielectric_electronic", "", "its electronic part, DFPT"),
    Key("dfpt_piezo_max_dielectric_ionic", "", "its ionic part, DFPT"),
    Key("max_ir_mode", "1/cm", "highest infrared-active mode at Gamma, DFPT"),
    Key("min_ir_mode", "1/cm", "lowest infrared-active mode at Gamma, DFPT"),
    Key("modes", "1/cm", f"phonon modes at Gamma, {_JSON}", STRING),
    Key("max_efg", "1e21 V/m2", "largest electric field gradient"),
    Key("efg", "1e21 V/m2", f"electric field gradients by site, {_JSON}", STRING),
    Key("avg_elec_mass", "electron mass", "effective mass of electrons, average, 300 K"),
    Key("avg_hole_mass", "electron mass", "effective mass of holes, average, 300 K"),
    Key("effective_masses_300K", "electron mass", f"effective masses, {_JSON}", STRING),
    Key("n-Seebeck", "uV/K", f"Seebeck coefficient, n-type, {_TRANSPORT}", column="n_Seebeck"),
    Key("p-Seebeck", "uV/K", f"Seebeck coefficient, p-type, {_TRANSPORT}", column="p_Seebeck"),
    Key("n-powerfact", "uW/(m K2)", f"power factor, n-type, {_TRANSPORT}", column="n_powerfact"),
    Key("p-powerfact", "uW/(m K2)", f"power factor, p-type, {_TRANSPORT}", column="p_powerfact"),
    Key("ncond", "", f"electrical conductivity, n-type, {_TRANSPORT}; JARVIS names no unit"),
    Key("pcond", "", f"electrical conductivity, p-type, {_TRANSPORT}; JARVIS names no unit"),
    Key("nkappa", "", f"electronic heat conductivity, n-type, {_TRANSPORT}; no unit named"),
    Key("pkappa", "", f"electronic heat conductivity, p-type, {_TRANSPORT}; no unit named"),
    Key("Tc_supercon", "K", "superconducting transition temperature, in later files"),
    Key("encut", "eV", "converged plane-wave cutoff"),
    Key("kpoint_length_unit", "angstrom", "converged k-point line density"),
    Key("maxdiff_mesh", "eV", "largest deviation of the Wannier bands on a mesh"),
    Key("maxdiff_bz", "eV", "largest deviation of the Wannier bands along the zone's paths"),
    Key("func", "", "exchange-correlation functional of the relaxation", STRING),
    Key("typ", "", "type of the calculation, for example bulk", STRING),
    Key("dimensionality", "", "dimensionality as JARVIS has it", STRING, "jarvis_dimensionality"),
    Key("crys", "", "crystal system as JARVIS has it", STRING, "jarvis_crystal_system"),
    Key("spg_number", "", "space group number as JARVIS has it", INTEGER, "jarvis_spg_number"),
    Key("spg_symbol", "", "space group symbol as JARVIS has it", STRING, "jarvis_spg_symbol"),
    Key("icsd", "", "ICSD collection codes", STRING),
    Key("reference", "", "id where the structure is from, for example in MP", STRING),
)
LEFT_OUT = {
    "formula": "the corpus has its own, from the structure",
    "nat": "is n_sites",
    "spg": "repeats spg_number",
    "search": "repeats the elements",
    "xml_data_link": "is made of the id",
    "raw_files": "lists archives of VASP files, with addresses",
}
BENCHMARKS = (
    "formation_energy_peratom",
    "optb88vdw_bandgap",
    "optb88vdw_total_energy",
    "mbj_bandgap",
    "bulk_modulus_kv",
    "shear_modulus_gv",
)


class Jarvis(JsonDatabase):
    """The file ``jdft_3d-8-18-2021.json``."""

    def splits(self, **options: Any) -> dict[str, SplitSpec]:
        """The official (ALIGNN's) split of each property that has one."""
        del options
        return {name: official(f"dft_3d_{name}") for name in BENCHMARKS}


SOURCE = Jarvis(
    name="jarvis",
    title="JARVIS-DFT 2021.8.18",
    homepage="https://doi.org/10.6084/m9.figshare.6815699",
    url="https://ndownloader.figshare.com/files/29204826",
    version="2021.8.18",
    file_name="jdft_3d-8-18-2021.json.zip",
    file_type="zip",
    expected=55_723,
    licence="CC-BY-4.0",
    licence_note="licence of figshare article 6815699; made at NIST, who ask to be cited",
    citations=(citations.JARVIS, citations.LEADERBOARD),
    properties=tuple(key.property() for key in KEYS),
    id_key="jid",
    keys=KEYS,
    left_out=LEFT_OUT,
)
