"""The check of the structures: each CIF reads back to its row's cell, and says nothing else."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from crystext.corpus import layout
from crystext.corpus.cif_text import cif
from crystext.corpus.columns import CORE
from crystext.crystal import structure_hash
from crystext.errors import BadCifError, CrystextError, first_line, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pymatgen.core import Structure

    from crystext.corpus.checks.subject import Finding, Subject
    from crystext.crystal import Crystal

SAMPLE = 50
"""Structures that are read where not all are."""
_VOLUME = "_cell_volume"
_SPIN, _PLACES = ",spin=", 10**6
_SAME_VOLUME = 1e-6  # relative: a CIF's cell has 8 decimals
_LAST, _ATOM = "_atom_site_occupancy\n", 7
"""The last name above the atoms, and the values of each: symbol, label, multiplicity, coordinates,
occupancy."""
_DIGEST = next(one for one in CORE if one.name == "structure_hash")


def structures(subject: Subject) -> Iterator[Finding]:
    """The CIF is what is written for a structure of these elements and sites, with its hash."""
    total = subject.manifest["counts"]["rows"]
    step = 1 if subject.deep else max(1, total // SAMPLE)
    hashed = hashed_alike(subject)
    if not hashed:
        message = "written by another crystext, which hashed otherwise: hashes were not compared"
        yield "structure_hash", message, "notice"
    columns = ("id", "structure", "structure_hash", "elements", "n_sites")
    for index, row in enumerate(subject.rows(*columns)):
        if index % step == 0:
            for message in _contradictions(*row[1:], hashed=hashed):
                yield row[0], message


def hashed_alike(subject: Subject) -> bool:
    """Whether the hashes are of what a CIF keeps, as the column itself says."""
    name, key = _DIGEST.name, b"description"
    return all(
        (read.schema.field(name).metadata or {}).get(key) == _DIGEST.metadata[key]
        for path in subject.shards(layout.DATA)
        for read in [subject.files[path]]
        if read.sound(_DIGEST)
    )


def _contradictions(
    text: str, digest: str, elements: list[str], n_sites: int, *, hashed: bool
) -> Iterator[str]:
    try:
        structure = read(text).structure
    except CrystextError as error:
        yield f"the CIF cannot be read: {error.message}"
        return
    found = sorted({element.symbol for element in structure.composition.elements})
    if found != elements:
        yield f"the CIF holds {', '.join(found)}, the row says {', '.join(elements)}"
    if len(structure) != n_sites:
        yield f"the CIF holds {len(structure)} sites, the row says {n_sites}"
    if hashed and structure_hash(structure) != digest:
        yield "structure_hash is not that of the CIF"
    yield from _unlike(text, structure)


def read(text: str) -> Crystal:
    """The crystal of a CIF of the corpus, with spins, which other readers would not look for.

    Raises:
        CrystextError: it cannot be read.
    """
    from pymatgen.core import Species

    from crystext.reading import read_text

    crystal = read_text(text, fmt="cif")[0]
    structure = crystal.structure.copy()
    try:
        spins = {_place(values[3:6]): values[0] for values in _atoms(text) if _SPIN in values[0]}
        for index, site in enumerate(structure if spins else ()):
            if (symbol := spins.get(_place(site.frac_coords))) is not None:
                structure.replace(index, Species.from_str(symbol), label=site.label)
    except ValueError as error:
        raise BadCifError(f"a spin in the CIF cannot be read ({first_line(error)})") from error
    return replace(crystal, structure=structure) if spins else crystal


def _place(coords: Iterable[str | float]) -> tuple[int, ...]:
    """Fractional coordinates as whole numbers, the same in every cell."""
    return tuple(round(float(one) * _PLACES) % _PLACES for one in coords)


def _unlike(text: str, structure: Structure) -> Iterator[str]:
    """Lines that are not those of a CIF of this structure, apart from order and coordinates.

    Those are the hash's: the reader wraps and sorts sites.
    """
    again = cif(structure)
    held, wanted = Counter(_lines(text)), Counter(_lines(again))
    for line in [*(held - wanted), *(wanted - held)][:1]:
        yield f"the CIF's line {shown(line)} does not fit its structure"
    volumes = [_volume(one) for one in (text, again)]
    if not math.isclose(*volumes, rel_tol=_SAME_VOLUME):
        yield f"the CIF says a volume of {volumes[0]}, its cell has {volumes[1]:.4f}"


def _lines(text: str) -> Iterator[str]:
    """The lines up to the atoms, without the volume; of each atom all but its coordinates."""
    head, end, _ = text.partition(_LAST)
    yield from (line for line in (head + end).split("\n") if not line.startswith(_VOLUME))
    for values in _atoms(text):  # an occupancy of 1 is written as it was given, 1 or 1.0
        yield " ".join([*values[:3], *("1" if one == "1.0" else one for one in values[6:])])


def _atoms(text: str) -> Iterator[list[str]]:
    """The values of each atom."""
    values = text.partition(_LAST)[2].split()
    yield from (values[start : start + _ATOM] for start in range(0, len(values), _ATOM))


def _volume(text: str) -> float:
    """The volume that a CIF states; NaN, which is like no other, where it states none."""
    stated = [line.split()[-1] for line in text.split("\n") if line.startswith(_VOLUME)]
    try:
        return float(stated[0])
    except (IndexError, ValueError):
        return math.nan
