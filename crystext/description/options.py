"""The settings that decide the words: robocrys', by its names and with its defaults, and ours."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypedDict

from crystext.choices import DISORDER, ENGINES, OXIDATION, REFUSE, STYLES
from crystext.errors import UsageError, shown
from crystext.settings import BaseSettings, check_choice, check_number, check_whole

_FINEST = 1e-9  # angstrom; symmetry below this is noise
_FIRST = ("engine", "style", "canonical", "oxidation", "disorder", "symprec")
MOST_DECIMALS = 15


class Options(TypedDict, total=False):
    """Keyword arguments that robocrys' classes take too; see :class:`Analysis`, :class:`Wording`.

    They have robocrys' names, meanings and defaults.
    """

    use_conventional_cell: bool
    match_minerals: bool
    use_symmetry_equivalent_sites: bool
    simplify_molecules: bool
    use_iupac_formula: bool
    use_common_formulas: bool
    describe_mineral: bool
    describe_component_makeup: bool
    describe_components: bool
    describe_symmetry_labels: bool
    describe_oxidation_states: bool
    describe_bond_lengths: bool
    bond_length_decimal_places: int
    distorted_tol: float
    only_describe_cation_polyhedra_connectivity: bool
    only_describe_bonds_once: bool


@dataclass(frozen=True)
class Analysis(BaseSettings):
    """What is looked for in a structure: robocrys' ``StructureCondenser`` but for the tolerance.

    Attributes:
        use_conventional_cell: describe the conventional cell; ``False`` takes the cell as given.
        match_minerals: look for the mineral; ``False`` is robocrys' ``mineral_matcher=False``.
        use_symmetry_equivalent_sites: sites are equivalent by symmetry; ``False`` goes by their
            geometry and their neighbours.
        simplify_molecules: a crystal of no known mineral is looked up again with its molecules as
            points.
        use_iupac_formula: elements of a component's formula in IUPAC's order; ``False`` goes by
            electronegativity. The formula of the whole crystal keeps IUPAC's, as in robocrys.
        use_common_formulas: formulas as chemists write them where the database has them.
    """

    use_conventional_cell: bool = True
    match_minerals: bool = True
    use_symmetry_equivalent_sites: bool = False
    simplify_molecules: bool = True
    use_iupac_formula: bool = True
    use_common_formulas: bool = True

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        _check_switches(self, Analysis)


@dataclass(frozen=True)
class Condensing(Analysis):
    """How a structure becomes condensed data: the arguments of robocrys' ``StructureCondenser``.

    Attributes:
        symprec: symmetry tolerance in angstrom.
    """

    symprec: float = 0.01

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        super().__post_init__()
        check_number("symprec", self.symprec, _FINEST, 1, "angstrom")


@dataclass(frozen=True)
class Wording(BaseSettings):
    """How condensed data become a text: the arguments of robocrys' ``StructureDescriber``.

    Attributes:
        style: how formulas, symbols and charges are written; robocrys' ``fmt``.
        describe_mineral: the sentence with formula, mineral and space group.
        describe_component_makeup: the sentence that counts the components.
        describe_components: the sentences on the sites.
        describe_symmetry_labels: number the sites of an element, as in ``Fe(1)``; ``False`` speaks
            of all neighbours of an element at once.
        describe_oxidation_states: write the oxidation states that the crystal has.
        describe_bond_lengths: write bond lengths.
        bond_length_decimal_places: of bond lengths, 0 to 15.
        distorted_tol: order parameter under which a geometry is called distorted.
        only_describe_cation_polyhedra_connectivity: ``True`` speaks of the polyhedra of all sites,
            ``False`` of those alone whose species have a positive charge. So robocrys does, against
            the word.
        only_describe_bonds_once: a bond length that was written for one of its two sites is not
            repeated for the other.
    """

    style: str = "raw"
    describe_mineral: bool = True
    describe_component_makeup: bool = True
    describe_components: bool = True
    describe_symmetry_labels: bool = True
    describe_oxidation_states: bool = True
    describe_bond_lengths: bool = True
    bond_length_decimal_places: int = 2
    distorted_tol: float = 0.6
    only_describe_cation_polyhedra_connectivity: bool = True
    only_describe_bonds_once: bool = True

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("style", self.style, STYLES)
        check_whole("bond_length_decimal_places", self.bond_length_decimal_places, 0, MOST_DECIMALS)
        check_number("distorted_tol", self.distorted_tol, 0, 2)
        _check_switches(self, Wording)

    def check_says_something(self) -> None:
        """Refuses to leave out all three parts of the text.

        Raises:
            UsageError: all three are left out.
        """
        if not any(
            (self.describe_mineral, self.describe_component_makeup, self.describe_components)
        ):
            raise UsageError(
                "describe_mineral, describe_component_makeup and describe_components are all "
                "False, which leaves no text; keep one"
            )


@dataclass(frozen=True)
class Settings(Condensing, Wording):
    """How crystals are described: the arguments of :class:`crystext.Describer`, explained there.

    Raises:
        UsageError: a setting has a value that is not allowed.
        MissingExtraError: online names are asked for, and Open Babel is not installed.
    """

    engine: str = "fast"
    canonical: bool = False
    oxidation: str = "as-given"
    disorder: str = REFUSE
    max_sites: int | None = None
    online_names: bool = False

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        Condensing.__post_init__(self)
        Wording.__post_init__(self)
        self.check_says_something()
        check_choice("engine", self.engine, ENGINES)
        check_choice("oxidation", self.oxidation, OXIDATION)
        check_choice("disorder", self.disorder, DISORDER)
        if self.max_sites is not None:
            check_whole("max_sites", self.max_sites)
        if self.online_names:
            from crystext.description.molecules import require_open_babel

            require_open_babel()

    def to_dict(self) -> dict[str, Any]:
        """What decides the words: all settings but the limit, and robocrys' options at default."""
        settings = without_defaults(super().to_dict())
        del settings["max_sites"]
        return settings


def for_condenser(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of robocrys' ``StructureCondenser``."""
    given = _given(settings, Condensing)
    return given | ({} if given.pop("match_minerals") else {"mineral_matcher": False})


def for_describer(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of robocrys' ``StructureDescriber``."""
    given = _given(settings, Wording)
    return given | {"fmt": given.pop("style")}


def without_defaults(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings without the options that are at their default, so that digests stay as they were.

    The others follow in a fixed order, ours first.
    """
    ours = {name: settings[name] for name in _FIRST if name in settings}
    return ours | {
        name: value
        for name, value in settings.items()
        if name not in DEFAULTS or value != DEFAULTS[name]
    }


def _given(settings: Settings, kind: type) -> dict[str, Any]:
    return {one.name: getattr(settings, one.name) for one in fields(kind)}


def _check_switches(settings: Any, kind: type) -> None:
    for one in fields(kind):
        value = getattr(settings, one.name)
        if isinstance(one.default, bool) and not isinstance(value, bool):
            raise UsageError(f"{one.name} {shown(value)} is neither True nor False")


DEFAULT_WORDING = Wording()
DEFAULTS: dict[str, Any] = {
    one.name: one.default
    for kind in (Analysis, Wording)
    for one in fields(kind)
    if one.name in Options.__annotations__
}
"""The options of :class:`Options` and their defaults, which a digest leaves out."""
