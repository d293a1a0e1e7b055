"""Points to cells, one each: exactly, or fast and nearly as well.

The aim is the least sum of squared ways, an optimal transport: its solution keeps neighbors together, because no two
points pass each other (Brenier, 1991).
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["exact", "halve", "improve"]


def exact(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Assign points to cells with the least sum of squared distances.

    Parameters
    ----------
    points, cells : numpy.ndarray
        float64 (n, 2) each, in cells.

    Returns
    -------
    numpy.ndarray
        int64 (n,): the number of each point's cell.

    Examples
    --------
    >>> exact(np.array([[9.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])).tolist()
    [1, 0]
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    return linear_sum_assignment(cdist(points, cells, "sqeuclidean"))[1]


def halve(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Assign points to cells by cutting both in two parts of equal number, again and again, across the longer side.

    Cells are cut between two columns or two rows, as near to the middle as there is such a place, so that the parts of
    a rectangle are rectangles. All parts of a generation are cut at once, so it takes about log2(n) sorts.

    Parameters
    ----------
    points, cells : numpy.ndarray
        float64 (n, 2) each, in the same units; no cell twice. The cells need not form a rectangle.

    Returns
    -------
    numpy.ndarray
        int64 (n,): the number of each point's cell.

    Examples
    --------
    >>> halve(np.array([[0.9, 0.0], [0.1, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])).tolist()
    [1, 0]
    """
    size = len(points)
    # One key sorts by part and within it by a coordinate in [0, 1).
    at, where = _unit(points), _unit(cells)
    taken, free = np.arange(size), np.arange(size)
    bounds = np.array([0, size])
    while np.diff(bounds).max(initial=0) > 1:
        sizes = np.diff(bounds)
        part = np.repeat(np.arange(len(sizes)), sizes)
        there = cells[free]
        extent = np.maximum.reduceat(there, bounds[:-1]) - np.minimum.reduceat(there, bounds[:-1])
        axis = (extent[:, 1] > extent[:, 0]).astype(np.int64)[part]
        taken = taken[np.argsort(part + at[taken, axis], kind="stable")]
        free = free[np.argsort(part + where[free, axis], kind="stable")]
        bounds = _cut(bounds, part, cells[free, axis])
    cell = np.empty(size, dtype=np.int64)
    cell[taken] = free
    return cell


def _unit(values: np.ndarray) -> np.ndarray:
    low = values.min(axis=0, initial=np.inf)
    span = values.max(axis=0, initial=-np.inf) - low
    return (values - low) / np.where(span > 0, span, 1) * (1 - 1e-9)


def _cut(bounds: np.ndarray, part: np.ndarray, coordinate: np.ndarray) -> np.ndarray:
    """Add to the bounds of all parts the place in each, nearest to its middle, where the coordinate changes."""
    places = 1 + np.flatnonzero((np.diff(coordinate) != 0) & (np.diff(part) == 0))
    start, end = bounds[:-1], bounds[1:]
    middle = (start + end) / 2
    after = np.searchsorted(places, middle)
    below, above = (places[np.clip(after + step, 0, len(places) - 1)] for step in (-1, 0))
    distances = [np.where((start < place) & (place < end), np.abs(place - middle), np.inf) for place in (below, above)]
    nearest = np.where(distances[0] <= distances[1], below, above)
    cuts = np.flatnonzero(np.isfinite(np.minimum(*distances)))
    return np.insert(bounds, cuts + 1, nearest[cuts])


def improve(points: np.ndarray, cell: np.ndarray, columns: int, usable: int, sweeps: int) -> np.ndarray:
    """Shorten the ways of an assignment by letting points change places while that pays.

    A sweep compares every point with what is in the cell at one offset, in pairs that do not touch each other, and
    swaps where the sum of both squared ways falls; an empty cell is a place too. Offsets are random, far ones first.

    Parameters
    ----------
    points : numpy.ndarray
        float64 (n, 2), in cells: (0, 0) is the middle of the first one.
    cell : numpy.ndarray
        int64 (n,): where each point is, `row * columns + column`.
    columns : int
        Width of the grid.
    usable : int
        Number of cells, in reading order, that may be used.
    sweeps : int
        How often.

    Returns
    -------
    numpy.ndarray
        int64 (n,): the better assignment; still no two points in one cell.
    """
    random = np.random.default_rng(0)
    state = _Places(points, cell, columns, usable)
    reach = max(2.0, max(columns, -(-usable // columns)) / 8)
    for sweep in range(sweeps):
        length = random.uniform(1, reach ** (1 - sweep / sweeps) + 0.5)
        angle = random.uniform(0, 2 * math.pi)
        dx, dy = round(length * math.cos(angle)), round(length * math.sin(angle))  # not both 0: length >= 1
        for parity in (0, 1):
            state.swap(dx, dy, parity)
    return state.row.astype(np.int64) * columns + state.column


class _Places:
    """Where each point is (`row`, `column`), how far from there it wants to (`way`), and who holds each cell."""

    def __init__(self, points: np.ndarray, cell: np.ndarray, columns: int, usable: int) -> None:
        self.columns = columns
        self.row, self.column = np.divmod(cell.astype(np.int32), np.int32(columns))
        self.way_x = (points[:, 0] - self.column).astype(np.float32)
        self.way_y = (points[:, 1] - self.row).astype(np.float32)
        self.holder = np.full(usable, -1, dtype=np.int32)
        self.holder[cell] = np.arange(len(points))

    def swap(self, dx: int, dy: int, parity: int) -> None:
        """Swap every point with what is in the cell (dx, dy) away where both together gain."""
        along = self.way_x * np.float32(dx) + self.way_y * np.float32(dy)
        square = dx * dx + dy * dy
        # Who gains most of a swap wants more than half of the way.
        mover = np.flatnonzero(along > square / 2)
        row, column = self.row[mover], self.column[mover]
        # Stripes as wide as the offset: those of one parity ask, those of the other answer, so that no cell does both.
        asks = (row // abs(dy) if abs(dy) >= abs(dx) else column // abs(dx)) % 2 == parity
        row, column = row + dy, column + dx
        goal = row * self.columns + column
        asks &= (column >= 0) & (column < self.columns) & (goal >= 0) & (goal < len(self.holder))
        mover, goal = mover[asks], goal[asks]
        if not len(mover):
            return
        other = self.holder[goal]
        pays = (other < 0) | (along[other] - along[mover] + square < -1e-4)
        mover, goal, other = mover[pays], goal[pays], other[pays]
        self.holder[self.row[mover] * self.columns + self.column[mover]] = other
        self.holder[goal] = mover
        self._move(mover, dx, dy)
        self._move(other[other >= 0], -dx, -dy)

    def _move(self, points: np.ndarray, dx: int, dy: int) -> None:
        self.column[points] += dx
        self.row[points] += dy
        self.way_x[points] -= dx
        self.way_y[points] -= dy
