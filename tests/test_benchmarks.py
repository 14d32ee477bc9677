"""No script of benchmarks is left behind: each imports, does nothing then, and has its options."""

import ast
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))
GONE = {"pretraining"}  # its result names the commit that has it
IMPORT_ALL = """
import contextlib, importlib, io, json, sys, traceback
sys.path.insert(0, sys.argv.pop(1))
names, wrong = json.loads(sys.argv.pop(1)), {}
sys.argv.append("--no-such-option")  # whoever reads the command line while imported ends by it
for name in names:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            importlib.import_module(f"benchmarks.{name}")
    except (Exception, SystemExit):
        wrong[name] = traceback.format_exc()
    if said.getvalue():
        wrong[name] = f"prints {said.getvalue()!r}"
print(json.dumps(wrong))
"""
COMMAND = re.compile(r"\bpython (?:-W ignore )?(?:-m )?benchmarks[./](\w+?)(?:\.py)?(?!\w)")


def imported(root, names, cwd):
    """What is wrong with each module, imported in one process."""
    command = [sys.executable, "-c", IMPORT_ALL, str(root), json.dumps(names)]
    run = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def options_of(script):
    """The options that a script's parsers know, those without help included."""
    tree = ast.parse((ROOT / "benchmarks" / f"{script}.py").read_text(encoding="utf-8"))
    return {
        given.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument"
        for given in node.args
        if isinstance(given, ast.Constant)
    }


def commands_in(text):
    """Script and options of each command, up to the end of its code or the next command."""
    for one, after in pairwise([*COMMAND.finditer(text), None]):
        rest = text[one.end() : after.start() if after else len(text)]
        rest = re.split(r"`|\n\s*\n|\bcrystext\b", rest, maxsplit=1)[0]
        yield one[1], set(re.findall(r"(?<![\w-])--[a-z][\w-]*", rest))


def test_each_script_is_imported_and_does_nothing(tmp_path):
    for needed in ("torch", "transformers", "mcp"):
        pytest.importorskip(needed)
    assert imported(ROOT, SCRIPTS, tmp_path) == {}
    assert not list(tmp_path.iterdir())


def test_a_script_that_is_broken_is_seen(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    broken = {
        "renamed": "from crystext.version import nothing_of_this_name",
        "loud": "print('working')",
        "hasty": "import argparse\nargparse.ArgumentParser().parse_args()",
    }
    for name, source in broken.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    assert set(imported(tmp_path, sorted(broken), tmp_path)) == set(broken)


def test_commands_are_read():
    text = "`python -m benchmarks.a [--x-y 5]` --no; python benchmarks/b.py --z\n\n--no"
    assert list(commands_in(text)) == [("a", {"--x-y"}), ("b", {"--z"})]


def test_commands_name_scripts_and_options_that_there_are():
    places = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    places += [*(ROOT / "benchmarks").rglob("*.md"), *(ROOT / "benchmarks").glob("*.py")]
    wrong, seen = [], 0
    for path in places:
        for script, options in commands_in(path.read_text(encoding="utf-8")):
            seen += 1
            if script in GONE:
                continue
            missing = options - options_of(script) if script in SCRIPTS else {"the script"}
            wrong += [f"{path.relative_to(ROOT)}: {script} has no {one}" for one in missing]
    assert seen > len(SCRIPTS)
    assert not wrong
