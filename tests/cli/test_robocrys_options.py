"""robocrys' options as flags, in a corpus' manifest, its card and its check."""

from __future__ import annotations

import json
import shlex

import pytest
from click.testing import CliRunner

from crystext import Describer, describe_many
from crystext.choices import AMOUNTS, SWITCHES, flags_of
from crystext.cli.build_corpus import build_corpus
from crystext.cli.check import check
from crystext.cli.describe import describe
from crystext.corpus.again import rebuild_command
from crystext.description.options import DEFAULTS, Options, Settings
from crystext.errors import UsageError
from crystext.pipelines.build.settings import BuildSettings

FEW = ["--no-symmetry-labels", "--no-bond", "--given-cell", "--precision", "3"]


def test_every_option_has_one_flag_and_one_default():
    assert set(SWITCHES) | set(AMOUNTS) == set(DEFAULTS) == set(Options.__annotations__)
    assert all(value is not DEFAULTS[name] for name, (_, value, _) in SWITCHES.items())
    for command in (describe, build_corpus):
        flags = {flag for one in command.params for flag in one.opts}
        assert {flag for flag, _, _ in SWITCHES.values()} | set(AMOUNTS.values()) <= flags
        text = CliRunner().invoke(command, ["--help"]).output
        assert text.index("What the text says") < text.index("--no-bond") < text.index("Example")


def test_defaults_leave_digests_as_they_were():
    assert Settings().digest() == "bc5092df33407b97"
    assert BuildSettings().digest() == "98cbeefd97244ecf"
    for name, (_, value, _) in SWITCHES.items():
        assert Settings(**{name: value}).to_dict()[name] is value
        assert Settings(**{name: value}).digest() != Settings().digest()


@pytest.mark.parametrize(
    "wrong",
    [
        {"describe_mineral": 0},
        {"bond_length_decimal_places": -1},
        {"distorted_tol": "much"},
        {"use_iupac_formula": None},
        dict.fromkeys(
            ("describe_mineral", "describe_component_makeup", "describe_components"), False
        ),
        {"describe_bond_length": False},
    ],
)
def test_wrong_values_are_refused_before_any_work(wrong):
    for make in (Describer, lambda **o: next(describe_many([], **o), None)):
        with pytest.raises(UsageError, match=r"describe_|decimal|distorted|iupac"):
            make(**wrong)


def test_flags_reach_the_text():
    args = ["examples/rutile.cif", "--no-mineral", "--precision", "4", "--no-symmetry-labels"]
    result = CliRunner().invoke(describe, args)
    assert result.output.startswith("Ti is bonded to six equivalent O atoms to form a mixture")
    assert "1.9485" in result.output or "1.94" in result.output


def test_a_corpus_keeps_them(tmp_path):
    out = tmp_path / "few"
    run = CliRunner().invoke(build_corpus, ["--limit", "3", "--out", str(out), *FEW])
    assert run.exit_code == 0, run.output
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    kept = {name: one for name, one in manifest["settings"].items() if name in DEFAULTS}
    assert kept == {
        "describe_symmetry_labels": False,
        "describe_bond_lengths": False,
        "use_conventional_cell": False,
        "bond_length_decimal_places": 3,
    }
    assert set(flags_of(kept)) == set(FEW)
    assert set(FEW) <= set(shlex.split(rebuild_command(manifest)))
    checked = CliRunner().invoke(check, [str(out), "--deep"])
    assert checked.exit_code == 0, checked.output
