"""Files of a repository on the Hugging Face Hub, in its cache: the one way to fetch any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.errors import CrystextError, MissingExtraError, first_line, shown
from crystext.install import install_hint

if TYPE_CHECKING:
    from collections.abc import Sequence

STRANGE = (json.JSONDecodeError, AttributeError, LookupError, TypeError)
"""What the Hub's client raises where the answer is none of the Hub's."""


def from_hub(
    repo_id: str,
    files: Sequence[str],
    *,
    error: type[CrystextError],
    remedy: str,
    revision: str | None = None,
    offline: bool = False,
) -> Path:
    """The folder of one commit, named by it, with those files of a list that the Hub has.

    Args:
        repo_id: ``OWNER/NAME``.
        files: names or patterns.
        error: raised where they cannot be fetched.
        remedy: ends the message.
        revision: a commit, branch or tag.
        offline: only what is on this machine already.

    Raises:
        CrystextError: ``error``: there is no such repository, or no network.
        MissingExtraError: huggingface-hub is not installed.
    """
    try:
        import httpx2
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError
        from huggingface_hub.utils import tqdm
    except ImportError as missing:
        raise MissingExtraError(
            f"{repo_id} is no folder here, and the Hub needs huggingface-hub: {install_hint('hub')}"
        ) from missing

    class Bar(tqdm):
        """The library's bar, on a terminal alone."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options | {"disable": options.get("disable") or None})

    try:
        folder = snapshot_download(
            repo_id,
            revision=revision,
            allow_patterns=list(files),
            local_files_only=offline,
            tqdm_class=Bar,
        )
    # OSError: nothing in the cache and no network, or no space; ValueError: an id that cannot be.
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError, *STRANGE) as problem:
        at = f" at {shown(revision)}" if revision else ""
        raise error(
            f"{repo_id}{at} cannot be fetched from the Hub ({first_line(problem)}); {remedy}"
        ) from problem
    return Path(folder)
