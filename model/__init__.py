"""The third layer, imported as ``crystext.model``: graphs, text embeddings, networks, training."""
