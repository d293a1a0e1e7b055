from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout_checks import assert_apart, assert_inside

from pixplot_widget.layouts.dates import UNITS, date_layout

DATETIMES = st.one_of(st.datetimes(), st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 3)))
UNIT = st.sampled_from([None, *UNITS])


def assert_in_order(layout, moments):
    """Rows run through time: column by column from the left, each from the bottom line by line; the rest apart."""
    known = [i for i, moment in enumerate(moments) if not pd.isna(moment)]
    if not known:
        return
    unit = UNITS[layout.extra["unit"]]
    bucket = unit.number(np.array([moments[i] for i in known], dtype="datetime64[us]"))
    xy = np.round(layout.xy[known] / layout.cell, 2)
    drawn = [known[k] for k in np.lexsort([xy[:, 0], xy[:, 1], bucket])]
    assert [moments[i] for i in drawn] == sorted(moments[i] for i in known)
    # a column ends before the next begins
    spans = [(xy[bucket == b, 0].min(), xy[bucket == b, 0].max()) for b in np.unique(bucket)]
    assert all(end + 1 < start for (_, end), (start, _) in itertools.pairwise(spans))
    assert xy[:, 1].min() == pytest.approx(min(xy[bucket == b, 1].min() for b in bucket))
    missing = [i for i in range(len(moments)) if i not in set(known)]
    if missing:
        assert layout.xy[missing, 0].min() > layout.xy[known, 0].max() + layout.cell


@given(st.lists(st.one_of(st.none(), DATETIMES), max_size=60), UNIT, st.floats(0.3, 4))
def test_columns_run_through_time(moments, unit, aspect):
    layout = date_layout(moments, unit, aspect)
    assert_inside(layout, len(moments))
    assert_apart(layout) if moments else None
    assert_in_order(layout, moments)
    columns = layout.captions[: layout.extra.get("columns", 0)]
    missing = sum(moment is None for moment in moments)
    assert sum(caption.count for caption in columns) == len(moments) - missing
    assert all(a.x < b.x for a, b in itertools.pairwise(columns))
    assert len({caption.text for caption in columns}) == len(columns)
    if missing:
        assert (layout.captions[-1].text, layout.captions[-1].count) == ("unknown date", missing)


@given(st.lists(st.integers(-4000, 3000), min_size=1, max_size=60))
def test_years_before_the_calendar_are_in_order_too(years):
    layout = date_layout(np.array(years))
    assert layout.extra["unit"] in ("year", "decade", "century")
    assert_inside(layout, len(years))
    assert_apart(layout)
    x = layout.xy[:, 0].astype(float)
    number = [year // {"year": 1, "decade": 10, "century": 100}[layout.extra["unit"]] for year in years]
    for a, b in itertools.combinations(range(len(years)), 2):
        if number[a] < number[b]:
            assert x[a] < x[b]


@pytest.mark.parametrize(
    ("values", "unit", "first"),
    [
        (pd.date_range("2020-05-05 06:10", periods=30, freq="50min"), "hour", "5 May 2020, 6:00"),
        (pd.date_range("2020-05-05 06:10", periods=30, freq="30h"), "day", "5 May 2020"),
        (pd.date_range("2020-01-01", periods=30, freq="D"), "day", "1 Jan 2020"),
        (pd.date_range("2020-01-01", periods=200, freq="D"), "week", "week of 30 Dec 2019"),
        (pd.date_range("2020-01-01", periods=1000, freq="D"), "month", "Jan 2020"),
        (pd.date_range("1990-01-01", periods=1000, freq="12D"), "year", "1990"),
        ([1850, 1851], "year", "1850"),
        (["1850", "1899-05"], "year", "1850"),
        (range(1500, 2000, 7), "decade", "1500s"),
        (range(-500, 2000, 7), "century", "-500 to -401"),
        ([dt.date(1492, 10, 12), dt.date(1492, 10, 12)], "day", "12 Oct 1492"),
    ],
)
def test_the_unit_follows_from_the_span_and_from_what_the_dates_say(values, unit, first):
    layout = date_layout(pd.Series(values))
    assert layout.extra["unit"] == unit
    assert layout.captions[0].text == first


def test_the_second_line_of_captions_says_what_the_columns_belong_to():
    layout = date_layout(pd.date_range("1999-11-01", periods=6, freq="MS"))
    months, years = layout.captions[:6], layout.captions[6:]
    assert [caption.text for caption in years] == ["1999", "2000"]
    assert [caption.count for caption in years] == [2, 4]
    assert all(caption.y < months[0].y for caption in years)
    left, right = years[0].x - years[0].width / 2, years[0].x + years[0].width / 2
    assert left < months[0].x < months[1].x < right < months[2].x


def test_one_wrong_date_does_not_decide_how_the_others_are_shown():
    years = [*range(1950, 2000)] * 10 + [1, 9999]
    layout = date_layout(years)
    assert layout.extra["unit"] == "year"
    # the empty centuries take little room
    assert 50 * layout.cell < np.ptp(layout.xy[:-2, 0])
    assert np.ptp(layout.xy[:-2, 0]) > 0.8 * np.ptp(layout.xy[:, 0])


def test_time_zones_keep_their_own_clock_and_order():
    # the clock is put back at 3:00 on 25 October 2020: 2:30 comes twice
    moments = pd.date_range("2020-10-25 00:00", periods=8, freq="30min", tz="UTC").tz_convert("Europe/Paris")
    layout = date_layout(pd.Series(moments))
    assert [(c.text, c.count) for c in layout.captions[:2]] == [("25 Oct 2020, 2:00", 4), ("25 Oct 2020, 3:00", 2)]
    column = layout.xy[:4]
    assert np.lexsort([column[:, 0], column[:, 1]]).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.period_range("1400", periods=5, freq="D")),
        pd.Series(pd.period_range("1400-01", periods=5, freq="M")),
        pd.Series(pd.period_range("2020-01-01", periods=5, freq="h")),
        np.array(["1066-10-14", "NaT", "1067-01-01"], dtype="datetime64[s]"),
        pd.Categorical(["1999", "2001", None]),
        pd.array([1999, None], dtype="Int64"),
        pd.array(["1999-01-01", None], dtype="string"),
        [dt.date(1, 1, 1), dt.datetime(9999, 12, 31), pd.Timestamp("2020-01-01", tz="UTC"), pd.Period("1500"), 3.5],
        [],
        [None] * 20,
        ["only 1 of 2"],
        [2000] * 500,
        pd.Series([], dtype="datetime64[ns]"),
    ],
)
def test_every_kind_of_column(values):
    layout = date_layout(values)
    assert_inside(layout, len(values))
    if len(values):
        assert_apart(layout)


def test_what_is_no_date_is_reported_and_stands_with_the_unknown():
    layout = date_layout(["1999", "soon", None, "2001"])
    assert layout.problems == ((1, "'soon' is no date"),)
    assert layout.captions[-1].count == 2


def test_bad_arguments():
    with pytest.raises(ValueError, match="one of hour, day, week"):
        date_layout([1999], unit="minute")
    with pytest.raises(ValueError, match="aspect"):
        date_layout([1999], aspect=0)


def test_months_say_their_year_where_it_begins():
    layout = date_layout(pd.Series(["2019-11-30", "2019-12-01", "2020-02-03", "2020-02-04", "2020-03-05"]), unit="day")
    assert [caption.text for caption in layout.captions[5:]] == ["Nov 2019", "Dec", "Feb 2020", "Mar"]
