"""Splits are lists of ids: the official ones of the JARVIS leaderboard, and how a split is checked.

The official lists come as package data (``crystext/data/splits.parquet``, made from the PyPI
package jarvis-leaderboard 2024.10.30 by ``pipelines/sources/build_splits.py``; NIST, free of
copyright in the United States, terms beside the file). They hold JARVIS-DFT 2021.8.18 as ALIGNN
split it, and MP 2018.6.1 as MEGNet did. Three crystals stand in both train and test there; they
are dropped from train, and named in ``SplitSpec.dropped``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from crystext.choices import SPLIT_NAMES, SPLITS, TRAIN, VALIDATION
from crystext.errors import (
    BadTableError,
    OverlappingSplitError,
    UnknownSourceError,
    WrongCountError,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

SPLIT_COLUMN = "split"
"""The column of a user's table that says to which part a crystal belongs."""
_PARTS = SPLIT_NAMES | {"training": TRAIN, "valid": VALIDATION, "dev": VALIDATION}
LEADERBOARD = "jarvis-leaderboard 2024.10.30"
BOTH = len(SPLITS)
"""The code of a crystal that stands in train and test; else the place in ``SPLITS``."""

OFFICIAL_COUNTS = {
    "dft_3d_formation_energy_peratom": (44_569, 5_572, 5_572),
    "dft_3d_optb88vdw_bandgap": (44_569, 5_572, 5_572),
    "dft_3d_optb88vdw_total_energy": (44_569, 5_572, 5_572),
    "dft_3d_mbj_bandgap": (14_535, 1_817, 1_815),
    "dft_3d_bulk_modulus_kv": (15_744, 1_968, 1_968),
    "dft_3d_shear_modulus_gv": (15_744, 1_968, 1_968),
    "megnet_e_form": (60_000, 5_000, 4_239),
    "megnet_gappbe": (60_000, 5_000, 4_239),
}
"""Train, validation and test of each benchmark as published, doubles counted twice."""
LEAKS = {
    **dict.fromkeys(list(OFFICIAL_COUNTS)[:3], ("JVASP-113961", "JVASP-116461")),
    "dft_3d_mbj_bandgap": ("JVASP-96735",),
}
"""The ids that stand in both train and test of a benchmark."""


