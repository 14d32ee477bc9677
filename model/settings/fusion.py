"""How text and graph are fused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from crystext.errors import UsageError
from crystext.settings import BaseSettings, check_choice, check_number

Form = Literal["paper", "reference"]
Fusion = Literal["concat", "sum", "mean", "residual", "gated", "sites", "sites+residual"]
RESIDUAL = ("residual", "gated", "sites", "sites+residual")
"""Fusions that begin as the graph network alone and keep its head."""
OF_SITES = ("sites", "sites+residual")
"""Those in which atoms read the facts of their own sites."""
_MOST_DROPOUT = 0.999


@dataclass(frozen=True)
class FusionSettings(BaseSettings):
    """How text and graph are projected and fused, see :mod:`crystext.model.networks.crysmmnet`.

    Attributes:
        form: of the projections, the paper's or its published code's.
        fusion: ``concat``, ``sum``, ``mean``, ``residual``, ``gated``, ``sites`` or
            ``sites+residual``.
        dropout: of projection heads, or of the components that a residual fusion reads.
        text_dropout: share of crystals a step whose text, or facts of sites, a residual fusion
            leaves out.
    """

    form: Form = "reference"
    fusion: Fusion = "concat"
    dropout: float = 0.1
    text_dropout: float = 0.0

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("form", self.form, get_args(Form))
        check_choice("fusion", self.fusion, get_args(Fusion))
        check_number("dropout", self.dropout, 0, _MOST_DROPOUT)
        check_number("text_dropout", self.text_dropout, 0, _MOST_DROPOUT)
        if self.text_dropout and self.fusion not in RESIDUAL:
            raise UsageError(
                f"text_dropout {self.text_dropout} is for fusion {' and '.join(RESIDUAL)}, not "
                f"{self.fusion}; leave it out"
            )
