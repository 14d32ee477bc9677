"""``mini``: 6,277 Materials Project crystals embedded in the package; see ``build_mini``."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from crystext.choices import SPLITS
from crystext.embedded import MINI_PROPERTIES
from crystext.errors import UsageError
from crystext.pipelines.sources import citations
from crystext.pipelines.sources.source import Source, first
from crystext.pipelines.splits import SplitSpec

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from crystext.crystal import Crystal, Failure
    from crystext.pipelines.sources.source import Ids

WHOLE = ("formation_energy_per_atom", "band_gap")
"""Properties of all crystals."""
OFFICIAL = "official split of MP 2018.6.1 (megnet_e_form and megnet_gappbe of jarvis-leaderboard)"
RESTRICTED = (
    "crystals with this property in the official split of MP 2018.6.1; not a published benchmark"
)


class Mini(Source):
    """Structures and properties of matminer's four tables; energies and split of MP 2018.6.1."""

    def crystals(
        self, *, from_file: object = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Iterator[Crystal | Failure]:
        """See :meth:`Source.crystals`; takes no file and no options."""
        from crystext.embedded import mini, mini_table

        if from_file is not None or options:
            raise UsageError("mini is part of the package: leave out --from-file and its options")
        if ids is not None:
            known = set(mini_table()["id"].to_pylist())
            if missing := [one for one in ids if one not in known]:
                raise self.unknown(missing)
            ids = list(dict.fromkeys(ids))
        return first(map(_plain, mini(ids)), limit)

    def splits(self, **options: Any) -> dict[str, SplitSpec]:
        """The official split for energy and gap, and its part with a value for each other one."""
        from crystext.embedded import mini_table

        del options
        table = mini_table()
        rows = table.select(["id", "split", *(one.name for one in MINI_PROPERTIES)]).to_pylist()
        full = _parts(rows, OFFICIAL)
        return {
            one.name: full
            if one.name in WHOLE
            else _parts([row for row in rows if row[one.name] is not None], RESTRICTED)
            for one in MINI_PROPERTIES
        }

    def file_hash(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """SHA-256 of the embedded table."""
        with as_file(files("crystext") / "data" / "mini.parquet") as embedded:
            return super().file_hash(path or embedded)


def _plain(crystal: Crystal) -> Crystal:
    """Without the split, which is no property."""
    names = (one.name for one in SOURCE.properties)
    return replace(crystal, properties={name: crystal.properties[name] for name in names})


def _parts(rows: list[dict[str, Any]], origin: str) -> SplitSpec:
    ids = {name: tuple(r["id"] for r in rows if r["split"] == name) for name in SPLITS}
    return SplitSpec(origin, ids)


SOURCE = Mini(
    name="mini",
    title="Materials Project, 6,277 crystals",
    homepage="https://materialsproject.org",
    version="MP 2018.6.1, matminer 0.3.2",
    expected=6277,
    licence="CC-BY-4.0",
    licence_note="Materials Project data are CC BY 4.0: name the project and cite the papers",
    citations=(
        citations.MATERIALS_PROJECT,
        citations.ELASTIC_TENSORS,
        citations.DIELECTRIC_TENSORS,
        citations.PIEZOELECTRIC_TENSORS,
        citations.FORMATION_ENERGIES,
        citations.MEGNET,
        citations.LEADERBOARD,
    ),
    properties=MINI_PROPERTIES,
)
