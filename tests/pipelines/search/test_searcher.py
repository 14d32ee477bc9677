"""What is found: facts hold, what is not wanted is not there, the reasons are true."""

import json

import numpy as np
import pytest

import crystext
from benchmarks.search_quality import figures, made, read
from crystext.errors import InputError, NoIndexError, UsageError
from crystext.pipelines.search import searcher as searching
from crystext.pipelines.search.ranking import List, best, top
from crystext.pipelines.search.searcher import Searcher
from crystext.pipelines.search.terms import terms_of
from crystext.verification.knowledge import Knowledge


def test_every_reason_is_true(searcher):
    found = searcher.search("layered sulfide with edge-sharing octahedra", limit=20)
    assert len(found) == 20
    crystals = {one.id: one for one in crystext.mini(found.ids)}
    for hit in found:
        known = terms_of(Knowledge.of(crystext.describe(crystals[hit.id], canonical=True)))
        assert set(hit.matched) <= known
        assert not set(hit.missed) & known
        text = crystext.load_corpus("mini").row(hit.id)["text"].lower()
        assert all(word.rstrip("s") in text for word in hit.words)


def test_what_has_all_facts_stands_before_what_lacks_one(searcher):
    found = searcher.search("cubic oxide of barium with tilted octahedra", limit=200)
    lacking = [len(hit.missed) for hit in found]
    assert lacking[0] == 0
    first = next(at for at, count in enumerate(lacking) if count)
    assert all(lacking[first:])
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)


def test_what_is_not_wanted_is_never_there(searcher):
    found = searcher.search("halide perovskite without lead", limit=500)
    for crystal in crystext.mini(found.ids):
        assert "Pb" not in {one.symbol for one in crystal.structure.composition}


def test_conditions_hold_and_their_columns_are_given(searcher):
    found = searcher.search("oxide", where="band_gap > 5 and n_sites < 8", limit=1000)
    assert found.total == len(found)
    assert all(hit.row["band_gap"] > 5 and hit.row["n_sites"] < 8 for hit in found)
    alone = searcher.search(where="band_gap > 8")
    gaps = crystext.load_corpus("mini").table(["band_gap"])["band_gap"].to_pylist()
    assert alone.total == sum(gap > 8 for gap in gaps)


def test_a_crystal_is_most_like_itself(searcher):
    for crystal in crystext.mini(["mp-390", "mp-7000", "mp-2815"]):
        found = searcher.search(like=crystal.structure, limit=3)
        assert found[0].id == crystal.id
        assert found[0].distance == pytest.approx(0, abs=1e-6)
        assert found[1].distance <= found[2].distance


def test_likeness_among_candidates_is_likeness_among_all(searcher, monkeypatch):
    crystal = next(iter(crystext.mini(["mp-2815"]))).structure
    whole = searcher.search(like=crystal, limit=10).ids
    monkeypatch.setattr(searching, "_BRUTE", 0)
    monkeypatch.setattr(searching, "_CANDIDATES", 500)
    some = searcher.search(like=crystal, limit=10).ids
    assert some[0] == whole[0]
    assert len(set(some) & set(whole)) >= 8


def test_words_that_are_no_facts_are_found_in_the_texts(searcher):
    found = searcher.search("oriented", limit=30)
    texts = crystext.load_corpus("mini").table(["id", "text"]).to_pylist()
    with_it = {row["id"] for row in texts if "oriented" in row["text"]}
    assert set(found.ids) <= with_it
    assert found.total == len(with_it)


def test_recall_of_made_queries(searcher):
    rows = searcher.corpus.table(["id", "condensed"]).to_pylist()
    place = {row["id"]: at for at, row in enumerate(rows)}
    crystals = [read(json.loads(row["condensed"])) for row in rows]
    recalls = []
    for _, words, right in made(crystals, 40):
        ids = searcher.search(words, limit=10).ids
        recalls.append(figures([place[one] for one in ids], right)[0])
    assert np.mean(recalls) > 0.97


def test_what_nothing_has_is_noted(searcher):
    found = searcher.search("spinel with 11-fold coordinated helium")
    assert any("coordination He 11" in note for note in found.notes)
    assert {"mineral:spinel", "element:He"} & set(found[0].matched)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("qwertz", "'qwertz', and no text has it"),
        ("garnet", "'garnet'"),
        ("kagome lattices", "'kagome', 'lattices', and no text has them"),
        ("materials for batteries", "'batteries'"),
        ("not qwertz", "'qwertz'"),
        ("the materials", "'the materials'"),
        ("gap", "'gap'"),
        ("?!", "'?!'"),
    ],
)
def test_what_nothing_is_understood_of_finds_nothing(searcher, query, named):
    found = searcher.search(query)
    assert (found.ids, found.total, len(found.notes)) == ([], 0, 1)
    assert found.notes[0].startswith(f"nothing is understood of {named}")
    beside = searcher.search(query, where="band_gap > 8")
    assert beside.total == searcher.search(where="band_gap > 8").total


