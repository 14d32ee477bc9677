"""What ``crystext check`` finds: a small corpus spoilt in every way, and the table of it.

Run ``python -m benchmarks.mutate_corpus [--only WORDS]`` in the project's folder. Each change of
``corpus_mutations.py`` is made in a copy of a corpus of mini crystals, whose source the check has
at hand, once as it is and once with all checksums, counts and the card recomputed; and the latter
also in the same corpus under another source's name, whose source it has not. What the plain check
does not find is looked for with ``--deep``. The exit status is 1 where anything is found later than
``corpus_mutations.py`` says, or a check ends in an exception.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.corpus_copy import Copy
from benchmarks.corpus_mutations import (
    CHECK,
    DEEP,
    MUTATIONS,
    NEVER,
    SOURCE,
    SOURCE_DEEP,
    Mutation,
)
from crystext.corpus.checks import check_corpus, errors
from crystext.crystal import Crystal
from crystext.embedded import mini_table
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.sources.mini import SOURCE as MINI
from crystext.pipelines.sources.mini import Mini

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crystext.crystal import Failure

FIRST, LAST, EVERY = 117, 6240, 260
"""Which of the mini crystals: 24, of all three parts of the split."""
MAX_SITES, ROWS_PER_SHARD = 15, 10
"""So that there are failures, and several shards."""
ENDED = "did not end"
"""Words of a problem that says that a check met what nobody foresaw."""
HEAD = (
    "| change | found as it is | checksums recomputed | with `--deep` | source not at hand | "
    "with `--deep` | why not |\n| --- | --- | --- | --- | --- | --- | --- |"
)


class _Elsewhere(Mini):
    """The mini crystals under a name that no check knows."""

    def crystals(self, **options: Any) -> Iterator[Crystal | Failure]:
        for one in super().crystals(**options):
            yield replace(one, source=self.name) if isinstance(one, Crystal) else one


def build(folder: Path) -> tuple[Path, Path]:
    """The two corpora: of mini, and of the same crystals from elsewhere."""
    ids = tuple(mini_table()["id"].to_pylist()[FIRST:LAST:EVERY])
    settings = BuildSettings(
        ids=ids, tokenizers=("minilm",), max_sites=MAX_SITES, rows_per_shard=ROWS_PER_SHARD
    )
    facts = {one.name: getattr(MINI, one.name) for one in fields(MINI)}
    sources = (MINI, _Elsewhere(**facts | {"name": "elsewhere"}))
    made = []
    for source in sources:
        path = folder / f"{source.name}-text"
        build_corpus(source, path, settings=settings, progress=False)
        made.append(path)
    return made[0], made[1]


@dataclass(frozen=True)
class Outcome:
    """What was found of a mutation, each by the name of the first check, or nothing.

    Attributes:
        stale: by the plain check, with nothing recomputed; after ``--deep``, where that found it.
        found: by the plain check, with all recomputed.
        deep: by ``--deep`` then.
        elsewhere: as ``found``, where the source is not at hand.
        elsewhere_deep: as ``deep`` there.
        trouble: checks that ended in an exception.
    """

    stale: str = ""
    found: str = ""
    deep: str = ""
    elsewhere: str = ""
    elsewhere_deep: str = ""
    trouble: tuple[str, ...] = ()

    def needs(self) -> str:
        """What it took to find the change with checksums recomputed."""
        if self.elsewhere and self.found:
            return CHECK
        if self.elsewhere_deep and self.deep:
            return DEEP
        return SOURCE if self.found else SOURCE_DEEP if self.deep else NEVER


def tried(mutation: Mutation, mini: Path, elsewhere: Path) -> Outcome:
    """Makes the change in copies and checks them."""
    trouble: list[str] = []

    def looked(corpus: Path, *, recomputed: bool) -> tuple[str, str]:
        with TemporaryDirectory() as folder:
            copy = Copy(Path(shutil.copytree(corpus, Path(folder) / corpus.name)))
            mutation.change(copy)
            assert copy.differs(corpus), f"{mutation.name} changes nothing"
            if recomputed:
                copy.recompute(card=not mutation.of_card)
            for deep in (False, True):
                problems = errors(check_corpus(copy.folder, deep=deep))
                trouble.extend(one.message for one in problems if ENDED in one.message)
                if problems:
                    return ("" if deep else problems[0].check), problems[0].check
        return "", ""

    return Outcome(
        looked(mini, recomputed=False)[1],
        *looked(mini, recomputed=True),
        *looked(elsewhere, recomputed=True),
        trouble=tuple(dict.fromkeys(trouble)),
    )


def wrong(mutation: Mutation, outcome: Outcome) -> str | None:
    """What is worse than the mutation says; ``None`` where nothing is."""
    order = (CHECK, DEEP, SOURCE, SOURCE_DEEP, NEVER)
    if outcome.trouble:
        return f"a check ended early: {outcome.trouble[0]}"
    if order.index(outcome.needs()) > order.index(mutation.found):
        return f"takes {outcome.needs()}, not {mutation.found}"
    if mutation.stale and not outcome.stale and mutation.found != NEVER:
        return "is not found with stale checksums"
    return None


def lines(results: Sequence[tuple[Mutation, Outcome]]) -> Iterator[str]:
    """The table, and the counts below it."""
    yield HEAD
    for mutation, one in results:
        cells = (one.stale, one.found, one.deep, one.elsewhere, one.elsewhere_deep)
        yield f"| {mutation.name} | {' | '.join(c or 'no' for c in cells)} | {mutation.why} |"
    total = len(results)
    counts = {
        "as they are": sum(bool(one.stale) for _, one in results),
        "with checksums recomputed": sum(bool(one.found) for _, one in results),
        "and `--deep`": sum(bool(one.deep) for _, one in results),
        "where the source is not at hand": sum(bool(one.elsewhere) for _, one in results),
        "and `--deep` there": sum(bool(one.elsewhere_deep) for _, one in results),
    }
    yield ""
    yield "; ".join(f"{words}: {number} of {total} found" for words, number in counts.items()) + "."


def main() -> None:
    """Builds, tries all and prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", default="", help="mutations whose names hold these words")
    args = parser.parse_args()
    results, bad = [], 0
    with TemporaryDirectory() as folder:
        mini, elsewhere = build(Path(folder))
        for corpus in (mini, elsewhere):
            problems = errors(check_corpus(corpus, deep=True))
            assert not problems, problems
        for mutation in MUTATIONS:
            if args.only not in mutation.name:
                continue
            outcome = tried(mutation, mini, elsewhere)
            results.append((mutation, outcome))
            print(f"{mutation.name}: {outcome.needs()}", file=sys.stderr, flush=True)
            if said := wrong(mutation, outcome):
                bad += 1
                print(f"WRONG: {mutation.name}: {said}", file=sys.stderr, flush=True)
    print("\n".join(lines(results)))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
