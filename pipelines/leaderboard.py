"""Reads the JARVIS leaderboard's benchmarks, from its wheel or where it is installed.

The splits themselves are package data (:mod:`crystext.pipelines.splits`); this gives the targets
too, so that a corpus can be compared with what others were scored on.
"""

from __future__ import annotations

import io
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path

from crystext.choices import SPLIT_NAMES
from crystext.errors import BadTableError, MissingExtraError, shown
from crystext.pipelines.splits import LEADERBOARD

PACKAGE = "jarvis_leaderboard"
FOLDER = f"{PACKAGE}/benchmarks/AI/SinglePropertyPrediction"
REMEDY = f"pip install --no-deps {LEADERBOARD.replace(' ', '==')}, or give its wheel"


def targets(benchmark: str, wheel: Path | None = None) -> dict[str, dict[str, float]]:
    """The targets of one benchmark by split and id, in the leaderboard's order.

    Args:
        benchmark: for example ``dft_3d_formation_energy_peratom``.
        wheel: the leaderboard's wheel; by default the package is looked for where it is
            installed, without being imported.

    Returns:
        Targets of ``train``, ``validation`` and ``test`` in the property's unit. An id may stand
        in two parts.

    Raises:
        MissingExtraError: the package is not installed and no wheel is given.
        BadTableError: it holds no such benchmark, or not in the known form.
    """
    name = f"{benchmark}.json.zip"
    try:
        with zipfile.ZipFile(io.BytesIO(_read(name, wheel))) as inner:
            (member,) = inner.namelist()
            data = json.loads(inner.read(member))
        return {
            SPLIT_NAMES[name]: {str(one): float(value) for one, value in data[name].items()}
            for name in ("train", "val", "test")
        }
    except (KeyError, ValueError, AttributeError, OSError, zipfile.BadZipFile) as error:
        message = f"{name} of {LEADERBOARD} cannot be read ({error!r})"
        raise BadTableError(f"{message}; {REMEDY}") from error


def licence(wheel: Path) -> str:
    """The terms of use that the wheel carries.

    Raises:
        BadTableError: it carries none.
    """
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".dist-info/LICENSE.rst"):
                return archive.read(name).decode("utf-8")
    raise BadTableError(f"{shown(wheel.name)} carries no LICENSE.rst; {REMEDY}")


def _read(name: str, wheel: Path | None) -> bytes:
    if wheel is not None:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(f"{FOLDER}/{name}")
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(f"{LEADERBOARD} is not installed; {REMEDY}")
    folder = Path(spec.submodule_search_locations[0]).parent / FOLDER
    return (folder / name).read_bytes()
