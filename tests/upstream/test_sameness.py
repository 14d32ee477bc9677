"""Our texts equal, byte for byte, those that patched upstream wrote."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from crystext import Describer, Description, mini
from tests.upstream.sample import STRATA

STORED = [
    json.loads(line)
    for line in Path(__file__).with_name("texts.jsonl").read_text(encoding="utf-8").splitlines()
]
BY_ID = {row["id"]: row for row in STORED}
LIVE = 6  # crystals for which upstream itself runs


@cache
def describer() -> Describer:
    return Describer()


@cache
def described(crystal_id: str) -> Description:
    return describer().describe(next(mini([crystal_id])))


@pytest.mark.parametrize("crystal_id", BY_ID)
def test_text_equals_upstream(crystal_id):
    expected = BY_ID[crystal_id]
    found = described(crystal_id)
    parts = expected["global_text"], expected["local_text"]
    assert found.global_text.encode() == parts[0].encode()
    assert found.local_text.encode() == parts[1].encode()
    assert found.text.encode() == " ".join(filter(None, parts)).encode()


def test_the_sample_is_varied():
    assert len(STORED) == len(BY_ID) >= 150
    strata = Counter(row["stratum"] for row in STORED)
    assert set(strata) == set(STRATA)
    assert min(strata.values()) >= 15
    found = [described(crystal_id) for crystal_id in BY_ID]
    assert len({one.crystal_system for one in found}) == 7
    assert {one.dimensionality for one in found} == {0, 1, 2, 3}
    minerals = [one.mineral or "" for one in found]
    assert sum(name.endswith("-like") for name in minerals) >= 5
    assert sum(name.endswith("-derived") for name in minerals) >= 5
    assert sum(not name for name in minerals) >= 5
    assert sum(bool(name) and not name.endswith(("-like", "-derived")) for name in minerals) >= 5
    repairs = Counter(name for row in STORED for name in row["repairs"])
    for name in ("numpy-scalars", "set-order", "bcc-order-parameter", "angle-noise"):
        assert repairs[name] >= 2, name


@pytest.mark.slow
@pytest.mark.parametrize(
    "crystal_id",
    [
        i
        for i in BY_ID
        if BY_ID[i]["stratum"] == "1-4" and "dimension" not in BY_ID[i]["global_text"]
    ][::3][:LIVE],
)
def test_upstream_still_says_what_is_stored(crystal_id):
    from tests.upstream.verify import upstream

    answer = upstream(next(mini([crystal_id])), style="raw", folder=None)
    expected = BY_ID[crystal_id]
    assert answer.sections is not None
    assert answer.sections["global_text"] == expected["global_text"]
    assert answer.sections["local_text"] == expected["local_text"]


@pytest.mark.parametrize(
    ("ours", "theirs", "part"),
    [
        ("same", "same", None),
        ("a text", "a test", "text at byte 4"),
        ("text", "text and more", "text at byte 4"),
        ("µm", "um", "text at byte 0"),
    ],
)
def test_the_first_difference_is_found(ours, theirs, part):
    from tests.upstream.verify import first_difference

    sections = [{"text": t, "global_text": "", "local_text": ""} for t in (ours, theirs)]
    found = first_difference(*sections)
    assert found is None if part is None else found.startswith(part)
    assert first_difference("no text", sections[0]) is not None
    assert first_difference("no text", "no text either") is None
