from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from layout_checks import assert_apart, assert_inside

from pixplot_widget.layouts.custom import custom_layout
from pixplot_widget.layouts.spread import spread_layout, spread_points

COORDINATE = st.one_of(st.floats(-100, 100), st.sampled_from([0.0, 1.0, np.nan]))
SCATTERS = hnp.arrays(np.float64, st.tuples(st.integers(0, 80), st.just(2)), elements=COORDINATE)


@given(SCATTERS, st.floats(0.05, 1))
def test_no_two_sprites_share_a_cell(xy, fill):
    layout = spread_layout(xy, fill)
    assert_inside(layout, len(xy))
    missing = np.isnan(xy).any(axis=1)
    if len(xy):
        assert_apart(layout)
    assert [caption.count for caption in layout.captions] == ([missing.sum()] if missing.any() else [])
    if missing.any() and not missing.all():
        assert layout.xy[missing, 1].max() < layout.xy[~missing, 1].min() - layout.cell


@given(SCATTERS.map(np.nan_to_num), st.floats(0.05, 1))
def test_points_move_no_further_than_the_heap_they_were_in(points, fill):
    moved, cell = spread_points(points, fill)
    if len(points):
        # In the worst case all lie on one spot: then the heap is a disc, or what of one fits into a dense grid.
        worst = np.linalg.norm(moved - points, axis=1).max()
        assert worst <= cell * 2.5 * np.sqrt(len(points)) + 2 * cell


def test_what_does_not_overlap_hardly_moves():
    column, line = np.meshgrid(np.arange(20), np.arange(15))
    xy = np.column_stack([column.ravel(), line.ravel()]).astype(float)
    moved, cell = spread_points(xy, 0.2)
    assert cell < 0.5
    assert np.abs(moved - xy).max() <= cell * 0.51


def test_a_heap_becomes_a_disc_around_its_place():
    heaps = np.repeat([[0.0, 0.0], [10.0, 0.0], [5.0, 8.0], [5.0, 4.0]], 400, axis=0)
    moved, cell = spread_points(heaps, 0.2)
    disc = moved[1200:]
    assert disc.mean(axis=0) == pytest.approx([5, 4], abs=2.5 * cell)
    # 400 cells in a disc reach 11.3 cells from the middle; a square of them 14
    assert np.linalg.norm(disc - disc.mean(axis=0), axis=1).max() < 13 * cell


def test_more_fill_makes_larger_sprites_and_1_a_dense_grid():
    xy = np.random.default_rng(0).normal(size=(300, 2))
    cells = [spread_layout(xy, fill).cell for fill in (0.05, 0.2, 0.5, 1)]
    assert cells == sorted(cells)
    dense = spread_layout(xy, 1)
    covered = np.prod(np.ptp(dense.xy, axis=0) + dense.cell) / dense.cell**2
    assert covered < 1.2 * 300


def test_custom_positions_spread_with_their_axes_and_missing_rows_apart():
    x, y = [0, 0, 0, 0, 10, None], [5, 5, 5, 5, 0, 1]
    plain, layout = custom_layout(x, y), custom_layout(x, y, fill=0.1)
    assert_inside(layout, 6)
    assert_apart(layout)
    assert layout.cell
    assert layout.captions[0].text == "no value"
    assert layout.xy[5, 1] < layout.xy[:5, 1].min() - layout.cell
    # the axes still say where the images were: 10 is under the one at 10, within a cell
    for made in (plain, layout):
        tick = dict((text, at) for at, text in made.extra["axes"][0]["ticks"])["10"]
        assert made.xy[4, 0] == pytest.approx(tick, abs=made.cell or 1e-5)


@pytest.mark.parametrize(
    "xy",
    [
        np.zeros((0, 2)),
        np.zeros((1, 2)),
        np.zeros((500, 2)),
        np.column_stack([np.arange(500.0), np.zeros(500)]),
        np.column_stack([np.zeros(500), np.arange(500.0) * 1e-9]),
        np.full((9, 2), np.nan),
        np.array([[0, 0], [1e9, 1e9]]),
    ],
)
@pytest.mark.parametrize("fill", [0.05, 0.3, 1])
def test_degenerate_scatters(xy, fill):
    layout = spread_layout(xy, fill)
    assert_inside(layout, len(xy))
    if len(xy):
        assert_apart(layout)


def test_bad_arguments():
    with pytest.raises(ValueError, match="fill must be from"):
        spread_layout(np.zeros((3, 2)), 0)
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        spread_layout(np.zeros(3))
