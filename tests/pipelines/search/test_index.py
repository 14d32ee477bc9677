"""The files of an index: the same for the same rows, refused for others, whole or not there."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import crystext
from crystext.corpus.reader import Corpus, load_corpus
from crystext.errors import CannotWriteError, NoIndexError, OutputTakenError, StaleIndexError
from crystext.features.facts import facts_table
from crystext.pipelines.search import index
from crystext.pipelines.search.index import build_index, open_index, place_of
from crystext.pipelines.search.likeness import distances, packed
from crystext.pipelines.search.postings import collect
from crystext.pipelines.search.terms import terms_of
from crystext.verification.knowledge import Knowledge


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_bytes_depend_on_the_rows_alone(small, tmp_path):
    corpus = load_corpus(small)
    one = files(build_index(corpus, tmp_path / "one").path)
    assert files(build_index(corpus, tmp_path / "two", workers=2).path) == one
    assert files(build_index(corpus, tmp_path / "one").path) == one


def test_terms_are_those_of_each_crystal(small, tmp_path):
    corpus = load_corpus(small)
    facts = build_index(corpus, tmp_path / "index").facts
    crystals = crystext.mini(corpus.table(["id"])["id"].to_pylist())
    for row, crystal in enumerate(crystals):
        known = Knowledge.of(crystext.describe(crystal, canonical=True))
        held = {term for term in facts.terms if facts.has(term, row)}
        assert held == terms_of(known)


def test_words_of_a_row_are_found_by_their_places(small, tmp_path):
    corpus = load_corpus(small)
    made = build_index(corpus, tmp_path / "index")
    scores = made.words.scores
    for place in range(len(scores["indptr"]) - 1):
        rows = scores["indices"][scores["indptr"][place] : scores["indptr"][place + 1]]
        assert (np.diff(rows) > 0).all()
    assert made.has_word("cubic", 0) == ("cubic" in corpus.table(["text"])["text"][0].as_py())


def test_other_rows_and_older_versions_are_refused(small, tmp_path):
    corpus = load_corpus(small)
    made = build_index(corpus, tmp_path / "index")
    other = Corpus(small, corpus.manifest | {"content_digest": "0" * 64})
    with pytest.raises(StaleIndexError, match="of other rows or another version"):
        open_index(other, made.path)
    told = json.loads((made.path / "index.json").read_text())
    (made.path / "index.json").write_text(json.dumps(told | {"version": 0}))
    with pytest.raises(StaleIndexError):
        open_index(corpus, made.path)


def test_a_damaged_index_is_refused(small, tmp_path):
    corpus = load_corpus(small)
    made = build_index(corpus, tmp_path / "index")
    for name in ("rows.arrow", "likeness.npy", "facts/rows.npy"):
        whole = (made.path / name).read_bytes()
        (made.path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(StaleIndexError, match="missing or cut"):
            open_index(corpus, made.path)
        (made.path / name).unlink()
        with pytest.raises(StaleIndexError, match="missing or cut"):
            open_index(corpus, made.path)
        (made.path / name).write_bytes(whole)
    for name, whole in files(made.path).items():  # as after a loss of power: as long, and empty
        (made.path / name).write_bytes(bytes(len(whole)))
        with pytest.raises((StaleIndexError, NoIndexError), match="crystext index CORPUS"):
            open_index(corpus, made.path)
        (made.path / name).write_bytes(whole)
    assert len(open_index(corpus, made.path).rows) == len(corpus)


def test_no_index_is_said_with_the_remedy(small, tmp_path):
    with pytest.raises(NoIndexError, match="crystext index CORPUS"):
        open_index(load_corpus(small), tmp_path / "none")


def test_an_index_that_failed_midway_leaves_the_old_one(small, tmp_path, monkeypatch):
    corpus = load_corpus(small)
    folder = tmp_path / "index"
    before = files(build_index(corpus, folder).path)

    def failing(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index, "_save_words", failing)
    with pytest.raises(CannotWriteError):
        build_index(corpus, folder)
    assert files(folder) == before
    assert {path.name for path in tmp_path.iterdir()} == {"index", ".index.lock"}


def test_what_a_killed_command_left_is_cleared_away(small, tmp_path):
    (tmp_path / f".index.{'0' * 32}" / "facts").mkdir(parents=True)
    (tmp_path / ".index.mine").mkdir()
    build_index(load_corpus(small), tmp_path / "index")
    assert {path.name for path in tmp_path.iterdir()} == {"index", ".index.lock", ".index.mine"}


def test_two_that_make_the_same_index_at_once_both_have_it(small, tmp_path):
    corpus, place = load_corpus(small), tmp_path / "index"
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: build_index(corpus, place), range(4)))
    assert len({one.path for one in made}) == 1
    assert open_index(corpus, place).n_rows == 30
    assert {path.name for path in tmp_path.iterdir()} == {"index", ".index.lock"}


def test_what_is_no_index_is_never_replaced(small, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")
    (tmp_path / "file").write_text("words")
    (tmp_path / "link").symlink_to(folder)
    for place in (folder, tmp_path / "file", tmp_path / "link"):
        with pytest.raises(OutputTakenError, match="is no index; name a new folder"):
            build_index(load_corpus(small), place)
    assert (folder / "thesis.tex").read_text() == "years of work"
    (folder / "thesis.tex").unlink()
    assert len(build_index(load_corpus(small), folder).rows) == 30


def test_the_place_in_the_cache_is_named_after_the_content(small, monkeypatch, tmp_path):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    place = place_of(load_corpus(small))
    assert place.is_relative_to(tmp_path)
    assert load_corpus(small).manifest["content_digest"].startswith(place.name.split("-")[0])


def test_batches_without_facts_keep_the_count_of_rows():
    none = np.empty(0, np.uint32)
    parts = [
        (["a"], np.array([0], np.uint32), np.array([1], np.uint32), 3),
        ([], none, none, 2),
        (["b", "a"], np.array([0, 1], np.uint32), np.array([0, 0], np.uint32), 1),
    ]
    found = collect(parts)
    assert found.n_rows == 6
    assert found.of("a").tolist() == [1, 5]
    assert found.of("b").tolist() == [5]
    assert found.of("c").tolist() == []


def test_distances_are_those_of_the_packed_features():
    values = facts_table(crystext.load_corpus("mini"), limit=40).values
    bytes_ = packed(values)
    assert np.isnan(values).any()
    found = distances(bytes_[0], bytes_)
    assert found[0] == 0
    assert np.allclose(distances(bytes_[0], bytes_, np.array([3, 1])), found[[3, 1]])
    back = distances(bytes_[5], bytes_[:1])[0]
    assert back == pytest.approx(found[5])
