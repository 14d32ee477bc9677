"""Quantum ESPRESSO's input of ``pw.x``: the cell by ``ibrav`` or by vectors, and the atoms.

The format: https://www.quantum-espresso.org/Doc/INPUT_PW.html. Read are ``ibrav`` 0, 1, 2, 3, 4, 6
and 8; other lattices, sites by space group and arithmetic in coordinates are refused by name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import BadFileError, ContradictionError, shown
from crystext.formats.espresso_species import element_of_label, elements_of
from crystext.formats.parsed import Parsed, crystal
from crystext.formats.tokens import BOHR, NUMBER, check_present, number, three

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHAT = "the pw.x input"
_ASSIGNED = re.compile(r"([A-Za-z_]\w*(?:\s*\(\s*\d+\s*\))?)\s*=\s*('[^']*'|\"[^\"]*\"|[^\s,!/]+)")
_CELL = re.compile(r"ibrav|nat|[abc]|cos(?:ab|ac|bc)|celldm.*")
"""Names of what is read."""
_CARDS = re.compile(
    r"^[ \t]*(ATOMIC_SPECIES|ATOMIC_POSITIONS|K_POINTS|ADDITIONAL_K_POINTS|CELL_PARAMETERS|"
    r"CONSTRAINTS|OCCUPATIONS|ATOMIC_VELOCITIES|ATOMIC_FORCES|SOLVENTS|HUBBARD)\b(.*)$",
    re.IGNORECASE,
)
_SAME_LENGTH = 1e-4  # relative
_OTHER_LENGTHS = {"b": 2, "c": 3}
_SHAPES = {
    1: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    2: [[-0.5, 0, 0.5], [0, 0.5, 0.5], [-0.5, 0.5, 0]],
    3: [[0.5, 0.5, 0.5], [-0.5, 0.5, 0.5], [-0.5, -0.5, 0.5]],
    4: [[1, 0, 0], [-0.5, 0.75**0.5, 0], [0, 0, 1]],
    6: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    8: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}
"""Vectors by ``ibrav``, in units of a, b and c along x, y and z."""
_NEEDED = {1: "", 2: "", 3: "", 4: "c", 6: "c", 8: "bc"}
"""The lengths beside a that each ``ibrav`` needs."""


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads an input of pw.x.

    Raises:
        BadFileError: a card or a value is missing, not understood, or of a kind that is not read.
        ContradictionError: the cell is given twice, or ``nat`` is not the number of atoms.
        TruncatedFileError: there are fewer atoms than ``nat``.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    text = re.sub(r"[!#].*", "", content)
    namelists, lines = _namelists(text)
    system = _system(namelists)
    cards = _cards(lines)
    if "ATOMIC_POSITIONS" not in cards:
        raise BadFileError(f"{_WHAT} has no card ATOMIC_POSITIONS; add it")
    edge = _length(system, "a", 1)
    lattice = _lattice(system, cards, edge)
    if edge is None:  # as the program takes it
        edge = float(np.linalg.norm(lattice[0]))
    unit, lines = cards["ATOMIC_POSITIONS"]
    scale = {"": edge, "alat": edge, "bohr": BOHR, "angstrom": 1.0, "crystal": 1.0}.get(unit)
    if scale is None:
        message = f"ATOMIC_POSITIONS of {_WHAT} are in {shown(unit or 'alat')}"
        raise BadFileError(f"{message}, which cannot be read here; use angstrom or crystal")
    notes = _unused(system)
    kinds, more = elements_of(cards.get("ATOMIC_SPECIES", ("", []))[1], _WHAT)
    names, coords = [], []
    for line in lines:
        words = line.split()
        names.append(kinds.get(words[0]) or element_of_label(words[0], _WHAT))
        coords.append([scale * x for x in three(words[1:], line, _WHAT)])
    _check_number(system, len(names))
    cartesian = unit != "crystal"
    return crystal(
        lattice,
        names,
        coords,
        _WHAT,
        cartesian=cartesian,
        max_sites=max_sites,
        notes=[*notes, *more],
    )


def _namelists(text: str) -> tuple[dict[str, list[str]], list[str]]:
    """The lines of each namelist by its name in small letters, and all other lines."""
    namelists: dict[str, list[str]] = {}
    inside: list[str] | None = None
    outside: list[str] = []
    for line in text.split("\n"):
        bare = line.strip()
        if inside is None and (opened := re.match(r"&(\w+)(.*)", bare)):
            inside = namelists[opened[1].lower()] = []
            bare = opened[2].rstrip()
        if inside is not None:
            inside.append(bare.removesuffix("/"))
            inside = None if bare.endswith("/") else inside
        elif bare:
            outside.append(line)
    return namelists, outside


def _system(namelists: Mapping[str, list[str]]) -> dict[str, str]:
    """What &SYSTEM assigns, by name in small letters without blanks.

    Raises:
        BadFileError: there is no such namelist, or more than one word behind a name of the cell.
        ContradictionError: such a name has two values.
    """
    if "system" not in namelists:
        raise BadFileError(f"{_WHAT} has no namelist &SYSTEM that ends with /; add it")
    text = "\n".join(namelists["system"])
    found: dict[str, str] = {}
    pairs = list(_ASSIGNED.finditer(text))
    ends = [*(pair.start() for pair in pairs[1:]), len(text)]
    for pair, end in zip(pairs, ends, strict=True):
        key, value = re.sub(r"\s", "", pair[1]).lower(), pair[2].strip("'\"")
        if _CELL.fullmatch(key) and (rest := text[pair.end() : end].strip(" \t\n,/")):
            message = f"{_WHAT} has {shown(pair[0])} and {shown(rest)} behind it"
            raise BadFileError(f"{message}; correct the number, or give each a name of its own")
        if _CELL.fullmatch(key) and found.get(key, value) != value:
            message = f"{_WHAT} gives {key} twice, as {found[key]} and {value}"
            raise ContradictionError(f"{message}; remove one")
        found[key] = value
    return found


def _cards(text: list[str]) -> dict[str, tuple[str, list[str]]]:
    """The unit and the lines of each card.

    Raises:
        ContradictionError: a card that is read stands there twice.
    """
    cards: dict[str, tuple[str, list[str]]] = {}
    lines: list[str] = []
    for line in text:
        if found := _CARDS.match(line):
            name, lines = found[1].upper(), []
            if name in cards and name in {"ATOMIC_POSITIONS", "CELL_PARAMETERS"}:
                raise ContradictionError(f"{_WHAT} has two cards {name}; remove one")
            cards[name] = found[2].strip(" \t{}()").lower(), lines
        else:
            lines.append(line)
    return cards


def _length(system: Mapping[str, str], name: str, index: int) -> float | None:
    """a, b or c in angstrom, from ``A``, ``B``, ``C`` or ``celldm``; ``None`` where not given.

    Raises:
        BadFileError: the value is no number above 0.
        ContradictionError: both are given.
    """
    plain, dimension = system.get(name), system.get(f"celldm({index})")
    if plain is not None and dimension is not None:
        raise ContradictionError(f"{_WHAT} gives {name.upper()} and celldm({index}); remove one")
    word = plain if plain is not None else dimension
    if word is None:
        return None
    value = number(word)
    if value == 0 and index > 1:
        return None  # the program's default
    if value is None or not 0 < value < float("inf"):
        raise BadFileError(f"a length of {_WHAT} is {shown(word)}; give a number above 0")
    if plain is not None:
        return value
    edge = 1.0 if index == 1 else _length(system, "a", 1) or 1.0
    return value * (BOHR if index == 1 else edge)


def _lattice(
    system: Mapping[str, str], cards: Mapping[str, tuple[str, list[str]]], edge: float | None
) -> np.ndarray:
    word = system.get("ibrav", "")
    if "space_group" in system or not re.fullmatch(r"-?\d{1,2}", word):
        message = f"{_WHAT} has {'a space_group' if 'space_group' in system else 'no ibrav'}"
        raise BadFileError(f"{message}; give ibrav = 0 and CELL_PARAMETERS")
    ibrav = int(word)
    if ibrav == 0:
        return _vectors(cards, edge)
    if "CELL_PARAMETERS" in cards:
        raise ContradictionError(f"{_WHAT} has ibrav = {ibrav} and CELL_PARAMETERS; remove one")
    if ibrav not in _SHAPES:
        message = f"{_WHAT} has ibrav = {ibrav}, which is not read here"
        raise BadFileError(f"{message}; give ibrav = 0 and CELL_PARAMETERS, or a CIF")
    others = {name: _length(system, name, index) for name, index in _OTHER_LENGTHS.items()}
    lacking = [name for name in _NEEDED[ibrav] if others[name] is None]
    if edge is None or lacking:
        message = (
            f"{_WHAT} has ibrav = {ibrav} without {'A' if edge is None else lacking[0].upper()}"
        )
        raise BadFileError(f"{message}; give it, or celldm")
    along = [edge, *((others[name] if name in _NEEDED[ibrav] else edge) for name in "bc")]
    return np.array(_SHAPES[ibrav]) * np.array(along, dtype=float)


def _unused(system: Mapping[str, str]) -> list[str]:
    """A note on lengths and cosines of the cell that ``ibrav`` makes no use of, and contradicts.

    The program passes them over; who wrote them meant another cell.
    """
    word = system.get("ibrav", "0")
    ibrav = int(word) if re.fullmatch(r"\d", word) else 0
    if ibrav not in _SHAPES:
        return []
    first = number(system.get("a", "")) or 1.0
    own = {"a": first, "cosab": -0.5 if ibrav == 4 else 0.0, "cosac": 0.0, "cosbc": 0.0}
    own |= {f"celldm({index})": 1.0 for index in (2, 3)} | {"b": first, "c": first}
    own |= {f"celldm({index})": own["cosab"] if index == 4 else 0.0 for index in (4, 5, 6)}
    for name in _NEEDED[ibrav]:
        own.pop(name), own.pop(f"celldm({_OTHER_LENGTHS[name]})")
    unused = [
        f"{name} = {system[name]}"
        for name, value in own.items()
        if (found := number(system.get(name, ""))) and abs(found - value) > _SAME_LENGTH
    ]
    return [f"ibrav = {ibrav} makes no use of {', '.join(unused)}"] if unused else []


def _vectors(cards: Mapping[str, tuple[str, list[str]]], edge: float | None) -> np.ndarray:
    """CELL_PARAMETERS in angstrom.

    Raises:
        BadFileError: they are missing, or their unit has no meaning.
    """
    unit, lines = cards.get("CELL_PARAMETERS", ("", []))
    if found := re.fullmatch(rf"alat\s*=\s*({NUMBER})", unit):  # as the program's output has it
        unit, own = "alat", BOHR * (number(found[1]) or 0.0)
        if edge is not None and abs(own - edge) > _SAME_LENGTH * edge:
            message = f"{_WHAT} has CELL_PARAMETERS with {found[0]} and another length of the cell"
            raise ContradictionError(f"{message}; correct one of them")
        edge = own
    if unit in {"bohr", "angstrom"} and edge is not None:
        message = f"{_WHAT} gives a length of the cell and CELL_PARAMETERS in {unit}"
        raise ContradictionError(f"{message}; remove A or celldm(1)")
    if len(lines) != 3:
        message = f"{_WHAT} has ibrav = 0 and {len(lines)} lines of CELL_PARAMETERS"
        raise BadFileError(f"{message}; give three vectors")
    scale = {"": edge or BOHR, "alat": edge, "bohr": BOHR, "angstrom": 1.0}.get(unit)
    if scale is None:
        message = f"CELL_PARAMETERS of {_WHAT} are in {shown(unit)}"
        raise BadFileError(f"{message}; use angstrom, or give A or celldm(1) for alat")
    return scale * np.array([three(line.split(), line, _WHAT) for line in lines])


def _check_number(system: Mapping[str, str], present: int) -> None:
    if re.fullmatch(r"\d{1,9}", nat := system.get("nat", "")) and int(nat) != present:
        check_present(present, int(nat), _WHAT)
        raise ContradictionError(f"{_WHAT} says nat = {nat} and lists {present} atoms; correct one")
