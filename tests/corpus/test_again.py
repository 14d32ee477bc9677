"""What is said of a build that did not end: the command that goes on with it, if it is known."""

import json
import shlex

import pytest
from click.testing import CliRunner

from crystext.cli import cli
from crystext.corpus.again import how_to_go_on, rebuild_command
from crystext.corpus.reader import load_corpus
from crystext.errors import UnfinishedCorpusError
from crystext.pipelines.build import corpus as build

ASKED = {
    "all": ["--limit", "3"],
    "ids": ["--ids", "mp-149,mp-22862", "--no-canonical", "--max-sites", "50"],
    "limits": ["--limit", "2", "--timeout", "70.5", "--tokenizers", "minilm"],
    "robocrys": ["--limit", "2", "--no-mineral", "--precision", "3", "--disorder", "majority"],
}


def stopped(out, monkeypatch, *options):
    """A build that is interrupted before its files are put together."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build, "_put_together", interrupt)
        args = ["build-corpus", "--out", str(out), *options]
        assert CliRunner().invoke(cli, args).exit_code != 0
    assert (out / ".build" / "build.json").is_file()


@pytest.mark.parametrize("kind", ASKED)
def test_the_command_that_is_told_goes_on(tmp_path, monkeypatch, kind):
    out = tmp_path / "a corpus"
    stopped(out, monkeypatch, "--db", "mini", *ASKED[kind])
    with pytest.raises(UnfinishedCorpusError) as told:
        load_corpus(out)
    name, *command = shlex.split(str(told.value).partition("go on with: ")[2])
    assert (name, command[-1]) == ("crystext", "--resume")
    ended = CliRunner().invoke(cli, command)
    assert ended.exit_code == 0, ended.output
    assert load_corpus(out).manifest["counts"]["rows"] > 0


def test_what_is_not_known_is_not_made_up(tmp_path, monkeypatch):
    (tmp_path / "a.vasp").write_text("Cu\n1.0\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n")
    given = ("--db", "files", "--input", str(tmp_path / "a.vasp"))
    stopped(tmp_path / "out", monkeypatch, *given)
    with pytest.raises(UnfinishedCorpusError, match="give its build-corpus command again with"):
        load_corpus(tmp_path / "out")


@pytest.mark.parametrize(
    "changes",
    [{"symprecs": [0.02]}, {"timeout": None}, {"style": "html"}, {"tokenizers": ["mine"]}],
)
def test_what_no_command_can_ask_for(tmp_path, monkeypatch, changes):
    stopped(tmp_path / "out", monkeypatch, "--db", "mini", "--limit", "1")
    path = tmp_path / "out" / ".build" / "build.json"
    header = json.loads(path.read_text())
    assert how_to_go_on(tmp_path / "out").startswith("go on with: crystext build-corpus --db mini")
    header["settings"] |= changes
    path.write_text(json.dumps(header))
    assert how_to_go_on(tmp_path / "out").startswith("give its build-corpus command again")


@pytest.mark.parametrize(
    "held", ["", "[]", "{}", '{"settings": 1}', '{"source": {"name": "mini"}}']
)
def test_a_damaged_state_is_no_second_error(tmp_path, held):
    (tmp_path / ".build").mkdir()
    (tmp_path / ".build" / "build.json").write_text(held)
    assert how_to_go_on(tmp_path) == "give its build-corpus command again with --resume"


def test_large_numbers_stay_as_they_are(tmp_path, monkeypatch):
    stopped(tmp_path / "out", monkeypatch, "--db", "mini", "--limit", "1")
    header = json.loads((tmp_path / "out" / ".build" / "build.json").read_text())
    header["settings"]["limit"] = 1_234_567
    assert "--limit 1234567" in rebuild_command(header)
