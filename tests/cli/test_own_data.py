"""A folder of CIFs and a CSV: described, split, trained on, benchmarked and predicted."""

from __future__ import annotations

import contextlib
import csv
import io
import json

import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")

import crystext
from crystext.cli import main

CRYSTALS = 40
SMALL = ("--set", "training.tensorboard=false", "--set", "network.hidden=8", "--device", "cpu")


def crystext_says(*args, cwd):
    """Exit status, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(one) for one in args])
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with ``cifs``, ``props.csv`` (without a split), ``split.csv`` and two corpora."""
    home = tmp_path_factory.mktemp("own")
    table = crystext.load_corpus("mini").table(["id", "structure", "bulk_modulus"])
    rows = [row for row in table.to_pylist() if row["bulk_modulus"]][:CRYSTALS]
    (home / "cifs").mkdir()
    parts = ["train", "Train", "training", "val", "test"]
    with (home / "props.csv").open("w") as plain, (home / "split.csv").open("w") as split:
        csv.writer(plain).writerow(["id", "my bulk [GPa]", "colour"])
        csv.writer(split).writerow(["id", "my bulk [GPa]", "colour", "split"])
        for number, row in enumerate(rows):
            (home / "cifs" / f"{row['id']}.cif").write_text(row["structure"])
            values = [row["id"], row["bulk_modulus"] if number else "", "blue"]
            csv.writer(plain).writerow(values)
            csv.writer(split).writerow([*values, parts[number % 5] if number != 1 else ""])
    parts = [("mp-2.cif", "train"), ("mp-8.cif", "val"), ("mp-11.cif", "test")]
    with (home / "files.csv").open("w") as file:
        csv.writer(file).writerows([("id", "split"), *parts])
    for table, out in (("props.csv", "plain"), ("split.csv", "with-split")):
        args = ("--db", "files", "--input", "cifs", "--property-table", table, "--out", out)
        code, _, err = crystext_says("build-corpus", *args, cwd=home)
        assert code == 0, err
    return home


def train(home, corpus, *args):
    name = "-".join([corpus, *map(str, args)]).replace("/", "-")
    words = ("--corpus", corpus, "--property", "my_bulk", "--model", "cgcnn", "--epochs", 2)
    out = home / "runs" / name
    code, _, err = crystext_says("train", *words, *SMALL, *args, "--out", out, cwd=home)
    assert code == 0, err
    return json.loads((out / "settings.json").read_text()), out


def ids_of(out, split):
    table = pq.read_table(out / "predictions.parquet", filters=[("split", "==", split)])
    return set(table["id"].to_pylist())


@pytest.fixture(scope="module")
def flags(home):
    """A corpus whose property is true or false."""
    rows = list(csv.reader((home / "props.csv").open()))[1:]
    with (home / "flags.csv").open("w") as file:
        csv.writer(file).writerow(["id", "is_stiff"])
        for name, bulk, _ in rows:
            csv.writer(file).writerow([name, str(float(bulk or 0) > 90).lower() if bulk else ""])
    args = ("--db", "files", "--input", "cifs", "--property-table", "flags.csv", "--out", "flags")
    code, _, err = crystext_says("build-corpus", *args, cwd=home)
    assert code == 0, err
    return home


def test_what_is_true_or_false_is_learnt_as_a_probability(flags):
    words = ("--corpus", "flags", "--property", "is_stiff", "--model", "cgcnn", "--epochs", 2)
    args = (*words, *SMALL, "--split", "random", "--out", "runs/flags")
    code, out, err = crystext_says("train", *args, cwd=flags)
    assert code == 0, err
    assert "test ROC-AUC" in out
    table = pq.read_table(flags / "runs" / "flags" / "predictions.parquet")
    assert set(table["target"].to_pylist()) <= {0.0, 1.0}
    assert all(0 <= one <= 1 for one in table["prediction"].to_pylist())
    file = min((flags / "cifs").iterdir())
    code, out, err = crystext_says("predict", "runs/flags", file, "--csv", cwd=flags)
    assert code == 0, err
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["property"], row["unit"]) == ("is_stiff", "probability")


def test_a_benchmark_refuses_what_is_no_number(flags):
    """Its baselines know nothing of classes: the mean of none would stand there as an error."""
    args = ("--corpus", "flags", "--properties", "is_stiff", "--models", "mean", "--split", "folds")
    code, _, err = crystext_says("benchmark", *args, "--out", "no", cwd=flags)
    assert code == 2
    assert "'is_stiff' is true or false" in err
    assert not (flags / "no").exists()


