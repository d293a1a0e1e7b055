"""Islands move closer, and nothing else happens to them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixplot_widget.layouts.compact import close_gaps

POINTS = hnp.arrays(np.float64, st.tuples(st.integers(0, 40), st.just(2)), elements=st.floats(-1, 1, width=32))


@given(POINTS)
def test_the_order_along_both_axes_stays_and_all_is_in_range(xy):
    closed = close_gaps(xy)
    assert closed.shape == xy.shape
    assert np.isfinite(closed).all()
    assert np.abs(closed).max(initial=0) <= 1
    for axis in (0, 1):
        order = np.argsort(xy[:, axis], kind="stable")
        assert (np.diff(closed[order, axis]) >= -1e-6).all()


def test_two_islands_come_together_and_keep_their_shapes():
    rng = np.random.default_rng(0)
    island = rng.uniform(-0.1, 0.1, (50, 2))
    shift = np.array([0.9, 0])
    closed = close_gaps(np.vstack([island - shift, island + shift]))
    left, right = closed[:50], closed[50:]
    gap = right[:, 0].min() - left[:, 0].max()
    assert gap < 0.6
    scale = np.ptp(left, axis=0) / np.ptp(island, axis=0)
    np.testing.assert_allclose(left - left.mean(axis=0), (island - island.mean(axis=0)) * scale, atol=0.05)


def test_rows_without_a_place_have_none_afterwards():
    closed = close_gaps(np.array([[0, 0], [np.nan, 0], [1, 1]]))
    assert np.isnan(closed[1]).any()
    assert np.isfinite(closed[[0, 2]]).all()
    assert close_gaps(np.full((2, 2), np.nan)).shape == (2, 2)
