"""``crystext build-corpus``: from a database to a corpus of described crystals."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crystext import choices
from crystext.cli import options as shared
from crystext.cli import robocrys_options
from crystext.errors import (
    CrystextError,
    NothingDescribedError,
    OutputTakenError,
    UnreadableFileError,
    printable,
)

if TYPE_CHECKING:
    from crystext.pipelines.build.settings import BuildSettings
    from crystext.pipelines.sources.source import Source

EPILOG = """\b
Examples:
  crystext build-corpus --out mini-text --workers 4
  crystext build-corpus --db jarvis --out jarvis-text --workers 16 --tokenizers minilm
  crystext build-corpus --db jarvis --out jarvis-text --workers 16 --tokenizers minilm --resume
  crystext build-corpus --db files --input 'structures/*.cif' --out my-text
  crystext build-corpus --db files --input cifs --property-table gaps.csv --unit gap=eV --out my
  crystext build-corpus --db optimade --provider oqmd --filter 'nelements=2' --out binaries"""
_FEW = 10  # failures that are named, each in a line
FILE = click.Path(exists=True, path_type=Path)
BELONGS = {
    "own_files": "files",
    **dict.fromkeys(("properties_file", "id_column", "structure_column", "units"), "files"),
    "moduli_split": "mp",
    **dict.fromkeys(("elements", "exclude_elements", "chemsys", "include_gnome"), "mp-api"),
    **dict.fromkeys(("provider", "filter", "refresh"), "optimade"),
}
"""The database that an option is of."""


def _comma_list(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Any:
    """``a,b`` or ``@FILE`` with names apart by commas, blanks or lines."""
    if value is None:
        return None
    if value.startswith("@"):
        try:
            value = Path(value[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"{value[1:]} cannot be read ({error})") from error
    return tuple(value.replace(",", " ").split())


def _pairs(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> dict[str, str] | None:
    """``COLUMN=UNIT`` of each, or nothing."""
    for value in values:
        if not value.partition("=")[0].strip() or "=" not in value:
            raise click.BadParameter(f"{value!r} is no COLUMN=UNIT, such as gap=eV")
    parts = (value.partition("=") for value in values)
    return {name.strip(): unit.strip() for name, _, unit in parts} or None


@click.command(epilog=EPILOG, cls=robocrys_options.GroupedCommand)
@shared.choice("--db", choices.SOURCES, "Where crystals come from; mini needs no network.")
@click.option("--out", type=shared.OutFolder(), help="Folder of the corpus; must be new.")
@click.option("--limit", type=shared.NUMBER, help="Only the first so many inputs.")
@click.option(
    "--ids", callback=_comma_list, metavar="ID,ID...|@FILE", help="Only the inputs with these ids."
)
@click.option(
    "--from-file",
    type=FILE,
    help="The database's file, if you fetched it yourself; optimade: the folder of a snapshot.",
)
@click.option(
    "--input",
    "own_files",
    metavar="PATH",
    help="files: a folder, glob, structure file, zip, or table with a column of structures.",
)
@click.option(
    "--property-table",
    "properties_file",
    type=FILE,
    help="files: CSV, TSV, JSON, JSON Lines or Parquet with an id column.",
)
@click.option(
    "--id-column",
    metavar="NAME",
    help="files: the column of ids in the tables; id, jid, material_id, … if not given.",
)
@click.option(
    "--structure-column",
    metavar="NAME",
    help="files: the column of structures; structure, atoms, cif or poscar if not given.",
)
@click.option(
    "--unit",
    "units",
    callback=_pairs,
    multiple=True,
    metavar="COLUMN=UNIT",
    help="files: of a property; a header such as 'gap [eV]' states its own.",
)
@click.option("--moduli-split", type=FILE, help="mp: the published split of the moduli.")
@click.option("--elements", callback=_comma_list, metavar="EL,EL...", help="mp-api: all of these.")
@click.option(
    "--exclude-elements", callback=_comma_list, metavar="EL,EL...", help="mp-api: none of these."
)
@click.option("--chemsys", metavar="EL-EL...", help="mp-api: only this chemical system.")
@click.option("--include-gnome", is_flag=True, help="mp-api: GNoME's too (CC BY-NC 4.0).")
@click.option(
    "--provider",
    metavar="NAME|URL",
    help="optimade: such as oqmd, alexandria/alexandria-pbe, or an address; "
    "see crystext sources optimade.",
)
@click.option(
    "--filter", metavar="FILTER", help="optimade: which structures, in OPTIMADE's language."
)
@click.option(
    "--refresh", is_flag=True, help="optimade: ask again, and not use the snapshot in the cache."
)
@shared.workers()
@shared.choice("--executor", choices.EXECUTORS, "Processes here, or a Dask or Ray cluster.")
@click.option("--scheduler", metavar="ADDRESS", help="Of a running Dask or Ray cluster.")
@click.option(
    "--timeout",
    type=shared.POSITIVE,
    default=600.0,
    metavar="SECONDS",
    help="End a crystal's work after.",
)
@click.option("--max-sites", type=shared.NUMBER, help="Refuse larger structures.")
@click.option("--resume", is_flag=True, help="Go on with the unfinished build in --out.")
@click.option("--dry-run", is_flag=True, help="Only say what it would cost.")
@click.option(
    "--canonical/--no-canonical",
    default=True,
    help="Standardise the cell and sort the sites first.",
)
@shared.oxidation
@shared.disorder
@click.option(
    "--tokenizers",
    callback=_comma_list,
    metavar="NAME,NAME...",
    help="Count tokens with minilm, matscibert, a folder or a Hub id.",
)
@click.option(
    "--representations",
    callback=_comma_list,
    metavar="NAME,NAME...",
    help="Columns with other texts of the crystals, such as cif-p1; see crystext encode --list.",
)
@click.option("--rows-per-shard", type=shared.NUMBER, help="Rows of each file.  [default: 25000]")
@robocrys_options.robocrys_options
def build_corpus(db: str, out: Path | None, **options: Any) -> None:
    """Describe the crystals of a database and write them as a corpus.

    Every input becomes a row or, with step and error code, a row of the failures. The files depend
    on input, settings and versions alone: not on workers or interruptions. A build that was
    interrupted in any way goes on with --resume. The exit status is 0 with failures too, which are
    counted and kept in failures/; it is 1 where no input became a row, and 2 for wrong usage.

    Own files (--db files): the id of a structure is the path of its file below the folder, without
    the suffix; several in one file are stem#1, stem#2 …; an id inside JSON, and the id column of a
    table of structures, win. A property table is joined by these ids.
    """
    if out is None and not options["dry_run"]:
        raise click.UsageError("--out is missing: name a new folder for the corpus")
    from crystext.pipelines.sources import registry

    source = registry.get(db)
    told = {name: options.pop(name) for name in ("from_file", *BELONGS)}
    given = _checked(
        db, {key: one for key, one in told.items() if one is not None and one is not False}
    )
    settings = _settings(options)
    if db == "optimade":
        _check_optimade(given, settings)
    if options["dry_run"]:
        _dry_run(source, settings, given, options["workers"])
        return
    assert out is not None
    _build(source, out, settings, given, options)


def _checked(db: str, given: dict[str, Any]) -> dict[str, Any]:
    """The options of this database, by the names that its source gives them."""
    flags = {"own_files": "input", "properties_file": "property-table", "units": "unit"}
    for name in given:
        if BELONGS.get(name, db) != db:
            flag = flags.get(name, name.replace("_", "-"))
            raise click.UsageError(f"--{flag} belongs to --db {BELONGS[name]}, not to {db}")
    if db == "files":
        given["from_file"] = given.pop("own_files", None) or given.get("from_file")
        if given["from_file"] is None:
            raise click.UsageError(
                "--input is missing: name the structures, such as 'folder/*.cif'"
            )
    return given


def _check_optimade(given: dict[str, Any], settings: BuildSettings) -> None:
    """Refuses what would fetch a whole database, or nothing.

    Raises:
        click.UsageError: says what to give.
    """
    if given.get("from_file"):
        return
    if not given.get("provider"):
        raise click.UsageError(
            "--provider is missing: name one, such as oqmd (see crystext sources optimade), or "
            "give an address"
        )
    if not (given.get("filter") or settings.ids or settings.limit):
        raise click.UsageError(
            "--filter is missing: say which structures, such as 'elements HAS \"Si\"', or give "
            "--ids or --limit"
        )


def _settings(options: dict[str, Any]) -> BuildSettings:
    from crystext.pipelines.build.settings import BuildSettings

    names = ("canonical", "oxidation", "disorder", "timeout", "max_sites", "limit", "ids")
    optional = ("tokenizers", "representations", "rows_per_shard")
    chosen = {name: options[name] for name in names}
    chosen |= {name: options[name] for name in optional if options[name] is not None}
    return BuildSettings(**chosen, **robocrys_options.chosen(options))


def _dry_run(source: Source, settings: BuildSettings, given: dict, workers: int) -> None:
    from crystext.pipelines.estimate import estimate, speed

    source = source.configured(**given)
    if source.name == "files":  # the others fetch
        source = source.ready(**given)
    found = estimate(source, settings, given)
    hours = found.seconds / 3600
    click.echo(f"{source.title}: {found.inputs:,} inputs")
    click.echo(f"about {hours:.2g} CPU hours, {hours / workers:.2g} h with {workers} workers")
    click.echo(f"about {found.size / 1e6:,.1f} MB, and twice as much again while building")
    click.echo(f"sizes of cells: {found.basis}; speed: {speed()['machine']}")


def _build(
    source: Source, out: Path, settings: BuildSettings, given: dict, options: dict[str, Any]
) -> None:
    from crystext.cli import TYPED, output
    from crystext.corpus.unfinished import COMMAND, how_to_go_on, resuming, unfinished
    from crystext.pipelines.build.corpus import build_corpus as build

    names = ("workers", "executor", "scheduler", "resume")
    how = {name: options[name] for name in names}
    command = resuming(click.get_current_context().meta.get(TYPED, ()))
    try:
        manifest = build(source, out, settings=settings, options=given, command=command, **how)
    except KeyboardInterrupt:
        click.echo(f"\nstopped; {how_to_go_on(out)}", err=True)
        raise
    except OutputTakenError:
        raise
    except CrystextError:
        if (out / COMMAND).is_file():
            output.note(unfinished(out))
        raise
    counts = manifest["counts"]
    click.echo(f"{counts['rows']:,} rows of {counts['inputs']:,} inputs in {out}")
    if counts["failures"]:
        by_code = ", ".join(f"{n} {code}" for code, n in counts["failures_by_code"].items())
        click.echo(f"{counts['failures']:,} failures: {by_code}")
        _say_failures(out, counts["failures"], given.get("from_file"))
    if noted := counts.get("noted"):
        what = "rows carry notes" if noted > 1 else "row carries notes"
        output.note(f"{noted:,} {what}, see the column notes")
    if source.name == "files":
        _say_left_out(str(given["from_file"]))
    if not counts["rows"]:
        raise NothingDescribedError(
            f"none of {counts['inputs']:,} inputs could be described; mend the files that stand "
            f"above, remove {out}, and build again"
        )
    click.echo(
        f"Next: crystext check {out}\n"
        f"      crystext report {out} -o report.html\n"
        f"      crystext publish {out} --repo-id OWNER/NAME --dry-run"
    )


def _say_left_out(path: str) -> None:
    """The files that were not read because of their names, of folders that a glob means too."""
    from crystext.cli import output
    from crystext.pipelines.sources.packed_files import expand
    from crystext.pipelines.sources.table_files import left_out_of

    with suppress(UnreadableFileError):  # they went away meanwhile, and the corpus is there
        output.report_left_out(expand(path), left_out_of if Path(path).is_file() else None)


def _say_failures(out: Path, number: int, given: Any) -> None:
    """The first failures and their files on standard error, and where the others stand.

    Args:
        out: folder of the corpus.
        number: of failures.
        given: where own files were read from, if they were.
    """
    from crystext.cli import output
    from crystext.corpus.reader import load_corpus
    from crystext.pipelines.sources.table_files import places_of

    failures = load_corpus(out).failures().slice(0, _FEW).to_pylist()
    files = places_of(given, [one["id"] for one in failures]) if given else {}
    for one in failures:
        file = files.get(one["id"])
        where = f" ({printable(str(file))})" if file else ""
        click.echo(
            f"crystext: [{one['code']}] {printable(one['id'])}{where}: {one['message']}", err=True
        )
    if number > _FEW:
        output.note(f"and {number - _FEW:,} more; all stand in {out}/failures")
