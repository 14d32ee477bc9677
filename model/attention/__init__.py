"""What a text encoder attends to: its [CLS] token's attention on the words of a description.

>>> from crystext.model.attention import AttentionReader, view_of
>>> reader = AttentionReader.load("minilm")
>>> view = view_of(reader, crystext.describe("NaCl.cif"))
>>> view.words_by_weight(layer=5)[:3]

BertViz (Vig, ACL 2019) draws all attention of a text, as the paper's figures 3 and 4 do. It counts
layers from 0, and its page loads scripts from cdnjs.cloudflare.com; ``pip install bertviz``, then

>>> weights = [torch.from_numpy(one)[None] for one in reader.whole(view.read)]
>>> page = bertviz.head_view(weights, list(view.read.tokens), layer=4, html_action="return")
>>> Path("bertviz.html").write_text(page.data)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.lazy import lazy_names

if TYPE_CHECKING:
    from crystext.model.attention.reader import AttentionReader
    from crystext.model.attention.summary import Summary, summarise
    from crystext.model.attention.view import View, view_of

__all__ = ["AttentionReader", "Summary", "View", "summarise", "view_of"]

_HOMES = {
    "AttentionReader": "crystext.model.attention.reader",
    "Summary": "crystext.model.attention.summary",
    "View": "crystext.model.attention.view",
    "summarise": "crystext.model.attention.summary",
    "view_of": "crystext.model.attention.view",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
