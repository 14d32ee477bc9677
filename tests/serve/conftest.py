"""A server in a thread of this process, with its child process."""

import threading
from contextlib import contextmanager

import pytest

from crystext.pipelines.parallel.limited_describer import LimitedDescriber
from crystext.serve.desk import FACTORY, Desk
from crystext.serve.server import Server


@contextmanager
def serving(*, factory=FACTORY, run=None, predicts=None, timeout=60, max_sites=100, patience=60.0):
    settings = {"run": run, "max_sites": max_sites}
    settings |= {"predicts": run is not None if predicts is None else predicts}
    child = LimitedDescriber(settings, timeout, factory=factory)
    with Desk(child, patience) as desk, Server(0, desk) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="package")
def server():
    with serving() as one:
        yield one
