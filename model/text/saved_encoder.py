"""The encoder that a run's texts were read with, loaded again and checked by its hashes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.errors import OtherEncoderError
from crystext.features.facts import DIGEST
from crystext.features.schema import VERSION
from crystext.model.text.checkpoints import MATSCIBERT_VARIABLE
from crystext.model.text.encoder import TextEncoder
from crystext.model.text.facts import FACTS, FactsReader
from crystext.model.text.loading import device_of

if TYPE_CHECKING:
    from collections.abc import Mapping

HASHES = ("weights_sha256", "config_sha256", "tokenizer_sha256")


def load_encoder(
    texts: Mapping[str, Any], name: str | os.PathLike[str], *, device: str
) -> TextEncoder | FactsReader:
    """The encoder that a run's texts were embedded with.

    Args:
        texts: identity of the run's encoder, see :attr:`TextEncoder.identity`.
        name: where it is, as :meth:`TextEncoder.load` takes it.
        device: ``cpu``, ``cuda`` or ``auto``.

    Raises:
        OtherEncoderError: what is there is another encoder, or another release of it; or the run
            learnt other facts than this release has.
        NoEncoderError: it is not there, or cannot be fetched.
    """
    if texts["model"] == FACTS:
        if texts["weights_sha256"] != DIGEST:
            raise OtherEncoderError(
                f"the run learnt facts of version {texts['revision']} ({texts['weights_sha256']}), "
                f"and this release has version {VERSION} ({DIGEST}); train again"
            )
        return FactsReader()
    device = device_of(device)
    half_on_cpu = texts["precision"] == "fp16" and device == "cpu"
    encoder = TextEncoder.load(
        name,
        pool=texts["pool"],
        windows=texts["windows"],
        device=device,
        precision="fp32" if half_on_cpu else texts["precision"],
        revision=texts["revision"] if is_on_hub(name) else None,
        normalisation=texts["normalisation"],
        trained_layers=texts.get("trained_layers", 0),
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


def is_on_hub(name: str | os.PathLike[str]) -> bool:
    """Whether a revision can be asked for: neither a package nor a folder."""
    local = name == "matscibert" and os.environ.get(MATSCIBERT_VARIABLE)
    return not (local or name == "minilm" or Path(name).expanduser().is_dir())
