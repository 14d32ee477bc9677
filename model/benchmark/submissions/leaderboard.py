"""Contributions to the JARVIS leaderboard, as its package reads them.

::

    OUT/leaderboard/MODEL/
      AI-SinglePropertyPrediction-formation_energy_peratom-dft_3d-test-mae.csv.zip
      metadata.json
      run.sh

The form is that of jarvis-leaderboard 2024.10.30 (``rebuild.py``): a zip of one CSV with ``id``,
``target`` and ``prediction``, for every id of the benchmark's test set, in the property's unit.
The leaderboard scores against its own targets.
"""

from __future__ import annotations

import csv
import io
import json
import platform
import shlex
import time
import zipfile
from typing import TYPE_CHECKING, Any

from crystext.files import write_json, write_text, written_aside
from crystext.model.benchmark.results import predictions_of
from crystext.model.benchmark.submissions.runs import candidates
from crystext.pipelines.splits import official

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crystext.corpus.reader import Corpus
    from crystext.model.benchmark.splits import SplitPlan
    from crystext.model.benchmark.submissions.runs import Submitter

FOLDER = "leaderboard"
_MEGNET = {
    "formation_energy_per_atom": ("megnet", "e_form"),
    "band_gap": ("megnet", "gappbe"),
}
BENCHMARKS: dict[str, dict[str, tuple[str, str]]] = {
    "jarvis": {
        name: ("dft_3d", name)
        for name in (
            *("formation_energy_peratom", "optb88vdw_bandgap", "optb88vdw_total_energy"),
            *("mbj_bandgap", "bulk_modulus_kv", "shear_modulus_gv"),
        )
    },
    "mp": _MEGNET,
    "mini": _MEGNET,
}
"""Dataset and property of the leaderboard, by source of a corpus and property of it."""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same predictions make the same file


def write_leaderboard(
    out: Path,
    rows: Sequence[dict[str, Any]],
    *,
    plan: SplitPlan,
    corpus: Corpus,
    submitter: Submitter,
    command: Sequence[str],
) -> list[str]:
    """Writes the contributions that the results allow.

    Returns:
        What was written, or why something was not, in sentences.
    """
    known = BENCHMARKS.get(corpus.manifest["source"]["name"], {})
    names = list(dict.fromkeys(row["property"] for row in rows))
    if (reason := _unfit(names, known, rows, plan)) is not None:
        return [f"JARVIS leaderboard: nothing written; {reason}."]
    said, lacking = [], {}
    for kind, properties in candidates(rows).items():
        written = []
        folder = out / FOLDER / kind.file_name
        for name, (run,) in properties.items():
            if name not in known:
                lacking[name] = "it has no such benchmark"
                continue
            table = predictions_of(out, run)
            benchmark = "_".join(known[name])
            wanted = official(benchmark).ids["test"]
            got = set(table["id"].to_pylist())
            if got != set(wanted):
                lacking[name] = (
                    f"{len(got & set(wanted)):,} of the {len(wanted):,} test crystals of "
                    f"{benchmark} were predicted, and it scores all of them"
                )
                continue
            dataset, key = known[name]
            path = folder / f"AI-SinglePropertyPrediction-{key}-{dataset}-test-mae.csv.zip"
            _write_predictions(path, table.to_pylist(), wanted)
            written.append(run)
        if written:
            _write_about(folder, kind.words, written, corpus, submitter, command)
            done = ", ".join(run["property"] for run in written)
            hint = f"; {submitter.missing}" if submitter.missing else ""
            said.append(f"JARVIS leaderboard: {FOLDER}/{folder.name} holds {done}{hint}.")
    reasons = [f"JARVIS leaderboard: not {name}; {why}." for name, why in lacking.items()]
    return [*said, *reasons]


def _unfit(
    names: Sequence[str],
    known: dict[str, tuple[str, str]],
    rows: Sequence[dict[str, Any]],
    plan: SplitPlan,
) -> str | None:
    """Why none of the results can be submitted."""
    if not any(name in known for name in names):
        return "it has no benchmark of these properties of this corpus"
    if any(row["protocol"] != "honest" for row in rows):
        return "the published protocol chooses on the test set"
    if plan.kind != "official" or plan.train != 1:
        return f"it asks for the official split, and this is {plan.words}"
    return None


def _write_predictions(path: Path, rows: Sequence[dict[str, Any]], order: Sequence[str]) -> None:
    by_id = {row["id"]: row for row in rows}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "target", "prediction"])
    writer.writerows([one, by_id[one]["target"], by_id[one]["prediction"]] for one in order)
    path.parent.mkdir(parents=True, exist_ok=True)
    member = zipfile.ZipInfo(path.name.removesuffix(".zip"), _EPOCH)
    with written_aside(path) as aside, zipfile.ZipFile(aside, "w") as archive:
        archive.writestr(member, text.getvalue(), zipfile.ZIP_DEFLATED)


def _write_about(
    folder: Path,
    model: str,
    runs: Sequence[dict[str, Any]],
    corpus: Corpus,
    submitter: Submitter,
    command: Sequence[str],
) -> None:
    """``metadata.json`` and ``run.sh``."""
    versions = json.loads(runs[0]["versions"])
    metadata = {
        "model_name": f"crystext {model}",
        "project_url": submitter.url,
        "date_submitted": time.strftime("%m-%d-%Y"),
        "author_email": submitter.email,
        "database_version": corpus.manifest["source"]["version"],
        "team_name": submitter.team,
        "time_taken_seconds": round(sum(run["seconds"] for run in runs), 2),
        "language": "python",
        "os": platform.system().lower(),
        "software_used": ", ".join(f"{name} {one}" for name, one in versions.items() if one),
        "hardware_used": ", ".join(dict.fromkeys(run["device"] for run in runs)),
        "git_url": [submitter.url],
        "notes": "one run a property, its seed chosen on validation: "
        + ", ".join(f"{run['property']} seed {run['seed']}" for run in runs),
    }
    write_json(folder / "metadata.json", metadata)
    lines = [
        "#!/bin/bash",
        f"pip install 'crystext[model,jarvis]=={versions['crystext']}'",
        f"# predictions are of this part of the benchmark, on corpus {corpus.manifest['name']}",
        shlex.join(command),
    ]
    write_text(folder / "run.sh", "\n".join(lines) + "\n")
