"""How much of a test set is known from training: the same formula, and the same space group too.

A random split leaves polymorphs and other settings of a formula on both sides, which makes every
error look smaller than it is on compositions that are new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.corpus.reader import Corpus
    from crystext.model.benchmark.splits import Split


def known_from_training(corpus: Corpus, splits: Iterable[Split]) -> str:
    """What part of the tested is known, in words, over the folds of one property."""
    table = corpus.table(["id", "formula", "space_group_number"])
    ids, *columns = (column.to_pylist() for column in table.columns)
    of = dict(zip(ids, zip(*columns, strict=True), strict=True))
    tested = formula = both = 0
    for split in splits:
        learnt = {of[one] for one in split["train"]}
        formulas = {name for name, _ in learnt}
        for one in split["test"]:
            tested += 1
            formula += of[one][0] in formulas
            both += of[one] in learnt
    if not formula:
        return "no formula of the tested stands in train"
    return (
        f"of the tested, {formula / tested:.0%} have their formula in train, "
        f"{both / tested:.0%} in the same space group"
    )
