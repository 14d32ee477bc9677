"""A text beside a structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.settings import check_number
from crystext.verification.claims import PartlyRead, Verdict
from crystext.verification.judging import judge
from crystext.verification.knowledge import Knowledge
from crystext.verification.reading import distinct
from crystext.verification.sentences import read_sentences

if TYPE_CHECKING:
    from crystext.description.describer import Describer

TOLERANCE = 0.02
MOST_TOLERANCE = 1.0


def verify(
    structure: Any,
    text: str,
    *,
    tolerance: float = TOLERANCE,
    describer: Describer | None = None,
) -> Verdict:
    """Judges what a text says of a structure, claim by claim.

    >>> crystext.verify("NaCl.cif", "A layered sulfide in space group Fm-3m.").score
    0.3333333333333333

    Args:
        structure: as :func:`crystext.describe` takes it, or a description that was made before.
        text: a description, a prompt, or any English about a crystal.
        tolerance: in angstrom, by which a bond length may be off beside its rounding.
        describer: with settings of one's own; for many structures make one and use it again.

    Raises:
        InputError: the structure cannot be read.
        DescriptionError: it cannot be described.
        UsageError: the tolerance is no length.
    """
    from crystext.description.describer import Describer
    from crystext.description.record import Description

    check_number("tolerance", tolerance, 0, MOST_TOLERANCE, "angstrom")
    if not isinstance(structure, Description):
        structure = (describer or Describer()).describe(structure)
    known = Knowledge.of(structure)
    read = list(read_sentences(text))
    claims, unread = distinct((sentence, found) for sentence, found, _ in read)
    return Verdict(
        structure.id,
        tuple(judge(one, known, tolerance) for one in claims),
        tuple(unread),
        tuple(PartlyRead(sentence, words) for sentence, _, words in read if words),
        len(read),
    )
