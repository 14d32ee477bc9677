"""Stores of a few real crystals, and a short run on them."""

import pytest


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    from tests.model.training.runs import Vectors, graph_store, ids

    return {"graphs": graph_store(tmp_path_factory.mktemp("graphs")), "texts": Vectors(ids())}


@pytest.fixture(scope="module")
def go(stores):
    from crystext.model.training.run import train
    from tests.model.training.runs import corpus, settings, splits

    def run(folder, **options):
        return train(settings(**options), folder, corpus=corpus(), splits=splits(), **stores)

    return run
