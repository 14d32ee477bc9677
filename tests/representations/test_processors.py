"""The same texts, and the same features of an index, on every processor."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Equally near sites, dihedrals of half a turn, means half way between two steps: their texts or
# bytes differed between processors.
IDS = [
    *("mp-17", "mp-154", "mp-173", "mp-303", "mp-452", "mp-514", "mp-537", "mp-593", "mp-625"),
    *("mp-726", "mp-493", "mp-574", "mp-1707", "mp-1818", "mp-2786", "mp-3307", "mp-390"),
]
PROGRAM = """
import hashlib, sys, warnings
warnings.simplefilter("ignore")
from crystext import load_corpus, mini
from crystext.features.facts import facts_table
from crystext.pipelines.search.likeness import packed
from crystext.representations.encode import Encoder
from crystext.representations.representation import REPRESENTATIONS
encoder = Encoder(list(REPRESENTATIONS))
for crystal in mini(sys.argv[1:]):
    print(encoder.describe(crystal).texts)
values = packed(facts_table(load_corpus("mini"), limit=500).values)
print(hashlib.sha256(values.tobytes()).hexdigest())
"""


def said(**environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *IDS],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.slow
def test_texts_and_features_do_not_depend_on_the_processor():
    expected = said(OPENBLAS_CORETYPE="Haswell")
    assert len(expected) == len(IDS) + 1
    assert said(OPENBLAS_CORETYPE="Prescott") == expected
    assert said(NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4") == expected
