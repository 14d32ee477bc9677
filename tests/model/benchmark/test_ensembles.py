"""Ensembles of seeds: means in the unit that is learnt, of whole seeds alone, and what is kept."""

import numpy as np
import pandas as pd
import pytest

from crystext.model.benchmark.ensembles import make_ensembles, write_ensembles
from crystext.model.benchmark.layout import ENSEMBLES
from crystext.model.benchmark.suite import Row, load_suite
from crystext.model.benchmark.tables import make_lines
from crystext.model.benchmark.terminal import as_text
from tests.model.benchmark import made

N = 40
IDS = [f"mp-{number:02d}" for number in range(N)]
RNG = np.random.default_rng(0)
TRUE = RNG.normal(size=N)


def networks(out, *, seeds=3, text_seeds=3, **common):
    """Seeds whose errors are independent; the text halves them."""
    rng = np.random.default_rng(1)
    rows = []
    for (model, text), size, count in (
        (("alignn", ""), 0.4, seeds),
        (("crysmmnet", "all"), 0.2, text_seeds),
        (("crysmmnet", "shuffled"), 0.4, text_seeds),
    ):
        for seed in range(count):
            predicted = TRUE + rng.normal(scale=size, size=N)
            name = f"{model}-{text}-{seed}"
            rows.append(
                made.run(out, name, ids=IDS, true=TRUE, predicted=predicted, seed=seed,
                         model=model, text=text, **common)
            )  # fmt: skip
    mean = np.full(N, TRUE.mean())
    return [*rows, made.run(out, "mean", ids=IDS, true=TRUE, predicted=mean, model="mean")]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("ensembles")


@pytest.fixture(scope="module")
def rows(out):
    return networks(out)


@pytest.fixture(scope="module")
def found(out, rows):
    return make_ensembles(made.table(rows), out, folds=1)


def predictions(out, row):
    return pd.read_parquet(out / "runs" / row["run"] / "predictions.parquet").set_index("id")


def test_the_error_is_that_of_the_mean_prediction(out, rows, found):
    mine = [predictions(out, row) for row in rows if row["model"] == "alignn"]
    mean = pd.concat([one["prediction"] for one in mine], axis=1).mean(axis=1)
    one = next(one for one in found if one.row == Row("alignn"))
    assert one.mae == pytest.approx((mean - mine[0]["target"]).abs().mean(), rel=1e-12)
    assert one.mae_in_unit == pytest.approx(one.mae)
    singles = [row["mae"] for row in rows if row["model"] == "alignn"]
    assert one.mae_of_one == pytest.approx(np.mean(singles))
    assert one.over_one.mean == pytest.approx(np.mean(singles) - one.mae)
    assert 0 < one.over_one.low < one.over_one.mean < one.over_one.high
    # Three independent normal errors: their mean is sqrt(3) smaller.
    assert one.mae / one.mae_of_one == pytest.approx(3**-0.5, abs=0.12)
    assert (one.seeds, one.crystals) == ((0, 1, 2), N)


def test_moduli_are_averaged_in_log10(tmp_path):
    true = np.full(N, 100.0)
    rows = [
        made.run(tmp_path, f"k{seed}", ids=IDS, true=true, predicted=true * factor, seed=seed,
                 model="cgcnn", error_unit="log10(GPa)", unit="GPa")
        for seed, factor in enumerate((0.5, 2.0, 2.0))
    ]  # fmt: skip
    (one,) = make_ensembles(made.table(rows), tmp_path, folds=1)
    assert one.mae == pytest.approx(np.log10(2) / 3)
    assert one.mae_in_unit == pytest.approx(100 * (2 ** (1 / 3) - 1))
    assert one.mae_of_one == pytest.approx(np.log10(2))


