"""Measures what a crystal costs by its number of sites: the data behind ``--dry-run``.

Run ``python -m crystext.pipelines.measure_speed CORPUS OUT.json`` with a corpus of ``mini`` that
counts ``minilm`` tokens. Seconds are CPU time of making whole rows (describing, CIF, JSON, token
counts) in one process, so they hold on a busy machine too; bytes are the corpus' files, shared out
by the length of what each row says.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.corpus.reader import Corpus, load_corpus
from crystext.pipelines.build.settings import SYMPRECS
from crystext.pipelines.build.worker import RowMaker
from crystext.pipelines.sources import registry
from crystext.provenance import processor

if TYPE_CHECKING:
    from collections.abc import Iterator

UP_TO = (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 100, 200)
"""Size classes: sites of the cell as given, each up to and including this number."""
PER_CLASS = 60
"""Crystals that are timed in each class, evenly spread."""
_SAID = ("text", "structure", "condensed")


def measure(corpus: Corpus, per_class: int = PER_CLASS) -> list[dict[str, Any]]:
    """Classes with how many crystals they hold, and mean CPU seconds and bytes of one.

    Args:
        corpus: built from a source that needs no file.
        per_class: crystals that are timed in each class.
    """
    rows = corpus.table(["id", "source", "n_sites", *_SAID]).to_pylist()
    said = [sum(len(row[name]) for name in _SAID) for row in rows]
    share = sum(file["bytes"] for file in corpus.manifest["files"]) / sum(said)
    classes, least = [], 0
    for up_to in UP_TO:
        chosen = [place for place, row in enumerate(rows) if least < row["n_sites"] <= up_to]
        least = up_to
        if chosen:
            timed = chosen[:: max(1, len(chosen) // per_class)]
            seconds = list(_seconds([rows[place] for place in timed]))
            classes.append(
                {
                    "up_to": up_to,
                    "crystals": len(chosen),
                    "seconds": round(sum(seconds) / len(seconds), 5),
                    "bytes": round(share * sum(said[place] for place in chosen) / len(chosen)),
                }
            )
    return classes


def _seconds(rows: list[dict[str, Any]]) -> Iterator[float]:
    maker = RowMaker({"canonical": True}, SYMPRECS, ("minilm",))
    source = registry.get(rows[0]["source"])
    for crystal in source.crystals(ids=[row["id"] for row in rows]):
        start = time.process_time()
        maker.describe(pickle.dumps((crystal, {})))
        yield time.process_time() - start


def main(argv: list[str] | None = None) -> int:
    """Command line: CORPUS OUT."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="a corpus of mini")
    parser.add_argument("out", type=Path, help="the JSON file to write")
    args = parser.parse_args(argv)
    corpus = load_corpus(args.corpus)
    measured = {
        "machine": f"one core of {processor()}",
        "command": "python -m crystext.pipelines.measure_speed CORPUS OUT.json",
        "versions": corpus.manifest["versions"],
        "classes": measure(corpus),
    }
    args.out.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
