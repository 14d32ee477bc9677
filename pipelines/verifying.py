"""``crystext.verify_many``: texts beside structures, many at a time, as in a training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.crystal import Failure
from crystext.errors import UsageError
from crystext.pipelines.many import describe_many
from crystext.settings import check_number
from crystext.verification.verify import MOST_TOLERANCE, TOLERANCE, verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crystext.verification.claims import Verdict


def verify_many(
    structures: Sequence[Any],
    texts: Sequence[str],
    *,
    tolerance: float = TOLERANCE,
    workers: int = 1,
    timeout: float | None = None,
) -> Iterator[Verdict | Failure]:
    """Judges each text beside its structure: one result for each pair, in order.

    Args:
        structures: n of them, each as :func:`crystext.describe` takes it.
        texts: n, one for each structure.
        tolerance: in angstrom, by which a bond length may be off beside its rounding.
        workers: processes that describe.
        timeout: seconds that describing one structure may take.

    Returns:
        An iterator of verdicts; a failure where a structure cannot be described.

    Raises:
        UsageError: there are not as many texts as structures, or a value is not allowed.
    """
    if len(structures) != len(texts):
        raise UsageError(
            f"{len(structures)} structures and {len(texts)} texts; give one text for each"
        )
    check_number("tolerance", tolerance, 0, MOST_TOLERANCE, "angstrom")
    described = describe_many(structures, workers=workers, timeout=timeout)
    return (
        one if isinstance(one, Failure) else verify(one, text, tolerance=tolerance)
        for one, text in zip(described, texts, strict=True)
    )
