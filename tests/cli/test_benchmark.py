"""``crystext benchmark``: what it says, what it writes and how it ends."""

import re

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")

import pyarrow.parquet as pq

from crystext.cli import cli, main
from crystext.model.benchmark.layout import ENSEMBLES, RESULTS
from crystext.model.training.loop import Loop
from tests.model.benchmark import small

ROWS = ("mean", "cgcnn", "crysmmnet-cgcnn", "crysmmnet-cgcnn:shuffled")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return small.corpus(tmp_path_factory)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(cache, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(cache))


def call(*args):
    return CliRunner().invoke(cli, list(map(str, args)))


def line_of(capsys, *args):
    """The one line of a command that cannot go on."""
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, args)))
    (line,) = capsys.readouterr().err.splitlines()
    return ended.value.code, line


@pytest.fixture(scope="module")
def done(corpus, tmp_path_factory, cache):
    out = tmp_path_factory.mktemp("out") / "bench"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRYSTEXT_CACHE", str(cache))
        return call(*small.arguments(out, *ROWS, seeds=2)), out


def test_help_ends_with_examples():
    assert "crystext benchmark --suite table6" in call("benchmark", "--help").output


def test_a_table_a_page_and_files(done):
    result, out = done
    assert result.exit_code == 0, result.output
    assert "7 runs, 7 to do" in result.stderr
    assert "a training step takes: cgcnn" in result.stderr
    said = result.stdout.splitlines()
    assert said[-1] == str(out / "report.html")
    head = next(line for line in said if line.startswith("bulk_modulus: test MAE"))
    assert "log10(GPa); 20 crystals to learn from, 6 tested; 2 steps" in head
    split, known = said[said.index(head) + 1 :][:2]
    assert split.endswith("official split of MP 2018.6.1; not a published benchmark")
    assert "in train" in known
    assert [line.split()[0] for line in said if "±" in line] == [
        "cgcnn", "crysmmnet-cgcnn:all", "crysmmnet-cgcnn:shuffled",
    ]  # fmt: skip
    assert pq.read_metadata(out / RESULTS).num_rows == 7
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "crysmmnet-cgcnn:shuffled" in page
    assert any(line.startswith("ensembles of 2 seeds: the mean of") for line in said)
    assert pq.read_table(out / ENSEMBLES)["n_seeds"].to_pylist() == [2, 2, 2]
    assert "kept as quick-official.txt and report-quick-official.html" in result.stderr
    assert (out / "quick-official.txt").read_text(encoding="utf-8").splitlines() == said[:-1]
    assert (out / "report-quick-official.html").read_text(encoding="utf-8") == page
    assert "JARVIS leaderboard: nothing written" in page
    assert not (out / "leaderboard").exists()


def test_again_it_runs_nothing_and_says_the_same(done, monkeypatch):
    result, out = done
    monkeypatch.setattr(Loop, "run", lambda *_, **__: pytest.fail("trained again"))
    again = call(*small.arguments(out, *ROWS, seeds=2))
    assert again.exit_code == 0
    assert again.stdout == result.stdout
    assert "7 runs, 0 to do" in again.stderr


def test_more_seeds_are_added(done):
    _, out = done
    more = call(*small.arguments(out, "mean", "cgcnn", seeds=3))
    assert "4 runs, 1 to do" in more.stderr
    assert pq.read_metadata(out / RESULTS).num_rows == 8


def test_a_dry_run_names_the_runs_and_trains_none(corpus, tmp_path):
    out = tmp_path / "out"
    dry = call(*small.arguments(out, "mean", "cgcnn", seeds=2), "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert len(dry.stdout.splitlines()) == 3
    assert all(line.startswith("bulk_modulus-") for line in dry.stdout.splitlines())
    assert "estimated: training at most" in dry.stderr
    last = dry.stderr.splitlines()[-1]
    assert last.startswith("3 runs (2 rows, 1 properties, 2 seeds, 1 folds), 3 to do in ")
    assert "nothing was made" in last
    assert not out.exists()


def test_a_dry_run_makes_nothing(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    dry = call(*small.arguments(tmp_path / "out", "crysmmnet-cgcnn"), "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert re.search(
        r"estimated: graphs \d+ s, texts by tiny_bert \d+ s, training at most \d+ s in 1 process",
        dry.stderr,
    )
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_folds_is_chosen(corpus, tmp_path):
    options = small.arguments(tmp_path, "mean", split="folds")
    dry = call(*options, "--folds", "3", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert [line.split("-")[2] for line in dry.stdout.splitlines()] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--suite", "table9"), "table9"),
        (("--models", "cgcnn,gnn"), "gnn"),
        (("--models", "cgcnn:all"), "reads no text"),
        (("--models", "crysmmnet:poem"), "poem"),
        (("--properties", "hardness", "--models", "mean"), "hardness"),
        (("--preset", "slow"), "slow"),
        (("--set", "training.epoch=3"), "epoch"),
        (("--set", "training.epochs=0"), "epochs"),
        (("--submit-as", "me"), "TEAM,EMAIL,URL"),
        (("--split", "matbench", "--models", "mean"), "mb-log-kvrh-00001"),
        (("--split", "official", "--folds", "3"), "--folds is for --split folds"),
    ],
)
def test_wrong_values_are_one_line(corpus, tmp_path, capsys, args, named):
    options = ["benchmark", "--corpus", corpus.path, "--out", tmp_path / "out"]
    code, line = line_of(capsys, *options, *args)
    assert code == 2
    assert named in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("suite", "command"),
    [
        ("table1", "crystext build-corpus --db jarvis --out jarvis-text"),
        ("table2", "crystext build-corpus --db mp --out mp-text"),
    ],
)
def test_a_corpus_that_is_not_at_hand_is_named_with_its_command(
    tmp_path, capsys, monkeypatch, suite, command
):
    monkeypatch.chdir(tmp_path)
    code, line = line_of(capsys, "benchmark", "--suite", suite)
    assert code == 1
    assert command in line
    assert "--corpus" in line


def test_the_published_protocol_is_labelled_everywhere(corpus, tmp_path):
    options = small.arguments(tmp_path, "mean", "cgcnn")
    done = call(*options, "--protocol", "published")
    assert done.exit_code == 0, done.output
    assert "PUBLISHED PROTOCOL: each figure is the lowest test error" in done.stdout
    assert "Published protocol." in (tmp_path / "report.html").read_text(encoding="utf-8")
    rows = pq.read_table(tmp_path / RESULTS).to_pylist()
    assert {row["protocol"] for row in rows} == {"published"}


def test_a_failed_run_is_told_and_the_command_ends_with_1(corpus, tmp_path, monkeypatch):
    from crystext.errors import NotFiniteTrainingError
    from crystext.model.training import run

    def fails(*_, **__):
        raise NotFiniteTrainingError("the loss is nan; lower the learning rate")

    monkeypatch.setattr(run, "train", fails)
    done = call(*small.arguments(tmp_path, "mean", "cgcnn"))
    assert done.exit_code == 1
    assert "bulk_modulus cgcnn: not-finite-training: the loss is nan" in done.stderr
    assert (tmp_path / "report.html").is_file()
    monkeypatch.undo()
    again = call(*small.arguments(tmp_path, "mean", "cgcnn"))
    assert again.exit_code == 0, again.output
    assert "2 runs, 1 to do, 1 of them again, for they failed" in again.stderr
