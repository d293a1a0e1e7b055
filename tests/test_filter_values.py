"""Filters compare values as pandas does, and exactly; what a value looks like does not count."""

from __future__ import annotations

import datetime
import decimal
import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from page import Page

from pixplot_widget.facets import kind_of
from pixplot_widget.facets.filters import Sieve
from pixplot_widget.labels import LabelColumn
from pixplot_widget.protocol import FilterWanted

BIG = 2**53


def sieve_of(series: pd.Series) -> Sieve:
    """By a label column, as a widget has it."""
    df = pd.DataFrame({"category": series})
    labels = LabelColumn(df["category"])
    return Sieve(
        lambda: df, "category", lambda: (labels.codes, labels.names), {}, label_values=lambda: list(labels.values)
    )


def beside(series: pd.Series) -> Sieve:
    """By a column beside the labels."""
    df = pd.DataFrame({"label": "x", "category": series})
    return Sieve(lambda: df, "label", lambda: (np.zeros(len(df), np.int32), ["x"]), {})


def passing(sieve: Sieve, wanted) -> list[bool]:
    return sieve.mask(sieve.check({"category": wanted})).tolist()


SMALL = st.integers(-3, 3)
NUMBERS = SMALL | st.floats(-3, 3, width=16) | st.sampled_from([BIG, BIG + 1, BIG + 2, -BIG - 1, float(BIG), 0.1, 0.25])
COLUMNS = st.one_of(
    st.lists(SMALL | st.none(), min_size=1, max_size=8).map(lambda v: pd.Series(v, dtype="Int64")),
    st.lists(SMALL | st.sampled_from([BIG, BIG + 1]), min_size=1, max_size=8).map(
        lambda v: pd.Series(v, dtype="int64")
    ),
    st.lists(SMALL, min_size=1, max_size=8).map(lambda v: pd.Series(v, dtype="int8")),
    st.lists(st.floats(-3, 3) | st.just(float(BIG)) | st.none(), min_size=1, max_size=8).map(
        lambda v: pd.Series(v, dtype="float64")
    ),
    st.lists(st.sampled_from([0.1, 0.25, 1.0, None]), min_size=1, max_size=8).map(
        lambda v: pd.Series(v, dtype="float32")
    ),
    st.lists(st.sampled_from([0, 1.5, 2, None]), min_size=1, max_size=8).map(pd.Categorical).map(pd.Series),
    st.lists(st.sampled_from(["1", "1.0", "a", None]), min_size=1, max_size=8).map(
        lambda v: pd.Series(v, dtype=object)
    ),
    st.lists(st.sampled_from([1, "1", 2, "a", None]), min_size=1, max_size=8).map(lambda v: pd.Series(v, dtype=object)),
)


@settings(max_examples=300, deadline=None)
@given(
    series=COLUMNS, wanted=NUMBERS | st.sampled_from(["1", "1.0", "a"]), number=st.sampled_from([np.int64, np.float64])
)
def test_a_value_finds_the_rows_that_pandas_finds(series, wanted, number):
    if isinstance(wanted, int) and abs(wanted) > BIG:
        assume(series.dtype.kind not in "fO")  # pandas rounds whole numbers where a column has floats
    for sieve in (sieve_of(series), beside(series)):
        kind = sieve.kinds().get("category")
        if kind == "text":
            expected = [isinstance(value, str) and str(wanted) in value for value in series]
        elif kind is None or (kind == "numbers" and isinstance(wanted, str)):
            continue  # refused in words
        else:
            whole = isinstance(wanted, float) and wanted.is_integer() and series.dtype in ("int64", "Int64")
            compared = series == (int(wanted) if whole else wanted)  # pandas rounds whole numbers beside a float
            expected = compared.fillna(False).astype(bool).tolist()
        assert passing(sieve, wanted) == expected
        if kind != "text" and isinstance(wanted, (int, float)) and number(wanted).item() == wanted:
            assert passing(sieve, number(wanted)) == expected


@settings(max_examples=200, deadline=None)
@given(series=COLUMNS, bound=NUMBERS | st.fractions(-3, 3) | st.decimals(-3, 3, places=2))
def test_bounds_are_exact(series, bound):
    sieve = beside(series)
    assume(series.notna().any())
    assume(sieve.kinds().get("category") == "numbers")
    narrow = series.dtype == "float32"

    def compares(value, holds) -> bool:
        if pd.isna(value):
            return False
        given = float(np.float32(float(bound))) if narrow else bound
        return holds(Fraction(float(value) if isinstance(value, (float, np.floating)) else int(value)), Fraction(given))

    for key, holds in {"min": lambda v, b: v >= b, "max": lambda v, b: v <= b}.items():
        mask = sieve.mask(sieve.check({"column": "category", key: bound}))
        assert mask.tolist() == [compares(value, holds) for value in series]


