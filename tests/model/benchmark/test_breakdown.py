"""Errors by group against a plain grouping, and the bootstrap's interval of a mean."""

import numpy as np
import pytest

from crystext.model.benchmark.report.breakdown import break_down, mean_of
from crystext.model.benchmark.suite import Row
from tests.model.benchmark import small


@pytest.fixture(scope="module")
def parts(corpus):
    rng = np.random.default_rng(0)
    ids = sorted(small.ids())
    errors = {
        Row("alignn"): (ids, rng.random((3, len(ids)))),
        Row("mean"): (ids[:9], rng.random((1, 9))),
    }
    return errors, break_down(corpus, errors)


def test_groups_are_the_corpus_own(corpus, parts):
    _, found = parts
    assert [part.name for part in found] == [
        "crystal system", "dimensionality", "sites of the cell",
    ]  # fmt: skip
    systems = corpus.table(["crystal_system"])["crystal_system"].to_pylist()
    assert found[0].counts == {one: systems.count(one) for one in found[0].counts}
    assert all(sum(part.counts.values()) == len(systems) for part in found)


def test_means_are_those_of_the_group(corpus, parts):
    errors, found = parts
    ids, values = errors[Row("alignn")]
    sites = [corpus.row(one)["n_sites"] for one in ids]
    chosen = [5 <= n <= 10 for n in sites]
    assert found[2].counts["5-10"] == sum(chosen)
    means = found[2].means[Row("alignn")]
    assert means["5-10"].mae == pytest.approx(values[:, chosen].mean())
    assert any(one.low < one.mae < one.high for one in means.values())


def test_few_crystals_have_no_interval():
    few, many = mean_of(np.arange(4.0)), mean_of(np.arange(5.0))
    assert few.mae == 1.5
    assert np.isnan([few.low, few.high]).all()
    assert np.isfinite([many.low, many.high]).all()


def test_the_interval_is_about_that_of_a_normal_mean():
    errors = np.random.default_rng(1).normal(loc=1, scale=0.5, size=400)
    found = mean_of(errors)
    half = 1.96 * errors.std() / 20
    assert found.low == pytest.approx(errors.mean() - half, abs=0.15 * half)
    assert found.high == pytest.approx(errors.mean() + half, abs=0.15 * half)
