"""Small runs on real mini crystals, in seconds."""

import json
from functools import cache

import numpy as np

import crystext
from crystext.model.graphs.build import build_graph_store
from crystext.model.settings import make_settings

N = {"train": 24, "validation": 6, "test": 6}
NARROW = {
    "network.alignn_layers": 1,
    "network.gcn_layers": 1,
    "network.hidden": 16,
    "network.embedding": 8,
}
QUICK = {
    "training.epochs": 4,
    "training.batch_size": 8,
    "training.device": "cpu",
    "training.tensorboard": False,
}


@cache
def corpus():
    return crystext.load_corpus("mini")


@cache
def splits(name="bulk_modulus"):
    """The first ids of each of the property's splits."""
    tables = corpus().targets(name)
    return {split: tables[split]["id"].to_pylist()[:n] for split, n in N.items()}


def ids():
    return [one for part in splits().values() for one in part]


def graph_store(folder, chosen=None):
    return build_graph_store(list(crystext.mini(chosen or ids())), folder / "graphs")


class Vectors:
    """Embeddings that need no language model: random, but the same for the same id."""

    width = 12
    digest = "0" * 16
    path = "vectors"
    settings = {"model": "random"}  # noqa: RUF012
    truncated = 0

    def __init__(self, chosen):
        self.ids = list(chosen)
        seeds = [sum(one.encode()) for one in self.ids]
        self.vectors = np.array([np.random.default_rng(one).normal(size=12) for one in seeds])

    def rows_of(self, ids):
        return np.array([self.ids.index(one) for one in ids])


def settings(
    model="crysmmnet", property_name="bulk_modulus", seed=0, transform="auto", **overrides
):
    narrow = NARROW if model in {"alignn", "crysmmnet"} else {}
    given = {name.replace("__", "."): value for name, value in overrides.items()}
    return make_settings(
        corpus="mini",
        property_name=property_name,
        model=model,
        seed=seed,
        transform=transform,
        overrides=QUICK | narrow | given,
    )


def changed_copy(run, to, part, name, value):
    """A run's folder again, in whose settings one value of a part of its data is another."""
    to.mkdir()
    for file in run.iterdir():
        if file.is_file():
            (to / file.name).write_bytes(file.read_bytes())
    path = to / "settings.json"
    saved = json.loads(path.read_text())
    saved["data"][part][name] = value
    path.write_text(json.dumps(saved))
    return to
