"""Suites parse and build settings; the paper's figures are the printed ones, contradictions too."""

import pytest

from crystext.errors import UsageError
from crystext.model.benchmark.suite import BASELINES, SUITES, Row, load_suite, paper_figures
from crystext.model.benchmark.trial import make_trials

PRINTED = [  # read off the tables of Das et al., UAI 2023
    (1, "formation_energy_peratom", "cfid", "", 0.140),
    (1, "bulk_modulus_kv", "crysmmnet", "all", 9.625),
    (1, "mbj_bandgap", "gatgnn", "", 0.513),
    (2, "shear_modulus", "crysmmnet", "all", 0.062),
    (3, "mbj_bandgap", "alignn", "", 0.483),
    (4, "optb88vdw_total_energy", "crystextnet", "all", 0.352),
    (5, "bulk_modulus_kv", "crysmmnet-megnet", "all", 13.29),
    (6, "shear_modulus_gv", "crysmmnet", "local", 6.880),
]


@pytest.mark.parametrize("name", SUITES)
def test_every_row_of_every_suite_builds_its_settings(name):
    suite = load_suite(name)
    assert suite.title
    source = next(iter(suite.properties))
    trials = make_trials(
        properties=suite.properties_of(source),
        rows=suite.rows,
        plan=suite.split,
        seeds=3,
        corpus=suite.corpus,
        preset=suite.preset,
        protocol="honest",
        overrides={},
    )
    networks = [row for row in suite.rows if row.model not in BASELINES]
    splits = suite.split.number * len(suite.properties_of(source))
    assert len(trials) == splits * (3 * len(networks) + len(suite.rows) - len(networks))
    assert len({trial.name for trial in trials}) == len(trials)
    for trial in trials:
        settings = trial.settings
        assert (settings is None) == (trial.row.model in BASELINES)
        if settings is not None:
            assert settings.model == trial.row.model
            assert settings.uses_text == bool(trial.row.text)
            assert settings.seed == trial.seed * suite.split.number + trial.fold


@pytest.mark.parametrize("name", SUITES)
def test_what_is_compared_is_also_run(name):
    """A text has its network without text beside it, but for suites of the text alone."""
    rows = load_suite(name).rows
    models = {row.model for row in rows}
    for row in rows:
        if row.without_text is not None:
            assert row.without_text in models


def test_unknown_suites_and_properties():
    with pytest.raises(UsageError, match="table9"):
        load_suite("table9")
    with pytest.raises(UsageError, match="oqmd"):
        load_suite("table1").properties_of("oqmd")
    assert load_suite("table2").properties_of("mp-api") == load_suite("table2").properties_of("mp")


def test_rows_as_they_are_written():
    assert Row.parse("crysmmnet") == Row("crysmmnet", "all")
    assert Row.parse("crysmmnet-cgcnn:local").without_text == "cgcnn"
    assert Row.parse("crysmmnet").without_text == "alignn"
    fused = Row.parse("crysmmnet-cgcnn:facts:residual")
    assert (fused.text, fused.fusion, fused.reads) == ("facts", "residual", "facts:residual")
    assert fused.words == "crysmmnet-cgcnn:facts:residual"
    assert Row.of_result({"model": fused.model, "text": fused.reads}) == fused
    assert fused.shuffled == Row.parse("crysmmnet-cgcnn:facts-shuffled:residual")
    assert fused.shuffled.shuffled is None
    assert Row.parse("crystextnet:formula").without_text is None
    assert Row.parse("cgcnn").words == "cgcnn"
    for words, named in (("crysmmnet:poem", "poem"), ("cgcnn:all", "reads no text")):
        with pytest.raises(UsageError, match=named):
            Row.parse(words)


@pytest.mark.parametrize(("table", "name", "model", "text", "mae"), PRINTED)
def test_printed_figures(table, name, model, text, mae):
    found = [
        figure
        for figure in paper_figures()
        if (figure.table, figure.property, figure.model, figure.text) == (table, name, model, text)
    ]
    assert [figure.mae for figure in found] == [mae]


def test_the_training_sizes_of_table_3():
    sizes = {f.property: f.train_size for f in paper_figures() if f.table == 3}
    assert sizes == {"mbj_bandgap": 3634, "bulk_modulus_kv": 3936, "shear_modulus_gv": 3936}


def test_the_contradictions_stand_side_by_side():
    """The whole text on ALIGNN is 9.625 GPa in table 1 and 6.860 in table 6, and so on."""

    def both(name, model, text=""):
        return {
            figure.mae
            for figure in paper_figures()
            if (figure.property, figure.model, figure.text) == (name, model, text)
            and figure.table != 3
        }

    assert both("bulk_modulus_kv", "crysmmnet", "all") == {9.625, 6.860}
    assert both("mbj_bandgap", "crysmmnet", "all") == {0.278, 0.209}
    assert both("formation_energy_peratom", "megnet") == {0.047, 0.076}
    assert both("mbj_bandgap", "gatgnn") == {0.513, 0.343}
