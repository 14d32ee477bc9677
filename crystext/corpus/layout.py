"""Where the files of a corpus lie; names that the Hub and ``datasets`` know.

::

    DIR/
      README.md                                  the dataset card; its header names the configs
      manifest.json                              versions, settings, counts, checksums
      data/train-00000-of-00002.parquet          config "default": every described crystal
      failures/train-00000-of-00001.parquet      config "failures": every other input
      properties/NAME/SPLIT-00000-of-00001.parquet   config NAME: id, texts, target by split;
                                                 NAME as :func:`property_folder` gives it
      timings.parquet                            seconds, outside the checksums
      .build/                                    parts of an unfinished build; gone when finished
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CARD = "README.md"
MANIFEST = "manifest.json"
TIMINGS = "timings.parquet"
WORK = ".build"
DATA, FAILURES, PROPERTIES = "data", "failures", "properties"
_NO_NAME = re.compile(r"""[\x00-\x1f\x7f<>:"/\\|?*\[\]{}%#]|^[. ]|[. ]$""")
"""What file systems, patterns and ``datasets`` do not take in the name of a folder or config."""


def property_folder(name: str) -> str:
    """The folder, and the config, of a property: its name, ``E%2Fatom`` for ``E/atom``."""
    return _NO_NAME.sub(lambda found: f"%{ord(found[0]):02X}", name)


def shard_name(split: str, index: int, count: int) -> str:
    """Name of one shard, for example ``train-00000-of-00002.parquet``."""
    return f"{split}-{index:05d}-of-{count:05d}.parquet"


def shards(folder: Path, split: str) -> list[Path]:
    """The shards of one split in a folder, in order."""
    return sorted(folder.glob(f"{split}-*-of-*.parquet"))
