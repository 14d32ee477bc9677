"""Building a corpus: inputs of a source to rows and failures, journaled, then put together.

The same inputs, settings and versions give the same bytes in every file but ``timings.parquet``,
whatever the number of workers, the executor and the interruptions.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext import provenance
from crystext.corpus import layout
from crystext.corpus.card import check_build_facts, write_card
from crystext.corpus.columns import corpus_schema
from crystext.corpus.manifest import Manifest, make_manifest, read_manifest
from crystext.corpus.tokens import load_counter, short_name
from crystext.errors import (
    NoStructureFilesError,
    OutputTakenError,
    UnreadableFileError,
    UsageError,
)
from crystext.files import sha256, write_json, writing
from crystext.ids import is_text, with_text_id
from crystext.pipelines.build import worker
from crystext.pipelines.build.assemble import assemble
from crystext.pipelines.build.chunks import CHUNK, chunks_of
from crystext.pipelines.build.journal import AGAIN, Journal, clean_up, differences, refuse_second
from crystext.pipelines.build.parts import read_head
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.parallel.kinds import open_executor
from crystext.pipelines.progress import progress_bar
from crystext.pipelines.sources.packed_files import lies_in

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from crystext.pipelines.build.chunks import Chunk
    from crystext.pipelines.parallel.executor import Executor
    from crystext.pipelines.sources.source import Source

__all__ = ["BuildSettings", "build_corpus"]
_PATHS = ("from_file", "properties_file", "moduli_split")  # of this machine alone
_NOT_KEPT = (*_PATHS, "refresh")


def build_corpus(
    source: Source,
    out: str | os.PathLike[str],
    *,
    settings: BuildSettings | None = None,
    options: Mapping[str, Any] | None = None,
    workers: int = 1,
    executor: str = "local",
    scheduler: str | None = None,
    resume: bool = False,
    progress: bool = True,
    factory: str = worker.FACTORY,
    command: str | None = None,
) -> Manifest:
    """Builds a corpus in a new folder.

    Every input becomes a row, or a failure with step and code; a crystal that takes too long or
    kills its process is one of them. An interrupted build keeps what it has; going on costs at most
    the chunks that were in work.

    Args:
        source: where the crystals come from.
        out: folder of the corpus, new or with an unfinished build.
        settings: what decides the rows.
        options: of the source, for example ``from_file``.
        workers: processes that describe.
        executor: ``local``, ``dask`` or ``ray``.
        scheduler: address of a Dask scheduler or Ray cluster.
        resume: go on with an unfinished build; a finished one of the same kind is returned.
        progress: show it on standard error.
        factory: ``module:name`` of what makes rows, see
            :class:`crystext.pipelines.build.worker.RowMaker`.
        command: what goes on with this build, to be told if it does not end.

    Returns:
        The manifest.

    Raises:
        UsageError: a setting or the way to run is refused.
        BuildError: the folder is taken, cannot be written, or holds another build.
        SourceError: the source cannot be had or read.
        IncompleteCardError: the source lacks a fact that the card of a corpus states.
    """
    out, settings, options = Path(out), settings or BuildSettings(), dict(options or {})
    if not is_text(str(out)):
        raise UsageError(f"the name {out} of the folder is no Unicode text; choose another --out")
    refuse_second(out)
    if (given := options.get("from_file")) is not None and lies_in(out, given):
        raise UsageError(
            f"{out} lies in {given}, which is read: the corpus would be an input of the next "
            "build; choose an --out elsewhere"
        )
    source = source.configured(**options)
    source = source.ready(**options, ids=settings.ids, limit=settings.limit)
    tokenizers = [short_name(one) for one in settings.tokenizers]
    schema = corpus_schema(source.properties, tokenizers, settings.representations)
    header = _header(source, settings, options)
    check_build_facts(header)
    if resume and (out / layout.MANIFEST).exists():
        return _finished(out, header)
    found = source.crystals(**options, ids=settings.ids, limit=settings.limit)
    inputs = chunks_of(map(with_text_id, found), source.properties)
    first = next(inputs, None)  # before anything is written: a source that cannot be read says so
    if first is None:
        raise UsageError(f"{source.name} gives no crystals for this choice; check what was asked")
    _refuse_nothing(first)
    with Journal(out, header, resume=resume, command=command) as journal:
        total = _total(source, options, settings) if progress else None
        with progress_bar(total, shown=progress) as advance:
            order = worker.Order(source.name, replace(settings, ids=None), schema, factory)
            running = open_executor(
                executor, workers, scheduler=scheduler, after=partial(worker.close, order)
            )
            counted = _describe(chain([first], inputs), journal, order, running, advance)
        return _put_together(journal, source, settings, options, header, counted, schema)


def _header(source: Source, settings: BuildSettings, options: Mapping[str, Any]) -> dict[str, Any]:
    """All that must be the same for a build to be gone on with."""
    path = options.get("from_file") or source.fetch()
    size = Path(path).stat().st_size if path and Path(path).is_file() else source.size
    facts = {key: value for key, value in source.to_dict().items() if key != "properties"}
    facts |= {"sha256": source.file_hash(path), "size": size}
    if asked := {name: value for name, value in sorted(options.items()) if name not in _NOT_KEPT}:
        facts["options"] = asked
    splits = {name: split.digest() for name, split in source.splits(**options).items()}
    if (table := options.get("properties_file")) is not None:
        facts["properties_sha256"] = sha256(Path(table))
    if options.get("moduli_split") is not None:
        facts["moduli_split_digest"] = provenance.digest(splits)
    counters = [load_counter(name) for name in settings.tokenizers]
    return {
        "source": facts,
        "settings": settings.to_dict(),
        "versions": _versions() | {f"tokenizer {one.name}": one.sha256 for one in counters},
        "properties": [one.name for one in source.properties],
        "splits": splits,
        "chunk": CHUNK,
    }


def _refuse_nothing(first: Chunk) -> None:
    """Refuses an input in which there is nothing to read, such as an empty folder.

    Raises:
        InputError: why there is nothing.
    """
    nothing = (NoStructureFilesError, UnreadableFileError)
    why = [
        item.failure.error
        for item in first.items
        if item.failure is not None and isinstance(item.failure.error, nothing)
    ]
    if len(why) == len(first.items) < CHUNK:
        raise why[0]


def _versions() -> dict[str, str]:
    from crystext.description.describer import versions

    return versions() | provenance.versions("pyarrow")


def _finished(out: Path, header: Mapping[str, Any]) -> Manifest:
    manifest = read_manifest(out)
    told = ("source", "settings", "versions")
    now = json.loads(json.dumps({name: header[name] for name in told}))
    if differing := differences({name: manifest[name] for name in told}, now):
        raise OutputTakenError(
            f"the finished corpus in {out} {differing}: it is never overwritten; choose another "
            "--out"
        )
    clean_up(out)
    return manifest


def _describe(
    chunks: Iterator[Chunk], journal: Journal, order: worker.Order, executor: Executor, advance: Any
) -> dict[str, int]:
    """Sees to it that every chunk has its part in the journal; returns how many there are."""
    counted = {"chunks": 0, "inputs": 0}

    def undone() -> Iterator[Chunk]:
        for chunk in chunks:
            counted["chunks"] += 1
            counted["inputs"] += len(chunk.items)
            head = journal.has(chunk.index, chunk.digest)
            if head is None:
                yield chunk
            else:
                advance(len(chunk.items), head, new=False)

    with executor:
        for chunk, part in executor.map(partial(worker.work, order=order), undone()):
            journal.store(chunk.index, part)
            advance(len(chunk.items), read_head(part))
    return counted


def _put_together(
    journal: Journal,
    source: Source,
    settings: BuildSettings,
    options: Mapping[str, Any],
    header: Mapping[str, Any],
    counted: Mapping[str, int],
    schema: pa.Schema,
) -> Manifest:
    folder = journal.ready()
    chosen = settings.ids is not None or settings.limit is not None
    with writing(folder, AGAIN):
        assembled = assemble(
            folder,
            partial(journal.parts, counted["chunks"]),
            schema,
            properties=source.properties,
            splits=source.splits(**options),
            whole=not chosen and counted["inputs"] >= (source.expected or 0),
            rows_per_shard=settings.rows_per_shard,
        )
        assert assembled["counts"]["inputs"] == counted["inputs"], (assembled["counts"], counted)
        manifest = make_manifest(
            name=f"{source.name}-text",
            source=header["source"],
            settings=header["settings"],
            versions=header["versions"],
            properties=source.properties,
            **assembled,
        )
        assert manifest["settings_digest"] == settings.digest()
        write_json(folder / layout.MANIFEST, manifest)
        write_card(folder, manifest)
    journal.publish()
    return manifest


def _total(source: Source, options: Mapping[str, Any], settings: BuildSettings) -> int | None:
    """How many inputs there will be; not asked of a server, which would list all ids twice."""
    if source.is_api and source.expected is None and settings.ids is None:
        return settings.limit
    return source.count(**options, ids=settings.ids, limit=settings.limit)
