"""A run whose atoms read the facts of their sites: trained, loaded and used like any other."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")

import crystext
from crystext.errors import OtherEncoderError, UsageError
from crystext.model import load
from crystext.model.benchmark.texts import site_control
from crystext.model.graphs.build import build_graph_store
from crystext.model.graphs.site_store import SiteRows, build_site_store
from crystext.model.settings import make_settings
from crystext.model.training.run import train
from tests.model.training.runs import changed_copy, corpus

LIMIT = 200
SETTINGS = {
    "training.epochs": 3,
    "training.batch_size": 16,
    "training.device": "cpu",
    "training.tensorboard": False,
    "network.hidden": 8,
    "text.encoder": "facts",
}


def settings(fusion, **overrides):
    return make_settings(
        corpus="mini",
        property_name="bulk_modulus",
        model="crysmmnet-cgcnn",
        overrides=SETTINGS | {"fusion.fusion": fusion} | overrides,
    )


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    return build_graph_store(corpus(), tmp_path_factory.mktemp("graphs") / "graphs", limit=LIMIT)


@pytest.fixture(scope="module")
def sites(graphs, tmp_path_factory):
    out = tmp_path_factory.mktemp("sites") / "sites"
    return SiteRows.of(graphs, build_site_store(corpus(), graphs, out=out))


@pytest.fixture(scope="module")
def splits():
    table = corpus().table(["id", "bulk_modulus"]).slice(0, LIMIT).to_pylist()
    ids = [row["id"] for row in table if row["bulk_modulus"] is not None]
    return {"train": ids[:30], "validation": ids[30:38], "test": ids[38:48]}


@pytest.fixture(scope="module")
def run(graphs, sites, splits, tmp_path_factory):
    """The folder of a run of each fusion, made when asked for."""
    folder, made = tmp_path_factory.mktemp("runs"), {}

    def make(fusion, rows=sites, name=""):
        out = folder / f"{fusion}{name}"
        if out not in made:
            made[out] = train(
                settings(fusion),
                out,
                corpus=corpus(),
                graphs=graphs,
                sites=rows,
                splits=splits,
                progress=False,
            )
        return out

    return make


@pytest.mark.parametrize("fusion", ["sites", "sites+residual"])
def test_new_structures_are_described_and_predicted(fusion, run):
    told = pq.read_table(run(fusion) / "predictions.parquet", filters=[("split", "=", "test")])
    expected = dict(zip(told["id"].to_pylist(), told["prediction"].to_pylist(), strict=True))
    found = load(run(fusion)).predict(list(crystext.mini(list(expected))))
    np.testing.assert_allclose(
        [one.value for one in found], [expected[one.id] for one in found], rtol=1e-3
    )


def test_facts_of_sites_change_what_is_said(run, graphs, sites, splits):
    ids = [one for part in splits.values() for one in part]
    dealt = site_control(sites, graphs, "facts-shuffled", ids=ids, seed=1)
    said = []
    for rows, name in ((sites, ""), (dealt, "-dealt")):
        table = pq.read_table(run("sites", rows, name) / "predictions.parquet")
        said.append(np.array(table["prediction"].to_pylist()))
    assert np.abs(said[0] - said[1]).max() > 1e-3 * np.abs(said[0]).max()


def test_the_run_says_what_it_read(run, sites):
    saved = json.loads((run("sites") / "settings.json").read_text())
    assert saved["data"]["sites"] == sites.settings
    assert saved["data"]["without_sites"] == 0
    assert json.loads((run("sites") / "metrics.json").read_text())["without_sites"] == 0


def test_a_crystal_whose_sites_are_not_found_gets_a_value_and_a_note(run, monkeypatch):
    from crystext.errors import SitesNotFoundError
    from crystext.model.prediction import batch

    def lost(*_args):
        raise SitesNotFoundError("two different sites could be atom 0")

    crystal = next(iter(crystext.mini(["mp-149"])))
    plain = load(run("sites")).predict([crystal])[0]
    assert not any("sites" in one for one in plain.notes)
    monkeypatch.setattr(batch, "atom_rows", lost)
    found = load(run("sites")).predict([crystal])[0]
    assert np.isfinite(found.value)
    assert any("facts of its sites are not read" in one for one in found.notes)


def test_facts_of_another_version_are_refused(run, tmp_path):
    other = changed_copy(run("sites"), tmp_path / "run", "sites", "facts", "0" * 16)
    with pytest.raises(OtherEncoderError, match="facts of sites"):
        load(other)


def test_dealt_facts_are_those_of_other_atoms(graphs, sites, splits):
    ids = splits["train"]
    dealt = site_control(sites, graphs, "facts-shuffled", ids=ids, seed=1)
    begin = graphs.arrays().atom_ptr
    chosen = set(graphs.rows_of(ids).tolist())
    of_atom = np.repeat(np.arange(len(graphs)), np.diff(begin))
    here = np.isin(of_atom, list(chosen))
    np.testing.assert_array_equal(dealt.values[~here], sites.values[~here])
    order = [np.lexsort(one.values[here].T) for one in (sites, dealt)]
    np.testing.assert_array_equal(sites.values[here][order[0]], dealt.values[here][order[1]])
    assert (dealt.values[here] != sites.values[here]).any(axis=1).mean() > 0.8
    again = site_control(sites, graphs, "facts-shuffled", ids=ids, seed=1)
    np.testing.assert_array_equal(again.values, dealt.values)
    assert dealt.digest != sites.digest
    nothing = site_control(sites, graphs, "zero", ids=ids, seed=0)
    assert nothing.values.shape == sites.values.shape
    assert not nothing.values.any()


def test_sites_are_of_facts_and_of_no_text():
    with pytest.raises(UsageError, match=r"give text\.encoder=facts"):
        settings("sites", **{"text.encoder": "matscibert"})
