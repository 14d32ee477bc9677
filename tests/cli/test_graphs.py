import numpy as np
import pytest
from click.testing import CliRunner

from crystext.cli import cli, main
from crystext.model.graphs.store import GraphStore


def command(*args):
    result = CliRunner().invoke(cli, ["graphs", *map(str, args)])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_counts_and_table_are_those_of_the_store(tmp_path):
    args = ("mini", "--limit", 100, "--out", tmp_path / "out")
    lines = command(*args)
    store = GraphStore.open(tmp_path / "out")
    assert lines[0].startswith("100 graphs of 100 crystals, 0 failures, ")
    assert lines[0].endswith(f" s, digest {store.digest}")
    assert lines[-1] == str(tmp_path / "out")
    rows = [[cell.strip() for cell in one.split("|")[1:-1]] for one in lines if one[:1] == "|"]
    heads, totals = rows[0], rows[-1]
    assert heads[:3] == ["crystal system", "crystals", "atoms"]
    arrays = store.arrays()
    bonds = arrays.counts()["bonds"]
    ratio = np.diff(arrays.bond_ptr)
    assert totals[:2] == ["all", "100"]
    assert totals[5:8] == [
        f"{bonds.sum():,}",
        f"{bonds.sum() / ratio.sum():.1f}",
        f"{np.median(bonds / ratio):.1f}",
    ]
    assert sum(int(row[1]) for row in rows[2:-1]) == 100
    again = command(*args)
    assert ", built before in " in again[0]
    assert again[1:] == lines[1:]


def test_options_reach_the_settings(tmp_path):
    command("mini", "--limit", 3, "--radius", 5, "--no-quotient", "--out", tmp_path / "radius")
    radius = GraphStore.open(tmp_path / "radius").settings
    assert (radius.cutoff, radius.quotient) == (5.0, False)
    command(
        *("mini", "--limit", 3, "--neighbors", 8, "--tolerance", 0.01, "--out", tmp_path / "near")
    )
    near = GraphStore.open(tmp_path / "near").settings
    assert (near.neighbors, near.tolerance, near.cutoff) == (8, 0.01, None)


def test_failures_are_counted_by_code(tmp_path):
    lines = command("mini", "--limit", 40, "--radius", 2.6, "--out", tmp_path / "out")
    failed = len(GraphStore.open(tmp_path / "out").failures())
    assert 0 < failed < 40
    assert f"{40 - failed} graphs of 40 crystals, {failed} failures, " in lines[0]
    assert lines[1] == f"  graph-failed: {failed}"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere"], "[no-corpus]"),
        (["mini", "--tolerance", "-1"], "tolerance -1.0 is no number from 0 to 0.1"),
    ],
)
def test_errors_are_one_line(args, words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["graphs", *args])
    assert ended.value.code != 0
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
