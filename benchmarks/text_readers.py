"""What reads a text best: language models, facts and plain counts of words, compared fold by fold.

    python -m benchmarks.language_model --out build/language-model
    python -m benchmarks.language_model --epochs 0 --out build/untrained
    python -m benchmarks.text_readers --out build/text-readers

The mini crystals with moduli, in five folds with validation, every crystal tested once; other
properties are learnt of the same crystals in the same folds. A reader gives a vector of each text:
a folder with a language model, ``minilm``, ``facts`` (the numbers that the text is made of),
``shuffled`` (the vectors of the first reader, dealt to other crystals), and for ridge regression
``words`` as well (TF-IDF of words and pairs of them). A row is ``ridge`` (its penalty chosen on
validation), ``alone`` (CrysTextNet), ``concat`` (CGCNN, fused as the paper fuses) or ``residual``.
Runs that are there already are not trained again, so that rows and readers can be added.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import torch

from crystext.corpus.reader import load_corpus
from crystext.model.benchmark.splits import SplitPlan, make_split
from crystext.model.benchmark.statistics import Gain, paired_gain
from crystext.model.benchmark.texts import embed_text
from crystext.model.graphs.build import build_graph_store
from crystext.model.settings import make_settings
from crystext.model.text.sections import section_text
from crystext.model.training.folder import PREDICTIONS
from crystext.model.training.run import train
from crystext.model.training.targets import takes_log10

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Errors = NDArray[np.float64]

READERS = ("build/language-model", "build/untrained", "minilm", "facts", "shuffled")
MODELS = {"alone": "crystextnet", "concat": "crysmmnet-cgcnn", "residual": "crysmmnet-cgcnn"}
PENALTIES = np.logspace(-2, 4, 13)
TESTED_WITH = "bulk_modulus"
"""The property whose crystals and folds all others share."""


class Comparison:
    """Errors of rows and readers, of all tested crystals in one order.

    Args:
        options: of the command.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.corpus = options, load_corpus("mini")
        self.first = options.readers.split(",")[0]
        plan = SplitPlan("folds", folds=options.folds)
        self.origin = f"{plan.words}, seed {plan.seed}, of {TESTED_WITH}"
        every = range(options.folds)
        self.splits = [make_split(self.corpus, TESTED_WITH, plan, one) for one in every]
        self.ids = sorted({one for part in self.splits[0].values() for one in part})
        self.folds = np.repeat(every, [len(one["test"]) for one in self.splits])
        self.graphs = build_graph_store(self.corpus) if options.networks else None

    def settings(self, name: str, model: str, reader: str, fusion: str, fold: int) -> Any:
        """Of one run."""
        encoder = self.first if reader == "shuffled" else reader
        overrides: dict[str, Any] = {
            "training.device": "cpu",
            "training.tensorboard": False,
            "training.steps": self.options.steps,
        }
        if model in MODELS.values():
            overrides |= {"text.encoder": encoder, "text.pool": "mean"}
        if fusion in {"concat", "residual"}:
            overrides["fusion.fusion"] = fusion
        return make_settings(
            corpus="mini", property_name=name, model=model, seed=fold, overrides=overrides
        )

    def vectors(self, reader: str, settings: Any, seed: int) -> Any:
        """Of the texts of the crystals at hand, by id."""
        text = reader if reader in {"facts", "shuffled"} else "all"
        return embed_text(self.corpus, text, settings.text, ids=set(self.ids), seed=seed)

    def trained(self, name: str, row: str, reader: str) -> Errors:
        """(n,) absolute errors of a network."""
        found = []
        for fold, ids in enumerate(self.splits):
            model = MODELS.get(row, row)
            settings = self.settings(name, model, reader, row, fold)
            out = self.options.out / name / f"{row}-{Path(reader).name}" / str(fold)
            metrics = train(
                settings,
                out,
                corpus=self.corpus,
                graphs=self.graphs if settings.graph_network else None,
                texts=self.vectors(reader, settings, fold) if settings.uses_text else None,
                splits=ids,
                split_origin=f"{self.origin}, fold {fold}",
                progress=False,
            )
            table = pq.read_table(out / PREDICTIONS, filters=[("split", "==", "test")])
            said = dict(zip(table["id"].to_pylist(), table["prediction"].to_pylist(), strict=True))
            true = dict(zip(table["id"].to_pylist(), table["target"].to_pylist(), strict=True))
            both = np.array([(true[one], said[one]) for one in ids["test"]])
            both = np.log10(both) if metrics["error_unit"].startswith("log10") else both
            found.append(np.abs(both[:, 0] - both[:, 1]))
        return np.concatenate(found)

    def ridge(self, name: str, reader: str) -> Errors:
        """(n,) absolute errors of ridge regression on vectors, or on counts of words."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import Ridge
        from sklearn.preprocessing import StandardScaler

        table = self.corpus.table()
        rows = {one: row for row, one in enumerate(table["id"].to_pylist())}
        texts, targets = section_text(table, "all"), table[name].to_numpy()
        if takes_log10(name, "mini", "auto"):
            targets = np.log10(targets)
        found = []
        for fold, ids in enumerate(self.splits):
            at = {part: np.array([rows[one] for one in ids[part]]) for part in ids}
            if reader == "words":
                words = TfidfVectorizer(
                    token_pattern=r"[A-Z][a-z]?(?![a-z])|\w+", ngram_range=(1, 2), lowercase=False
                )
                words.fit([texts[i] for i in at["train"]])
                x = {part: words.transform([texts[i] for i in at[part]]) for part in at}
            else:
                made = self.vectors(
                    reader, self.settings(name, MODELS["alone"], reader, "", 0), fold
                )
                raw = {
                    part: made.vectors[made.rows_of(ids[part])].astype(np.float64) for part in ids
                }
                scale = StandardScaler().fit(raw["train"])
                x = {part: scale.transform(one) for part, one in raw.items()}
            fits = [Ridge(alpha=one).fit(x["train"], targets[at["train"]]) for one in PENALTIES]
            misses = {
                part: [np.abs(one.predict(x[part]) - targets[at[part]]) for one in fits]
                for part in ("validation", "test")
            }
            found.append(misses["test"][int(np.argmin([m.mean() for m in misses["validation"]]))])
        return np.concatenate(found)

    def gain(self, without: Errors, with_it: Errors) -> Gain:
        """Of errors, with Student's t over folds."""
        return paired_gain(without[None], with_it[None], folds=self.folds)


