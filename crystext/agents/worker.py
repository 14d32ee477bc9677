"""What the child process of the tools does: everything that an input can do to a program.

It runs under a time limit and can be killed
(:class:`crystext.pipelines.parallel.limited_describer.LimitedDescriber`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crystext.agents.bounded import cut, sentences, shortened, tokens
from crystext.choices import SECTIONS
from crystext.crystal import Failure
from crystext.errors import UnknownIdError, UsageError, shown
from crystext.serve.worker import Upload, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from crystext.crystal import Crystal

_NOT_SHOWN = ("condensed", "structure", "structure_hash", "notes", "text", "fields_text")


@dataclass(frozen=True)
class Given:
    """A structure as it was given.

    Attributes:
        upload: its bytes, name and format.
        index: which of several it is, from 1.
    """

    upload: Upload
    index: int = 1


class ToolWorker:
    """Answers the questions of the tools; lives in the child process.

    Args:
        max_sites: refuse larger structures.
    """

    def __init__(self, *, max_sites: int) -> None:
        from crystext.pipelines.describing import ready_describer

        self._describer = ready_describer(max_sites=max_sites)
        self._searchers: dict[str, Any] = {}

    def describe(self, question: tuple[Callable[..., Any], tuple[Any, ...]]) -> Any:
        """The answer, as plain values, of one of the methods below and what it is asked.

        Raises:
            CrystextError: there is none; its message says why.
        """
        method, asked = question
        return method(self, *asked)

    def described(self, given: Given, section: str, most: int, skip: int) -> str:
        """A section, as many sentences as fit from some on; of all, the local part is cut first."""
        crystal, several = self._crystal(given)
        description = self._describer.describe_read(crystal)
        head = f"{description.id} ({description.formula})"
        if several > 1:
            head += f", structure {given.index} of {several}"
        text = getattr(description, SECTIONS[section])
        body, left = cut(text, most, skip=skip)
        lines = [head, body or "(nothing)"]
        if left:
            done = len(sentences(text)) - left
            lines.append(f"[{left} more sentences; go on with skip={done}]")
        lines += [f"note: {one}" for one in description.notes]
        return "\n".join(lines)

    def verified(self, given: Given, text: str, most: int) -> dict[str, Any]:
        """What of a text is true: the score, and the claims that fit, false ones first."""
        from crystext.verification.verify import verify

        crystal, _ = self._crystal(given)
        found = verify(self._describer.describe_read(crystal), text)
        rank = {"false": 0, "cannot tell": 1, "true": 2}
        told = [
            {"judgement": str(one.judgement), "claim": one.claim.said, "found": str(one.found)}
            for one in found.claims
        ]
        told.sort(key=lambda one: rank[one["judgement"]])
        kept, room = [], most
        for line in told:
            room -= tokens(" ".join(line.values()))
            if room < 0:
                break
            kept.append(line)
        return {
            "score": found.score,
            "claims": kept,
            "claims_left_out": len(told) - len(kept),
            "unread": [shortened(one, 60) for one in found.unread[:10]],
            "not_read": [word for one in found.partly_read for word in one.left][:10],
            "read_whole": found.read_whole,
        }

    def _crystal(self, given: Given) -> tuple[Crystal, int]:
        """The structure that is meant, and how many there are."""
        found = split(given.upload)
        if not 1 <= given.index <= len(found):
            raise UsageError(f"there is no structure {given.index}; there are {len(found)}")
        return self._describer.read(found[given.index - 1]), len(found)

    def found(
        self, corpus: str, query: str, where: str | None, like: Given | None, limit: int, most: int
    ) -> dict[str, Any]:
        """Rows of a corpus, those that fit, the best first."""
        from crystext.corpus.reader import load_corpus
        from crystext.pipelines.search.searcher import Searcher

        if corpus not in self._searchers:
            self._searchers[corpus] = Searcher(load_corpus(corpus))
        alike = None if like is None else self._crystal(like)[0]
        found = self._searchers[corpus].search(query, where=where, like=alike, limit=limit)
        hits: list[dict[str, Any]] = []
        room = most
        for one in found:
            told = {key: one.row[key] for key in one.row if one.row[key] is not None}
            told |= {"score": round(one.score, 3), "why": one.why}
            room -= tokens(" ".join(map(str, told.values())))
            if room < 0 and hits:
                break
            hits.append(told)
        return {"hits": hits, "total": found.total, "notes": list(found.notes)}

    @cached_property
    def _networks(self) -> Any:
        from crystext.model import load

        return load(device="cpu")

    def predicted(self, given: Given, properties: tuple[str, ...]) -> dict[str, Any]:
        """Properties by the package's networks; all if none is named."""
        crystal, _ = self._crystal(given)
        known = self._networks.properties
        unknown = next((one for one in properties if one not in known), None)
        if unknown is not None:
            raise UsageError(f"{shown(unknown)} is no property; there are {', '.join(known)}")
        answers = []
        for one in self._networks.predict([crystal]):
            if isinstance(one, Failure):
                raise one.error
            if not properties or one.property in properties:
                spread = None if one.spread is None else float(f"{one.spread:.2g}")
                told = {"property": one.property, "value": float(f"{one.value:.4g}")}
                told |= {"spread": spread, "unit": one.unit, "notes": list(one.notes)}
                answers.append(told)
        return {"id": crystal.id, "predictions": answers}

    def corpus_row(
        self, place: str, crystal_id: str, columns: tuple[str, ...], most: int
    ) -> dict[str, Any]:
        """Some columns of a row of a corpus, or those that people read, long texts cut."""
        from crystext.corpus.reader import load_corpus

        corpus = load_corpus(place)
        names = corpus.schema.names
        unknown = next((one for one in columns if one not in names), None)
        if unknown is not None:
            raise UsageError(f"{shown(unknown)} is no column; there are {', '.join(names)}")
        try:
            row = corpus.row(crystal_id)
        except KeyError as error:
            raise UnknownIdError(f"{error.args[0]}; see search") from error
        hidden = {one for one in names if one in _NOT_SHOWN or "_tokens_" in one}
        hidden |= {one for one in names if one.startswith("truncated_")}
        wanted = columns or [one for one in names if one not in hidden]
        units = {name: one.unit for name, one in corpus.properties.items() if one.unit}
        room = most
        answer: dict[str, Any] = {}
        for name in wanted:
            value = row[name]
            if value is None:
                continue
            if isinstance(value, str):
                value = shortened(value, max(room, 20))
            elif isinstance(value, float):
                value = float(f"{value:.6g}")
            room -= tokens(str(value))
            answer[f"{name} ({units[name]})" if name in units else name] = value
        return answer
