import base64
import gzip
import json
import re

import pytest

from crystext.model.attention import summarise, view_of
from crystext.model.attention.pages import render_summary, render_view
from tests.report.conftest import HOSTILE


@pytest.fixture(scope="module")
def pages(reader, cut):
    view = view_of(reader, cut)
    row = dict.fromkeys(("id", "formula", "text"), HOSTILE)
    return {
        "view": render_view(view, 2, 1),
        "hostile": render_view(view_of(reader, row), 1),
        "summary": render_summary(summarise(reader, "mini", limit=6, layer=2)),
    }


@pytest.mark.parametrize("name", ["view", "hostile", "summary"])
def test_a_page_asks_nothing_of_the_network(pages, name):
    page = pages[name]
    assert "default-src 'none'" in page
    own = page[: page.index('<script id="payload"')] + page[page.rindex("<script>") :]
    assert not re.search(r"@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|innerHTML", own)
    assert not re.search(r"<(?:link|img|iframe)\b|\bsrc=", re.sub(r"<(title|h1).*?</", "", own))


def test_text_is_data_and_never_markup(pages):
    assert HOSTILE not in pages["hostile"]
    packed = re.search(r'<script id="payload"[^>]*>([^<]*)</script>', pages["hostile"])[1]
    data = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert data["text"] == data["id"] == HOSTILE


def test_the_page_starts_with_what_was_asked_for(pages):
    packed = re.search(r'<script id="payload"[^>]*>([^<]*)</script>', pages["view"])[1]
    data = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert (data["layer"], data["head"]) == (2, 1)
    assert len(data["weights"]) == 2 * 2 * len(data["tokens"])
