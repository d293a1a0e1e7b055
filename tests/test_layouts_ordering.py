from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout_checks import assert_apart, assert_inside

from pixplot_widget.layouts.ordering import sorted_layout


def read(layout):
    """The rows in the order in which their sprites are read."""
    x, y = np.round(layout.xy / layout.cell, 2).T
    return np.lexsort([x, -y]).tolist()


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5), st.floats(-3, 3))), st.booleans(), st.floats(0.1, 10))
def test_reading_order_is_sorted_order_with_missing_last(values, ascending, aspect):
    layout = sorted_layout(values, ascending, aspect)
    assert_inside(layout, len(values))
    assert_apart(layout)
    known = [i for i, value in enumerate(values) if value is not None]
    missing = [i for i, value in enumerate(values) if value is None]
    sign = 1 if ascending else -1
    assert read(layout) == sorted(known, key=lambda i: sign * values[i]) + missing


def test_equal_values_keep_their_order_both_ways():
    assert read(sorted_layout(["a"] * 7)) == list(range(7))
    assert read(sorted_layout(["a"] * 7, ascending=False)) == list(range(7))


def test_text_is_sorted_without_regard_to_case():
    assert read(sorted_layout(["b", "A", "a", "B"])) == [1, 2, 0, 3]


def test_categories_are_sorted_in_their_own_order():
    sizes = pd.Categorical(["large", "small", "medium"], categories=["small", "medium", "large"], ordered=True)
    assert read(sorted_layout(pd.Series(sizes))) == [1, 2, 0]


@pytest.mark.parametrize(
    "values",
    [
        [3, "three", None, 2.5],
        [["cat", "red"], "cat", None],
        [dt.date(2020, 1, 2), pd.Timestamp("2020-01-01", tz="UTC"), None],
        pd.Series([b"x", "x", 1]),
    ],
)
def test_values_that_do_not_compare_are_sorted_as_text(values):
    layout = sorted_layout(values)
    assert_inside(layout, len(values))
    assert_apart(layout)


def test_cells_touch_and_the_aspect_is_kept():
    layout = sorted_layout(np.arange(600), aspect=1.5)
    x, y = np.unique(np.round(layout.xy, 5)[:, 0]), np.unique(np.round(layout.xy, 5)[:, 1])
    assert (len(x), len(y)) == (30, 20)
    assert np.diff(x) == pytest.approx(layout.cell, abs=1e-4)
    assert not layout.captions


def test_missing_rows_are_below_a_gap_with_their_caption_and_count():
    layout = sorted_layout([1.0, None, 2.0, float("nan")])
    (caption,) = layout.captions
    assert (caption.text, caption.count) == ("no value", 2)
    below, above = layout.xy[[1, 3], 1].max(), layout.xy[[0, 2], 1].min()
    assert below < caption.y < above
    assert above - below > layout.cell * 1.9


@pytest.mark.parametrize("values", [[], [None], [None] * 9, ["only"], pd.Series([], dtype="datetime64[ns]")])
def test_degenerate_columns(values):
    layout = sorted_layout(values)
    assert_inside(layout, len(values))
    assert_apart(layout)


def test_the_index_of_a_series_plays_no_part():
    series = pd.Series([2, 1, 3], index=[7, 7, 7])
    assert read(sorted_layout(series)) == [1, 0, 2]


def test_two_dimensions_and_a_bad_aspect_are_refused():
    with pytest.raises(ValueError, match="one column"):
        sorted_layout(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="aspect"):
        sorted_layout([1, 2], aspect=0)
