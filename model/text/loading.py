"""Loading an encoder from a folder: tokenizer and frozen model, without a word and without code."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from crystext.choices import TOKEN_LIMIT
from crystext.errors import BadEncoderError, MissingExtraError, UsageError, first_line
from crystext.model.text.checkpoints import EXTRA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.model.text.checkpoints import Checkpoint

# What transformers, torch and safetensors raise on files that are damaged or of something else.
_LOADING = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, ImportError)


def device_of(device: str) -> str:
    """``cpu`` or ``cuda``.

    Args:
        device: one of them, or ``auto``: CUDA where there is one.

    Raises:
        UsageError: there is no CUDA device.
        MissingExtraError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(EXTRA) from error
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise UsageError("torch finds no CUDA device; take --device cpu, or install torch for CUDA")
    return "cuda" if there and device != "cpu" else "cpu"


def loaded(checkpoint: Checkpoint) -> tuple[Any, Any]:
    """Tokenizer and model, in evaluation mode, float32.

    Weights that are no safetensors are read as tensors alone (``weights_only``), and no code of a
    repository is run.

    Raises:
        BadEncoderError: files are damaged, weights are lacking, or it is no text encoder.
        MissingExtraError: torch or transformers is not installed.
    """
    from pickle import UnpicklingError

    try:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise MissingExtraError(EXTRA) from error
    local = {"local_files_only": True, "trust_remote_code": False}
    with _quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, **local)
            model, info = AutoModel.from_pretrained(
                checkpoint.folder,
                dtype=torch.float32,
                use_safetensors=checkpoint.safetensors,
                weights_only=True,
                output_loading_info=True,
                **local,
            )
        except (*_LOADING, SafetensorError, UnpicklingError) as error:
            raise BadEncoderError(
                f"{checkpoint.folder} cannot be loaded ({first_line(error)}); fetch it again, or "
                "give another encoder"
            ) from error
    # A pooler on top of [CLS] is not used, and many checkpoints lack it.
    lacking = sorted(key for key in info["missing_keys"] if not key.startswith("pooler."))
    if lacking:
        raise BadEncoderError(
            f"{checkpoint.folder} lacks the weights {lacking[0]} and {len(lacking) - 1} more; "
            "fetch it again, or give another encoder"
        )
    if model.config.is_encoder_decoder or not hasattr(model.config, "hidden_size"):
        raise BadEncoderError(f"{checkpoint.model} is no text encoder; give one such as BERT")
    if len(tokenizer) > model.config.vocab_size:
        raise BadEncoderError(
            f"the tokenizer in {checkpoint.folder} has {len(tokenizer)} words, the model "
            f"{model.config.vocab_size}; they are not of one encoder, fetch it again"
        )
    return tokenizer, model.eval()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' bars and reports while it loads; then as it was."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def max_tokens(tokenizer: Any, config: Any) -> int:
    """512, or less where tokenizer or positions end before."""
    positions = getattr(config, "max_position_embeddings", None) or TOKEN_LIMIT
    return min(TOKEN_LIMIT, tokenizer.model_max_length, positions)
