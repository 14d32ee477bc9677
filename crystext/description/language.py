"""The sentences: condensed data of one crystal into the three parts of its description.

The wording is that of robocrystallographer 0.2.13 (Ganose and Jain, MRS Commun. 9, 874 (2019))
under the same settings, glitches included ("that share  a cornercorner with one ..."), except
for the repairs of ``docs/explain/words.md``: connectivity words and orientations stand in one
fixed order, and numpy scalars are written as plain numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.description import notation, words
from crystext.description.grouping import Grouping, count_of
from crystext.description.options import DEFAULT_WORDING

if TYPE_CHECKING:
    from crystext.description.grouping import Component, Neighbours
    from crystext.description.options import Wording


@dataclass(frozen=True)
class Parts:
    """A description in its three parts, any of which may be empty.

    Attributes:
        mineral: the sentence with formula, mineral, crystal system and space group.
        makeup: the sentence that counts the components; empty for a single framework.
        components: the sentences on the sites of every component.

    What was not asked for is empty too.
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


def write(condensed: dict[str, Any], wording: Wording = DEFAULT_WORDING) -> Parts:
    """Describes a crystal.

    Args:
        condensed: what robocrys' ``StructureCondenser.condense_structure`` returns, with integer
            keys; numbers may be numpy scalars.
        wording: what to say and how.

    Raises:
        ValueError: a species is no element, a formula cannot be written in the style, or a
            polyhedron has no polyhedral neighbour.
    """
    writer = Writer(condensed, wording)
    return Parts(
        writer.mineral() if wording.describe_mineral else "",
        writer.makeup() if wording.describe_component_makeup else "",
        writer.components() if wording.describe_components else "",
    )


class Writer:
    """Writes one crystal; remembers which bonds it has described, as each is described once."""

    def __init__(self, condensed: dict[str, Any], wording: Wording) -> None:
        self._data = condensed
        self._wording = wording
        self._style = wording.style
        self._sites = condensed["sites"]
        self._described: set[frozenset[int]] = set()
        self._groups = Grouping(condensed, labelled=wording.describe_symmetry_labels)

    # The crystal as a whole

    def mineral(self) -> str:
        """Formula, mineral, crystal system and space group."""
        formula = notation.formula(self._data["formula"], self._style)
        symbol = notation.space_group(self._data["spg_symbol"], self._style)
        name = notation.mineral_name(self._data["mineral"], self._style)
        subject = f"{formula} is {name} structured and" if name else formula
        return f"{subject} crystallizes in the {self._data['crystal_system']} {symbol} space group."

    def makeup(self) -> str:
        """How many components of what shape there are; empty for a single framework."""
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
        """All components and their sites."""
        if len(self._data["components"]) == 1:
            return self.component(self._groups.components[0][0].index, "There")
        return " ".join(
            self._introduction(component, count_of(group))
            + self.component(component.index, "there")
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

    def component(self, index: int, there: str) -> str:
        """The sites of one component; ``there`` is "there" or "There", where the text begins."""
        sentences = []
        for sites in self._groups.sites(index):
            if len(sites) == 1:
                sentences.append(self.site(sites[0]))
            else:
                species = self._species(self._sites[sites[0]]["element"], "")
                sentences.append(
                    f"{there} are {words.number_words(len(sites))} inequivalent {species} sites."
                )
                for number, site in enumerate(sites, start=1):
                    which = f"In the {words.ordinal_words(number)} {species} site,"
                    sentences.append(f"{which} {self.site(site)}")
            there = "There"
        return " ".join(sentences)

    # One site

    def site(self, index: int) -> str:
        """One site: its neighbours, geometry, polyhedra and bond lengths."""
        site = self._sites[index]
        neighbours = self._groups.nearest(site["nn"])
        species = self._species(site["element"], self._groups.labels[index])
        listed = words.join(
            [
                f"{words.number_words(group.count)}{group.equivalent}"
                f"{self._species(group.species, group.label)}"
                for group in neighbours
            ]
        )
        # The noun follows the last count alone: "one Na(1) and two Cl(1) atoms".
        atoms = f"{listed} {words.plural('atom', neighbours[-1].count if neighbours else 0)}"
        likeness = site["geometry"]["likeness"]
        distorted = "distorted " if likeness < self._wording.distorted_tol else ""
        # The switch does the contrary of what it is called, in upstream
        every = self._wording.only_describe_cation_polyhedra_connectivity
        if site["poly_formula"] and (every or "+" in site["element"]):
            text = f"{species} is bonded to {atoms} to form {self._polyhedra(index, distorted)}"
        else:
            geometry = words.with_article(distorted + site["geometry"]["type"])
            text = f"{species} is bonded in {geometry} geometry to {atoms}"
        lengths = ""
        if self._wording.describe_bond_lengths:
            lengths = " ".join(filter(None, [self.lengths(index, n.sites) for n in neighbours]))
        return f"{text}. {lengths}" if lengths else f"{text}."

    def _species(self, text: str, label: str) -> str:
        if not self._wording.describe_oxidation_states:
            return self._element(text, label)
        return notation.species(text, self._label(label), self._style)

    def _element(self, text: str, label: str) -> str:
        return notation.parse_species(text).symbol + self._label(label)

    def _label(self, label: str) -> str:
        return label if self._wording.describe_symmetry_labels else ""

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

    def tilt(self, index: int) -> str:
        """How far the octahedra that share corners with a site's are tilted; empty if none do."""
        return self._tilt(index, self._groups.polyhedral(self._sites[index]["nnn"]))

    def _shared(self, other: Neighbours) -> str:
        # A single one reads " a cornercorner with one", upstream's glitch, kept for sameness.
        shared = words.plural(other.connectivity, other.count)
        if other.count == 1:
            shared = f" {words.with_article(other.connectivity)}{shared}"
        formula = self._element(other.species, other.label)
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

    def lengths(self, index: int, neighbours: list[int]) -> str:
        """The bond lengths to sites of one species, empty if all have been described."""
        sites = neighbours
        if self._wording.only_describe_bonds_once:
            pairs = {site: frozenset((index, site)) for site in neighbours}
            sites = [site for site, pair in pairs.items() if pair not in self._described]
            if not sites:
                return ""
            self._described.update(pairs.values())
        bond = "-".join(
            self._element(self._sites[group[0]]["element"], self._groups.label(group))
            for group in ([index], sites)
        )
        decimals = self._wording.bond_length_decimal_places
        distances = self._data["distances"][index]
        lengths = Counter(
            float(f"{length:.{decimals}f}") for site in sites for length in distances[site]
        )
        total = lengths.total()
        short, long = (f"{end(lengths):.{decimals}f}" for end in (min, max))
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
