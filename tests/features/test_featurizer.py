"""The transformer: robocrys' numbers, scikit-learn's checks, matminer's methods."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from ase import Atoms

from crystext import describe, facts, mini
from crystext.errors import CrystextError, UsageError
from crystext.features import robocrys_set
from tests.description.condensed_samples import random_condensed

sklearn = pytest.importorskip("sklearn")
IDS = ["mp-22862", "mp-16319"]


def featurizer(*args, **options):
    from crystext.features.featurizer import CrystalFeaturizer

    return CrystalFeaturizer(*args, **options)


@pytest.fixture(scope="module")
def crystals():
    return list(mini(IDS))


def test_the_set_is_robocrys_own():
    from robocrys.featurize.featurizer import RobocrysFeaturizer

    upstream = RobocrysFeaturizer()
    assert upstream.feature_labels() == list(robocrys_set.NAMES)
    names = set()
    for tol in (0.6, 0.9):
        upstream._distorted_tol = tol
        for one in (*map(random_condensed, range(60)), *(describe(c).condensed for c in mini(IDS))):
            upstream._sc = type("Known", (), {"condense_structure": lambda _, s: s})()
            try:
                expected = upstream.featurize(one)
            except (ValueError, KeyError):  # of a sample made for words alone
                continue
            found = robocrys_set.robocrys_features(one, distorted_tol=tol)
            assert found[:3] == expected[:3]
            pairs = zip(robocrys_set.NAMES[3:], found[3:], expected[3:], strict=True)
            for name, mine, theirs in pairs:
                close = theirs is not None and mine == pytest.approx(theirs, rel=1e-12)
                assert mine == theirs or close, (name, one["formula"])
            names |= {n for n, v in zip(robocrys_set.NAMES, found, strict=True) if v}
    assert len(names) > 60


def test_rows_are_facts_and_robocrys_features(crystals):
    both = featurizer("both").set_output(transform="pandas").fit_transform(crystals)
    descriptions = [describe(one) for one in crystals]
    own = np.array([list(facts(one).values()) for one in descriptions])
    np.testing.assert_array_equal(both.to_numpy()[:, : own.shape[1]], own)
    assert list(both.columns[: own.shape[1]]) == list(facts(descriptions[0]))
    assert len(set(both.columns)) == both.shape[1] == own.shape[1] + len(robocrys_set.NAMES) - 3
    words = featurizer("robocrys", categories=True).fit_transform(descriptions)
    assert words[0, :3].tolist() == ["Halite, Rock Salt", "Fm-3m", "cubic"]


def test_matminers_methods(crystals):
    one = featurizer("robocrys", settings={"symprec": 0.1})
    rows = one.featurize_many([*crystals, "no file"], ignore_errors=True, return_errors=True)
    assert len(one.feature_labels()) == len(rows[0]) - 1 == 157
    assert rows[0][-1] is None
    assert rows[0][:-1] == pytest.approx(
        [np.nan if v is None else v for v in one.featurize(crystals[0])], nan_ok=True
    )
    assert "file" in rows[2][-1] or "crystal" in rows[2][-1]
    assert "Robocrystallographer" in one.citations()[0]
    assert one.implementors() == ["the crystext authors"]


def test_what_cannot_be_described(crystals):
    with pytest.raises(CrystextError):
        featurizer().transform([None])
    found = featurizer(on_error="nan").transform([crystals[0], None])
    assert np.isnan(found[1]).all()
    assert not np.isnan(found[0]).all()
    for wrong in (crystals[0].structure, "NaCl.cif", np.zeros((2, 3))):
        with pytest.raises(UsageError):
            featurizer().transform(wrong)
    for options in ({"features": "fact"}, {"on_error": "ignore"}, {"settings": {"stile": 1}}):
        with pytest.raises(UsageError):
            featurizer(**options).fit([])
    assert featurizer().transform([]).shape == (0, len(featurizer().get_feature_names_out()))


def test_it_works_in_a_pipeline_and_is_pickled(crystals):
    from sklearn.base import clone
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(clone(featurizer("robocrys")), SimpleImputer(keep_empty_features=True))
    found = pipeline.fit_transform(crystals)
    assert found.shape == (2, 154)
    again = pickle.loads(pickle.dumps(pipeline)).transform(np.array([[c] for c in crystals]))
    np.testing.assert_array_equal(found, again)


NUMBERS = "feeds a table of numbers, which are no crystals"
SPARSE = "feeds a sparse table; nothing is looked at before a crystal is described"
EXPECTED = {
    **dict.fromkeys(
        (
            "check_fit_score_takes_y",
            "check_dont_overwrite_parameters",
            "check_estimators_dtypes",
            "check_pipeline_consistency",
            "check_estimators_pickle",
            "check_f_contiguous_array_estimator",
            "check_transformer_general",
            "check_transformer_preserve_dtypes",
            "check_transformers_unfitted_stateless",
            "check_methods_sample_order_invariance",
            "check_methods_subset_invariance",
            "check_fit2d_1sample",
            "check_fit2d_1feature",
            "check_dict_unchanged",
            "check_fit_idempotent",
        ),
        NUMBERS,
    ),
    **dict.fromkeys(("check_estimator_sparse_tag", "check_estimator_sparse_array"), SPARSE),
}


def test_scikit_learns_checks():
    from sklearn.utils.estimator_checks import check_estimator

    from crystext.features.featurizer import CrystalFeaturizer

    class Asked(CrystalFeaturizer):
        """Says that it takes tables, so that the checks run at all."""

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.input_tags.two_d_array = True
            return tags

    found = check_estimator(Asked(), expected_failed_checks=EXPECTED, on_fail=None, on_skip=None)
    failed = {one["check_name"] for one in found if one["status"] == "failed"}
    assert not failed
    assert sum(one["status"] == "passed" for one in found) >= 15
    check_estimator(CrystalFeaturizer(), on_fail="raise", on_skip=None)


@pytest.mark.parametrize(
    "one", [{"sites": [], "lattice": {}}, Atoms("Na", cell=[3, 3, 3], pbc=True), "NaCl.cif"]
)
def test_a_single_crystal_is_no_list_of_them(one):
    with pytest.raises(UsageError, match="is one crystal; give a list of crystals"):
        featurizer().transform(one)
