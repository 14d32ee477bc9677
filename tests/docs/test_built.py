"""The site as it is built: every name has its place, nothing is fetched, and it fits a phone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")
pytest.importorskip("torch")

from crystext import errors
from crystext.cli import COMMANDS
from tests.docs.test_site import placed
from tests.html.browser import PHONE, Page, driver, needs_browser

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.walk]
__all__ = ["driver"]  # a fixture
_LOADS = re.compile(
    r'<(?:script|img|iframe|source)[^>]*\bsrc="?([^" >]+)|<link[^>]*\bhref="?([^" >]+)'
)
WIDTHS = (1300, PHONE["width"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What ``make docs`` builds; the links to the packages are made where they are missing."""
    if not (ROOT / "build" / "types" / "crystext").exists():
        subprocess.run(["make", "types"], cwd=ROOT, check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def anchors(site, page):
    text = (site / "reference" / page).read_text(encoding="utf-8")
    return set(re.findall(r'\bid="([^"]+)"', text))


def test_every_code_command_and_name_can_be_linked_to(site):
    assert set(errors.all_codes()) <= anchors(site, "errors.html")
    assert {f"crystext-{name}" for name in COMMANDS} <= anchors(site, "commands.html")
    pages = [one.name for one in (site / "reference").glob("python*.html")]
    assert set(placed()) <= set().union(*(anchors(site, page) for page in pages))


def test_no_page_loads_anything_from_elsewhere(site):
    for path in site.rglob("*.html"):
        for found in _LOADS.finditer(path.read_text(encoding="utf-8")):
            target = found[1] or found[2]
            assert not re.match(r"(https?:)?//", target), (path, target)


@needs_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_and_ask_for_nothing(site, driver, width):
    page = Page(driver, site / "index.html")
    page.emulate("setDeviceMetricsOverride", **(PHONE | {"width": width, "mobile": width < 500}))
    for path in sorted(site.rglob("*.html")):
        if path.name == "404.html":  # its addresses begin at the root of a server
            continue
        driver.get(path.as_uri())
        assert page.js("return document.documentElement.scrollWidth") <= width, path
        assert page.errors() == [], path
        asked = [one for one in page.requests() if one.startswith(("http", "ws"))]
        assert asked == [], path


@needs_browser
def test_the_search_works_without_a_server(site, driver):
    page = Page(driver, site / "how-to" / "predict.html")
    page.emulate("clearDeviceMetricsOverride")
    driver.get(page.url)
    page.one(".md-search__input").send_keys("partial-occupancy")
    links = page.until(lambda: page.all(".md-search-result__link"))
    found = [link.get_attribute("href") for link in links]
    assert any("errors.html" in link for link in found), found
