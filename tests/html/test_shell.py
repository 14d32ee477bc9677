"""The shell keeps what it is given as it is: nothing is filled in twice, nothing runs unasked."""

import base64
import gzip
import hashlib
import html
import json
import re

import pytest

from crystext.html import shell

REPORT = "crystext.report"
HOSTILE = "</title><script>{{ policy }}{% if %}{policy}</script>&amp;"


def policy_of(page):
    return re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]


def test_a_page_with_scripts_finds_its_data_again():
    data = {"text": HOSTILE, "numbers": [1, 2.5, None]}
    page = shell.page(REPORT, "page", title=HOSTILE, scripts=["main.js"], data=data)
    packed = re.search(r'<script id="payload"[^>]*>([^<]*)</script>', page)[1]
    assert json.loads(gzip.decompress(base64.b64decode(packed))) == data
    assert html.unescape(re.search("<title>([^<>]*)</title>", page)[1]) == HOSTILE
    assert HOSTILE not in page


def test_the_policy_allows_the_pages_own_script_and_style_alone():
    page = shell.page(REPORT, "page", title="x", scripts=["main.js"], data=1)
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    hashes = [
        base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in (style, script)
    ]
    assert policy_of(page) == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'"
    )


def test_a_page_without_scripts_runs_nothing_and_its_body_stays():
    body = "<p>{{ title }} {policy}</p>"
    page = shell.page("crystext.model.benchmark.report", "page", title="x", body=body)
    assert body in page
    assert "<script" not in page
    assert 'id="payload"' not in page


def test_templates_escape_and_name_what_is_missing(monkeypatch):
    monkeypatch.setattr(shell, "asset", lambda *_: "{{ value|twice }}")
    made = shell.template("p", "n", {"twice": lambda text: 2 * text})
    assert made.render(value="<b>") == "&lt;b&gt;&lt;b&gt;"
    with pytest.raises(Exception, match="'value' is undefined"):
        made.render()


def test_numbers_that_json_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        shell.packed([float("nan")])