def main() -> None:
    """Prints the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("build/text-readers"))
    parser.add_argument("--properties", default="bulk_modulus,formation_energy_per_atom")
    parser.add_argument("--rows", default="ridge,alone,concat,residual")
    parser.add_argument("--readers", default=",".join(READERS))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows, readers = options.rows.split(","), options.readers.split(",")
    options.networks = {"concat", "residual"} & set(rows)
    comparison = Comparison(options)
    print("| property | row | reader | test MAE | gain over CGCNN | gain of the first |")
    print("| --- | --- | --- | ---: | --- | --- |", flush=True)
    for name in options.properties.split(","):
        graph = comparison.trained(name, "cgcnn", "none") if options.networks else None
        if graph is not None:
            print(f"| {name} | cgcnn | | {graph.mean():.4f} | | |", flush=True)
        for row in rows:
            errors: dict[str, Errors] = {}
            for reader in (*(("words",) if row == "ridge" else ()), *readers):
                by_ridge = row == "ridge"
                errors[reader] = (
                    comparison.ridge(name, reader)
                    if by_ridge
                    else comparison.trained(name, row, reader)
                )
            print_row(
                comparison, name, row, errors, graph if row in {"concat", "residual"} else None
            )


def print_row(
    comparison: Comparison,
    name: str,
    row: str,
    errors: Mapping[str, Errors],
    graph: Errors | None,
) -> None:
    """A line a reader: its error, its gain over the graph network, and the first one's over it."""
    for reader, one in errors.items():
        over = "" if graph is None else told(comparison.gain(graph, one))
        first = errors[comparison.first]
        mine = "" if one is first else told(comparison.gain(one, first))
        label = Path(reader).name
        print(f"| {name} | {row} | {label} | {one.mean():.4f} | {over} | {mine} |", flush=True)


def told(gain: Gain) -> str:
    """A gain with its interval and verdict."""
    return (
        f"{gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}), {gain.relative:+.1%}: "
        f"{gain.verdict}"
    )


if __name__ == "__main__":
    main()
