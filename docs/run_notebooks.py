"""Runs the notebooks from top to bottom and keeps what they give: ``make notebooks``.

Times are left out, so that a second run changes only what the code changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
_QUIET = {
    "OMP_NUM_THREADS": "1",  # threads that wait for one another on a busy machine are slow
    "PYTHONWARNINGS": "ignore",  # other libraries' words about widgets
    "CRYSTEXT_PROGRESS_SECONDS": "3600",
}
_KEPT = {"display_name": "Python 3", "language": "python", "name": "python3"}


def main(names: list[str]) -> None:
    """Runs the notebooks of these names, or all; a cell that fails ends it with its traceback."""
    os.environ.update(_QUIET)
    for path in sorted(FOLDER.glob("*.ipynb")):
        if names and path.stem not in names:
            continue
        notebook = nbformat.read(path, 4)
        where = {"metadata": {"path": str(FOLDER)}}
        NotebookClient(notebook, timeout=600, record_timing=False, resources=where).execute()
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        notebook.metadata = {"kernelspec": _KEPT, "language_info": {"name": "python"}}
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1:])
