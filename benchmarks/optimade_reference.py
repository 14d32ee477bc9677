"""Mini crystals, served by the reference server of OPTIMADE, become the texts of ``--db mini``.

Install the server into an environment of its own (``pip install 'optimade[server]'``) and run, in
the project's folder::

    python -m benchmarks.optimade_reference --python THAT/bin/python [--count 500]

The server (``optimade.server.main``, mongomock) gets the crystals as JSON Lines and listens on the
loopback. ``crystext build-corpus --db optimade`` reads it page by page, and the corpus is compared,
byte by byte, with one of ``--db mini``: all four texts, structure hashes and a property. Prints a
Markdown table; exits with 1 where a text differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from benchmarks.optimade_entries import PREFIX, entry_of, write_lines
from benchmarks.round_trip import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext import Crystal

VARIABLE = "CRYSTEXT_OPTIMADE_PYTHON"
TEXTS = ("text", "global_text", "local_text", "fields_text")
_PATIENCE = 120.0


def config(folder: Path, lines: Path) -> Path:
    """The settings of the server."""
    field = {"name": "band_gap", "type": "float", "unit": "eV", "description": "PBE band gap"}
    path = folder / "optimade.json"
    told = {
        "insert_from_jsonl": str(lines),
        "insert_test_data": False,
        "database_backend": "mongomock",
        "provider_fields": {"structures": [field]},
        "log_dir": str(folder),
        "page_limit_max": 100,
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


@contextmanager
def serving(python: str, folder: Path, ids: list[str]) -> Iterator[str]:
    """Mini crystals behind the reference server.

    Args:
        python: of an environment with ``optimade[server]``.
        folder: for its files.
        ids: of the crystals.

    Yields:
        The base address.
    """
    from crystext import mini

    lines = folder / "mini.jsonl"
    write_lines(lines, map(_stored, mini(ids)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(python).absolute()),
        "-m",
        "uvicorn",
        "optimade.server.main:app",
        "--port",
        str(port),
    ]
    environment = os.environ | {"OPTIMADE_CONFIG_FILE": str(config(folder, lines))}
    log = folder / "server.log"
    with log.open("wb") as file:
        server = subprocess.Popen(command, env=environment, stdout=file, stderr=file, cwd=folder)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(server, base, log)
        yield base
    finally:
        server.terminate()
        server.wait(10)


def _stored(crystal: Crystal) -> dict[str, Any]:
    """An entry as the server keeps it, which puts the prefix before the names that are its own."""
    entry = entry_of(crystal)
    entry["attributes"]["band_gap"] = crystal.properties["band_gap"]
    return entry


def _wait(server: subprocess.Popen, base: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(f"{base}/v1/info", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")


def compare(base: str, folder: Path, ids: list[str], workers: int) -> dict[str, Any]:
    """Builds both corpora and counts what is equal.

    Returns:
        Numbers by name, and the ids whose text differs.
    """
    from crystext.corpus.reader import load_corpus
    from crystext.pipelines.build.corpus import BuildSettings, build_corpus
    from crystext.pipelines.sources.registry import get

    os.environ["CRYSTEXT_CACHE"] = str(folder / "cache")
    since = time.perf_counter()
    served = get("optimade").ready(provider=base, filter="nsites >= 1")
    fetched = time.perf_counter() - since
    how: dict[str, Any] = {"workers": workers, "progress": False}
    asked = {"provider": base, "filter": "nsites >= 1"}
    build_corpus(get("optimade"), folder / "served", options=asked, **how)
    build_corpus(get("mini"), folder / "mini", settings=BuildSettings(ids=tuple(ids)), **how)
    names = ["id", *TEXTS, "structure_hash"]
    ours = load_corpus(folder / "mini").table([*names, "band_gap"])
    theirs = load_corpus(folder / "served").table([*names, f"{PREFIX}band_gap"])
    by_id = {row["id"]: row for row in theirs.to_pylist()}
    rows = [(row, by_id.get(row["id"], {})) for row in ours.to_pylist()]
    found: dict[str, Any] = {
        "crystals": len(rows),
        "served": served.expected,
        "rows": len(by_id),
        "seconds": fetched,
    }
    for name in (*TEXTS, "structure_hash"):
        found[name] = sum(mine[name] == other.get(name) for mine, other in rows)
    found["band_gap"] = sum(
        mine["band_gap"] == other.get(f"{PREFIX}band_gap") for mine, other in rows
    )
    found["differ"] = [mine["id"] for mine, other in rows if mine["text"] != other.get("text")]
    return found


def table(found: dict[str, Any], version: str) -> Iterator[str]:
    """The result as Markdown."""
    yield f"Server: optimade {version}, mongomock. Crystals: {found['crystals']:,}."
    yield f"Fetched {found['served']:,} structures in {found['seconds']:.1f} s."
    yield f"Rows: {found['rows']:,}."
    yield ""
    yield "| the same as of `--db mini` | crystals | of |"
    yield "|---|---:|---:|"
    for name in (*TEXTS, "structure_hash", "band_gap"):
        yield f"| {name} | {found[name]:,} | {found['crystals']:,} |"
    if found["differ"]:
        yield ""
        yield f"Texts that differ: {', '.join(found['differ'])}"


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=os.environ.get(VARIABLE), help=f"or {VARIABLE}")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    if not asked.python or not shutil.which(asked.python):
        parser.error("--python is missing: name that of an environment with optimade[server]")
    code = "import optimade; print(optimade.__version__)"
    version = subprocess.run(
        [asked.python, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    ids = sample(asked.count)
    with TemporaryDirectory() as name, serving(asked.python, Path(name), ids) as base:
        found = compare(base, Path(name), ids, asked.workers)
    print("\n".join(table(found, version)))
    sys.exit(bool(found["differ"]))


if __name__ == "__main__":
    main()
