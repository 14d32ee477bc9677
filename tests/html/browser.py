"""A real browser without a window, for tests that look at pages; skipped where there is none."""

import json
import shutil
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
DRIVER = shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER and find_spec("selenium")),
    reason="chromium, chromedriver or selenium is not installed",
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
    "--window-size=1400,900",
)  # fmt: skip


class Page:
    """A page that was opened."""

    def __init__(self, driver, path):
        self.driver, self.url = driver, path.as_uri()

    def open(self, fragment=""):
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get(self.url + fragment)
        self.until(lambda: self.js("return document.documentElement.dataset.ready"))
        return self

    def js(self, code, *args):
        return self.driver.execute_script(code, *args)

    def until(self, true, seconds=120):
        from selenium.common.exceptions import StaleElementReferenceException

        end = time.monotonic() + seconds
        while True:
            with suppress(StaleElementReferenceException):  # drawn anew while it was looked at
                if value := true():
                    return value
            assert time.monotonic() < end, f"the page did not get there: {self.errors()}"
            time.sleep(0.02)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def faint(self):
        """Words whose contrast is below 4.5 to 1, in light and in dark, if there are any."""
        audit = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
        found = {}
        for theme in ("light", "dark"):
            self.emulate("setEmulatedMedia", features=[{"name": SCHEME, "value": theme}])
            found |= {(theme, name): words for name, words in self.js(audit).items()}
        self.emulate("setEmulatedMedia", features=[])
        return found

    def emulate(self, command, **options):
        self.driver.execute_cdp_cmd(f"Emulation.{command}", options)

    def settled(self):
        """Waits until what was drawn anew because of sizes is drawn: two frames, and a little."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame("
            "() => requestAnimationFrame(() => setTimeout(done, 100)));"
        )

    def ids(self):
        """All of them in one call: the list may be drawn anew between two."""
        return self.js(
            "return [...document.querySelectorAll('.row > span:first-child')].map(e => e.innerText)"
        )

    def matching(self):
        return int(self.one("#matching b").text.replace(",", ""))

    def type(self, selector, text):
        self.one(selector).clear()
        self.one(selector).send_keys(text)

    def errors(self):
        return [one for one in self.driver.get_log("browser") if one["level"] == "SEVERE"]

    def requests(self):
        messages = [json.loads(one["message"]) for one in self.driver.get_log("performance")]
        sent = [m["message"] for m in messages]
        return [m["params"]["request"]["url"] for m in sent if m["method"] == REQUESTED]


REQUESTED = "Network.requestWillBeSent"
SCHEME = "prefers-color-scheme"
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()
