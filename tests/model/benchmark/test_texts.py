"""What networks read: controls are what they claim to be, and as wide as the texts."""

import numpy as np
import pytest

from crystext.model.benchmark.texts import embed_text
from crystext.model.settings import TextSettings
from crystext.model.text import TextEncoder
from tests.model.benchmark import small


@pytest.fixture(scope="module")
def embed(corpus):
    settings = TextSettings(encoder=str(small.encoder()), pool="mean")

    def run(text, seed=0, ids=None):
        given = small.ids() if ids is None else ids
        return embed_text(corpus, text, settings, ids=given, seed=seed)

    return run


def by_id(found):
    return dict(zip(found.ids, np.asarray(found.vectors), strict=True))


def test_whole_texts_are_the_encoder_s_own(corpus, embed):
    found = by_id(embed("all"))
    encoder = TextEncoder.load(str(small.encoder()), pool="mean")
    row = corpus.row(small.ids()[3])
    np.testing.assert_allclose(found[row["id"]], encoder.encode([row["text"]])[0], atol=1e-5)


def test_some_ids_are_only_those(embed, tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    chosen = small.ids()[2:7]
    for text in ("all", "formula", "shuffled"):
        assert sorted(embed(text, ids=chosen).ids) == sorted(chosen)


def test_what_is_dealt_does_not_depend_on_what_the_cache_holds(embed, tmp_path, monkeypatch):
    chosen = small.ids()[2:9]
    assert len(embed("all").ids) > len(chosen)  # whose store is found, and dealt from
    dealt = embed("shuffled", ids=chosen)
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    alone = embed("shuffled", ids=chosen)
    assert dealt.ids == alone.ids
    np.testing.assert_allclose(dealt.vectors, alone.vectors, atol=1e-5)


def test_shuffled_is_a_permutation(embed):
    plain, dealt = embed("all"), embed("shuffled")
    assert dealt.ids == list(plain.ids)
    assert not np.array_equal(dealt.vectors, plain.vectors)
    same = [np.lexsort(np.asarray(one.vectors).T) for one in (plain, dealt)]
    np.testing.assert_array_equal(
        *(np.asarray(one.vectors)[order] for one, order in zip((plain, dealt), same, strict=True))
    )
    moved = sum(not np.array_equal(a, b) for a, b in zip(plain.vectors, dealt.vectors, strict=True))
    assert moved >= len(plain.ids) - 6  # a random permutation leaves one place on average


def test_shuffling_is_of_its_seed(embed):
    assert np.array_equal(embed("shuffled", 1).vectors, embed("shuffled", 1).vectors)
    assert not np.array_equal(embed("shuffled", 1).vectors, embed("shuffled", 2).vectors)
    assert embed("shuffled", 1).digest != embed("shuffled", 2).digest


def test_space_groups_are_told_apart_and_nothing_else_is(corpus, embed):
    table = corpus.table(["id", "space_group_number"])
    groups = dict(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    found = embed("spacegroup")
    vectors = by_id(found)
    assert found.width == embed("all").width
    ids = list(vectors)
    for a in ids:
        for b in ids:
            assert np.array_equal(vectors[a], vectors[b]) == (groups[a] == groups[b])
    sizes = [float(np.sqrt(np.mean(one**2))) for one in vectors.values()]
    assert 0.2 < min(sizes) < max(sizes) < 5


def test_a_formula_is_encoded_as_it_is(corpus, embed):
    found = by_id(embed("formula"))
    encoder = TextEncoder.load(str(small.encoder()), pool="mean")
    for one in small.ids()[:4]:
        direct = encoder.encode([corpus.row(one)["formula"]])[0]
        np.testing.assert_allclose(found[one], direct, atol=1e-5)


def test_sections_differ(embed):
    found = [embed(text).vectors for text in ("all", "global", "local", "fields")]
    for place, one in enumerate(found):
        assert all(not np.allclose(one, other) for other in found[:place])


def test_a_second_call_encodes_nothing(embed, monkeypatch):
    first = embed("formula")
    monkeypatch.setattr(TextEncoder, "embed", lambda *_: pytest.fail("embedded again"))
    again = embed("formula")
    assert np.array_equal(first.vectors, again.vectors)
    assert again.digest == first.digest


def test_rows_by_id(embed):
    found = embed("all")
    chosen = [small.ids()[5], small.ids()[0]]
    rows = found.rows_of(chosen)
    assert [found.ids[row] for row in rows] == chosen
    dealt = embed("shuffled")
    assert [dealt.ids[row] for row in dealt.rows_of(chosen)] == chosen


def test_zero_is_one_text_for_all(embed):
    found = embed("zero")
    assert found.ids == list(embed("all").ids)
    assert found.width == embed("all").width
    assert not found.vectors.any()


def test_space_groups_have_the_mean_and_deviation_of_the_encoder(embed):
    plain, found = np.asarray(embed("all").vectors), embed("spacegroup").vectors
    assert found.mean() == pytest.approx(plain.mean(), abs=1e-4)
    assert found.std() == pytest.approx(plain.std(), rel=1e-3)


def test_facts_are_read_in_the_encoder_s_place(corpus):
    from crystext.features.facts import as_vectors, facts_table

    settings = TextSettings(encoder="facts")
    table = facts_table(corpus, ids=small.ids())
    found = embed_text(corpus, "facts", settings, ids=small.ids(), seed=0)
    assert list(found.ids) == table.ids
    np.testing.assert_array_equal(np.asarray(found.vectors), as_vectors(table.values))
    dealt = embed_text(corpus, "facts-shuffled", settings, ids=small.ids(), seed=0)
    assert not np.array_equal(dealt.vectors, found.vectors)
    assert sorted(map(tuple, dealt.vectors.tolist())) == sorted(map(tuple, found.vectors.tolist()))
