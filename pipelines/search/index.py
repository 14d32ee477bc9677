"""The index of a corpus: words, facts and likeness, in files that are mapped into memory.

The files depend on the rows alone. They are written into a folder aside, which is then renamed, and
name the corpus' content digest: after a change of the corpus they are refused.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import numpy as np
import pyarrow as pa

from crystext.cache_folder import cache_dir
from crystext.errors import NoIndexError, OutputTakenError, StaleIndexError, first_line, shown
from crystext.features.facts import DIGEST, FEATURES, row_of
from crystext.files import read_json, write_json, writing, written_aside
from crystext.pipelines.file_lock import file_lock
from crystext.pipelines.progress import progress_bar
from crystext.pipelines.search.likeness import packed
from crystext.pipelines.search.postings import Postings, collect, holds
from crystext.pipelines.search.terms import terms_of
from crystext.pipelines.search.words import tokens
from crystext.verification.knowledge import Knowledge

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from bm25s import BM25
    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus

VERSION = 3
"""Changes with any term, word or feature, so that an older index is made anew."""
MANIFEST, FACTS, WORDS, LIKENESS = "index.json", "facts", "words", "likeness.npy"
ROWS = "rows.arrow"
SHOWN = ("id", "formula", "space_group_symbol", "mineral", "dimensionality")
"""Columns of a hit, kept beside so that no text is read for it."""
COLUMNS = (
    *("id", "text", "formula", "mineral", "crystal_system", "space_group_symbol"),
    *("space_group_number", "dimensionality", "condensed"),
)


class _Part(NamedTuple):
    """What a batch of rows gives to the index."""

    terms: list[str]
    places: NDArray[np.uint32]
    rows: NDArray[np.uint32]
    words: list[list[str]]
    likeness: NDArray[np.int8]


@dataclass(frozen=True)
class Index:
    """An opened index.

    Attributes:
        path: its folder.
        facts: rows by term.
        words: scores of words, by the library bm25s.
        likeness: (rows, features) int8, see :mod:`crystext.pipelines.search.likeness`.
        rows: the columns of hits, in the order of the corpus.
        minerals: names of prototypes that rows have.
    """

    path: Path
    facts: Postings
    words: BM25
    likeness: NDArray[np.int8]
    rows: pa.Table
    minerals: frozenset[str]

    @property
    def n_rows(self) -> int:
        """Rows of the corpus."""
        return self.facts.n_rows

    def has_word(self, word: str, row: int) -> bool:
        """Whether a word is in the text of a row."""
        place = self.words.vocab_dict[word]
        ends, rows = self.words.scores["indptr"], self.words.scores["indices"]
        return holds(rows[ends[place] : ends[place + 1]], row)


def place_of(corpus: Corpus, folder: str | os.PathLike[str] | None = None) -> Path:
    """Where the index of a corpus is: a folder of one's own, or one in the cache by its content."""
    if folder is not None:
        return Path(folder)
    return cache_dir() / "indexes" / f"{corpus.manifest['content_digest'][:32]}-{VERSION}"


def build_index(
    corpus: Corpus,
    folder: str | os.PathLike[str] | None = None,
    *,
    workers: int = 1,
    progress: bool = False,
) -> Index:
    """Makes the index of a corpus anew.

    Args:
        corpus: whose rows have condensed data.
        folder: where to; in the cache if not given.
        workers: processes.
        progress: show how far it is.

    Raises:
        CannotWriteError: the folder cannot be written.
        OutputTakenError: it holds something that is no index.
    """
    place = place_of(corpus, folder)
    _refuse_taken(place)
    aside = place.with_name(f".{place.name}.{uuid4().hex}")
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with file_lock(place.with_name(f".{place.name}.lock")):  # others wait, and replace it whole
            for left in place.parent.glob(f".{escape(place.name)}.{'?' * len(uuid4().hex)}"):
                shutil.rmtree(left)  # of a command that was killed
            try:
                aside.mkdir()
                _write(aside, corpus, _shown(_parts(corpus, workers), len(corpus), shown=progress))
                if place.exists():
                    shutil.rmtree(place)
                aside.rename(place)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
            return open_index(corpus, place)


def _refuse_taken(place: Path) -> None:
    """Refuses to replace anything but an index or an empty folder."""
    with writing(place):
        taken = place.is_symlink() or (place.exists() and not place.is_dir())
        taken = taken or (place.is_dir() and any(place.iterdir()))
    if taken and not (place / MANIFEST).is_file():
        raise OutputTakenError(
            f"{shown(str(place))} holds something that is no index; name a new folder"
        )


