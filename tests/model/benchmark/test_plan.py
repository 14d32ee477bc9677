"""A plan: refused early, saved, read by workers, and run by one call from Python."""

import json

import pytest

pytest.importorskip("torch")

import shlex

from click.testing import CliRunner

from crystext.cli import cli
from crystext.errors import BadRunError, NoCorpusError, UsageError
from crystext.model.benchmark import Plan, read_results, run_benchmark
from crystext.model.benchmark.layout import PLANS
from crystext.model.benchmark.plan import read_plan, save_plan
from tests.model.benchmark import small


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"suite": "table9"}, "suite 'table9' is not known"),
        ({"seeds": 0}, "seeds 0 is no whole number"),
        ({"protocol": "kind"}, "protocol 'kind' is not known"),
        ({"models": ["cgcnn:all"]}, "cgcnn reads no text"),
        ({"suite": "table3", "split": "official", "folds": 4}, "--folds is for --split folds"),
        ({"split": "half"}, "split 'half' is not known"),
        ({"split": ""}, "split '' is not known"),
        ({"split": "folds", "folds": 0}, "0 folds are none"),
        ({"train_part": 0.0}, "lie between 0 and 1"),
        ({"models": ()}, "models names none"),
        ({"properties": []}, "properties names none"),
    ],
)
def test_what_is_wrong_is_said_when_a_plan_is_made(given, named):
    with pytest.raises(UsageError, match=named):
        Plan(**given)


def test_a_network_or_corpus_that_is_not_there_is_said_before_work(corpus, tmp_path):
    with pytest.raises(UsageError, match="no graph network is called"):
        small.plan("cgnn").trials()
    with pytest.raises(NoCorpusError):
        Plan(corpus=str(tmp_path / "none")).trials()


def test_a_plan_draws_no_random_numbers(corpus):
    import torch

    torch.manual_seed(0)
    small.plan("cgcnn", "crysmmnet-cgcnn", "crystextnet").trials()
    drawn = torch.rand(1)
    torch.manual_seed(0)
    assert torch.rand(1) == drawn


def test_plans_of_a_folder_are_kept_side_by_side(corpus, tmp_path):
    first, second = small.plan("cgcnn", "mean"), small.plan("cgcnn", seeds=2)
    keys = [save_plan(one, tmp_path) for one in (first, second, first)]
    assert keys[0] == keys[2] != keys[1]
    assert [read_plan(tmp_path, key) for key in keys] == [first, second, first]
    assert len(json.loads((tmp_path / PLANS).read_text("utf-8"))) == 2
    with pytest.raises(BadRunError, match="holds no plan unknown"):
        read_plan(tmp_path, "unknown")


def test_a_plans_command_is_the_plan(corpus, tmp_path, monkeypatch):
    plan = small.plan("cgcnn", "crysmmnet-cgcnn:global", seeds=2)
    made = []
    monkeypatch.setattr("crystext.model.benchmark.benchmark.Benchmark", lambda *a: made.append(a))
    words = shlex.split(shlex.join(plan.command(tmp_path)))
    CliRunner().invoke(cli, [*words[1:], "--dry-run"])
    ((again, out),) = made
    assert (again, out) == (plan, tmp_path)


def test_one_call_runs_and_goes_on(corpus, tmp_path, cache):
    plan = small.plan("mean", "cgcnn", seeds=1)
    outcome = run_benchmark(plan, tmp_path, workers=1)
    assert outcome.page.is_file()
    assert not outcome.failures
    assert outcome.results.num_rows == 2
    before = {one: one.stat().st_mtime_ns for one in tmp_path.glob("runs/*/metrics.json")}
    again = run_benchmark(plan, str(tmp_path), workers=1)
    assert {one: one.stat().st_mtime_ns for one in before} == before
    assert again.text == outcome.text
    assert read_results(tmp_path).equals(again.results)


def test_a_suite_says_how_many_seeds_and_steps_unless_the_plan_does():
    assert Plan("table5").resolved().seeds == 5
    assert Plan("table5", seeds=2).resolved().seeds == 2
    assert Plan("text").resolved().settings == {"training.steps": 1000}
    epochs = {"training.epochs": 3}
    assert Plan("text", overrides=epochs).resolved().settings == epochs
