"""Positions of a projection as a layout: islands moved closer, rows without a vector apart, rows that come later."""

from __future__ import annotations

import dataclasses

import numpy as np

from .cells import set_apart
from .compact import close_gaps
from .layout import Caption, Layout

__all__ = ["inserted", "scatter"]

NO_VECTOR = "no vector"


def scatter(xy: np.ndarray) -> Layout:
    """Make a layout of positions, float32 (n, 2): islands moved closer, rows without any apart below.

    Examples
    --------
    >>> bool(np.isfinite(scatter(np.float32([[0, 1], [np.nan, np.nan]])).xy).all())
    True
    """
    xy = close_gaps(xy)
    apart = np.flatnonzero(np.isnan(xy).any(axis=1))
    if not len(apart):
        return Layout(xy)
    points = np.column_stack([xy[:, 0] + 1.0, 1.0 - xy[:, 1]]).astype(np.float64)
    frame, captions = set_apart(points, 2, 2, NO_VECTOR)
    return Layout(frame.xy(points), captions, apart=apart)


def inserted(layout: Layout, before: np.ndarray, new: np.ndarray) -> Layout:
    """Put further rows into a layout in which the others stand still.

    `scatter` stretches each axis piece by piece; new rows are stretched as the rows beside them were.

    Parameters
    ----------
    layout : Layout
        What `scatter` made of `before`, perhaps with rows inserted since.
    before : numpy.ndarray
        float (m, 2), the positions it was made of; NaN where there was none.
    new : numpy.ndarray
        float (k, 2), in the same units as `before`; NaN: a row without a vector, which comes to stand at the lower
        edge.

    Returns
    -------
    Layout
        The rows of `layout` as they stood, and k more.

    Examples
    --------
    >>> before = np.float32([[-1, 0], [-0.9, 0], [1, 0]])
    >>> more = inserted(scatter(before), before, np.float32([[-0.95, 0]]))
    >>> more.xy[:3].tolist() == scatter(before).xy.tolist(), bool(more.xy[0, 0] < more.xy[3, 0] < more.xy[1, 0])
    (True, True)
    """
    xy = np.array(new, dtype=np.float64)
    lost = np.flatnonzero(np.isnan(xy).any(axis=1))
    known = np.flatnonzero(np.isfinite(before).all(axis=1))
    for axis in (0, 1):
        xy[:, axis] = _stretched(xy[:, axis], before[known, axis], layout.xy[known, axis])
    xy[lost] = np.column_stack([np.linspace(-1, 1, len(lost) + 2)[1:-1], np.full(len(lost), -1.0)])
    captions = layout.captions
    if len(lost) and not captions:
        captions = (Caption(NO_VECTOR, 0.0, -1.0, 2.0, len(lost)),)
    elif len(lost):
        captions = (dataclasses.replace(captions[0], count=(captions[0].count or 0) + len(lost)), *captions[1:])
    return dataclasses.replace(
        layout,
        xy=np.concatenate([layout.xy, np.clip(xy, -1, 1).astype(np.float32)]),
        captions=captions,
        apart=np.concatenate([layout.apart, len(layout) + lost]),
    )


def _stretched(values: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Map values of one axis as others were mapped; beyond those, at the scale of the whole."""
    if not len(before):
        return values
    order = np.argsort(before, kind="stable")
    before, after = before[order].astype(np.float64), after[order].astype(np.float64)
    width = before[-1] - before[0]
    scale = (after[-1] - after[0]) / width if width > 0 else 1.0
    found = np.interp(values, before, after)
    found = np.where(values < before[0], after[0] + (values - before[0]) * scale, found)
    return np.where(values > before[-1], after[-1] + (values - before[-1]) * scale, found)
