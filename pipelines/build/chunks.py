"""Inputs in chunks, the unit that is handed to workers and kept in the journal."""

from __future__ import annotations

import hashlib
import json
import pickle
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from crystext.corpus.rows import property_values
from crystext.crystal import Failure, structure_hash
from crystext.errors import BadPropertyError, DuplicateIdError
from crystext.unread import UnreadCrystal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crystext.corpus.columns import Property
    from crystext.crystal import Crystal
    from crystext.unread import Input

CHUNK = 64
"""Inputs of a chunk."""


@dataclass(frozen=True)
class Item:
    """One input, ready to be sent.

    Attributes:
        id: its id.
        payload: the pickled crystal and its property values, ``None`` for a failure.
        failure: why there is no crystal.
    """

    id: str
    payload: bytes | None
    failure: Failure | None = None


@dataclass(frozen=True)
class Chunk:
    """Inputs that follow one another.

    Attributes:
        index: number of the chunk, from 0.
        digest: of everything about the inputs that decides their rows.
        items: the inputs.
    """

    index: int
    digest: str
    items: tuple[Item, ...]


def chunks_of(
    inputs: Iterable[Input], properties: Sequence[Property], size: int = CHUNK
) -> Iterator[Chunk]:
    """Yields inputs in chunks, as they are asked for.

    A property of the wrong type makes a failure of the input, and so does an id that came before.
    Such inputs come last, when it is known what all others are called: ``ID#2`` is the second with
    this id, or ``ID#3`` where an input of its own is called ``ID#2``. Of all that was read, only a
    short hash of each id is kept.
    """
    source = _distinct(inputs)
    index = 0
    while batch := list(islice(source, size)):
        items, facts = [], []
        for one in batch:
            item, fact = _item(one, properties)
            items.append(item)
            facts.append(fact)
        text = json.dumps(facts, sort_keys=True, default=repr)
        yield Chunk(index, hashlib.sha256(text.encode()).hexdigest(), tuple(items))
        index += 1


def _distinct(inputs: Iterable[Input]) -> Iterator[Input]:
    """The inputs, those whose id came before as failures at the end, with ids of their own."""
    used: dict[bytes, int] = {}
    late: list[Failure] = []
    for one in inputs:
        if used.setdefault(_short(one.id), 0) == 0:
            used[_short(one.id)] = 1
            yield one
        else:
            late.append(one if isinstance(one, Failure) else _second(one.id))
    for failure in late:
        number = used[_short(failure.id)] + 1
        while _short(name := f"{failure.id}#{number}") in used:
            number += 1
        used[_short(failure.id)], used[_short(name)] = number, 1
        failure.error.crystal_id = name
        yield Failure(name, failure.error)


def _second(name: str) -> Failure:
    message = f"{name} came before in this input, and the first is kept; give ids that differ"
    return Failure(name, DuplicateIdError(message, crystal_id=name))


def _short(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=12).digest()


def _item(one: Input, properties: Sequence[Property]) -> tuple[Item, Any]:
    if not isinstance(one, Failure):
        try:
            values = property_values(one, properties)
        except BadPropertyError as error:
            one = Failure(one.id, error)
        else:
            payload = pickle.dumps((one, values), protocol=pickle.HIGHEST_PROTOCOL)
            fact = [one.id, one.source, _hash(one), list(values.values()), list(one.notes)]
            return Item(one.id, payload), fact
    return Item(one.id, None, one), [one.id, one.error.code, one.error.message]


def _hash(crystal: Crystal | UnreadCrystal) -> str:
    if isinstance(crystal, UnreadCrystal):
        return crystal.digest()
    try:
        return structure_hash(crystal.structure)
    except Exception as error:  # noqa: BLE001  (a broken structure: describing it says what is wrong)
        return repr(error)
