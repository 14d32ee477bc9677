"""The notebooks run from top to bottom, and show what they gave when they were run last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("torch")

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_four():
    assert len(NOTEBOOKS) == 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda one: one.stem)
def test_outputs_are_kept_and_name_no_place(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    shown = [one for cell in code_of(notebook) for one in cell.outputs]
    assert shown
    assert not [one for one in shown if one.output_type == "error"]
    assert str(ROOT) not in path.read_text(encoding="utf-8")
    assert "/home/" not in path.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.walk
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda one: one.stem)
def test_it_runs(path, tmp_path, monkeypatch):
    """In a clone's folder, as a reader runs it; fewer epochs do here."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = nbformat.read(path, 4)
    for cell in code_of(notebook):
        cell.source = re.sub(r'"training\.epochs": \d+', '"training.epochs": 1', cell.source)
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    nbclient.NotebookClient(notebook, timeout=600, resources=where).execute()
    assert all(cell.execution_count for cell in code_of(notebook))
