"""``crystext features``: the companion file of a corpus, as a user makes it."""

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import crystext
from crystext.cli import cli, main
from crystext.features.facts import DIGEST, FEATURES


def test_a_parquet_file_carries_units_and_where_it_is_from(tmp_path):
    out = tmp_path / "f.parquet"
    done = CliRunner().invoke(cli, ["features", "mini", "--limit", "20", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"20 crystals, {len(FEATURES)} features: {out}\n"
    table = pq.read_table(out)
    mini = crystext.load_corpus("mini")
    assert table["id"].to_pylist() == mini.table(["id"]).slice(0, 20)["id"].to_pylist()
    assert table.schema.field("bond_length_mean").metadata[b"unit"] == b"angstrom"
    assert table.schema.metadata[b"features_digest"].decode() == DIGEST
    assert table.schema.metadata[b"content_digest"].decode() == mini.manifest["content_digest"]
    first = crystext.facts(mini.row(table["id"][0].as_py())["condensed"])
    for name, value in first.items():
        stored = table[name][0].as_py()
        assert (stored is None) == (value != value)  # noqa: PLR0124  (not a number)
        assert stored is None or stored == pytest.approx(value)


def test_a_csv_file_is_the_same(tmp_path):
    for name in ("f.csv", "f.parquet"):
        args = ["features", "mini", "--limit", "5", "-o", str(tmp_path / name)]
        assert CliRunner().invoke(cli, args).exit_code == 0
    table = pyarrow.csv.read_csv(tmp_path / "f.csv")
    other = pq.read_table(tmp_path / "f.parquet")
    assert table.column_names == other.column_names
    assert table["electronegativity_mean"].to_pylist() == pytest.approx(
        other["electronegativity_mean"].to_pylist()
    )


def test_the_list_names_every_feature():
    done = CliRunner().invoke(cli, ["features", "--list"])
    lines = done.stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == [one.name for one in FEATURES]
    assert "bond_length_mean\tangstrom\tlength of bonds: mean" in lines


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["mini", "-o", "f.xlsx"], "'f.xlsx' ends in neither .parquet nor .csv"),
        (["mini"], "give a corpus and --out FILE"),
        (["nowhere", "-o", "f.csv"], "nowhere is no folder"),
        (["mini", "--limit", "2", "-o", "no/such/f.csv"], "'no/such' is no folder; make it first"),
        (["mini", "--limit", "2", "-o", "/dev/full/f.csv"], "'/dev/full' is no folder"),
    ],
)
def test_wrong_usage_is_one_line(args, named, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["features", *args])
    told = capsys.readouterr()
    assert ended.value.code
    assert named in told.err
    assert told.err.count("\n") == 1


def test_ids_that_a_spreadsheet_would_run_are_told(tmp_path):
    (tmp_path / "=1+1.vasp").write_text("Cu\n1.0\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n")
    out = tmp_path / "corpus"
    args = ["build-corpus", "--db", "files", "--input", str(tmp_path / "=1+1.vasp")]
    assert CliRunner().invoke(cli, [*args, "--out", str(out)]).exit_code == 0
    written = CliRunner().invoke(cli, ["features", str(out), "-o", str(tmp_path / "f.csv")])
    assert written.exit_code == 0, written.output
    assert pyarrow.csv.read_csv(tmp_path / "f.csv")["id"].to_pylist() == ["=1+1"]
