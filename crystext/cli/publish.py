"""``crystext publish``: from a finished corpus to the Hugging Face Hub, or only a look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crystext.cli import options as shared

EPILOG = """\b
Examples:
  crystext publish corpus --repo-id crysmmnet/jarvis-text --dry-run
  crystext publish corpus --repo-id crysmmnet/jarvis-text --private --tag v1.0"""


@click.command(epilog=EPILOG)
@click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@shared.repository("Dataset")
@shared.publishing
@click.option(
    "--force", is_flag=True, help="Replace a newer or larger corpus, or one of another source."
)
def publish(folder: Path, **options: Any) -> None:
    """Publish the corpus in DIR on the Hugging Face Hub.

    Every file is compared with the manifest first, and again when it is sent. All goes up in one
    commit, shards of an earlier release are removed in the same one, and a second run after an
    interruption goes on where the first one stopped. A newer or larger corpus is not replaced. The
    token is that of `hf auth login` or HF_TOKEN; HF_ENDPOINT names another Hub.
    """
    from crystext.cli import release
    from crystext.pipelines.hub.publish import publish as publish_corpus

    release.publish(publish_corpus, folder, "load_dataset", **options)
