"""``crystext.describe_many``: anything that can be described, many at a time, from Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from crystext.choices import REFUSE
from crystext.crystal import Crystal, Failure
from crystext.description.options import DEFAULTS
from crystext.errors import CrystextError, UsageError, shown
from crystext.formats.objects import is_crystal
from crystext.pipelines import describing
from crystext.settings import check_number, check_whole
from crystext.suggestions import named_arguments_and

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.description.options import Options
    from crystext.description.record import Description
    from crystext.unread import Input

MOST_WORKERS = 1024
_LONGEST = 1e9  # s


@named_arguments_and(DEFAULTS)
def describe_many(
    crystals: Iterable[Any] | str | os.PathLike[str],
    *,
    workers: int = 1,
    timeout: float | None = None,
    engine: str = "fast",
    style: str = "raw",
    canonical: bool = False,
    oxidation: str = "as-given",
    disorder: str = REFUSE,
    symprec: float = 0.01,
    max_sites: int | None = None,
    online_names: bool = False,
    **options: Unpack[Options],
) -> Iterator[Description | Failure]:
    """Describes many crystals: one result for each input, in the order of the inputs.

    A crystal that cannot be described never ends the work: a failure stands in its place.

    Args:
        crystals: what :func:`crystext.describe` takes, one after the other; an iterator is read as
            it is needed. Or a dict of them by id, such as ``dict(zip(df["id"], df["structure"]))``.
            Or the path of one file or folder, whose structures are all described.
        workers: processes that describe; 1 without a time limit is this process itself.
        timeout: seconds that one crystal may take, also inside C code; ``None`` for no limit.
        engine: as :func:`crystext.describe`, like all that follow.
        style: ``raw``, ``unicode``, ``latex`` or ``html``.
        canonical: standardise the cell and sort the sites first.
        oxidation: ``as-given`` or ``guess``.
        disorder: ``refuse``, ``majority`` or ``order``.
        symprec: symmetry tolerance in angstrom.
        max_sites: refuse structures with more sites; ``None`` for no limit.
        online_names: ask PubChem for unknown molecules' names.
        options: robocrys' own, as :func:`crystext.describe` takes them.

    Returns:
        An iterator of descriptions and failures. A :class:`crystext.Failure` has the crystal's
        ``id`` and its ``error``, with a stable ``code`` and a ``message``.

    Raises:
        UsageError: an argument is unknown, or its value is not allowed, or ``crystals`` are one
            crystal or a whole table; before any work.
        WorkerNotStartedError: a worker process cannot be started.

    Examples:
        >>> for result in crystext.describe_many("structures/", workers=4, timeout=60):
        ...     print(result.id, getattr(result, "text", None) or result.error)
    """
    from crystext.description.options import Settings

    _check_several(crystals)
    check_whole("workers", workers, 1, MOST_WORKERS)
    if timeout is not None:
        check_number("timeout", timeout, 1e-3, _LONGEST, "s")
    settings = {
        "engine": engine,
        "style": style,
        "canonical": canonical,
        "oxidation": oxidation,
        "disorder": disorder,
        "symprec": symprec,
        "max_sites": max_sites,
        "online_names": online_names,
        **options,
    }
    Settings(**settings)  # type: ignore[arg-type]  # refuses wrong values before any work
    return describing.describe_many(_inputs(crystals), settings, workers=workers, timeout=timeout)


def _check_several(crystals: Any) -> None:
    """Refuses what can be looped over and holds no crystals: columns, sites or the keys of one."""
    kind = type(crystals).__name__
    if hasattr(crystals, "iloc") and hasattr(crystals, "columns"):  # pandas' tables
        raise UsageError(
            f"a {kind} is no list of crystals; give a column, such as df['structure'], or "
            "dict(zip(df['id'], df['structure'])) to keep the ids"
        )
    if isinstance(crystals, Crystal) or is_crystal(crystals):
        raise UsageError(
            f"one {kind} is given where several crystals are wanted; put it into a list, or take "
            "crystext.describe"
        )
    if not isinstance(crystals, Iterable | str | os.PathLike) or isinstance(crystals, bytes):
        raise UsageError(
            f"{shown(crystals)} are no crystals; give a list, a dict by id, or a file or folder"
        )


def _inputs(crystals: Any) -> Iterator[Input]:
    """The inputs, found and not yet read; one that cannot be found is a failure."""
    from crystext.reading import iter_unread, to_input

    if isinstance(crystals, str | os.PathLike):
        yield from iter_unread([crystals])
        return
    by_id = isinstance(crystals, Mapping)
    named = crystals.items() if by_id else ((None, one) for one in crystals)
    for number, (key, one) in enumerate(named, start=1):
        if isinstance(one, Failure):
            yield one
            continue
        given = str(key) if by_id else None
        try:
            yield to_input(one, id=given)
        except CrystextError as error:
            name = given or error.crystal_id or f"#{number}"
            yield Failure(name, error.with_id(name))
