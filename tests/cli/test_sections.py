import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import crystext
from crystext.cli import cli, main
from tests.cli.on_a_terminal import on_a_terminal

EXAMPLE = Path(__file__).parents[2] / "examples" / "rutile.cif"

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


@pytest.mark.parametrize(
    ("args", "remedy"),
    [
        (["sections"], "| crystext sections -"),
        (["verify", "salt.cif"], "| crystext verify salt.cif -"),
    ],
)
@pytest.mark.parametrize("name", ["salt.cif", "salt.txt", "POSCAR"])
def test_a_structure_is_no_text(args, remedy, name, tmp_path, monkeypatch):
    """It came back as a local text, or as sentences that could not be read."""
    monkeypatch.chdir(tmp_path)
    salt = crystext.load_corpus("mini").row("mp-22862")["structure"]
    text = salt if "salt" in name else "NaCl\n1\n4 0 0\n0 4 0\n0 0 4\nNa\n1\nDirect\n0 0 0\n"
    for file in ("salt.cif", name):
        (tmp_path / file).write_text(salt if file == "salt.cif" else text)
    result = CliRunner().invoke(cli, [*args, name])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"'{name}' is a structure and no text; describe it first" in result.stderr
    assert result.stderr.rstrip().endswith(f"crystext describe {name} {remedy}")


def test_words_in_place_of_a_file_are_told_their_option():
    result = CliRunner().invoke(cli, ["verify", "a.cif", "A cubic chloride."])
    assert result.exit_code == 2
    assert "no file is called 'A cubic chloride.'; give words by --text" in result.stderr


def test_lists_of_choices_are_set_in_by_spaces(capsys):
    """Their tabs stood there as ``\\t``."""
    with pytest.raises(SystemExit):
        main(["decode", str(EXAMPLE)])
    assert "\n    cif-p1," in capsys.readouterr().err