def open_index(corpus: Corpus, folder: str | os.PathLike[str] | None = None) -> Index:
    """Opens the index of a corpus.

    Raises:
        NoIndexError: there is none.
        StaleIndexError: it is of other rows, or of another version of crystext, or damaged.
    """
    place = place_of(corpus, folder)
    told = read_json(place / MANIFEST)
    if told is None:
        raise NoIndexError(f"{shown(str(place))} is no index; make it: crystext index CORPUS")
    files, where = told.pop("files", None), f"the index in {shown(str(place))}"
    anew = "make it anew: crystext index CORPUS"
    if told != _manifest(corpus):
        raise StaleIndexError(f"{where} is of other rows or another version; {anew}")
    if files != _sizes(place):
        raise StaleIndexError(f"files of {where} are missing or cut; {anew}")
    try:
        return _opened(place, len(corpus))
    except (OSError, ValueError, KeyError) as error:  # Arrow's, numpy's and JSON's are ValueErrors
        raise StaleIndexError(
            f"{where} cannot be read ({first_line(error)}); if another command is making it, wait, "
            f"else {anew}"
        ) from error


def _opened(place: Path, n_rows: int) -> Index:
    from bm25s import BM25

    facts = Postings.open(place / FACTS, n_rows)
    words = BM25.load(place / WORDS, mmap=True, load_corpus=False)
    likeness = np.load(place / LIKENESS, mmap_mode="r")
    minerals = frozenset(
        one.removeprefix("mineral:") for one in facts.terms if one.startswith("mineral:")
    )
    with pa.memory_map(str(place / ROWS)) as file:
        rows = pa.ipc.open_file(file).read_all()
    return Index(place, facts, words, likeness, rows, minerals)


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of an index but its manifest."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def _manifest(corpus: Corpus) -> dict[str, Any]:
    """What the index must be of."""
    return {
        "version": VERSION,
        "content_digest": corpus.manifest["content_digest"],
        "rows": len(corpus),
        "features_digest": DIGEST,
    }


def _write(folder: Path, corpus: Corpus, parts: Iterable[_Part]) -> None:
    words: list[list[int]] = []
    vocabulary: dict[str, int] = {}
    likeness = np.lib.format.open_memmap(
        folder / LIKENESS, "w+", np.int8, (len(corpus), len(FEATURES))
    )

    def taken() -> Iterator[tuple[list[str], NDArray[np.uint32], NDArray[np.uint32], int]]:
        for part in parts:
            likeness[len(words) : len(words) + len(part.words)] = part.likeness
            words.extend(
                [vocabulary.setdefault(word, len(vocabulary)) for word in one] for one in part.words
            )
            yield part.terms, part.places, part.rows, len(part.words)

    (folder / FACTS).mkdir()
    collect(taken()).save(folder / FACTS)
    likeness.flush()
    _save_words(folder / WORDS, words, vocabulary)
    shown = corpus.table(list(SHOWN)).replace_schema_metadata(None)
    with written_aside(folder / ROWS) as part, pa.ipc.new_file(str(part), shown.schema) as file:
        file.write_table(shown)
    write_json(folder / MANIFEST, _manifest(corpus) | {"files": _sizes(folder)})


def _save_words(folder: Path, words: list[list[int]], vocabulary: dict[str, int]) -> None:
    from bm25s import BM25

    ranked = BM25(method="lucene", csc_backend="numpy")
    if not vocabulary:  # which the library refuses; nothing is ever found then
        vocabulary, words = {"": 0}, [[0] for _ in words] or [[0]]
    ranked.index((words, vocabulary), show_progress=False)
    ranked.save(folder, show_progress=False)


def _parts(corpus: Corpus, workers: int) -> Iterator[_Part]:
    """What each batch of rows gives, in their order."""
    batches = (batch.to_pylist() for batch in corpus.batches(COLUMNS))
    if workers == 1:
        yield from map(_part, batches)
        return
    from joblib import Parallel, delayed

    run = Parallel(n_jobs=workers, return_as="generator")
    yield from run(delayed(_part)(batch) for batch in batches)


def _part(rows: list[dict[str, Any]]) -> _Part:
    places: dict[str, int] = {}
    of_term, of_row, words, likeness = [], [], [], []
    for number, row in enumerate(rows):
        condensed = json.loads(row["condensed"])
        known = Knowledge.of(SimpleNamespace(**(row | {"condensed": condensed})))  # type: ignore[arg-type]  # has what is asked for
        for term in sorted(terms_of(known)):
            of_term.append(places.setdefault(term, len(places)))
            of_row.append(number)
        words.append(tokens(f"{row['text']} {row['formula']}"))
        likeness.append(row_of(condensed))
    return _Part(
        list(places),
        np.array(of_term, np.uint32),
        np.array(of_row, np.uint32),
        words,
        packed(np.array(likeness)),
    )


def _shown(parts: Iterator[_Part], total: int, *, shown: bool) -> Iterator[_Part]:
    """The parts, under a bar or with a line now and then."""
    with progress_bar(total, shown=shown, unit=" rows indexed") as advance:
        for part in parts:
            advance(len(part.words))
            yield part
