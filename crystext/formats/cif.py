"""CIF: each data block with atom sites is a structure; what pymatgen drops silently is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from crystext import errors
from crystext.errors import CrystextError, shown, summary
from crystext.formats.parsed import Parsed, collected
from crystext.validation import shares

if TYPE_CHECKING:
    from pymatgen.core import PeriodicSite, Structure

_MAX_OCCUPANCY = 1.05
"""Refined occupancies exceed 1 by their error; beyond this, atoms are listed twice."""


def parse_cif(text: str) -> list[Parsed]:
    """Reads every data block that lists atom sites; a bad block gives its error in its place.

    Raises:
        BadCifError: there is no data block.
        NoAtomsError: none lists atom sites.
    """
    blocks = _blocks(text)
    tags = re.compile(r"^[ \t]*_atom_site(_(label|type_symbol|fract|Cartn)|\.)", re.MULTILINE)
    with_atoms = [block for block in blocks if tags.search(block)]
    if with_atoms:
        return [_block(block, last=block is blocks[-1]) for block in with_atoms]
    if not blocks:
        raise errors.BadCifError("the CIF has no data_ block; write data_name in its first line")
    name = shown("data_" + blocks[0].split(maxsplit=1)[0])
    raise errors.NoAtomsError(f"{name} of the CIF lists no atom sites; export it again")


def _blocks(text: str) -> list[str]:
    """The texts after each ``data_``; one inside a text field is part of that field."""
    blocks: list[list[str]] = []
    in_field = False
    for line in text.split("\n"):
        start = line.lstrip()
        if line.startswith(";"):
            in_field = not in_field
        elif start.startswith("data_") and not in_field:
            blocks.append([start[5:].strip() or "unnamed"])
            continue
        if blocks:
            # pymatgen would split the field there
            blocks[-1].append("-" + start if in_field and start.startswith("data_") else line)
    return ["\n".join(block) for block in blocks]


def _block(block: str, *, last: bool) -> Parsed:
    from pymatgen.io.cif import CifBlock, CifParser

    name = shown("data_" + block.split(maxsplit=1)[0])
    notes: list[str] = []
    try:
        with collected(notes):
            try:
                data = CifBlock.from_str(f"data_{block}").data
            except Exception as error:  # pymatgen's words for a broken row are of no use
                kind = errors.TruncatedFileError if last else errors.BadCifError
                raise kind(f"a loop of {name} ends inside a row; export it again") from error
            _check_data(data, name)
            parser = CifParser.from_str(f"data_{block}", occupancy_tolerance=_MAX_OCCUPANCY)
            structure = parser.parse_structures(primitive=False, on_error="raise")[0]
            notes += parser.warnings
        _check_rows(data, structure, name)
    except CrystextError as error:
        return Parsed(None, error)
    except Exception as error:  # noqa: BLE001 (a parser may fail in any way; the cause is chained)
        refusal = _refusal(block, name, error)
        refusal.__cause__ = error
        return Parsed(None, refusal)
    if len(structure) == len(data["_atom_site_label"]):  # all atoms listed: P1 was no guess
        notes = [note for note in notes if "Spacegroup from" not in note]
    return Parsed(None, structure, tuple(notes))


def _refusal(block: str, name: str, error: Exception) -> CrystextError:
    text = str(error)
    if "thickness" in text:
        return errors.ZeroVolumeError(f"the cell of {name} is flat; check lengths and angles")
    if "Can't parse Element" in text:
        message = f"{summary(error.__cause__ or error)} in {name}; correct the element"
        return errors.UnknownSpeciesError(message)
    if "exceeded tolerance" in text:
        site = _overfull_site(block)
        what = f"{shares(site)} at {site.frac_coords.round(4).tolist()}" if site else "a site"
        message = f"{what} of {name} adds up to over one atom"
        if site and min(site.species.values()) < 1:
            return errors.PartialOccupancyError(f"{message}; order the structure first")
        return errors.AtomsOverlapError(f"{message}; list each atom once")
    message = f"cannot read {name} ({summary(error.__cause__ or error)})"
    return errors.BadCifError(f"{message}; check the CIF or export it again")


def _overfull_site(block: str) -> PeriodicSite | None:
    from pymatgen.io.cif import CifParser

    try:
        with collected([]):
            parser = CifParser.from_str(f"data_{block}")
            (structure,) = parser.parse_structures(primitive=False, check_occu=False)
    except Exception:  # noqa: BLE001 (it only serves the message; the site stays unnamed)
        return None
    return next((s for s in structure if s.species.num_atoms > _MAX_OCCUPANCY), None)


def _check_data(data: dict, name: str) -> None:
    """Checks the numbers that pymatgen would read as 0 or refuse without saying where.

    Args:
        data: values by CIF key, lists for the columns of loops.
        name: the data block, for messages.

    Raises:
        BadCifError: the cell or the loop of sites is missing, or holds what is no number.
        NotFiniteError: a cell parameter or a coordinate is NaN or infinite.
    """
    cell = ["_cell_length_a", "_cell_length_b", "_cell_length_c"]
    cell += ["_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"]
    by_system = data.keys() & {"_symmetry_cell_setting", "_space_group_crystal_system"}
    missing = [key for key in (cell[:1] if by_system else cell) if key not in data]
    if missing:
        raise errors.BadCifError(f"{name} has no {missing[0]}; give the cell's six parameters")
    columns = [f"_atom_site_fract_{axis}" for axis in "xyz"]
    for key in ("_atom_site_label", *columns):
        if not isinstance(data.get(key), list):
            message = f"{name} has no loop with {key}; list the sites with fractional coordinates"
            raise errors.BadCifError(message)
    values = [(key, data[key]) for key in cell if key in data]
    for row in zip(data["_atom_site_label"], *(data[key] for key in columns), strict=False):
        values += [(f"site {shown(row[0])}", value) for value in row[1:]]
    for where, value in values:
        try:
            number = float(re.sub(r"\(.*", "", value))
        except (TypeError, ValueError):
            message = f"{where} of {name} has the value {shown(value)}; give a number"
            raise errors.BadCifError(message) from None
        if not np.isfinite(number):
            message = f"{where} of {name} has the value {shown(value)}; it must be finite"
            raise errors.NotFiniteError(message)


def _check_rows(data: dict, structure: Structure, name: str) -> None:
    """Checks that no row of a CIF was dropped, as pymatgen drops those that name no element.

    Args:
        data: values by CIF key.
        structure: what came of them.
        name: the data block, for messages.

    Raises:
        UnknownSpeciesError: one was.
    """
    from pymatgen.core import Element

    labels = data["_atom_site_label"]
    symbols = data.get("_atom_site_type_symbol", labels)
    for label, symbol in zip(labels, symbols, strict=False):
        known = map(Element.is_valid_symbol, (symbol[:2].title(), symbol[:1].upper()))
        dropped = symbol.startswith("OH") or not any(known)
        if dropped and label not in structure.labels:
            message = f"site {shown(label)} of {name} names no element; correct it or remove it"
            raise errors.UnknownSpeciesError(message)
