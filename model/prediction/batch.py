"""Crystals that go through networks together: their graphs and texts, made once for all runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from crystext.corpus.rows import kept_condensed
from crystext.crystal import Crystal, Failure
from crystext.description.record import Description
from crystext.errors import CrystextError
from crystext.features.site_facts import WIDTH
from crystext.model.graphs.batch import GraphBatch, GraphTable
from crystext.model.graphs.build import graphs_and_errors
from crystext.model.graphs.cells import cell_of
from crystext.model.graphs.site_rows import atom_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from crystext.model.graphs.settings import GraphSettings


@dataclass
class Candidate:
    """One crystal on its way to a value; the first thing that goes wrong ends it.

    Attributes:
        crystal: or the failure that stands for it.
        description: of it, or why there is none; ``None`` where no text is read.
        texts: what each encoder made of its text, by the encoder's digest: a vector (width,), or
            the states of its tokens (tokens, width).
        truncated: digests of the encoders that cut the text off.
        failure: what ended it.
        notes: what speaks against trusting the value, a line each.
    """

    crystal: Crystal | Failure
    description: Description | Failure | None = None
    texts: dict[str, NDArray[np.floating]] = field(default_factory=dict)
    truncated: set[str] = field(default_factory=set)
    failure: Failure | None = None
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Takes over what went wrong before."""
        both = (self.crystal, self.description)
        self.failure = next((one for one in both if isinstance(one, Failure)), None)

    def end(self, error: CrystextError) -> None:
        """Records what went wrong."""
        self.failure = Failure(self.crystal.id, error.with_id(self.crystal.id))


class Batch:
    """Some crystals side by side."""

    def __init__(self, candidates: Sequence[Candidate], device: str) -> None:
        self.candidates, self.device = candidates, device
        self._tables: dict[GraphSettings, tuple[GraphTable, dict[int, int]]] = {}
        self._sites: dict[tuple[GraphSettings, int], torch.Tensor] = {}

    @property
    def alive(self) -> list[Candidate]:
        """The crystals that nothing has ended."""
        return [one for one in self.candidates if one.failure is None]

    def build_graphs(self, settings: GraphSettings) -> None:
        """Builds the graphs of these settings, if they are not there; ends what has none."""
        if settings in self._tables:
            return
        alive, cells = [], []
        for one in self.alive:
            assert isinstance(one.crystal, Crystal)
            try:
                cells.append(cell_of(one.crystal.structure))
            except CrystextError as error:
                one.end(error)
            else:
                alive.append(one)
        arrays, errors = graphs_and_errors(cells, settings)
        for one, failed in zip(alive, errors, strict=True):
            if failed is not None:
                one.end(failed)
        rows = {id(one): row for row, one in enumerate(one for one in alive if not one.failure)}
        if arrays is not None:
            self._tables[settings] = (GraphTable(arrays, self.device), rows)

    def graph(self, settings: GraphSettings, *, angles: bool, sites: bool = False) -> GraphBatch:
        """The graphs of the crystals that are alive.

        Args:
            settings: of which :meth:`build_graphs` was asked.
            angles: whether line graphs are read.
            sites: whether facts of the atoms' sites are read.
        """
        table, rows = self._tables[settings]
        alive = self.alive
        places = torch.tensor([rows[id(one)] for one in alive])
        found = table.batch(places, angles=angles)
        if not sites:
            return found
        sizes = table.sizes("atom")[places].tolist()
        facts = [self._facts(one, settings, n) for one, n in zip(alive, sizes, strict=True)]
        return replace(found, site=torch.cat(facts).to(found.distance.device))

    def _facts(self, one: Candidate, settings: GraphSettings, classes: int) -> torch.Tensor:
        """(classes, width): the facts of the sites of a crystal's atoms; NaN if not found."""
        key = (settings, id(one))
        if key not in self._sites:
            try:
                rows = _site_facts(one, settings)
                assert len(rows) == classes, "facts are of the graph's classes of atoms"
            except CrystextError as error:
                one.notes.append(f"facts of its sites are not read ({error.message})")
                rows = torch.full((classes, WIDTH), torch.nan)
            self._sites[key] = rows
        return self._sites[key]


def _site_facts(one: Candidate, settings: GraphSettings) -> torch.Tensor:
    """The facts of a crystal's sites, for the classes of atoms of its graph.

    Raises:
        SitesNotFoundError: the sites cannot be told among the atoms.
    """
    assert isinstance(one.crystal, Crystal)
    assert isinstance(one.description, Description)
    structure = one.crystal.structure
    describer = one.description.provenance["settings"]
    condensed = json.loads(kept_condensed(one.description))  # as the store's are read
    rows = atom_rows(cell_of(structure), structure, condensed, describer, settings)
    return torch.from_numpy(rows.site)
