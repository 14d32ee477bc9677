"""Zero-dimensional components: made whole across cell borders, replaced by points, named."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.databases import molecule_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from crystext.description.bonding import BondedCell
    from crystext.description.components import Component

_PREFERENCE = ("name_traditional", "name_iupac")
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
    return frac @ cell.structure.lattice.matrix


def with_molecules_as_points(cell: BondedCell, components: list[Component]) -> Structure:
    """The crystal with each molecule replaced by its first element at its centre of mass."""
    from pymatgen.core import PeriodicSite, Structure

    points, others = [], []
    for component in components:
        if component.dimensionality:
            others.extend(component.structure)
            continue
        masses = np.array([float(species.atomic_mass) for species in component.structure.species])
        centre = masses @ whole_molecule(cell, component) / masses.sum()
        points.append(
            PeriodicSite(
                component.structure[0].specie,
                centre,
                cell.structure.lattice,
                coords_are_cartesian=True,
            )
        )
    return Structure.from_sites(others + points)


@cache
def open_babel_version() -> str | None:
    """The version of Open Babel, without which no molecule is named; ``None`` if absent."""
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    if find_spec("openbabel") is None:
        return None
    for name in ("openbabel-wheel", "openbabel"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"


class MoleculeNamer:
    """Names molecules from robocrys' offline database, and from PubChem only where asked to.

    Args:
        online: ask PubChem for molecules that the database does not hold.
    """

    def __init__(self, *, online: bool = False) -> None:
        self._online = online
        self._known: dict[str, str | None] = {}

    def name(self, cell: BondedCell, component: Component) -> str | None:
        """The molecule's name in lower case; ``None`` if unknown or without Open Babel."""
        if open_babel_version() is None:
            return None
        smiles = _smiles(cell, component)
        if smiles not in self._known:
            names = molecule_names().get(smiles, {})
            known = next((names[key] for key in _PREFERENCE if names.get(key)), None)
            if known is None and self._online:
                known = _name_from_pubchem(smiles)
            self._known[smiles] = known.lower() if known else None
        return self._known[smiles]


def _smiles(cell: BondedCell, component: Component) -> str:
    from pymatgen.core import Molecule
    from pymatgen.core.graphs import MoleculeGraph
    from pymatgen.io.babel import BabelMolAdaptor

    sites = sorted(component.site_ids)
    place = {site: i for i, site in enumerate(sites)}
    molecule = Molecule(component.structure.species, whole_molecule(cell, component))
    edges: dict[tuple[int, int], Any] = {}
    for site in sites:
        for other in cell.bonds[site].indices.tolist():
            edges[min(place[site], place[other]), max(place[site], place[other])] = None
    graph = MoleculeGraph.from_edges(molecule, edges)
    text = BabelMolAdaptor.from_molecule_graph(graph).pybel_mol.write("smi")
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
