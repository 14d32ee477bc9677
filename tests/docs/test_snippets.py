"""Every command and snippet of README and site runs as it is written, in the page's order."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightgbm")

import crystext
from tests.docs.snippets import snippets

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
FOUND = {page: snippets((ROOT / page).read_text(encoding="utf-8")) for page in PAGES}
RUN = [page for page, found in FOUND.items() if not all(one.reason for one in found)]
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
"""Nobody listens there."""
OF_READERS = ("README.md",)
"""Pages whose commands name the reader's own files."""


def at_work(folder: Path, page: str) -> None:
    """A clone's examples, and for some pages the files that a reader has."""
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "tests").symlink_to(ROOT / "tests")
    if page not in OF_READERS:
        return
    table = crystext.load_corpus("mini").table(["id", "structure", "bulk_modulus"]).to_pylist()
    rows = [row for row in table if row["bulk_modulus"] is not None][:40]
    (folder / "structures").mkdir()
    with (folder / "properties.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "my bulk [GPa]"])
        for row in rows:
            (folder / "structures" / f"{row['id']}.cif").write_text(row["structure"])
            writer.writerow([row["id"], row["bulk_modulus"]])
    shutil.copytree(ROOT / "examples", folder / "new-structures")


def run(command: str, folder: Path, cache: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """As a reader's shell would run it, with this environment's crystext first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    given = {"PATH": path, "CRYSTEXT_CACHE": str(cache), "HF_HUB_OFFLINE": "1"} | more
    given["OMP_NUM_THREADS"] = "1"  # threads that wait for one another on a busy machine are slow
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Graphs of mini are made once for all pages."""
    return tmp_path_factory.mktemp("cache")


def check(one, folder, cache, where):
    """Runs a block; where it needs a network, each of its commands says so in one line."""
    if one.codes:
        away = NO_NETWORK | {"HF_HOME": str(folder / "hub"), "HF_HUB_OFFLINE": "0", "HF_TOKEN": ""}
        for command in one.commands:
            found = run(command, folder, cache, **away)
            assert (found.returncode, "Traceback" in found.stderr) == (1, False), where
            last = found.stderr.strip().splitlines()[-1]
            assert last.startswith(tuple(f"crystext: [{code}] " for code in one.codes)), where
    elif one.language == "console":
        for command, output in one.exchanges:
            assert run(f"{command} 2>&1", folder, cache).stdout == output, where
    else:
        (folder / "snippet.py").write_text(one.text, encoding="utf-8")
        script = "python -P snippet.py" if one.language == "python" else one.script
        found = run(script, folder, cache)
        assert found.returncode == 0, f"{where}: {found.stdout[-2000:]}{found.stderr[-2000:]}"


@pytest.mark.slow
@pytest.mark.walk
@pytest.mark.parametrize("page", RUN)
def test_the_page_does_what_it_says(page, tmp_path, cache):
    at_work(tmp_path, page)
    for one in FOUND[page]:
        if not one.reason:
            check(one, tmp_path, cache, f"{page}, line {one.line}")
