import io
from itertools import pairwise

import numpy as np
import pytest

from crystext.errors import UsageError
from crystext.model.attention import view_of
from crystext.model.attention.figure import (
    ALL_HEADS,
    LEADING,
    MARGIN,
    WIDTH,
    _placed,
    draw_view,
    formula_markup,
    ink_on,
    shade,
)
from tests.html.test_contrast import contrast

image = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module")
def view(reader, cut):
    return view_of(reader, cut)


def pixels(png):
    return np.asarray(image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def amount(picture, colour):
    """How many pixels have a colour, but for rounding."""
    wanted = np.round(255 * np.array(colour))
    return int((np.abs(picture - wanted).max(-1) <= 2).sum())


def test_the_most_attended_word_is_the_darkest(view):
    assert view.read.unread
    found = pixels(draw_view(view, 2, 1))
    words = np.sort(view.words(2, 1))[::-1]
    assert amount(found, shade(1.0)) > 500
    assert amount(found, shade(float(words[1] / words[0]))) > 500


def test_the_same_view_gives_the_same_bytes_and_another_head_others(view):
    assert draw_view(view, 1, 1) == draw_view(view, 1, 1)
    assert draw_view(view, 1, 1) != draw_view(view, 1, 2)


def test_all_heads_make_it_higher(view):
    mean, every = pixels(draw_view(view, 1)), pixels(draw_view(view, 1, ALL_HEADS))
    assert every.shape[1] == mean.shape[1]
    assert every.shape[0] > mean.shape[0] + 2 * 8


def test_letters_can_be_read_on_every_shade():
    for depth in np.linspace(0, 1, 101):
        red, green, blue = (f"{round(255 * one):02x}" for one in shade(depth))
        ink = {"black": "#000000", "white": "#ffffff"}[ink_on(shade(depth))]
        assert contrast(ink, f"#{red}{green}{blue}") >= 4.5, depth


def test_no_such_layer(view):
    with pytest.raises(UsageError, match="no layer 9"):
        draw_view(view, 9)


def test_words_stay_in_their_lines(view):
    places, lines = _placed(view)
    words = view.read.text.words
    assert len(places) == len(words)
    assert {y for _, y, _ in places} == {LEADING * line for line in range(lines)}
    for (one, other), (x, y, width), (x2, y2, _) in zip(
        pairwise(words), places, places[1:], strict=False
    ):
        assert x + width <= WIDTH - MARGIN
        if y2 == y:
            assert x2 >= x + width
        else:
            assert x2 == MARGIN
            assert other.start > one.end  # a word is not torn from its full stop


def test_amounts_are_set_low():
    assert formula_markup("FeCl2(H2O)4") == (
        r"FeCl$_{\mathregular{2}}$(H$_{\mathregular{2}}$O)$_{\mathregular{4}}$"
    )
