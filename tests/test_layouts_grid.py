from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from layout_checks import assert_apart, assert_inside
from scipy.spatial import cKDTree

from pixplot_widget.layouts import assignment, grid
from pixplot_widget.layouts.grid import grid_layout

COORDINATE = st.one_of(st.floats(-100, 100), st.sampled_from([0.0, 1.0, np.nan]))
SCATTERS = hnp.arrays(np.float64, st.tuples(st.integers(0, 80), st.just(2)), elements=COORDINATE)


@pytest.fixture(params=["exact", "fast"])
def method(request, monkeypatch):
    if request.param == "fast":
        monkeypatch.setattr(grid, "EXACT", 0)


def blobs(n, seed=0):
    rng = np.random.default_rng(seed)
    center, width = rng.uniform(0, 10, (12, 2)), rng.uniform(0.1, 0.8, (12, 1))
    which = rng.integers(0, 12, n)
    return center[which] + rng.normal(size=(n, 2)) * width[which]


@given(SCATTERS, st.floats(0.2, 5), st.booleans())
def test_no_two_sprites_share_a_cell(xy, aspect, fast):
    with pytest.MonkeyPatch.context() as patch:
        if fast:
            patch.setattr(grid, "EXACT", 0)
        layout = grid_layout(xy, aspect)
    assert_inside(layout, len(xy))
    missing = np.isnan(xy).any(axis=1)
    if len(xy):
        assert_apart(layout)
    assert [caption.count for caption in layout.captions] == ([missing.sum()] if missing.any() else [])
    if missing.any() and not missing.all():
        assert layout.xy[missing, 1].max() < layout.xy[~missing, 1].min() - layout.cell


@given(st.integers(20, 400), st.floats(0.2, 5))
def test_the_grid_is_dense_and_has_the_aspect(n, aspect):
    layout = grid_layout(np.random.default_rng(n).normal(size=(n, 2)), aspect)
    column = np.rint((layout.xy[:, 0] - layout.xy[:, 0].min()) / layout.cell).astype(int)
    line = np.rint((layout.xy[:, 1].max() - layout.xy[:, 1]) / layout.cell).astype(int)
    cells = line * (column.max() + 1) + column
    assert sorted(cells) == list(range(n))
    assert (column.max() + 1) / np.sqrt(n) == pytest.approx(np.sqrt(aspect), abs=1)


def test_a_scatter_that_is_a_grid_stays_as_it_is(method):
    rng = np.random.default_rng(0)
    column, line = np.meshgrid(np.arange(30), np.arange(20))
    xy = np.column_stack([column.ravel(), line.ravel()])[rng.permutation(600)] + rng.uniform(-0.1, 0.1, (600, 2))
    layout = grid_layout(xy, aspect=1.5)
    middle = xy - [14.5, 9.5]
    assert layout.xy == pytest.approx(middle * layout.cell, abs=0.3 * layout.cell)


@pytest.mark.parametrize("n", [grid.EXACT, 5000])
def test_neighbors_stay_neighbors(n):
    xy = blobs(n)
    layout = grid_layout(xy)
    near = cKDTree(xy).query(xy, k=9)[1][:, 1:]
    steps = np.abs(layout.xy[near] - layout.xy[:, None]).max(axis=2) / layout.cell
    assert (steps < 2.5).mean() > 0.7


def test_the_fast_method_is_nearly_as_good_as_the_exact_one():
    xy = blobs(600)
    cells = np.column_stack(np.divmod(np.arange(600), 30)[::-1]).astype(float)
    points = (xy - xy.min(axis=0)) / np.ptp(xy, axis=0) * [29, 19]
    best = assignment.exact(points, cells)
    halved = assignment.halve(points, cells)
    fast = assignment.improve(points, halved, 30, 600, grid.SWEEPS)
    cost = [((points - cells[cell]) ** 2).sum() for cell in (best, fast, halved)]
    assert cost[0] * (1 - 1e-9) <= cost[1] <= 1.08 * cost[0]
    assert cost[1] < cost[2]


@given(SCATTERS.map(np.nan_to_num), st.integers(1, 12), st.integers(0, 20))
def test_improving_never_makes_an_assignment_worse(points, columns, spare):
    usable = len(points) + spare
    cells = np.column_stack(np.divmod(np.arange(usable), columns)[::-1]).astype(float)
    start = np.random.default_rng(len(points)).permutation(usable)[: len(points)]
    end = assignment.improve(points, start, columns, usable, 30)
    assert len(np.unique(end)) == len(points)
    assert ((end >= 0) & (end < usable)).all()
    before, after = (((points - cells[cell]) ** 2).sum() for cell in (start, end))
    assert after <= before + 1e-6 * (1 + before)


@given(SCATTERS.map(np.nan_to_num))
def test_halving_gives_every_point_a_cell_of_its_own(points):
    cells = np.random.default_rng(0).permutation(200)[: len(points)]
    found = assignment.halve(points, np.column_stack(np.divmod(cells, 20)).astype(float))
    assert sorted(found) == list(range(len(points)))


def test_the_same_scatter_gives_the_same_grid(method):
    xy = blobs(400)
    assert (grid_layout(xy).xy == grid_layout(xy).xy).all()


@pytest.mark.parametrize(
    "xy", [np.zeros((500, 2)), np.column_stack([np.arange(500.0), np.zeros(500)]), np.full((9, 2), np.nan)]
)
def test_degenerate_scatters(xy, method):
    layout = grid_layout(xy)
    assert_inside(layout, len(xy))
    assert_apart(layout)


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"\(n, 2\), not \(3, 3\)"):
        grid_layout(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="aspect"):
        grid_layout(np.zeros((3, 2)), aspect=0)
