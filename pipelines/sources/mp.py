"""``mp``: the Materials Project of 2018-06-01 as MEGNet used it, 69,239 crystals.

jarvis-tools calls the file ``megnet``; address and name are those of jarvis-tools 2026.6.12.
Formation energy and band gap come with the official split, 60,000/5,000/4,239. For the moduli
there is none on the leaderboard. By default they are split by the hash of the id, in the
proportions of GATGNN's 4,664/393/393: a split of our own, and marked so. GATGNN's is read from
the files that Matformer published (https://figshare.com/projects/Bulk_and_shear_datasets/165430)
when the user hands them over as ``moduli_split``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.pipelines.sources import citations
from crystext.pipelines.sources.json_database import JsonDatabase
from crystext.pipelines.sources.property_columns import Key
from crystext.pipelines.splits import hashed, official

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from crystext.crystal import Crystal, Failure
    from crystext.pipelines.splits import SplitSpec

KEYS = (
    Key("e_form", "eV/atom", "formation energy, PBE", column="formation_energy_per_atom"),
    Key("gap pbe", "eV", "band gap, PBE", column="band_gap"),
    Key("bulk modulus", "GPa", "bulk modulus, Voigt-Reuss-Hill average", column="bulk_modulus"),
    Key("shear modulus", "GPa", "shear modulus, Voigt-Reuss-Hill average", column="shear_modulus"),
    Key("elastic anisotropy", "", "universal elastic anisotropy", column="elastic_anisotropy"),
    Key("e_hull", "eV/atom", "energy above the convex hull", column="energy_above_hull"),
    Key("mu_b", "muB", "magnetic moment as the file has it", column="magnetic_moment"),
)
LEFT_OUT = {
    "formula": "the corpus has its own, from the structure",
    "desc": "1,557 numbers made of the structure (CFID)",
}
MODULI = ("bulk_modulus", "shear_modulus")
SHARES = (4_664, 393, 393)
"""Train, validation and test of GATGNN's split (Louis et al., PCCP 22, 18141, 2020)."""
OWN = "crystext's own split, by the hash of the id, about 4,664:393:393; not a published benchmark"


class MaterialsProject2018(JsonDatabase):
    """The file ``megnet.json``."""

    def crystals(
        self, *, moduli_split: object = None, **options: Any
    ) -> Iterator[Crystal | Failure]:
        """See :meth:`Source.crystals`; ``moduli_split`` concerns the splits alone."""
        del moduli_split
        return super().crystals(**options)

    def splits(
        self, *, moduli_split: str | os.PathLike[str] | None = None, **options: Any
    ) -> dict[str, SplitSpec]:
        """The splits by property.

        Args:
            moduli_split: the published split of the moduli: a folder with
                ``bulk_megnet_train.pkl`` and the like, or a JSON or CSV file of ids; see
                :mod:`crystext.pipelines.sources.published_split`.
            options: as in :meth:`crystals`; they change nothing.
        """
        del options
        energies, gaps = official("megnet_e_form"), official("megnet_gappbe")
        splits = {"formation_energy_per_atom": energies, "band_gap": gaps}
        own = hashed(energies.split_of(), shares=SHARES, salt="crystext mp moduli 1", origin=OWN)
        splits |= dict.fromkeys(MODULI, own)
        if moduli_split is not None:
            from crystext.pipelines.sources.published_split import published_split

            splits |= published_split(moduli_split)
        return splits


SOURCE = MaterialsProject2018(
    name="mp",
    title="Materials Project 2018.6.1",
    homepage="https://doi.org/10.6084/m9.figshare.14177630",
    url="https://ndownloader.figshare.com/files/26724977",
    version="2018.6.1",
    file_name="megnet.json.zip",
    file_type="zip",
    expected=69_239,
    licence="CC-BY-4.0",
    licence_note="Materials Project data are CC BY 4.0: name the project and cite the papers",
    citations=(citations.MATERIALS_PROJECT, citations.MEGNET, citations.LEADERBOARD),
    properties=tuple(key.property() for key in KEYS),
    id_key="id",
    keys=KEYS,
    left_out=LEFT_OUT,
)
