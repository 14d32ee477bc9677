"""The command around a describer that only knows formulas; the real one is in test_real.py."""

import json
import os
import pty
import signal
import subprocess
import sys
import termios
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

import crystext
from crystext.cli import cli
from crystext.errors import SymmetryFailedError
from crystext.pipelines import describing
from crystext.reading import to_crystal

POSCAR = "{0}\n1.0\n4 0 0\n0 4 0\n0 0 4\n{0}\n1\nDirect\n0 0 0\n"


@dataclass(frozen=True)
class Formula:
    id: str
    text: str
    global_text: str = "global"
    local_text: str = "local"
    fields_text: str = "fields"
    notes: tuple = ()
    disorder: str | None = None

    def to_dict(self):
        return {"id": self.id, "text": self.text}


class FormulaDescriber:
    made_with = None

    def __init__(self, **settings):
        type(self).made_with = settings

    def describe(self, crystal):
        crystal = to_crystal(crystal)
        formula = crystal.structure.reduced_formula
        if formula == "Xe":
            raise SymmetryFailedError("no symmetry;\n try another --symprec")
        return Formula(crystal.id, f"It is {formula}, in Å.")


@pytest.fixture(autouse=True)
def _formulas(monkeypatch):
    monkeypatch.setitem(vars(crystext), "Describer", FormulaDescriber)


@pytest.fixture
def folder(tmp_path):
    for name in ("Cu", "Fe", "Ni"):
        (tmp_path / f"{name}.vasp").write_text(POSCAR.format(name))
    return tmp_path


def describe(*args, **options):
    return CliRunner().invoke(cli, ["describe", *map(str, args)], **options)


def test_one_input_gives_only_the_text(folder):
    result = describe(folder / "Cu.vasp")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "It is Cu, in Å.\n", "")


def test_several_inputs_are_named_in_their_order(folder):
    result = describe(folder / "Ni.vasp", folder / "Cu.vasp")
    assert result.stdout == "Ni\nIt is Ni, in Å.\n\nCu\nIt is Cu, in Å.\n"


def test_a_folder_gives_all_its_files(folder):
    assert describe(folder).stdout.split("\n")[::3] == ["Cu", "Fe", "Ni"]


@pytest.mark.parametrize("section", ["global", "local", "fields"])
def test_sections(folder, section):
    assert describe(folder / "Cu.vasp", "--section", section).stdout == f"{section}\n"


def test_json_is_one_document(folder):
    result = describe(folder, "--json")
    found = json.loads(result.stdout)
    assert [item["id"] for item in found] == ["Cu", "Fe", "Ni"]
    assert result.stdout == json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def test_jsonl_is_one_line_each(folder):
    lines = describe(folder, "--jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["Cu", "Fe", "Ni"]


@pytest.mark.parametrize(("form", "empty"), [("--json", "[]\n"), ("--jsonl", "")])
def test_nothing_described_is_still_valid(folder, form, empty):
    result = describe(folder / "missing.cif", form)
    assert (result.exit_code, result.stdout) == (1, empty)


def test_problems_are_named_on_standard_error(folder):
    (folder / "Xe.vasp").write_text(POSCAR.format("Xe"))
    result = describe(folder / "Xe.vasp", folder / "gone.cif", folder / "Cu.vasp")
    assert result.exit_code == 1
    assert result.stdout == "Cu\nIt is Cu, in Å.\n"
    first, second = result.stderr.splitlines()
    assert first == "crystext: [symmetry-failed] Xe: no symmetry; try another --symprec"
    assert second.startswith("crystext: [unreadable-file] gone: ")


@pytest.mark.parametrize("options", [[], ["--from", "poscar"]])
def test_standard_input(options):
    result = describe("-", *options, input=POSCAR.format("Cu"))
    assert (result.exit_code, result.stdout) == (0, "It is Cu, in Å.\n")


def test_bad_standard_input_is_named():
    result = describe("-", input="")
    assert result.exit_code == 1
    assert result.stderr.startswith("crystext: [empty-file] stdin: ")


def test_settings_reach_the_describer(folder):
    result = describe(
        folder / "Cu.vasp", "--style", "latex", "--canonical", "--oxidation", "guess",
        "--disorder", "order", "--engine", "robocrys", "--symprec", "0.1", "--max-sites", "50",
        "--online-names",
    )  # fmt: skip
    assert result.exit_code == 0
    assert FormulaDescriber.made_with == {
        "engine": "robocrys",
        "style": "latex",
        "canonical": True,
        "oxidation": "guess",
        "disorder": "order",
        "symprec": 0.1,
        "max_sites": 50,
        "online_names": True,
    }


def test_workers_and_timeout_reach_the_executor(folder, monkeypatch):
    asked = {}

    def fake(crystals, _settings, **how):
        asked.update(how)
        return (Formula(crystal.id, "text") for crystal in crystals)

    monkeypatch.setattr(describing, "describe_many", fake)
    assert describe(folder, "--workers", "3", "--timeout", "1.5").exit_code == 0
    assert asked == {"workers": 3, "timeout": 1.5}


def test_mini_by_limit_and_by_ids():
    some = describe("--db", "mini", "--limit", "5", "--jsonl").stdout.splitlines()
    ids = [json.loads(line)["id"] for line in some]
    assert len(set(ids)) == 5
    picked = f"{ids[3]}, {ids[1]}"
    assert describe("--db", "mini", "--ids", picked).stdout.split("\n")[::3] == [ids[3], ids[1]]


def test_limit_holds_for_files_too(folder):
    assert len(describe(folder, "--jsonl", "--limit", "2").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "give files"),
        (["a.cif", "--db", "mini"], "give files"),
        (["a.cif", "--ids", "mp-1"], "--db mini"),
        (["--db", "mini", "--ids", "mp-0"], "'mp-0' is not among the mini crystals"),
        (["a.cif", "--timeout", "0"], "--timeout"),
        (["a.cif", "--symprec", "-1"], "--symprec"),
        (["a.cif", "--section", "middle"], "--section"),
        (["a.cif", "--workers", "0"], "--workers"),
    ],
)
def test_wrong_usage(args, message):
    result = describe(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


SCRIPT = """
import sys
import termios
import crystext
from crystext.cli import main
from tests.cli.test_describe import FormulaDescriber
crystext.Describer = FormulaDescriber
main(sys.argv[1:])
"""


def start(*args, **options):
    code = f"import sys; sys.path[:] = {sys.path!r}\n{SCRIPT}"
    return subprocess.Popen([sys.executable, "-c", code, "describe", *map(str, args)], **options)


def test_a_reader_that_leaves_ends_it_quietly():
    with start("--db", "mini", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout.readline().startswith(b"mp-")
        run.stdout.close()  # as `| head -1`
        assert run.stderr.read() == b""
        assert run.wait(timeout=20) == 141


def test_ctrl_c_ends_it_quietly():
    with start("--db", "mini", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout.readline().startswith(b"mp-")
        run.send_signal(signal.SIGINT)
        run.stdout.read()
        assert run.stderr.read().strip() == b""
        assert run.wait(timeout=20) == 130


def test_progress_only_on_a_terminal():
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    args = ("--db", "mini", "--limit", "5")
    with start(*args, stdout=subprocess.DEVNULL, stderr=theirs) as run:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 1000):
                shown += piece
        except OSError:  # the terminal's end, on Linux
            pass
        assert run.wait() == 0
    os.close(ours)
    assert b"5/5" in shown
    assert describe(*args).stderr == ""
