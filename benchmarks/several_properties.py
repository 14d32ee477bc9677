"""Whether a network learns a property better from crystals of which only others are known.

    python -m benchmarks.several_properties --properties piezoelectric_modulus,shear_modulus

A network with one head for each property of mini learns all of them at once; a crystal's targets
that are not known are masked. Five folds of each property with validation, every crystal tested
once; the crystals that a fold validates and tests are left out of all learning, whatever else is
known of them. Rows:

- ``alone``: the property alone, the baseline;
- ``longer``: alone, for twice as many steps: as many crystals seen as ``beside`` sees;
- ``beside``: with each batch of the property a batch of all crystals, and all their other
  properties in the loss;
- ``dealt``: the same, the other properties dealt to other crystals: the control;
- ``first``: all properties first, then the property alone (fine-tuning).

Every row is trained by the same code, with the schedule and the optimiser of ``crystext train``;
the epoch is chosen on validation.
"""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from benchmarks.text_readers import told
from crystext.corpus.reader import load_corpus
from crystext.model.benchmark.splits import SplitPlan, make_split
from crystext.model.benchmark.statistics import paired_gain
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.build import build_graph_store
from crystext.model.networks.build import build_network
from crystext.model.settings import make_settings
from crystext.model.training.feeder import order
from crystext.model.training.optimizer import make_optimizer, make_schedule
from crystext.model.training.targets import Scaling, takes_log10

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crystext.model.networks.base import GraphNetwork

ROWS = ("alone", "longer", "beside", "dealt", "first")
VALIDATED_EVERY = 50  # steps


