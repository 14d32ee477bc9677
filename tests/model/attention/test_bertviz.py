import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from crystext.errors import MissingExtraError
from crystext.model.attention import view_of
from crystext.model.attention.bertviz_view import bertviz_page


@pytest.fixture
def view(reader, cut):
    return view_of(reader, cut, "global")


def test_bertviz_gets_the_layer_and_head_counted_from_0(reader, view, monkeypatch):
    given = {}

    def head_view(**options):
        given.update(options)
        return SimpleNamespace(data="<div>drawn</div>")

    fake = ModuleType("bertviz")
    fake.head_view = head_view
    monkeypatch.setitem(sys.modules, "bertviz", fake)
    page = bertviz_page(reader, view, 2, 1)
    assert "<div>drawn</div>" in page
    assert "its layer 1 is layer 2 here" in page
    assert view.id in page
    assert given["layer"] == 1
    assert given["include_layers"] == [1]
    assert given["heads"] == [0]
    assert given["html_action"] == "return"
    assert given["tokens"][0] == "[CLS]"
    assert len(given["attention"]) == 2
    row = given["attention"][1][0, 1, 0].numpy()  # layer 2, head 2, [CLS]
    np.testing.assert_allclose(row, view.tokens(2, 2), atol=6e-5)
    bertviz_page(reader, view, 1)
    assert given["heads"] is None


def test_the_real_bertviz_draws_it(reader, view):
    pytest.importorskip("bertviz")
    page = bertviz_page(reader, view, 2)
    assert "bertviz-" in page
    assert '"[CLS]"' in page


def test_without_bertviz_the_message_says_what_to_install(reader, view, monkeypatch):
    monkeypatch.setitem(sys.modules, "bertviz", None)
    with pytest.raises(MissingExtraError, match="pip install bertviz"):
        bertviz_page(reader, view, 1)
