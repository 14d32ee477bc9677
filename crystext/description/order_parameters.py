"""Order parameters of a coordination shell, evaluated for all pairs of neighbours at once.

Each parameter puts one neighbour ``j`` at the north pole and another ``k`` on the prime meridian
and asks how well the rest, ``m``, sits where the motif wants it: Gaussians of the polar angles
times powers of the cosine of the azimuth. The functional forms are those of Peters, J. Chem. Phys.
131, 244103 (2009) and Zimmermann and Jain, RSC Adv. 10, 6063 (2020), with the parameters of
pymatgen's ``cn_opt_params.yaml`` as matminer's ``CrystalNNFingerprint`` uses them. Bond
orientational parameters q_l are Steinhardt et al., Phys. Rev. B 28, 784 (1983).

The body-centred-cubic parameter is averaged over the two orders of each pair (j, k): upstream
takes only pairs with j before k, which makes its value depend on the order of the neighbours. A
pair at a right angle, whose sign is rounding noise upstream, counts for both signs: for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from math import asin, exp, pi
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystext.description.vectors import lengths

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]
_COLLINEAR = 1e-12  # length of a projection below which its azimuth has no meaning
_LEVEL = 1e-6  # radians; so near the equator rounding noise decides on which side of it
_SOUTH = 0.75 * pi  # polar angle from which a neighbour counts as being at the south pole


@dataclass(frozen=True)
class Shell:
    """Angles of a coordination shell of n neighbours.

    Attributes:
        cosines: (n, n), cosines between bond directions.
        theta: (n, n), angles between bond directions, in radians.
        azimuth: (n, n, n), angle of m from k around j; zero where it has no meaning.
        others: (n, n, n), whether m differs from j and k, and k is not collinear with j.
        turned: (n, n, n), the same and m is not collinear with j either.
        pairs: (n, n), whether j differs from k.
    """

    cosines: Floats
    theta: Floats
    azimuth: Floats
    others: NDArray[np.bool_]
    turned: NDArray[np.bool_]
    pairs: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: Floats) -> Shell:
        """Builds the angles from bond vectors, (n, 3)."""
        directions = vectors / lengths(vectors)[:, None]
        cosines = (directions @ directions.T).clip(-1.0, 1.0)
        # [j, k]: the part of direction k that is orthogonal to direction j
        across = directions[None, :, :] - cosines[:, :, None] * directions[:, None, :]
        widths = np.sqrt(np.einsum("jkx,jkx->jk", across, across))
        bent = widths >= _COLLINEAR
        across /= np.where(bent, widths, 1.0)[:, :, None]
        azimuth = np.arccos((across @ across.transpose(0, 2, 1)).clip(-1.0, 1.0))
        pairs, triples = _different(len(vectors))
        others = triples & bent[:, :, None]
        turned = others & bent[:, None, :]
        return cls(cosines, np.arccos(cosines), azimuth, others, turned, pairs)

    @cached_property
    def polar(self) -> Floats:
        """(n, n), angles between bond directions in units of pi."""
        return self.theta / pi

    @cached_property
    def n_turned(self) -> NDArray[np.int64]:
        """(n, n), how many m count for j and k."""
        return self.turned.sum(axis=2)

    @cached_property
    def turns(self) -> dict[float, Floats]:
        """What :meth:`turn` has calculated."""
        return {}

    def turn(self, fold: float) -> Floats:
        """(n, n, n), squared cosine of a multiple of the azimuth; zero where m does not count."""
        if fold not in self.turns:
            self.turns[fold] = np.where(self.turned, np.cos(fold * self.azimuth) ** 2, 0.0)
        return self.turns[fold]

    def nearest(self, n: int) -> Shell:
        """The shell of the first n neighbours alone."""
        if n == len(self.theta):
            return self
        two, three = np.s_[:n, :n], np.s_[:n, :n, :n]
        return Shell(
            self.cosines[two],
            self.theta[two],
            self.azimuth[three],
            self.others[three],
            self.turned[three],
            self.pairs[two],
        )


@lru_cache(maxsize=64)
def _different(n: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether j differs from k, (n, n), and whether j, k and m all differ, (n, n, n)."""
    pairs = ~np.eye(n, dtype=bool)
    return pairs, pairs[:, :, None] & pairs[None, :, :] & pairs[:, None, :]


def _gauss(x: Floats) -> Floats:
    return np.exp(-0.5 * x * x)


