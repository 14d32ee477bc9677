"""``crystext.describe_many``: one result for each input, in order, whatever the input is."""

from pathlib import Path

import pytest

import crystext
from crystext import Crystal, Description, Failure, describe, describe_many, mini
from crystext.errors import UsageError

EXAMPLES = Path(__file__).parents[2] / "examples"
HALITE, RUTILE = EXAMPLES / "halite.cif", EXAMPLES / "rutile.cif"


def names(results):
    return [(one.id, getattr(one, "formula", None) or one.error.code) for one in results]


@pytest.mark.parametrize("how", [{}, {"workers": 2}, {"timeout": 60}], ids=str)
def test_results_come_in_input_order_with_failures_in_their_places(how):
    (crystal,) = mini(["mp-149"])
    given = [
        *(HALITE, "missing.cif", crystal, 3, crystal.structure),
        *(RUTILE.read_text(encoding="utf-8"), Failure("before", UsageError("so")), str(RUTILE)),
    ]
    expected = [
        *(("halite", "NaCl"), ("missing", "unreadable-file"), ("mp-149", "Si")),
        *(("object", "bad-object"), ("Si", "Si"), ("text", "TiO2"), ("before", "wrong-setting")),
        ("rutile", "TiO2"),
    ]
    assert names(describe_many(iter(given), **how)) == expected


def test_descriptions_are_those_of_describe():
    (one,) = describe_many([HALITE], style="unicode", canonical=True)
    assert one == describe(HALITE, style="unicode", canonical=True)
    assert isinstance(one, Description)


def test_a_folder_is_described_whole():
    found = {one.id for one in describe_many(EXAMPLES)}
    assert found == {one.id for one in describe_many(str(EXAMPLES))}
    assert {"halite", "rutile", "POSCAR.molybdenite"} <= found


def test_a_file_of_several_structures_is_one_failure(tmp_path):
    text = HALITE.read_text(encoding="utf-8")
    (tmp_path / "two.cif").write_text(text + text.replace("data_", "data_again_"))
    assert names(describe_many([tmp_path / "two.cif"])) == [("two", "several-structures")]
    assert names(describe_many(tmp_path / "two.cif")) == [("two#1", "NaCl"), ("two#2", "NaCl")]


def test_a_crystal_that_takes_too_long_is_a_failure_and_the_others_go_on():
    (crystal,) = mini(["mp-149"])
    (guessed,) = mini(["mp-22862"])
    found = describe_many([crystal, ENDLESS_CRYSTAL, guessed], timeout=5)
    assert names(found) == [("mp-149", "Si"), ("endless", "time-limit"), ("mp-22862", "NaCl")]


class Endless:
    """A structure that never ends to be read in the child."""

    def __reduce__(self):
        import time

        return time.sleep, (600,)


ENDLESS_CRYSTAL = Crystal("endless", Endless())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"workers": 0}, "workers 0 is no whole number"),
        ({"workers": 1.5}, "workers 1.5"),
        ({"timeout": 0}, "timeout 0 is no number"),
        ({"timeout": float("nan")}, "timeout nan is no number"),
        ({"symprec": -1}, "symprec -1"),
    ],
)
def test_wrong_values_are_refused_before_any_work(wrong, words):
    with pytest.raises(UsageError, match=words):
        describe_many(["never read"], **wrong)


def test_it_is_offered_by_the_package():
    assert "describe_many" in dir(crystext)
    assert crystext.describe_many is describe_many