def test_text_is_compared_between_ensembles(found):
    by_row = {one.row: one for one in found}
    text, plain = by_row[Row("crysmmnet", "all")], by_row[Row("alignn")]
    assert text.gain.mean == pytest.approx(plain.mae - text.mae)
    assert text.gain.verdict == "helps"
    shuffled = by_row[Row("crysmmnet", "shuffled")]
    assert text.over_control.mean == pytest.approx(shuffled.mae - text.mae)
    assert shuffled.over_control is None
    assert plain.gain is None
    assert set(by_row) == {Row("alignn"), text.row, shuffled.row}


def test_more_seeds_are_not_taken_for_a_better_network(tmp_path):
    found = make_ensembles(made.table(networks(tmp_path, text_seeds=2)), tmp_path, folds=1)
    by_row = {one.row: one for one in found}
    assert by_row[Row("crysmmnet", "all")].seeds == (0, 1)
    assert by_row[Row("crysmmnet", "all")].gain is None
    assert by_row[Row("crysmmnet", "all")].over_control is not None


def test_only_seeds_that_finished_all_folds_count(tmp_path):
    rows = [
        made.run(tmp_path, f"f{seed}{fold}", ids=IDS[fold::2], true=TRUE[fold::2], fold=fold,
                 predicted=TRUE[fold::2] + 0.1 * (seed + 1), seed=seed, model="alignn")
        for seed, fold in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))
    ]  # fmt: skip
    rows.append(made.failed("f21", "no-store: none", model="alignn", seed=2, fold=1))
    (one,) = make_ensembles(made.table(rows), tmp_path, folds=2)
    assert (one.seeds, one.crystals) == ((0, 1), N)
    assert one.mae == pytest.approx(0.15)
    assert make_ensembles(made.table(rows[:2]), tmp_path, folds=2) == []


def test_they_are_kept_as_a_table(out, rows, found):
    write_ensembles(found, out)
    table = pd.read_parquet(out / ENSEMBLES).set_index(["model", "text"])
    text = table.loc[("crysmmnet", "all")]
    assert list(text["seeds"]) == [0, 1, 2]
    assert text["n_seeds"] == 3
    assert text["mae_of_one"] - text["mae"] == pytest.approx(text["gain"])
    plain = table.loc[("alignn", "")]
    assert plain["mae"] - text["mae"] == pytest.approx(text["text_gain"])
    assert text["text_gain_low"] < text["text_gain"] < text["text_gain_high"]
    assert np.isnan(plain["text_gain"])
    assert list(plain["runs"]) == ["alignn--0", "alignn--1", "alignn--2"]


def test_another_suite_in_the_folder_keeps_its_rows(tmp_path):
    rows = networks(tmp_path)
    write_ensembles(make_ensembles(made.table(rows), tmp_path, folds=1), tmp_path)
    other = [row | {"suite": "table5"} for row in rows if row["model"] == "alignn"]
    write_ensembles(make_ensembles(made.table(other), tmp_path, folds=1), tmp_path)
    table = pd.read_parquet(tmp_path / ENSEMBLES)
    assert sorted(table["suite"]) == ["table1", "table1", "table1", "table5"]
    write_ensembles(make_ensembles(made.table(other[:2]), tmp_path, folds=1), tmp_path)
    table = pd.read_parquet(tmp_path / ENSEMBLES).set_index("suite")
    assert table.loc["table5", "n_seeds"] == 2
    assert len(table) == 4


def test_the_terminal_shows_them_below_the_table(out, rows, found):
    lines = make_lines(made.table(rows), load_suite("table2"), out, "mp")
    said = as_text(lines, found, title="Title", protocol="honest")
    start = said.index(
        "ensembles of 3 seeds: the mean of their predictions; intervals are of these very seeds"
    )
    assert said[start + 1].split()[:3] == ["model", "MAE", "seeds"]
    assert [line.split()[0] for line in said[start + 2 :]] == [
        "alignn", "crysmmnet:all", "crysmmnet:shuffled",
    ]  # fmt: skip
    assert said[start + 3].count("helps") == 2
    assert said[start + 4].count("control") == 1
    published = as_text(lines, found, title="Title", protocol="published")
    assert any("each at its lowest test error" in line for line in published)
