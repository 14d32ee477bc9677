"""Lists of the site that are made from the code: formats, sources, suites, the package's networks.

Each function returns Markdown. ``docs/hooks.py`` makes pages of some, and puts the package's
networks where a page says ``{{ bundled }}``. The table of formats stands in its page, so that it is
read in the repository as well; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystext.model.benchmark.suite import Suite
    from crystext.pipelines.sources.source import Source

_SOURCES = (
    "`--db NAME` says where the crystals of a corpus are from. A file that has to be fetched goes "
    "to the user's cache once. It is resumed after an interruption and verified; `--from-file` "
    "takes one that you fetched yourself. `crystext sources NAME` prints all of this, and the "
    "BibTeX entries to cite."
)
_SUITES = (
    "A suite says which models are compared on which properties, and how the crystals are split: "
    "`crystext benchmark --suite NAME`. Options of the command replace a part of it. [The "
    "benchmark](../how-to/benchmark.md) explains the rows."
)


def formats_table() -> str:
    """The formats that are read, with the names of their files."""
    from crystext.formats.catalogue import CATALOGUE, PACKED

    lines = ["| format | `--from` | names | what is read |", "|---|---|---|---|"]
    for name, one in CATALOGUE.items():
        patterns = ", ".join(f"`{pattern}`" for pattern in one.names)
        lines.append(f"| {one.title} | `{name}` | {patterns} | {one.remark} |")
    packed = ", ".join(f"`{ending}`" for ending in PACKED)
    return "\n".join([*lines, "", f"Each may be packed ({packed})."])


def sources_page() -> str:
    """Every source with its address, hash, licence, splits and properties."""
    from crystext.choices import SOURCES
    from crystext.pipelines.sources import registry

    lines = ["# Sources", "", _SOURCES]
    for name in SOURCES:
        lines += _source(registry.get(name))
    return "\n".join(lines) + "\n"


def _source(one: Source) -> list[str]:
    unit = "no hash is published; the manifest records that of the file that was read"
    told = {
        "version": one.version,
        "crystals": f"{one.expected:,}" if one.expected else "",
        "homepage": f"<{one.homepage}>" if one.homepage else "",
        "file": f"`{one.file_name}` from <{one.url}>" if one.url else "",
        "SHA-256": (f"`{one.sha256}`" if one.sha256 else unit) if one.url else "",
        "licence": f"{one.licence} ({one.licence_note})" if one.licence else "",
    }
    lines = ["", f"## {one.name}", "", f"{one.title}.", ""]
    lines += [f"- {key}: {value}" for key, value in told.items() if value]
    if one.properties:
        lines += ["", "| property | unit | meaning |", "|---|---|---|"]
        lines += [f"| `{p.name}` | {p.unit} | {p.description} |" for p in one.properties]
    return lines


def suites_page() -> str:
    """Every suite with its rows, properties and split."""
    from crystext.model.benchmark.suite import SUITES, load_suite

    lines = ["# Suites of the benchmark", "", _SUITES]
    for name in SUITES:
        lines += _suite(load_suite(name))
    return "\n".join(lines) + "\n"


def _suite(one: Suite) -> list[str]:
    split = f"{one.split.folds} folds" if one.split.kind == "folds" else one.split.kind
    lines = [
        *("", f"## {one.name}", "", f"{one.title}.", ""),
        f"- corpus `{one.corpus}`, preset `{one.preset}`, {one.seeds} seeds, split: {split}",
        f"- rows: {', '.join(f'`{row.words}`' for row in one.rows)}",
    ]
    lines += [
        f"- properties of {kind}: {', '.join(f'`{name}`' for name in names)}"
        for kind, names in one.properties.items()
    ]
    if one.settings:
        changed = ", ".join(f"`{name}={value}`" for name, value in one.settings.items())
        lines.append(f"- settings: {changed}")
    if one.paper_table:
        lines.append(f"- beside table {one.paper_table} of the paper (Das et al., UAI 2023)")
    return lines


def bundled_table() -> str:
    """How well the package's networks do on the official test set."""
    from crystext.files import read_json
    from crystext.model.bundled import ENSEMBLE, PROPERTIES, WEIGHTS

    lines = [
        "| property | learnt from | tested on | test MAE of the five | of one network | R² |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in PROPERTIES:
        words: Any = read_json(WEIGHTS / name / ENSEMBLE)
        low, high = words["member_mae"]
        lines.append(
            f"| `{name}` | {words['learnt_from']:,} | {words['tested']} "
            f"| {words['test']['mae']:.4f} {words['error_unit']} | {low:.4f} to {high:.4f} "
            f"| {words['test']['r2']:.3f} |"
        )
    return "\n".join(lines)


PAGES = {"reference/sources.md": sources_page, "reference/suites.md": suites_page}
"""By their place in the site."""
INSERTS = {"measured/bundled.md": {"{{ bundled }}": bundled_table}}
"""What stands in a page for what is made, by the page."""
