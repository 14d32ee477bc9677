"""The pages in a real browser, without a window; skipped where there is none."""

import pytest

from crystext.model.attention import summarise, view_of
from crystext.model.attention.pages import render_summary, render_view
from tests.html.browser import Page, needs_browser
from tests.report.conftest import HOSTILE

pytestmark = needs_browser


@pytest.fixture(scope="module")
def view(reader, cut):
    return view_of(reader, cut)


@pytest.fixture
def opened(driver, tmp_path):
    """Opens a page; at the end nothing went wrong in it and nothing was asked for."""
    seen = []

    def open_(html, fragment=""):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        driver.set_window_size(1400, 900)
        seen.append(Page(driver, path).open(fragment))
        return seen[-1]

    yield open_
    for page in seen:
        assert page.errors() == []
        assert {url.partition("#")[0] for url in page.requests()} == {page.url}


def choose(page, control, value):
    page.js(
        "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('change', {bubbles: true}))",
        control,
        str(value),
    )


def top_word(page):
    cells = [cell.text for cell in page.all("#words tr:first-child td")]
    return cells[0], float(cells[2].removesuffix(" %"))


def check(page, view, layer, head):
    word, share = view.words_by_weight(layer, head)[0]
    assert top_word(page) == (word, pytest.approx(100 * share, abs=0.006))
    sections = view.sections(layer, head)
    shown = [row.text.split() for row in page.all("#sections tbody tr")]
    for cells, name in zip(shown, ("global", "local", "special"), strict=True):
        at = 2 if name == "special" else 1
        assert float(cells[at]) == pytest.approx(100 * sections[name], abs=0.06)


def test_layer_and_head_are_chosen(opened, view):
    page = opened(render_view(view, 2, 1))
    assert page.one("#name").text.endswith(view.id)
    assert page.faint() == {}
    check(page, view, 2, 1)
    for layer, head in ((1, 2), (2, 0)):
        choose(page, "layer", layer)
        choose(page, "head", head)
        check(page, view, layer, head)
    page.all("#map button")[1].click()  # layer 1, head 1
    check(page, view, 1, 1)
    assert "layer 1 of 2, head 1 of 2" in page.one("#origin").text


def test_the_address_chooses_too(opened, view):
    page = opened(render_view(view, 2, 1), "#layer=1&head=2&colour=root&by=mean")
    assert page.one("#layer").get_attribute("value") == "1"
    assert page.one("#scale").get_attribute("value") == "root"
    assert "head 2 of 2" in page.one("#origin").text


def test_the_text_stands_there_word_by_word(opened, view):
    page = opened(render_view(view, 1))
    sentences = [one.text for one in page.all(".sentence p")]
    limit = page.one(".limit").text
    assert "reads no further" in limit
    text = " ".join(sentences).replace(limit, "")
    assert "".join(text.split()) == "".join(view.read.text.text.split())
    words = page.all(".word[data-word]")
    assert len(words) == len(view.read.text.words)
    assert len(page.all(".unread")) == len(words) - view.read.first_unread
    assert [chip.text for chip in page.all(".chips .word")] == ["[CLS]", "[SEP]"]
    heats = page.js(
        "return [...document.querySelectorAll('.word[data-word]')]"
        ".map((node) => parseFloat(node.style.getPropertyValue('--heat')))"
    )
    weights = view.words(1)
    assert heats == pytest.approx((100 * weights / weights.max()).tolist(), abs=0.1)


def test_a_word_tells_its_weight(opened, view):
    page = opened(render_view(view, 1))
    page.js(
        "const node = document.querySelector('.word[data-word=\"0\"]');"
        "const options = {bubbles: true, clientX: 50, clientY: 50};"
        "node.dispatchEvent(new PointerEvent('pointermove', options))"
    )
    lines = page.one("#tooltip").text.splitlines()
    text = view.read.text
    assert lines[0] == text[text.words[0]]
    assert lines[1].startswith(f"{100 * view.words(1)[0]:.2f} % of the attention, rank ")
    assert lines[3] == "formula, global section"


def test_hostile_text_is_shown_as_text(opened, reader):
    row = dict.fromkeys(("id", "formula", "text"), HOSTILE)
    page = opened(render_view(view_of(reader, row), 1))
    assert page.driver.title.startswith(HOSTILE)
    assert page.one("#name").text.endswith(HOSTILE)
    assert not page.all("img")


def test_the_summary_shows_its_numbers(opened, reader):
    summary = summarise(reader, "mini", limit=12, layer=2)
    page = opened(render_summary(summary))
    assert page.faint() == {}
    names = [name.text for name in page.all("#ratio .name")]
    kinds = [name for name in summary.names("kind") if name != "special"]
    assert names == ["global", "local", *kinds]
    cells = [float(cell.text) for cell in page.all("#ratio i")]
    rows = [("section", "global"), ("section", "local"), *(("kind", kind) for kind in kinds)]
    expected = [summary.row(*row, layer)["ratio_mean"] for row in rows for layer in (1, 2)]
    assert cells == pytest.approx(expected, abs=0.006)
    assert page.one("#words .bar b").text == summary.words[0]["word"]
