"""Cost of building the mini corpus: wall, CPU and memory of all processes.

Run ``python benchmarks/build_corpus.py [--workers 2] [--limit N]``. Memory is the proportional set
size of the command and all processes that come from it (Linux alone).
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INTERVAL = 0.5  # s between two looks at the processes


def tree(root: int) -> list[int]:
    """A process and all that come from it."""
    found = [root]
    for pid in found:  # the list grows while it is walked
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:  # it ended meanwhile
                continue
    return found


def memory(pid: int) -> int:
    """Proportional set size in bytes, 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def main() -> int:
    """Builds once and prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", default="2")
    parser.add_argument("--limit", help="only the first so many crystals")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "mini-text"
        command = [sys.executable, "-m", "crystext", "build-corpus", "--db", "mini"]
        command += ["--out", str(out), "--workers", args.workers, "--tokenizers", "minilm"]
        command += ["--limit", args.limit] if args.limit else []
        start, peak = time.monotonic(), 0
        build = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while build.poll() is None:
            peak = max(peak, sum(map(memory, tree(build.pid))))
            time.sleep(INTERVAL)
        wall = time.monotonic() - start
        if build.returncode:
            return build.returncode
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        manifest = json.loads((out / "manifest.json").read_text())
    cpu = used.ru_utime + used.ru_stime
    figures = {
        "counts": manifest["counts"],
        "workers": int(args.workers),
        "wall, s": round(wall, 1),
        "CPU, s": round(cpu, 1),
        "peak memory, MB": round(peak / 1e6),
        "CPU, ms a crystal": round(1e3 * cpu / manifest["counts"]["inputs"], 1),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": manifest["versions"],
    }
    print(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
