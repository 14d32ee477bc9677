"""Structures of OPTIMADE 1.x, the interface that materials databases share, from their JSON.

The format: https://specification.optimade.org, "Structures Entries". What an entry states twice
must agree; what it says of atoms that have no site is noted.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from crystext.errors import BadJsonError, ContradictionError, NoAtomsError, ZeroVolumeError, shown
from crystext.formats.optimade_species import groups_of, species_by_name
from crystext.formats.tokens import element, periodic_notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymatgen.core import Structure

_OTHER_LINES = ("info", "links", "references", "calculations")
"""Types of entries that stand beside structures in a response or a file of lines."""
_ORDERED, _DISORDERED = 1e-4, 0.02
"""Differences of an element's share of the atoms that rounding explains."""
_REDUCED = re.compile(r"(?:[A-Z][a-z]?(?:\d+(?:\.\d+)?)?)+")
_PART = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?")
_READ_FEATURES = ("disorder", "site_attachments", "assemblies", "implicit_atoms")


def is_entry(data: object) -> bool:
    """Whether a dict is a structure of OPTIMADE, with its attributes inside or flat."""
    if not isinstance(data, dict):
        return False
    attributes = data.get("attributes")
    if isinstance(attributes, dict):
        return data.get("type") == "structures" or is_entry(attributes)
    return "cartesian_site_positions" in data and "species_at_sites" in data


def entries_of(data: object) -> list[object] | None:
    """The structures of a response, ``None`` where it is none.

    Args:
        data: ``{"data": [entry, …]}`` or ``{"data": entry}``.
    """
    inner = data.get("data") if isinstance(data, dict) else None
    if is_entry(inner):
        return [inner]
    if isinstance(inner, list) and any(map(is_entry, inner)):
        return [entry for entry in inner if not is_other_line(entry)]
    return None


def is_other_line(data: object) -> bool:
    """Whether a line of a file of OPTIMADE says something else: its head, or another type."""
    if not isinstance(data, dict):
        return False
    return "x-optimade" in data or ("id" in data and data.get("type") in _OTHER_LINES)


def structure_of(entry: Mapping[str, Any]) -> tuple[Structure, tuple[str, ...]]:
    """Makes the structure of an entry.

    Returns:
        The structure, not yet validated, with ``disorder_assembly`` and ``disorder_group`` as site
        properties where it has assemblies, and notes.

    Raises:
        BadJsonError: something is missing, or has another shape than the standard says.
        ZeroVolumeError: a lattice vector is null, as for directions without periodicity.
        NoAtomsError: there are no sites.
        UnknownSpeciesError: a symbol is ``X`` or no element.
        ContradictionError: two statements differ.
    """
    from pymatgen.core import Composition, Structure

    data = entry["attributes"] if isinstance(entry.get("attributes"), dict) else entry
    matrix = _lattice(data)
    positions, names = _sites(data)
    species = species_by_name(data, names)
    grouped = groups_of(data.get("assemblies"), len(names))
    groups = [grouped.get(i, ("", "", 1.0)) for i in range(len(names))]
    shares = [
        {symbol: share * there for symbol, share in species[name].shares.items() if there}
        for name, (_, _, there) in zip(names, groups, strict=True)
    ]
    attached: Counter[str] = Counter()
    for name, (_, _, there) in zip(names, groups, strict=True):
        attached.update({symbol: n * there for symbol, n in species[name].attached.items()})
    composition: Counter[str] = Counter(attached)
    for one in shares:
        composition.update(one)
    notes = [*_features(data), *_composition_notes(data, composition)]
    notes += [
        f"{_named(symbol, n)} attached without positions" for symbol, n in attached.items() if n
    ]
    kept = [i for i, one in enumerate(shares) if one]
    if not kept:
        raise NoAtomsError("the OPTIMADE entry has vacancies alone; give at least one atom")
    if len(kept) < len(names):
        notes.append(f"vacant sites left out: {len(names) - len(kept)}")
    occupants = [Composition({element(key): n for key, n in one.items()}) for one in shares if one]
    coords = [positions[i] for i in kept]
    structure = Structure(matrix, occupants, coords, coords_are_cartesian=True)
    if grouped:
        structure.add_site_property("disorder_assembly", [groups[i][0] for i in kept])
        structure.add_site_property("disorder_group", [groups[i][1] for i in kept])
    return structure, (*notes, *periodic_notes(_periodic(data)))


