"""One run's network at work: graphs and texts of a batch in, values or vectors out."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch

from crystext.description.record import Description
from crystext.errors import EmbeddingFailedError
from crystext.model.networks.trained_text import TokenStates
from crystext.model.prediction.saved_settings import check_site_facts
from crystext.provenance import digest

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.prediction.batch import Batch, Candidate
    from crystext.model.prediction.saved_run import SavedRun
    from crystext.model.text import TextEncoder
    from crystext.model.text.facts import FactsReader

    Encoder = TextEncoder | FactsReader

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Member:
    """A run with its network, and the encoder that reads its texts.

    Args:
        run: of which the weights of the best epoch are taken.
        device: ``cpu`` or ``cuda``.
        encoder: of the run, or its reader of facts; ``None`` where no text is read.

    Attributes:
        text_key: of what the encoder makes of texts: equal for runs that read them alike.
    """

    def __init__(self, run: SavedRun, device: str, encoder: Encoder | None) -> None:
        if run.settings.uses_sites:
            check_site_facts(run.data)
        self.run, self.device, self.encoder = run, device, encoder
        self.text_key = digest(run.data["texts"])
        self.network, _ = run.network(device)

    @classmethod
    def of(
        cls,
        runs: Sequence[SavedRun],
        device: str,
        encoder: str | os.PathLike[str] | None = None,
    ) -> list[Self]:
        """A member of each run; runs that read texts alike share their encoder.

        ``encoder`` stands in place of the runs' name of their language model.

        Raises:
            OtherEncoderError: the encoder's files are not those that a run read texts with.
            NoEncoderError: the encoder is not there, or cannot be fetched.
            BadCheckpointError: weights are damaged.
        """
        loaded: dict[str, Encoder] = {}
        members = []
        for run in runs:
            texts = run.data["texts"] if run.settings.uses_text else None
            key = digest(texts)
            if texts and key not in loaded:
                from crystext.model.text.saved_encoder import load_encoder

                loaded[key] = load_encoder(
                    texts, encoder or run.settings.text.encoder, device=device
                )
            members.append(cls(run, device, loaded.get(key)))
        return members

    def prepare(self, batch: Batch) -> None:
        """Makes what the network reads of each crystal; ends the crystals of which it fails."""
        if self.run.graphs is not None:
            batch.build_graphs(self.run.graphs)
        waiting = [one for one in batch.alive if self.text_key not in one.texts]
        if self.encoder is not None and waiting:
            self._read(waiting)

    def values(self, batch: Batch) -> NDArray[np.float64]:
        """(n,) of the crystals that are alive, in the unit of errors: a logarithm where learnt."""
        return self.run.scaling.predicted(self._run(batch, "forward"))

    def vectors(self, batch: Batch) -> NDArray[np.float64]:
        """(n, width) of the crystals that are alive: what the network's head reads."""
        return self._run(batch, "represent")

    def _read(self, waiting: list[Candidate]) -> None:
        from crystext.model.prediction.texts import embedded
        from crystext.model.text import section_text
        from crystext.model.text.facts import FactsReader

        key = self.text_key
        if isinstance(self.encoder, FactsReader):
            for one in waiting:
                assert isinstance(one.description, Description)
                one.texts[key] = self.encoder.read(one.description)
            return
        assert self.encoder is not None
        section = self.run.data["texts"]["section"]
        texts = [section_text(one.description, section)[0] for one in waiting]
        ids = [one.crystal.id for one in waiting]
        tokens = self.encoder.tokenise(texts)
        for rows in self.encoder.batches(tokens):
            for row, found in embedded(self.encoder, tokens, rows, ids):
                if isinstance(found, EmbeddingFailedError):
                    waiting[row].end(found)
                else:
                    waiting[row].texts[key] = found
        for one, truncated in zip(waiting, tokens.truncated, strict=True):
            if truncated:
                one.truncated.add(key)

    def _run(self, batch: Batch, method: str) -> NDArray[np.float64]:
        graph: Any = None
        text: Any = None
        if self.run.graphs is not None:
            graph = batch.graph(
                self.run.graphs,
                angles=self.network.uses_angles,
                sites=self.run.settings.uses_sites,
            )
        if self.encoder is not None:
            read = [one.texts[self.text_key] for one in batch.alive]
            frozen = self.encoder.upper is None
            text = torch.from_numpy(np.stack(read)) if frozen else TokenStates.of(read)
            text = text.to(self.device)
        with torch.no_grad(), self._autocast():
            return getattr(self.network, method)(graph, text).double().cpu().numpy()

    def _autocast(self) -> Any:
        """The precision that the network was evaluated in; tf32 is fp32, fp16 for GPUs alone."""
        precision = self.run.settings.training.precision
        if precision not in _DTYPES or (precision == "fp16" and self.device == "cpu"):
            return nullcontext()
        return torch.autocast(self.device, _DTYPES[precision])
