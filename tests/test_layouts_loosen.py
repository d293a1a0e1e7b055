"""Crowds of a projection make room for sprites, and who stands by whom stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from layout_checks import assert_inside
from scipy.spatial import cKDTree

from pixplot_widget.layouts import Layout
from pixplot_widget.layouts import loosen as module
from pixplot_widget.layouts.loosen import joined, loosened
from pixplot_widget.layouts.scatter import NO_VECTOR, inserted, scatter

POINTS = hnp.arrays(np.float32, st.tuples(st.integers(0, 60), st.just(2)), elements=st.floats(-1, 1, width=32))


def islands(n: int, sizes: float = 0.05) -> np.ndarray:
    """Crowds as UMAP makes them: float32 (n, 2), a dozen heaps of different sizes and some stragglers."""
    rng = np.random.default_rng(0)
    centers = rng.uniform(-0.9, 0.9, size=(12, 2))
    spreads = sizes * rng.uniform(0.2, 2, size=12)
    of = rng.integers(0, 12, size=n)
    xy = centers[of] + rng.normal(size=(n, 2)) * spreads[of, None]
    return np.clip(xy, -1, 1).astype(np.float32)


def hidden(layout: Layout, side: float) -> float:
    """Share of a sprite that others hide, on average: all are painted, one over the other, and what is seen counted."""
    cells = 1600
    corner = ((layout.xy.astype(float) + 1.2 - side / 2) / 2.4 * cells).round().astype(int)
    width = max(2, round(side / 2.4 * cells))
    picture = np.full((cells, cells), -1)
    for row in np.random.default_rng(1).permutation(len(layout)):
        x, y = corner[row]
        picture[y : y + width, x : x + width] = row
    return 1 - (picture >= 0).sum() / (len(layout) * width**2)


def kept_neighbors(before: np.ndarray, after: np.ndarray, k: int = 15) -> float:
    """Share of the k nearest that are among the 3 k nearest afterwards."""
    near = cKDTree(before).query(before, k + 1)[1][:, 1:]
    then = cKDTree(after).query(after, 3 * k + 1)[1][:, 1:]
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(near, then, strict=True)]))


@pytest.mark.parametrize(("n", "size_px"), [(300, 24), (2000, 10), (10_000, 4.5)])
def test_sprites_hardly_hide_each_other_at_first_sight_and_their_neighbors_stay(n, size_px):
    raw = scatter(islands(n))
    loose = loosened(raw)
    assert_inside(loose, n)
    assert loose.raw is raw
    assert loose.cell * 370 >= size_px  # 370 px a unit: a map of 1,200 x 800 px
    assert hidden(raw, loose.cell) > 0.4
    assert hidden(loose, loose.cell) < 0.15
    assert kept_neighbors(raw.xy, loose.xy) > 0.9


def test_the_same_positions_come_to_stand_the_same():
    raw = scatter(islands(500))
    assert np.array_equal(loosened(raw).xy, loosened(raw).xy)


@settings(max_examples=60, deadline=None)
@given(POINTS)
def test_any_positions_stay_positions(xy):
    loose = loosened(Layout(xy))
    assert_inside(loose, len(xy))
    if len(xy) > 1:
        assert 0 < loose.cell <= 0.22


@pytest.mark.parametrize("n", [2, 50, 3000])
def test_images_in_one_place_become_a_heap_with_room_for_each(n):
    loose = loosened(Layout(np.zeros((n, 2))))
    assert hidden(loose, loose.cell) < 0.35
    assert np.abs(loose.xy).max() > 0.8


def test_more_images_than_can_be_seen_stay_where_they_are(monkeypatch):
    monkeypatch.setattr(module, "MOST", 20)
    raw = scatter(islands(21))
    assert loosened(raw) is raw
    assert joined(raw, Layout(np.zeros((22, 2)))).xy.shape == (22, 2)


def test_rows_without_a_place_stand_below_under_their_caption():
    xy = islands(40)
    xy[[3, 5]] = np.nan
    loose = loosened(scatter(xy))
    assert_inside(loose, 40)
    assert [(caption.text, caption.count) for caption in loose.captions] == [(NO_VECTOR, 2)]
    assert loose.xy[[3, 5], 1].max() + loose.cell < np.delete(loose.xy[:, 1], [3, 5]).min()
    assert loose.apart.tolist() == [3, 5]


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 60), st.integers(0, 12), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_others_stand_still_while_rows_join_them(n, k, lost, seed):
    rng = np.random.default_rng(seed)
    before = rng.uniform(-1, 1, size=(n, 2)).astype(np.float32)
    raw = scatter(before)
    loose = loosened(raw)
    new = np.concatenate([rng.uniform(-1, 1, size=(k, 2)), np.full((lost, 2), np.nan)])
    more = joined(loose, inserted(raw, before, new))
    assert np.array_equal(more.xy[:n], loose.xy)
    assert np.isfinite(more.xy).all()
    assert np.abs(more.xy).max() <= 1
    assert more.apart.tolist() == list(range(n + k, n + k + lost))
    assert len(more.raw) == len(more) == n + k + lost
    assert [caption.count for caption in more.captions] == ([lost] if lost else [])


def test_a_row_that_joins_stands_by_those_like_it_and_on_none():
    before = islands(400)
    raw = scatter(before)
    loose = loosened(raw)
    of = np.arange(0, 400, 10)
    more = joined(loose, inserted(raw, before, before[of]))
    way = np.linalg.norm(more.xy[400:] - loose.xy[of], axis=1)
    assert np.median(way) < 2 * loose.cell
    nearest = cKDTree(more.xy).query(more.xy[400:], 2)[0][:, 1]
    assert np.median(nearest) > 0.5 * loose.cell
