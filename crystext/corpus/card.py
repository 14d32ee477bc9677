"""The dataset card: the template ``cards/dataset.md.jinja`` filled from the manifest, or refused.

Its YAML header names the configs, without which ``datasets`` would mix all Parquet files into one.
It holds no ``dataset_info``: the Hub and ``datasets`` read names and types from the Parquet files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import UndefinedError

from crystext.choices import SPLITS, TOKEN_LIMIT
from crystext.corpus import layout
from crystext.corpus.again import rebuild_command
from crystext.corpus.card_header import configs, hub_licence, size_category
from crystext.corpus.card_template import card_template, missing_fact
from crystext.corpus.columns import FAILURES, Property, target_schema
from crystext.corpus.reader import Corpus, damage_named
from crystext.corpus.statistics import median_row, row_statistics
from crystext.errors import IncompleteCardError, all_codes
from crystext.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pyarrow as pa

REQUIRED = (
    *("name", "settings_digest", "content_digest", "properties", "splits", "files"),
    *(f"source.{key}" for key in ("name", "title", "homepage", "url", "version", "file_name")),
    *(f"source.{key}" for key in ("sha256", "size", "licence", "licence_note", "citations")),
    *(f"settings.{key}" for key in ("canonical", "oxidation", "tokenizers")),
    *(f"versions.{key}" for key in ("crystext", "robocrys", "pymatgen", "spglib", "python")),
    *(f"counts.{key}" for key in ("inputs", "rows", "failures", "failures_by_code")),
)
"""Facts that a card states; a null is an answer only where :data:`MAY_BE_NULL` says so."""
MAY_BE_NULL = frozenset(
    f"source.{key}"
    for key in ("homepage", "url", "version", "file_name", "sha256", "size", "licence")
)
EXAMPLE = ("id", "formula", "global_text", "local_text")
"""What the card shows of one row."""
PINNED = ("crystext", "robocrys", "pymatgen", "spglib", "numpy", "scipy", "pyarrow")
TAGS = ("chemistry", "materials-science", "crystallography", "crystal-structure", "robocrys")
ROBOCRYS_PAPER = """@article{ganose2019robocrystallographer,
  title = {Robocrystallographer: automated crystal structure text descriptions and analysis},
  author = {Ganose, Alex M. and Jain, Anubhav},
  journal = {MRS Communications},
  volume = {9},
  number = {3},
  pages = {874--881},
  year = {2019},
  doi = {10.1557/mrc.2019.94}
}"""
PAPERS = (
    """@inproceedings{das2023crysmmnet,
  title = {{CrysMMNet}: Multimodal Representation for Crystal Property Prediction},
  author = {Das, Kishalay and Goyal, Pawan and Lee, Seung-Cheol and Bhattacharjee, Satadeep
            and Ganguly, Niloy},
  booktitle = {Proceedings of the Thirty-Ninth Conference on Uncertainty in Artificial
               Intelligence (UAI)},
  series = {PMLR},
  volume = {216},
  year = {2023},
  eprint = {2307.05390},
  archivePrefix = {arXiv}
}""",
    ROBOCRYS_PAPER,
)


def write_card(folder: Path, manifest: Mapping[str, Any], repo_id: str | None = None) -> Path:
    """Writes the card of a finished corpus into its folder, whole or not at all.

    Raises:
        IncompleteCardError: the manifest lacks a fact.
    """
    path = folder / layout.CARD
    write_text(path, make_card(folder, manifest, repo_id))
    return path


def make_card(folder: Path, manifest: Mapping[str, Any], repo_id: str | None = None) -> str:
    """The card of a finished corpus: the template, filled from manifest and rows.

    Examples load from the repository ``repo_id`` on the Hub, or from the folder where it is not
    given.

    Raises:
        IncompleteCardError: a fact is missing; the message names it.
        BadCorpusError: a shard cannot be read.
    """
    check_facts(manifest)
    with damage_named(folder / layout.DATA):
        corpus = Corpus(folder, dict(manifest))
        statistics, example = row_statistics(corpus), median_row(corpus, EXAMPLE)
    source, named = manifest["source"], configs(manifest)
    try:
        return card_template("dataset").render(
            manifest,
            statistics=statistics,
            example=example,
            title=f"Crystals as text: {source['title']}",
            repo_id=repo_id,
            location=repo_id or manifest["name"],
            licence=hub_licence(source),
            tags=[*TAGS, source["name"]],
            size_category=size_category(manifest["counts"]["rows"]),
            configs=named,
            targets=[one for one in named if one["config_name"] in manifest["splits"]],
            has_failures=manifest["counts"]["failures"] > 0,
            columns=[_described(field) for field in corpus.declared],
            target_columns=target_schema(Property("target", "", "")).names,
            failure_columns=[_described(field) for field in FAILURES],
            partial=any(manifest["settings"].get(key) for key in ("limit", "ids")),
            parts=SPLITS,
            token_limit=TOKEN_LIMIT,
            meanings=all_codes(),
            pinned=[name for name in PINNED if name in manifest["versions"]],
            command=rebuild_command(manifest),
            citations=[*PAPERS, *source["citations"]],
        )
    except UndefinedError as error:
        msg = f"the card needs a fact that nobody gave: {error}; build the corpus again"
        raise IncompleteCardError(msg) from error


def check_build_facts(header: Mapping[str, Any]) -> None:
    """Refuses a build whose card could not be made in the end.

    Args:
        header: ``source``, ``settings`` and ``versions`` as the manifest will have them.

    Raises:
        IncompleteCardError: names the first fact that is missing.
    """
    known = ("source.", "settings.", "versions.")
    check_facts(header, [one for one in REQUIRED if one.startswith(known)])
    hub_licence(header["source"])


def check_facts(manifest: Mapping[str, Any], required: Iterable[str] = REQUIRED) -> None:
    """Refuses a manifest that lacks a required fact.

    Raises:
        IncompleteCardError: names the first fact that is missing.
    """
    missing = missing_fact(manifest, required, MAY_BE_NULL)
    if missing:
        msg = f"the card needs the manifest's {missing!r}, which is missing; build again"
        raise IncompleteCardError(msg)


# ------------------------------------------------------------------------------------ the body


def _described(field: pa.Field) -> dict[str, str]:
    """Name, type, unit and meaning of a column."""
    metadata = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
    return {
        "name": field.name,
        "type": str(field.type).replace("<item: ", "<").replace("<element: ", "<"),
        "unit": metadata.get("unit", ""),
        "description": metadata.get("description", ""),
    }
