"""Full graphs as PyTorch Geometric's ``Data`` or DGL's graphs, for code that is written for them.

Neither package is needed elsewhere. A quotient graph has no vectors and images and its rows carry
multiplicities that foreign networks would not heed, so it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import MissingExtraError, QuotientGraphError, UsageError
from crystext.model.graphs.arrays import GraphArrays
from crystext.model.networks.elements import atom_features

if TYPE_CHECKING:
    import torch
    from dgl import DGLGraph

    from crystext.model.graphs.pyg_data import CrystalData
    from crystext.model.graphs.store import GraphStore


def to_pyg(graphs: GraphArrays | GraphStore, index: int) -> CrystalData:
    """One crystal's full graph and line graph as a ``torch_geometric.data.Data``.

    Batches of PyTorch Geometric shift ``edge_index`` and ``line_graph_index`` as they must.

    Args:
        graphs: full graphs, or their store.
        index: which crystal.

    Returns:
        ``x`` (A, 92) CGCNN features, ``z`` (A,) atomic numbers, ``edge_index`` (2, B) from source
        to target, ``edge_attr`` (B, 1) distances and ``edge_vec`` (B, 3) vectors in angstrom,
        ``image`` (B, 3), ``line_graph_index`` (2, T) between bonds, ``line_graph_attr`` (T, 1)
        cosines, ``lattice`` (1, 3, 3) in angstrom.

    Raises:
        QuotientGraphError: they are quotient graphs.
        UsageError: there is no such crystal.
        MissingExtraError: PyTorch Geometric is not installed.
    """
    try:
        import torch

        from crystext.model.graphs.pyg_data import CrystalData
    except ImportError as error:
        raise MissingExtraError(
            "to_pyg() needs PyTorch Geometric; install it with: pip install torch-geometric"
        ) from error

    one = _tensors(graphs, index)
    return CrystalData(
        x=one["x"],
        z=one["element"],
        edge_index=torch.stack([one["source"], one["target"]]),
        edge_attr=one["distance"][:, None],
        edge_vec=one["vector"],
        image=one["image"],
        line_graph_index=torch.stack([one["angle_source"], one["angle_target"]]),
        line_graph_attr=one["cosine"][:, None],
        lattice=one["lattice"],
    )


def to_dgl(graphs: GraphArrays | GraphStore, index: int) -> tuple[DGLGraph, DGLGraph]:
    """One crystal's full graph and line graph as DGL graphs, with alignn's names.

    Args:
        graphs: full graphs, or their store.
        index: which crystal.

    Returns:
        The graph, with ``ndata["atom_features"]`` (A, 92), ``ndata["Z"]``, ``edata["r"]`` (B, 3)
        in angstrom and ``edata["images"]``, and the line graph, with ``ndata["r"]`` and
        ``edata["h"]`` (T,) cosines.

    Raises:
        QuotientGraphError: they are quotient graphs.
        UsageError: there is no such crystal.
        MissingExtraError: DGL is not installed, or does not import beside this torch.
    """
    try:
        import dgl
    except ImportError as error:
        raise MissingExtraError(
            "to_dgl() needs a DGL that imports beside your torch; see dgl.ai, or use to_pyg()"
        ) from error
    one = _tensors(graphs, index)
    graph = dgl.graph((one["source"], one["target"]), num_nodes=len(one["element"]))
    graph.ndata["atom_features"] = one["x"]
    graph.ndata["Z"] = one["element"]
    graph.edata["r"] = one["vector"]
    graph.edata["images"] = one["image"]
    line_graph = dgl.graph((one["angle_source"], one["angle_target"]), num_nodes=len(one["source"]))
    line_graph.ndata["r"] = one["vector"]
    line_graph.edata["h"] = one["cosine"]
    return graph, line_graph


def _tensors(graphs: GraphArrays | GraphStore, index: int) -> dict[str, torch.Tensor]:
    """The arrays of one crystal, numbers as torch's default float and indices as int64."""
    import torch

    arrays = graphs if isinstance(graphs, GraphArrays) else graphs.arrays()
    if arrays.vector is None or arrays.image is None:
        raise QuotientGraphError(
            "quotient graphs have no vectors and images; build full ones with: crystext graphs "
            "CORPUS --no-quotient, or GraphSettings(quotient=False)"
        )
    if not -len(arrays) <= index < len(arrays):
        raise UsageError(f"there is no graph {index} among {len(arrays)}")
    one = arrays.take([index % len(arrays)])
    names = ["element", "source", "target", "image", "angle_source", "angle_target"]
    names += ["lattice", "distance", "vector", "cosine"]
    found = {name: torch.tensor(np.asarray(getattr(one, name))) for name in names}
    found["x"] = torch.tensor(atom_features()[one.element])
    real = torch.get_default_dtype()
    return {
        name: value.to(real if value.is_floating_point() else torch.int64)
        for name, value in found.items()
    }
