"""``crystext pretrain``: a graph network learns what texts say, before it learns a property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crystext import choices
from crystext.cli import names
from crystext.cli import options as shared

if TYPE_CHECKING:
    from pathlib import Path

EPILOG = """\b
Examples:
  crystext pretrain --corpus mini --model cgcnn --out runs/pre
  crystext pretrain --model cgcnn --task contrastive --epochs 30 --seed 1 --out runs/pairs
  crystext train --property bulk_modulus --model cgcnn --init-from runs/pre --out runs/tuned"""


@click.command(epilog=EPILOG)
@click.option(
    "--corpus", default="mini", show_default=True, metavar="DIR|mini", help="Crystals and texts."
)
@click.option(
    "--model",
    required=True,
    metavar="NAME",
    shell_complete=names.models,
    help="alignn, cgcnn, cogn, schnet, megnet, gatgnn, matformer.",
)
@click.option(
    "--task",
    type=click.Choice(choices.PRETEXTS),
    default=choices.PRETEXTS[0],
    show_default=True,
    help="Predict what a crystal's text says, as numbers; or find these among the batch's.",
)
@click.option(
    "--preset",
    type=click.Choice(choices.PRESETS),
    default="quick",
    show_default=True,
    help="Sizes of the network, as for crystext train.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of weights, batches, and who is held out.",
)
@click.option("--epochs", type=click.IntRange(min=1), help="The preset's if not given.")
@shared.device("Where the network learns; auto takes a GPU if there is one.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting: training.batch_size, training.steps, network.hidden …",
)
@click.option("--out", type=shared.OutFolder(), required=True, help="Folder of the pretraining.")
def pretrain(pairs: tuple[str, ...], out: Path, **options: Any) -> None:
    """Teach a graph network what the texts of a corpus say of its crystals.

    No property is read. crystext train --init-from begins from the weights, with a fresh head. A
    tenth of the crystals is held out to choose the epoch. One that was stopped goes on when the
    same command is given.
    """
    from crystext.model.settings import parse_overrides
    from crystext.model.training.folder import METRICS
    from crystext.model.training.pretrain import pretrain as pretrain_run
    from crystext.model.training.pretrain_settings import make_pretrain_settings

    told = {f"training.{name}": options.pop(name) for name in ("epochs", "device")}
    given = {name: value for name, value in told.items() if value is not None}
    settings = make_pretrain_settings(**options, overrides=given | parse_overrides(pairs))
    there = (out / METRICS).is_file()
    try:
        metrics = pretrain_run(settings, out)
    except KeyboardInterrupt:
        click.echo(f"\nstopped; the same command goes on from {out}", err=True)
        raise
    if there:
        click.echo(f"{out} holds this pretraining already", err=True)
    for line in summary(metrics):
        click.echo(line)
    click.echo(out)


def summary(metrics: dict[str, Any]) -> list[str]:
    """A pretraining's result for people."""
    held, counts = metrics["held_out"], metrics["counts"]
    if metrics["task"] == "facts":
        done = (
            f"{held['explained_variance']:.1%} of the variance of {held['components']} components "
            "of their facts explained"
        )
    else:
        done = (
            f"{held['found']:.1%} found their own facts among the batch's, by chance "
            f"{held['found_by_chance']:.1%}"
        )
    learnt, out = f"{counts['train']:,}", f"{counts['validation']:,}"
    name = f"{metrics['model']} on {metrics['task']}, seed {metrics['seed']}"
    speed = f"{metrics['crystals_per_second']:.0f} crystals/s on {metrics['device']}"
    return [
        f"{name}: {learnt} crystals learnt from, {out} held out",
        f"epoch {metrics['best_epoch']} of {metrics['epochs']} chosen; of those held out {done}",
        f"{metrics['seconds']:.0f} s, {speed}",
    ]
