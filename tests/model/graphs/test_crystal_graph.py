from collections import Counter

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.errors import GraphFailedError
from crystext.model.graphs.cells import cell_of, read_cell
from crystext.model.graphs.crystal_graph import crystal_graphs
from tests.model.graphs import peers

IDS = ["mp-11", "mp-2534", "mp-22862", "mp-381", "mp-568695", "mp-1982"]


def sample(n, seed=0):
    table = crystext.load_corpus("mini").table(["structure", "n_sites"]).to_pylist()
    rng = np.random.default_rng(seed)
    small = [row["structure"] for row in table if row["n_sites"] <= 40]
    return [read_cell(small[i]) for i in rng.permutation(len(small))[:n]]


def verdicts(find):
    torch = pytest.importorskip("torch")
    torch.set_default_dtype(torch.float64)
    try:
        return Counter(
            peers.compare(
                cell,
                crystal_graphs([cell], angles=False, doubled_images=True),
                find(peers.jarvis_atoms(cell)),
            ).verdict
            for cell in sample(60)
        )
    finally:
        torch.set_default_dtype(torch.float32)


def test_bonds_are_jarvis_tools_but_for_whole_shells():
    pytest.importorskip("jarvis")
    found = verdicts(peers.jarvis_bonds)
    assert set(found) == {"equal", "ties"}


def test_bonds_are_alignns_but_for_whole_shells():
    pytest.importorskip("alignn")
    found = verdicts(peers.alignn_bonds)
    assert set(found) == {"equal", "ties"}


def test_the_comparison_finds_a_bond_that_is_missing_or_too_many():
    pytest.importorskip("jarvis")
    (cell,) = sample(1)
    graphs = crystal_graphs([cell], angles=False)
    source, target, vector = peers.our_bonds(graphs)
    assert peers.compare(cell, graphs, (source, target, vector)).verdict == "equal"
    fewer = source[1:], target[1:], vector[1:]
    nearest = int(np.argmin(graphs.distance))
    without = tuple(np.delete(one, nearest, axis=0) for one in (source, target, vector))
    more = tuple(np.concatenate([one, one[:1]]) for one in (source, target, vector))
    assert peers.compare(cell, graphs, without).verdict == "other"
    assert peers.compare(cell, graphs, more).verdict == "other"
    assert peers.compare(cell, graphs, fewer).ours == 1


def test_line_graph_is_alignns():
    torch = pytest.importorskip("torch")
    pytest.importorskip("alignn")
    for cell in sample(12, seed=1):
        graphs = crystal_graphs([cell])
        bonds = tuple(torch.tensor(one) for one in peers.our_bonds(graphs))
        first, second, cosine = peers.alignn_angles(bonds, len(cell.numbers))
        theirs = np.lexsort((first, second))
        ours = np.lexsort((graphs.angle_source, graphs.angle_target))
        np.testing.assert_array_equal(graphs.angle_source[ours], first[theirs])
        np.testing.assert_array_equal(graphs.angle_target[ours], second[theirs])
        np.testing.assert_allclose(graphs.cosine[ours], cosine[theirs], atol=1e-12)


@pytest.mark.parametrize("cutoff", [4.0, 7.5])
def test_radius_graph_is_ases_neighbour_list(cutoff):
    neighborlist = pytest.importorskip("ase.neighborlist")
    from ase import Atoms

    for cell in sample(10, seed=2):
        atoms = Atoms(cell.numbers, positions=cell.coords, cell=cell.lattice, pbc=True)
        i, j, images = neighborlist.neighbor_list("ijS", atoms, cutoff)
        theirs = {(*pair, *image) for *pair, image in zip(i, j, images.tolist(), strict=True)}
        graphs = crystal_graphs([cell], cutoff=cutoff, angles=False)
        ours = Counter(zip(graphs.source, graphs.target, *graphs.image.T.tolist(), strict=True))
        assert set(ours) == theirs
        assert set(ours.values()) == {1}
        graphs = crystal_graphs([cell], cutoff=cutoff, angles=False, doubled_images=True)
        peers = Counter(zip(graphs.source, graphs.target, *graphs.image.T.tolist(), strict=True))
        assert peers == {key: 1 + (key[0] == key[1]) for key in theirs}


def test_every_site_has_its_neighbours_and_every_bond_its_reverse():
    graphs = crystal_graphs([one.structure for one in crystext.mini(IDS)])
    of_bond = np.repeat(np.arange(len(graphs)), np.diff(graphs.bond_ptr))
    received = np.bincount(graphs.target + graphs.atom_ptr[of_bond])
    assert received.min() >= 12
    columns = np.column_stack([of_bond, graphs.source, graphs.target])
    forth = Counter(map(tuple, np.column_stack([columns, graphs.image]).tolist()))
    swapped = columns[:, [0, 2, 1]]
    back = Counter(map(tuple, np.column_stack([swapped, -graphs.image]).tolist()))
    assert forth == back


def test_rows_are_sorted_as_promised():
    graphs = crystal_graphs([one.structure for one in crystext.mini(IDS)])
    for begin, end in zip(graphs.bond_ptr[:-1], graphs.bond_ptr[1:], strict=True):
        assert (np.diff(graphs.target[begin:end]) >= 0).all()
    for begin, end in zip(graphs.angle_ptr[:-1], graphs.angle_ptr[1:], strict=True):
        assert (np.diff(graphs.angle_target[begin:end]) >= 0).all()


def test_rock_salt_has_six_and_twelve_neighbours(rock_salt):
    graphs = crystal_graphs([rock_salt])
    shells = Counter(graphs.distance.round(6).tolist())
    assert shells == {2.82: 8 * 6, round(5.64 / 2**0.5, 6): 8 * 12}
    assert len(graphs.cosine) == 8 * 18 * 18
    assert set(graphs.cosine[graphs.cosine > 0.99].round(9)) == {1.0}


def test_crystals_do_not_depend_on_their_neighbours_in_the_chunk():
    structures = [one.structure for one in crystext.mini(IDS)]
    together = crystal_graphs(structures)
    for place, structure in enumerate(structures):
        alone, taken = crystal_graphs([structure]), together.take([place])
        for name in ("source", "target", "image", "vector", "angle_source", "cosine"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(taken, name))


def test_structures_and_cells_give_the_same_graph(rock_salt):
    first, second = crystal_graphs([rock_salt]), crystal_graphs([cell_of(rock_salt)])
    np.testing.assert_array_equal(first.vector, second.vector)


def test_far_neighbours_are_found():
    lone = Structure(Lattice.cubic(14.0), ["Ar"], [[0, 0, 0]])
    graphs = crystal_graphs([lone])
    assert Counter(graphs.distance.round(6).tolist()) == {
        14.0: 6,
        round(14 * 2**0.5, 6): 12,
    }


def test_sites_on_one_another_and_alone_are_refused():
    lattice = Lattice.cubic(5.0)
    close = Structure(lattice, ["Na", "Cl"], [[0, 0, 0], [0, 0, 0.01]])
    with pytest.raises(GraphFailedError, match=r"0\.05 angstrom apart"):
        crystal_graphs([close])
    apart = Structure(Lattice.cubic(9.0), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(GraphFailedError, match="site 0 has no neighbour within 4 angstrom"):
        crystal_graphs([apart], cutoff=4.0)
