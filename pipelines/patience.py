"""Asking a server again: what may pass, how often, and after how long. One way for all requests.

urllib3's ``Retry`` reads ``Retry-After`` here and does no more. It counts neither bodies that are
cut, too slow or no JSON as failed attempts, nor bytes won as progress, and waits without a word.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from crystext.errors import ApiFailedError, CrystextError, printable

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

# 202 without a body is how figshare's guard asks a client to wait
TRANSIENT = frozenset({202, 408, 425, 429, 500, 502, 503, 504})
CONNECT = 5.0
"""Seconds to wait for a connection; who is there answers in far less."""
_SILENCE = 3.0
"""Seconds; a longer wait is said."""
_log = logging.getLogger(__name__)


class TransientError(Exception):
    """The attempt failed in a way that may pass.

    Args:
        reason: in a few words.
        wait: seconds that the server asks for.
        slow: bytes came, but too slowly to count as progress.
        nobody: no connection was made: there is no network, no such host, or nobody listens.

    Attributes:
        won: the attempt made progress, so that failures are counted anew.
    """

    def __init__(
        self,
        reason: str,
        wait: float | None = None,
        *,
        slow: bool = False,
        nobody: bool = False,
    ) -> None:
        super().__init__(reason)
        self.wait = wait
        self.slow = slow
        self.nobody = nobody
        self.won = False


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often and after how long to ask again.

    Attributes:
        retries: attempts after the first, or after the last that won something.
        nobody: attempts after the first where no connection is made at all.
        backoff: seconds before the second attempt; they double, with jitter.
        longest_wait: seconds that a server may ask to wait.
    """

    retries: int = 5
    nobody: int = 1
    backoff: float = 1.0
    longest_wait: float = 300.0

    def ask(
        self,
        what: str,
        question: Callable[[], Answer],
        *,
        host: str,
        error: type[CrystextError] = ApiFailedError,
        by_hand: str = "",
    ) -> Answer:
        """The answer, asked for until it comes.

        Args:
            what: is asked for.
            question: asks once; what it raises beside :class:`TransientError` is final.
            host: who is asked.
            error: raised in the end.
            by_hand: what else the message tells to do, from a comma on.

        Raises:
            CrystextError: ``error``: no attempt was answered, or the server asks for too long a
                wait.
        """
        failures = 0
        while True:
            try:
                return question()
            except TransientError as problem:
                failures = 1 if problem.won else failures + 1
                if problem.nobody and failures > min(self.nobody, self.retries):
                    message = f"{host} cannot be reached ({problem})"
                    raise error(f"{message}; see to the network{by_hand}") from problem
                if failures > self.retries:
                    message = f"{what} failed {failures} times, last with: {problem}"
                    raise error(f"{message}; try again later{by_hand}") from problem
                wait = self._wait(problem, failures)
                if wait > self.longest_wait:
                    message = f"{host} asks to wait {wait:,.0f} s ({problem})"
                    raise error(f"{message}; give the same command again then") from problem
                if wait >= _SILENCE:
                    said = printable(str(problem))
                    _log.warning("%s: %s; trying again in %.0f s", what, said, wait)
                time.sleep(wait)

    def _wait(self, problem: TransientError, failures: int) -> float:
        if problem.wait is not None:
            return problem.wait
        jitter = random.uniform(0.5, 1.5)  # noqa: S311 (not for secrets)
        return min(self.backoff * 2 ** (failures - 1) * jitter, self.longest_wait)


def retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a number or a date."""
    from urllib3 import Retry
    from urllib3.exceptions import InvalidHeader

    try:
        return Retry().parse_retry_after(value) if value else None
    except (InvalidHeader, ValueError, OverflowError):
        return None


def nobody_there(error: BaseException) -> bool:
    """Whether an error of ``requests`` says that no connection was made at all.

    Such an error passes seldom, so that it is worth one more try and no more: there is no network,
    the name is unknown, nobody listens, or a proxy or certificate is refused.
    """
    import requests
    from urllib3 import exceptions

    never = (
        *(exceptions.NewConnectionError, exceptions.ConnectTimeoutError, exceptions.ProxyError),
        *(exceptions.SSLError, requests.exceptions.ProxyError, requests.exceptions.SSLError),
        requests.exceptions.ConnectTimeout,
    )
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or one in seen:
            continue
        if isinstance(one, never):
            return True
        seen.append(one)
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return False
