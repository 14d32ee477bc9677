"""``mp-api``: the Materials Project of today, through its own client, page by page.

The key comes from the environment alone (``MP_API_KEY`` or ``PMG_MAPI_KEY``). First the ids that
pass the filters are listed, then structures and values are asked for in pages of ids, so memory
stays flat and a failed page is asked for again. Beside them stand the descriptions that the
project itself publishes (``published_description``), for comparison with ours. Deprecated entries
are left out, and so are GNoME's, whose licence forbids commercial use, unless asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from crystext.crystal import Failure
from crystext.errors import BadObjectError, UsageError
from crystext.pipelines.sources import citations
from crystext.pipelines.sources.mp_client import PATIENCE, Session, connect
from crystext.pipelines.sources.property_columns import BOOL, STRING, Key
from crystext.pipelines.sources.source import Source, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crystext.crystal import Crystal
    from crystext.pipelines.patience import Patience
    from crystext.pipelines.sources.source import Ids

PAGE = 200
"""Ids a request: a structure takes some 10 kB, and the ids must fit into an address."""

KEYS = (
    Key("formation_energy_per_atom", "eV/atom", "formation energy"),
    Key("energy_above_hull", "eV/atom", "energy above the convex hull"),
    Key("energy_per_atom", "eV/atom", "total energy with the project's corrections"),
    Key("band_gap", "eV", "band gap"),
    Key("is_gap_direct", "", "whether the band gap is direct", BOOL),
    Key("is_stable", "", "whether it is on the convex hull", BOOL),
    Key("theoretical", "", "whether it is in no experimental database", BOOL),
    Key("total_magnetization", "muB", "magnetic moment of the cell"),
    Key("bulk_modulus", "GPa", "bulk modulus, Voigt-Reuss-Hill average"),
    Key("shear_modulus", "GPa", "shear modulus, Voigt-Reuss-Hill average"),
    Key("universal_anisotropy", "", "universal elastic anisotropy"),
    Key("homogeneous_poisson", "", "Poisson ratio"),
)
ADDED = (
    Key("published_description", "", "description by the Materials Project", STRING),
    Key("published_description_version", "", "robocrys version that it names", STRING),
    Key("database_version", "", "version of the database that answered", STRING),
)
FIELDS = ["material_id", "structure", *(key.key for key in KEYS)]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What to ask for; everything by default.

    Attributes:
        elements: all of these must be there.
        exclude_elements: none of these may be there.
        chemsys: chemical systems, for example ``Li-Fe-O``; ``*`` stands for any element.
        energy_above_hull: least and greatest, eV/atom.
        include_gnome: also GNoME's entries (CC BY-NC 4.0).
    """

    elements: Sequence[str] | None = None
    exclude_elements: Sequence[str] | None = None
    chemsys: str | Sequence[str] | None = None
    energy_above_hull: tuple[float, float] | None = None
    include_gnome: bool = False

    def arguments(self) -> dict[str, Any]:
        """As ``MPRester`` wants them."""
        lists = ("elements", "exclude_elements")
        given: dict[str, Any] = {
            name: list(getattr(self, name)) for name in lists if getattr(self, name)
        }
        if self.chemsys:
            one = isinstance(self.chemsys, str)
            given["chemsys"] = self.chemsys if one else list(self.chemsys)
        if self.energy_above_hull is not None:
            given["energy_above_hull"] = tuple(self.energy_above_hull)
        return given | {"deprecated": False, "include_gnome": self.include_gnome}


@dataclass(frozen=True, kw_only=True)
class MaterialsProjectApi(Source):
    """The database as it is when asked."""

    is_api: ClassVar[bool] = True
    connect: Callable[[str | None], Any] = field(default=connect, repr=False)

    def crystals(
        self,
        *,
        from_file: object = None,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        endpoint: str | None = None,
        descriptions: bool = True,
        patience: Patience | None = None,
        page: int = PAGE,
        **filters: Any,
    ) -> Iterator[Crystal | Failure]:
        """See :meth:`Source.crystals`; without ids, the order is that of their numbers.

        Args:
            from_file: not taken.
            ids: only these; filters are not taken then.
            limit: only the first so many.
            endpoint: address of the API; by default the project's.
            descriptions: also ask for the published descriptions.
            patience: how often to ask again.
            page: ids a request.
            filters: see :class:`Filters`.

        Raises:
            MissingApiKeyError: there is no key, or it is refused.
            UnknownIdError: an id is not in the database.
            ApiFailedError: the server did not answer, in spite of retries.
        """
        if from_file is not None or (ids is not None and filters):
            raise UsageError("mp-api takes no --from-file, and either ids or filters")
        arguments = options_of("mp-api", Filters, filters).arguments()
        session = Session(self.connect, endpoint, patience or PATIENCE)

        def pages() -> Iterator[Crystal | Failure]:
            wanted = session.ids(arguments) if ids is None else list(dict.fromkeys(ids))
            wanted = wanted[:limit]
            for start in range(0, len(wanted), page):
                names = wanted[start : start + page]
                documents = session.documents("summary", names, FIELDS)
                missing = [one for one in names if one not in documents]
                if missing and ids is not None:
                    raise self.unknown(missing)
                texts = session.descriptions(names) if descriptions else {}
                for name in names:
                    row = documents.get(name, {}) | texts.get(name, {})
                    yield self._crystal(name, row | {"database_version": session.version})

        return pages()

    def count(
        self, *, from_file: object = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> int:
        """See :meth:`Source.count`: lists the ids, and fetches no structure."""
        del from_file
        if ids is None:
            session = Session(
                self.connect, options.pop("endpoint", None), options.pop("patience", PATIENCE)
            )
            options = {k: v for k, v in options.items() if k not in {"descriptions", "page"}}
            ids = session.ids(options_of("mp-api", Filters, options).arguments())
        return len(set(ids)) if limit is None else min(limit, len(set(ids)))

    def _crystal(self, name: str, document: dict[str, Any]) -> Crystal | Failure:
        if not document.get("structure"):
            message = f"the database gives no structure for {name}; look at its page"
            return Failure(name, BadObjectError(message, crystal_id=name))
        for modulus in ("bulk_modulus", "shear_modulus"):
            value = document.get(modulus)
            document[modulus] = value.get("vrh") if isinstance(value, dict) else value
        return self._crystal_of(name, document["structure"], document, (*KEYS, *ADDED))


SOURCE = MaterialsProjectApi(
    name="mp-api",
    title="Materials Project, current",
    homepage="https://materialsproject.org",
    version="current; each row has database_version",
    licence="CC-BY-4.0",
    licence_note="CC BY 4.0: name the project; GNoME's entries, CC BY-NC 4.0, are left out",
    citations=(citations.MATERIALS_PROJECT,),
    properties=tuple(key.property() for key in (*KEYS, *ADDED)),
)
