from __future__ import annotations

import decimal
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from layout_checks import assert_inside

from pixplot_widget.layouts.custom import custom_layout, ticks

NUMBER = st.floats(-1e6, 1e6, allow_subnormal=False)
VALUE = st.one_of(st.none(), NUMBER, st.just(0), st.integers(-10, 10), st.just(np.inf), st.just("seven"))


@given(st.lists(st.tuples(VALUE, VALUE), max_size=60), st.floats(0.2, 5))
def test_positions_keep_the_order_of_both_columns(pairs, aspect):
    x, y = (pd.Series([pair[i] for pair in pairs], dtype=object) for i in (0, 1))
    layout = custom_layout(x, y, aspect=aspect)
    assert_inside(layout, len(pairs))
    number = [all(isinstance(v, (int, float)) and np.isfinite(v) for v in pair) for pair in pairs]
    placed = [i for i, good in enumerate(number) if good]
    for axis in (0, 1):
        for a in placed:
            for b in placed:
                if pairs[a][axis] < pairs[b][axis]:
                    assert layout.xy[a, axis] <= layout.xy[b, axis]
    # the others stand below all of them, counted
    others = [i for i, good in enumerate(number) if not good]
    if placed and others:
        assert layout.xy[others, 1].max() < layout.extra["frame"][1]
    assert [caption.count for caption in layout.captions] == ([len(others)] if others else [])
    odd = [any(v == np.inf or isinstance(v, str) for v in pair) for pair in pairs]
    assert [row for row, _ in layout.problems] == [i for i, bad in enumerate(odd) if bad]


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=40))
def test_ticks_stand_where_their_numbers_are(pairs):
    values = np.array(pairs)
    layout = custom_layout(values[:, 0], values[:, 1])
    for i, axis in enumerate(layout.extra["axes"]):
        low, high = values[:, i].min(), values[:, i].max()
        assert 1 <= len(axis["ticks"]) <= 12
        for at, text in axis["ticks"]:
            assert axis["start"] - 1e-5 <= at <= axis["end"] + 1e-5
            if high > low:
                expected = axis["start"] + (float(text) - low) / (high - low) * (axis["end"] - axis["start"])
                assert at == pytest.approx(expected, abs=2e-2)
    json.dumps(layout.extra)


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 12))
@example(10501850.0, 150.0, 3)
@example(1e9, 1e-3, 12)
def test_ticks_are_round_evenly_spaced_and_not_too_many(low, span, most):
    marks = ticks(low, low + span, most)
    assert len(marks) <= most + 1
    assert len({text for _, text in marks}) == len(marks)
    steps = np.diff([value for value, _ in marks])
    if len(steps):
        assert steps == pytest.approx(steps[0], rel=1e-3, abs=1e-9 * max(abs(low), 1))
        mantissa = steps[0] / 10.0 ** np.floor(np.log10(steps[0] * 1.0001))
        assert min(abs(mantissa - m) for m in (1, 2, 5, 10)) < 1e-2


def test_zero_is_a_value_and_missing_is_not():
    layout = custom_layout([0, 0, 4, None], [0, 2, 0, 0])
    x0, y0, x1, y1 = layout.extra["frame"]
    assert layout.xy[0] == pytest.approx([x0, y0], abs=1e-5)
    assert layout.xy[1] == pytest.approx([x0, y1], abs=1e-5)
    assert layout.xy[2] == pytest.approx([x1, y0], abs=1e-5)
    assert layout.xy[3, 1] < y0
    assert layout.problems == ()


def test_an_array_keeps_its_proportions_and_columns_fill_the_picture():
    tall = np.array([[0.0, 0.0], [1.0, 10.0]])
    assert np.ptp(custom_layout(tall).xy, axis=0) == pytest.approx([0.2, 2], abs=1e-5)
    assert np.ptp(custom_layout(tall[:, 0], tall[:, 1]).xy, axis=0) == pytest.approx([2, 4 / 3], abs=1e-5)
    assert np.ptp(custom_layout(tall, equal=False).xy, axis=0) == pytest.approx([2, 4 / 3], abs=1e-5)


def test_axes_bear_the_columns_names():
    df = pd.DataFrame({"age": [1, 2], "size": [3, 4]})
    assert [axis["name"] for axis in custom_layout(df["age"], df["size"]).extra["axes"]] == ["age", "size"]
    assert [axis["name"] for axis in custom_layout(df).extra["axes"]] == ["age", "size"]
    assert [axis["name"] for axis in custom_layout([[1, 2]]).extra["axes"]] == ["x", "y"]
    named = custom_layout([1], [2], names=("a", "b"))
    assert [axis["name"] for axis in named.extra["axes"]] == ["a", "b"]


def test_reasons_are_in_words():
    layout = custom_layout(["1", "seven", 3], pd.Series([1.0, 2.0, np.inf], name="size"))
    assert dict(layout.problems) == {1: "x 'seven' is not a number", 2: "size inf is not finite"}


@pytest.mark.parametrize(
    "values",
    [[], [None], [None] * 40, [7], [7] * 5, [True, False, None], pd.array([1, None], dtype="Int64"), [1e300, -1e300]],
)
def test_degenerate_columns(values):
    layout = custom_layout(values, values)
    assert_inside(layout, len(values))
    assert layout.problems == ()


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"\(n, 2\), not \(3, 3\)"):
        custom_layout(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="2 and 1"):
        custom_layout([1, 2], [1])
    with pytest.raises(TypeError, match="date layout"):
        custom_layout(pd.to_datetime(["2020-01-01"]), [1])
    with pytest.raises(ValueError, match="too far apart"):
        custom_layout([-1.7e308, 1.7e308], [0, 1])
    with pytest.raises(ValueError, match="aspect"):
        custom_layout([1], [1], aspect=-1)


def test_decimals_of_arrow_of_which_some_are_missing():
    pyarrow = pytest.importorskip("pyarrow")
    dtype = pd.ArrowDtype(pyarrow.decimal128(9, 2))
    x = pd.Series([decimal.Decimal("1.5"), None, decimal.Decimal("2.5")], dtype=dtype)
    layout = custom_layout(x, pd.Series([1.0, 2.0, 3.0]))
    assert (len(layout), layout.problems) == (3, ())
    assert layout.xy[0, 0] < layout.xy[2, 0]
