"""A command in a process where the packages of all extras are gone, forked from one that is warm.

The server has loaded what every command may load, and none of what is gone.
"""

import multiprocessing
import os
import sys
from pathlib import Path

GONE = (
    *("torch", "transformers", "huggingface_hub", "datasets", "accelerate", "safetensors"),
    *("lightgbm", "matplotlib", "tokenizers", "jarvis", "mp_api", "dask", "distributed"),
)
_WARM = (
    *("crystext.cli.output", "crystext.corpus.checks", "crystext.corpus.reader"),
    *("crystext.description.describer", "crystext.description.canonical", "crystext.disorder"),
    *("crystext.pipelines.build.corpus", "crystext.pipelines.search.searcher", "crystext.reading"),
    *("crystext.pipelines.sources.registry", "crystext.report", "bm25s", "pymatgen.core", "spglib"),
    __name__,
)


def server():
    """What starts such processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_WARM))
    return context


def run(args: list[str], place: Path, cache: Path, said: Path) -> None:
    """Runs a command in a folder; what it says goes to a file, its results nowhere."""
    assert not sys.modules.keys() & set(GONE), "the server has loaded what is to be gone"
    sys.modules.update(dict.fromkeys(GONE))  # type: ignore[arg-type]  # as if not installed
    with said.open("wb") as error, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(error.fileno(), 2)
    os.chdir(place)
    os.environ |= {"CRYSTEXT_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    from crystext.cli import main

    main(args)
