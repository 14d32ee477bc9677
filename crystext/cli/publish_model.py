"""``crystext publish-model``: from a finished run to the Hugging Face Hub, or only a look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crystext.cli import options as shared

EPILOG = """\b
Examples:
  crystext publish-model runs/bulk-0 --repo-id OWNER/NAME --dry-run
  crystext publish-model runs/bulk-0 --repo-id OWNER/NAME --private --tag v1.0
  crystext publish-model runs/bulk-0 --repo-id OWNER/NAME --seeds runs/bulk-1,runs/bulk-2"""


@click.command(epilog=EPILOG)
@click.argument("run", metavar="RUN", type=click.Path(exists=True, file_okay=False, path_type=Path))
@shared.repository("Model")
@click.option(
    "--seeds",
    multiple=True,
    metavar="RUN,RUN...",
    help="The same training with other seeds: the card states mean and spread.",
)
@click.option("--dataset", metavar="OWNER/NAME", help="The corpus on the Hub, for the card.")
@shared.publishing
def publish_model(run: Path, seeds: tuple[str, ...], **options: Any) -> None:
    """Publish the finished RUN of crystext train on the Hugging Face Hub.

    Weights, settings, metrics, predictions, curves and a card go up in one commit, after it was
    checked that they are of the same run. Folders of this machine are not named there. Others load
    it with crystext predict OWNER/NAME or crystext.model.load("OWNER/NAME"). The token is that of
    `hf auth login` or HF_TOKEN; HF_ENDPOINT names another Hub.
    """
    from crystext.cli import release
    from crystext.model import publish_model as publish

    given = [one.strip() for several in seeds for one in several.split(",") if one.strip()]
    release.publish(publish, run, "crystext.model.load", seeds=given, **options)
