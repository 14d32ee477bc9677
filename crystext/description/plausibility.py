"""Notes on what no chemist would believe (being written)."""

from __future__ import annotations


def contact_notes(structure) -> tuple[str, ...]:
    return ()


def coordination_notes(condensed) -> tuple[str, ...]:
    return ()
