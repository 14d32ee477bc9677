"""The same bytes on every processor: kinds of processors that can be imitated on this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# Straight angles, lengths half way between two decimals, coordinates half way between two rounded
# ones: their rows differed between processors.
IDS = [
    "mp-72", "mp-123", "mp-399", "mp-523", "mp-610", "mp-650", "mp-654", "mp-786",
    "mp-853", "mp-1051", "mp-1078", "mp-1115", "mp-1186", "mp-1201", "mp-1207", "mp-1219",
    "mp-1233", "mp-1252", "mp-1566", "mp-1591", "mp-1606", "mp-1620", "mp-1641", "mp-1690",
    "mp-1952", "mp-3545", "mp-11798", "mp-2779", "mp-625103", "mp-645435",
    "mp-555321", "mp-567332", "mp-558071", "mp-19395",
]  # fmt: skip
PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
from crystext import Describer, mini
from crystext.corpus.rows import row_of
rows = []
for canonical in (True, False):
    describer = Describer(canonical=canonical)
    for crystal in mini(sys.argv[1:]):
        rows.append(row_of(crystal, describer.describe(crystal), symprec=0.01, properties={}))
json.dump(rows, sys.stdout)
"""


def rows(**environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *IDS],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_rows_do_not_depend_on_the_processor():
    expected = rows(OPENBLAS_CORETYPE="Haswell")
    assert len(expected) == 2 * len(IDS)
    assert rows(OPENBLAS_CORETYPE="Prescott") == expected
    assert rows(NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4") == expected
