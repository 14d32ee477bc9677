import time

import pytest

from crystext.errors import ApiFailedError
from crystext.pipelines.patience import Patience, TransientError, retry_after


@pytest.fixture
def waits(monkeypatch):
    found = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def asked(patience, *answers):
    left = iter(answers)

    def question():
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return patience.ask("the page", question, host="example.org", by_hand=", or walk")


def bad(*, won=False, **options):
    problem = TransientError("no", **options)
    problem.won = won
    return problem


def test_waits_double_and_long_ones_are_said(waits, caplog):
    assert asked(Patience(retries=2, backoff=8), bad(), bad(), "yes") == "yes"
    assert 4 <= waits[0] <= 12
    assert 8 <= waits[1] <= 24
    assert caplog.messages[0].startswith("the page: no; trying again in ")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([bad()] * 3, "the page failed 3 times, last with: no; try again later, or walk"),
        ([bad(), bad(), bad(won=True), bad(), bad()], "failed 3 times"),
        ([bad(nobody=True)] * 2, "example.org cannot be reached (no); see to the network, or walk"),
        ([bad(wait=301)], "example.org asks to wait 301 s (no); give the same command again then"),
    ],
)
def test_it_ends_with_a_remedy(waits, answers, told):
    with pytest.raises(ApiFailedError) as caught:
        asked(Patience(retries=2, backoff=1), *answers)
    assert told in str(caught.value)
    assert len(waits) == len(answers) - 1


def test_the_server_says_how_long(waits):
    assert asked(Patience(longest_wait=9), bad(wait=9), "yes") == "yes"
    assert waits == [9]


def test_a_date_to_wait_for():
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("7") == 7
    assert retry_after("soon") is retry_after("9" * 5000) is retry_after(None) is None
