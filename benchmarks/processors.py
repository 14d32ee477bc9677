"""The same corpus on every processor: one build for each kind of processor that can be imitated.

Run ``python -m benchmarks.processors [--every 6] [--workers 2]``. Every sixth mini crystal, 1,047
of them, is built canonical and as given, with ``OPENBLAS_CORETYPE`` naming another family of
processors and with numpy's wider instructions switched off; the digests of the rows have to be
equal. Exits with 1 where they are not. On a processor without AVX512 the value that switches it
off changes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.describe import machine

PROCESSORS: dict[str, dict[str, str]] = {
    "as it is": {},
    "OPENBLAS_CORETYPE=Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "OPENBLAS_CORETYPE=Sandybridge": {"OPENBLAS_CORETYPE": "Sandybridge"},
    "OPENBLAS_CORETYPE=Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "numpy without AVX512": {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"},
    "numpy without AVX2": {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"},
}
MODES = {"canonical": "--canonical", "as given": "--no-canonical"}


def digest(ids: list[str], mode: str, environment: dict[str, str], workers: int) -> str:
    """The content digest of a build under some environment."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "mini-text"
        command = [sys.executable, "-m", "crystext", "build-corpus", "--db", "mini", mode]
        command += ["--ids", ",".join(ids), "--workers", str(workers), "--out", str(out)]
        done = subprocess.run(
            command, check=False, env=os.environ | environment, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"the build failed:\n{done.stderr}")
        return json.loads((out / "manifest.json").read_text(encoding="utf-8"))["content_digest"]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=6, help="every so many-th mini crystal")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()

    from crystext import mini_table

    ids = mini_table()["id"].to_pylist()[:: args.every]
    print(f"{len(ids)} mini crystals. {machine()}.\n")
    print("| processor | canonical | as given |\n| --- | --- | --- |")
    found: dict[str, set[str]] = {mode: set() for mode in MODES}
    for name, environment in PROCESSORS.items():
        row = []
        for mode, option in MODES.items():
            row.append(digest(ids, option, environment, args.workers))
            found[mode].add(row[-1])
        print(f"| {name} | {' | '.join(one[:12] for one in row)} |", flush=True)
    equal = all(len(digests) == 1 for digests in found.values())
    print("\nAll equal." if equal else "\nNOT equal.")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
