"""Zero-dimensional components: made whole across cell borders, replaced by points, named."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.arrays import ArrayStructure
from crystext.description.molecule_graphs import KnownMolecule, MoleculeGraph, known_molecule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pymatgen.core import Element

    from crystext.description.bonding import BondedCell
    from crystext.description.components import Component

_PATIENCE = 30.0  # seconds to wait for PubChem


def whole_molecule(cell: BondedCell, component: Component) -> NDArray[np.float64]:
    """Cartesian coordinates of a molecule's atoms by ascending site index, (n, 3), in angstrom.

    Atoms are taken in the periodic images in which they are bonded to one another.
    """
    start = component.site_ids[0]
    images = {start: np.zeros(3, dtype=np.int64)}
    queue = [start]
    for site in queue:  # the list grows while it is walked
        bonds = cell.bonds[site]
        for other, image in zip(bonds.indices.tolist(), bonds.images, strict=True):
            if other not in images:
                images[other] = images[site] + image
                queue.append(other)
    sites = sorted(images)
    frac = cell.structure.frac_coords[sites] + np.array([images[site] for site in sites])
    return frac @ cell.structure.matrix


def with_molecules_as_points(cell: BondedCell, components: list[Component]) -> ArrayStructure:
    """The crystal with each molecule replaced by its first element at its centre of mass."""
    structure = cell.structure
    inverse = np.linalg.inv(structure.matrix)
    coords, kinds = [], []
    points, kinds_of_points = [], []
    for component in components:
        part = component.structure
        if component.dimensionality:
            coords.append(part.frac_coords)
            kinds.append(part.kinds)
            continue
        masses = np.array([float(species.atomic_mass) for species in part.species])
        points.append(masses @ whole_molecule(cell, component) / masses.sum() @ inverse)
        kinds_of_points.append(part.kinds[:1])
    return ArrayStructure(
        structure.matrix,
        np.concatenate([*coords, np.reshape(points, (-1, 3))]),
        np.concatenate([*kinds, *kinds_of_points]),
        structure.distinct,
    )


def require_open_babel() -> None:
    """Online names are asked for by SMILES strings, whose bond orders Open Babel perceives.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import openbabel  # noqa: F401
    except ImportError as error:
        from crystext.errors import MissingExtraError

        msg = "names from PubChem need Open Babel: pip install openbabel-wheel"
        raise MissingExtraError(msg) from error


class MoleculeNamer:
    """Names molecules from robocrys' offline database, and from PubChem only where asked to.

    Args:
        online: ask PubChem for molecules that the database does not hold.

    Raises:
        MissingExtraError: online names are asked for, and Open Babel is not installed.
    """

    def __init__(self, *, online: bool = False) -> None:
        if online:
            require_open_babel()
        self._online = online
        self._answers: dict[str, str | None] = {}

    def names(self, cell: BondedCell, components: list[Component]) -> list[str | None]:
        """Names in lower case of a crystal's different components; ``None`` where there is none.

        A single atom has its element's name. A molecule has the name of the database's entry with
        the same bonded graph (:mod:`crystext.description.build_molecules`) if it cannot be an ion:
        if nothing else is in the crystal than such molecules and atoms of noble gases, or if the
        entry is saturated.
        """
        found: list[str | None] = []
        entries: list[KnownMolecule | None] = []
        only_molecules = True
        for component in components:
            entry = None
            if component.dimensionality:
                only_molecules = False
            elif len(component.site_ids) == 1:
                only_molecules &= _element(cell, component.site_ids[0]).is_noble_gas
            else:
                entry = known_molecule(_graph(cell, component))
                only_molecules &= entry is not None
            entries.append(entry)
        for component, entry in zip(components, entries, strict=True):
            name = None
            if entry is not None:
                name = entry.name if only_molecules or entry.saturated else None
            elif component.dimensionality == 0 and len(component.site_ids) == 1:
                name = _element(cell, component.site_ids[0]).long_name.lower()
            elif component.dimensionality == 0 and self._online:
                name = self._ask(_smiles(cell, component))
            found.append(name)
        return found

    def _ask(self, smiles: str) -> str | None:
        if smiles not in self._answers:
            name = _name_from_pubchem(smiles)
            self._answers[smiles] = name.lower() if name else None
        return self._answers[smiles]


def _element(cell: BondedCell, site: int) -> Element:
    """The element of a site, hydrogen for its isotopes."""
    from pymatgen.core import Element

    return Element.from_Z(cell.structure.species[site].Z)


def _graph(cell: BondedCell, component: Component) -> MoleculeGraph:
    elements = [_element(cell, site).symbol for site in sorted(component.site_ids)]
    return MoleculeGraph.of(elements, _pairs(cell, component))


def _pairs(cell: BondedCell, component: Component) -> set[tuple[int, int]]:
    """Bonded pairs, as places among the component's sites in ascending order."""
    sites = sorted(component.site_ids)
    place = {site: i for i, site in enumerate(sites)}
    return {
        (place[site], place[other])
        for site in sites
        for other in cell.bonds[site].indices.tolist()
        if site < other
    }


def _smiles(cell: BondedCell, component: Component) -> str:
    from pymatgen.core import Molecule
    from pymatgen.core.graphs import MoleculeGraph as PymatgenGraph
    from pymatgen.io.babel import BabelMolAdaptor

    sites = sorted(component.site_ids)
    species = [cell.structure.species[site] for site in sites]
    molecule = Molecule(species, whole_molecule(cell, component))
    edges: dict[tuple[int, int], Any] = dict.fromkeys(sorted(_pairs(cell, component)))
    graph = PymatgenGraph.from_edges(molecule, edges)
    text = BabelMolAdaptor.from_molecule_graph(graph).pybel_mol.write("smi")  # type: ignore[attr-defined]  # pymatgen names another class
    return text.split()[0]


def _name_from_pubchem(smiles: str) -> str | None:
    """The first synonym, or else the IUPAC name; ``None`` if PubChem knows no such molecule.

    Raises:
        OnlineNameError: PubChem cannot be reached, or gives no sensible answer.
    """
    from http.client import HTTPException

    from pubchempy import BadRequestError, NotFoundError, PubChemPyError, get_compounds

    from crystext.errors import OnlineNameError

    try:
        with _socket_timeout(_PATIENCE):
            compounds = get_compounds(smiles, namespace="smiles")
            if not compounds:
                return None
            synonyms = compounds[0].synonyms
            return synonyms[0] if synonyms else compounds[0].iupac_name
    except (BadRequestError, NotFoundError):
        return None
    except (PubChemPyError, HTTPException, OSError, ValueError) as error:  # URLError is an OSError
        msg = f"PubChem gave no name for {smiles!r} ({error}); try again, or leave out online names"
        raise OnlineNameError(msg) from error


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Pubchempy offers no time limit of its own."""
    import socket

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
