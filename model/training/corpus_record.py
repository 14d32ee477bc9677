"""What a run keeps of its corpus: how texts are written, for prediction, and what its card says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from crystext.description.options import DEFAULTS

if TYPE_CHECKING:
    from crystext.corpus.reader import Corpus
    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data, Texts

WORDING = (
    *("engine", "style", "canonical", "oxidation", "disorder", "online_names"),
    *DEFAULTS,
)
"""Settings of :class:`crystext.Describer` that decide the words, beside the tolerances."""
WRITERS = ("crystext", "robocrys", "pymatgen", "spglib")
"""Packages whose release may decide a word."""
SOURCE = ("name", "title", "homepage", "url", "version", "licence", "licence_note", "citations")


def describer_words(corpus: Corpus) -> dict[str, Any]:
    """How the corpus' texts were written, so that others are written alike.

    Returns:
        ``settings`` of :class:`crystext.Describer`; ``symprecs``, the symmetry tolerances in
        angstrom that are tried in turn; ``versions`` of the packages that write.
    """
    settings, versions = corpus.manifest["settings"], corpus.manifest["versions"]
    return {
        "settings": {name: settings[name] for name in WORDING if name in settings},
        "symprecs": list(settings["symprecs"]),
        "versions": {name: versions[name] for name in WRITERS if name in versions},
    }


def data_record(
    corpus: Corpus,
    data: Data,
    settings: RunSettings,
    texts: Texts | None,
    *,
    split_origin: str | None,
) -> dict[str, Any]:
    """What a model's card says of the data.

    Args:
        corpus: of the run.
        data: of the run.
        settings: what is learnt.
        texts: the embeddings, if texts are read.
        split_origin: where the split is from; ``None`` if it is the corpus' own.

    Returns:
        ``source``, ``property``, ``split_origin``, ``texts`` (how many, how many cut off) and the
        ``domain``: elements, sites per cell and targets of the training set.
    """
    manifest, train = corpus.manifest, data.splits["train"]
    return {
        "source": {name: manifest["source"].get(name) for name in SOURCE},
        "property": _meaning(corpus, settings),
        "split_origin": split_origin or manifest["splits"][settings.property_name]["origin"],
        "texts": texts and {"count": len(texts.ids), "truncated": texts.truncated},
        "domain": {
            **_cells(corpus, train.ids),
            "targets": [float(train.values.min()), float(train.values.max())],
        },
    }


def _meaning(corpus: Corpus, settings: RunSettings) -> str:
    held = corpus.properties[settings.property_name]
    if settings.threshold is None:
        return held.description
    above = f"{settings.threshold:g} {held.unit or ''}".rstrip()
    return f"probability that this lies above {above}: {held.description}"


def _cells(corpus: Corpus, ids: list[str]) -> dict[str, Any]:
    chosen = corpus.table(["elements", "n_sites"], filter=pc.field("id").isin(ids))
    sites = pc.min_max(chosen["n_sites"]).as_py()
    return {
        "elements": sorted(set(pc.list_flatten(chosen["elements"]).to_pylist())),
        "sites": [sites["min"], sites["max"]],
    }
