from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.model.graphs import quotient as module
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.quotient import TOLERANCE, quotient

IDS = ["mp-11", "mp-2534", "mp-22862", "mp-381", "mp-568695", "mp-11299", "mp-20883", "mp-9225"]


@pytest.fixture(scope="module")
def structures():
    return [one.structure for one in crystext.mini(IDS)]


def diamond():
    return Structure.from_spacegroup("Fd-3m", Lattice.cubic(3.56), ["C"], [[0, 0, 0]])


def primitive_diamond():
    lattice = Lattice([[0, 1.78, 1.78], [1.78, 0, 1.78], [1.78, 1.78, 0]])
    return Structure(lattice, ["C", "C"], [[0, 0, 0], [0.25, 0.25, 0.25]])


def perovskite():
    coords = [[0, 0, 0], [0.5] * 3, [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Structure(Lattice.cubic(3.9), ["Sr", "Ti", "O", "O", "O"], coords)


def sizes(graphs):
    return len(graphs.element), len(graphs.source), len(graphs.cosine)


def test_counts_are_kept(structures):
    full = crystal_graphs(structures)
    folded = quotient(full)
    for kind, counts in full.counts().items():
        np.testing.assert_array_equal(counts, folded.counts()[kind])
    assert all(a < b for a, b in zip(sizes(folded), sizes(full), strict=True))


def test_known_crystals_have_their_classes(rock_salt):
    salt = quotient(crystal_graphs([rock_salt]))
    assert dict(zip(salt.element.tolist(), salt.atom_count.tolist(), strict=True)) == {11: 4, 17: 4}
    assert sizes(salt)[1] == 4  # to like and to unlike neighbours, from either
    carbon = quotient(crystal_graphs([diamond()]))
    assert sizes(carbon)[:2] == (1, 2)  # 4 near and 12 far neighbours
    assert sorted(carbon.bond_count.tolist()) == [8 * 4, 8 * 12]
    primitive = quotient(crystal_graphs([primitive_diamond()]))
    assert sorted(primitive.bond_count.tolist()) == [2 * 4, 2 * 12]
    peers = quotient(crystal_graphs([primitive_diamond()], doubled_images=True))
    assert sorted(peers.bond_count.tolist()) == [2 * 4, 2 * 2 * 12]
    oxide = quotient(crystal_graphs([perovskite()]))
    assert sorted(zip(oxide.element, oxide.atom_count, strict=True)) == [(8, 3), (22, 1), (38, 1)]


def interned(colours):
    numbers = {}
    return [numbers.setdefault(one, len(numbers)) for one in colours]


def clusters(values):
    """Numbers values by gaps; ``None`` if that leaves room for doubt."""
    order = np.argsort(values)
    gaps = np.diff(values[order])
    if ((gaps > TOLERANCE / 20) & (gaps < TOLERANCE * 3)).any():
        return None
    numbers = np.empty(len(values), dtype=int)
    numbers[order] = np.concatenate([[0], np.cumsum(gaps > TOLERANCE)])
    spread = max(np.ptp(values[numbers == one]) for one in set(numbers.tolist()))
    return numbers.tolist() if spread < TOLERANCE else None


def refined(graphs):
    """Classes of atoms, bonds and angles by plain refinement with sorted tuples, no hashes."""
    source, target = graphs.source.tolist(), graphs.target.tolist()
    first, second = graphs.angle_source.tolist(), graphs.angle_target.tolist()
    distance, cosine = clusters(graphs.distance), clusters(graphs.cosine)
    if distance is None or cosine is None:
        return None
    atom = interned(graphs.element.tolist())
    bond = distance
    before = None
    while before != (len(set(atom)), len(set(bond))):
        before = len(set(atom)), len(set(bond))
        reached = [[] for _ in bond]
        for a, b, c in zip(first, second, cosine, strict=True):
            reached[b].append((c, bond[a]))
        ends = zip(bond, source, target, reached, strict=True)
        bond = interned((b, atom[s], atom[t], tuple(sorted(r))) for b, s, t, r in ends)
        received = [[] for _ in atom]
        for b, t in zip(bond, target, strict=True):
            received[t].append(b)
        atom = interned((a, tuple(sorted(r))) for a, r in zip(atom, received, strict=True))
    meetings = zip(cosine, first, second, strict=True)
    angle = interned((c, bond[a], bond[b]) for c, a, b in meetings)
    return atom, bond, angle


def test_classes_are_those_of_plain_refinement(structures):
    checked = 0
    for structure in [*structures, diamond(), perovskite()]:
        full = crystal_graphs([structure])
        classes = refined(full)
        if classes is None:
            continue
        checked += 1
        folded = quotient(full)
        atom, bond, angle = classes
        values = full.element, full.distance, full.cosine
        counts = folded.atom_count, folded.bond_count, folded.angle_count
        kept = folded.element, folded.distance, folded.cosine
        for colours, value, count, mean in zip(classes, values, counts, kept, strict=True):
            size = Counter(colours)
            total = Counter()
            for colour, one in zip(colours, value.tolist(), strict=True):
                total[colour] += one
            theirs = sorted((size[one], round(total[one] / size[one], 6)) for one in size)
            ours = sorted((n, round(m, 6)) for n, m in zip(count, mean.tolist(), strict=True))
            assert ours == theirs
        ends = {(bond[b], atom[s], atom[t]) for b, s, t in _ends(full)}
        assert len(ends) == len(folded.source)
        assert len(set(angle)) == len(folded.cosine)
    assert checked >= 6


def _ends(graphs):
    return zip(range(len(graphs.source)), graphs.source, graphs.target, strict=True)


def test_members_of_a_class_receive_the_same(structures):
    folded = quotient(crystal_graphs(structures))
    of_bond = np.repeat(np.arange(len(folded)), np.diff(folded.bond_ptr))
    bonds = folded.bond_count / folded.atom_count[folded.target + folded.atom_ptr[of_bond]]
    of_angle = np.repeat(np.arange(len(folded)), np.diff(folded.angle_ptr))
    angles = folded.angle_count / folded.bond_count[folded.angle_target + folded.bond_ptr[of_angle]]
    np.testing.assert_array_equal(bonds, bonds.round())
    np.testing.assert_array_equal(angles, angles.round())


def described(graphs, cells=1):
    """Rows without their numbers, counts for one of some equal cells."""
    bonds = zip(
        *(graphs.element[graphs.source], graphs.element[graphs.target]),
        *(graphs.distance.round(6), graphs.bond_count / cells),
        strict=True,
    )
    angles = zip(
        *(graphs.distance[graphs.angle_source].round(6), graphs.cosine.round(6) + 0.0),
        graphs.angle_count / cells,
        strict=True,
    )
    atoms = zip(graphs.element, graphs.atom_count / cells, strict=True)
    return Counter(atoms), Counter(bonds), Counter(angles)


@pytest.mark.parametrize("scaling", [(2, 1, 1), [[1, 1, 0], [0, 1, 2], [1, 0, 1]]])
def test_a_supercell_has_the_same_quotient(scaling):
    for structure in (diamond(), primitive_diamond(), perovskite()):
        supercell = structure.make_supercell(scaling, in_place=False)
        cells = len(supercell) // len(structure)
        first = described(quotient(crystal_graphs([structure])))
        assert described(quotient(crystal_graphs([supercell])), cells) == first


def test_crystals_do_not_depend_on_their_neighbours_in_the_chunk(structures):
    together = quotient(crystal_graphs(structures))
    for place, structure in enumerate(structures):
        alone, taken = quotient(crystal_graphs([structure])), together.take([place])
        for field in fields(alone):
            if (value := getattr(alone, field.name)) is not None:
                np.testing.assert_array_equal(value, getattr(taken, field.name), field.name)


def test_without_symmetry_nothing_folds():
    structure = Structure(
        Lattice.from_parameters(8, 9, 10, 85, 95, 100),
        ["Na", "Cl"] * 6,
        np.random.default_rng(0).permutation(np.indices((2, 2, 3)).reshape(3, -1).T) / [2, 2, 3],
    )
    structure.perturb(0.3)
    full = crystal_graphs([structure])
    assert (full.source != full.target).all()  # those fold with their own reverse
    assert sizes(quotient(full)) == sizes(full)


def test_tolerance_decides_what_is_equal():
    structure = perovskite().make_supercell((2, 2, 2), in_place=False)
    full = crystal_graphs([structure])
    noisy = structure.copy()
    rng = np.random.default_rng(0)
    for place in range(len(noisy)):
        noisy.translate_sites([place], rng.normal(scale=1e-5, size=3), frac_coords=False)
    folded = crystal_graphs([noisy])
    assert sizes(quotient(folded)) == sizes(quotient(full))
    assert len(quotient(folded, tolerance=0.0).element) == len(noisy)
    counts = quotient(folded, tolerance=0.0).counts()
    assert {kind: one.tolist() for kind, one in counts.items()} == {
        kind: one.tolist() for kind, one in folded.counts().items()
    }


def test_a_chain_of_near_values_is_cut_into_narrow_pieces():
    values = np.random.default_rng(0).uniform(0, 50 * TOLERANCE, size=1000)
    assert np.diff(np.sort(values)).max() < TOLERANCE
    groups = np.zeros(len(values), dtype=np.uint64)
    numbers = module._clusters(values, groups, TOLERANCE)
    for one in set(numbers.tolist()):
        assert np.ptp(values[numbers == one]) <= TOLERANCE
    assert len(set(numbers.tolist())) < 5 * 50


def test_graphs_without_angles_fold_too(structures):
    full = crystal_graphs(structures, angles=False)
    folded = quotient(full)
    assert len(folded.cosine) == 0
    assert folded.bond_count.sum() == len(full.source)
