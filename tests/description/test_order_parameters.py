"""Order parameters equal pymatgen's, pair by pair and angle by angle."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from matminer.featurizers.site import CrystalNNFingerprint
from pymatgen.core.sites import Site

from crystext.description.order_parameters import MOTIFS, Shell, order_parameters

NUMBERS = sorted(MOTIFS)
SHELLS = ("random", "lattice-like", "nearly-collinear")


@cache
def peer() -> CrystalNNFingerprint:
    return CrystalNNFingerprint.from_preset("ops")


def shell(kind: str, number: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng([number, seed])
    if kind == "lattice-like":  # right and straight angles, poles occupied, equal azimuths
        steps = np.array([v for v in product((-1, 0, 1), repeat=3) if any(v)], dtype=float)
        return steps[rng.permutation(len(steps))[:number]]
    vectors = rng.normal(size=(number, 3))
    if kind == "nearly-collinear":
        half = number // 2
        vectors[half : 2 * half] = -vectors[:half] + 1e-3 * rng.normal(size=(half, 3))
    return vectors


def no_right_angles(vectors: np.ndarray) -> bool:
    directions = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    return bool((np.abs(directions @ directions.T) > 1e-6).all())


def reference(vectors: np.ndarray) -> list[float]:
    """Pymatgen's values; the body-centred-cubic one as the mean of both orders of neighbours.

    That one is NaN where neighbours stand at right angles: rounding noise decides it in pymatgen.
    """
    number = len(vectors)
    sites = [Site("Fe", xyz) for xyz in ([0, 0, 0], *vectors)]
    forward = list(range(1, number + 1))
    values = []
    for name, order in zip(peer().op_types[number], peer().ops[number], strict=True):
        if name == "wt":
            continue
        value = order.get_order_parameters(sites, 0, indices_neighs=forward)[0]
        if name == "body-centered cubic":
            reverse = order.get_order_parameters(sites, 0, indices_neighs=forward[::-1])[0]
            value = 0.5 * (value + reverse) if no_right_angles(vectors) else np.nan
        values.append(value or 0.0)
    return values


def test_motifs_are_those_of_matminer_in_its_order():
    theirs = {
        n: tuple(name for name in names if name != "wt") for n, names in peer().op_types.items()
    }
    ours = {n: tuple(name for name, _ in MOTIFS.get(n, ())) for n in theirs}
    assert ours == theirs


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize("number", NUMBERS)
def test_equal_pymatgen(kind, number):
    for seed in range(3):
        vectors = shell(kind, number, seed)
        expected = np.array(reference(vectors))
        known = ~np.isnan(expected)
        assert kind == "lattice-like" or known.all()
        np.testing.assert_allclose(
            order_parameters(Shell.of(vectors), len(vectors))[known],
            expected[known],
            rtol=0,
            atol=1e-9,
        )


def test_body_centred_cubic_of_upstream_depends_on_the_order_and_ours_does_not():
    vectors = np.array(list(product((-1, 1), repeat=3)), dtype=float)
    vectors += 0.05 * np.random.default_rng(0).normal(size=vectors.shape)
    order = dict(zip(peer().op_types[8], peer().ops[8], strict=True))["body-centered cubic"]
    place = [name for name, _ in MOTIFS[8]].index("body-centered cubic")
    theirs, ours = set(), set()
    for seed in range(6):
        turned = vectors[np.random.default_rng(seed).permutation(8)]
        sites = [Site("Fe", xyz) for xyz in ([0, 0, 0], *turned)]
        value = order.get_order_parameters(sites, 0, indices_neighs=list(range(1, 9)))[0]
        theirs.add(round(value, 6))
        ours.add(round(order_parameters(Shell.of(turned), len(turned))[place], 6))
    assert len(ours) == 1
    assert len(theirs) > 1


@pytest.mark.parametrize("number", NUMBERS)
def test_rotation_reflection_scale_and_permutation_change_nothing(number):
    rng = np.random.default_rng(number)
    vectors = shell("random", number, 0)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    expected = order_parameters(Shell.of(vectors), len(vectors))
    scales = rng.uniform(0.5, 2.0, size=(number, 1))
    for other in (
        vectors @ rotation,
        -vectors,
        vectors[rng.permutation(number)],
        vectors * scales,
    ):
        np.testing.assert_allclose(
            order_parameters(Shell.of(other), len(other)), expected, rtol=0, atol=1e-9
        )


@pytest.mark.parametrize("seed", range(5))
def test_body_centred_cubic_at_right_angles_does_not_depend_on_noise(seed):
    rng = np.random.default_rng(seed)
    square = [[2.8, 0, 0], [-2.8, 0, 0], [0, 2.8, 0], [0, -2.8, 0]]
    above = [[1.4, 1.4, 2.26], [-1.4, -1.4, 2.26], [1.4, -1.4, -2.26], [-1.4, 1.4, -2.26]]
    vectors = np.array(square + above)  # germanium in UGeSe, mp-3579
    expected = order_parameters(Shell.of(vectors), len(vectors))[0]
    for _ in range(5):
        rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        turned = vectors[rng.permutation(8)] @ rotation
        assert order_parameters(Shell.of(turned), len(turned))[0] == pytest.approx(
            expected, abs=1e-9
        )


@pytest.mark.parametrize(
    ("motif", "number", "vectors"),
    [
        ("octahedral", 6, [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]),
        ("tetrahedral", 4, [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]),
        ("linear", 2, [[0, 0, 1], [0, 0, -1]]),
        ("body-centered cubic", 8, list(product((-1, 1), repeat=3))),
        ("cuboctahedral", 12, [v for v in product((-1, 0, 1), repeat=3) if np.abs(v).sum() == 2]),
    ],
)
def test_perfect_motifs_score_about_one(motif, number, vectors):
    values = order_parameters(Shell.of(np.array(vectors, dtype=float)), len(vectors))
    scores = dict(zip([name for name, _ in MOTIFS[number]], values, strict=True))
    assert scores[motif] > 0.97


def test_no_motif_no_values():
    assert order_parameters(Shell.of(shell("random", 13, 0)), 13).shape == (0,)
