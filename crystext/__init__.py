"""crystext: crystals as text, for people and for language models.

>>> import crystext
>>> crystext.describe("NaCl.cif").text
>>> for result in crystext.describe_many("structures/", workers=4):
...     print(result.id, getattr(result, "text", None) or result.error)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.lazy import lazy_names
from crystext.version import __version__

if TYPE_CHECKING:
    from crystext.corpus.reader import load_corpus
    from crystext.crystal import Crystal, Failure
    from crystext.description.describer import Describer, describe
    from crystext.description.record import Description
    from crystext.embedded import mini, mini_table
    from crystext.errors import CrystextError
    from crystext.features.facts import facts
    from crystext.representations.encode import decode, encode
    from crystext.verification.verify import verify

__all__ = [
    "Crystal",
    "CrystextError",
    "Describer",
    "Description",
    "Failure",
    "__version__",
    "decode",
    "describe",
    "describe_many",
    "encode",
    "facts",
    "load_corpus",
    "mini",
    "mini_table",
    "search",
    "verify",
    "verify_many",
]

# Loaded at first use, so that `crystext --help` and the errors cost no scientific library.
_HOMES = {
    "Crystal": "crystext.crystal",
    "CrystextError": "crystext.errors",
    "Describer": "crystext.description.describer",
    "Description": "crystext.description.record",
    "Failure": "crystext.crystal",
    "decode": "crystext.representations.encode",
    "describe": "crystext.description.describer",
    "describe_many": "crystext.pipelines.many",  # by name alone: imports point one way
    "encode": "crystext.representations.encode",
    "facts": "crystext.features.facts",
    "load_corpus": "crystext.corpus.reader",
    "mini": "crystext.embedded",
    "mini_table": "crystext.embedded",
    "search": "crystext.pipelines.search.searcher",  # likewise
    "verify": "crystext.verification.verify",
    "verify_many": "crystext.pipelines.verifying",  # likewise
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES, also=("__version__",))
