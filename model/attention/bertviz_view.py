"""BertViz's own view of a text (Vig, ACL 2019), as the paper's figures 3 and 4 show it.

All attention of one layer stands in the page as text: 3 MB at 150 tokens and 12 heads, some 50 MB
at 512. The page loads three scripts from cdnjs.cloudflare.com; without a network it says so, and
that the page of :mod:`crystext.model.attention.page` beside it needs none.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from crystext.errors import MissingExtraError
from crystext.model.attention.view import MEAN, View, check_layer_and_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from crystext.model.attention.reader import AttentionReader

DECIMALS = 4
"""Of weights in the page, which says what a line's opacity can show."""
_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<body style="font-family: Helvetica, Arial, sans-serif">
<h1 style="font-size: 17px">{title}</h1>
<p>BertViz counts from 0: its layer {number} is layer {layer} here.</p>
<p id="away" role="alert" hidden>Nothing is drawn, for BertViz loads require.js, D3 and jQuery from
cdnjs.cloudflare.com, which cannot be reached. The page without "bertviz" in its name, beside this
one, needs no network.</p>
{view}
<script>
{{
  const tell = () => {{ document.getElementById("away").hidden = false; }};
  if (window.requirejs) requirejs.onError = tell;
  else tell();
}}
</script>
"""


def bertviz_page(reader: AttentionReader, view: View, layer: int, head: int = MEAN) -> str:
    """The page that BertViz's ``head_view`` makes of one layer.

    Args:
        reader: the encoder.
        view: the text.
        layer: from 1; BertViz counts from 0.
        head: from 1, or :data:`MEAN` for all of them together.

    Raises:
        UsageError: the encoder has no such layer or head.
        MissingExtraError: BertViz is not installed.
    """
    import torch

    check_layer_and_head(view.layers, view.heads, layer, head, view.encoder)
    head_view = check_bertviz()
    weights = torch.from_numpy(reader.whole(view.read)).double().round(decimals=DECIMALS)
    made = head_view(
        attention=[one[None] for one in weights],
        tokens=list(view.read.tokens),
        layer=layer - 1,
        heads=None if head == MEAN else [head - 1],
        include_layers=[layer - 1],
        html_action="return",
    )
    title = html.escape(f"{view.formula} ({view.id}): BertViz, {view.encoder}, layer {layer}")
    return _PAGE.format(title=title, layer=layer, number=layer - 1, view=made.data)


def check_bertviz() -> Callable[..., Any]:
    """BertViz's ``head_view``.

    Raises:
        MissingExtraError: BertViz, or what it needs, is not installed.
    """
    try:
        from bertviz import head_view
    except ImportError as error:
        raise MissingExtraError(
            f"BertViz's view needs {error.name or 'bertviz'}, which is missing: pip install bertviz"
        ) from error
    return head_view
