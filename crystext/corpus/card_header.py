"""The header of the card: the licence, size and configs that the Hub and ``datasets`` read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crystext.choices import SPLITS, TRAIN
from crystext.corpus import layout
from crystext.errors import IncompleteCardError

if TYPE_CHECKING:
    from collections.abc import Mapping

HUB_LICENCES = frozenset(
    {"apache-2.0", "bsd-3-clause", "cc-by-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-sa-4.0"}
    | {"cc0-1.0", "cdla-permissive-2.0", "mit", "odbl", "odc-by", "pddl", "unknown"}
)
"""Ids of data licences that the Hub knows; others are ``other`` with a name and a link."""
SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))
LARGEST = "1M<n<10M"


def configs(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The configs for the header of the dataset card, which ``datasets`` and the Hub read.

    ``default`` holds every row, ``failures`` every other input; and one for each property that has
    a split. Parts and configs that hold no row are left out: ``datasets`` refuses to load nothing.
    """

    def config(name: str, parts: Mapping[str, str], **more: Any) -> dict[str, Any]:
        data_files = [{"split": split, "path": path} for split, path in parts.items()]
        return {"config_name": name, **more, "data_files": data_files}

    found = [config("default", {TRAIN: f"{layout.DATA}/{TRAIN}-*"}, default=True)]
    if manifest["counts"]["failures"]:
        found.append(config("failures", {TRAIN: f"{layout.FAILURES}/{TRAIN}-*"}))
    for name, split in manifest["splits"].items():
        parts = {
            part: f"{layout.PROPERTIES}/{layout.property_folder(name)}/{part}-*"
            for part in SPLITS
            if split["counts"].get(part)
        }
        if parts:
            found.append(config(layout.property_folder(name), parts))
    return found


def hub_licence(source: Mapping[str, Any]) -> dict[str, str]:
    """The Hub's ``license`` for a source's SPDX id, ``unknown`` where it names none.

    Raises:
        IncompleteCardError: a licence that the Hub does not know has no page to link to.
    """
    spdx = source["licence"]
    if not spdx:
        return {"id": "unknown"}  # as of a user's own files
    if spdx.lower() in HUB_LICENCES:
        return {"id": spdx.lower()}
    link = source["homepage"] or source["url"]
    if not link:
        msg = f"the card needs 'source.homepage' to link to the licence {spdx!r}; name one"
        raise IncompleteCardError(msg)
    return {"id": "other", "name": re.sub(r"[^a-z0-9.]+", "-", spdx.lower()), "link": link}


def size_category(rows: int) -> str:
    """The Hub's size category for a number of rows."""
    return next((name for limit, name in SIZES if rows < limit), LARGEST)
