"""``crystext train``: one network, one property, one seed, to a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crystext import choices
from crystext.cli import names
from crystext.cli import options as shared
from crystext.errors import UsageError, shown

if TYPE_CHECKING:
    from crystext.corpus.reader import Corpus
    from crystext.model.benchmark.splits import SplitPlan

EPILOG = """\b
Examples:
  crystext train --corpus mini --property bulk_modulus --model crysmmnet --out runs/bulk
  crystext train --property band_gap --model cgcnn --seed 1 --set network.hidden=32 --out gap-1
  crystext train --property band_gap --threshold 0 --model cgcnn --out runs/metal
  crystext train --corpus jarvis-text --property mbj_bandgap --preset paper --out runs/gap
  crystext train --property bulk_modulus --set text.trained_layers=1 --out runs/unfrozen
  crystext train --corpus my-text --property my_bulk --split random --out runs/mine
  crystext train --property shear_modulus --model cgcnn --init-from runs/bulk --out runs/tuned
  crystext train --property shear_modulus --model trees --out runs/trees"""
DRAWN = {
    "random": ("shares", "split_seed"),
    "composition": ("shares", "split_seed"),
    "folds": ("folds", "fold", "split_seed"),
    "matbench": ("fold",),
}
"""Splits that are drawn, and the options that each takes."""
SHARES, FOLDS = "0.8,0.1,0.1", 5
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(epilog=EPILOG)
@click.option("--corpus", default="mini", metavar="DIR|mini", help="Texts and targets.")
@click.option(
    "--property",
    "property_name",
    required=True,
    metavar="NAME",
    shell_complete=names.properties,
    help="What to learn.",
)
@click.option(
    "--model",
    default="crysmmnet",
    metavar="NAME",
    shell_complete=names.models,
    help="alignn, cgcnn, cogn, schnet, megnet, gatgnn, matformer; crystextnet; crysmmnet, or "
    "crysmmnet-NAME over another graph network than ALIGNN; trees, boosted ones on facts.",
)
@shared.choice(
    "--preset",
    choices.PRESETS,
    "Small networks for a CPU, the paper's text, its published code, or that to the letter.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, help="Of weights, batches and dropout."
)
@shared.section(
    "Which part of the text is read; the preset's if not given.", default=None, joined=True
)
@click.option("--encoder", metavar="NAME|PATH", help="The language model, as for crystext embed.")
@shared.choice(
    "--transform",
    choices.TRANSFORMS,
    "Of targets: auto is log10 for the Materials Project's moduli.",
)
@click.option(
    "--threshold",
    type=float,
    metavar="VALUE",
    help="Learn whether the property lies above VALUE: two classes, told by ROC-AUC.",
)
@click.option(
    "--loss",
    type=click.Choice(choices.LOSSES),
    help="What a step makes small; mse if not given.",
)
@click.option(
    "--init-from",
    metavar="RUN",
    type=click.Path(exists=True, file_okay=False),
    help="Begin with the weights of a finished run of the same model: fine-tuning.",
)
@click.option("--epochs", type=click.IntRange(min=1), help="The preset's if not given.")
@shared.device("Where the network learns; auto takes a GPU if there is one.")
@shared.choice(
    "--precision",
    choices.TRAINED_PRECISIONS,
    "Of matrix products; tf32 is fp32 with factors that a GPU rounds to 10 bits.",
)
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting: training.batch_size, text.pool, text.trained_layers (last layers of "
    "the language model that learn too), fusion.fusion, network.hidden …",
)
@click.option(
    "--split",
    metavar="random|composition|folds|matbench|FILE",
    help="Who is learnt from and who is tested, in place of the corpus' own lists: parts of all "
    "crystals, no formula in two parts, one of several folds, or a table of id and split.",
)
@click.option(
    "--shares",
    metavar="TRAIN,VALIDATION,TEST",
    help=f"Of a random split or one by composition.  [default: {SHARES}]",
)
@click.option("--folds", type=click.IntRange(min=2), help=f"How many folds.  [default: {FOLDS}]")
@click.option("--fold", type=click.IntRange(min=0), help="Which one is tested, from 0.")
@click.option("--split-seed", type=click.IntRange(min=0), help="Of what is drawn.  [default: 0]")
@click.option("--graphs", type=FOLDER, help="A graph store; one in the cache if not given.")
@click.option("--embeddings", type=FOLDER, help="Text embeddings; in the cache if not given.")
@click.option("--out", type=shared.OutFolder(), required=True, help="Folder of the run.")
def train(
    pairs: tuple[str, ...],
    graphs: Path | None,
    embeddings: Path | None,
    out: Path,
    **options: Any,
) -> None:
    """Train a network on a property of a corpus.

    The best epoch is chosen on the validation set, and the test set is read once, at the end. A
    run that was stopped goes on when the same command is given, with the numbers of one that was
    not stopped. Several GPUs or processes: torchrun --nproc_per_node 4 -m crystext train …
    """
    from crystext.corpus.reader import load_corpus
    from crystext.model.settings import make_settings
    from crystext.model.settings.overrides import parse_overrides

    told = {name: options.pop(name) for name in ("split", "shares", "folds", "fold", "split_seed")}
    overrides = {
        "text.section": options.pop("section"),
        "text.encoder": options.pop("encoder"),
        "training.epochs": options.pop("epochs"),
        "training.loss": options.pop("loss"),
        "training.device": options.pop("device"),
        "training.precision": options.pop("precision"),
    }
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = make_settings(**options, overrides=given | parse_overrides(pairs))
    corpus = load_corpus(settings.corpus)
    split = _split(corpus, settings.property_name, **told)

    # Behind what may be refused: torch takes seconds to load
    from crystext.model.training.folder import METRICS
    from crystext.model.training.run import train as train_run

    there = (out / METRICS).is_file()
    try:
        metrics = train_run(settings, out, corpus=corpus, **split, **_stores(graphs, embeddings))
    except KeyboardInterrupt:
        click.echo(f"\nstopped; the same command goes on from {out}", err=True)
        raise
    if there:
        click.echo(f"{out} holds this run already", err=True)
    if os.environ.get("RANK", "0") == "0":  # one process of several speaks
        for line in summary(metrics):
            click.echo(line)
        click.echo(out)


def summary(metrics: dict[str, Any]) -> list[str]:
    """A run's result for people."""
    from crystext.model.training.metrics import undefined

    unit, test = f" {metrics['error_unit']}".rstrip(), metrics["test"]
    name = f"{metrics['model']} on {metrics['property']}, seed {metrics['seed']}"
    counts = ", ".join(f"{count:,} {split}" for split, count in metrics["counts"].items())
    chosen = f"epoch {metrics['best_epoch']} of {metrics['epochs']}"
    if metrics["model"] == "trees":
        chosen = f"{metrics['best_epoch']:,} trees"
    lines = [
        f"{name}: {counts}",
        f"{chosen} chosen by validation MAE {metrics['validation']['mae']:.4g}{unit}",
        f"test MAE {_shown(test['mae'])}{unit}, R2 {_shown(test['r2'], '.3f')}",
        f"mean predictor's test MAE {metrics['mean_predictor']['mae']:.4g}{unit}",
    ]
    if "roc_auc" in test:
        lines.append(
            f"test ROC-AUC {_shown(test['roc_auc'])}, accuracy {test['accuracy']:.4g}; "
            f"{test['share']:.1%} of the test crystals are of the class"
        )
    if "test_in_unit" in metrics:
        lines.append(
            f"test MAE {_shown(metrics['test_in_unit']['mae'])} {metrics['unit']}".rstrip()
        )
    if nowhere := undefined(metrics):
        lines.append(f"{', '.join(nowhere)}: no finite number, null in metrics.json")
    if metrics["excluded"]:
        lines.append(f"{metrics['excluded']} crystals could not be used, see excluded.csv")
    if "watched_test" in metrics:
        watched = metrics["watched_test"]
        lines.append(f"lowest test MAE over epochs {watched['mae']:.4g}: {watched['note']}")
    lines.append(
        f"{metrics['seconds']:.0f} s, {metrics['crystals_per_second']:.0f} crystals/s on "
        f"{metrics['device']}"
    )
    return lines


