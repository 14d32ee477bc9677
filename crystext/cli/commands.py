"""The commands and what each does, in the groups in which the help lists them."""

from __future__ import annotations

GROUPS = {
    "Crystals and texts": {
        "describe": "Describe crystals in words.",
        "verify": "Say what of a text is true of a structure.",
        "predict": "Predict properties of crystals.",
        "serve": "Describe the structures that you drop on a web page.",
        "encode": "Write crystals as language models read them: CIF, Wyckoff …",
        "decode": "Read the structure of such a text, and write it as CIF.",
        "sections": "Split a description into global and local.",
        "formats": "List the formats of structures that are read.",
    },
    "Corpora": {
        "build-corpus": "Describe a database or your own files, as a corpus.",
        "check": "Check the files of a corpus.",
        "stats": "Print what a corpus holds.",
        "report": "Write a web page that shows a corpus.",
        "search": "Find crystals of a corpus by what they are.",
        "index": "Index a large corpus for search.",
        "features": "Write what the texts of a corpus say, as numbers.",
        "publish": "Publish a corpus on the Hugging Face Hub.",
        "sources": "List the databases that corpora are built of.",
    },
    "Networks": {
        "train": "Train a network on a property of a corpus.",
        "benchmark": "Compare networks with and without text on the same splits.",
        "embed": "Turn texts into a language model's vectors.",
        "graphs": "Build the graphs of a corpus.",
        "attention": "Show what a language model looks at in a text.",
        "publish-model": "Publish a trained network on the Hugging Face Hub.",
    },
    "For other programs": {
        "mcp": "Serve agents by the Model Context Protocol.",
        "completion": "Print the script that completes commands in your shell.",
    },
}
"""Each command is a function in the module of its name."""
COMMANDS = tuple(sorted(name for held in GROUPS.values() for name in held))
MEANT = {"help": "crystext --help", "version": "crystext --version"}
"""What is typed as a command elsewhere, and how it is asked for here."""
