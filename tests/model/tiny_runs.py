"""Finished runs on a few real crystals of the packaged corpus, with a BERT of random weights."""

from functools import cache

import crystext
from crystext.model.graphs.build import build_graph_store
from crystext.model.settings import make_settings
from crystext.model.text import embed_corpus
from crystext.model.training.run import train
from tests.model.text.tiny import save_tiny

PROPERTY, UNIT = "bulk_modulus", "GPa"
ROWS = 120  # of the corpus, among them the crystals below
N = {"train": 12, "validation": 3, "test": 3}
OPTIONS = {
    "training.epochs": 2,
    "training.batch_size": 8,
    "training.device": "cpu",
    "training.tensorboard": False,
    "text.pool": "mean",
}


@cache
def corpus():
    return crystext.load_corpus("mini")


@cache
def splits():
    """The first crystals with a bulk modulus, in three parts."""
    table = corpus().table(["id", PROPERTY]).slice(0, ROWS)
    ids = [row["id"] for row in table.to_pylist() if row[PROPERTY] is not None]
    ends = [sum(list(N.values())[:i]) for i in range(len(N) + 1)]
    assert len(ids) >= ends[-1]
    return {name: ids[ends[i] : ends[i + 1]] for i, name in enumerate(N)}


def ids():
    return [one for part in splits().values() for one in part]


class Runs:
    """Runs in a folder, made when they are asked for; the encoder and the stores are shared."""

    def __init__(self, folder):
        self.folder = folder

    @cache  # noqa: B019  (one object a module of tests)
    def encoder(self):
        return save_tiny(self.folder / "tiny-bert")

    @cache  # noqa: B019
    def graphs(self):
        return build_graph_store(list(crystext.mini(ids())), self.folder / "graphs")

    @cache  # noqa: B019
    def texts(self, section="all", trained_layers=0):
        return embed_corpus(
            corpus(),
            encoder=self.encoder(),
            section=section,
            pool="mean",
            limit=ROWS,
            device="cpu",
            trained_layers=trained_layers,
            out=self.folder / f"texts-{section}-{trained_layers}",
        )

    @cache  # noqa: B019
    def __call__(self, model, seed=0):
        """The folder of a finished run; ``crystextnet:unfrozen`` trains a layer of the encoder."""
        model, _, unfrozen = model.partition(":")
        layers = 1 if unfrozen else 0
        options = OPTIONS | {"text.encoder": str(self.encoder()), "text.trained_layers": layers}
        if unfrozen:
            options["text.layer_rate"] = 1e-3
        if model.endswith("cgcnn"):
            options |= {"network.hidden": 8, "network.layers": 1}
        settings = make_settings(
            corpus="mini", property_name=PROPERTY, model=model, seed=seed, overrides=options
        )
        out = self.folder / f"{model}-{seed}{unfrozen}"
        train(
            settings,
            out,
            corpus=corpus(),
            graphs=self.graphs() if settings.graph_network else None,
            texts=self.texts(trained_layers=layers) if settings.uses_text else None,
            splits=splits(),
        )
        return out