def _sites(data: Mapping[str, Any]) -> tuple[list[list[float]], list[str]]:
    """Positions, angstrom, and names of species, as many of each."""
    positions, names = _list(data, "cartesian_site_positions"), _list(data, "species_at_sites")
    if not positions:
        raise NoAtomsError("the OPTIMADE entry has no sites; give at least one")
    for position in positions:
        row = position if isinstance(position, list) else []
        if len(row) != 3 or not all(isinstance(one, (int, float)) for one in row):
            message = f"a position of the OPTIMADE entry is {shown(position)}"
            raise BadJsonError(f"{message}; give three numbers")
    n_sites = data.get("nsites")
    if len(positions) != len(names) or n_sites not in {None, len(names)}:
        message = f"the OPTIMADE entry has {len(positions)} positions, {len(names)} species"
        raise ContradictionError(f"{message} and nsites = {n_sites}; correct it")
    return positions, names


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if isinstance(value, list):
        return value
    message = f"{key} of the OPTIMADE entry is {shown(value)}"
    raise BadJsonError(f"{message}; ask the database for the full structure")


def _named(symbol: str, count: float) -> str:
    """A number of atoms as a subject, for example ``3 hydrogens are``."""
    name = "hydrogen" if symbol == "H" else f"{symbol} atom"
    return f"1 {name} is" if f"{count:.4g}" == "1" else f"{count:.4g} {name}s are"


def _lattice(data: Mapping[str, Any]) -> list[list[float]]:
    import numpy as np

    from crystext.validation import check_lattice

    vectors = data.get("lattice_vectors")
    rows = vectors if isinstance(vectors, list) else []
    if len(rows) != 3 or any(not isinstance(row, list) or None in row for row in rows):
        message = f"the lattice_vectors of the OPTIMADE entry are {shown(vectors)}"
        raise ZeroVolumeError(f"{message}; a structure needs three vectors, a molecule a cell")
    check_lattice(np.asarray(rows, dtype=float))
    return rows


def _periodic(data: Mapping[str, Any]) -> list[bool]:
    types, count = data.get("dimension_types"), data.get("nperiodic_dimensions")
    if types is None:
        if count not in {None, 3}:
            message = f"nperiodic_dimensions is {count} and dimension_types is missing"
            raise BadJsonError(f"{message}; say which directions are periodic")
        return [True] * 3
    if not isinstance(types, list) or len(types) != 3 or not set(types) <= {0, 1}:
        raise BadJsonError(f"dimension_types is {shown(types)}; give three of 0 and 1")
    if count not in {None, sum(types)}:
        message = f"dimension_types is {types} and nperiodic_dimensions {count}"
        raise ContradictionError(f"{message}; correct one of them")
    return [bool(one) for one in types]


def _features(data: Mapping[str, Any]) -> list[str]:
    features = data.get("structure_features") or []
    notes = ["atoms without sites are implied"] if "implicit_atoms" in features else []
    other = [str(one) for one in features if one not in _READ_FEATURES]
    return [*notes, *(f"structure feature {shown(one)} is not read" for one in other)]


def _composition_notes(data: Mapping[str, Any], composition: Mapping[str, float]) -> list[str]:
    """Compares elements and formula with the sites.

    Args:
        data: attributes of the entry.
        composition: atoms in the cell by symbol, attached ones included.

    Returns:
        A note where they differ and the entry says why: atoms without sites, or disorder.

    Raises:
        ContradictionError: they differ otherwise.
    """
    found = _differences(data, composition)
    if not found:
        return []
    features = data.get("structure_features") or []
    if "implicit_atoms" in features or any(n != round(n) for n in composition.values()):
        return found
    raise ContradictionError(f"{found[0]}; correct the OPTIMADE entry")


def _differences(data: Mapping[str, Any], composition: Mapping[str, float]) -> list[str]:
    present = sorted(symbol for symbol, n in composition.items() if n)
    found = []
    listed = data.get("elements")
    if isinstance(listed, list) and sorted(map(str, listed)) != present:
        found.append(f"elements is {shown(listed)}, the sites have {shown(present)}")
    count = data.get("nelements")
    if count not in {None, len(present)}:
        found.append(f"nelements is {count}, the sites have {len(present)}")
    formula = data.get("chemical_formula_reduced")
    if isinstance(formula, str) and _REDUCED.fullmatch(formula):
        stated = {symbol: float(n or 1) for symbol, n in _PART.findall(formula)}
        whole = all(n == round(n) for n in composition.values())
        if _far_apart(stated, composition, _ORDERED if whole else _DISORDERED):
            of_sites = " ".join(f"{symbol}{n:.4g}" for symbol, n in sorted(composition.items()))
            found.append(f"chemical_formula_reduced is {formula}, the sites have {of_sites}")
    return found


def _far_apart(stated: Mapping[str, float], found: Mapping[str, float], tolerance: float) -> bool:
    totals = sum(stated.values()) or 1.0, sum(found.values()) or 1.0
    return any(
        abs(stated.get(symbol, 0) / totals[0] - found.get(symbol, 0) / totals[1]) > tolerance
        for symbol in {*stated, *found}
    )
