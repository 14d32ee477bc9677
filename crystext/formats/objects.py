"""How objects of other libraries become structures.

Objects are recognised by their shape, so that neither ase nor jarvis-tools is needed. What is
known: pymatgen structures, their dicts and whatever carries one as ``.structure``; ASE ``Atoms``,
``Atoms.todict()`` and ASE's JSON; jarvis ``Atoms`` and their dicts; entries of OPTIMADE; and each
of these dicts under a key ``structure`` or ``atoms``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.errors import (
    BadJsonError,
    BadObjectError,
    CrystextError,
    NoAtomsError,
    first_line,
    shown,
)
from crystext.formats.said_twice import of_jarvis, of_pymatgen
from crystext.formats.tokens import element, periodic_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import ArrayLike
    from pymatgen.core import DummySpecies, Element, Species, Structure

_ID_KEYS = ("id", "jid", "material_id", "mp_id", "task_id", "entry_id")
Arrays = dict[str, Any]
"""ASE's names of arrays and what they hold, as :func:`from_arrays` takes them."""
_KNOWN_OBJECTS = "a pymatgen Structure, an ASE or jarvis Atoms, or a dict of one of them"


def structure_from(obj: object) -> tuple[Structure, tuple[str, ...]]:
    """Converts an object to a pymatgen structure.

    Args:
        obj: see the head of this module. A plain pymatgen ``Structure`` comes back as it is.

    Returns:
        The structure, not yet validated, and notes on what was read in a special way.

    Raises:
        BadObjectError: the object has no known form, or contradicts itself.
        NoAtomsError: there are no atoms.
        UnknownSpeciesError: an element's name is not understood.
        NotFiniteError: a lattice vector is NaN or infinite.
        ZeroVolumeError: there is no cell, or it is flat.
    """
    try:
        return _convert(obj)
    except CrystextError:
        raise
    except Exception as error:  # malformed foreign data fail in any way; the cause stays chained
        message = f"{_kind(obj)} cannot be converted ({first_line(error)}); give {_KNOWN_OBJECTS}"
        raise BadObjectError(message) from error


def _convert(obj: Any) -> tuple[Structure, tuple[str, ...]]:
    from pymatgen.core import Structure
    from pymatgen.core.structure import IStructure

    if isinstance(obj, IStructure):
        notes = periodic_notes(obj.lattice.pbc)
        if type(obj) is Structure:
            return obj, notes
        if len(obj) == 0:
            raise NoAtomsError("the structure has no atoms; give at least one site")
        return Structure.from_sites(list(obj), properties=obj.properties), notes
    if isinstance(obj, dict):
        return _from_dict(obj)
    if _has(obj, "get_atomic_numbers", "get_positions", "get_cell"):  # ASE's Atoms
        arrays = {"numbers": obj.get_atomic_numbers(), "positions": obj.get_positions()}
        for name in ("oxi_states", "spacegroup_kinds"):
            if obj.has(name):
                arrays[name] = obj.get_array(name)
        return from_arrays({**arrays, "cell": obj.get_cell(), "pbc": obj.pbc, "info": obj.info})
    if _has(obj, "lattice_mat", "frac_coords", "elements"):  # jarvis' Atoms
        jarvis = {"lattice_mat": obj.lattice_mat, "elements": obj.elements}
        return _from_jarvis({**jarvis, "coords": obj.frac_coords, "cartesian": False}), ()
    inner = getattr(obj, "structure", None)
    if isinstance(inner, IStructure):
        return _convert(inner)
    several = "; take describe_many for several" if isinstance(obj, list | tuple) else ""
    raise BadObjectError(
        f"{_kind(obj)} is no crystal; give a path, the text of a file, {_KNOWN_OBJECTS}{several}"
    )


def _has(obj: object, *names: str) -> bool:
    return all(hasattr(obj, name) for name in names)


def id_of(obj: object) -> str | None:
    """The id that a dict or an object carries (``jid``, ``material_id``…), ``None`` without."""
    for key in _ID_KEYS:
        value = obj.get(key) if isinstance(obj, dict) else getattr(obj, key, None)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).split())
    return None


def is_crystal(obj: object) -> bool:
    """Whether an object is one crystal of another library, by its looks: nothing is converted."""
    if isinstance(obj, dict):
        return is_structure_dict(obj)
    pymatgen = _has(obj, "lattice", "species", "frac_coords")
    return (
        pymatgen or _has(obj, "get_cell", "get_positions") or _has(obj, "lattice_mat", "elements")
    )


