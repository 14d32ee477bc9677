"""The Hub as others see it: one connection, and its errors turned into ours without the token."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from crystext.errors import (
    MissingExtraError,
    NotAllowedError,
    NoTokenError,
    PublishError,
    PublishFailedError,
    StaleParentError,
    first_line,
)
from crystext.hub import STRANGE
from crystext.install import install_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huggingface_hub import HfApi

BAD, REFUSED, STALE = 400, (401, 403, 404), 412
AGAIN = "run the same command again: what is there already is not sent twice"


def connect(endpoint: str | None = None) -> HfApi:
    """A client with the token that ``huggingface_hub`` finds; no request is made.

    Raises:
        MissingExtraError: ``huggingface_hub`` is not installed.
        NoTokenError: no token is found.
    """
    try:
        from huggingface_hub import HfApi, get_token
    except ImportError as error:
        msg = f"publishing needs huggingface-hub, which is missing; {install_hint('hub')}"
        raise MissingExtraError(msg) from error
    token = get_token()
    if not token:
        raise NoTokenError("no token for the Hub is found; run `hf auth login`, or set HF_TOKEN")
    return HfApi(endpoint=endpoint and endpoint.rstrip("/"), token=token)


@contextmanager
def errors(repo_id: str, token: str) -> Iterator[None]:
    """Raises the Hub's errors as ours: one line, a remedy, and never the token.

    Raises:
        NotAllowedError: the token is refused, or may not write there.
        StaleParentError: the branch has moved since it was read.
        PublishFailedError: everything else that the Hub or the connection did.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except PublishError:
        raise
    # RuntimeError: an upload's error in huggingface_hub's words; ValueError: a card that the Hub
    # refuses; OSError covers HfHubHTTPError and files that vanish.
    except (HfHubHTTPError, httpx2.HTTPError, OSError, RuntimeError, ValueError, *STRANGE) as error:
        raise _ours(error, repo_id, token) from None


def _ours(error: BaseException, repo_id: str, token: str) -> PublishError:
    from huggingface_hub.errors import HfHubHTTPError

    # Only an answer of the Hub's own API tells of rights: a store's 403 is an address that expired.
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if status in REFUSED:
        return NotAllowedError(
            f"the Hub refuses to write {repo_id!r} with this token ({status}); check its rights at "
            f"https://huggingface.co/settings/tokens and the owner's name"
        )
    if status == STALE:
        return StaleParentError(
            f"somebody else committed to {repo_id!r} meanwhile; nothing was changed; look at their "
            f"commit and run the same command again"
        )
    cause = error
    while cause.__cause__ is not None and not isinstance(cause, HfHubHTTPError):
        cause = cause.__cause__
    said = first_line(cause).replace(token, "…")
    if isinstance(error, STRANGE):
        return PublishFailedError(
            f"what answers for {repo_id!r} is no Hub ({said}); see HF_ENDPOINT, or try later"
        )
    if status == BAD or (isinstance(error, ValueError) and not isinstance(error, OSError)):
        return PublishFailedError(
            f"the Hub takes something for {repo_id!r} as wrong ({said}); see it with --dry-run"
        )
    return PublishFailedError(f"publishing {repo_id!r} was cut off ({said}); {AGAIN}")
