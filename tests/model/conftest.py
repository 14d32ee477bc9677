"""One thread for tests of networks: their tensors are small, and sums depend on the threads."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True, scope="package")
def _one_thread():
    """In this process and in those that tests start."""
    torch = pytest.importorskip("torch")
    before, told = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    yield
    torch.set_num_threads(before)
    if told is None:
        del os.environ["OMP_NUM_THREADS"]
    else:
        os.environ["OMP_NUM_THREADS"] = told
