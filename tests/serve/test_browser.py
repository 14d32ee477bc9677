"""The page in a real browser, without a window; skipped where there is none."""

import shutil

import pytest

from tests.reading_samples import CIF, POSCAR
from tests.serve.conftest import serving

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="chromium and chromedriver are not installed"
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
)  # fmt: skip
EVIL = "<img src=x onerror=document.title=1><script>document.title=1</script>"
FAKE = """
const card = { id: "x", facts: {}, notes: [], global: "g", local: "", svg: arguments[0] };
const told = { left: 0, results: [card] };
window.fetch = () => Promise.resolve({ ok: true, json: () => told });
"""
DROP = """
const data = new DataTransfer();
data.items.add(new File([arguments[0]], arguments[1]));
for (const name of ["dragover", "drop"])
  document.body.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true }));
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    home = tmp_path_factory.mktemp("profile")
    for flag in (*FLAGS, f"--user-data-dir={home}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    one = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield one
    one.quit()


@pytest.fixture
def page(driver, server):
    driver.get("about:blank")
    driver.get_log("browser")
    driver.get(server.url)
    return Page(driver)


class Page:
    """The page that was opened."""

    def __init__(self, driver):
        self.driver = driver
        assert self.js("return document.documentElement.dataset.ready") == "1"

    def js(self, code, *args):
        return self.driver.execute_script(code, *args)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def words(self, selector):
        return [one.text for one in self.all(selector)]

    def after(self, act):
        """Does something that sends an upload, and waits for its answer."""
        done = "return document.documentElement.dataset.done || '0'"
        before = self.js(done)
        act()
        WebDriverWait(self.driver, 120).until(lambda _: self.js(done) != before)
        return self

    def paste(self, text):
        self.js("document.getElementById('text').value = arguments[0]", text)
        return self.after(self.driver.find_element(By.ID, "go").click)

    def drop(self, text, name):
        return self.after(lambda: self.js(DROP, text, name))

    def complaints(self):
        return [one["message"] for one in self.driver.get_log("browser")]


def test_a_dropped_file_is_described_with_facts_picture_and_both_sections(page):
    page.drop(CIF, "rutile.cif")
    assert page.words("h2") == ["rutile"]
    assert "P4_2/mnm (136)" in page.words("td")
    assert page.words(".global") == [
        "TiO2 is Rutile structured and crystallizes in the tetragonal P4_2/mnm space group."
    ]
    assert page.words(".local")[0].startswith("Ti(1) is bonded to six")
    (picture,) = page.all("article svg")
    assert picture.size["width"] > 200
    assert len(page.all("article svg circle")) > 8
    assert page.words("#state") == ["1 structure"]
    assert page.complaints() == []  # the policy of the page holds for all that it does


def test_a_pasted_text_is_described_and_an_error_is_shown(page):
    assert page.paste(POSCAR).words("h2") == ["pasted"]
    page.paste("no crystal")
    assert page.words(".bad")[0].startswith("[unknown-format]")
    page.paste("")
    assert page.words("#state") == ["Drop a file or paste a text first."]


def test_a_hostile_file_runs_nothing_and_fetches_nothing(page, server):
    page.driver.get_log("performance")
    page.drop(CIF.replace("data_", f"data_{EVIL}"), f"{EVIL.replace('/', '')}.cif")
    page.drop(EVIL, "a.cif")
    page.drop("[" * 100_000, "a.json")
    assert page.words(".bad")[0].startswith("[bad-json]")
    page.drop(CIF, f"{EVIL.replace('/', '')}.cif")
    assert page.words("h2") == [EVIL.replace("/", "")]
    assert page.driver.title == "crystext: describe a crystal"
    assert not page.all("article img, article script, article iframe")
    asked = [one["message"] for one in page.driver.get_log("performance")]
    urls = [one.split('"url":"')[1].split('"')[0] for one in asked if 'requestWillBeSent"' in one]
    assert urls
    assert all(url.startswith((server.url, "data:")) for url in urls)


def test_a_picture_with_anything_but_shapes_is_not_shown(page):
    """Where the server were made to send one."""
    page.js(FAKE, '<svg xmlns="http://www.w3.org/2000/svg"><image href="x" onerror="1"/></svg>')
    page.paste("anything")
    assert page.words("h2") == ["x"]
    assert not page.all("article svg")


def test_a_server_that_has_ended_is_said(driver):
    with serving(factory="tests.serve.slow:Slow") as server:
        driver.get(server.url)
        page = Page(driver)
    server.server_close()
    page.paste(CIF)
    assert page.words("#state")[0].startswith("The server does not answer")


@pytest.mark.parametrize("width", [390, 1300])
def test_nothing_is_wider_than_the_window(page, width):
    page.driver.set_window_size(width, 900)
    page.drop(CIF, f"{'long' * 50}.cif")
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.js(wide) <= 0


def test_formats_offered_are_those_that_are_read(page):
    from crystext.formats.catalogue import CATALOGUE

    offered = [one.get_attribute("value") for one in page.all("#format option")]
    assert offered == ["", *CATALOGUE]
