"""Boosted trees on facts in a network's place: they read vectors, and give standard scores.

The trees are LightGBM's, kept as its text in a buffer, so that a run of trees is saved, published
and predicted with like any other. There is nothing in them that learns by gradients.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from crystext.errors import BadCheckpointError, UsageError, first_line
from crystext.model.baselines.boosting import lightgbm_module
from crystext.model.networks.base import Network

if TYPE_CHECKING:
    from pathlib import Path

    from crystext.model.graphs.batch import GraphBatch


class Trees(Network):
    """Boosted trees.

    Args:
        text: LightGBM's form of them; empty before they are grown.
    """

    uses_graph: ClassVar[bool] = False
    uses_text: ClassVar[bool] = True
    model: torch.Tensor

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.register_buffer("model", torch.tensor(bytearray(text.encode()), dtype=torch.uint8))

    @cached_property
    def booster(self) -> Any:
        """The trees as LightGBM has them.

        Raises:
            BadCheckpointError: they are damaged.
            MissingExtraError: LightGBM is not installed.
        """
        lightgbm = lightgbm_module()
        try:
            return lightgbm.Booster(model_str=bytes(self.model.cpu().tolist()).decode())
        except (lightgbm.basic.LightGBMError, ValueError) as error:
            message = f"the trees of the run are damaged ({first_line(error)}); copy the run again"
            raise BadCheckpointError(message) from error

    def forward(self, _graph: GraphBatch | None, text: Any = None) -> torch.Tensor:
        """(C,) standard scores of the crystals' facts (C, width)."""
        values = self.booster.predict(text.double().cpu().numpy())
        return torch.from_numpy(values).to(text.device)

    def represent(self, _graph: GraphBatch | None, _text: Any = None) -> torch.Tensor:
        """Refused: trees have no vector.

        Raises:
            UsageError: always.
        """
        raise UsageError("boosted trees have no vector of a crystal; give a run of a network")


def load_trees(path: Path) -> tuple[Trees, dict[str, Any]]:
    """Trees that :func:`crystext.model.training.checkpoint.save_weights` wrote, and its words.

    Raises:
        BadCheckpointError: the file is damaged, or of a network.
    """
    from crystext.model.training.checkpoint import read_tensors

    tensors, about = read_tensors(path)
    held = tensors.get("model")
    if held is None or held.dtype != torch.uint8:
        raise BadCheckpointError(f"{path} holds no boosted trees; copy the run again")
    trees = Trees()
    trees.model = held
    return trees, about
