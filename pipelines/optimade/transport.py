"""One question to a server: asked politely, again where it may help, and answered by bytes.

What may pass (a cut body, 429, 5xx, silence) is asked again a bounded number of times, after the
time that the server names. What will not pass is one line with the server's own words.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crystext.errors import ApiFailedError, UnknownIdError, first_line, printable, shown
from crystext.pipelines.patience import (
    CONNECT,
    TRANSIENT,
    Answer,
    Patience,
    TransientError,
    nobody_there,
    retry_after,
)
from crystext.pipelines.transfer import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

MOST_BYTES = 200_000_000
"""Of one answer; a page of 100 structures has some 500 kB."""
_PIECE = 1 << 16
_LONGEST_DETAIL = 300


@dataclass(frozen=True, kw_only=True)
class Manners(Patience):
    """How patient a client is.

    Attributes:
        timeout: seconds to wait for each next byte.
        whole: seconds that one answer may take.
    """

    timeout: float = 60.0
    whole: float = 300.0


HASTY = Manners(retries=2, nobody=0, backoff=0.5, timeout=20.0, whole=60.0, longest_wait=10.0)
"""For one crystal, which somebody is waiting for."""


class Transport:
    """A connection that is kept between questions.

    Args:
        manners: how patient it is.
    """

    def __init__(self, manners: Manners | None = None) -> None:
        self.manners = manners or Manners()
        self._session: requests.Session | None = None

    def json(self, url: str) -> dict[str, Any]:
        """The JSON object at an address.

        Raises:
            ApiFailedError: there is none, in spite of retries.
            UnknownIdError: the server knows no such thing (404).
        """
        return self._ask(url, lambda: _object(url, self._once(url)))

    def text(self, url: str) -> str:
        """The text at an address; not a web page.

        Raises: as :meth:`json`.
        """
        return self._ask(url, lambda: _plain(url, self._once(url)))

    def _ask(self, url: str, question: Callable[[], Answer]) -> Answer:
        host = urlsplit(url).hostname or url
        return self.manners.ask(host, question, host=host)

    def _once(self, url: str) -> bytes:
        import requests
        import urllib3
        from requests.exceptions import ChunkedEncodingError, ContentDecodingError

        if self._session is None:
            self._session = requests.Session()
            self._session.headers["User-Agent"] = USER_AGENT
        wait = (min(CONNECT, self.manners.timeout), self.manners.timeout)
        try:
            with self._session.get(url, stream=True, timeout=wait) as response:
                body = _body(response, self.manners.whole)
                _check(response, url, body)
                return body
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            raise TransientError(_reason(error), nobody=nobody_there(error)) from error
        except (ChunkedEncodingError, ContentDecodingError) as error:
            raise TransientError(f"cut in the middle ({first_line(error)})") from error
        except (requests.RequestException, UnicodeError) as error:  # such as no address at all
            message = f"{shown(url)} cannot be asked ({first_line(error)})"
            raise ApiFailedError(f"{message}; check the address") from error


def _reason(error: BaseException) -> str:
    """What went wrong, without the layers that pass it on, for example ``Connection refused``."""
    inner: object = error
    while isinstance(inner, BaseException):
        error = inner
        inner = getattr(error, "reason", None) or next(
            (one for one in error.args if isinstance(one, BaseException)), None
        )
    text = " ".join(str(error).split())
    return printable(text.rpartition("Connection object at 0x")[2].partition(": ")[2] or text)[:200]


def _body(response: requests.Response, seconds: float) -> bytes:
    """All bytes of an answer.

    Raises:
        TransientError: they take too long.
        ApiFailedError: they are too many.
    """
    since, pieces, size = time.monotonic(), [], 0
    for piece in response.iter_content(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            message = f"{response.url} sends more than {MOST_BYTES:,} bytes"
            raise ApiFailedError(f"{message}; ask for fewer structures a page")
        if time.monotonic() - since > seconds:
            raise TransientError(f"after {seconds:.0f} s only {size:,} bytes came", slow=True)
    return b"".join(pieces)


def _check(response: requests.Response, url: str, body: bytes) -> None:
    """Refuses an answer that is none, with the server's own words."""
    status = response.status_code
    if status == 200:
        return
    reason = f"{status} {response.reason or ''}".strip()
    detail = _detail(body)
    told = f"{reason}: {detail}" if detail else reason
    if status in TRANSIENT:
        raise TransientError(told, retry_after(response.headers.get("Retry-After")))
    if status == 404:
        where = url.partition("?")[0]
        raise UnknownIdError(f"{where} is not there ({told}); check the id and the address")
    raise _refusal(url, told)


def _refusal(url: str, told: str) -> ApiFailedError:
    """Names the host alone, so that the words in the message are the server's."""
    host = urlsplit(url).hostname or url
    return ApiFailedError(f"{host} answers {told}; correct what it names")


def _detail(body: bytes) -> str:
    """What ``errors`` of an answer say, on one line; nothing where it has none."""
    try:
        errors = json.loads(body)["errors"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return told_errors(errors)


def told_errors(errors: object) -> str:
    """The ``detail`` of each error of OPTIMADE, else its title, on one line."""
    listed = errors if isinstance(errors, list) else [errors]
    words = [
        str(one.get("detail") or one.get("title") or one) if isinstance(one, dict) else str(one)
        for one in listed
    ]
    line = printable(" ".join("; ".join(words).split()))
    return line if len(line) <= _LONGEST_DETAIL else line[:_LONGEST_DETAIL] + "…"


def as_object(value: object) -> dict[str, Any]:
    """What should be an object of JSON; an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def address_in(link: object) -> Any:
    """The address in a link of JSON API, which is a string, or an object with ``href``."""
    return link.get("href") if isinstance(link, dict) else link


def _object(url: str, body: bytes) -> dict[str, Any]:
    """The JSON object that the bytes are.

    Raises:
        TransientError: they are none, as in a page that was cut without saying its length.
        ApiFailedError: they hold the errors of the API.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        what = "a web page" if body.lstrip()[:1] == b"<" else f"no JSON ({first_line(error)})"
        raise TransientError(f"it sends {what} where JSON is expected") from error
    if not isinstance(found, dict):
        raise TransientError(f"it sends {shown(found)}, no JSON object")
    if found.get("errors"):
        raise _refusal(url, told_errors(found["errors"]))
    return found


def _plain(url: str, body: bytes) -> str:
    if body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise ApiFailedError(f"{url} is a web page, not data; look at it in a browser")
    return body.decode("utf-8", "replace")
