import json

import pytest
from click.testing import CliRunner

from crystext.cli import cli
from tests.cli.on_a_terminal import on_a_terminal

GLOBAL = "NaCl is Halite, Rock Salt structured and crystallizes in the cubic Fm-3m space group."
LOCAL = "Na(1) is bonded to six equivalent Cl(1) atoms. All Na(1)-Cl(1) bond lengths are 2.82 Å."


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "foreign.txt"
    path.write_text(f"{GLOBAL} {LOCAL}\n", encoding="utf-8")
    return path


def test_splits_a_file(file):
    result = CliRunner().invoke(cli, ["sections", str(file)])
    assert result.exit_code == 0
    assert result.stdout == f"Global:\n{GLOBAL}\n\nLocal:\n{LOCAL}\n"


def test_splits_standard_input_to_json(file):
    result = CliRunner().invoke(cli, ["sections", "-", "--json"], input=file.read_bytes())
    assert json.loads(result.stdout) == {"global": GLOBAL, "local": LOCAL}
    assert "Å" in result.stdout


def test_json_commands_no_terminal(file):
    file.write_text(f"{GLOBAL} {LOCAL} \x9b31m\u202e", encoding="utf-8")
    result = CliRunner().invoke(cli, ["sections", str(file), "--json"])
    assert json.loads(result.stdout)["local"].endswith("\x9b31m\u202e")
    assert all(line.isprintable() for line in result.stdout.split("\n"))


def test_a_text_commands_no_terminal_and_reaches_a_program_as_it_is(file):
    file.write_text(f"{GLOBAL} {LOCAL} \x1b[31m\u202e", encoding="utf-8")
    shown = on_a_terminal("sections", file)
    assert shown == f"Global:\n{GLOBAL}\n\nLocal:\n{LOCAL} \\x1b[31m\\u202e\n"
    piped = CliRunner().invoke(cli, ["sections", str(file)]).stdout
    assert piped == f"Global:\n{GLOBAL}\n\nLocal:\n{LOCAL} \x1b[31m\u202e\n"


def test_other_bytes_are_wrong_usage(file):
    file.write_bytes(b"\xff\xfe\x00")
    result = CliRunner().invoke(cli, ["sections", str(file)])
    assert result.exit_code == 2
    assert "not UTF-8 text" in result.stderr


def test_a_missing_file_is_wrong_usage():
    assert CliRunner().invoke(cli, ["sections", "no-such.txt"]).exit_code == 2
