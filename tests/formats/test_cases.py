"""The small inputs of kinds that used to be misread, where that folder is at hand; by the command.

The kinds themselves are tested by files of our own making in ``kinds``.
"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pymatgen.core import Composition

from crystext.cli import cli

CASES = Path(__file__).parents[3] / "shared" / "cases"
if not (CASES / "expected.json").is_file():
    pytest.skip("the folder of cases is not here", allow_module_level=True)
EXPECTED = json.loads((CASES / "expected.json").read_text())


def fits(accepted, found, result):
    if accepted == "refuse":
        return not found and result.exit_code == 1 and "engine-failed" not in result.stderr
    if accepted == "warn":
        return len(found) == 1 and result.exit_code == 0 and "[note]" in result.stderr
    if accepted == "several":
        return len(found) > 1 and result.exit_code == 0
    if len(found) != 1:
        return False
    (one,) = found
    same = Composition(one["formula"]) == Composition(accepted["formula"])
    number = accepted["space_group_number"]
    return (
        same
        and number in {None, one["space_group_number"]}
        and accepted.get("text", "") in one["text"]
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_accepted(name):
    result = CliRunner().invoke(cli, ["describe", str(CASES / name), "--jsonl"])
    assert isinstance(result.exception, SystemExit | None), result.exception
    found = [json.loads(line) for line in result.stdout.splitlines()]
    ways = EXPECTED[name]["accept"]
    told = (name, EXPECTED[name]["why"], [one["formula"] for one in found], result.stderr)
    assert any(fits(way, found, result) for way in ways), told
