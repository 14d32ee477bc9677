"""What is said of a build that did not end: the very command that goes on with it."""

import json
import shlex

import pytest

from crystext.cli import cli, main
from crystext.corpus.reader import load_corpus
from crystext.corpus.unfinished import how_to_go_on, resuming
from crystext.errors import CannotWriteError, UnfinishedCorpusError
from crystext.pipelines.build import corpus as build
from crystext.pipelines.sources.registry import get
from tests.pipelines.test_ids_that_collide import POSCAR

AGAIN = "give its crystext build-corpus command again with --resume"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of own files, in which commands are given."""
    (tmp_path / "my crystals").mkdir()
    for name in ("a", "b"):
        (tmp_path / "my crystals" / f"{name}.vasp").write_text(POSCAR)
    (tmp_path / "t.csv").write_text("id;gap\na;1,5\nb;2\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


FILES = ("--db", "files", "--input", "my crystals", "--property-table", "t.csv", "--unit", "gap=eV")


def begun(monkeypatch, *options, error=KeyboardInterrupt):
    """A build that ends before its files are put together."""

    def stop(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(build, "_put_together", stop)
        with pytest.raises(SystemExit) as ended:
            main(["build-corpus", "--out", "my text", *options])
    assert ended.value.code


@pytest.mark.parametrize(
    "options", [FILES, ("--limit", "2", "--workers", "1"), ("--ids", "mp-149", "--no-mineral")]
)
def test_the_command_that_is_told_goes_on(place, monkeypatch, capsys, options):
    begun(monkeypatch, *options)
    (line,) = [one for one in capsys.readouterr().err.splitlines() if "stopped" in one]
    told = line.partition("stopped; go on with: ")[2]
    with pytest.raises(UnfinishedCorpusError) as raised:
        load_corpus("my text")
    assert str(raised.value) == f"my text holds a build that did not end; go on with: {told}"
    name, *command = shlex.split(told)
    assert (name, command) == (
        "crystext",
        ["build-corpus", "--out", "my text", *options, "--resume"],
    )
    cli.main(command, standalone_mode=False)
    assert load_corpus("my text").manifest["counts"]["rows"] > 0
    assert not (place / "my text" / ".build").exists()


def test_it_is_told_where_a_build_fails(place, monkeypatch, capsys):
    begun(monkeypatch, *FILES, error=CannotWriteError("no room"))
    told = capsys.readouterr().err.splitlines()
    assert told[-2].startswith(
        "crystext: [note] my text holds a build that did not end; go on with"
    )
    assert told[-2].endswith(" --resume")
    assert told[-1] == "crystext: [cannot-write] no room"


def test_another_folder_is_named(place, monkeypatch, tmp_path_factory):
    begun(monkeypatch, *FILES)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert how_to_go_on(place / "my text").startswith(f"go on, in {place}, with: crystext build-")


def test_a_refused_command_does_not_take_its_place(place, monkeypatch, capsys):
    begun(monkeypatch, *FILES)
    before = how_to_go_on(place / "my text")
    begun(monkeypatch, *FILES, "--no-canonical", "--resume")
    assert "differs in settings" in capsys.readouterr().err
    assert how_to_go_on(place / "my text") == before


def test_a_build_from_python_has_none(place, monkeypatch):
    monkeypatch.setattr(build, "_put_together", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build.build_corpus(
            get("mini"), "out", settings=build.BuildSettings(limit=1), progress=False
        )
    assert how_to_go_on(place / "out") == AGAIN


@pytest.mark.parametrize("held", ["", "[]", "{}", '{"command": 1}', '{"command": "crystext"}'])
def test_a_damaged_state_is_no_second_error(tmp_path, held):
    (tmp_path / ".build").mkdir()
    (tmp_path / ".build" / "command.json").write_text(held)
    assert how_to_go_on(tmp_path) == AGAIN


def test_control_characters_command_no_terminal(tmp_path):
    (tmp_path / ".build").mkdir()
    kept = {"command": resuming(["build-corpus", "--input", "\x1b[31m"]), "folder": "/no"}
    (tmp_path / ".build" / "command.json").write_text(json.dumps(kept))
    assert "\x1b" not in how_to_go_on(tmp_path)
