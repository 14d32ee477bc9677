"""Texts of crystals for prediction: written as the corpus' were, and embedded by its encoder."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.crystal import Failure
from crystext.errors import EmbeddingFailedError, SymmetryFailedError
from crystext.pipelines.executors import describe_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crystext.crystal import Crystal
    from crystext.description.record import Description
    from crystext.model.text import TextEncoder


def described(
    items: Iterable[Crystal | Failure],
    words: Mapping[str, Any],
    *,
    workers: int = 1,
    timeout: float | None = None,
) -> Iterator[tuple[Crystal | Failure, Description | Failure]]:
    """Each crystal with its description, or why it has none, in order.

    Args:
        items: crystals; failures are passed on.
        words: how the corpus was written, see
            :func:`crystext.model.training.facts.describer_words`.
        workers: processes that describe.
        timeout: seconds that one crystal may take.
    """
    first, *others = [words["settings"] | {"symprec": one} for one in words["symprecs"]]
    waiting: deque[Crystal | Failure] = deque()

    def remembered() -> Iterator[Crystal | Failure]:
        for item in items:
            waiting.append(item)
            yield item

    for result in describe_many(remembered(), first, workers=workers, timeout=timeout):
        item = waiting.popleft()
        found = result
        if not isinstance(item, Failure):
            for settings in others:  # the next tolerance where there is no space group, as built
                if not _without_symmetry(found):
                    break
                found = next(iter(describe_many([item], settings, timeout=timeout)))
        yield item, result if _without_symmetry(found) else found


def _without_symmetry(result: Description | Failure) -> bool:
    return isinstance(result, Failure) and isinstance(result.error, SymmetryFailedError)


def wording_differences(words: Mapping[str, Any]) -> list[str]:
    """What may word a text otherwise here than in the corpus, a line each."""
    from crystext.description.describer import versions

    here = versions()
    return [
        f"texts of the training were written with {name} {there}, here it is {here[name]}"
        for name, there in words["versions"].items()
        if here.get(name, there) != there
    ]


def embedded(
    encoder: TextEncoder, texts: Sequence[str], ids: Sequence[str]
) -> tuple[list[NDArray[np.floating]], list[EmbeddingFailedError | None], NDArray[np.bool_]]:
    """What the encoder makes of texts, and what went wrong with each.

    Args:
        encoder: of the run.
        texts: n of them.
        ids: n, for messages.

    Returns:
        A vector (width,) of each text, or its token states (tokens, width) where the last layers
        are trained, empty where there is none; an error for each of those; which texts were cut
        off.
    """
    tokens = encoder.tokenise(texts)
    read = encoder.embed if encoder.upper is None else encoder.states
    found = [np.zeros(0, dtype=np.float32)] * len(texts)
    errors: list[EmbeddingFailedError | None] = [None] * len(texts)
    for rows in encoder.batches(tokens):
        try:
            for row, one in zip(rows.tolist(), read(tokens, rows, ids), strict=True):
                found[row] = one
        except EmbeddingFailedError:  # of one of them; alone it shows of which
            for row in rows.tolist():
                try:
                    found[row] = read(tokens, np.array([row]), ids)[0]
                except EmbeddingFailedError as error:
                    errors[row] = error
    return found, errors, tokens.truncated
