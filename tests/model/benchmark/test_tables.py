"""Lines and the terminal's table: means, gains over text and control, and the paper's figures."""

from dataclasses import replace

import numpy as np
import pytest

from crystext.model.benchmark.report.evidence import gather
from crystext.model.benchmark.splits import SplitPlan
from crystext.model.benchmark.suite import Row, load_suite
from crystext.model.benchmark.tables import make_lines
from crystext.model.benchmark.terminal import as_text
from tests.model.benchmark import made

N = 60
IDS = [f"mp-{number}" for number in range(N)]
TRUE = np.random.default_rng(0).normal(size=N) - 1


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def lines(out):
    rows = made.benchmark(out, IDS, TRUE)
    rows.append(made.failed("x", "no-store: none | here", model="cgcnn"))
    found = make_lines(made.table(rows), load_suite("table2"), out, "mp")
    return {line.row.words: line for line in found}


def test_a_line_is_of_its_runs(lines):
    line = lines["crysmmnet:all"]
    assert line.mae.runs == 2
    assert line.mae.mean < 0.6 * lines["alignn"].mae.mean
    assert (line.crystals, line.train, line.epochs) == (N, 100, 2.5)
    assert line.seconds == 12.5
    assert lines["mean"].mae.runs == 1
    assert lines["mean"].mae.mean == pytest.approx(np.abs(TRUE - TRUE.mean()).mean())


def test_gain_is_over_the_same_network_without_text(lines):
    gain = lines["crysmmnet:all"].gain
    assert gain.relative == pytest.approx(0.5, abs=0.02)
    assert gain.verdict == "helps"
    assert gain.mean == pytest.approx(lines["alignn"].mae.mean - lines["crysmmnet:all"].mae.mean)
    assert lines["alignn"].gain is None
    assert lines["mean"].gain is None
    assert lines["crysmmnet:shuffled"].gain.relative == pytest.approx(0, abs=0.02)


def test_gain_is_also_over_the_control(lines):
    assert lines["crysmmnet:all"].over_control.verdict == "helps"
    assert lines["crysmmnet:shuffled"].over_control is None


def test_a_row_that_failed_is_a_line_without_numbers(lines):
    assert lines["cgcnn"].mae is None
    assert lines["cgcnn"].failures == ("no-store: none | here",)


def test_networks_are_compared_on_the_crystals_that_both_predict(out, tmp_path):
    common = {"true": TRUE, "log": [0.1]}
    rows = [
        made.run(tmp_path, "a", ids=IDS, predicted=TRUE + 0.2, model="alignn", **common),
        made.run(
            tmp_path, "b", ids=IDS[1:], true=TRUE[1:], predicted=TRUE[1:] + 0.1,
            model="crysmmnet", text="all",
        ),
    ]  # fmt: skip
    (_, line) = make_lines(made.table(rows), load_suite("table2"), tmp_path, "mp")
    assert line.gain.crystals == N - 1
    assert line.gain.mean == pytest.approx(0.1)


def test_folds_of_a_seed_are_one_test(tmp_path):
    rows = [
        made.run(
            tmp_path, f"f{fold}", ids=IDS[fold::2], true=TRUE[fold::2], fold=fold,
            predicted=TRUE[fold::2] + wrong, model="alignn",
        )
        for fold, wrong in enumerate((0.1, 0.3))
    ]  # fmt: skip
    (line,) = make_lines(made.table(rows), load_suite("quick"), tmp_path, "mini")
    assert line.mae.runs == 1
    assert line.mae.mean == pytest.approx(0.2)
    assert line.crystals == N


def test_the_paper_s_figures_are_of_its_data_and_unit(lines, out):
    assert lines["crysmmnet:all"].paper == ((2, 0.020),)
    assert lines["crysmmnet:global"].paper == ()
    rows = made.benchmark(out, IDS, TRUE, suffix="-mini")
    found = make_lines(made.table(rows), load_suite("table2"), out, "mini")
    assert {line.paper for line in found} == {()}
    rows = made.benchmark(out, IDS, np.abs(TRUE) + 2, suffix="-log", error_unit="log10(eV/atom)")
    found = make_lines(made.table(rows), load_suite("table2"), out, "mp")
    assert {line.paper for line in found} == {()}


def test_where_the_paper_contradicts_itself_both_stand(tmp_path):
    common = {"property": "bulk_modulus_kv", "error_unit": "GPa", "unit": "GPa"}
    rows = made.benchmark(tmp_path, IDS, TRUE, **common)
    suite = load_suite("table6")
    found = {one.row: one for one in make_lines(made.table(rows), suite, tmp_path, "jarvis")}
    assert found[Row("crysmmnet", "all")].paper == ((6, 6.860), (1, 9.625))
    assert found[Row("crysmmnet", "global")].paper == ((6, 6.910),)
    part = replace(suite, paper_table=3, split=SplitPlan("random", train=0.2))
    found = {one.row: one for one in make_lines(made.table(rows), part, tmp_path, "jarvis")}
    assert found[Row("alignn")].paper == ((3, 14.13),)


def test_the_terminal_says_it_all(lines):
    text = as_text(list(lines.values()), title="Title", protocol="honest")
    whole = "\n".join(text)
    assert text[0] == "Title"
    assert "formation_energy_per_atom: test MAE, eV/atom; 100 crystals to learn from" in whole
    row = next(line for line in text if line.startswith("crysmmnet:all"))
    assert row.count(": helps") == 2
    assert "0.02 (table 2)" in row
    assert (
        next(line for line in text if line.startswith("crysmmnet:shuffled")).count(": control") == 1
    )
    assert "failed" in next(line for line in text if line.startswith("cgcnn"))
    assert "one run" in next(line for line in text if line.startswith("mean"))
    assert "PUBLISHED" not in whole


def test_the_published_protocol_is_labelled(lines):
    text = as_text(list(lines.values()), title="Title", protocol="published")
    assert text[1].startswith("PUBLISHED PROTOCOL")


def test_a_seed_that_has_not_ended_all_folds_waits(tmp_path):
    """Its error on the folds that are done is no error on all crystals."""
    suite = replace(load_suite("quick"), split=SplitPlan("folds", folds=2))
    halves = [(IDS[:30], TRUE[:30]), (IDS[30:], TRUE[30:])]

    def run(seed, fold, error):
        ids, true = halves[fold]
        told = {"ids": ids, "true": true.tolist(), "predicted": (true + error).tolist()}
        return made.run(tmp_path, f"{seed}-{fold}", **told, model="cgcnn", seed=seed, fold=fold)

    rows = [run(0, 0, 0.1), run(0, 1, 0.3), run(1, 0, 0.1)]
    (line,) = make_lines(made.table(rows), suite, tmp_path, "mini")
    assert (line.mae.mean, line.mae.runs, line.crystals) == (pytest.approx(0.2), 1, N)
    (evidence,) = gather(tmp_path, rows, [line], folds=2)
    assert len(evidence.tested[Row("cgcnn")].ids) == N
    (early,) = make_lines(made.table(rows[2:]), suite, tmp_path, "mini")
    assert (early.mae.mean, early.crystals) == (pytest.approx(0.1), N / 2)
