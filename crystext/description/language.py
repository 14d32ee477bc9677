"""The sentences: condensed data of one crystal into the three parts of its description.

The wording is that of robocrystallographer 0.2.13 (Ganose and Jain, MRS Commun. 9, 874 (2019))
with its default settings, glitches included ("that share  a cornercorner with one ..."), except
for the repairs named in the README: connectivity words and orientations stand in one fixed order,
and numpy scalars are written as plain numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.description import notation, words
from crystext.description.grouping import Grouping, count_of

if TYPE_CHECKING:
    from crystext.description.grouping import Component, Neighbours

LENGTH_DECIMALS = 2
DISTORTED_BELOW = 0.6  # order parameter under which a geometry is called distorted


@dataclass(frozen=True)
class Parts:
    """A description in its three parts, any of which may be empty but the first.

    Attributes:
        mineral: the sentence with formula, mineral, crystal system and space group.
        makeup: the sentence that counts the components; empty for a single framework.
        components: the sentences on the sites of every component.
    """

    mineral: str
    makeup: str
    components: str

    @property
    def global_text(self) -> str:
        """What is said of the crystal as a whole."""
        return " ".join(filter(None, (self.mineral, self.makeup)))

    @property
    def local_text(self) -> str:
        """What is said of its sites."""
        return self.components

    @property
    def text(self) -> str:
        """The whole description."""
        return " ".join(filter(None, (self.mineral, self.makeup, self.components)))


def write(condensed: dict[str, Any], style: str = "raw") -> Parts:
    """Describes a crystal.

    Args:
        condensed: what robocrys' ``StructureCondenser.condense_structure`` returns, with integer
            keys; numbers may be numpy scalars.
        style: one of :data:`crystext.choices.STYLES`.

    Raises:
        ValueError: the style is unknown, a species is no element, a formula cannot be written in
            the style, or a polyhedron has no polyhedral neighbour.
    """
    writer = _Writer(condensed, notation.check_style(style))
    return Parts(writer.mineral(), writer.makeup(), writer.components())


class _Writer:
    """Writes one crystal; remembers which bonds it has described, as each is described once."""

    def __init__(self, condensed: dict[str, Any], style: str) -> None:
        self._data = condensed
        self._style = style
        self._sites = condensed["sites"]
        self._described: set[frozenset[int]] = set()
        self._groups = Grouping(condensed)

    # The crystal as a whole

    def mineral(self) -> str:
        formula = notation.formula(self._data["formula"], self._style)
        symbol = notation.space_group(self._data["spg_symbol"], self._style)
        name = notation.mineral_name(self._data["mineral"], self._style)
        subject = f"{formula} is {name} structured and" if name else formula
        return f"{subject} crystallizes in the {self._data['crystal_system']} {symbol} space group."

    def makeup(self) -> str:
        groups = self._groups.components
        n_frameworks = sum(len(group) for group in groups if group[0].dimensionality == 3)
        if n_frameworks == len(groups) == count_of(groups[0]) == 1:
            return ""
        summaries = [self._group_summary(group, n_frameworks) for group in groups]
        dimensions = self._data["dimensionality"]
        intro = f"is {words.number_words(dimensions)}-dimensional and " if dimensions != 3 else ""
        if n_frameworks == 1 and len(summaries) > 1:
            listed = f"{words.join(summaries[:-1])} inside {summaries[-1]}"
        else:
            listed = words.join(summaries)
        return f"The structure {intro}consists of {listed}."

    def _group_summary(self, group: list[Component], n_frameworks: int) -> str:
        first = group[0]
        count = count_of(group)
        number = words.number_words(count)
        if n_frameworks == 1 and first.dimensionality == 3:
            count, number = 1, "a"
        if first.molecule:
            noun = "atom" if first.n_sites == 1 else "molecule"
        else:
            noun = words.component_noun(first.dimensionality)
        formula = first.molecule or notation.formula(first.formula, self._style)
        summary = f"{number} {formula} {words.plural(noun, count)}"
        if first.dimensionality in (1, 2):
            orientations = sorted({component.orientation or () for component in group})
            directions = words.plural("direction", len(orientations))
            summary += f" oriented in the {words.join([str(o) for o in orientations])} {directions}"
        return summary

    # Components and their sites

    def components(self) -> str:
        if len(self._data["components"]) == 1:
            return self._component(self._groups.components[0][0].index, "There")
        return " ".join(
            self._introduction(component, count_of(group))
            + self._component(component.index, "there")
            for group in self._groups.components
            if not group[0].molecule  # a molecule with a name needs no description
            for component in group
        )

    def _introduction(self, component: Component, group_count: int) -> str:
        shape = words.component_noun(component.dimensionality)
        if component.count == group_count:
            which = "the" if group_count == 1 else "each"
        else:
            which = f"{words.number_words(component.count)} of the"
            shape = words.plural(shape)
        return f"In {which} {notation.formula(component.formula, self._style)} {shape}, "

    def _component(self, index: int, there: str) -> str:
        sentences = []
        for sites in self._groups.sites(index):
            if len(sites) == 1:
                sentences.append(self._site(sites[0]))
            else:
                species = notation.species(self._sites[sites[0]]["element"], "", self._style)
                sentences.append(
                    f"{there} are {words.number_words(len(sites))} inequivalent {species} sites."
                )
                for number, site in enumerate(sites, start=1):
                    which = f"In the {words.ordinal_words(number)} {species} site,"
                    sentences.append(f"{which} {self._site(site)}")
            there = "There"
        return " ".join(sentences)

    # One site

    def _site(self, index: int) -> str:
        site = self._sites[index]
        neighbours = self._groups.nearest(site["nn"])
        species = notation.species(site["element"], self._groups.labels[index], self._style)
        listed = words.join(
            [
                f"{words.number_words(group.count)}{group.equivalent}"
                f"{notation.species(group.species, group.label, self._style)}"
                for group in neighbours
            ]
        )
        # The noun follows the last count alone: "one Na(1) and two Cl(1) atoms".
        atoms = f"{listed} {words.plural('atom', neighbours[-1].count if neighbours else 0)}"
        distorted = "distorted " if site["geometry"]["likeness"] < DISTORTED_BELOW else ""
        if site["poly_formula"]:
            text = f"{species} is bonded to {atoms} to form {self._polyhedra(index, distorted)}"
        else:
            geometry = words.with_article(distorted + site["geometry"]["type"])
            text = f"{species} is bonded in {geometry} geometry to {atoms}"
        lengths = " ".join(filter(None, [self._lengths(index, n.sites) for n in neighbours]))
        return f"{text}. {lengths}" if lengths else f"{text}."

    def _polyhedra(self, index: int, distorted: str) -> str:
        site = self._sites[index]
        others = self._groups.polyhedral(site["nnn"])
        if not others:
            raise ValueError(
                f"site {index} forms {site['poly_formula']} polyhedra but has no polyhedral "
                "neighbour; condense the structure again"
            )
        own = notation.parse_species(site["element"]).symbol
        own += notation.formula(site["poly_formula"], self._style)
        shape = words.polyhedra(site["geometry"]["type"])
        alike = {(other.species, other.poly_formula) for other in others}
        if len(alike) == 1 and others[0].species == site["element"]:
            kinds = sorted({other.connectivity for other in others})
            mixture = "a mixture of " if len(kinds) > 1 else ""
            text = f"{mixture}{distorted}{words.join(kinds)}-sharing {own} {shape}"
        else:
            shared = words.join([self._shared(other) for other in others])
            text = f"{distorted}{own} {shape} that share {shared}"
        tilt = self._tilt(index, others)
        return f"{text}. {tilt}" if tilt else text

    def _shared(self, other: Neighbours) -> str:
        # A single one reads " a cornercorner with one", upstream's glitch, kept for sameness.
        shared = words.plural(other.connectivity, other.count)
        if other.count == 1:
            shared = f" {words.with_article(other.connectivity)}{shared}"
        formula = notation.parse_species(other.species).symbol + other.label
        formula += notation.formula(other.poly_formula, self._style)
        return (
            f"{shared} with {words.number_words(other.count)}{other.equivalent}{formula} "
            f"{words.polyhedra(other.geometry, other.count)}"
        )

    def _tilt(self, index: int, others: list[Neighbours]) -> str:
        corners = [
            site
            for other in others
            if other.geometry == "octahedral" and other.connectivity == "corner"
            for site in other.sites
        ]
        angles = {
            float(f"{angle:.0f}")
            for site in corners
            for angle in self._data["angles"][index][site]["corner"]
        }
        tilts = sorted(abs(180 - angle) for angle in angles)
        if not tilts:
            return ""
        if tilts == [0]:
            return "The corner-sharing octahedra are not tilted"
        unit = notation.degree(self._style)
        if len(tilts) == 1:
            return f"The corner-sharing octahedral tilt angles are {tilts[0]:.0f}{unit}"
        spread = f"{tilts[0]:.0f}-{tilts[-1]:.0f}{unit}"
        return f"The corner-sharing octahedral tilt angles range from {spread}"

    def _lengths(self, index: int, neighbours: list[int]) -> str:
        """The bond lengths to sites of one species, empty if all have been described."""
        pairs = {site: frozenset((index, site)) for site in neighbours}
        sites = [site for site, pair in pairs.items() if pair not in self._described]
        if not sites:
            return ""
        self._described.update(pairs.values())
        bond = "-".join(
            notation.parse_species(self._sites[group[0]]["element"]).symbol
            + self._groups.label(group)
            for group in ([index], sites)
        )
        distances = self._data["distances"][index]
        lengths = Counter(
            float(f"{length:.{LENGTH_DECIMALS}f}") for site in sites for length in distances[site]
        )
        total = lengths.total()
        short, long = (f"{end(lengths):.{LENGTH_DECIMALS}f}" for end in (min, max))
        unit = notation.angstrom(self._style)
        if total == 1:
            return f"The {bond} bond length is {short} {unit}."
        if len(lengths) == 1:
            both = "Both" if total == 2 else "All"
            return f"{both} {bond} bond lengths are {short} {unit}."
        if len(lengths) == 2:
            n_short, n_long = lengths[min(lengths)], lengths[max(lengths)]
            shorter = f"{words.number_words(n_short)} shorter ({short} {unit})"
            longer = f"{words.number_words(n_long)} longer ({long} {unit})"
            noun = words.plural("length", n_long)
            return f"There {words.is_or_are(n_short)} {shorter} and {longer} {bond} bond {noun}."
        spread = f"{short}-{long} {unit}"
        return f"There are a spread of {bond} bond distances ranging from {spread}."