def _shown(value: float | None, form: str = ".4g") -> str:
    return "undefined" if value is None else format(value, form)


def _split(corpus: Corpus, property_name: str, **told: Any) -> dict[str, Any]:
    """The split that the options ask for, as :func:`crystext.model.training.run.train` takes it."""
    from crystext.model.benchmark.splits import make_split, split_from_file

    kind = told.pop("split")
    given = {name: value for name, value in told.items() if value is not None}
    if other := [name for name in given if name not in DRAWN.get(kind, ())]:
        which = "no split" if kind is None else f"--split {shown(kind)}"
        raise UsageError(f"--{other[0].replace('_', '-')} means nothing with {which}; leave it out")
    if kind is None:
        return {}
    if kind not in DRAWN:
        path = Path(kind)
        if not path.is_file():
            raise UsageError(f"--split {shown(kind)} is no file; give one, or {', '.join(DRAWN)}")
        return {"splits": split_from_file(path), "split_origin": f"table {path.name}"}
    fold = given.pop("fold", 0)
    plan = _split_plan(kind, **given)
    if fold >= plan.number:
        raise UsageError(f"--fold {fold} is none of {plan.number} folds, counted from 0")
    origin = f"{plan.words}, seed {plan.seed}" + (f", fold {fold}" if plan.number > 1 else "")
    return {"splits": make_split(corpus, property_name, plan, fold), "split_origin": origin}


def _split_plan(
    kind: str, *, shares: str = SHARES, folds: int = FOLDS, split_seed: int = 0
) -> SplitPlan:
    from crystext.model.benchmark.splits import SplitPlan

    if "shares" not in DRAWN[kind]:
        return SplitPlan(kind, folds=folds, seed=split_seed)
    try:
        train, validation, test = map(float, shares.split(","))
    except ValueError:
        message = f"--shares {shown(shares)} are no three numbers; write {SHARES}"
        raise UsageError(message) from None
    return SplitPlan(kind, train=train, validation=validation, test=test, seed=split_seed)


def _stores(graphs: Path | None, embeddings: Path | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if graphs is not None:
        from crystext.model.graphs.store import GraphStore

        found["graphs"] = GraphStore.open(graphs)
    if embeddings is not None:
        from crystext.model.text.store import open_store

        found["texts"] = open_store(embeddings)
    return found
