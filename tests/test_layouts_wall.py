from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout_checks import assert_apart, assert_disjoint, assert_inside, boxes_of

from pixplot_widget.layouts.wall import wall_layout

VALUES = st.one_of(st.none(), st.sampled_from("abcdef"))


@given(st.lists(st.tuples(VALUES, VALUES), max_size=120), st.floats(0.3, 3))
def test_every_sprite_is_in_the_box_of_its_pair(pairs, aspect):
    given_, predicted = [a for a, _ in pairs], [b for _, b in pairs]
    layout = wall_layout(given_, predicted, aspect)
    assert_inside(layout, len(pairs))
    if not pairs:
        return
    assert_apart(layout)
    wall = layout.extra["wall"]
    half = layout.cell / 2
    for (row, column), (x, y) in zip(pairs, layout.xy, strict=True):
        x0, x1 = wall["x"][wall["columns"].index(column or "no value")]
        y0, y1 = wall["y"][wall["rows"].index(row or "no value")]
        assert x0 - 1e-5 <= x - half < x + half <= x1 + 1e-5
        assert y0 - 1e-5 <= y - half < y + half <= y1 + 1e-5
    codes = np.unique([f"{a}/{b}" for a, b in pairs], return_inverse=True)[1].reshape(-1)
    assert_disjoint(boxes_of(layout, codes))


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=60))
def test_both_axes_are_captioned_with_counts(pairs):
    layout = wall_layout([a for a, _ in pairs], [b for _, b in pairs])
    wall = layout.extra["wall"]
    rows, columns = layout.captions[: len(wall["rows"])], layout.captions[len(wall["rows"]) :]
    assert [caption.text for caption in rows] == wall["rows"]
    assert [caption.text for caption in columns] == wall["columns"]
    assert sum(caption.count for caption in rows) == sum(caption.count for caption in columns) == len(pairs)
    assert all(caption.x + caption.width / 2 <= layout.xy[:, 0].min() for caption in rows)
    assert all(caption.y > layout.xy[:, 1].max() for caption in columns)
    assert all(a.y > b.y for a, b in itertools.pairwise(rows))
    assert all(a.x < b.x for a, b in itertools.pairwise(columns))


def test_agreement_is_the_diagonal():
    wall = wall_layout([*list("aaabbc"), None], [*list("aabbcc"), "d"]).extra["wall"]
    assert wall["rows"] == ["a", "b", "c", "no value"]
    assert wall["columns"] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("n", [0, 1, 7])
def test_nothing_but_missing(n):
    layout = wall_layout([None] * n, [None] * n)
    assert_inside(layout, n)


def test_five_thousand_rows_and_columns():
    rng = np.random.default_rng(1)
    layout = wall_layout(rng.integers(0, 5000, 20_000), pd.Series(rng.integers(0, 5000, 20_000)).astype(str))
    assert_inside(layout, 20_000)
    assert len(layout.captions) > 9000


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="3 and 2 rows"):
        wall_layout(["a", "b", "c"], ["a", "b"])
