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


def test_a_dict_gives_the_ids():
    (crystal,) = mini(["mp-149"])
    given = {"a": HALITE, 7: crystal.structure, "gone": "missing.cif", "none": None}
    expected = [("a", "NaCl"), ("7", "Si"), ("gone", "unreadable-file"), ("none", "bad-object")]
    assert names(describe_many(given)) == expected
    assert names(describe_many(given, workers=2)) == expected


def one_of_each():
    ase_build = pytest.importorskip("ase.build")
    (crystal,) = mini(["mp-149"])
    structure = crystal.structure
    return [crystal, structure, structure.as_dict(), ase_build.bulk("Cu"), structure.copy()]


def test_one_crystal_is_refused_where_several_are_wanted():
    """Its sites, atoms or keys were taken for crystals: as many failures about something else."""
    for one in one_of_each():
        with pytest.raises(UsageError, match=r"put it into a list, or take crystext\.describe"):
            describe_many(one)


def test_a_table_is_refused_with_the_way_to_its_column():
    """The names of its columns were taken for files."""
    pandas = pytest.importorskip("pandas")
    (crystal,) = mini(["mp-149"])
    table = pandas.DataFrame({"id": ["x"], "structure": [crystal.structure]})
    with pytest.raises(UsageError, match=r"give a column, such as df\['structure'\]"):
        describe_many(table)
    assert names(describe_many(table["structure"])) == [("Si", "Si")]
    pairs = dict(zip(table["id"], table["structure"], strict=True))
    assert names(describe_many(pairs)) == [("x", "Si")]


@pytest.mark.parametrize("wrong", [None, 3, b"data_x"])
def test_what_holds_no_crystals_is_refused(wrong):
    with pytest.raises(UsageError, match="give a list, a dict by id, or a file or folder"):
        describe_many(wrong)


def test_a_corpus_is_no_folder_of_structures(tmp_path):
    """Its manifest was read as a structure, and each of its files named as left out."""
    import shutil

    corpus = Path(crystext.load_corpus("mini").path)
    shutil.copytree(corpus, tmp_path / "corpus")
    (one,) = describe_many(tmp_path / "corpus")
    assert one.error.code == "no-structure-files"
    assert "is a corpus, whose crystals are described already" in one.error.message
    (tmp_path / "own").mkdir()  # a manifest of somebody's own makes no corpus
    (tmp_path / "own" / "manifest.json").write_text('{"counts": 1}')
    (tmp_path / "own" / "halite.cif").write_text(HALITE.read_text(encoding="utf-8"))
    assert names(describe_many(tmp_path / "own")) == [("halite", "NaCl"), ("manifest", "bad-json")]