def is_structure_dict(data: object) -> bool:
    """Whether a dict, or what it holds as ``structure`` or ``atoms``, has a known form."""
    if not isinstance(data, dict):
        return False
    from crystext.formats.optimade import is_entry

    forms = ({"lattice", "sites"}, {"lattice_mat", "elements"}, {"numbers", "positions"})
    if any(keys <= data.keys() for keys in forms) or is_entry(data):
        return True
    return any(is_structure_dict(data.get(key)) for key in ("structure", "atoms"))


def members_of(data: object) -> list[tuple[str | None, object]]:
    """The structures in what JSON gave, each with its own id, if any.

    Args:
        data: one dict, a list of dicts, dicts by id, a response of OPTIMADE, the rows that ASE
            writes, or a table of pandas' with columns, index and data, such as matbench's.

    Raises:
        BadJsonError: there is no structure in a known form.
    """
    from crystext.formats.optimade import entries_of, is_other_line

    data = entries_of(data) or _rows_of_frame(data) or data
    members: list[tuple[str | None, object]] = []
    if isinstance(data, list):
        members = [(id_of(member), member) for member in data if not is_other_line(member)]
    elif is_structure_dict(data) or (isinstance(data, dict) and "sites" in data):
        return [(id_of(data), data)]
    elif isinstance(data, dict) and isinstance(data.get("ids"), list):  # ASE: rows by number
        members = [(None, data.get(str(number))) for number in data["ids"]]
    elif isinstance(data, dict):
        members = [(str(key), member) for key, member in data.items()]
    if any(is_structure_dict(member) for _, member in members):
        return members
    what = _kind(data) if isinstance(data, dict) else f"a {type(data).__name__} ({shown(data)})"
    raise BadJsonError(f"the JSON is {what}, not a structure; give {_KNOWN_OBJECTS}")


def _rows_of_frame(data: object) -> list[dict] | None:
    """The rows of pandas' ``orient="split"``; labels that are text are ids if no column is."""
    if not (isinstance(data, dict) and {"columns", "index", "data"} <= data.keys()):
        return None
    names, labels, rows = data["columns"], data["index"], data["data"]
    if not all(isinstance(one, list) for one in (names, labels, rows)) or len(labels) != len(rows):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return None
    named = [dict(zip(map(str, names), row, strict=True)) for row in rows]
    if all(isinstance(label, str) for label in labels) and not set(_ID_KEYS) & set(map(str, names)):
        return [{"id": label} | row for label, row in zip(labels, named, strict=True)]
    return named


def _kind(obj: object) -> str:
    if not isinstance(obj, dict):
        return f"an object of type {type(obj).__module__}.{type(obj).__qualname__}"
    keys = ", ".join(str(key) for key in list(obj)[:6])
    return f"a dict with the keys {shown(keys)}" if keys else "an empty dict"


def _from_dict(data: dict) -> tuple[Structure, tuple[str, ...]]:
    from crystext.formats.optimade import is_entry, structure_of

    if is_entry(data):
        return structure_of(data)
    if "lattice" in data and "sites" in data:
        structure = _from_pymatgen(data)
        places = [_array(site.get("xyz")) for site in data["sites"]]
        notes = of_pymatgen(data["lattice"], places, structure)
        return structure, (*notes, *periodic_notes(structure.lattice.pbc))
    if "lattice_mat" in data and "elements" in data:
        structure = _from_jarvis(data)
        return structure, tuple(of_jarvis(data, structure.lattice))
    if "numbers" in data and "positions" in data:
        return from_arrays(data)
    for key in ("structure", "atoms"):
        if isinstance(data.get(key), dict):
            return _from_dict(data[key])
        if key in data and not isinstance(data[key], (str, int, float, list, type(None))):
            return _convert(data[key])
    if "sites" in data:
        raise BadObjectError("the structure has sites but no lattice; a molecule needs a cell")
    raise BadObjectError(f"{_kind(data)} is no crystal; give {_KNOWN_OBJECTS}")


def _from_pymatgen(data: dict) -> Structure:
    """A pymatgen dict without its properties, which could name any class to be imported."""
    from pymatgen.core import Lattice, Structure

    if not data["sites"]:
        raise NoAtomsError("the structure has no atoms; give at least one site")
    if "matrix" in data["lattice"]:
        matrix = _checked_lattice(_array(data["lattice"]["matrix"]))
        lattice = Lattice(matrix, pbc=data["lattice"].get("pbc", (True, True, True)))
    else:
        lattice = Lattice.from_dict(data["lattice"])
    occupants, coords, labels = [], [], []
    for site in data["sites"]:
        shares: dict[Any, float] = {}
        for entry in site["species"]:
            kind = _species(entry)
            shares[kind] = shares.get(kind, 0) + entry.get("occu", 1)
        occupants.append(shares)
        # pymatgen itself writes both; the fractional ones are exact
        exact = "abc" in site
        place = _array(site["abc"] if exact else site["xyz"])
        coords.append(place if exact else lattice.get_fractional_coords(place))
        label = site.get("label")  # one word, as the CIF of a corpus needs it
        is_word = isinstance(label, str) and label.isprintable() and label.split() == [label]
        labels.append(label if is_word else None)
    return Structure(lattice, occupants, coords, labels=labels, charge=data.get("charge"))


