"""Trains the networks that come with the package: an ensemble for each of four properties of mini.

Run ``python -m crystext.model.bundled.build RUNS``: members that have ended in the folder ``RUNS``
are kept, an interrupted one goes on. What prediction needs is then copied beside this module, with
an ``ensemble.json`` a property.

Train and validation of the official split are cut into :data:`MEMBERS` parts. Each member learns
from all parts but one, and that one chooses its epoch (Krogh and Vedelsby, NIPS 7, 231, 1994).
The official test set is read once, for the error of the ensemble's mean; nothing was chosen by it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from crystext.corpus.reader import load_corpus
from crystext.embedded import mini
from crystext.files import write_json
from crystext.model.bundled import ENSEMBLE, PROPERTIES, WEIGHTS
from crystext.model.prediction.saved_run import NEEDED
from crystext.model.settings import make_settings
from crystext.model.training.folder import PREDICTIONS
from crystext.model.training.metrics import errors_of
from crystext.model.training.run import train
from crystext.model.training.targets import error_unit, takes_log10

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus

MODEL, MEMBERS = "cgcnn", 5
OVERRIDES = {"training.steps": 6000, "training.tensorboard": False}
_WIDEST = 0.95  # share of test crystals on which members differ less than the limit for a note


def member_splits(corpus: Corpus, property_name: str) -> list[dict[str, list[str]]]:
    """The split of each member: one part chooses the epoch, the others are learnt from."""
    official = {
        name: table["id"].to_pylist() for name, table in corpus.targets(property_name).items()
    }
    known = sorted(official["train"] + official["validation"])
    order = np.random.default_rng(0).permutation(len(known))
    parts = [sorted(known[place] for place in part) for part in np.array_split(order, MEMBERS)]
    return [
        {
            "train": sorted(one for other in parts if other is not part for one in other),
            "validation": part,
            "test": official["test"],
        }
        for part in parts
    ]


def train_members(corpus: Corpus, property_name: str, runs: Path) -> list[Path]:
    """The folders of the finished members."""
    folders = []
    for number, split in enumerate(member_splits(corpus, property_name)):
        folder = runs / property_name / str(number)
        settings = make_settings(
            corpus="mini",
            property_name=property_name,
            model=MODEL,
            seed=number,
            overrides=OVERRIDES,
        )
        origin = f"part {number + 1} of {MEMBERS} of the official train and validation chooses"
        metrics = train(settings, folder, corpus=corpus, splits=split, split_origin=origin)
        told = f"{metrics['validation']['mae']:.4f} {metrics['error_unit']}"
        _say(f"{property_name}, member {number + 1} of {MEMBERS}: validation {told}")
        folders.append(folder)
    return folders


def describe_ensemble(
    corpus: Corpus, property_name: str, folders: Sequence[Path]
) -> dict[str, Any]:
    """What stands in ``ensemble.json``.

    Returns:
        ``property``; ``description``; ``members``; ``test``, errors of the mean on the official
        test set in ``error_unit``; ``member_mae``, of the members alone; ``widest_spread``, below
        which the members' standard deviation lies on 95 % of the test crystals, in the same unit;
        ``volume_per_atom``, smallest and largest of the crystals learnt from, in cubic angstrom.
    """
    unit = corpus.properties[property_name].unit
    log10 = takes_log10(property_name, corpus.manifest["source"]["name"], "auto")
    true, predicted = _tested(folders)
    learnt = np.log10(true) if log10 else true
    scores = np.log10(predicted) if log10 else predicted
    split = member_splits(corpus, property_name)[0]
    known = split["train"] + split["validation"]
    volumes = [one.structure.volume / len(one.structure) for one in mini(known)]
    members = [errors_of(learnt, one)["mae"] for one in scores]
    return {
        "property": property_name,
        "description": corpus.properties[property_name].description,
        "members": len(folders),
        "learnt_from": len(known),
        "tested": len(true),
        "error_unit": error_unit(unit, log10=log10),
        "test": errors_of(learnt, scores.mean(axis=0)),
        "member_mae": [min(members), max(members)],
        "widest_spread": float(np.quantile(scores.std(axis=0, ddof=1), _WIDEST)),
        "volume_per_atom": [min(volumes), max(volumes)],
    }


def _tested(folders: Sequence[Path]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values (n,) of the test crystals, and the members' predictions of them (members, n)."""
    tables = [pq.read_table(folder / PREDICTIONS).to_pandas() for folder in folders]
    tests = [one[one["split"] == "test"].set_index("id").sort_index() for one in tables]
    first = tests[0]
    assert all(one.index.equals(first.index) for one in tests)
    predicted = [one["prediction"].to_numpy(np.float64) for one in tests]
    return first["target"].to_numpy(np.float64), np.array(predicted)


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, and copies what prediction needs beside this module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("runs", type=Path, help="folder of the members' runs")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the results go")
    given = parser.parse_args(arguments)
    corpus = load_corpus("mini")
    for property_name in PROPERTIES:
        folders = train_members(corpus, property_name, given.runs)
        for number, folder in enumerate(folders):
            to = given.out / property_name / str(number)
            to.mkdir(parents=True, exist_ok=True)
            for name in NEEDED:
                shutil.copyfile(folder / name, to / name)
        words = describe_ensemble(corpus, property_name, folders)
        write_json(given.out / property_name / ENSEMBLE, words)
        _say(f"{property_name}: test {words['test']['mae']:.4f} {words['error_unit']}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
