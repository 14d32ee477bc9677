"""Mini crystals as entries of OPTIMADE, a server of them, and a cache of its own for each test."""

from __future__ import annotations

from itertools import islice

import pytest

from benchmarks.optimade_entries import entry_of
from crystext.embedded import mini
from tests.pipelines.optimade.server import Api, serving


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The folder of downloads."""
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    for name in ("MP_API_KEY", "PMG_MAPI_KEY", "CRYSTEXT_OPTIMADE_PROVIDERS", "CRYSTEXT_COD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def entries():
    """The first ten of mini; the third has no gap."""
    found = []
    for number, crystal in enumerate(islice(mini(), 10)):
        gap = None if number == 2 else number / 2
        found.append(entry_of(crystal, gap=gap, direct=number % 2 == 0, spins=number, words="x"))
    return found


@pytest.fixture
def api(entries):
    """A server of them, three a page."""
    with serving(Api(list(entries))) as running:
        yield running
