"""Models on a corpus: crystal graphs, text embeddings, networks, training, prediction.

>>> from crystext.model import load, make_settings, train
>>> settings = make_settings(corpus="mini", property_name="bulk_modulus", model="cgcnn")
>>> metrics = train(settings, "runs/bulk")
>>> load("runs/bulk").predict(["NaCl.cif"])

Names are imported when they are asked for, so that reading a store needs no torch and training no
pymatgen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.lazy import lazy_names

if TYPE_CHECKING:
    from crystext.model.graphs.build import build_graph_store
    from crystext.model.graphs.settings import GraphSettings
    from crystext.model.graphs.store import GraphStore
    from crystext.model.prediction.ensemble import Prediction
    from crystext.model.prediction.predict import Predictor, load
    from crystext.model.publishing.publish import publish_model
    from crystext.model.settings import RunSettings, make_settings
    from crystext.model.text.embed import embed_corpus
    from crystext.model.text.store import EmbeddingStore
    from crystext.model.training.folder import read_run
    from crystext.model.training.pretrain import pretrain
    from crystext.model.training.pretrain_settings import make_pretrain_settings
    from crystext.model.training.run import train

__all__ = [
    "EmbeddingStore",
    "GraphSettings",
    "GraphStore",
    "Prediction",
    "Predictor",
    "RunSettings",
    "build_graph_store",
    "embed_corpus",
    "load",
    "make_pretrain_settings",
    "make_settings",
    "pretrain",
    "publish_model",
    "read_run",
    "train",
]

_EXTRA = ("torch", "accelerate", "safetensors", "transformers")
_HOMES = {
    "EmbeddingStore": "crystext.model.text.store",
    "GraphSettings": "crystext.model.graphs.settings",
    "GraphStore": "crystext.model.graphs.store",
    "Prediction": "crystext.model.prediction.ensemble",
    "Predictor": "crystext.model.prediction.predict",
    "RunSettings": "crystext.model.settings",
    "build_graph_store": "crystext.model.graphs.build",
    "embed_corpus": "crystext.model.text.embed",
    "load": "crystext.model.prediction.predict",
    "make_pretrain_settings": "crystext.model.training.pretrain_settings",
    "make_settings": "crystext.model.settings",
    "pretrain": "crystext.model.training.pretrain",
    "publish_model": "crystext.model.publishing.publish",
    "read_run": "crystext.model.training.folder",
    "train": "crystext.model.training.run",
}


_get, __dir__ = lazy_names(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    try:
        return _get(name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        from crystext.errors import MissingExtraError
        from crystext.install import install_hint

        raise MissingExtraError(
            f"{name} needs {error.name}, which is missing: {install_hint('model')}"
        ) from error