@dataclass(frozen=True)
class SplitSpec:
    """Who is trained on, who selects, who is tested.

    Attributes:
        origin: where the split is from, in words for the card.
        ids: the ids of ``train``, ``validation`` and ``test``.
        dropped: ids that were taken out, each with the reason.
    """

    origin: str
    ids: Mapping[str, tuple[str, ...]] = field(repr=False)
    dropped: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Checks the parts.

        Raises:
            OverlappingSplitError: an id occurs twice, or a part is missing or empty.
        """
        if tuple(self.ids) != SPLITS or not all(self.ids.values()):
            sizes = {name: len(ids) for name, ids in self.ids.items()}
            message = f"the split has {sizes or 'no parts'}"
            raise OverlappingSplitError(f"{message}; give train, validation and test, none empty")
        counted = Counter(one for ids in self.ids.values() for one in ids)
        if twice := [one for one, times in counted.items() if times > 1]:
            where = [name for name in SPLITS if twice[0] in self.ids[name]]
            message = f"{len(twice)} ids occur twice, first {shown(twice[0])} in {', '.join(where)}"
            raise OverlappingSplitError(f"{message}; every id belongs to one part")

    def counts(self) -> dict[str, int]:
        """How many ids each part has."""
        return {name: len(ids) for name, ids in self.ids.items()}

    def split_of(self) -> dict[str, str]:
        """The part that each id belongs to."""
        return {one: name for name, ids in self.ids.items() for one in ids}

    def digest(self) -> str:
        """SHA-256 of who belongs where; order and origin do not count. 64 hexadecimal digits."""
        lines = sorted(f"{name}\t{one}" for name, ids in self.ids.items() for one in ids)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def part_named(value: object, where: str) -> str | None:
    """The part that a table names, in any case of letters; ``None`` where it names none.

    Args:
        value: for example ``val``.
        where: for messages.

    Raises:
        BadTableError: it is no name of a part.
    """
    name = "" if value is None else str(value).strip().lower()
    if name in {"", "na", "nan", "none", "null", "-"}:
        return None
    if name not in _PARTS:
        message = f"{where} has the split {shown(value)}"
        raise BadTableError(
            f"{message}; use {', '.join(SPLITS)}, leave it empty, or rename the column"
        )
    return _PARTS[name]


def natural(crystal_id: str) -> tuple[str, int, str]:
    """A key that sorts ``mp-9`` before ``mp-10``."""
    prefix, _, number = crystal_id.rpartition("-")
    return (prefix, int(number), "") if number.isdecimal() else (crystal_id, -1, "")


def without_leaks(parts: Mapping[str, Iterable[str]], origin: str) -> SplitSpec:
    """Makes a split of three lists; who stands in test too is dropped from train or validation.

    Args:
        parts: ids of ``train``, ``validation`` and ``test``.
        origin: as in the result.
    """
    test = frozenset(parts["test"])
    ids = {name: tuple(sorted(parts[name], key=natural)) for name in SPLITS}
    dropped = tuple(
        (one, f"stands in {name} and test of the official split; kept in test")
        for name in ("train", "validation")
        for one in ids[name]
        if one in test
    )
    kept = {name: tuple(i for i in ids[name] if i not in test) for name in SPLITS[:2]}
    return SplitSpec(origin, {**kept, "test": ids["test"]}, dropped)


@cache
def official(benchmark: str) -> SplitSpec:
    """The official split of one benchmark of the JARVIS leaderboard.

    Args:
        benchmark: for example ``dft_3d_mbj_bandgap``; the names are those of
            ``OFFICIAL_COUNTS``.

    Returns:
        Ids in the order of their numbers, without those that stand in train and test.

    Raises:
        UnknownSourceError: there is no such benchmark.
        WrongCountError: the package data do not hold as many ids as were published.
    """
    if benchmark not in OFFICIAL_COUNTS:
        message = f"there is no official split {shown(benchmark)}"
        raise UnknownSourceError(f"{message}; use one of {', '.join(OFFICIAL_COUNTS)}")
    table = split_table([benchmark])
    rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
    parts: dict[str, list[str]] = {name: [] for name in SPLITS}
    for prefix, number, code in rows:
        if code is not None:
            for name in ("train", "test") if code == BOTH else (SPLITS[code],):
                parts[name].append(f"{prefix}-{number}")
    check_counts({name: len(ids) for name, ids in parts.items()}, benchmark)
    return without_leaks(parts, f"official split {benchmark} of {LEADERBOARD}")


def split_table(benchmarks: Sequence[str] = ()) -> pa.Table:
    """The shipped table: prefix and number of each id, and its code in each benchmark.

    Args:
        benchmarks: the columns to read besides the ids; all by default.
    """
    import pyarrow.parquet as pq

    columns = ["prefix", "number", *(benchmarks or OFFICIAL_COUNTS)]
    with as_file(files("crystext") / "data" / "splits.parquet") as path:
        return pq.read_table(path, columns=columns)


def check_counts(counts: Mapping[str, int], benchmark: str) -> None:
    """Compares with the published numbers of a benchmark.

    Raises:
        WrongCountError: they differ.
    """
    published = dict(zip(SPLITS, OFFICIAL_COUNTS[benchmark], strict=True))
    if dict(counts) != published:
        message = f"{benchmark} has {dict(counts)}, published are {published}"
        raise WrongCountError(f"{message}; use {LEADERBOARD}")


def hashed(
    ids: Iterable[str], *, shares: tuple[int, int, int], salt: str, origin: str
) -> SplitSpec:
    """A split in which each id's part depends on the id alone.

    So it is the same whichever ids are at hand and in whatever order, and a lost row moves no
    other. Sizes follow the shares up to chance.

    Args:
        ids: whom to split.
        shares: proportions of train, validation and test.
        salt: makes this split independent of others.
        origin: as in :class:`SplitSpec`.
    """
    parts: dict[str, list[str]] = {name: [] for name in SPLITS}
    for one in sorted(ids, key=natural):
        digest = hashlib.sha256(f"{salt}\t{one}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") * sum(shares) >> 64  # uniform in the shares
        index = 0 if place < shares[0] else 1 if place < shares[0] + shares[1] else 2
        parts[SPLITS[index]].append(one)
    return SplitSpec(origin, {name: tuple(part) for name, part in parts.items()})
