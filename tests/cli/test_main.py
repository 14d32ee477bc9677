import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import crystext.cli
from crystext.cli import COMMANDS, cli, main
from crystext.cli.commands import GROUPS
from crystext.errors import SymmetryFailedError, UsageError

HEAVY = {"numpy", "scipy", "pyarrow", "pymatgen", "robocrys", "spglib", "joblib", "tqdm", "torch"}


def crystext_command(*args, **options):
    return subprocess.run(
        [sys.executable, "-m", "crystext", *args],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_help_imports_nothing_heavy():
    code = (
        "import sys, crystext.cli\n"
        "try: crystext.cli.main(['--help'])\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("Usage: crystext")
    assert not HEAVY & set(run.stderr.split())


def test_module_and_command_are_the_same():
    run = crystext_command("--version")
    assert (run.returncode, run.stdout) == (0, f"crystext {crystext.__version__}\n")


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_every_help_ends_with_an_example(name):
    result = CliRunner().invoke(cli, [name, "--help"] if name else ["--help"])
    assert result.exit_code == 0
    heading, *lines = result.output.rstrip().rsplit("Example", 1)[1].splitlines()
    assert heading in {":", "s:"}
    assert lines
    assert all(line.startswith("    ") and "crystext " in line for line in lines)


def test_the_help_lists_every_command_whole():
    """Their first sentences were cut off in the middle: ``Describe crystals in FILEs, in all…``."""
    listed = CliRunner().invoke(cli, ["--help"], terminal_width=80).output
    words = {name: does for held in GROUPS.values() for name, does in held.items()}
    assert sorted(words) == sorted(COMMANDS)
    lines = {tuple(line.split(maxsplit=1)) for line in listed.splitlines() if line.strip()}
    assert lines >= set(words.items())


def test_no_help_has_a_row_without_words():
    for name in COMMANDS:
        command = cli.get_command(None, name)
        shown = CliRunner().invoke(cli, [name, "--help"]).output
        metavars = [
            p.metavar for p in command.params if isinstance(p, click.Argument) and p.metavar
        ]
        assert not [one for one in metavars if f"\n  {one}\n" in shown], name


@pytest.mark.parametrize(
    ("args", "remedy"),
    [
        (["help"], "see crystext --help"),
        (["version"], "see crystext --version"),
        (["describe", "a.cif", "-o", "a.txt"], "Results go to standard output: add > FILE."),
        (["predict", "a.cif", "--output", "a.txt"], "Results go to standard output: add > FILE."),
        (["report", "mini", "--output", "a.html"], "Did you mean '--out'?"),
    ],
)
def test_what_other_commands_take_is_told_how_it_is_done_here(args, remedy, capsys):
    with pytest.raises(SystemExit) as exited:
        main(args)
    assert exited.value.code == 2
    assert capsys.readouterr().err.rstrip().endswith(remedy)


def test_every_option_has_help():
    for name in COMMANDS:
        command = cli.get_command(None, name)
        options = [p for p in command.params if isinstance(p, click.Option)]
        assert all(option.help for option in options), name


@pytest.mark.parametrize("args", [["no-such-command"], ["--no-such-option"], ["describe"]])
def test_wrong_usage_exits_with_2(args, capsys):
    with pytest.raises(SystemExit) as exited:
        main(args)
    assert exited.value.code == 2
    assert "Usage: crystext" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("describ", "'describ'; did you mean 'describe'?"),
        ("buildcorpus", "did you mean 'build-corpus'?"),
        ("xyzzy", "use one of attention, benchmark, build-corpus"),
        ("evil\x1b[2J", "'evil\\x1b[2J'"),
    ],
)
def test_a_wrong_command_is_told_the_nearest(word, meant, capsys):
    with pytest.raises(SystemExit) as exited:
        main([word])
    assert exited.value.code == 2
    said = capsys.readouterr().err
    assert "Error: no command is called" in said
    assert meant in said


def test_formats_lists_every_format_and_its_names():
    from crystext.formats.catalogue import CATALOGUE

    result = CliRunner().invoke(cli, ["formats"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    for (name, entry), line in zip(CATALOGUE.items(), lines, strict=False):
        assert line.startswith(name)
        assert ", ".join(entry.names) in line
    assert ".gz" in result.output
    assert "subfolders" in result.output


def fail_with(error):
    @click.command()
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (SymmetryFailedError("none; try"), 1, "crystext: [symmetry-failed] none; try\n"),
        (UsageError("0 is not allowed"), 2, "crystext: [wrong-setting] 0 is not allowed\n"),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_errors_are_one_line_and_a_status(monkeypatch, capsys, error, status, line):
    monkeypatch.setattr(cli, "get_command", lambda *_: fail_with(error))
    with pytest.raises(SystemExit) as exited:
        main(["anything"])
    assert (exited.value.code, capsys.readouterr().err) == (status, line)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell):
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert f"_CRYSTEXT_COMPLETE={shell}_complete" in result.output


def test_the_script_completes_commands_and_options():
    def complete(words):
        count = str(len(words.split()) - 1)
        asked = {"_CRYSTEXT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": count}
        return crystext_command(env=os.environ | asked).stdout.split()

    assert complete("crystext des") == ["plain,describe"]
    assert "plain,--section" in complete("crystext describe --s")
    assert complete("crystext describe --section g") == ["plain,global"]
    assert complete("crystext train --model crysmmnet-cg") == ["plain,crysmmnet-cgcnn"]
    assert complete("crystext train --property bu") == ["plain,bulk_modulus"]
    assert complete("crystext train --corpus missing --property bu") == []
    assert complete("crystext benchmark --suite table6") == ["plain,table6"]
    assert complete("crystext benchmark --properties band_gap,sh") == [
        "plain,band_gap,shear_modulus"
    ]


def test_a_closed_pipe_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "crystext", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        run.stdout.close()  # as `| head -0`
        assert run.stderr.read() == b""
        assert run.wait() == 141
