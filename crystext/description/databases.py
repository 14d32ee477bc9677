"""The databases that robocrys ships, each read once and only when it is needed.

They are found without importing robocrys, which would take several seconds.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@cache
def common_formulas() -> dict[str, str]:
    """Maps pymatgen's reduced formula to the one that chemists write."""
    tables = read_database("formula_db.json.gz")
    return tables["alias"] | {formula: formula for formula in tables["no_alias"]}


def read_database(name: str) -> Any:
    """Reads one of robocrys' gzipped JSON databases.

    Raises:
        FileNotFoundError: robocrys is not installed, or not in a version that has the file.
    """
    spec = find_spec("robocrys")
    if spec is None or not spec.submodule_search_locations:
        msg = (
            "robocrys is not installed, whose databases are needed; pip install 'robocrys>=0.2.13'"
        )
        raise FileNotFoundError(msg)
    path = Path(spec.submodule_search_locations[0]) / "condense" / name
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return json.load(stream)
