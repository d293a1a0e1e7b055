"""What users may call rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speed import quickest

from pixplot_widget.rows import to_positions

FRAME = pd.DataFrame({"category": list("aabbc")}, index=["p", "q", "r", "s", "t"])
REPEATED = pd.DataFrame({"category": list("aabb")}, index=["x", "y", "x", "z"])
LEVELS = pd.DataFrame(
    {"category": list("aabb")}, index=pd.MultiIndex.from_tuples([("u", 1), ("u", 2), ("v", 1), ("u", 1)])
)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (0, [0]),
        (np.int8(4), [4]),
        (np.array(3), [3]),
        ([3, 1], [3, 1]),
        ((2,), [2]),
        (range(1, 4), [1, 2, 3]),
        ({2}, [2]),
        ([3, 1, 3, 1], [3, 1]),
        (np.array([4, 0], dtype=np.uint8), [4, 0]),
        (np.array([1, 2], dtype=object), [1, 2]),
        (pd.Series([4, 2], index=["a", "b"]), [4, 2]),
        (pd.array([1, 2], dtype="Int64"), [1, 2]),
        ([], []),
        (np.array([]), []),
        (pd.Series([], dtype=object), []),
        (pd.Index([]), []),
        ([True, False, False, True, False], [0, 3]),
        (np.array([0, 1, 0, 0, 1], dtype=bool), [1, 4]),
        (pd.array([True, None, False, True, None], dtype="boolean"), [0, 3]),
        (np.array([True, False, False, False, False], dtype=object), [0]),
        (FRAME["category"] == "b", [2, 3]),
        (pd.Index(["t", "p"]), [4, 0]),
        (FRAME[FRAME["category"] == "a"], [0, 1]),
        (FRAME.index, [0, 1, 2, 3, 4]),
    ],
)
def test_everything_that_names_rows(rows, expected):
    positions = to_positions(FRAME, rows)
    assert positions.dtype == np.int64
    assert positions.tolist() == expected


def test_row_zero_is_a_row():
    assert to_positions(FRAME, 0).tolist() == [0]
    assert to_positions(FRAME, [0]).tolist() == [0]


def test_a_boolean_series_is_aligned_by_its_index_as_pandas_does():
    mask = (FRAME["category"] == "b")[::-1]
    assert to_positions(FRAME, mask).tolist() == [2, 3]
    assert FRAME[mask.reindex(FRAME.index)].index.tolist() == FRAME.iloc[to_positions(FRAME, mask)].index.tolist()
    with pytest.raises(ValueError, match="to_numpy"):
        to_positions(FRAME, mask.reset_index(drop=True))
    repeated = pd.Series([True, False, True, False], index=REPEATED.index)
    assert to_positions(REPEATED, repeated).tolist() == [0, 2]
    with pytest.raises(ValueError, match="another index"):
        to_positions(REPEATED, repeated[::-1])


def test_a_label_that_stands_on_several_rows_means_all_of_them():
    assert to_positions(REPEATED, pd.Index(["x"])).tolist() == [0, 2]
    assert to_positions(REPEATED, REPEATED.iloc[[2]]).tolist() == [0, 2]
    assert to_positions(REPEATED, pd.Index(["z", "x", "z"])).tolist() == [3, 0, 2]


def test_multiindex():
    assert to_positions(LEVELS, pd.MultiIndex.from_tuples([("v", 1), ("u", 1)])).tolist() == [2, 0, 3]
    assert to_positions(LEVELS, LEVELS.iloc[[1]]).tolist() == [1]
    with pytest.raises(KeyError, match="2 levels"):
        to_positions(LEVELS, pd.Index(["u"]))
    with pytest.raises(KeyError, match="'w', 9"):
        to_positions(LEVELS, pd.MultiIndex.from_tuples([("w", 9)]))


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        (5, IndexError, "no such row: 5. Positions are 0 to 4"),
        (-1, IndexError, "-1"),
        ([0, 7, 8], IndexError, "7, 8"),
        (np.array([2**63], dtype=np.uint64), IndexError, "9223372036854775808"),
        ([True, False], ValueError, "5, but this one has 2"),
        (np.zeros((2, 5), dtype=bool), ValueError, "one-dimensional"),
        (np.zeros((2, 2), dtype=int), ValueError, "one-dimensional"),
        (FRAME["category"].iloc[:3] == "a", ValueError, "5, but this one has 3"),
        (pd.Index(["p", "no", "nor"]), KeyError, "'no', 'nor'"),
        (pd.Index([0, 1]), KeyError, "0, 1"),
        ("p", TypeError, "'p'"),
        (["p"], TypeError, "'p'"),
        (FRAME["category"], TypeError, "'a'"),
        (1.0, TypeError, "1.0"),
        ([0.0, 1.0], TypeError, "float64"),
        (True, TypeError, "True"),
        ([True, 3], TypeError, "mix"),
        (None, TypeError, "None"),
        ({"a": 1}, TypeError, "dict"),
        (slice(0, 2), TypeError, "slice"),
        (object(), TypeError, "boolean mask"),
    ],
)
def test_bad_rows_are_named(rows, error, words):
    with pytest.raises(error) as caught:
        to_positions(FRAME, rows)
    assert words in str(caught.value)


def test_an_empty_frame_has_no_rows():
    empty = FRAME.iloc[:0]
    assert to_positions(empty, []).tolist() == []
    assert to_positions(empty, np.zeros(0, dtype=bool)).tolist() == []
    with pytest.raises(IndexError, match="empty"):
        to_positions(empty, 0)


@given(st.lists(st.integers(0, 4)), st.sampled_from([list, tuple, np.array, pd.Series]))
def test_each_row_once_in_order_of_first_mention(rows, kind):
    positions = to_positions(FRAME, kind(rows) if rows else kind([]))
    assert positions.tolist() == list(dict.fromkeys(rows))


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_mask_and_what_pandas_selects_are_the_same_rows(mask):
    expected = REPEATED.reset_index()[np.array(mask)].index.tolist()
    assert to_positions(REPEATED, mask).tolist() == expected
    assert to_positions(REPEATED, pd.Series(mask, index=REPEATED.index)).tolist() == expected


def test_a_hundred_thousand_rows_take_little_more_than_sorting_them():
    n = 100_000
    rng = np.random.default_rng(0)
    df = pd.DataFrame({"category": "a"}, index=[f"image-{i}" for i in range(n)])
    repeated = df.set_axis(df.index[rng.integers(0, n, n)])
    order = rng.permutation(n)
    df.index.is_unique, repeated.index.is_unique  # pandas builds its tables once a frame
    sorting = quickest(lambda: sorted(order.tolist()))
    for frame, rows in [
        (df, order),
        (df, order.tolist()),
        (df, df.index[order]),
        (df, pd.Series(True, index=df.index)),
        (repeated, repeated.index[:n:7]),
    ]:
        taken = quickest(lambda frame=frame, rows=rows: to_positions(frame, rows))
        assert taken < 10 * sorting, (taken, sorting)
