"""What was done to a disordered crystal, in one short phrase."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from crystext.disorder.wholeness import amounts_after, amounts_before, change

if TYPE_CHECKING:
    from crystext.disorder.units import Alternatives, Unit

MAX_LENGTH = 200
_WORTH_SAYING = 0.0005


def majority_phrase(alternatives: Alternatives, chosen: set[int], remarks: list[str]) -> str:
    """For example ``majority: Fe0.6/Co0.4 at 4 sites as Fe; Na0.3 at 2 sites left out``.

    Args:
        alternatives: of the disordered crystal.
        chosen: indexes of the units that stay.
        remarks: about ties.
    """
    kinds: dict[tuple, list[list[int]]] = defaultdict(list)
    for members in alternatives.places().values():
        units = [alternatives.units[number] for number in members]
        kinds[units[0].pool if units[0].cluster else ("sites", formula(units))].append(members)
    found = []
    for kind, places in kinds.items():
        kept = [number for members in places for number in members if number in chosen]
        text = (_sites if kind[0] == "sites" else _groups)(places, kept, alternatives)
        weight = sum(
            min(alternatives.units[n].occupancy, 1 - alternatives.units[n].occupancy + 1e-3)
            * len(alternatives.units[n].sites)
            for members in places
            for n in members
        )
        found.append((-round(weight, 3), text))
    items = [text for _, text in sorted(found)]
    tail = list(remarks)
    largest, symbol = change(amounts_before(alternatives), amounts_after(alternatives, chosen))
    if largest > _WORTH_SAYING:
        tail.append(f"share of {symbol} changed by {largest:.3f}")
    return shortened("majority: ", items, tail)


def shortened(head: str, items: list[str], tail: list[str]) -> str:
    """As many items as fit, the number of the others, and the tail."""
    for count in range(len(items), -1, -1):
        more = len(items) - count
        others = [f"{more} more kind{'s'[: more > 1]} of site"] if more else []
        text = head + "; ".join(items[:count] + others + tail)
        if len(text) <= MAX_LENGTH:
            return text
    return (head + "; ".join(tail))[:MAX_LENGTH]


def formula(units: list[Unit]) -> str:
    """The options of one place, for example ``Fe0.6/Co0.4`` or ``CHCl3 0.5``."""
    return "/".join(
        f"{molecule(unit)} {unit.occupancy:.3g}"
        if len(unit.sites) > 1
        else f"{unit.species[0].symbol}{unit.occupancy:.3g}"
        for unit in units
    )


def molecule(unit: Unit) -> str:
    """The atoms of a unit, for example ``Fe`` or ``CHCl3``."""
    counts = Counter(species.symbol for species in unit.species)
    first = ["C", "H"] if "C" in counts else []
    symbols = [*(s for s in first if s in counts), *sorted(counts.keys() - set(first))]
    return "".join(f"{s}{counts[s] if counts[s] > 1 else ''}" for s in symbols)


def _sites(places: list[list[int]], kept: list[int], alternatives: Alternatives) -> str:
    units = [alternatives.units[number] for number in places[0]]
    number = len(places)
    place = "place" if len(units[0].sites) > 1 else "site"
    text = f"{formula(units)} at {number} {place}{'s'[: number > 1]}"
    counts = Counter(molecule(alternatives.units[index]) for index in kept)
    if not kept:
        return f"{text} left out"
    if len(kept) == number and len(counts) == 1:
        return f"{text} as {next(iter(counts))}" if len(units) > 1 else f"{text} filled"
    return f"{text} as " + " and ".join(f"{n} {symbol}" for symbol, n in sorted(counts.items()))


def _groups(places: list[list[int]], kept: list[int], alternatives: Alternatives) -> str:
    units = [alternatives.units[number] for number in places[0]]
    of_assembly = f" of assembly {units[0].assembly}" if units[0].assembly else ""
    if not kept:
        shares = "/".join(f"{unit.occupancy:.3g}" for unit in units)
        return f"groups{of_assembly} left out ({shares})"
    unit = alternatives.units[kept[0]]
    atoms = sum(len(alternatives.units[number].sites) for number in kept)
    images = "" if len(kept) == len(places) else f" in {len(kept)} of {len(places)} images"
    return f"group {unit.group}{of_assembly} ({unit.occupancy:.3g}, {atoms} atoms) kept{images}"
