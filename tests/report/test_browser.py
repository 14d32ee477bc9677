"""The page in a real browser, without a window; skipped where there is none."""

import math
from io import BytesIO

import numpy as np
import pyarrow.compute as pc
import pytest
from PIL import Image

from crystext.corpus.statistics import summarise
from crystext.report.page import write_report
from tests.html.browser import PHONE, Page, needs_browser
from tests.report.conftest import HOSTILE

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.keys import Keys

pytestmark = needs_browser
WHOLE_LIST = 2600  # pixels of height at which the list shows all crystals at once


@pytest.fixture(scope="module")
def path(corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(corpus, path)
    return path


@pytest.fixture
def page(driver, path):
    driver.set_window_size(1400, 900)
    page = Page(driver, path).open()
    yield page
    assert page.errors() == []


def open_row(page, number):
    """Clicks a row of the list, which may be drawn anew in between."""
    page.settled()
    page.until(lambda: [page.all(".row")[number].click()])


def test_the_page_asks_nothing_but_itself(page):
    assert page.requests() == [page.url]


def test_the_overview_shows_the_figures_of_the_corpus(page, corpus):
    figures = summarise(corpus)
    assert page.one("#name").text == "mini-text"

    def bars(chart):
        return {
            bar.get_attribute("aria-label").rsplit(": ", 1)[0]: bar.get_attribute("aria-label")
            for bar in page.all(f"#{chart} .bar-row")
        }

    systems, minerals = bars("chart-systems"), bars("chart-minerals")
    for name, held in figures["crystal_systems"].items():
        assert systems[name] == f"{name}: {held}"
    for name, held in figures["minerals"]["top"].items():
        assert minerals.get(name, f"{name}: {held}") == f"{name}: {held}"
    assert bars("chart-failures") == {
        "atoms-overlap": "atoms-overlap: 2", "time-limit": "time-limit: 1",
    }  # fmt: skip
    cells = [cell.text.split() for cell in page.all(".cell:not(:disabled)")]
    for symbol, held in figures["elements"]["top"].items():
        assert [symbol, str(held)] in cells
    lengths = figures["lengths"]["text"]
    spread = lengths.get("minilm tokens", lengths["words"])
    median, p95 = (f"{math.floor(spread[key] + 0.5):,}" for key in ("median", "p95"))
    assert page.one("#note-lengths").text.startswith(f"Median {median}, 95 % within {p95}")
    first = figures["properties"][0]
    assert f" {first['count']:,} crystals have it; " in page.one("#note-property").text
    tiles = page.one("#tiles").text.split("\n")
    assert tiles[tiles.index("elements") - 1] == str(figures["elements"]["different"])
    assert tiles[tiles.index("space groups") - 1] == str(figures["space_groups"]["different"])
    for chart in ("groups", "sites", "lengths", "property", "time"):
        assert page.all(f"#chart-{chart} svg .now")
        assert page.all(f"#chart-{chart} svg .axis")


def test_search_and_filters_give_the_right_rows(page, corpus):
    page.driver.set_window_size(1400, WHOLE_LIST)
    table = corpus.table()
    page.type("#f-words", "bonded octahedra")
    page.one("#f-elements").send_keys("o")
    page.one("#f-dimensionality").send_keys("3D")
    text = pc.utf8_lower(table["text"])
    wanted = [
        row["id"]
        for row, match in zip(
            table.to_pylist(),
            pc.and_(
                pc.match_substring(text, "bonded"), pc.match_substring(text, "octahedra")
            ).to_pylist(),
            strict=True,
        )
        if match and "O" in row["elements"] and row["dimensionality"] == 3
    ]
    assert wanted
    page.until(lambda: page.matching() == len(wanted))
    page.one("#list-head button").click()  # by id: the order of the corpus
    assert page.ids() == wanted
    assert [chip.text.split()[:-1] for chip in page.all(".chip")] == [
        ["“bonded", "octahedra”"], ["3D"], ["has", "O"],
    ]  # fmt: skip
    page.one(".clear").click()
    assert page.matching() == len(corpus)
    assert page.one("#f-words").get_attribute("value") == ""


def test_property_ranges_give_the_right_rows(page, corpus):
    page.driver.set_window_size(1400, WHOLE_LIST)
    page.one("#tab-crystals").click()
    table = corpus.table()
    page.js(
        "const s = document.getElementById('f-property'); s.value = 'bulk_modulus';"
        "s.dispatchEvent(new Event('change'))"
    )
    known = pc.sum(pc.is_valid(table["bulk_modulus"])).as_py()
    assert 0 < known < len(table)
    assert page.matching() == known
    page.type("#f-min", "50")
    page.type("#f-max", "150")
    inside = pc.and_(
        pc.greater_equal(table["bulk_modulus"], 50), pc.less_equal(table["bulk_modulus"], 150)
    )
    wanted = table.filter(inside).sort_by("bulk_modulus")["id"].to_pylist()
    page.until(lambda: page.matching() == len(wanted))
    page.all("#list-head button")[-1].click()
    page.until(lambda: page.ids() == wanted)


def test_charts_filter(page, corpus):
    page.one('.cell[data-z="8"]').click()
    oxides = sum("O" in row["elements"] for row in corpus)
    assert page.matching() == oxides
    page.all("#chart-systems .bar-row")[0].click()
    cubic = sum("O" in row["elements"] and row["crystal_system"] == "cubic" for row in corpus)
    assert page.matching() == cubic


def test_only_rows_in_view_exist(page, corpus):
    page.one("#tab-crystals").click()
    assert 0 < len(page.all(".row")) < len(corpus)
    last = corpus.table(["id"])["id"][-1].as_py()
    page.one("#list").send_keys(Keys.HOME, Keys.END)
    page.until(lambda: last in page.ids())


def drawn_colours(page):
    return page.js(
        "const c = document.querySelector('canvas.crystal');"
        "const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height)"
        ".data.buffer); return new Set(d).size;"
    )


def test_a_crystal_opens_by_a_click(page, corpus):
    page.one("#tab-crystals").click()
    crystal = page.ids()[2]
    open_row(page, 2)
    row = corpus.row(crystal)
    texts = [one.get_attribute("textContent") for one in page.all("#detail .text")]
    assert texts == [row["global_text"], row["local_text"], row["fields_text"]]
    left, right = (box.rect for box in page.all("#detail .section-box")[:2])
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    page.until(lambda: drawn_colours(page) > 50)
    assert int(page.one("canvas.crystal").get_attribute("data-drawn")) >= row["n_sites"]
    assert "eV/atom" in page.one("#detail table").text
    assert page.driver.current_url.endswith(f"#{crystal}")


def test_the_picture_turns_by_keys(page):
    page.one("#tab-crystals").click()
    open_row(page, 0)
    picture = "return document.querySelector('canvas.crystal').toDataURL()"
    page.until(lambda: drawn_colours(page) > 50)
    before = page.js(picture)
    page.one("canvas.crystal").send_keys(Keys.ARROW_LEFT)
    page.until(lambda: page.js(picture) != before)


def test_an_address_opens_its_crystal(driver, path, corpus):
    crystal = corpus.table(["id"])["id"][-1].as_py()
    page = Page(driver, path).open(f"#{crystal}")
    assert page.one("#detail-title").is_displayed()
    assert page.one("#detail code").text == crystal
    assert crystal in page.ids()


def test_arrows_walk_the_list_and_slash_searches(page):
    page.one("#tab-crystals").click()
    page.one("#list").send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    second = page.all(".row")[1]
    assert second.get_attribute("aria-selected") == "true"
    page.one("#list").send_keys(Keys.ESCAPE)
    assert not page.one("#detail").is_displayed()
    page.one("body").send_keys("/")
    assert page.driver.switch_to.active_element.get_attribute("id") == "f-words"


def test_failures_are_listed_with_their_messages(page):
    page.one("#tab-failures").click()
    page.type("#failure-words", "overlap")
    page.until(lambda: len(page.all("#failure-rows tr")) == 2)
    assert "0.02 Å apart" in page.one("#failure-rows").text


def test_a_browser_from_before_2023_is_told_so(driver, path):
    command = "Page.addScriptToEvaluateOnNewDocument"
    script = driver.execute_cdp_cmd(command, {"source": "delete window.DecompressionStream"})
    try:
        driver.get(path.as_uri())
        page = Page(driver, path)
        page.until(lambda: page.one("#failed").is_displayed())
        assert "open the page in one of 2023 or later" in page.one("#failed").text
        (said,) = driver.get_log("browser")  # which the tests that follow find empty
        assert "2023 or later" in said["message"]
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


@pytest.fixture
def phone(page):
    page.emulate("setDeviceMetricsOverride", **PHONE)
    yield page
    page.emulate("clearDeviceMetricsOverride")


def test_all_words_can_be_read(page):
    assert page.faint() == {}
    page.one('.cell[data-z="8"]').click()  # chips
    for tab in ("crystals", "failures", "about"):
        page.one(f"#tab-{tab}").click()
        if tab == "crystals":
            open_row(page, 0)
        assert page.faint() == {}, tab


def barred(page, corpus):
    """The symbol of a crystal of the list whose space group has a bar."""
    page.one("#tab-crystals").click()
    page.settled()
    table = corpus.table(["id", "space_group_symbol"])
    symbols = dict(zip(*table.to_pydict().values(), strict=True))
    at, name = next((i, one) for i, one in enumerate(page.ids()) if "-" in symbols[one])
    return page.all(".row")[at].find_elements("css selector", "span span")[0], symbols[name]


def test_a_space_group_keeps_its_name_when_it_is_copied(page, corpus):
    node, symbol = barred(page, corpus)
    page.js("getSelection().selectAllChildren(arguments[0])", node)
    assert page.js("return getSelection().toString()") == symbol.replace("_", "")


@pytest.mark.parametrize("font", ["system-ui", "serif", "monospace", "cursive"])
def test_no_font_loses_an_overline(page, corpus, font):
    page.js("document.body.style.fontFamily = arguments[0]", font)
    node, _ = barred(page, corpus)
    cell = node.find_element("xpath", "..")
    picture = Image.open(BytesIO(cell.screenshot_as_png)).convert("L")
    over = node.find_element("css selector", ".bar-over").rect
    left, right = (round(over["x"] - cell.rect["x"]) + k for k in (1, over["width"] - 1))
    ink = np.array(picture)[:, int(left) : int(right)] < 160
    (line,) = np.flatnonzero(ink.all(1) & np.r_[True, ~ink[:-1].any(1)])[:1]
    assert ink[line + 2 :].any(), "the digit below"


def test_a_phone_has_room_for_the_crystals(phone):
    for tab in ("about", "failures", "crystals", "overview"):
        phone.one(f"#tab-{tab}").click()
        assert phone.js("return document.documentElement.scrollWidth") == PHONE["width"], tab
    assert phone.one("main").rect["y"] < PHONE["height"] / 3
    assert not phone.one("#f-system").is_displayed()
    phone.one("#f-more").click()
    assert phone.one("#f-system").is_displayed()
    tabs = [tab.rect for tab in phone.all("#tabs button")]
    assert all(tab["x"] + tab["width"] <= PHONE["width"] for tab in tabs)
    phone.one("#tab-crystals").click()
    cells = "[...document.querySelectorAll('.row > span:nth-child(4)')]"
    phone.until(lambda: phone.js(f"return {cells}.length"))
    assert phone.js(f"return {cells}.every((one) => one.scrollWidth <= one.clientWidth)")


def test_hostile_text_shows_as_text(driver, hostile, tmp_path):
    path = tmp_path / "report.html"
    write_report(hostile, path)
    page = Page(driver, path).open()
    page.one("#tab-crystals").click()
    open_row(page, 0)
    assert HOSTILE in page.one("#detail .text").text
    assert page.one("#detail .notes li").text == HOSTILE
    assert page.one("#name").text == HOSTILE
    page.one("#tab-failures").click()
    assert page.one("#failure-rows td:last-child").text == HOSTILE
    page.one("#tab-about").click()
    assert not page.all("#about a[href^=javascript], img")
    assert page.driver.title.startswith(HOSTILE)
    assert page.errors() == []
    assert page.requests() == [page.url]
