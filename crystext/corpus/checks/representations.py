"""The other texts of the crystals: those that can be read again are read, and compared."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from crystext.errors import CrystextError, shown
from crystext.representations.encode import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.corpus.checks.subject import Finding, Subject

_SAMPLE = 200


def agreeing(subject: Subject) -> Iterator[Finding]:
    """What can be read of the other texts has the elements of its row, in the same shares.

    A sample is read; with ``deep`` all of them.
    """
    for one in subject.representations:
        if one.read_by is None:
            continue
        rows = subject.rows("id", "structure", one.column)
        for crystal, cif, text in islice(rows, None if subject.deep else _SAMPLE):
            try:
                found, told = decode(text, one.name), decode(cif, "cif-p1")
            except CrystextError as error:
                yield crystal, f"{one.column} cannot be read ({error.message})"
                continue
            shares = [one.structure.composition.reduced_formula for one in (found, told)]
            if shares[0] != shares[1]:
                yield crystal, f"{one.column} is {shown(shares[0])}, the structure {shares[1]}"
