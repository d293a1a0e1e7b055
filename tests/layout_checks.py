"""What holds for every layout; used by the layouts' tests."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from pixplot_widget.layouts import Layout


def assert_inside(layout: Layout, n: int) -> None:
    """All n rows are placed, whole sprites within [-1, 1], and the longer side is filled where there is a grid."""
    assert layout.xy.shape == (n, 2)
    assert layout.xy.dtype == np.float32
    assert np.isfinite(layout.xy).all()
    half = (layout.cell or 0) / 2
    assert np.abs(layout.xy).max(initial=0) + half <= 1 + 1e-5
    for caption in layout.captions:
        assert np.isfinite([caption.x, caption.y, caption.width]).all()
        assert abs(caption.x) <= 1
        assert abs(caption.y) <= 1


def assert_apart(layout: Layout) -> None:
    """No two sprites share a cell: their squares do not overlap."""
    assert layout.cell is not None
    if len(layout) > 1:
        nearest = cKDTree(layout.xy.astype(float)).query(layout.xy.astype(float), k=2, p=np.inf)[0][:, 1]
        assert nearest.min() >= layout.cell * (1 - 1e-3) - 1e-6


def boxes_of(layout: Layout, codes: np.ndarray) -> np.ndarray:
    """The rectangle that the sprites of each code cover: float (codes, 4) as x0, y0, x1, y1."""
    assert layout.cell is not None
    half = layout.cell / 2
    found = []
    for code in np.unique(codes):
        xy = layout.xy[codes == code].astype(float)
        found.append([*(xy.min(axis=0) - half), *(xy.max(axis=0) + half)])
    return np.array(found)


def assert_disjoint(boxes: np.ndarray) -> None:
    """No two rectangles overlap."""
    x0, y0, x1, y1 = (boxes[:, i] for i in range(4))
    slack = 1e-6
    overlap = (
        (x0[:, None] < x1[None] - slack)
        & (x0[None] < x1[:, None] - slack)
        & (y0[:, None] < y1[None] - slack)
        & (y0[None] < y1[:, None] - slack)
    )
    np.fill_diagonal(overlap, False)
    assert not overlap.any()
