"""A finished run that is read again: from a folder, or from the Hub where it was published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch

from crystext.errors import (
    BadRunError,
    NoRunError,
    UsageError,
    first_line,
    shown,
)
from crystext.hub import from_hub
from crystext.model.graphs.settings import GraphSettings
from crystext.model.networks.build import build_network
from crystext.model.networks.trees import load_trees
from crystext.model.prediction.saved_settings import check_words
from crystext.model.settings import TREES, RunSettings
from crystext.model.training.checkpoint import check_shapes, load_weights
from crystext.model.training.folder import BEST, METRICS, SETTINGS, read_run
from crystext.model.training.prepared import FORMAT
from crystext.model.training.targets import Scaling

if TYPE_CHECKING:
    import os

    from crystext.model.networks.base import Network

NEEDED = (SETTINGS, METRICS, BEST)
"""Files that prediction reads."""
KEYS = ("corpus", "graphs", "texts", "text_width", "describer", "unit", "scaling")
_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class SavedRun:
    """A finished run.

    Attributes:
        name: the folder or the repository, as it was given.
        words: all of ``settings.json``.
        metrics: all of ``metrics.json``.
        scaling: of the targets.
        graphs: how graphs are built; ``None`` if the model reads none.
    """

    name: str
    folder: Path
    settings: RunSettings
    words: dict[str, Any]
    metrics: dict[str, Any]
    scaling: Scaling
    graphs: GraphSettings | None

    @classmethod
    def find(cls, run: str | os.PathLike[str], revision: str | None = None) -> Self:
        """Opens a run's folder, or fetches what ``crystext publish-model`` put on the Hub.

        Args:
            run: a folder, or ``OWNER/NAME``.
            revision: commit, branch or tag on the Hub.

        Raises:
            NoRunError: there is none, or it has not ended.
            BadRunError: its files are damaged, or of another version of crystext.
            UsageError: a folder was given with a revision.
            MissingExtraError: the Hub's library is missing.
        """
        folder, name = Path(run).expanduser(), str(run)
        if folder.exists():
            if revision is not None:
                raise UsageError(f"{folder} is a folder and has no revision {shown(revision)}")
            return cls.open(folder, name)
        if not _REPO_ID.fullmatch(name):
            raise NoRunError(f"{name} is no folder of a run, nor OWNER/NAME of one on the Hub")
        remedy = "it is no folder here either; check the name, the network and the token"
        folder = from_hub(name, NEEDED, revision=revision, error=NoRunError, remedy=remedy)
        return cls.open(folder, name)

    @classmethod
    def open(cls, folder: Path, name: str | None = None) -> Self:
        """Opens a run's folder.

        Raises:
            NoRunError: there is none, or it has not ended.
            BadRunError: its files are damaged, or of another version of crystext.
        """
        try:
            words, metrics = read_run(folder)
            if words["format"] != FORMAT:
                raise BadRunError(
                    f"{folder} has format {shown(words['format'])}, this crystext reads {FORMAT}; "
                    "use the crystext that its metrics.json names"
                )
            settings = RunSettings.from_dict(words["settings"])
            data = words["data"]
            lacking = next((key for key in KEYS if key not in data), None)
            if lacking or (settings.uses_text and not (data["texts"] and data["describer"])):
                raise BadRunError(
                    f"settings.json of {folder} lacks {lacking or 'how texts are written'}, which "
                    "prediction needs; train again with this crystext"
                )
            if settings.trained_layers and "text_layers" not in data:
                raise BadRunError(
                    f"settings.json of {folder} lacks text_layers, the layers of the language "
                    "model that were trained; copy the run again"
                )
            check_words(words, settings)
            if not isinstance(metrics, dict):
                raise ValueError(f"metrics are {shown(metrics)}, not a table")  # noqa: TRY004
            scaling, graphs = Scaling(**data["scaling"]), None
            if settings.graph_network is not None:
                graphs = GraphSettings.from_dict(data["graphs"]["graphs"])
        except (
            *(ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError),
            UsageError,
        ) as error:
            raise BadRunError(
                f"settings.json or metrics.json of {folder} is damaged ({first_line(error)}); "
                "copy the run again"
            ) from error
        return cls(name or str(folder), folder, settings, words, metrics, scaling, graphs)

    @property
    def data(self) -> dict[str, Any]:
        """What the numbers depend on beside the settings."""
        return self.words["data"]

    def network(self, device: str = "cpu") -> tuple[Network, dict[str, Any]]:
        """The network with the weights of the best epoch, and what was written about these.

        Raises:
            BadCheckpointError: the weights are damaged or of another network.
            BadRunError: the settings make no network.
            NoRunError: there are none.
        """
        weights = self.folder / BEST
        if not weights.is_file():
            raise NoRunError(f"{self.folder} holds no {BEST}; copy the whole run")
        if self.settings.model == TREES:
            return load_trees(weights)
        with torch.device("meta"):  # sizes that the file does not have would take all memory
            check_shapes(weights, self._built())
        with torch.random.fork_rng(devices=[]):  # first weights are drawn, and written over
            network = self._built()
        about = load_weights(weights, network)
        return network.to(device).eval(), about

    def _built(self) -> Network:
        width, layers = self.data["text_width"], self.data.get("text_layers")
        try:
            return build_network(self.settings, width, layers)
        except (
            *(ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
            UsageError,
        ) as error:
            raise BadRunError(
                f"the settings of {self.folder} make no network ({first_line(error)}); copy the "
                "run again"
            ) from error
