"""Reads the SMILES strings of robocrys' database of molecules: atoms, charges, hydrogens, bonds.

A part of the language is enough there (OpenSMILES 1.0, opensmiles.org): one fragment, no aromatic
atoms, no isotopes and no configuration. Anything else is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NORMAL_VALENCES = {
    "B": (3,),
    "C": (4,),
    "N": (3, 5),
    "O": (2,),
    "P": (3, 5),
    "S": (2, 4, 6),
    "F": (1,),
    "Cl": (1,),
    "Br": (1,),
    "I": (1,),
}
"""Up to which valence an atom without brackets takes hydrogens (OpenSMILES 1.0, 3.1.5)."""
_ORDERS = {"-": 1, "=": 2, "#": 3}
_TOKEN = re.compile(
    r"\[(?P<symbol>[A-Z][a-z]?)(?:(?P<h>H)(?P<count>\d*))?(?P<charge>[+-]\d*)?\]"
    r"|(?P<bare>Cl|Br|[BCNOPSFI])|(?P<bond>[-=#])|(?P<ring>\d)|(?P<branch>[()])"
)


@dataclass(frozen=True)
class Smiles:
    """What a SMILES string says of its n atoms other than the hydrogens that they carry.

    Attributes:
        symbols: (n,), elements.
        charges: (n,), formal charges.
        hydrogens: (n,), hydrogens that each atom carries.
        bonds: pairs of atoms with the order of their bond, 1 to 3.
    """

    symbols: list[str]
    charges: list[int]
    hydrogens: list[int]
    bonds: list[tuple[int, int, int]]

    @property
    def valences(self) -> list[int]:
        """(n,), the sum of each atom's bond orders, hydrogens included."""
        sums = list(self.hydrogens)
        for i, j, order in self.bonds:
            sums[i] += order
            sums[j] += order
        return sums


def read_smiles(text: str) -> Smiles:
    """Reads a SMILES string.

    Raises:
        ValueError: it is none, or holds what the database never does.
    """
    reader = _Reader()
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None or not reader.take(token):
            raise ValueError(f"SMILES {text!r} is not understood from {text[place:]!r} on")
        place = token.end()
    if reader.rings or reader.branches or not reader.symbols:
        raise ValueError(f"SMILES {text!r} is no whole molecule")
    return reader.result()


class _Reader:
    """Takes one token after another."""

    def __init__(self) -> None:
        self.symbols: list[str] = []
        self.charges: list[int] = []
        self.hydrogens: list[int | None] = []  # None where they follow from the valence
        self.bonds: list[tuple[int, int, int]] = []
        self.rings: dict[str, tuple[int, int]] = {}
        self.branches: list[int] = []
        self.last = -1  # the atom to which the next is bonded
        self.order = 1

    def take(self, token: re.Match[str]) -> bool:
        """Takes a token; ``False`` where it cannot stand."""
        if token["symbol"] or token["bare"]:
            self._atom(token)
            return True
        if self.last < 0:
            return False
        if token["bond"]:
            self.order = _ORDERS[token["bond"]]
        elif token["ring"]:
            self._ring(token["ring"])
        elif token["branch"] == "(":
            self.branches.append(self.last)
        elif self.branches:
            self.last = self.branches.pop()
        else:
            return False
        return True

    def _atom(self, token: re.Match[str]) -> None:
        self.symbols.append(token["symbol"] or token["bare"])
        self.charges.append(_charge(token["charge"]))
        explicit = int(token["count"] or 1) if token["h"] else 0
        self.hydrogens.append(None if token["bare"] else explicit)
        atom = len(self.symbols) - 1
        if self.last >= 0:
            self.bonds.append((self.last, atom, self.order))
        self.last, self.order = atom, 1

    def _ring(self, label: str) -> None:
        if label in self.rings:
            other, order = self.rings.pop(label)
            self.bonds.append((other, self.last, max(order, self.order)))
        else:
            self.rings[label] = (self.last, self.order)
        self.order = 1

    def result(self) -> Smiles:
        """What was read, hydrogens filled in."""
        bare = Smiles(self.symbols, self.charges, [0] * len(self.symbols), self.bonds)
        hydrogens = [
            _missing(symbol, valence) if count is None else count
            for symbol, valence, count in zip(
                self.symbols, bare.valences, self.hydrogens, strict=True
            )
        ]
        return Smiles(self.symbols, self.charges, hydrogens, self.bonds)


def _charge(text: str | None) -> int:
    if not text:
        return 0
    return int(text[0] + (text[1:] or "1"))


def _missing(symbol: str, valence: int) -> int:
    """Hydrogens up to the next normal valence; none beyond the last."""
    return next((n - valence for n in NORMAL_VALENCES[symbol] if n >= valence), 0)
