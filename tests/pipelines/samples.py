"""A source of a few tiny crystals, and makers of rows that misbehave on request."""

from __future__ import annotations

import os
import pickle
import signal
import time
from dataclasses import dataclass, field

from pymatgen.core import Lattice, Structure

from crystext.corpus.columns import Property
from crystext.crystal import Crystal, Failure
from crystext.errors import EmptyFileError, SymmetryFailedError
from crystext.pipelines.build.worker import RowMaker
from crystext.pipelines.sources.source import Source, first
from crystext.pipelines.splits import SplitSpec

GAP = Property("gap", "eV", "band gap")
FAKE = "tests.pipelines.samples:FakeRows"
POISONED = "tests.pipelines.samples:PoisonedRows"


def copper(number=0, *, notes=(), **properties):
    """A crystal of one atom; its number decides the length of its cell."""
    structure = Structure(Lattice.cubic(2.8 + number * 1e-4), ["Cu"], [[0, 0, 0]])
    values = {"gap": number / 10} | properties
    return Crystal(f"c-{number}", structure, "sample", values, tuple(notes))


def unreadable(name):
    return Failure(name, EmptyFileError("the file is empty; copy it again", crystal_id=name))


@dataclass(frozen=True, kw_only=True)
class Sample(Source):
    """Whatever a test puts in."""

    inputs: tuple = ()
    parts: dict = field(default_factory=dict)

    def crystals(self, *, from_file=None, ids=None, limit=None, **_options):
        chosen = (one for one in self.inputs if ids is None or one.id in ids)
        return first(chosen, limit)

    def splits(self, **_options):
        return dict(self.parts)


def sample(inputs, **more):
    facts = {"licence": "CC0-1.0", "licence_note": "made up", "citations": ("@misc{none}",)}
    return Sample(
        **{
            "name": "sample",
            "title": "Sample",
            "properties": (GAP,),
            "inputs": tuple(inputs),
            **facts,
            **more,
        }
    )


def many(count=300):
    """Crystals with some failures of all steps in between, and a split."""
    inputs = [copper(number) for number in range(count)]
    for number in range(0, count, 37):
        inputs[number] = copper(number, notes=["symmetry"])
    inputs.insert(count // 2, unreadable("empty"))
    inputs.append(copper(1))
    ids = [f"c-{number}" for number in range(count)]
    parts = {"train": tuple(ids[::2]), "validation": tuple(ids[1::4]), "test": tuple(ids[3::4])}
    return sample(inputs, parts={"gap": SplitSpec("every other", parts)})


class FakeRows:
    """Makes rows without describing; does what the crystal's notes say first."""

    def __init__(self, **settings):
        del settings

    def describe(self, payload):
        crystal, properties = pickle.loads(payload)
        for note in crystal.notes:
            obey(note)
        texts = ("text", "global_text", "local_text", "fields_text", "condensed", "structure")
        return {
            "id": crystal.id,
            "source": crystal.source,
            "formula": "Cu",
            "elements": ["Cu"],
            "n_sites": 1,
            **{name: f"{name} of {crystal.id}" * 20 for name in texts},
            "structure_hash": "0" * 64,
            "mineral": None,
            "crystal_system": "cubic",
            "space_group_symbol": "Pm-3m",
            "space_group_number": 221,
            "dimensionality": 3,
            "n_components": 1,
            "n_different_components": 1,
            "symprec": 0.01,
            "notes": [],
            **properties,
        }


class PoisonedRows(RowMaker):
    """Makes real rows, but hangs or dies where the crystal's notes say so."""

    def describe(self, payload):
        for note in pickle.loads(payload)[0].notes:
            obey(note)
        return super().describe(payload)


def obey(note):
    word, _, number = note.partition(":")
    if word == "hang":
        time.sleep(1000)
    elif word == "sleep":
        time.sleep(float(number))
    elif word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "bug":
        raise ZeroDivisionError("a bug")
    elif word == "symmetry":
        raise SymmetryFailedError("no space group; try another tolerance")


def files_of(folder):
    """Every file below a folder but the timings, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "timings.parquet"
    }
