"""Values that settings may take, and the names that files and columns share: each declared here.

Nothing is imported, so that the command can offer the choices at once.
"""

from __future__ import annotations

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
LOSSES = ("mse", "mae", "huber")
"""Of targets' standard scores; classes are learnt by cross-entropy."""
