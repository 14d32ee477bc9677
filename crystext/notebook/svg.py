"""The picture of a cell as SVG: small, without a script, fit for a notebook and a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from crystext.notebook.scene import looks, scene_of
from crystext.report.structures import MOST_SITES

if TYPE_CHECKING:
    from crystext.notebook.scene import Scene
    from crystext.report.structures import Drawn

_TURN_X, _TURN_Y = 0.22, -0.42  # radians off the view along a
_EYE = 5.0  # distance of the eye, in radii of the picture
_FILL = 0.46  # of the width and height, that the cell reaches from the middle


def picture(drawn: Drawn, title: str, *, width: int = 260, height: int = 230) -> str:
    """One cell with its atoms, drawn once.

    Args:
        drawn: the structure.
        title: what it shows, for readers that see no pictures.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        An ``<svg>`` element, empty for a cell with over 300 sites.
    """
    if len(drawn.coords) > 3 * MOST_SITES:
        return ""
    scene = scene_of(drawn)
    turn = _first_turn(scene.lattice)
    spots = np.array(
        [*(end for edge in scene.edges for end in edge), *(a.place for a in scene.atoms)]
    )
    turned = spots @ turn.T
    size = np.linalg.norm(spots, axis=1).max() + 1
    spans = np.abs(turned[:, :2]).max(axis=0) + 0.9
    scale = float(min(_FILL * width / spans[0], _FILL * height / spans[1]))
    pen = _Pen(turn, _EYE * size, scale, width / 2, height / 2)
    things = [*_edge_lines(scene, pen), *_stick_lines(scene, pen), *_balls(scene, pen)]
    things.sort(key=lambda thing: thing[0])
    symbols = dict.fromkeys(atom.symbol for atom in scene.atoms)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title><defs>{''.join(map(_gradient, symbols))}</defs>"
        f"{''.join(mark for _, mark in things)}</svg>"
    )


class _Pen:
    """Turns and projects places in angstrom to pixels, with a gentle perspective."""

    def __init__(self, turn: np.ndarray, eye: float, scale: float, x: float, y: float) -> None:
        self.turn, self.eye, self.scale, self.x, self.y = turn, eye, scale, x, y

    def turned(self, place: np.ndarray) -> np.ndarray:
        return self.turn @ place

    def __call__(self, place: np.ndarray) -> tuple[float, float, float]:
        """Pixels from the left and the top, and the pixels of 1 angstrom there."""
        grown = self.scale * self.eye / (self.eye - place[2])
        return self.x + place[0] * grown, self.y - place[1] * grown, grown


def _first_turn(lattice: np.ndarray) -> np.ndarray:
    """The rotation that looks nearly along a, with c up; (3, 3)."""
    z = lattice[0] / np.linalg.norm(lattice[0])
    x = np.cross(lattice[2], z)
    x /= np.linalg.norm(x)
    along = np.array([x, np.cross(z, x), z])
    (sin_x, cos_x), (sin_y, cos_y) = ((np.sin(t), np.cos(t)) for t in (_TURN_X, _TURN_Y))
    turn_x = np.array([[1, 0, 0], [0, cos_x, -sin_x], [0, sin_x, cos_x]])
    turn_y = np.array([[cos_y, 0, sin_y], [0, 1, 0], [-sin_y, 0, cos_y]])
    return turn_x @ turn_y @ along


Marks = list[tuple[float, str]]
"""Depth and mark, to be drawn from behind."""


def _line(pen: _Pen, p: np.ndarray, q: np.ndarray, colour: str, wide: float) -> str:
    (x1, y1, _), (x2, y2, _) = pen(p), pen(q)
    return (
        f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" '
        f'stroke-width="{wide:.1f}"/>'
    )


def _edge_lines(scene: Scene, pen: _Pen) -> Marks:
    marks: Marks = []
    for start, end in scene.edges:
        p, q = pen.turned(start), pen.turned(end)
        for k in range(4):  # in pieces, so that each lies before or behind its neighbours
            one, other = p + (q - p) * k / 4, p + (q - p) * (k + 1) / 4
            marks.append(((one + other)[2] / 2 - 0.8, _line(pen, one, other, "#777", 1)))
    return marks


def _stick_lines(scene: Scene, pen: _Pen) -> Marks:
    marks: Marks = []
    wide = max(1.6, 0.16 * pen.scale)
    for symbols, start, end, whole in scene.sticks:
        p, q = pen.turned(start), pen.turned(end)
        middle, along = (p + q) / 2, (q - p) / np.linalg.norm(q - p)
        p, q = p + 0.85 * _ball(symbols[0]) * along, q - 0.85 * _ball(symbols[1]) * along
        halves = [(p, middle, symbols[0])] + [(middle, q, symbols[1])] * whole
        for one, other, symbol in halves:
            line = _line(pen, one, other, "#555", wide + 1.2)
            line += _line(pen, one, other, looks(symbol).colour, wide)
            marks.append(((one + other)[2] / 2 - 0.1, line))
    return marks


def _ball(symbol: str) -> float:
    """The radius that an atom is drawn with, angstrom: small enough to see between."""
    return 0.24 + 0.2 * looks(symbol).radius


def _balls(scene: Scene, pen: _Pen) -> Marks:
    marks: Marks = []
    for symbol, place in scene.atoms:
        at = pen.turned(place)
        x, y, grown = pen(at)
        radius = max(2.0, _ball(symbol) * grown)
        ball = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
        marks.append((at[2], f'{ball} fill="url(#crystext-{symbol})" stroke="#444"/>'))
    return marks


def _gradient(symbol: str) -> str:
    colour = looks(symbol).colour
    return (
        f'<radialGradient id="crystext-{symbol}" cx=".35" cy=".3" r=".8">'
        f'<stop offset="0" stop-color="#fff"/><stop offset=".4" stop-color="{colour}"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity=".75"/></radialGradient>'
    )
