"""Every command in bad surroundings: one clear line and a status, never a traceback.

What streams are there is tried in processes of their own, as users run them; what files and folders
are there in this one, which saves the start.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crystext.cli import COMMANDS, cli, main
from crystext.cli.options import OutFile, OutFolder
from crystext.errors import CannotWriteError
from crystext.files import write_text
from tests.cli.command_lines import ARGS, CRYSTAL, MODEL, make_place


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the commands run."""
    return make_place(tmp_path_factory.mktemp("place"))


def crystext(place, *args, stdout=subprocess.PIPE, closed=None):
    """Runs the command, without the descriptor that is closed; standard error as text."""
    name = args[0]
    if name in MODEL:
        pytest.importorskip("torch")
    run = subprocess.run(
        [sys.executable, "-m", "crystext", *args],
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=None if closed is None else lambda: os.close(closed),
        check=False,
        env=os.environ | {"CRYSTEXT_CACHE": str(place / "cache"), "HF_HUB_OFFLINE": "1"},
    )
    said = run.stderr.decode()
    assert "Traceback" not in said, said
    last = "".join(said.splitlines()[-1:])
    assert run.returncode == 2 or not last.startswith("Error: ")
    return run.returncode, said


def refused(place, *args, **how):
    status, said = crystext(place, *args, **how)
    assert status in {1, 2}, said
    last = said.splitlines()[-1]
    assert last.startswith(("crystext: [", "Error: ")), said
    assert "[note]" not in last
    return last


@pytest.fixture
def refused_here(place, monkeypatch, capfd):
    """``refused``, but in this process; a traceback is an error of the test."""

    def run(*args, status=(1, 2)):
        if args[0] in MODEL:
            pytest.importorskip("torch")
        monkeypatch.chdir(place)
        monkeypatch.setenv("CRYSTEXT_CACHE", str(place / "cache"))
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        capfd.readouterr()
        with pytest.raises(SystemExit) as exited:
            main(list(args))
        said = "".join(capfd.readouterr())
        assert exited.value.code in status, said
        last = said.splitlines()[-1] if said else ""
        if exited.value.code:
            assert last.startswith(("crystext: [", "Error: ")), said
        return said

    return run


# ------------------------------------------------------------------------------ standard output


@pytest.mark.parametrize("name", COMMANDS)
def test_a_closed_standard_output_is_said_before_any_work(place, name):
    last = refused(place, name, *ARGS[name], closed=1)
    assert last.startswith("crystext: [cannot-write] standard output is closed")
    made = {"corpus", "features.csv", "graphs", "vectors", "pages", "run", "report.html"}
    assert not made & {one.name for one in place.iterdir()}


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["describe", "crystal.vasp"],
        ["describe", "crystal.vasp", "--json"],
        ["describe", "crystal.vasp", "missing.cif", "--jsonl"],
        *([name, "--help"] for name in COMMANDS),
        *([name, *ARGS[name]] for name in ("build-corpus", "completion", "formats", "graphs")),
        *([name, *ARGS[name]] for name in ("check", "features")),
        *([name, *ARGS[name]] for name in ("publish", "report", "sections", "sources", "stats")),
    ],
    ids=" ".join,
)
def test_a_full_standard_output_is_no_success(place, args):
    with FULL.open("wb") as full:
        last = refused(place, *args, stdout=full)
    assert last.startswith("crystext: [cannot-write] standard output cannot be written (No space")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("part", [0, 0.99])
def test_a_part_of_the_output_is_no_success(place, monkeypatch, unbuffered, part):
    """A raw file, as ``PYTHONUNBUFFERED`` leaves it, takes a part and does not say so."""
    resource = pytest.importorskip("resource")
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    whole = subprocess.run([sys.executable, "-m", "crystext", "formats"], stdout=-1, check=True)
    most = int(part * len(whole.stdout))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (place / f"part-{unbuffered}-{part}").open("wb") as file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))  # the child inherits it
        try:
            last = refused(place, "formats", stdout=file)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert last.startswith("crystext: [cannot-write] standard output cannot be written (File too")


def test_a_closed_standard_error_or_input_is_no_trouble(place):
    assert crystext(place, "describe", "crystal.vasp", closed=2) == (0, "")
    last = refused(place, "describe", "-", closed=0)
    assert last.startswith("crystext: [empty-file] stdin: ")


# ------------------------------------------------------------- inputs that are not there, or others


@pytest.mark.parametrize(
    "args",
    [
        ["attention", "missing.cif", "--encoder", "missing"],
        ["benchmark", "--corpus", "missing"],
        ["build-corpus", "--db", "files", "--input", "missing", "--out", "new"],
        ["build-corpus", "--db", "jarvis", "--from-file", "folder", "--out", "new"],
        ["check", "missing"],
        ["check", "file"],
        ["check", "folder"],
        ["describe", "missing.cif", "folder"],
        ["embed", "mini", "--limit", "1", "--encoder", "folder"],
        ["graphs", "file"],
        ["predict", "--run", "missing", "crystal.vasp"],
        ["predict", "--run", "folder", "crystal.vasp"],
        ["publish", "file", "--repo-id", "owner/name", "--dry-run"],
        ["publish", "folder", "--repo-id", "owner/name", "--dry-run"],
        ["publish-model", "folder", "--repo-id", "owner/name", "--dry-run"],
        ["report", "file"],
        ["sections", "folder"],
        ["sources", "missing"],
        ["stats", "folder"],
        ["train", "--corpus", "file", "--property", "band_gap", "--out", "new"],
    ],
    ids=" ".join,
)
def test_inputs_that_are_not_there_or_of_another_kind(place, refused_here, args):
    assert "[note]" not in refused_here(*args).splitlines()[-1]
    assert not (place / "new").exists()


