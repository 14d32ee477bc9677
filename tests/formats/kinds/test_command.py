"""``crystext describe`` on such files: texts on one stream, notes and refusals on the other."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from crystext.cli import cli
from tests.formats.cif_makers import BADDELEYITE, HALITE, METHANOL

NOTED = METHANOL.but(atoms=METHANOL.atoms[:5])
"""A hydrogen of the formula is not listed."""


def describe(folder, *options, **files):
    for name, made in files.items():
        (folder / f"{name}.cif").write_text(made.text())
    paths = [str(folder / f"{name}.cif") for name in files]
    return CliRunner().invoke(cli, ["describe", *paths, *options])


def test_a_sound_file_has_no_word_on_standard_error(tmp_path):
    result = describe(tmp_path, sound=BADDELEYITE.but(formula="O2 Zr", z=4))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "ZrO2" in result.stdout
    assert "P2_1/c" in result.stdout


def test_notes_are_one_line_a_crystal(tmp_path):
    result = describe(tmp_path, noted=NOTED, sound=HALITE)
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("crystext: [note] noted: ")
    assert "H" in line
    assert "[note]" not in result.stdout


@pytest.mark.parametrize("flag", ["--quiet", "-q"])
def test_quiet_silences_notes(flag, tmp_path):
    result = describe(tmp_path, flag, noted=NOTED)
    assert (result.exit_code, result.stderr) == (0, "")


def test_notes_are_in_the_record(tmp_path):
    import json

    result = describe(tmp_path, "--json", noted=NOTED)
    (record,) = json.loads(result.stdout)
    assert record["provenance"]["notes"]


def test_a_refusal_is_one_line_with_its_code(tmp_path):
    refused = HALITE.but(atoms=("T1 ? 0 0 0", "Cl1 Cl 0.5 0.5 0.5"))
    result = describe(tmp_path, "--quiet", refused=refused)
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert "refused" in line
    assert "unknown-species" in line
    both = describe(tmp_path, refused=refused, sound=HALITE)
    assert both.exit_code == 1
    assert "NaCl" in both.stdout
