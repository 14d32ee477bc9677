"""A ``Data`` of PyTorch Geometric that carries a line graph; importing it needs that package."""

from __future__ import annotations

from typing import Any

from torch_geometric.data import Data


class CrystalData(Data):
    """A crystal graph whose line graph joins bonds, so that batches shift it by their bonds."""

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """By how much a batch shifts the indices of the next crystal."""
        if key == "line_graph_index":
            return self.num_edges
        return super().__inc__(key, value, *args, **kwargs)
