"""Names that people give to kinds of structures, and which prototypes of the library they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SUFFIX = re.compile(r"-(?:like|derived)$")


@dataclass(frozen=True)
class Family:
    """A kind of structure.

    Attributes:
        words: a pattern of its names, in lower case.
        members: patterns of prototypes, in lower case without ``-like``; none if the library has
            none of the kind.
        is_one: whether a crystal of the kind is always recognised, so that one without a
            prototype, or like another, is not of it.
    """

    words: str
    members: str = ""
    is_one: bool = False


FAMILIES = {
    "rock salt": Family(
        r"rock[- ]?salt|halite|nacl[- ](?:type|structure)|sodium chloride (?:type|structure)",
        "halite, rock salt",
        is_one=True,
    ),
    "cesium chloride": Family(
        r"cscl[- ](?:type|structure)|ca?esium chloride (?:type|structure)",
        "tetraauricupride|beta-prime (?:cadmium gold|palladium aluminum)",
        is_one=True,
    ),
    "zinc blende": Family(r"zinc[- ]?blende|sphalerite", "zincblende, sphalerite", is_one=True),
    "wurtzite": Family(r"wurt?zite", "wurtzite", is_one=True),
    "fluorite": Family(r"fluorite|fluorspar", "fluorite", is_one=True),
    "perovskite": Family(r"perovskites?", r".*perovskite.*|pb ?\(zr.*"),
    "spinel": Family(r"spinels?", "spinel|hausmannite"),
    "rutile": Family(r"rutile", "rutile", is_one=True),
    "anatase": Family(r"anatase", "anatase", is_one=True),
    "brookite": Family(r"brookite"),
    "corundum": Family(r"corundum", "corundum", is_one=True),
    "ilmenite": Family(r"ilmenite", "ilmenite"),
    "calcite": Family(r"calcite", "calcite"),
    "aragonite": Family(r"aragonite"),
    "pyrite": Family(r"pyrite", "pyrite", is_one=True),
    "marcasite": Family(r"marcasite", "marcasite"),
    "molybdenite": Family(r"molybdenite", "molybdenite"),
    "diamond": Family(r"diamond", "diamond", is_one=True),
    "graphite": Family(r"graphite", ".*graphite.*"),
    "quartz": Family(r"quartz", "quartz.*"),
    "cristobalite": Family(r"cristobalite", ".*cristobalite"),
    "zircon": Family(r"zircon", "zircon"),
    "chalcopyrite": Family(r"chalcopyrite", "chalcopyrite"),
    "stannite": Family(r"stannite", "stannite"),
    "cuprite": Family(r"cuprite", "cuprite"),
    "skutterudite": Family(r"skutterudite", "skutterudite"),
    "half-Heusler": Family(r"half[- ]heusler", "half-heusler"),
    "Heusler": Family(r"(?<!half )(?<!half-)(?:full[- ])?heusler", "heusler"),
    "Laves": Family(r"laves", ".*laves"),
    "garnet": Family(r"garnets?"),
    "olivine": Family(r"olivine"),
    "delafossite": Family(r"delafossite", "caswellsilverite"),
    "baddeleyite": Family(r"baddeleyite", "baddeleyite"),
}
"""By the name that a claim gives."""


def family_of(words: str) -> str | None:
    """The kind of structure that words name.

    >>> family_of("rock salt"), family_of("Zincblende"), family_of("salt")
    ('rock salt', 'zinc blende', None)
    """
    said = words.lower()
    return next((name for name, one in FAMILIES.items() if re.fullmatch(one.words, said)), None)


def is_of(mineral: str | None, family: str) -> bool | None:
    """Whether a crystal is of a kind; ``None`` where that cannot be told.

    Args:
        mineral: the name of its prototype with ``-like`` or ``-derived``, if it has one.
        family: a key of :data:`FAMILIES`.

    >>> is_of("Rutile", "anatase"), is_of("Spinel-like", "spinel"), is_of(None, "perovskite")
    (False, None, None)
    """
    kind = FAMILIES[family]
    plain = _SUFFIX.sub("", (mineral or "").lower())
    exact = bool(mineral) and _SUFFIX.search(mineral or "") is None
    if kind.members and plain and re.fullmatch(kind.members, plain):
        return True if exact or not kind.is_one else None
    return False if exact or kind.is_one else None
