"""Asks the Materials Project through its own client, ``mp_api``: patiently, with a key."""

from __future__ import annotations

import os
import re
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from crystext.errors import ApiFailedError, MissingApiKeyError, MissingExtraError, first_line
from crystext.install import install_hint
from crystext.pipelines.patience import CONNECT, Answer, Patience, TransientError, nobody_there
from crystext.pipelines.splits import natural

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_VARIABLES = ("MP_API_KEY", "PMG_MAPI_KEY")
ENDPOINT = "https://api.materialsproject.org"
PATIENCE = Patience(nobody=0, backoff=2.0)
"""The client has asked several times itself."""
_HOPELESS = re.compile(r"status code (400|404|422)\b|does not support the request")
_REFUSED = re.compile(r"status code (401|403)\b|valid API key")


def _raise_if_hopeless(what: str, error: Exception) -> None:
    if _REFUSED.search(str(error)):
        message = f"the Materials Project refuses the key in {' or '.join(KEY_VARIABLES)}"
        remedy = "copy it anew from https://materialsproject.org/api"
        raise MissingApiKeyError(f"{message}; {remedy}") from error
    if _HOPELESS.search(str(error)):
        message = f"{what}: the Materials Project does not take the request ({first_line(error)})"
        raise ApiFailedError(f"{message}; check ids and filters, or update mp-api") from error


def _client_errors() -> tuple[type[Exception], ...]:
    """What the client raises when the network or the server fails."""
    import requests

    errors: tuple[type[Exception], ...] = (requests.RequestException, ValueError, KeyError)
    try:
        from mp_api.client.core.exceptions import MPRestError
    except ImportError:
        return errors
    return (*errors, MPRestError)


def connect(endpoint: str | None = None) -> Any:
    """The project's client, with the key from the environment.

    Args:
        endpoint: address of the API; by default the project's.

    Raises:
        MissingApiKeyError: the environment holds no key.
        ApiFailedError: its server cannot be reached.
        MissingExtraError: mp-api is not installed.
    """
    key = next(filter(None, map(os.environ.get, KEY_VARIABLES)), None)
    if not key:
        message = f"neither {' nor '.join(KEY_VARIABLES)} is set"
        raise MissingApiKeyError(f"{message}; get a key at https://materialsproject.org/api")
    _reach(endpoint or ENDPOINT)
    try:
        from mp_api.client import MPRester
    except ImportError as error:
        message = "mp-api is not installed"
        raise MissingExtraError(f"{message}; {install_hint('mp')}") from error
    return MPRester(key, endpoint, use_document_model=False, mute_progress_bars=True)


def _reach(address: str) -> None:
    """Refuses a server that nobody reaches, before its client is loaded, which takes seconds.

    Raises:
        ApiFailedError: no connection can be made.
    """
    if getproxies():
        return  # the client knows how to go through one
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=CONNECT).close()
    except OSError as error:
        message = f"{parts.hostname} of the Materials Project cannot be reached"
        raise ApiFailedError(f"{message} ({first_line(error)}); see to the network") from error


class Session:
    """One connection, made when it is first asked; every question is patient.

    Args:
        connect_to: makes the client for an endpoint, as :func:`connect` does.
        endpoint: address of the API, ``None`` for the project's.
        patience: how often to ask again.
    """

    def __init__(
        self, connect_to: Callable[[str | None], Any], endpoint: str | None, patience: Patience
    ) -> None:
        self.patience = patience
        self._connect = lambda: connect_to(endpoint)
        self._client: Any = None

    def ask(self, what: str, question: Callable[[], Answer]) -> Answer:
        """What the client answers, asked for until it comes.

        Args:
            what: for messages.
            question: asks once.

        Raises:
            MissingApiKeyError: the server refuses the key.
            ApiFailedError: the request is wrong, or no attempt was answered.
        """

        def once() -> Answer:
            try:
                return question()
            except _client_errors() as error:
                _raise_if_hopeless(what, error)
                raise TransientError(first_line(error), nobody=nobody_there(error)) from error

        return self.patience.ask(what, once, host="the Materials Project")

    @property
    def client(self) -> Any:
        """The ``MPRester``."""
        if self._client is None:
            self._client = self.ask("connecting to the Materials Project", self._connect)
        return self._client

    @property
    def version(self) -> str | None:
        """Version of the database that answers."""
        return getattr(self.client, "db_version", None) or None

    def ids(self, arguments: dict[str, Any]) -> list[str]:
        """All ids that pass, in the order of their numbers.

        Args:
            arguments: of the client's ``summary.search``.
        """
        search = self.client.materials.summary.search
        found = self.ask("listing ids", lambda: search(fields=["material_id"], **arguments))
        return sorted({str(one["material_id"]) for one in found}, key=natural)

    def documents(self, kind: str, names: list[str], fields: list[str]) -> dict[str, dict]:
        """Documents of one kind by id; ids without one are missing."""
        rester = getattr(self.client.materials, kind)
        search = rester.search_docs if kind == "robocrys" else rester.search
        what = f"{kind} of {names[0]} and {len(names) - 1} more"
        found = self.ask(
            what, lambda: search(material_ids=names, fields=fields, chunk_size=len(names))
        )
        return {str(one["material_id"]): dict(one) for one in found}

    def descriptions(self, names: list[str]) -> dict[str, dict]:
        """The published descriptions by id, under our columns' names."""
        fields = ["material_id", "description", "robocrys_version"]
        found = self.documents("robocrys", names, fields)
        return {
            one: {
                "published_description": document.get("description"),
                "published_description_version": document.get("robocrys_version"),
            }
            for one, document in found.items()
        }
