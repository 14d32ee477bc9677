"""What sits on the sites of an OPTIMADE structure: species with shares, and groups of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crystext.errors import BadJsonError, ContradictionError, UnknownSpeciesError, shown
from crystext.formats.tokens import element

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TOO_MUCH = 1.005
"""Shares of a site add up to 1, rounded to two decimals."""


class Occupant(NamedTuple):
    """One species of an entry.

    Attributes:
        shares: concentration by symbol; what is missing to 1 is vacant.
        attached: atoms bound to it that have no site, by symbol.
    """

    shares: dict[str, float]
    attached: dict[str, float]


def species_by_name(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, Occupant]:
    """The species that sites have.

    Args:
        data: attributes of the entry.
        names: ``species_at_sites``.

    Raises:
        BadJsonError: a species is missing or has another shape than the standard says.
        UnknownSpeciesError: a symbol is ``X`` or no element.
        ContradictionError: a species is described twice, or has more than one atom on its site.
    """
    listed = data.get("species")
    if listed is None:  # names alone serve where they are elements
        return {name: Occupant({_symbol(name): 1.0}, {}) for name in names}
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadJsonError(f"species of the OPTIMADE entry is {shown(listed)}; give a list")
    found: dict[str, Occupant] = {}
    for one in listed:
        name = one.get("name")
        if name in found:
            raise ContradictionError(f"the species {shown(name)} is listed twice; remove one")
        found[name] = _occupant(name, one)
    for name in names:
        if name not in found:
            message = f"the species {shown(name)} of a site is not listed in species"
            raise BadJsonError(f"{message}; add it")
    return found


def _occupant(name: str, data: Mapping[str, Any]) -> Occupant:
    symbols = data.get("chemical_symbols")
    shares = data.get("concentration", [1.0] if isinstance(symbols, list) else None)
    attached, counts = data.get("attached") or [], data.get("nattached") or []
    lists = (symbols, shares, attached, counts)
    if (
        not all(isinstance(one, list) for one in lists)
        or not symbols
        or len(symbols) != len(shares)
        or len(attached) != len(counts)
        or not all(isinstance(n, (int, float)) for n in (*shares, *counts))
    ):
        message = f"the species {shown(name)} has symbols {shown(symbols)}, concentrations"
        message += f" {shown(shares)}, attached {shown(attached)} and {shown(counts)}"
        raise BadJsonError(f"{message}; give as many of each")
    if min(shares) < 0 or not sum(shares) <= _TOO_MUCH:
        message = f"the concentrations of the species {shown(name)} are {shown(shares)}"
        raise ContradictionError(f"{message}; they must add up to 1")
    total: dict[str, float] = {}
    for symbol, share in zip(symbols, shares, strict=True):
        if symbol != "vacancy" and share > 0:
            total[_symbol(symbol)] = total.get(symbol, 0.0) + share
    return Occupant(total, _attached(name, attached, counts))


def _attached(name: str, symbols: list[Any], counts: list[float]) -> dict[str, float]:
    """How many atoms of each element are bound to a species.

    Raises:
        BadJsonError: a number is none that counts.
        UnknownSpeciesError: a symbol is ``X`` or no element.
    """
    if not all(count >= 0 and count == count // 1 for count in counts):
        message = f"nattached of the species {shown(name)} is {shown(counts)}"
        raise BadJsonError(f"{message}; give whole numbers, 0 or more")
    found: dict[str, float] = {}
    for symbol, count in zip(symbols, counts, strict=True):
        if count:
            found[_symbol(symbol)] = found.get(_symbol(symbol), 0) + count
    return found


def _symbol(name: object) -> str:
    from pymatgen.core import DummySpecies

    found = element(name) if isinstance(name, str) else element("X")
    if isinstance(found, DummySpecies):
        message = f"{shown(name)} is an unknown species of the OPTIMADE entry"
        raise UnknownSpeciesError(f"{message}; name an element or remove the site")
    return str(name)


def groups_of(listed: object, n_sites: int) -> dict[int, tuple[str, str, float]]:
    """Sites of which one group at a time is there: the assembly, group and probability of each.

    Args:
        listed: ``assemblies`` of an entry, ``None`` for none.
        n_sites: of the entry.

    Raises:
        BadJsonError: they have another shape than the standard says.
        ContradictionError: a site is in two groups, or probabilities add up to more than 1.
    """
    assemblies = listed or []
    if not isinstance(assemblies, list):
        raise BadJsonError(f"assemblies is {shown(listed)}; give a list")
    found: dict[int, tuple[str, str, float]] = {}
    for number, assembly in enumerate(assemblies, start=1):
        groups, shares = _shape(assembly)
        if min(shares, default=0) < 0 or not sum(shares) <= _TOO_MUCH:
            message = f"the group_probabilities of assembly {number} are {shown(shares)}"
            raise ContradictionError(f"{message}; they must add up to 1")
        for group, (sites, share) in enumerate(zip(groups, shares, strict=True), start=1):
            for site in sites:
                if not 0 <= site < n_sites:
                    message = f"assembly {number} names site {site} of {n_sites}, from 0"
                    raise BadJsonError(f"{message}; correct it")
                if site in found:
                    message = f"site {site} is in two groups of the assemblies"
                    raise ContradictionError(f"{message}; leave it in one")
                found[site] = (str(number), str(group), share)
    return found


def _shape(assembly: object) -> tuple[list[list[int]], list[float]]:
    data = assembly if isinstance(assembly, dict) else {}
    groups, shares = data.get("sites_in_groups"), data.get("group_probabilities")
    if (
        not isinstance(groups, list)
        or not isinstance(shares, list)
        or len(groups) != len(shares)
        or not all(isinstance(share, (int, float)) for share in shares)
        or not all(isinstance(group, list) for group in groups)
        or not all(isinstance(site, int) for group in groups for site in group)
    ):
        message = f"an assembly of the OPTIMADE entry is {shown(assembly)}"
        raise BadJsonError(f"{message}; give sites_in_groups and as many group_probabilities")
    return groups, shares
