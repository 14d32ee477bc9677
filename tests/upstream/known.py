"""What upstream says of a crystal: computed once, kept on disk by a digest of what decides it.

The digest covers the patches (:data:`PATCHES`, without comments and layout), the versions of the
libraries that decide upstream's words, the style and the structure, so a file is never taken for
what another upstream would say.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymatgen.core import Structure

PACKAGES = ("robocrys", "pymatgen", "pymatgen-core", "matminer", "spglib", "numpy", "scipy")
PATCHES = ("repairs.py", "molecule_names.py", "running.py")
PARTS = ("mineral", "component_makeup", "components")


@dataclass(frozen=True)
class Upstream:
    """Upstream's answer for one crystal.

    Attributes:
        id: id of the crystal.
        parts: the text's three parts; ``None`` where upstream failed.
        repairs: names of the repairs that changed the crystal.
        seconds: CPU time.
        error: upstream's failure in one line.
    """

    id: str
    parts: dict[str, str] | None
    repairs: list[str]
    seconds: float
    error: str | None = None

    @property
    def sections(self) -> dict[str, str] | None:
        """The whole text, the global and the local section."""
        if self.parts is None:
            return None
        mineral, makeup, components = (self.parts[name] for name in PARTS)
        return {
            "text": " ".join(filter(None, (mineral, makeup, components))),
            "global_text": " ".join(filter(None, (mineral, makeup))),
            "local_text": components,
        }


@cache
def _upstream_digest(*, patched: bool, style: str) -> str:
    sources = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in PATCHES]
    trees = [ast.dump(_without_docstrings(ast.parse(source))) for source in sources]
    patches = trees if patched else None
    versions = {name: version(name) for name in PACKAGES}
    return json.dumps([patches, versions, style], sort_keys=True)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                one
                for one in body
                if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ]
    return tree


def digest(structure: Structure, *, patched: bool = True, style: str = "raw") -> str:
    """SHA-256 of all that decides upstream's text of a structure, 16 hexadecimal digits."""
    parts = [
        _upstream_digest(patched=patched, style=style),
        structure.lattice.matrix.tolist(),
        [str(species) for species in structure.species],
        structure.frac_coords.tolist(),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def place(
    folder: Path, crystal_id: str, structure: Structure, *, patched: bool = True, style: str = "raw"
) -> Path:
    """Where the answer for a crystal is kept."""
    return folder / f"{crystal_id}.{digest(structure, patched=patched, style=style)}.json"


def load(path: Path) -> Upstream | None:
    """The answer that was kept; ``None`` where there is none."""
    try:
        return Upstream(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def save(path: Path, answer: Upstream) -> None:
    """Keeps an answer: written aside, then renamed, so that a file is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps(asdict(answer), ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(path)


def from_pickle(crystal_id: str, found: Any) -> Upstream:
    """An answer from what ``describe_upstream`` gave with the seconds, or from an error's text."""
    if isinstance(found, str):
        return Upstream(crystal_id, None, [], 0.0, found)
    _, parts, repairs, seconds = found
    return Upstream(crystal_id, {name: parts[name] for name in PARTS}, list(repairs), seconds)
