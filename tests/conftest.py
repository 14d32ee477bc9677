"""What every test gets: no network, and a few small crystals."""

from __future__ import annotations

import signal
import socket

import pytest

from tests.html.browser import driver  # noqa: F401  (a fixture)

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    """A test that asks the network fails, whatever the machine could reach."""
    connect = socket.socket.connect

    def loopback_only(self, address):
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"this test asks the network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)


@pytest.fixture(scope="session")
def rock_salt():
    from pymatgen.core import Lattice, Structure

    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )


def pytest_configure():
    """Lets Ctrl-C reach the processes that tests start, also where it does not reach pytest.

    A shell starts background jobs with the interrupt ignored, and children inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
