"""The texts of a corpus that are to be read, by id, and what a store's settings say of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from crystext.errors import UsageError
from crystext.model.text.sections import section_columns, section_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crystext.corpus.reader import Corpus


@dataclass(frozen=True)
class Texts:
    """Texts by id, what they are of, and how many there are where these are a part."""

    ids: list[str]
    texts: list[str]
    section: str
    corpus: str
    of: int

    @classmethod
    def read(
        cls, corpus: Corpus, section: str, limit: int | None, *, condensed: bool = False
    ) -> Self:
        """Those of a corpus.

        Args:
            corpus: whose texts.
            section: of them.
            limit: only the first so many rows.
            condensed: the dictionaries that texts are written from, in place of texts.

        Raises:
            UsageError: there are none.
        """
        if limit is not None and limit < 1:
            raise UsageError(f"a limit of {limit} leaves no text; give 1 or more")
        columns = ["condensed"] if condensed else section_columns(corpus.schema.names, section)
        table = corpus.table(["id", *columns]).slice(0, limit)
        if not len(table):
            raise UsageError(f"the corpus {corpus.path} has no rows to embed")
        ids, name = table["id"].to_pylist(), corpus.manifest["name"]
        texts = table["condensed"].to_pylist() if condensed else section_text(table, section)
        return cls(ids, texts, section, name, of=len(ids))

    def some(self, ids: Iterable[str] | None, corpus: Corpus) -> Self:
        """The texts of some crystals; the same object if these are all, or ``None``.

        Raises:
            UsageError: the corpus lacks one of them, or there are none.
        """
        if ids is None:
            return self
        wanted = set(ids)
        if unknown := wanted.difference(self.ids):
            message = f"{min(unknown)} is not in the corpus {corpus.path}"
            raise UsageError(f"{message}; give ids of its rows")
        if not wanted:
            raise UsageError("no ids leave no text to embed; give one or more, or None for all")
        if len(wanted) == len(self.ids):
            return self
        pairs = zip(self.ids, self.texts, strict=True)
        kept = [pair for pair in pairs if pair[0] in wanted]
        return replace(self, ids=[one for one, _ in kept], texts=[text for _, text in kept])

    def settings(self, identity: Mapping[str, Any]) -> dict[str, Any]:
        """Those of a store of what a reader of this identity makes of them."""
        found = hashlib.sha256()
        for pair in zip(self.ids, self.texts, strict=True):
            found.update(json.dumps(pair).encode() + b"\n")
        count = len(self.ids)
        return {
            **identity,
            "section": self.section,
            "corpus": self.corpus,
            **({} if count == self.of else {"part": f"{count} of {self.of}"}),
            "texts_sha256": found.hexdigest(),
        }
