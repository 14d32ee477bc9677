"""One index of the mini corpus for all tests, and a small corpus of its own."""

import pytest

import crystext
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.search.index import build_index
from crystext.pipelines.search.searcher import Searcher
from crystext.pipelines.sources import registry


@pytest.fixture(scope="session")
def mini_index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index") / "mini"
    build_index(crystext.load_corpus("mini"), folder)
    return folder


@pytest.fixture(scope="session")
def searcher(mini_index):
    return Searcher(crystext.load_corpus("mini"), mini_index)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "corpus"
    settings = BuildSettings(limit=30)
    build_corpus(registry.get("mini"), folder, settings=settings, progress=False)
    return folder
