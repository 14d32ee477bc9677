"""One small corpus and one cache for all tests of benchmarks."""

import pytest

from tests.model.benchmark import small

pytest.importorskip("torch")


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("benchmark-cache")


@pytest.fixture(autouse=True)
def _own_cache(cache, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(cache))


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return small.corpus(tmp_path_factory)