@pytest.mark.parametrize("others", [0, 1])
def test_overlong_names_in_an_archive(refused_here, tmp_path, others):
    with zipfile.ZipFile(tmp_path / "long.zip", "w") as archive:
        archive.writestr("a" * 300 + ".csv", "id,cif\n1,2\n")
        if others:
            archive.writestr("b/" * 3000 + "b.cif", "data_b")
            archive.writestr("good.vasp", CRYSTAL)
    options = ("--input", str(tmp_path / "long.zip"), "--out", str(tmp_path / "corpus"))
    said = refused_here("build-corpus", "--db", "files", *options, status=[0 if others else 1])
    assert others or said.startswith("crystext: [unreadable-file] 'aaa")


@pytest.mark.parametrize(
    "args",
    [
        ["attention", "--corpus", "mini", "--limit", f"{10**20}"],
        ["build-corpus", "--dry-run", "--limit", f"{10**20}"],
        ["build-corpus", "--out", "new", "--workers", f"{10**6}"],
        ["describe", "crystal.vasp", "--limit", f"{10**20}"],
        ["describe", "crystal.vasp", "--workers", f"{10**6}"],
        ["describe", "crystal.vasp", "--timeout", "nan"],
        ["describe", "crystal.vasp", "--symprec", "nan"],
        ["embed", "mini", "--batch-size", f"{10**20}"],
        ["graphs", "mini", "--radius", "nan"],
        ["predict", "run", "crystal.vasp", "--batch-size", f"{10**20}"],
        ["predict", "run", "crystal.vasp", "--limit", f"{10**20}"],
    ],
    ids=" ".join,
)
def test_impossible_numbers_are_wrong_usage(refused_here, args):
    said = refused_here(*args, status=[2])
    assert args[-1] in said.splitlines()[-1]


# ------------------------------------------------------------------- outputs that cannot be written


@pytest.mark.parametrize(
    ("name", "option"),
    [
        *((name, "--out") for name in ("build-corpus", "embed", "graphs", "report", "train")),
        ("benchmark", "--out"),
        ("attention", "--out"),
    ],
)
def test_an_output_below_a_file_is_named(refused_here, name, option):
    args = [one for one in ARGS[name] if one != "--dry-run"]
    if option in args:
        del args[args.index(option) : args.index(option) + 2]
    assert "file" in refused_here(name, *args, option, "file/below").splitlines()[-1]


def writers():
    """Every command with an option that names an output, and whether it is a file."""
    for name in COMMANDS:
        for one in cli.get_command(None, name).params:
            if one.name == "out" or "-o" in one.opts:
                assert isinstance(one.type, OutFolder), f"{name} does not check its output"
                yield name, isinstance(one.type, OutFile)


WRITERS = dict(writers())


@pytest.mark.parametrize("where", ["nowhere", "pipe", "taken"])
@pytest.mark.parametrize("name", WRITERS)
def test_an_output_that_cannot_be_is_refused_before_any_work(place, tmp_path, name, where):
    """In this process, for every command that has one; work would take longer than this."""
    if where == "nowhere":
        out = "/proc/x.csv" if Path("/proc/self").exists() else str(place / "file" / "x")
    elif where == "pipe":
        out = str(tmp_path / "pipe.csv")
        os.mkfifo(out)
    else:
        taken = tmp_path / "taken.csv"
        taken.mkdir() if WRITERS[name] else taken.touch()
        out = str(taken)
    args = [one for one in ARGS[name] if one != "--dry-run"]
    if "--out" in args:
        del args[args.index("--out") : args.index("--out") + 2]
    with pytest.raises(CannotWriteError, match=re.escape(out)):
        cli.main([name, *args, "--out", out], standalone_mode=False)
    assert not Path("/proc/x.csv").exists()
    assert not list(tmp_path.rglob("*.tmp"))
    if where == "pipe":
        assert Path(out).is_fifo()  # as it was


def test_a_device_or_pipe_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CannotWriteError, match="is a pipe"):
        write_text(tmp_path / "pipe", "words")
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("name", ["build-corpus", "graphs", "report"])
def test_an_output_where_a_file_or_folder_stands_is_named(place, refused_here, name):
    (place / "full").mkdir(exist_ok=True)
    (place / "full" / "other").touch()
    args = ARGS[name][: ARGS[name].index("--out")]
    assert "full" in refused_here(name, *args, "--out", "full").splitlines()[-1]


@pytest.mark.parametrize("held", ["[]", "[" * 100_000])
def test_a_damaged_journal_is_begun_anew(refused_here, tmp_path, held):
    work = tmp_path / "corpus" / ".build"
    work.mkdir(parents=True)
    (work / "build.json").write_text(held)
    args = ("build-corpus", "--limit", "1", "--out", str(work.parent), "--resume")
    refused_here(*args, status=[0])
    assert not work.exists()


# ------------------------------------------------------------------------ what commands a terminal


@pytest.mark.parametrize(
    "args",
    [
        ["describe", "hostile"],
        ["describe", "hostile", "--json"],
        ["build-corpus", "--db", "files", "--input", "hostile", "--out", "hostile-corpus"],
        ["check", "missing"],
    ],
    ids=" ".join,
)
def test_ids_and_names_are_printed_escaped(place, refused_here, args):
    folder = place / "hostile"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    name = "red\x1b[31m\x9b2J\u202e"
    (folder / f"{name}.vasp").write_text(CRYSTAL)
    (folder / f"{name}2.vasp").write_text("no crystal\n")
    (folder / f"{name}.other").touch()
    named = [f"missing{name}" if one == "missing" else one for one in args]
    said = refused_here(*named, status=[0, 1])
    assert "red" in said
    assert not set(said) & set("\x1b\x9b\u202e")
