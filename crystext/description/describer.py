"""The describer: settings and libraries once, then one crystal after another."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Unpack

from crystext import provenance
from crystext.choices import REFUSE
from crystext.crystal import Crystal, structure_hash
from crystext.description.elements import know_electronegativities
from crystext.description.language import Parts, write
from crystext.description.notation import mineral_name
from crystext.description.options import DEFAULTS, Settings
from crystext.description.plausibility import coordination_notes
from crystext.description.record import Description, plain
from crystext.description.sections import disorder_sentence
from crystext.errors import CrystextError, EngineFailedError
from crystext.suggestions import named_arguments_and
from crystext.unread import UnreadCrystal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymatgen.core import Structure

    from crystext.description.options import Options
    from crystext.report.structures import Drawn


class Describer:
    """Describes crystals; make one and use it for many.

    Args:
        engine: ``fast``, or ``robocrys`` for the original classes.
        style: how formulas, symbols and charges are written: ``raw``, ``unicode``, ``latex`` or
            ``html``.
        canonical: standardise the cell and sort the sites first, so that the text depends on the
            crystal alone and not on the cell, origin or order in which it is given.
        oxidation: ``as-given`` uses oxidation states that the input carries, ``guess`` guesses
            them where it carries none.
        disorder: ``refuse`` disordered crystals, describe their ``majority`` form, or ``order``
            them in the smallest cell that keeps the composition.
        symprec: symmetry tolerance in angstrom.
        max_sites: refuse structures with more sites; ``None`` for no limit.
        online_names: ask PubChem for the names of molecules that the database does not hold.
        options: robocrys' own: what to describe, of which cell, and how; see
            :class:`crystext.description.options.Analysis` and
            :class:`crystext.description.options.Wording`.

    Raises:
        UsageError: an argument is unknown, or its value is not allowed.
        MissingExtraError: online names are asked for, and Open Babel is not installed.

    Examples:
        >>> describer = Describer(canonical=True)
        >>> [describer.describe(path).text for path in ("NaCl.cif", "POSCAR")]
    """

    @named_arguments_and(DEFAULTS)
    def __init__(
        self,
        *,
        engine: str = "fast",
        style: str = "raw",
        canonical: bool = False,
        oxidation: str = "as-given",
        disorder: str = REFUSE,
        symprec: float = 0.01,
        max_sites: int | None = None,
        online_names: bool = False,
        **options: Unpack[Options],
    ) -> None:
        know_electronegativities()
        self.settings = Settings(
            engine=engine,
            style=style,
            canonical=canonical,
            oxidation=oxidation,
            disorder=disorder,
            symprec=symprec,
            max_sites=max_sites,
            online_names=online_names,
            **options,
        )
        self._settings, self._digest = self.settings.to_dict(), self.settings.digest()
        self._engine = _original if self.settings.engine == "robocrys" else _fast(self.settings)

    def __reduce__(self) -> tuple[Any, ...]:
        """A process that is handed a describer makes its own from the settings."""
        settings = {one.name: getattr(self.settings, one.name) for one in fields(self.settings)}
        return _made_from, (settings,)

    def read(self, crystal: Any) -> Crystal:
        """The crystal as it will be described: read, checked, and ordered where that was asked for.

        Args:
            crystal: see :meth:`describe`.

        Raises:
            InputError: it cannot be read, or is no crystal that can be described.
        """
        from crystext.reading import to_crystal

        settings = self.settings
        return to_crystal(crystal, max_sites=settings.max_sites, disorder=settings.disorder)

    def describe(self, crystal: Any) -> Description:
        """Describes one crystal.

        Args:
            crystal: a :class:`crystext.Crystal`, a path, the text of a structure file, a pymatgen
                ``Structure``, ASE ``Atoms``, jarvis ``Atoms`` or the dict of one of them.

        Raises:
            InputError: it cannot be read, or is no crystal that can be described.
            DescriptionError: it is valid, but describing it did not end well.
        """
        name = crystal.id if isinstance(crystal, (Crystal, UnreadCrystal)) else None
        with _one_crystal(name):
            given = self.read(crystal)
        return self.describe_read(given)

    def describe_read(self, crystal: Crystal) -> Description:
        """Describes what :meth:`read` gave, without reading and checking it again.

        Raises:
            DescriptionError: describing it did not end well.
        """
        with _one_crystal(crystal.id):
            structure = crystal.structure
            if self.settings.oxidation == "guess":
                from crystext.description.oxidation import guess_oxidation_states

                structure = guess_oxidation_states(structure)
            parts, condensed, number = self._engine(structure, self.settings)
            digest = structure_hash(crystal.structure)
            return self._record(crystal, digest, parts, condensed, number)

    def _record(
        self, crystal: Crystal, digest: str, parts: Parts, condensed: dict[str, Any], number: int
    ) -> Description:
        makeup = condensed["component_makeup"]
        opening = disorder_sentence(crystal.disorder)
        notes = dict.fromkeys((*crystal.notes, *coordination_notes(condensed)))
        return Description(
            id=crystal.id,
            text=opening + parts.text,
            global_text=opening + parts.global_text,
            local_text=parts.local_text,
            formula=condensed["formula"],
            mineral=mineral_name(condensed["mineral"]),
            crystal_system=condensed["crystal_system"],
            space_group_symbol=condensed["spg_symbol"],
            space_group_number=number,
            dimensionality=condensed["dimensionality"],
            components=tuple(
                {name: component[name] for name in component if name != "sites"}
                | {"count": makeup.count(i)}
                for i, component in condensed["components"].items()
            ),
            condensed=condensed,
            disorder=crystal.disorder,
            drawn=_drawn(crystal.structure),
            provenance={
                "engine": self.settings.engine,
                "versions": versions(),
                "settings": dict(self._settings),
                "settings_digest": self._digest,
                "structure_hash": digest,
                "notes": list(notes),
            },
        )


def _drawn(structure: Structure) -> Drawn | None:
    """The cell for a picture, where it is small enough to have one."""
    from crystext.report.structures import MOST_SITES, drawn_structure

    return drawn_structure(structure) if len(structure) <= MOST_SITES else None


@contextmanager
def _one_crystal(name: str | None) -> Iterator[None]:
    """The boundary around one crystal: errors carry its id, what nobody foresaw gets a code."""
    try:
        yield
    except CrystextError as error:
        if name is not None:
            error.with_id(name)
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise EngineFailedError.from_exception(error, crystal_id=name) from error


@named_arguments_and(DEFAULTS)
def describe(
    crystal: Any,
    *,
    engine: str = "fast",
    style: str = "raw",
    canonical: bool = False,
    oxidation: str = "as-given",
    disorder: str = REFUSE,
    symprec: float = 0.01,
    max_sites: int | None = None,
    online_names: bool = False,
    **options: Unpack[Options],
) -> Description:
    """Describes one crystal: ``describe("NaCl.cif").text``.

    For many crystals make one :class:`Describer` and use it again, or call
    :func:`crystext.describe_many`.

    Args:
        crystal: see :meth:`Describer.describe`.
        engine: ``fast``, or ``robocrys`` for the original classes.
        style: how formulas, symbols and charges are written: ``raw``, ``unicode``, ``latex`` or
            ``html``.
        canonical: standardise the cell and sort the sites first, so that the text depends on the
            crystal alone and not on the cell, origin or order in which it is given.
        oxidation: ``as-given`` uses oxidation states that the input carries, ``guess`` guesses
            them where it carries none.
        disorder: ``refuse`` disordered crystals, describe their ``majority`` form, or ``order``
            them in the smallest cell that keeps the composition.
        symprec: symmetry tolerance in angstrom.
        max_sites: refuse structures with more sites; ``None`` for no limit.
        online_names: ask PubChem for the names of molecules that the database does not hold.
        options: robocrys' own: what to describe, of which cell, and how; see
            :class:`crystext.description.options.Analysis` and
            :class:`crystext.description.options.Wording`.

    Raises:
        UsageError: an argument is unknown, or its value is not allowed.
        InputError: the crystal cannot be read, or is none that can be described.
        DescriptionError: it is valid, but describing it did not end well.
    """
    describer = Describer(
        engine=engine,
        style=style,
        canonical=canonical,
        oxidation=oxidation,
        disorder=disorder,
        symprec=symprec,
        max_sites=max_sites,
        online_names=online_names,
        **options,
    )
    return describer.describe(crystal)


@cache
def versions() -> dict[str, str]:
    """Versions of everything that decides the words."""
    return provenance.versions("robocrys", "pymatgen", "spglib", "numpy", "scipy")


def _made_from(settings: dict[str, Any]) -> Describer:
    return Describer(**settings)


def _fast(settings: Settings) -> Any:
    from crystext.description.arrays import ArrayStructure
    from crystext.description.canonical import canonical_symmetry
    from crystext.description.condenser import Condenser
    from crystext.description.molecules import MoleculeNamer
    from crystext.description.symmetry import find_symmetry

    condenser = Condenser(settings, MoleculeNamer(online=settings.online_names))

    def engine(structure: Structure, _: Settings) -> tuple[Parts, dict[str, Any], int]:
        if settings.canonical:
            symmetry = canonical_symmetry(structure, settings.symprec)
        else:
            symmetry = find_symmetry(ArrayStructure.of(structure), settings.symprec)
        condensed = condenser.condense(symmetry)
        return write(condensed, settings), condensed, symmetry.number

    return engine


def _original(structure: Structure, settings: Settings) -> tuple[Parts, dict[str, Any], int]:
    """The original classes, unrepaired; only the network is left alone unless asked for."""
    import warnings
    from functools import partial
    from unittest import mock

    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
    from robocrys import StructureCondenser, StructureDescriber
    from robocrys.condense import condenser as module

    from crystext.description.options import for_condenser, for_describer

    if settings.canonical:
        from crystext.description.canonical import canonical_structure

        structure = canonical_structure(structure, settings.symprec)
    namer = partial(module.MoleculeNamer, use_online_pubchem=settings.online_names)
    with warnings.catch_warnings(), mock.patch.object(module, "MoleculeNamer", namer):
        warnings.simplefilter("ignore")
        condenser = StructureCondenser(**for_condenser(settings))
        condensed = condenser.condense_structure(structure.copy())
        writer = StructureDescriber(**for_describer(settings), return_parts=True)
        parts: Any = writer.describe(condensed)  # a dictionary, as parts are asked for
        number = SpacegroupAnalyzer(structure, settings.symprec).get_space_group_number()
    names = ("mineral", "component_makeup", "components")
    whole = Parts(*(parts.get(name, "") for name in names))
    return whole, plain(condensed), int(number)
