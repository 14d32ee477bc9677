"""Values that settings may take, and the names that files and columns share: each declared here.

Nothing is imported, so that the command can offer the choices at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# ---------------------------------------------------------------------------- describing a crystal

ENGINES = ("fast", "robocrys")
STYLES = ("raw", "unicode", "latex", "html")
OXIDATION = ("as-given", "guess")
REFUSE, MAJORITY, ORDER = "refuse", "majority", "order"
DISORDER = (REFUSE, MAJORITY, ORDER)
"""What can be done with a disordered crystal, see :mod:`crystext.disorder`."""
CRYSTAL_SYSTEMS = {
    "triclinic": 2,
    "monoclinic": 15,
    "orthorhombic": 74,
    "tetragonal": 142,
    "trigonal": 167,
    "hexagonal": 194,
    "cubic": 230,
}
"""Each with the number of its last space group."""

# ---------------------------------------------------------------------------------------- a corpus

SECTIONS = {
    "all": "text",
    "global": "global_text",
    "local": "local_text",
    "fields": "fields_text",
}
"""Each section's column in a corpus, which is its attribute of a description as well."""
JOINED = {"fields+local": ("fields", "local"), "fields+all": ("fields", "all")}
"""What a language model may read besides: sections one after the other, with a space between."""
READABLE = (*SECTIONS, *JOINED)
SPLITS = TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLIT_NAMES = {"train": TRAIN, "val": VALIDATION, "validation": VALIDATION, "test": TEST}
"""How other data sets and papers call the splits."""
SOURCES = ("mini", "jarvis", "mp", "mp-api", "optimade", "files")
"""Where crystals come from; the first is the default."""
EXECUTORS = ("local", "dask", "ray")

# ---------------------------------------------------------------------- language models, networks

TOKEN_LIMIT = 512
"""Tokens that BERT models read; more are cut off."""
POOLS = ("cls", "mean")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("fp32", "bf16", "fp16")
NORMALISATIONS = ("auto", "matscibert", "none")
PRESETS = ("quick", "paper", "reference", "published")
DECAYS = ("matrices", "named")
"""Which weights decay: all matrices, or all that alignn's names do not leave out."""
TRANSFORMS = ("auto", "none", "log10")
"""Of targets."""
PRETEXTS = ("facts", "contrastive")
"""What a graph network learns from texts before it learns a property."""
LOSSES = ("mse", "mae", "huber")
"""Of targets' standard scores; classes are learnt by cross-entropy."""

SWITCHES: dict[str, tuple[str, bool, str]] = {
    "use_conventional_cell": ("--given-cell", False, "The cell as given, not the conventional."),
    "match_minerals": ("--no-prototypes", False, "Look for no mineral."),
    "use_symmetry_equivalent_sites": (
        "--symmetric-sites",
        True,
        "Sites are equivalent by symmetry, not by their neighbours.",
    ),
    "simplify_molecules": (
        "--no-simplify",
        False,
        "Do not look for minerals with molecules as points.",
    ),
    "use_iupac_formula": ("--no-iupac", False, "Components' formulas by electronegativity."),
    "use_common_formulas": ("--no-common-formulas", False, "No formulas of the database."),
    "describe_mineral": ("--no-mineral", False, "No sentence on mineral and space group."),
    "describe_component_makeup": ("--no-makeup", False, "No sentence that counts components."),
    "describe_components": ("--no-components", False, "No sentences on the sites."),
    "describe_symmetry_labels": ("--no-symmetry-labels", False, "Fe, not Fe(1) and Fe(2)."),
    "describe_oxidation_states": ("--no-oxi", False, "Fe(1), not Fe(1)3+."),
    "describe_bond_lengths": ("--no-bond", False, "No bond lengths."),
    "only_describe_cation_polyhedra_connectivity": (
        "--cation-polyhedra",
        False,
        "Polyhedra of cations alone, which need charges.",
    ),
    "only_describe_bonds_once": (
        "--verbose-bonds",
        False,
        "Bond lengths at both of a bond's sites.",
    ),
}
"""robocrys' options that are true or false: the flag of the command, what it sets, its words."""
AMOUNTS = {"bond_length_decimal_places": "--precision", "distorted_tol": "--distorted-tol"}
"""robocrys' options that are numbers, and the flag of each."""


def flags_of(settings: Mapping[str, Any]) -> list[str]:
    """Robocrys' options as they are given to a command, for those that stand in the settings."""
    found = [flag for name, (flag, value, _) in SWITCHES.items() if settings.get(name) is value]
    for name, flag in AMOUNTS.items():
        if name in settings:
            found += [flag, f"{settings[name]:g}"]
    return found
