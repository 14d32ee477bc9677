from itertools import pairwise

import numpy as np
import pytest

from crystext.model.text.batches import (
    OVERLAP,
    Tokens,
    batches,
    padded,
    slices,
    window_starts,
)


def tokens_of(lengths, *, limit=512, windows=False):
    bodies = [np.arange(10, 10 + length, dtype=np.int32) for length in lengths]
    return Tokens(bodies, (1,), (2,), limit, windows)


@pytest.mark.parametrize("capacity", [8, 62, 510])
def test_windows_are_full_and_cover_the_text_with_overlap(capacity):
    overlap = min(OVERLAP, capacity // 4)
    for length in (0, 1, capacity - 1, capacity):
        assert window_starts(length, capacity) == [0]
    for length in range(capacity + 1, 5 * capacity):
        starts = window_starts(length, capacity)
        assert starts[0] == 0
        assert starts[-1] + capacity == length
        assert all(0 < b - a <= capacity - overlap for a, b in pairwise(starts))
        fewer = (len(starts) - 2) * (capacity - overlap) + capacity
        assert fewer < length  # one window less would not do


def test_pieces_carry_special_tokens_and_are_cut_or_windowed():
    (cut,) = tokens_of([12], limit=10).pieces(0)
    assert cut.tolist() == [1, *range(10, 18), 2]
    first, last = tokens_of([12], limit=10, windows=True).pieces(0)
    assert first.tolist() == [1, *range(10, 18), 2]
    assert last.tolist() == [1, *range(14, 22), 2]
    tokens = tokens_of([0, 8, 9], limit=10)
    assert tokens.counts.tolist() == [2, 10, 11]
    assert tokens.truncated.tolist() == [False, False, True]
    assert not tokens_of([0, 8, 9], limit=10, windows=True).truncated.any()
    assert tokens.pieces(0)[0].tolist() == [1, 2]


@pytest.mark.parametrize("windows", [False, True])
def test_batches_hold_every_text_once_and_keep_the_budget(windows):
    lengths = np.random.default_rng(5).integers(0, 2000, 300)
    tokens = tokens_of(lengths, windows=windows)
    budget = 2048
    plan = batches(tokens, budget)
    assert sorted(np.concatenate(plan).tolist()) == list(range(300))
    read = [sum(map(len, tokens.pieces(row))) for row in range(300)]
    for rows in plan:
        pieces = [piece for row in rows for piece in tokens.pieces(row)]
        assert len(rows) == 1 or len(pieces) * max(map(len, pieces)) <= budget
    firsts = [read[rows[0]] for rows in plan]
    assert firsts == sorted(firsts, reverse=True)
    padding = sum(
        len(p) * max(map(len, p)) - sum(map(len, p))
        for p in ([piece for row in rows for piece in tokens.pieces(row)] for rows in plan)
    )
    assert padding < 0.05 * sum(read)


def test_batches_do_not_depend_on_the_number_of_equal_lengths():
    plan = batches(tokens_of([6] * 10), 32)
    assert [rows.tolist() for rows in plan] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches(tokens_of([]), 32) == []


def test_padding_is_on_the_right_and_masked():
    ids, mask = padded([np.array([1, 5, 2]), np.array([1, 2])], pad=9, multiple=4)
    assert ids.tolist() == [[1, 5, 2, 9], [1, 2, 9, 9]]
    assert mask.tolist() == [[1, 1, 1, 0], [1, 1, 0, 0]]


def test_a_text_of_many_windows_is_read_in_parts():
    pieces = tokens_of([5000], windows=True).pieces(0)
    parts = list(slices(pieces, 1024))
    assert max(part.stop - part.start for part in parts) == 2
    assert sum(len(pieces[part]) for part in parts) == len(pieces)