@pytest.mark.parametrize("make_sieve", [sieve_of, beside])
@pytest.mark.parametrize(
    ("values", "wanted", "found"),
    [
        (pd.Series([True, False, True]), True, [1, 0, 1]),
        (pd.Series([True, False, True]), 1, [0, 0, 0]),
        (pd.Categorical([1, 0, 1]), True, [0, 0, 0]),
        (pd.Series([1, True, "1", 1], dtype=object), 1, [1, 0, 0, 1]),
        (pd.Series([1, True, "1", 1], dtype=object), True, [0, 1, 0, 0]),
        (pd.Series([1, True, "1", 1], dtype=object), "1", [0, 0, 1, 0]),
        (pd.Categorical(["a", None, "a"]), pd.NA, [0, 1, 0]),
        (pd.Categorical(["a", None, "a"]), np.nan, [0, 1, 0]),
        (pd.Categorical(["a", None, "a"]), [pd.NaT, "a"], [1, 1, 1]),
        (pd.Categorical([BIG, BIG + 1, BIG]), BIG + 1, [0, 1, 0]),
        (pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02"])), pd.Timestamp("2020-01-01"), [1, 0]),
        (pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02"])), np.datetime64("2020-01-01"), [1, 0]),
        (pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02"])), datetime.date(2020, 1, 1), [1, 0]),
        (pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02"])), "2020-01-01", [1, 0]),
        (pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02"])), datetime.datetime(2020, 1, 1, 0, 0, 1), [0, 0]),
        (pd.Categorical(pd.to_timedelta(["1 day", "2 days"])), pd.Timedelta("1 day"), [1, 0]),
    ],
)
def test_values_of_one_kind_and_of_many(make_sieve, values, wanted, found):
    assert passing(make_sieve(pd.Series(values)), wanted) == [bool(each) for each in found]


def test_decimals_are_numbers():
    series = pd.Series([decimal.Decimal("0.1"), decimal.Decimal("1.0"), None, decimal.Decimal("0.1")], dtype=object)
    assert kind_of(series) == "categories"
    assert passing(beside(series), 1) == [False, True, False, False]
    assert passing(beside(series), 0.1) == (series == 0.1).tolist()
    many = pd.Series([decimal.Decimal(k) / 10 for k in range(9)], dtype=object)
    assert kind_of(many) == "numbers"
    assert beside(many).mask(beside(many).check({"column": "category", "min": decimal.Decimal("0.7")})).sum() == 2


@pytest.mark.parametrize("label", ["Europe/Berlin", "America/New_York", "UTC"])
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_dates_with_a_time_zone(label, unit):
    moments = pd.date_range("2020-03-28 22:30", periods=40, freq="h", tz=label, unit=unit)
    sieve = beside(pd.Series(moments))
    at = moments[7]
    for same in (at, at.tz_convert("Asia/Tokyo"), at.isoformat(), at.to_pydatetime(), str(at.tz_localize(None))):
        assert passing(sieve, same) == (moments == at).tolist()
        kept = sieve.check({"column": "category", "min": same})
        assert sieve.mask(kept).tolist() == (moments >= at).tolist()
        assert (
            sieve.mask(sieve.from_page(json.loads(json.dumps(sieve.to_page(kept))))).tolist()
            == (moments >= at).tolist()
        )
    day = "2020-03-29"  # of 23 hours in Berlin
    assert passing(sieve, day) == (moments.tz_localize(None).strftime("%Y-%m-%d") == day).tolist()


def test_a_bound_with_a_time_zone_needs_a_column_with_one():
    sieve = beside(pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"])))
    with pytest.raises(ValueError, match="'category' holds dates without a time zone"):
        sieve.check({"column": "category", "min": pd.Timestamp("2020-01-01", tz="UTC")})


def test_nanoseconds_count():
    stamps = pd.Series(pd.to_datetime([10**18, 10**18 + 1, 10**18 + 2]).astype("datetime64[ns]"))
    assert passing(beside(stamps), stamps[1]) == [False, True, False]


@pytest.mark.parametrize("values", [[1, "1", 2.5, True, None, 1.0], [True, "True", 1, 0, "0", None]])
@pytest.mark.parametrize("make_sieve", [sieve_of, beside])
def test_a_page_names_each_category_apart(make_sieve, values):
    """What a page ticks is a name of the column's; the rows are those that bear it, and it survives page and file."""
    sieve = make_sieve(pd.Series(values * 2, dtype=object))
    column = sieve.facet("category")
    assert len(set(column.names)) == len(column.names)
    for code, name in enumerate(column.names):
        read = sieve.from_page([{"column": "category", "any": [name]}])
        assert sieve.mask(read)[column.codes == code].all()
        (told,) = json.loads(json.dumps(sieve.to_page(read)))
        assert name in told["any"]
        again = sieve.from_json(json.loads(json.dumps(sieve.to_json(read))))
        np.testing.assert_array_equal(sieve.mask(again), sieve.mask(read))


@pytest.mark.parametrize("wanted", ["1", 3, pd.Timestamp("2020-01-01"), [1, "1"]])
def test_a_value_that_no_row_has_stays_what_it_is(wanted):
    """Its text may be the name of another one."""
    sieve = sieve_of(pd.Series([1, 2, 1]))
    checked = sieve.check({"category": wanted})
    back = sieve.from_page(json.loads(json.dumps(sieve.to_page(checked))))
    assert back == checked
    np.testing.assert_array_equal(sieve.mask(sieve.from_json(sieve.to_json(checked))), sieve.mask(checked))


@pytest.mark.parametrize("bound", [BIG + 1, 2**60 + 1, decimal.Decimal("0.1"), Fraction(1, 3), 0.1])
def test_a_bound_that_a_page_cannot_hold_comes_back_as_it_was(bound):
    sieve = beside(pd.Series([1, 2, 2**60 + 1]))
    checked = sieve.check({"column": "category", "max": bound})
    told = json.loads(json.dumps(sieve.to_page(checked)), parse_int=float)  # as JavaScript reads it
    told = [{key: int(value) if key == "known" else value for key, value in each.items()} for each in told]
    assert sieve.from_page(told) == checked


def test_tags_are_found_by_number_and_by_text():
    sieve = beside(pd.Series([[1, "a"], ["1", "2"], None, np.array(["b"], dtype=object)]))
    assert sieve.facet("category").kind == "tags"
    assert passing(sieve, 1) == [True, True, False, False]
    assert passing(sieve, 2.0) == [False, True, False, False]
    assert passing(sieve, ["b", None]) == [False, False, True, True]


@pytest.mark.parametrize("values", [[{"a": 1}, {"a": 2}], [[1], {"a": 1}], [np.zeros(2), np.ones(2)]])
def test_columns_that_hold_no_single_values_are_refused_in_words(values):
    with pytest.raises(KeyError, match="'category' holds nothing to filter by: its values are of type"):
        beside(pd.Series(values, dtype=object)).check({"category": 1})


def test_what_is_wanted_is_single_values():
    for wanted in ([["a"]], [{"a": 1}], [{1, 2}]):
        with pytest.raises(TypeError, match="takes single values"):
            sieve_of(pd.Series(["a", "b"])).check({"column": "category", "any": wanted})


def test_conditions_that_pages_hand_back_by_number_are_bounded():
    sieve = beside(pd.Series(range(8)))
    kept = [sieve.check(np.array([bool(k >> bit & 1) for bit in range(8)])) for k in range(60)]
    told = [sieve.to_page(each) for each in kept]
    assert len(sieve._handed) < 20
    np.testing.assert_array_equal(sieve.from_page(told[-1])[0]["rows"], kept[-1][0]["rows"])
    with pytest.raises(ValueError, match="no longer known"):
        sieve.from_page(told[0])
    assert sieve.to_page(kept[-1]) == sieve.to_page(sieve.check(kept[-1][0]["rows"])) == told[-1]  # the same, once
    many = [{"rows": np.arange(8) == k % 8, "query": f"{k}"} for k in range(50)]
    assert len(sieve.from_page(sieve.to_page(sieve.check(many)))) == 50  # of one filter none is forgotten


def test_what_a_page_ticks_is_read_as_values(make):
    df = pd.DataFrame({"category": [1.0, 2.0, None, 1.0], "grade": pd.Categorical([1, 2, 2, 1])})
    plot = make(df=df)
    page = Page(plot)
    page.hello()
    page.say(FilterWanted(client="page", seq=1, conditions=[{"column": "category", "any": ["1"]}]))
    page.wait_part("filter", lambda part: part.seq == 1)
    assert plot.filter == [{"column": "category", "any": [1.0]}]
    assert plot.filtered.index.tolist() == [0, 3]
    plot.filter = {"grade": 1.0}
    told = page.wait_part("filter", lambda part: part.conditions[0]["column"] == "grade")
    assert told.conditions[0]["any"] == ["1"]
    assert told.mask.tolist() == [1, 0, 0, 1]
