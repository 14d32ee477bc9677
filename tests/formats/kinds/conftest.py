"""Every one of these tests ends: a reader that hangs is a fault, not a hanging test run."""

from __future__ import annotations

import signal

import pytest

LIMIT = 60


@pytest.fixture(autouse=True)
def _ends():
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def expire(*_):
        pytest.fail(f"reading took more than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