def test_a_column_split_is_the_corpus_own(home):
    corpus = crystext.load_corpus(home / "with-split")
    tables = corpus.targets("my_bulk")
    assert {name: len(table) for name, table in tables.items()} == {
        "train": CRYSTALS * 3 // 5 - 2,  # one has no value, one no part
        "validation": CRYSTALS // 5,
        "test": CRYSTALS // 5,
    }
    assert corpus.manifest["splits"]["my_bulk"]["origin"] == "column split of split.csv"
    assert list(corpus.manifest["splits"]) == ["my_bulk"]
    assert "split" not in corpus.properties
    record, _ = train(home, "with-split")
    assert record["data"]["counts"]["validation"] == CRYSTALS // 5


@pytest.mark.parametrize("kind", ["random", "composition", "folds"])
def test_a_split_is_drawn_of_crystals_that_have_a_value(home, kind):
    record, _ = train(home, "plain", "--split", kind)
    counts = record["data"]["counts"]
    assert sum(counts.values()) == CRYSTALS - 1
    assert all(counts.values())
    assert kind.removesuffix("s") in record["facts"]["split_origin"] or kind == "random"
    assert "seed 0" in record["facts"]["split_origin"]


def test_a_table_gives_the_split(home):
    record, out = train(home, "plain", "--split", "split.csv")
    wanted = crystext.load_corpus(home / "with-split").targets("my_bulk")["test"]
    assert ids_of(out, "test") == set(wanted["id"].to_pylist())
    assert record["facts"]["split_origin"] == "table split.csv"


def test_seed_and_shares_change_the_split(home):
    first, _ = train(home, "plain", "--split", "random")
    seeded, _ = train(home, "plain", "--split", "random", "--split-seed", 1)
    halved, _ = train(home, "plain", "--split", "random", "--shares", "0.5,0.25,0.25")
    assert first["data"]["split_digest"] != seeded["data"]["split_digest"]
    assert halved["data"]["counts"]["train"] < first["data"]["counts"]["train"] - CRYSTALS // 4


def test_own_data_are_benchmarked_and_predicted(home):
    words = ("--corpus", "plain", "--properties", "my_bulk", "--models", "mean,cgcnn")
    more = ("--split", "folds", "--folds", 2, "--seeds", 1, "--workers", 1, "--out", "bench")
    epochs = ("--set", "training.epochs=2")
    code, told, err = crystext_says("benchmark", *words, *more, *epochs, *SMALL[:4], cwd=home)
    assert code == 0, err
    assert f"{CRYSTALS - 1} tested" in told
    assert "mini" not in told
    _, run = train(home, "plain", "--split", "random")
    code, told, err = crystext_says("predict", run, "cifs", cwd=home)
    assert code == 0, err
    assert told.count("GPa") == CRYSTALS


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((), "my_bulk' has no split in this corpus; these have: none. Draw one (--split random"),
        (("--split", "nowhere.csv"), "--split 'nowhere.csv' is no file; give one, or random"),
        (("--fold", 1), "--fold means nothing with no split"),
        (("--split", "random", "--fold", 1), "--fold means nothing with --split 'random'"),
        (("--split", "folds", "--fold", 5), "--fold 5 is none of 5 folds"),
        (("--split", "random", "--shares", "1,2"), "--shares '1,2' are no three numbers"),
        (("--split", "random", "--shares", "0.9,0.9,0.9"), "more than the whole"),
        (("--split", "props.csv"), "'props.csv' has no column 'split'"),
        (
            ("--split", "random", "--property", "colour"),
            "'colour' is of type string, such as 'blue'; a network learns numbers, or true",
        ),
        (
            ("--split", "files.csv"),
            "'mp-2.cif' and 2 more of the split is not in the corpus",
        ),
        (("--split", "random", "--property", "mass"), "no property 'mass'; it has my_bulk, colour"),
    ],
)
def test_what_cannot_be_is_one_line(home, args, named):
    words = ("--corpus", "plain", "--property", "my_bulk", "--model", "cgcnn", *SMALL)
    code, told, err = crystext_says("train", *words, *args, "--out", "wrong", cwd=home)
    assert code != 0
    assert named in err
    assert err.count("\n") == 1
    assert not told
    assert not (home / "wrong").exists()


def test_a_part_that_is_none_is_named(home):
    (home / "odd.csv").write_text("id,my bulk,split\nmp-2,1,train\nmp-8,2,often\n")
    args = ("--db", "files", "--input", "cifs", "--property-table", "odd.csv", "--out", "odd")
    code, _, err = crystext_says("build-corpus", *args, cwd=home)
    assert code != 0
    assert "row 2 of 'odd.csv' has the split 'often'; use train, validation, test" in err
