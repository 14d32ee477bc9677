"""How a language model reads texts, and which: everything that is chosen, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crystext.choices import DEVICES, NORMALISATIONS, POOLS, PRECISIONS, READABLE
from crystext.errors import UsageError
from crystext.settings import BaseSettings, check_choice, check_whole

if TYPE_CHECKING:
    import os


@dataclass(frozen=True)
class EncoderSettings(BaseSettings):
    """How a language model reads texts.

    Attributes:
        encoder: ``minilm``, ``matscibert``, a folder, or an id on the Hub, see
            :func:`crystext.model.text.checkpoints.find_checkpoint`; or ``facts``, no language
            model but the numbers that texts are made of, see :mod:`crystext.model.text.facts`.
        pool: ``cls``, the first token's last hidden state, as CrysMMNet takes it; or ``mean``,
            that of all tokens, special ones included, as sentence encoders are trained. Neither is
            scaled to unit length.
        windows: read texts over the limit in overlapping windows and average their vectors;
            without, they are cut off.
        batch_size: texts of full length in a batch, of shorter ones as many as give the same
            number of tokens; :data:`crystext.model.text.encoder.BATCH` if ``None``.
        device: ``cpu``, ``cuda``, or ``auto``: CUDA where there is one.
        precision: ``fp32``; ``bf16`` or ``fp16`` for the matrix products alone (autocast); or
            ``auto``: fp16 on CUDA, fp32 on a CPU, so that vectors made on two CPUs agree. Vectors
            are float32 whatever it is. With MiniLM and mean pool they are off by 0.5 % of their
            length in bf16, by 0.07 % in fp16.
        normalisation: of texts: ``matscibert``, ``none``, or ``auto``: MatSciBERT's for MatSciBERT.
        revision: a commit, branch or tag of the Hub's.
        trained_layers: so many last layers are taken off and left to be trained, see
            :mod:`crystext.model.networks.trained_text`; what the others give are token states and
            no vectors.

    Raises:
        UsageError: a value is not allowed.
    """

    encoder: str | os.PathLike[str]
    pool: str = "mean"
    windows: bool = False
    batch_size: int | None = None
    device: str = "auto"
    precision: str = "auto"
    normalisation: str = "auto"
    revision: str | None = None
    trained_layers: int = 0

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("pool", self.pool, POOLS)
        check_choice("device", self.device, DEVICES)
        check_choice("precision", self.precision, ("auto", *PRECISIONS))
        check_choice("normalisation", self.normalisation, NORMALISATIONS)
        if self.batch_size is not None:
            check_whole("batch_size", self.batch_size)
        if self.encoder == "facts" and (self.trained_layers or self.windows):
            raise UsageError("facts have neither layers to train nor windows; leave these out")
        if self.trained_layers and self.windows:
            raise UsageError("windows cannot be read where last layers are trained; take one")


@dataclass(frozen=True)
class EmbedSettings(EncoderSettings):
    """How the texts of a corpus are embedded: read as by :class:`EncoderSettings`.

    Attributes:
        section: ``all``, ``global``, ``local``, ``fields``, ``fields+local`` or ``fields+all``.
    """

    section: str = "all"

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        super().__post_init__()
        check_choice("section", self.section, READABLE)
        if self.encoder == "facts" and self.section != "all":
            raise UsageError(f"facts are of the whole text, not of {self.section}; leave it out")
