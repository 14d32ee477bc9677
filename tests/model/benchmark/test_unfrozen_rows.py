"""Rows whose language model learns: what decides them, and that they run beside frozen ones."""

import pytest

from crystext.errors import UsageError
from crystext.model.benchmark.inputs import TrialInputs
from crystext.model.benchmark.layout import RUNS
from crystext.model.benchmark.run import run_trials
from crystext.model.benchmark.suite import Row
from crystext.model.text.store import EmbeddingStore, StateStore
from crystext.model.training.folder import read_run
from tests.model.benchmark import small


def of(*rows, **more):
    return small.trials(*rows, plan=small.OFFICIAL, **more)


def test_the_row_trains_one_layer_and_others_none(corpus):
    unfrozen, whole, shuffled, alone = of(
        "crystextnet:unfrozen", "crystextnet", "crystextnet:shuffled", "cgcnn"
    )
    assert Row.parse("crysmmnet:unfrozen").without_text == "alignn"
    assert (unfrozen.settings.trained_layers, unfrozen.settings.text.section) == (1, "all")
    assert {one.settings.trained_layers for one in (whole, shuffled, alone)} == {0}
    names = {trial.name for trial in (unfrozen, whole)}
    unfrozen, whole, *_ = of("crystextnet:unfrozen", "crystextnet", text__trained_layers=2)
    assert (unfrozen.settings.trained_layers, whole.settings.trained_layers) == (2, 0)
    with pytest.raises(UsageError, match="crystextnet:unfrozen trains layers; give"):
        _ = of("crystextnet:unfrozen", text__trained_layers=0)[0].settings
    assert len({*names, unfrozen.name}) == 3


def test_it_runs_beside_a_frozen_one(corpus, tmp_path):
    trials = of("crystextnet", "crystextnet:unfrozen", "crysmmnet-cgcnn:unfrozen")
    run_trials(trials, tmp_path, tick=lambda: None)
    found = {}
    for trial in trials:
        words, metrics = read_run(tmp_path / RUNS / trial.name)
        assert ("text_layers" in words["data"]) == (trial.row.text == "unfrozen")
        found[trial.row.words] = metrics
    frozen, unfrozen = found["crystextnet:all"], found["crystextnet:unfrozen"]
    assert unfrozen["counts"] == frozen["counts"] == small.COUNTS
    assert unfrozen["parameters"] > frozen["parameters"]
    assert unfrozen["test"]["mae"] != frozen["test"]["mae"]


def test_both_kinds_of_text_are_made_once(corpus):
    trials = of("crystextnet", "crystextnet:unfrozen", "crysmmnet-cgcnn:unfrozen")
    inputs = TrialInputs(corpus, trials)
    vectors, first, second = (inputs.texts(trial, trial.settings.text) for trial in trials)
    assert isinstance(vectors, EmbeddingStore)
    assert isinstance(first, StateStore)
    assert first is second
    assert set(first.ids) == set(small.ids())