def _species(entry: Mapping[str, Any]) -> Species | Element | DummySpecies:
    from pymatgen.core import DummySpecies, Element, Species

    name = entry["element"]
    if "oxidation_state" not in entry:
        return element(name)
    kind = Species if Element.is_valid_symbol(name) else DummySpecies
    return kind.from_dict(dict(entry))


def _from_jarvis(data: dict) -> Structure:
    from pymatgen.core import Structure

    names = [element(name) for name in data["elements"]]
    if not names:
        raise NoAtomsError("the structure has no atoms; give at least one element")
    lattice = _checked_lattice(data["lattice_mat"])
    cartesian = bool(data.get("cartesian", False))
    return Structure(lattice, names, data["coords"], coords_are_cartesian=cartesian)


def from_arrays(data: Arrays) -> tuple[Structure, tuple[str, ...]]:
    """Makes a structure of ASE's arrays.

    Args:
        data: ``positions`` (n, 3) and ``cell`` (3, 3) or its three lengths, angstrom; ``numbers``,
            or ``species`` as pymatgen's; where known ``pbc``, ``oxi_states``, ``spacegroup_kinds``
            and ``info``, whose ``occupancy`` by kind becomes shared sites, so that it is not lost.

    Raises:
        NoAtomsError: there are no atoms.
        UnknownSpeciesError, NotFiniteError, ZeroVolumeError: as :func:`structure_from`.
    """
    import numpy as np
    from pymatgen.core import Element, Species, Structure

    occupants: list[Any] = list(data.get("species", ()))
    if not occupants:
        numbers = _whole(_array(data["numbers"]), "numbers")
        occupants = [Element.from_Z(z) if z else element("X") for z in numbers]
    if not occupants:
        raise NoAtomsError("the ASE Atoms have no atoms; give at least one")
    charges = _array(data.get("oxi_states"))
    if charges is not None:
        pairs = zip(occupants, charges, strict=True)
        occupants = [Species(one.symbol, float(charge)) for one, charge in pairs]
    shares = (data.get("info") or {}).get("occupancy")
    kinds = _array(data.get("spacegroup_kinds"))
    if shares and kinds is not None:
        by_kind = {str(kind): share for kind, share in shares.items()}
        pairs = zip(occupants, _whole(kinds, "spacegroup_kinds"), strict=True)
        occupants = [by_kind.get(str(kind), {one: 1}) for one, kind in pairs]
    cell = _array(data.get("cell", np.zeros((3, 3))))
    matrix = _checked_lattice(np.diag(cell) if cell.ndim == 1 else cell)
    structure = Structure(matrix, occupants, _array(data["positions"]), coords_are_cartesian=True)
    return structure, periodic_notes(np.broadcast_to(_array(data.get("pbc", True)), 3))


def _whole(values: Iterable[Any], name: str) -> list[int]:
    """Numbers that name something.

    Raises:
        BadObjectError: one has a fraction.
    """
    found = []
    for value in values:
        found.append(int(value))
        if not isinstance(value, str) and value != found[-1]:
            message = f"{name} of the ASE Atoms holds {value:g}"
            raise BadObjectError(f"{message}; give whole numbers")
    return found


def _array(value: Any) -> Any:
    """The numbers of an array in any form of JSON; ``None`` for ``None``."""
    import numpy as np

    while isinstance(value, dict):
        if "__ndarray__" in value:  # as ASE writes it
            shape, dtype, numbers = value["__ndarray__"]
            return np.array(numbers, dtype=dtype).reshape(shape)
        if value.get("@class") == "array":  # as monty writes it
            return np.array(value["data"], dtype=value.get("dtype"))
        value = value["array"]
    return None if value is None else np.asarray(value)


def _checked_lattice(matrix: ArrayLike) -> np.ndarray:
    """A lattice that can be inverted, as Cartesian coordinates ask for; shape (3, 3), angstrom."""
    import numpy as np

    from crystext.validation import check_lattice

    checked = np.asarray(matrix, dtype=float)
    check_lattice(checked)
    return checked
