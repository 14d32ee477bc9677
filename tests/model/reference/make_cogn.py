"""Writes cogn.npz with the authors' coGN, of the package kgcnn, which needs TensorFlow.

It runs in an environment of its own (kgcnn 3.1.0, tensorflow 2.15, pandas; no torch), so it shares
nothing with the other scripts but the names of the arrays. The blocks are built by the authors'
builder from their settings, narrower, and joined as their ``make_model`` joins them; constants that
they keep in float32 are widened, so that all is in float64. Kernels are turned as torch has them.

    python -m tests.model.reference.make_cogn
"""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from kgcnn.literature.coGN._coGN_config import input_block_cfg, processing_block_cfg
from kgcnn.literature.coGN._coGN_config import output_block_cfg as published_output
from kgcnn.literature.coGN._make import GraphNetworkConfigurator as Builder
from kgcnn.literature.coGN._make import SequentialGraphNetwork

HERE = Path(__file__).parent
TARGET = tf.constant([0.5, -0.25], dtype=tf.float64)
PROPERTIES = (
    "atomic_mass",
    "atomic_radius",
    "electronegativity",
    "ionization_energy",
    "oxidation_states",
)
WIDTH, BLOCKS, NODE_DEPTH, EDGE_DEPTH = 8, 2, 2, 3


class Network:
    """Their blocks, in the order of their ``make_model``, with distances given."""

    def __init__(self) -> None:
        self.inputs = Builder.get_input_block(
            **input_block_cfg | {"node_size": WIDTH, "edge_size": WIDTH}
        )
        settings = deepcopy(processing_block_cfg)
        for name, depth in (("edge_mlp", EDGE_DEPTH), ("node_mlp", NODE_DEPTH)):
            settings[name] |= {"units": [WIDTH] * depth, "activation": ["swish"] * depth}
        self.blocks = SequentialGraphNetwork(
            [Builder.get_gn_block(**deepcopy(settings)) for _ in range(BLOCKS)]
        )
        self.output = Builder.get_gn_block(**deepcopy(published_output))
        atoms = self.inputs.atom_embedding
        for name in PROPERTIES:
            setattr(atoms, name, tf.cast(getattr(atoms, name), tf.float64))
        basis = self.inputs.edge_embedding.distance_embedding
        basis.mu, basis.sigma = (tf.cast(one, tf.float64) for one in (basis.mu, basis.sigma))

    def __call__(self, graph: dict[str, tf.RaggedTensor]) -> tf.Tensor:
        """(2,)."""
        atoms = {"features": graph["element"], "multiplicity": graph["multiplicity"]}
        edges, nodes, _, _ = self.inputs([graph["distance"], atoms, None, graph["ends"]])
        found = self.blocks([edges, nodes, None, graph["ends"]])
        _, _, out, _ = self.output(found)
        return self.output.get_features(out)[:, 0]

    def properties(self) -> np.ndarray:
        """(118, 18), what they read of the elements 1 to 118."""
        table = self.inputs.atom_embedding
        columns = [getattr(table, name).numpy().reshape(118, -1) for name in PROPERTIES]
        return np.hstack(columns).astype(np.float32)

    def weights(self) -> dict[str, tf.Variable]:
        """By our names."""
        found = {"atom_embedding.vectors.weight": self.inputs.atom_embedding.variables[0]}

        def take(mlp: Any, *names: str) -> None:
            assert len(mlp.mlp_dense_layer_list) == len(names)
            for name, layer in zip(names, mlp.mlp_dense_layer_list, strict=True):
                # their Dense of graphs wraps keras' own
                kernel, bias = layer.trainable_variables
                found[f"{name}.weight"], found[f"{name}.bias"] = kernel, bias

        take(self.inputs.atom_mlp, "atom_embedding.linear")
        take(self.inputs.edge_mlp, "edge_embedding")
        for number, block in enumerate(self.blocks.graph_network_blocks):
            own = f"blocks.{number}"
            later = (f"{own}.edge_mlp.{2 * i - 1}" for i in range(1, EDGE_DEPTH))
            take(block.edge_mlp, f"{own}.joined", *later)
            take(block.node_mlp, *(f"{own}.node_mlp.{2 * i}" for i in range(NODE_DEPTH)))
        take(self.output.global_mlp, "head")
        return found


def ragged(values: np.ndarray, crystal: np.ndarray) -> tf.RaggedTensor:
    return tf.RaggedTensor.from_value_rowids(values, crystal, nrows=2)


def graph_tensors() -> dict[str, tf.RaggedTensor]:
    """The arrays of ``graphs.npz`` as they take them: ends receiver first, counted by crystal."""
    with np.load(HERE / "graphs.npz") as file:
        arrays = {name: file[name] for name in file.files}
    crystal = arrays["crystal"].astype(np.int64)
    first = np.array([np.flatnonzero(crystal == one)[0] for one in range(2)])
    of_bond = crystal[arrays["target"]]
    ends = np.stack([arrays["target"], arrays["source"]], axis=1).astype(np.int64)
    return {
        "element": ragged(arrays["element"].astype(np.int32), crystal),
        "multiplicity": ragged(np.ones(len(crystal)), crystal),
        "distance": ragged(arrays["distance"].astype(np.float64), of_bond),
        "ends": ragged(ends - first[of_bond][:, None], of_bond),
    }


def main() -> None:
    tf.keras.backend.set_floatx("float64")
    graph = graph_tensors()
    network = Network()
    network(graph)  # makes the weights
    generator = np.random.default_rng(0)
    kept = {"properties": network.properties()}
    weights = network.weights()
    for name, weight in weights.items():
        start = weight.numpy()
        value = (start + 0.1 * generator.normal(size=start.shape)).astype(np.float32)
        weight.assign(value.astype(np.float64))
        turn = name.endswith("weight") and name != "atom_embedding.vectors.weight"
        kept[f"weight/{name}"] = value.T if turn else value
    with tf.GradientTape() as tape:
        out = network(graph)
        loss = tf.reduce_sum((out - TARGET) ** 2)
    kept |= {"train/output": out.numpy(), "train/loss": loss.numpy(), "eval/output": out.numpy()}
    gradients = tape.gradient(loss, list(weights.values()))
    for name, gradient in zip(weights, gradients, strict=True):
        whole = tf.convert_to_tensor(gradient)
        kept[f"gradient/{name}"] = tf.norm(whole).numpy()
    assert {kept[f"gradient/{name}"].dtype for name in weights} == {np.dtype("float64")}
    np.savez_compressed(HERE / "cogn.npz", **kept)
    size = (HERE / "cogn.npz").stat().st_size
    sys.stdout.write(f"cogn.npz: {len(kept)} arrays, {size / 1024:.0f} KiB\n")


if __name__ == "__main__":
    main()
