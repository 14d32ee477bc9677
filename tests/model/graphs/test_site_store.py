"""Rows of sites' facts: of the right atoms, and the same whatever cell a crystal is given in."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pymatgen.core import Structure

pytest.importorskip("torch")

import crystext
from crystext.errors import SitesNotFoundError
from crystext.features.site_facts import NAMES, WIDTH
from crystext.formats import cif
from crystext.model.graphs.build import build_graph_store
from crystext.model.graphs.cells import cell_of
from crystext.model.graphs.settings import GraphSettings
from crystext.model.graphs.site_rows import atom_rows
from crystext.model.graphs.site_store import SiteRows, build_site_store

LIMIT = 80
COORDINATION = NAMES.index("coordination")


@pytest.fixture(scope="module")
def corpus():
    return crystext.load_corpus("mini")


@pytest.fixture(scope="module")
def graphs(corpus, tmp_path_factory):
    return build_graph_store(corpus, tmp_path_factory.mktemp("graphs") / "graphs", limit=LIMIT)


@pytest.fixture(scope="module")
def store(corpus, graphs, tmp_path_factory):
    return build_site_store(corpus, graphs, out=tmp_path_factory.mktemp("sites") / "sites")


def rows_of(corpus, ids):
    """CIF's structure, condensed dictionary and describer's settings of crystals."""
    for one in ids:
        row = corpus.row(one)
        settings = corpus.manifest["settings"] | {"symprec": row["symprec"]}
        yield cif.read(row["structure"]).structure, json.loads(row["condensed"]), settings


def found(structure, condensed, settings, graphs=GraphSettings()):  # noqa: B008  (frozen)
    """Element, share of atoms and facts of each class, in an order of their own."""
    rows = atom_rows(cell_of(structure), structure, condensed, settings, graphs)
    share = rows.atoms / rows.atoms.sum()
    table = np.column_stack([rows.element, share, rows.site])
    return table[np.lexsort(np.round(table, 6).T)]


def test_a_row_is_what_the_description_says_of_these_atoms(corpus, graphs, store):
    rows, arrays = SiteRows.of(graphs, store), graphs.arrays()
    assert rows.values.shape == (len(arrays.element), WIDTH)
    assert np.isfinite(rows.values).all(axis=1).mean() > 0.95
    for place, one in enumerate(graphs.ids):
        if one in rows.without:
            continue
        condensed = json.loads(corpus.row(one)["condensed"])
        told = {
            (crystext.features.elements.element_table().number[site["element"]], len(site["nn"]))
            for site in condensed["sites"].values()
        }
        here = slice(arrays.atom_ptr[place], arrays.atom_ptr[place + 1])
        numbers = np.rint(rows.values[here, COORDINATION] * 6.0).astype(int)
        assert set(zip(arrays.element[here].tolist(), numbers.tolist(), strict=True)) == told


def test_failures_are_counted_and_leave_no_row(corpus, graphs, store):
    counts = store.manifest["counts"]
    assert counts["rows"] + counts["failures"] == LIMIT
    assert "mp-21" in {one["id"] for one in store.failures()}
    rows = SiteRows.of(graphs, store)
    assert set(rows.without) == {one["id"] for one in store.failures()}
    begin, place = graphs.arrays().atom_ptr, graphs.ids.index("mp-21")
    assert np.isnan(rows.values[begin[place] : begin[place + 1]]).all()


def test_a_second_call_opens_what_is_there(corpus, graphs, store, monkeypatch):
    monkeypatch.setattr("crystext.model.graphs.site_store.atom_rows", None)
    again = build_site_store(corpus, graphs, out=store.path)
    assert again.digest == store.digest


def test_some_crystals_alone_have_the_same_rows(corpus, graphs, store, tmp_path):
    chosen = [graphs.ids[place] for place in (9, 4, 30)]
    some = SiteRows.of(graphs, build_site_store(corpus, graphs, out=tmp_path / "some", ids=chosen))
    every, begin = SiteRows.of(graphs, store), graphs.arrays().atom_ptr
    for place in graphs.rows_of(chosen):
        here = slice(begin[place], begin[place + 1])
        np.testing.assert_array_equal(some.values[here], every.values[here])
    assert len(some.without) == LIMIT - len(chosen)


def test_supercells_and_permuted_cells_have_the_same_rows(corpus, store):
    rng = np.random.default_rng(0)
    for structure, condensed, settings in rows_of(corpus, store.ids[5:75:3]):
        plain = found(structure, condensed, settings)
        order = rng.permutation(len(structure))
        permuted = Structure.from_sites([structure[int(one)] for one in order])
        larger = structure.make_supercell([[1, 0, 0], [0, 1, 0], [1, 0, 2]], in_place=False)
        for other in (permuted, larger):
            np.testing.assert_allclose(found(other, condensed, settings), plain, atol=1e-6)


def test_full_graphs_have_a_row_for_each_atom(corpus, store):
    full = GraphSettings(quotient=False)
    for structure, condensed, settings in rows_of(corpus, store.ids[5:75:10]):
        folded = atom_rows(cell_of(structure), structure, condensed, settings, GraphSettings())
        every = atom_rows(cell_of(structure), structure, condensed, settings, full)
        assert len(every.element) == len(structure)
        spread = np.repeat(folded.site, folded.atoms, axis=0)
        order = [np.lexsort(one.T) for one in (spread, every.site)]
        np.testing.assert_allclose(spread[order[0]], every.site[order[1]], atol=1e-6)


def test_graphs_of_other_atoms_are_refused(corpus, graphs, tmp_path):
    one = graphs.ids[12]
    crystal = next(iter(crystext.mini([one])))
    other = crystext.Crystal(one, crystal.structure.copy().make_supercell([2, 1, 1]))
    wrong = build_graph_store([other], tmp_path / "graphs")
    store = build_site_store(corpus, wrong, out=tmp_path / "sites")
    assert [failure["code"] for failure in store.failures()] == [SitesNotFoundError.code]
    assert "other atoms" in store.failures()[0]["message"]
