"""Runs upstream robocrys, as installed or with its repairs, under any options."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from robocrys import StructureCondenser, StructureDescriber

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from tests.upstream.repairs import Repairs


def describe_upstream(
    structure: Structure, repairs: Repairs | None = None, style: str = "raw"
) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Condensed data, the text's three parts, and the repairs that changed them.

    Args:
        structure: an ordered structure, described as given (no oxidation states are guessed).
        repairs: the patches to apply; ``None`` runs the original as installed.
        style: robocrys' ``fmt``.
    """
    if repairs is not None:
        repairs.start()
    condensed = condense_upstream(structure, repairs)
    parts = word_upstream(condensed, repairs, fmt=style)
    return condensed, parts, [] if repairs is None else repairs.finish()


def condense_upstream(
    structure: Structure, repairs: Repairs | None, **options: Any
) -> dict[str, Any]:
    """Condensed data alone, by ``StructureCondenser(**options)``."""
    with warnings.catch_warnings(), repairs.active() if repairs else nullcontext():
        warnings.simplefilter("ignore")
        return StructureCondenser(**options).condense_structure(structure.copy())


def word_upstream(
    condensed: dict[str, Any], repairs: Repairs | None, **options: Any
) -> dict[str, str]:
    """The parts of the text, by ``StructureDescriber(**options)``."""
    with warnings.catch_warnings(), repairs.active() if repairs else nullcontext():
        warnings.simplefilter("ignore")
        return StructureDescriber(return_parts=True, **options).describe(condensed)


def join_parts(parts: dict[str, str]) -> str:
    """The whole text, joined as upstream joins it."""
    names = ("mineral", "component_makeup", "components")
    return " ".join(parts[name] for name in names if parts[name])
