"""DFTB+ ``.gen``: a count, the elements, numbered sites, and a cell behind them.

The format: the manual of DFTB+, appendix "The gen format". Kinds ``S`` (angstrom) and ``F``
(fractions) are crystals; ``C`` is a cluster and ``H`` a helix.
"""

from __future__ import annotations

import re

from crystext.errors import BadFileError, ZeroVolumeError, shown
from crystext.formats.parsed import Parsed, crystal
from crystext.formats.tokens import atom_rows, check_count, three

_WHAT = "the .gen"


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads a .gen.

    Raises:
        BadFileError: a line does not hold what it must.
        TruncatedFileError: there are fewer lines than atoms.
        ZeroVolumeError: it is a cluster without a cell.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    lines = [line for line in content.split("\n") if line.split("#")[0].strip()]
    lines = [line.split("#")[0] for line in lines]
    head = re.fullmatch(r"\s*(\d{1,9})\s+([SFCHsfch])\b.*", lines[0]) if lines else None
    if head is None or len(lines) < 2:
        message = f"{_WHAT} begins with {shown(lines[0].strip() if lines else '')}"
        raise BadFileError(f"{message}; give the number of atoms and S or F, then the elements")
    wanted, kind, elements = int(head[1]), head[2].upper(), lines[1].split()
    if kind == "C":
        raise ZeroVolumeError(f"{_WHAT} is a cluster without a cell (C); give S or F with a cell")
    if kind == "H":
        raise BadFileError(f"{_WHAT} is a helix (H); give a crystal, S or F")
    check_count(wanted, max_sites, _WHAT)
    rows = atom_rows(lines[2:], wanted, _WHAT)
    tail = lines[2 + wanted :]
    if len(tail) != 4:
        message = f"{_WHAT} has {len(tail)} lines behind its {wanted} atoms"
        raise BadFileError(f"{message}; give the origin and three vectors")
    vectors = [three(line.split(), line, _WHAT) for line in tail[1:]]
    names, coords = [], []
    for words in rows:
        at = int(words[1]) if len(words) == 5 and re.fullmatch(r"\d{1,4}", words[1]) else 0
        if not 1 <= at <= len(elements):
            message = f"a line of {_WHAT} is {shown(' '.join(words))}"
            raise BadFileError(f"{message}; give number, kind from 1 to {len(elements)}, x, y, z")
        names.append(elements[at - 1])
        coords.append(three(words[2:], " ".join(words), _WHAT))
    return crystal(vectors, names, coords, _WHAT, cartesian=kind == "S", max_sites=max_sites)