class Several:
    """All properties of mini, and what learns them.

    Args:
        options: of the command.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.corpus = options, load_corpus("mini")
        self.names = list(self.corpus.properties)
        store = build_graph_store(self.corpus)
        self.graphs = GraphTable(store.arrays())
        self.row_of = {one: row for row, one in enumerate(store.ids)}
        table = self.corpus.table(["id", *self.names])
        place = {one: at for at, one in enumerate(table["id"].to_pylist())}
        chosen = [place[one] for one in store.ids]
        self.values = np.array([self._learnt(table, name)[chosen] for name in self.names]).T

    @staticmethod
    def _learnt(table: Any, name: str) -> NDArray[np.float64]:
        values = np.array(table[name].to_numpy(), dtype=np.float64)
        if not takes_log10(name, "mini", "auto"):
            return values
        return np.log10(np.where(values > 0, values, np.nan))

    def rows(self, ids: list[str]) -> NDArray[np.int64]:
        """Of crystals in the graph store."""
        return np.array([self.row_of[one] for one in ids if one in self.row_of])

    def settings(self, name: str, steps: int, seed: int) -> Any:
        """As of ``crystext train``."""
        overrides = {"training.steps": steps, "training.device": "cpu"}
        return make_settings(
            corpus="mini",
            property_name=name,
            model=self.options.model,
            seed=seed,
            overrides=overrides,
        )


class Fold:
    """One fold of one property: what each row learns from, and its errors.

    Args:
        several: the properties.
        name: of the property that is tested.
        ids: of the fold.
        seed: of weights and batches.
    """

    def __init__(self, several: Several, name: str, ids: dict[str, list[str]], seed: int) -> None:
        self.several, self.name, self.seed = several, name, seed
        self.train, self.validation, self.test = (
            several.rows(ids[part]) for part in ("train", "validation", "test")
        )
        held = set(self.validation.tolist()) | set(self.test.tolist())
        self.all = np.array([row for row in range(len(several.graphs)) if row not in held])
        self.at = several.names.index(name)
        targets = several.values.copy()
        targets[sorted(held)] = np.nan
        scaled = [self._scaling(one) for one in targets.T]
        self.deviation = scaled[self.at].deviation
        self.targets = np.stack(
            [(one - s.mean) / s.deviation for one, s in zip(targets.T, scaled, strict=True)], axis=1
        )
        self.true = (several.values[:, self.at] - scaled[self.at].mean) / self.deviation
        assert not np.isfinite(self.targets[sorted(held)]).any()

    @staticmethod
    def _scaling(values: NDArray[np.float64]) -> Scaling:
        known = values[np.isfinite(values)]
        return Scaling.of(known, log10=False, ids=[])

    def errors(self, row: str) -> NDArray[np.float64]:
        """(n,), absolute, of the tested crystals in the unit of errors."""
        torch.manual_seed(self.seed)
        steps, kept = self.several.options.steps, None
        if row == "first":
            network, heads = self._fitted(2 * steps, main=False, others=self.targets)
            torch.manual_seed(self.seed)
            del heads
            kept = {
                key: one for key, one in network.state_dict().items() if not key.startswith("head.")
            }
        beside = self.targets.copy()
        beside[:, self.at] = np.nan  # the property itself comes by its own batches alone
        if row == "dealt":
            dealt = np.random.default_rng(self.seed).permutation(self.all)
            beside[self.all] = beside[dealt]
        others = beside if row in {"beside", "dealt"} else None
        longer = 2 if row == "longer" else 1
        network, _ = self._fitted(steps * longer, main=True, others=others, first=kept)
        return np.abs(self._said(network, self.test) - self.true[self.test]) * self.deviation

    def _fitted(
        self,
        steps: int,
        *,
        main: bool,
        others: NDArray[np.float64] | None,
        first: dict[str, torch.Tensor] | None = None,
    ) -> tuple[GraphNetwork, torch.nn.Module]:
        """A network, and its heads for the other properties."""
        several = self.several
        settings = several.settings(self.name, steps, self.seed)
        network: Any = build_network(settings)
        if first is not None:
            network.load_state_dict(first, strict=False)
        heads = torch.nn.ModuleList(copy.deepcopy(network.head) for _ in several.names)
        for layer in heads.modules():
            if isinstance(layer, torch.nn.Linear):
                layer.reset_parameters()
        both = torch.nn.ModuleDict({"network": network, "heads": heads})
        training = replace(settings.training, steps=steps)
        optimizer = make_optimizer(both, training)
        schedule = make_schedule(optimizer, training, 1)
        mine, more = self._places(self.train), self._places(self.all)
        best, held = float("inf"), None
        for step in range(steps):
            network.train()
            rows = next(mine) if main else np.zeros(0, dtype=np.int64)
            beside = next(more) if others is not None else np.zeros(0, dtype=np.int64)
            graph = several.graphs.batch(
                torch.from_numpy(np.concatenate([rows, beside])), angles=network.uses_angles
            )
            embedding = network.embed(graph)
            loss = embedding.new_zeros(())
            if main:
                said = network.read_out(embedding, graph)[: len(rows)]
                loss = loss + (said - _tensor(self.true[rows])).square().mean()
            if others is not None:
                loss = loss + several.options.weight * _masked(
                    heads, embedding, others[np.concatenate([rows, beside])]
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            if main and ((step + 1) % VALIDATED_EVERY == 0 or step + 1 == steps):
                missed = np.abs(self._said(network, self.validation) - self.true[self.validation])
                if missed.mean() < best:
                    best, held = missed.mean(), copy.deepcopy(network.state_dict())
        if held is not None:
            network.load_state_dict(held)
        return network, heads

    def _places(self, rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        epoch = 0
        while True:
            for places in order(len(rows), 64, seed=self.seed, epoch=epoch):
                yield rows[places]
            epoch += 1

    @torch.no_grad()
    def _said(self, network: GraphNetwork, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        network.eval()
        parts = np.array_split(rows, max(1, len(rows) // 256))
        graphs = self.several.graphs
        batches = [graphs.batch(torch.from_numpy(one), angles=network.uses_angles) for one in parts]
        return torch.cat([network(one).double() for one in batches]).numpy()


def _tensor(values: NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(values).float()


def _masked(
    heads: torch.nn.ModuleList, embedding: torch.Tensor, targets: NDArray[np.float64]
) -> torch.Tensor:
    """Mean over properties of the mean over the crystals of which one is known."""
    losses = []
    for head, one in zip(heads, targets.T, strict=True):
        known = np.flatnonzero(np.isfinite(one))
        if len(known):
            said = head(embedding[torch.from_numpy(known)]).squeeze(-1)
            losses.append((said - _tensor(one[known])).square().mean())
    return torch.stack(losses).mean()


def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--properties", default="piezoelectric_modulus,dielectric_constant")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--model", default="cgcnn")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--weight", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("build/several-properties"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    several = Several(options)
    print("| property | row | test MAE | gain over alone | s |")
    print("| --- | --- | ---: | --- | ---: |", flush=True)
    for name in options.properties.split(","):
        plan = SplitPlan("folds", folds=options.folds)
        every = range(options.folds)
        splits = [make_split(several.corpus, name, plan, one) for one in every]
        folds = [
            Fold(several, name, ids, options.seed * options.folds + at)
            for at, ids in enumerate(splits)
        ]
        at_fold = np.repeat(every, [len(one.test) for one in folds])
        alone = None
        for row in options.rows.split(","):
            began = time.perf_counter()
            found = np.concatenate([one.errors(row) for one in folds])
            alone = found if alone is None else alone
            np.save(options.out / f"{name}-{options.model}-{row}-{options.seed}.npy", found)
            gain = (
                "" if found is alone else told(paired_gain(alone[None], found[None], folds=at_fold))
            )
            spent = time.perf_counter() - began
            print(f"| {name} | {row} | {found.mean():.4f} | {gain} | {spent:.0f} |", flush=True)


if __name__ == "__main__":
    main()
