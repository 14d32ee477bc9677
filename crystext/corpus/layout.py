"""Where the files of a corpus lie; names that the Hub and ``datasets`` know.

::

    DIR/
      README.md                                  the dataset card; its header names the configs
      manifest.json                              versions, settings, counts, checksums
      data/train-00000-of-00002.parquet          config "default": every described crystal
      failures/train-00000-of-00001.parquet      config "failures": every other input
      properties/NAME/SPLIT-00000-of-00001.parquet   config NAME: id, texts, target by split
      timings.parquet                            seconds, outside the checksums
      .build/                                    parts of an unfinished build; gone when finished
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CARD = "README.md"
MANIFEST = "manifest.json"
TIMINGS = "timings.parquet"
WORK = ".build"
BUILD = f"{WORK}/build.json"
"""From what and how an unfinished build is made."""
DATA, FAILURES, PROPERTIES = "data", "failures", "properties"


def shard_name(split: str, index: int, count: int) -> str:
    """Name of one shard, for example ``train-00000-of-00002.parquet``."""
    return f"{split}-{index:05d}-of-{count:05d}.parquet"


def shards(folder: Path, split: str) -> list[Path]:
    """The shards of one split in a folder, in order."""
    return sorted(folder.glob(f"{split}-*-of-*.parquet"))
