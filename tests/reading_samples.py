"""What the tests of reading share: one crystal in each format, and how an error is asserted."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymatgen.core import Lattice, Structure

from crystext.crystal import Failure
from crystext.errors import CrystextError, all_codes
from crystext.reading import iter_unread, to_crystal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from crystext.crystal import Crystal

EXAMPLES = Path(__file__).parents[1] / "examples"
CIF = (EXAMPLES / "rutile.cif").read_text()
P1 = (EXAMPLES / "halite.cif").read_text()
POSCAR = (EXAMPLES / "POSCAR.molybdenite").read_text()
JSON = (EXAMPLES / "barium_titanate.json").read_text()
HALITE = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)
JARVIS = {
    "lattice_mat": [[3.57, 0, 0], [0, 3.57, 0], [0, 0, 3.57]],
    "coords": [[0, 0, 0], [1.785, 1.785, 1.785]],
    "elements": ["Cs", "Cl"],
    "abc": [3.57, 3.57, 3.57],
    "angles": [90, 90, 90],
    "cartesian": True,
    "props": ["", ""],
}


def read_each(paths: Iterable[Any]) -> Iterator[Crystal | Failure]:
    """What is found in files and folders, read one by one: a crystal, or a failure in its place."""
    for one in iter_unread(paths):
        try:
            yield one if isinstance(one, Failure) else to_crystal(one)
        except CrystextError as error:
            yield Failure(one.id, error)


def refused(code: str, *words: str, call: Callable[[], Any]) -> CrystextError:
    """Asserts that a call raises this code, in one line that holds these words."""
    with pytest.raises(CrystextError) as caught:
        call()
    error = caught.value
    assert error.code == code, error.message
    assert "\n" not in error.message
    for word in words:
        assert word in error.message, error.message
    assert code in all_codes()
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.to_dict()) == (type(error), error.to_dict())
    return error
