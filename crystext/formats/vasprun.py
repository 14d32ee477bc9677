"""VASP's ``vasprun.xml``: the structure with which the run ended.

The format: the wiki of VASP, "vasprun.xml". A document type, which could define entities, is
refused, so that a small file cannot grow while it is read.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from crystext.errors import BadFileError, NoAtomsError, TruncatedFileError, first_line
from crystext.formats.parsed import Parsed, crystal
from crystext.formats.tokens import check_count, three

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WHAT = "the vasprun.xml"
_KEPT = frozenset({"structure", "atominfo", "crystal", "varray", "v", "array", "set", "rc", "c"})
"""Elements of which something is read; all others are let go as soon as they end."""


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads a vasprun.xml as one structure, its last.

    Raises:
        BadFileError: it has a document type, or a structure without a cell or with another number
            of places than of atoms.
        TruncatedFileError: the XML ends too early, and no structure stands before.
        NoAtomsError: it holds no structure.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    if re.search(r"<!(?:DOCTYPE|ENTITY)", content):
        raise BadFileError(f"{_WHAT} has a document type; take that part out")
    names, found, count, cut = _parsed(content)
    if found is None:
        if cut:
            raise TruncatedFileError(f"{_WHAT} ends too early ({cut}); copy it again")
        raise NoAtomsError(f"{_WHAT} holds no structure; give that of a run")
    check_count(len(names), max_sites, _WHAT)
    lattice = _rows(found, "crystal/varray[@name='basis']/v")
    places = _rows(found, "varray[@name='positions']/v")
    if len(lattice) != 3 or len(places) != len(names):
        raise BadFileError(
            f"{_WHAT} has {len(lattice)} vectors and {len(places)} places for {len(names)} atoms; "
            "copy it again"
        )
    notes = []
    if found.get("name") != "finalpos":
        notes = [f"{_WHAT} is of a run that did not end: its structure {count} is read"]
    return crystal(lattice, names, places, _WHAT, cartesian=False, max_sites=max_sites, notes=notes)


def _parsed(content: str) -> tuple[list[str], Element | None, int, str]:
    """Names of the atoms, the last structure and its number, and why the XML ended too early."""
    names: list[str] = []
    found, count = None, 0
    try:
        # Safe, for read() refuses document types, which alone could make a text grow
        for _, one in ET.iterparse(io.StringIO(content), events=("end",)):  # noqa: S314
            if one.tag == "structure":
                found, count = one, count + 1
            elif one.tag == "atominfo":
                rows = one.findall("array[@name='atoms']/set/rc")
                names = [(row.findtext("c") or "").strip() for row in rows]
            elif one.tag not in _KEPT:
                one.clear()
    except ET.ParseError as error:
        return names, found, count, first_line(error)
    return names, found, count, ""


def _rows(structure: Element, path: str) -> list[list[float]]:
    return [
        three((one.text or "").split(), one.text or "", _WHAT) for one in structure.findall(path)
    ]
