"""Builds the package's table of named molecules from robocrys' database of 145,158 SMILES strings.

Run ``python -m crystext.description.build_molecules OUT.tsv.gz``. A test holds the file in the
package against a fresh build.

The database (PubChem compounds with the names that OpenEye's Lexichem gives them) has one entry a
SMILES string without isotopes and configuration, and some names say more than the string, or
something else. An entry is in the table where a bonded graph can tell that the name is right:

1. It is one fragment of at least two atoms. Single atoms are named by their element.
2. It is neutral, of main-group elements alone, and every atom has a normal valence, or as many
   bonds as the neutral element with as many electrons. Other entries are ions, and radicals with
   the names of molecules: "difluoromethane" stands for CF2. A metal's valence tells nothing.
3. Its name states no isotope ("trideuteriomethane" stands for CH4) and no configuration ("(Z)-").

Where several entries have one graph, the one with the fewest charged atoms is taken, then the one
with the fewest atoms beyond their lowest valence, then the shortest name, then the first by name.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

from crystext.description.databases import read_database
from crystext.description.molecule_graphs import SATURATED, MoleculeGraph
from crystext.description.smiles import Smiles, read_smiles
from crystext.files import write_bytes

NAMES = ("name_traditional", "name_iupac")
"""Names in robocrys' order of preference."""
_GROUPS = {
    (1,): ("H", "F"),
    (2,): ("O",),
    (3,): ("B", "Al", "Ga", "In", "Tl", "N"),
    (4,): ("C", "Si", "Ge", "Sn", "Pb"),
    (3, 5): ("P", "As", "Sb", "Bi"),
    (2, 4, 6): ("S", "Se", "Te", "Po"),
    (1, 3, 5, 7): ("Cl", "Br", "I", "At"),
    (0, 2, 4, 6, 8): ("Ar", "Kr", "Xe", "Rn"),
}
VALENCES = {symbol: valences for valences, symbols in _GROUPS.items() for symbol in symbols}
"""Normal valences of main-group elements, the lowest first."""
_ISOTOPE = r"deuteri|tritio|protio|(?:{elements})-\d+(?![\d,-])"
_CONFIGURATION = re.compile(r"(?<!\w)\d*[a-z]?'*[RSEZ](?=[,)])")


def usable_name(names: dict[str, str]) -> str | None:
    """The preferred name, in lower case, among those that state no isotope or configuration."""
    for key in NAMES:
        name = names.get(key)
        if name and not _isotope().search(name) and not _CONFIGURATION.search(name):
            return name.lower()
    return None


@cache
def _isotope() -> re.Pattern[str]:
    from pymatgen.core import Element

    elements = (Element.from_Z(z).long_name.lower() for z in range(1, 119))
    return re.compile(_ISOTOPE.format(elements="|".join(elements)))


def is_closed(smiles: Smiles) -> bool:
    """Whether a molecule is neutral and every atom has a normal valence."""
    atoms = zip(smiles.symbols, smiles.charges, smiles.valences, strict=True)
    return sum(smiles.charges) == 0 and all(
        valence in _valences(symbol, charge) for symbol, charge, valence in atoms
    )


@cache
def _valences(symbol: str, charge: int) -> tuple[int, ...]:
    from pymatgen.core import Element

    if symbol not in VALENCES:
        return ()
    number = Element(symbol).Z - charge
    return VALENCES.get(Element.from_Z(number).symbol, ()) if number > 0 else ()


def is_saturated(smiles: Smiles) -> bool:
    """Whether a molecule's graph cannot be that of an ion.

    It has single bonds alone, every atom has its lowest valence, and it is no pair of equal atoms:
    an electron more or less would break a bond. Others may be ions where something else in the
    crystal bears the charge: O2 in KO2, SO3 in a sulfite, TeCl6 in K2TeCl6.
    """
    hydrogens = sum(smiles.hydrogens)
    equal_pair = len(smiles.symbols) == 2 and len(set(smiles.symbols)) == 1 and not hydrogens
    return (
        all(order == 1 for *_, order in smiles.bonds)
        and not any(smiles.charges)
        and not equal_pair
        and not _raised(smiles)
    )


def _raised(smiles: Smiles) -> int:
    """How many atoms are beyond the lowest valence of their element."""
    pairs = zip(smiles.symbols, smiles.valences, strict=True)
    return sum(valence > VALENCES[symbol][0] for symbol, valence in pairs)


def build() -> bytes:
    """The table: a line for each formula, with SMILES, mark and name of its molecules."""
    by_formula: dict[str, list[tuple[tuple, str, MoleculeGraph]]] = defaultdict(list)
    for text, names in read_database("molecule_db.json.gz").items():
        name = usable_name(names)
        if "." in text or name is None:
            continue
        smiles = read_smiles(text)
        if len(smiles.symbols) + sum(smiles.hydrogens) < 2 or not is_closed(smiles):
            continue
        graph = MoleculeGraph.of_smiles(smiles)
        charged = sum(charge != 0 for charge in smiles.charges)
        rank = (charged, _raised(smiles), len(name), name, text)
        mark = SATURATED if is_saturated(smiles) else "u"
        by_formula[graph.formula].append((rank, f"{text}\t{mark}\t{name}", graph))
    lines = []
    for formula in sorted(by_formula):
        chosen = [formula]
        alike: dict[tuple, list[MoleculeGraph]] = defaultdict(list)
        for _, entry, graph in sorted(by_formula[formula], key=lambda found: found[0]):
            others = alike[tuple(sorted(graph.atoms))]
            if not any(graph.same_as(other) for other in others):
                others.append(graph)
                chosen.append(entry)
        lines.append("\t".join(chosen))
    return "".join(f"{line}\n" for line in lines).encode()


def main(argv: list[str]) -> int:
    """Command line: OUT."""
    if len(argv) != 1:
        sys.stderr.write("usage: python -m crystext.description.build_molecules OUT.tsv.gz\n")
        return 2
    write_bytes(Path(argv[0]), gzip.compress(build(), compresslevel=9, mtime=0))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
