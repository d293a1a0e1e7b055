"""De-overlap: sprites that lie on one another move to free cells near where they were."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arrangements import FILL, LEAST_FILL
from .assignment import halve, improve
from .cells import set_apart
from .grid import positions
from .layout import Layout

__all__ = ["spread_layout", "spread_points"]

SWEEPS = 100


def spread_layout(xy: Any, fill: float = FILL, text: str = "no position") -> Layout:
    """Move rows to free cells of a grid, near where they were.

    Parameters
    ----------
    xy : array-like
        float (n, 2), y up: a projection. NaN rows have no place.
    fill : float
        Share of the grid's cells that is taken, 0.05 to 1. Small: small sprites that hardly move; 1: a dense grid.
    text : str
        What the block of rows without a position is called.

    Returns
    -------
    Layout
        Rows without a position stand in a block of their own below, captioned with `text`.

    Raises
    ------
    ValueError
        If `xy` is not (n, 2), or `fill` outside its range.

    Examples
    --------
    >>> layout = spread_layout([[0.0, 0.0], [0.0, 0.0], [9.0, 6.0]])
    >>> bool((layout.xy[0] == layout.xy[1]).all())
    False
    """
    points = positions(xy)
    placed = ~np.isnan(points).any(axis=1)
    moved, cell = spread_points(points[placed] * [1, -1], fill)
    width = height = 0.0
    if len(moved):
        points[placed] = moved - moved.min(axis=0) + cell / 2
        width, height = points[placed].max(axis=0) + cell / 2
    frame, captions = set_apart(points, width, height, text, cell)
    return Layout(frame.xy(points), captions, cell * frame.cell)


def spread_points(points: np.ndarray, fill: float) -> tuple[np.ndarray, float]:
    """Move points to different cells of a grid laid over them.

    Parameters
    ----------
    points : numpy.ndarray
        float64 (n, 2), in any unit that is as long both ways.
    fill : float
        Share of the cells of the rectangle around the points that is taken.

    Returns
    -------
    moved : numpy.ndarray
        float64 (n, 2), in the same unit; at the edge points may leave the rectangle.
    cell : float
        Side of a cell, in that unit.

    Notes
    -----
    Which cells are taken is found first: where more points are than cells, the excess runs off to all sides until no
    cell is overfull, like sand (the divisible sandpile; a heap of points becomes a disc). Then points and those cells,
    as many, are halved together, and points change places, also with empty cells, while that shortens their ways.
    """
    if not LEAST_FILL <= fill <= 1:
        raise ValueError(f"fill must be from {LEAST_FILL} to 1, not {fill}")
    size = len(points)
    if not size:
        return points, 1.0
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    extent = np.ptp(points, axis=0).max()
    unit = extent if extent > 1e-300 else 1.0  # below, one over it is no number any more
    centerd = (points - middle) / unit
    # Even points on a line have a picture with some height.
    around = np.maximum(np.ptp(centerd, axis=0), 0.25)
    step = math.sqrt(around.prod() * fill / size)
    # Nothing moves out of a dense grid; else clusters at the edge have room to all sides.
    margin = math.ceil(0.1 * (1 - fill) / step) if fill < 1 else 0
    columns, lines = (math.ceil(length / step) + 2 * margin for length in around)
    lines = max(lines, -(-size // columns))
    corner = (np.array([columns, lines]) - 1) / 2
    wanted = np.clip(centerd / step + corner, 0, 2 * corner)
    free = _taken(wanted, columns, lines)
    cells = np.column_stack(np.divmod(free, columns)[::-1]).astype(float)
    cell = improve(wanted, free[halve(wanted, cells)], columns, columns * lines, SWEEPS)
    moved = (np.column_stack(np.divmod(cell, columns)[::-1]) - corner) * step
    return middle + moved * unit, step * unit


def _taken(wanted: np.ndarray, columns: int, lines: int) -> np.ndarray:
    """Return the numbers of as many cells as there are points, int64 (n,), near where the points are."""
    from scipy.ndimage import uniform_filter

    size = len(wanted)
    home = np.rint(wanted).astype(np.int64)
    counts = np.bincount(home[:, 1] * columns + home[:, 0], minlength=columns * lines)
    sand = counts.reshape(lines, columns).astype(np.float32)
    reach, rounds = 3, 0
    while (excess := np.maximum(sand - 1, 0)).sum() > 0.01 * size and rounds < 80:
        np.minimum(sand, 1, out=sand)
        sand += uniform_filter(excess, reach, mode="reflect")  # reflected: nothing gets lost at the edge
        rounds += 1
        if rounds % 3 == 0:
            reach = min(int(reach * 1.5) | 1, 101)
    np.minimum(sand, 1, out=sand)
    # Whole cells from fractions: along a curve that stays in a neighborhood, each time another whole one is reached.
    curve = np.argsort(_morton(columns, lines))
    amount = sand.ravel()[curve]
    reached = np.floor(np.cumsum(amount, dtype=float) * (size / amount.sum(dtype=float)) + 1e-6)
    taken = np.zeros(columns * lines, dtype=bool)
    taken[curve[np.diff(reached, prepend=0) > 0]] = True
    lacking = size - int(taken.sum())
    if lacking > 0:
        empty = np.flatnonzero(~taken)
        taken[empty[np.argsort(-sand.ravel()[empty], kind="stable")[:lacking]]] = True
    return np.flatnonzero(taken)


def _morton(columns: int, lines: int) -> np.ndarray:
    """Return each cell's place on the Z-shaped curve, int64 (columns * lines,)."""
    line, column = np.divmod(np.arange(columns * lines), columns)
    place = np.zeros(columns * lines, dtype=np.int64)
    for bit in range(max(columns, lines).bit_length()):
        place |= ((column >> bit) & 1) << (2 * bit) | ((line >> bit) & 1) << (2 * bit + 1)
    return place
