"""``crystext train``: what it says and how it ends."""

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")

from crystext.cli import cli, main
from tests.model.training.runs import graph_store

SMALL = [
    *("--set", "training.tensorboard=false", "--set", "network.hidden=8"),
    *("--set", "network.embedding=4", "--set", "network.alignn_layers=1"),
    *("--set", "network.gcn_layers=0", "--set", "training.batch_size=512", "--device", "cpu"),
]


def call(*args):
    return CliRunner().invoke(cli, ["train", *map(str, args)])


def test_help_ends_with_examples():
    assert "crystext train --corpus mini" in call("--help").output


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """The graphs of the crystals with a bulk modulus."""
    import crystext

    tables = crystext.load_corpus("mini").targets("bulk_modulus")
    chosen = [one for table in tables.values() for one in table["id"].to_pylist()]
    return graph_store(tmp_path_factory.mktemp("graphs"), chosen).path


def test_a_run_is_summed_up(graphs, tmp_path):
    args = ["--property", "bulk_modulus", "--model", "alignn", "--epochs", "2", *SMALL]
    done = call(*args, "--graphs", graphs, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.output
    assert "alignn on bulk_modulus, seed 0: 1,024 train, 82 validation, 68 test" in done.output
    assert "of 2 chosen by validation MAE" in done.output
    assert "mean predictor's test MAE 0.249 log10(GPa)" in done.output
    assert done.output.splitlines()[-1] == str(tmp_path / "run")
    again = call(*args, "--graphs", graphs, "--out", tmp_path / "run")
    assert "holds this run already" in again.output
    assert again.output.splitlines()[1:2] == done.output.splitlines()[:1]


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--property", "hardness"), "hardness"),
        (("--property", "band_gap", "--model", "gnn"), "gnn"),
        (("--property", "band_gap", "--model", "alignn", "--set", "network.heads=3"), "heads"),
        (("--property", "band_gap", "--set", "training.epochs=0"), "epochs"),
    ],
)
def test_wrong_values_are_one_line(graphs, tmp_path, capsys, args, named):
    rest = ["--graphs", str(graphs), "--out", str(tmp_path / "run")]
    with pytest.raises(SystemExit) as ended:
        main(["train", "--model", "alignn", *args, *rest])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert named in line
