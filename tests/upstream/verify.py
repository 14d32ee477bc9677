"""Compares our text with that of patched upstream, byte by byte, for crystals drawn by a seed.

Run ``python -m tests.upstream.verify --n 100 --seed 0`` or ``make verify-text N=100``. Exits with
1 if any text differs, with each difference named. Upstream takes seconds a crystal: ``--known
FOLDER`` keeps what it says, so that an interrupted run goes on where it was and a later one only
computes our side.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.crystal import Crystal

SECTIONS = ("text", "global_text", "local_text")
_AROUND = 60  # characters shown before and after the first differing place


@dataclass(frozen=True)
class Comparison:
    """One crystal, both sides.

    Attributes:
        id: id of the crystal.
        stratum: its size class.
        difference: ``None`` where all bytes are equal, else where they first differ.
        repairs: names of the repairs that changed upstream's side.
        ours: CPU seconds of our side.
        theirs: CPU seconds of patched upstream.
        as_installed: whether unpatched upstream writes our text too; ``None`` if not asked.
    """

    id: str
    stratum: str
    difference: str | None
    repairs: list[str]
    ours: float
    theirs: float
    as_installed: bool | None = None


def first_difference(ours: dict[str, str] | str, theirs: dict[str, str] | str) -> str | None:
    """Where two answers first differ; an answer is the three sections, or an error."""
    if isinstance(ours, str) or isinstance(theirs, str):
        if isinstance(ours, str) and isinstance(theirs, str):
            return None  # no text on either side
        return f"ours: {_start(ours)} | upstream: {_start(theirs)}"
    for name in SECTIONS:
        one, two = ours[name].encode(), theirs[name].encode()
        if one != two:
            pairs = enumerate(zip(one, two, strict=False))
            at = next((i for i, (a, b) in pairs if a != b), min(len(one), len(two)))
            part = slice(max(0, at - _AROUND), at + _AROUND)
            shown = [text[part].decode(errors="replace") for text in (one, two)]
            return f"{name} at byte {at}: ours …{shown[0]}… | upstream …{shown[1]}…"
    return None


def _start(answer: dict[str, str] | str) -> str:
    return answer if isinstance(answer, str) else f"text {answer['text'][:_AROUND]!r}"


def our_sections(crystal: Crystal, style: str) -> tuple[dict[str, str] | str, float]:
    """Our three sections, or our error, and CPU seconds."""
    from crystext import CrystextError

    describer = _describer(style)
    start = time.process_time()
    try:
        found = describer.describe(crystal)
    except CrystextError as error:
        return f"{error.code}: {error}", time.process_time() - start
    return {name: getattr(found, name) for name in SECTIONS}, time.process_time() - start


_DESCRIBERS: dict = {}  # by style; loaded and warm, once a process


def _describer(style: str):
    from crystext import Describer, mini

    if style not in _DESCRIBERS:
        _DESCRIBERS[style] = Describer(style=style)
        _DESCRIBERS[style].describe(next(mini(["mp-22862"])))
    return _DESCRIBERS[style]


def compare(
    crystal: Crystal, stratum: str, *, style: str, folder: Path | None, unpatched: bool
) -> Comparison:
    """Describes one crystal on both sides and compares."""
    theirs = upstream(crystal, style=style, folder=folder)
    ours, seconds = our_sections(crystal, style)
    as_installed = None
    if unpatched:
        plain = upstream(crystal, style=style, folder=folder, patched=False)
        as_installed = first_difference(ours, plain.sections or str(plain.error)) is None
    return Comparison(
        crystal.id,
        stratum,
        first_difference(ours, theirs.sections or str(theirs.error)),
        theirs.repairs,
        seconds,
        theirs.seconds,
        as_installed,
    )


def upstream(crystal: Crystal, *, style: str, folder: Path | None, patched: bool = True):
    """What upstream says of a crystal, from the folder where it is known."""
    from tests.upstream import known

    path = folder and known.place(
        folder, crystal.id, crystal.structure, patched=patched, style=style
    )
    answer = path and known.load(path)
    if answer:
        return answer
    from tests.upstream.repairs import Repairs
    from tests.upstream.running import describe_upstream

    start = time.process_time()
    try:
        _, parts, repairs = describe_upstream(
            crystal.structure, Repairs() if patched else None, style
        )
    except Exception as error:  # noqa: BLE001  (upstream fails in any way)
        line = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        answer = known.Upstream(crystal.id, None, [], time.process_time() - start, line)
    else:
        answer = known.Upstream(crystal.id, parts, repairs, time.process_time() - start)
    if path:
        known.save(path, answer)
    return answer


def run(
    n: int, seed: int, *, style: str, workers: int, folder: Path | None, unpatched: bool
) -> list[Comparison]:
    """Draws and compares ``n`` crystals, in parallel, in the order of the draw."""
    from joblib import Parallel, delayed
    from tqdm import tqdm

    from crystext import mini
    from tests.upstream.sample import draw

    drawn = draw(n, seed)
    crystals = mini([crystal_id for crystal_id, _ in drawn])
    jobs = (
        delayed(compare)(crystal, stratum, style=style, folder=folder, unpatched=unpatched)
        for crystal, (_, stratum) in zip(crystals, drawn, strict=True)
    )
    found = Parallel(n_jobs=workers, return_as="generator")(jobs)
    return list(tqdm(found, total=len(drawn), unit="crystal", disable=not sys.stderr.isatty()))


def report(results: list[Comparison], repairs: Iterable[str]) -> str:
    """The table by size class, the count of each repair, and every difference."""
    from tests.upstream.sample import STRATA

    lines = [
        "| conventional cell | crystals | equal | ours, CPU s | upstream, CPU s | median ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in (*STRATA, "all"):
        part = [r for r in results if name in {r.stratum, "all"}]
        if part:
            equal = sum(r.difference is None for r in part)
            ratio = median(r.theirs / max(r.ours, 1e-9) for r in part)
            mean = fmean(r.ours for r in part), fmean(r.theirs for r in part)
            lines.append(
                f"| {name} | {len(part)} | {equal} | {mean[0]:.4f} | {mean[1]:.2f} | {ratio:.0f} |"
            )
    counts = Counter(name for r in results for name in r.repairs)
    lines += ["", "Crystals changed by each repair:"]
    lines += [f"  {name}: {counts[name]}" for name in repairs]
    lines += [f"  any: {sum(bool(r.repairs) for r in results)}"]
    asked = [r for r in results if r.as_installed is not None]
    if asked:
        differ = sum(not r.as_installed for r in asked)
        lines += ["", f"Upstream as installed writes another text for {differ} of {len(asked)}."]
    different = [r for r in results if r.difference is not None]
    lines += ["", f"Unexplained differences: {len(different)}"]
    lines += [f"  {r.id} ({r.stratum}): {r.difference}" for r in different]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.upstream.verify", description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="crystals to draw")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--known", type=Path, metavar="FOLDER", help="keep upstream's answers here")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write every comparison as JSON")
    parser.add_argument("--style", default="raw", help="raw, unicode, latex or html")
    parser.add_argument(
        "--unpatched", action="store_true", help="count the texts of upstream as installed too"
    )
    parser.add_argument(
        "--options", type=int, metavar="N", help="compare N combinations of options instead"
    )
    options = parser.parse_args(argv)
    if options.options:
        from tests.upstream import options as combined

        args = [f"--combinations={options.options}", f"--seed={options.seed}"]
        return combined.main([*args, f"--workers={options.workers}"])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # before numpy is imported
        os.environ.setdefault(name, "1")
    from tests.upstream.repairs import REPAIRS

    results = run(
        options.n,
        options.seed,
        style=options.style,
        workers=options.workers,
        folder=options.known,
        unpatched=options.unpatched,
    )
    sys.stdout.write(report(results, REPAIRS) + "\n")
    if options.out:
        part = options.out.with_name(options.out.name + ".part")
        part.write_text(json.dumps([asdict(r) for r in results], indent=1), encoding="utf-8")
        part.replace(options.out)
    return int(any(r.difference is not None for r in results))


if __name__ == "__main__":
    sys.exit(main())