def _best(shell: Shell, value: Floats, weight: NDArray[np.floating]) -> float:
    """The best pair's mean contribution; pairs without any contribute zero."""
    counts = shell.pairs & (weight > _COLLINEAR)
    return max((value[counts] / weight[counts]).tolist(), default=0.0)


def _bent(shell: Shell, *, target: float, width: float) -> float:
    return float(_gauss(width * (shell.theta[0, 1] / pi - target)))


def _no_pole(shell: Shell, *, target: float, width: float, fold: float) -> float:
    """No neighbour at the south pole: planar and non-coplanar triangles, tetrahedra, pyramids."""
    polar = _gauss(width * (shell.polar - target))
    value = polar + np.einsum("jm,jkm->jk", polar, shell.turn(fold))
    return _best(shell, value, 1.0 + shell.n_turned)


def _pentagon(shell: Shell, *, width: float) -> float:
    target = np.where(shell.theta <= 0.6 * pi, 0.4, 0.8)
    polar = _gauss(width * (shell.polar - target))
    value = polar + np.einsum("jm,jkm->jk", polar, shell.turn(1.0))
    return _best(shell, value, 1.0 + shell.n_turned)


def _two_poles(
    shell: Shell,
    *,
    pole: float,
    equator: float,
    fold: float,
    south: float = _SOUTH,
    offset: float = 0.0,
    widest: float = pi,
) -> float:
    """Equatorial neighbours and one at the south pole: octahedra, bipyramids, square planes.

    ``offset`` moves the equator (hexagonal planar), ``widest`` bounds the azimuth (rectangular
    see-saw).
    """
    theta = shell.theta
    at_pole = theta >= south
    from_equator = shell.polar - 0.5
    level = np.abs(from_equator) - offset if offset else from_equator
    equatorial = np.where(at_pole, 0.0, _gauss(equator * level))
    if widest == pi and not at_pole.any():
        value = equatorial + np.einsum("jm,jkm->jk", equatorial, shell.turn(fold))
        return _best(shell, value, 1.0 + shell.n_turned)
    polar = np.where(at_pole, _gauss(pole * (shell.polar - 1.0)), 0.0)
    turned = shell.turned & ~at_pole[:, None, :] & ~at_pole[:, :, None]
    if widest < pi:
        turned &= shell.azimuth < widest
    turn = np.where(turned, shell.turn(fold), 0.0)
    poles = shell.others & at_pole[:, None, :]
    value = equatorial + np.einsum("jm,jkm->jk", equatorial, turn)
    value += np.einsum("jm,jkm->jk", polar, poles)
    return _best(shell, value, ~at_pole + turned.sum(axis=2) + poles.sum(axis=2))


def _body_centred_cubic(shell: Shell, *, south: float, pole: float, weight: float) -> float:
    theta = shell.theta
    at_pole = theta >= south
    value = np.where(at_pole, weight * _gauss(pole * (shell.polar - 1.0)), 0.0)
    tilt = (theta - 0.5 * pi) / asin(1.0 / 3.0)
    wave = tilt * _gauss(tilt) / exp(-0.5)
    turned = shell.turned & ~at_pole[:, :, None]
    level = theta - 0.5 * pi
    sign = np.where(np.abs(level) < _LEVEL, 0.0, np.sign(level))
    turn = np.where(turned, np.cos(3.0 * shell.azimuth), 0.0)
    value += sign * np.einsum("jm,jkm->jk", wave, turn)
    n = len(theta)
    return float(0.5 * value[shell.pairs].sum() / (0.5 * n * (6 + (n - 2) * (n - 3))))


def _cuboctahedral(shell: Shell) -> float:
    """The parameters are those of pymatgen; 1/3, 1/2 and 2/3 of pi are the motif's angles."""
    south, high, low, weight = 2.792526803190927, 1.8325957145940461, 1.3089969389957472, 1.8
    theta = shell.theta
    at_pole = theta >= south
    middle = (low < theta) & (theta < high)
    value = np.where(at_pole, weight * _gauss(28.75 * (shell.polar - 1.0)), 0.0)
    turned = shell.turned & ~at_pole[:, None, :] & middle[:, :, None]
    counts = middle | (theta < low) | (theta > high)
    off = _gauss(0.0556 * (np.cos(shell.azimuth - 0.5 * pi) - 0.81649658))
    third = np.where(theta < low, 1.0 / 3.0, 2.0 / 3.0)
    around = np.where(
        middle[:, None, :],
        np.cos(shell.azimuth) ** 2 * _gauss(25.5 * (shell.polar - 0.5))[:, None, :],
        off * _gauss(31.25 * (shell.polar - third))[:, None, :],
    )
    turned &= counts[:, None, :]
    value += np.where(turned, around, 0.0).sum(axis=2)
    return _best(shell, value, weight * at_pole + turned.sum(axis=2))