def test_facts_that_no_crystal_has_find_nothing(searcher):
    found = searcher.search("space group 207", where="band_gap > 1")
    assert found.total == 0
    assert found.notes == ("no crystal here has space group 207",)


def test_what_is_not_understood_is_named_beside_what_is(searcher):
    part, whole = searcher.search("garnet oxide, not cubic"), searcher.search("oxide, not cubic")
    assert part.ids == whole.ids
    assert part.notes == ("nothing is understood of 'garnet', and no text has it",)
    assert not whole.notes
    assert searcher.search("garnet, not cubic").total == searcher.search("not cubic").total


@pytest.mark.parametrize(
    "query",
    [
        *("layered sulfide with edge-sharing octahedra", "lead-free halide perovskite"),
        *("titanium in octahedral coordination, not cubic", "tetrahedra that share corners"),
        *("rare-earth intermetallic with 12-fold coordination", "P6_3/mmc MoS2", "2D layers"),
        *("stacked layers with a van der Waals gap", "I need something with iron in it"),
    ],
)
def test_nothing_is_said_where_all_is_understood(searcher, query):
    found = searcher.search(query)
    assert len(found)
    assert not [one for one in found.notes if "stacked" not in one]


def test_small_words_are_no_formulas(searcher):
    assert "gap" not in searcher.search("phosphides with a gap that can be seen").hits[0].words
    assert searcher.search("GaP")[0].row["formula"] == "GaP"


def test_the_same_question_has_the_same_answer(searcher):
    asked = {"query": "ternary oxide", "limit": 50}
    assert searcher.search(**asked).hits == searcher.search(**asked).hits


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, "nothing is asked"),
        ({"query": "  "}, "nothing is asked"),
        ({"query": "oxide", "limit": 0}, "limit 0"),
        ({"query": "x" * 2001}, "at most 2,000"),
        ({"query": "oxide", "where": "gap > 1"}, "no column 'gap'"),
    ],
)
def test_wrong_questions_are_refused(searcher, asked, error):
    with pytest.raises(UsageError, match=error):
        searcher.search(**asked)


def test_a_structure_that_cannot_be_read_is_refused(searcher):
    with pytest.raises(InputError):
        searcher.search(like="no such file.cif")


def test_meaning_decides_among_equal_facts(mini_index):
    class Backwards:
        def scores(self, _query):
            return np.arange(1, 6278, dtype=np.float32)

    corpus = crystext.load_corpus("mini")
    found = Searcher(corpus, mini_index, meaning=Backwards()).search("class of halides", limit=5)
    ids = corpus.table(["id"])["id"].to_pylist()
    assert all(ids.index(one) > 5000 for one in found.ids)
    assert all(not one.missed for one in found)


def test_large_corpora_are_not_indexed_unasked(small, tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(searching, "MADE_AT_ONCE", 10)
    with pytest.raises(NoIndexError, match="crystext index"):
        Searcher(crystext.load_corpus(small))
    monkeypatch.setattr(searching, "MADE_AT_ONCE", 100)
    assert len(crystext.search(str(small), "cubic", limit=2)) == 2
    assert (tmp_path / "cache" / "indexes").is_dir()


def test_the_best_are_those_of_a_full_sort():
    rng = np.random.default_rng(0)
    for _ in range(50):
        scores = rng.integers(0, 8, 60).astype(float)
        full = sorted(range(60), key=lambda at: (-scores[at], at))[:7]
        assert top(scores, 7).tolist() == full


def test_lists_are_put_together_by_rank():
    words = List("words", np.array([3.0, 2.0, 0.0, 1.0], np.float32))
    likeness = List("likeness", np.array([0.1, 0.9, 0.5, 0.0], np.float32))
    rows, scores, total = best(None, [words, likeness], np.ones(4, bool), 4)
    # by hand: (1 * words + 2 * likeness) / 3 with 61 / (60 + rank)
    by_hand = {
        0: (1 + 2 * 61 / 63) / 3,
        1: (61 / 62 + 2) / 3,
        2: 2 * 61 / 62 / 3,
        3: 61 / 63 / 3,
    }
    assert rows.tolist() == sorted(by_hand, key=by_hand.get, reverse=True)
    assert scores.tolist() == pytest.approx(sorted(by_hand.values(), reverse=True))
    assert total == 4


def test_hits_show_themselves(searcher):
    found = searcher.search("rutile", limit=2)
    assert repr(found).startswith("2 of ")
    shown = found._repr_html_()
    assert "<script" not in shown
    assert found[0].id in shown
