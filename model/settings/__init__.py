"""What decides a training run: typed, validated, saved before work, and digested."""

from crystext.model.settings.fusion import OF_SITES, RESIDUAL, Form, Fusion, FusionSettings
from crystext.model.settings.presets import load_preset, make_settings
from crystext.model.settings.run import TEXT_MODELS, TREES, RunSettings, graph_network
from crystext.model.settings.text import TextSettings
from crystext.model.settings.training import TrainingSettings

__all__ = [
    "OF_SITES",
    "RESIDUAL",
    "TEXT_MODELS",
    "TREES",
    "Form",
    "Fusion",
    "FusionSettings",
    "RunSettings",
    "TextSettings",
    "TrainingSettings",
    "graph_network",
    "load_preset",
    "make_settings",
]