def _steinhardt(shell: Shell, *, degree: int) -> float:
    """q_l through the addition theorem: the mean of P_l over all pairs of bonds."""
    coefficients = np.zeros(degree + 1)
    coefficients[degree] = 1.0
    mean = np.polynomial.legendre.legval(shell.cosines, coefficients).mean()
    return float(np.sqrt(max(mean, 0.0)))


_Q = tuple((f"q{degree}", partial(_steinhardt, degree=degree)) for degree in (2, 4, 6))

# Coordination number -> (motif, function), in the order of matminer's fingerprint.
MOTIFS: dict[int, tuple[tuple[str, Callable[[Shell], float]], ...]] = {
    1: (("sgl_bd", lambda _: 1.0),),
    2: (
        ("L-shaped", partial(_bent, target=0.5, width=15.15)),
        ("water-like", partial(_bent, target=0.5802777777777778, width=13.95)),
        ("bent 120 degrees", partial(_bent, target=0.666666666667, width=13.25)),
        ("bent 150 degrees", partial(_bent, target=0.833333333333333, width=12.45)),
        ("linear", partial(_bent, target=1.0, width=8.667)),
    ),
    3: (
        ("trigonal planar", partial(_no_pole, target=0.66666666667, width=17.5, fold=1.0)),
        (
            "trigonal non-coplanar",
            partial(_no_pole, target=0.6081734479693927, width=18.33, fold=1.5),
        ),
        ("T-shaped", partial(_no_pole, target=0.5, width=15.5, fold=1.0)),
    ),
    4: (
        ("square co-planar", partial(_two_poles, pole=13.5, equator=17.7, fold=1.0)),
        ("tetrahedral", partial(_no_pole, target=0.6081734479693927, width=18.5, fold=1.5)),
        (
            "rectangular see-saw-like",
            partial(_two_poles, pole=11.5, equator=27.0, fold=2.0, widest=0.75 * pi),
        ),
        ("see-saw-like", partial(_two_poles, pole=12.75, equator=15.75, fold=1.5)),
        ("trigonal pyramidal", partial(_no_pole, target=0.5, width=15.5, fold=1.5)),
    ),
    5: (
        ("pentagonal planar", partial(_pentagon, width=19.333)),
        ("square pyramidal", partial(_no_pole, target=0.5, width=14.9, fold=2.0)),
        ("trigonal bipyramidal", partial(_two_poles, pole=12.0, equator=16.6, fold=1.5)),
    ),
    6: (
        (
            "hexagonal planar",
            partial(
                _two_poles,
                pole=7.5,
                equator=25.0,
                fold=1.0,
                south=2.6179938779914944,
                offset=0.16666667,
            ),
        ),
        ("octahedral", partial(_two_poles, pole=15.0, equator=18.0, fold=2.0)),
        ("pentagonal pyramidal", partial(_no_pole, target=0.5, width=13.8, fold=2.5)),
    ),
    7: (
        ("hexagonal pyramidal", partial(_no_pole, target=0.5, width=12.5, fold=3.0)),
        ("pentagonal bipyramidal", partial(_two_poles, pole=12.5, equator=14.75, fold=2.5)),
    ),
    8: (
        (
            "body-centered cubic",
            partial(_body_centred_cubic, south=2.5261129449194057, pole=15.0, weight=6.0),
        ),
        ("hexagonal bipyramidal", partial(_two_poles, pole=14.1, equator=13.6, fold=3.0)),
    ),
    9: _Q,
    10: _Q,
    11: _Q,
    12: (("cuboctahedral", _cuboctahedral), *_Q),
}


def order_parameters(shell: Shell, n: int) -> Floats:
    """One value for each of ``MOTIFS[n]``, of the first n neighbours, the likeliest first."""
    motifs = MOTIFS.get(n, ())
    part = shell.nearest(n) if motifs else shell
    return np.array([function(part) for _, function in motifs])
