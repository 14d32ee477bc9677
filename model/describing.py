"""Texts of crystals for prediction: written as the corpus' were, and embedded by its encoder."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.crystal import Failure
from crystext.description.molecules import open_babel_version
from crystext.errors import EmbeddingFailedError, OtherEncoderError, SymmetryFailedError
from crystext.model.text.checkpoints import MATSCIBERT_VARIABLE
from crystext.model.text.encoder import TextEncoder
from crystext.model.text.loading import device_of
from crystext.pipelines.executors import describe_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crystext.crystal import Crystal
    from crystext.description.record import Description

HASHES = ("weights_sha256", "config_sha256", "tokenizer_sha256")


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
    found = [
        f"texts of the training were written with {name} {there}, here it is {here[name]}"
        for name, there in words["versions"].items()
        if here.get(name, there) != there
    ]
    there, now = words["open_babel"], open_babel_version()
    if there != now:
        found.append(
            "molecules are named by Open Babel, which was "
            f"{there or 'not installed'} in training and is {now or 'not installed'} here"
        )
    return found


def load_encoder(
    texts: Mapping[str, Any], name: str | os.PathLike[str], *, device: str
) -> TextEncoder:
    """The encoder that a run's texts were embedded with.

    Args:
        texts: identity of the run's encoder, see :attr:`TextEncoder.identity`.
        name: where it is, as :meth:`TextEncoder.load` takes it.
        device: ``cpu``, ``cuda`` or ``auto``.

    Raises:
        OtherEncoderError: what is there is another encoder, or another release of it.
        NoEncoderError: it is not there, or cannot be fetched.
    """
    device = device_of(device)
    half_on_cpu = texts["precision"] == "fp16" and device == "cpu"
    encoder = TextEncoder.load(
        name,
        pool=texts["pool"],
        windows=texts["windows"],
        device=device,
        precision="fp32" if half_on_cpu else texts["precision"],
        revision=texts["revision"] if _is_on_hub(name) else None,
        normalisation=texts["normalisation"],
    )
    differing = [key for key in (*HASHES, "max_tokens") if encoder.identity[key] != texts[key]]
    if differing:
        key = differing[0]
        raise OtherEncoderError(
            f"the run read texts with {texts['model']} ({key} {str(texts[key])[:12]}), and "
            f"{os.fspath(name)} is another ({str(encoder.identity[key])[:12]}); give the same "
            "files with --encoder"
        )
    return encoder


def _is_on_hub(name: str | os.PathLike[str]) -> bool:
    """Whether a revision can be asked for: neither a package nor a folder."""
    local = name == "matscibert" and os.environ.get(MATSCIBERT_VARIABLE)
    return not (local or name == "minilm" or Path(name).expanduser().is_dir())


def embedded(
    encoder: TextEncoder, texts: Sequence[str], ids: Sequence[str]
) -> tuple[NDArray[np.float32], list[EmbeddingFailedError | None], NDArray[np.bool_]]:
    """Vectors of texts, and what went wrong with each.

    Args:
        encoder: of the run.
        texts: n of them.
        ids: n, for messages.

    Returns:
        Vectors (n, width), zero where there is none; an error for each of those; which texts were
        cut off.
    """
    tokens = encoder.tokenise(texts)
    vectors = np.zeros((len(texts), encoder.width), dtype=np.float32)
    errors: list[EmbeddingFailedError | None] = [None] * len(texts)
    for rows in encoder.batches(tokens):
        try:
            vectors[rows] = encoder.embed(tokens, rows, ids)
        except EmbeddingFailedError:  # of one of them; alone it shows of which
            for row in rows.tolist():
                try:
                    vectors[row] = encoder.embed(tokens, np.array([row]), ids)[0]
                except EmbeddingFailedError as error:
                    errors[row] = error
    return vectors, errors, tokens.truncated
