"""The stores that a run reads, made or found in the cache where they are not given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.site_store import SiteRows
    from crystext.model.graphs.store import GraphStore
    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Texts


def stores_of(
    settings: RunSettings,
    corpus: Corpus,
    graphs: GraphStore | None,
    texts: Texts | None,
    splits: Mapping[str, list[str]] | None,
) -> tuple[GraphStore | None, Texts | None]:
    """The stores that the model reads, made or found where they are not given."""
    if settings.graph_network is None:
        graphs = None
    elif graphs is None:
        from crystext.model.graphs.build import build_graph_store

        graphs = build_graph_store(corpus, progress=True)
    if not settings.uses_text:
        texts = None
    elif texts is None:
        from crystext.model.text.embed import embed_corpus, worth_a_part

        text = settings.text
        texts = embed_corpus(
            corpus,
            encoder=text.encoder,
            section=text.section,
            pool=text.pool,
            windows=text.windows,
            ids=worth_a_part(corpus, _needed(settings, corpus, splits)),
            trained_layers=text.trained_layers,
            progress=True,
        )
    return graphs, texts


def sites_of(
    settings: RunSettings,
    corpus: Corpus,
    graphs: GraphStore | None,
    sites: SiteRows | None,
    splits: Mapping[str, list[str]] | None,
) -> SiteRows | None:
    """Facts of the atoms' sites where they are read, made or found where they are not given."""
    if not settings.uses_sites:
        return None
    assert graphs is not None, "a fusion of sites has a graph network"
    if sites is None:
        from crystext.model.graphs.site_store import SiteRows, build_site_store
        from crystext.model.text.embed import worth_a_part

        ids = worth_a_part(corpus, _needed(settings, corpus, splits))
        sites = SiteRows.of(graphs, build_site_store(corpus, graphs, ids=ids, progress=True))
    return sites


def _needed(
    settings: RunSettings, corpus: Corpus, splits: Mapping[str, list[str]] | None
) -> set[str]:
    """The crystals of all splits."""
    if splits is not None:
        return {one for ids in splits.values() for one in ids}
    tables = corpus.targets(settings.property_name).values()
    return {one for table in tables for one in table["id"].to_pylist()}
