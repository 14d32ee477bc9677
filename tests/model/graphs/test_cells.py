import tracemalloc

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.corpus.cif_text import cif
from crystext.errors import CrystextError, GraphFailedError
from crystext.model.graphs import cells, inputs
from crystext.model.graphs.cells import cell_of, read_cell
from crystext.model.graphs.inputs import cell_or_failure, inputs_of


def same(first, second):
    return (
        np.array_equal(first.lattice, second.lattice)
        and np.array_equal(first.frac_coords, second.frac_coords)
        and np.array_equal(first.numbers, second.numbers)
    )


def differing(rows):
    written = {one: (cells._as_written(text), cells._parsed(text)) for one, text in rows}
    return [one for one, (fast, slow) in written.items() if fast is None or not same(fast, slow)]


def rows(step):
    table = crystext.load_corpus("mini").table(["id", "structure"]).to_pylist()[::step]
    return [(row["id"], row["structure"]) for row in table]


def test_the_layout_of_a_corpus_is_read_as_the_parser_reads_it():
    assert differing(rows(60)) == []


@pytest.mark.slow
def test_all_mini_rows_are_read_as_the_parser_reads_them():
    assert differing(rows(1)) == ["mp-111", "mp-23156"]  # neon and helium are left to the parser


def test_a_cell_is_that_of_the_structure(rock_salt):
    found = cell_of(rock_salt)
    np.testing.assert_allclose(found.coords, rock_salt.cart_coords)
    assert found.numbers.tolist() == [11] * 4 + [17] * 4


def cubic(species, coords, a=4.0):
    return Structure(Lattice.cubic(a), species, coords)


THIRD, MIDDLE = [1 / 3 + 2e-5, 0.66667, 0], [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    "structure",
    [
        cubic(["Cl", "Cs"], [[-0.25, 1.2, 0.0], MIDDLE]),  # outside the cell, and out of order
        cubic(["Na", "Cl"], [THIRD, MIDDLE]),
        Structure(Lattice.from_parameters(3, 4, 5, 80, 95, 110), ["H"], [[0, 0, 0]]),
    ],
)
def test_what_the_parser_mends_is_mended(structure):
    text = cif(structure)
    assert same(cells._as_written(text), cells._parsed(text))


@pytest.mark.parametrize(
    "text",
    [
        cif(cubic(["Na+", "Cl-"], [[0, 0, 0], MIDDLE])),
        cif(cubic(["He", "Ne"], [[0, 0, 0], MIDDLE])),
        cif(cubic(["Na", "Cl"], [[0, 0, 0], MIDDLE])).replace("x, y, z", "x,y,z"),
        cif(cubic(["Na", "Cl"], [[0, 0, 0], MIDDLE])) + "\ndata_more\n",
    ],
)
def test_other_layouts_go_through_the_parser(text):
    assert cells._as_written(text) is None
    assert len(read_cell(text).numbers) == 2


@pytest.mark.parametrize("apart", [0.0, 5e-5, 1 - 5e-5])
def test_sites_on_one_another_are_left_to_the_parser(apart):
    text = cif(cubic(["Na", "Cl"], [[0, 0, 0], [0, 0, apart]]))
    assert cells._as_written(text) is None
    with pytest.raises(CrystextError):
        read_cell(text)


def test_near_sites_are_found_as_by_looking_at_all_pairs():
    rng = np.random.default_rng(3)
    steps = [0, 1e-4, 1.9999e-4, 2e-4, -2e-4, 2.0001e-4, 1 - 2e-4, 2e-4 + 1e-16, 2e-4 - 1e-16]
    found = []
    for _ in range(400):
        coords = np.round(rng.random((rng.integers(1, 30), 3)), rng.integers(1, 9))
        planted = coords[: rng.integers(0, 3)]
        coords = np.vstack([coords, planted + rng.choice(steps, planted.shape)])
        coords -= np.floor(coords)
        found.append(cells._coincide_of_many(coords))
        assert found[-1] == cells._coincide(coords)  # few sites: all pairs
    assert 0 < sum(found) < len(found)


def test_near_sites_of_a_large_cell_are_sought_in_little_memory():
    coords = np.random.default_rng(3).random((10_000, 3))
    cells._coincide_of_many(coords[:2])  # scipy is loaded
    tracemalloc.start()
    try:
        assert not cells._coincide(coords)
        assert cells._coincide(np.vstack([coords, coords[:1] + 1e-4]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6


def test_a_number_beyond_all_bounds_is_left_to_the_parser():
    text = cif(cubic(["Na", "Cl"], [[0, 0, 0], MIDDLE]))
    huge = "1" * 400
    for old in ("0.50000000  1", "_cell_length_a   4.0"):
        assert old in text
        odd = text.replace(old, old.replace(old.split(".")[0].split()[-1] + ".", f"{huge}."), 1)
        assert cells._WRITTEN.fullmatch(odd)
        assert cells._as_written(odd) is None
        with pytest.raises(CrystextError):
            read_cell(odd)


def test_a_cell_without_memory_is_a_failure_not_an_end(monkeypatch):
    def exhausted(text):
        raise MemoryError("Unable to allocate 80 GiB")

    monkeypatch.setattr(inputs, "read_cell", exhausted)
    assert cell_or_failure(("x", "a CIF")).code == "graph-failed"


@pytest.mark.parametrize(
    ("structure", "words"),
    [
        (cubic([{"Na": 0.5, "K": 0.5}], [[0, 0, 0]]), "order it first"),
        (cubic(["X"], [[0, 0, 0]]), "elements 1 to 103"),
    ],
)
def test_what_has_no_graph_is_refused(structure, words):
    with pytest.raises(GraphFailedError, match=words):
        cell_of(structure)


def test_a_cif_that_cannot_be_read_is_a_failure_not_an_end():
    assert cell_or_failure(("x", "no CIF at all")).code == "bad-cif"
    two = cif(cubic(["Na"], [[0, 0, 0]]))
    assert cell_or_failure(("x", two + two)).code == "several-structures"


def test_ids_name_one_crystal_each(rock_salt):
    crystals = [crystext.Crystal("a", rock_salt), crystext.Crystal("a", rock_salt)]
    with pytest.raises(CrystextError, match="same id"):
        inputs_of(crystals)
    with pytest.raises(CrystextError, match="no crystals"):
        inputs_of([])
    with pytest.raises(CrystextError, match="limit of 0"):
        inputs_of("mini", 0)


def test_a_limit_reads_no_more_than_it_takes():
    crystals = iter(crystext.mini(["mp-376", "mp-1269", "mp-2195"]))
    assert [one for one, _ in inputs_of(crystals, 2).rows] == ["mp-376", "mp-1269"]
    assert next(crystals).id == "mp-2195"


def test_the_source_digest_follows_the_crystals(rock_salt):
    def digest(structure, name="a"):
        return inputs_of([crystext.Crystal(name, structure)]).origin["digest"]

    moved = rock_salt.copy().translate_sites([0], [0.01, 0, 0])
    assert digest(rock_salt) == digest(rock_salt.copy())
    assert len({digest(rock_salt), digest(moved), digest(rock_salt, "b")}) == 3
