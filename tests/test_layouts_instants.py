from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixplot_widget.layouts.instants import instants


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1850", "1850-01-01"),
        ("-500", "-500-01-01"),
        ("500 BC", "-500-01-01"),
        (1850, "1850-01-01"),
        (1850.0, "1850-01-01"),
        (1850.5, "1850-07-01"),
        ("1850-05", "1850-05-01"),
        ("2019-05-06", "2019-05-06"),
        ("2019/5/6", "2019-05-06"),
        ("2019:05:06 12:30:01", "2019-05-06T12:30:01"),
        ("2019-05-06T12:30:00.25", "2019-05-06T12:30:00.25"),
        ("2019-05-06 1:30 PM", "2019-05-06T13:30"),
        ("2019-05-06 12:30 am", "2019-05-06T00:30"),
        (20190506, "2019-05-06"),
        ("20190506_123001", "2019-05-06T12:30:01"),
        ("6.5.2019", "2019-05-06"),
        ("05/06/2019", "2019-05-06"),
        ("25/06/2019 10:00", "2019-06-25T10:00"),
        ("May 1850", "1850-05-01"),
        ("6 May 2019", "2019-05-06"),
        ("6-MAY-2019", "2019-05-06"),
        ("Mon, 6th May 2019 12:30", "2019-05-06T12:30"),
        ("September 6, 2019", "2019-09-06"),
        ("c. 1850", "1850-01-01"),
        ("[1850?]", "1850-01-01"),
        ("1850s", "1850-01-01"),
        ("1850-55", "1850-01-01"),
        (dt.date(1500, 1, 2), "1500-01-02"),
        (dt.datetime(1, 2, 3, 4, 5), "0001-02-03T04:05"),
        (pd.Period("1500Q2"), "1500-04-01"),
        (pd.Period("2020-01-01 05:30", freq="min"), "2020-01-01T05:30"),
        (np.datetime64("1066-10-14"), "1066-10-14"),
    ],
)
def test_one_value(value, expected):
    assert instants(pd.Series([value], dtype=object)).wall[0] == np.datetime64(expected)


@pytest.mark.parametrize(
    "value", ["soon", "", "12:30", "2019-02-30", "2019-13-01", "2019-05-06 25:00", "May", True, np.inf, "1234567"]
)
def test_what_is_no_date(value):
    found = instants(pd.Series([value, "2020-01-01", None], dtype=object))
    assert np.isnat(found.wall).tolist() == [True, False, True]
    assert found.problems == ((0, f"{value!r} is no date"),)


# (strftime writes years below 1000 without leading zeros on some systems)
@given(
    st.lists(st.datetimes(dt.datetime(1000, 1, 1)), max_size=20),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y:%m:%d %H:%M:%S", "%d %B %Y"]),
)
def test_text_is_read_back_as_it_was_written(moments, style):
    texts = [moment.strftime(style) for moment in moments]
    expected = [dt.datetime.strptime(text, style) for text in texts]
    assert instants(texts).wall.tolist() == expected
    assert instants([*texts, "soon"]).wall.tolist()[:-1] == expected


@given(st.lists(st.tuples(st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1)), st.sampled_from([0, 2, -5]))))
def test_offsets_are_kept_if_there_is_one_and_brought_to_utc_if_there_are_several(moments):
    aware = [moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=hours))) for moment, hours in moments]
    one_offset = len({hours for _, hours in moments}) <= 1
    expected = [moment if one_offset else moment - dt.timedelta(hours=hours) for moment, hours in moments]
    assert instants(pd.Series(aware, dtype=object)).wall.tolist() == expected
    assert instants([moment.isoformat() for moment in aware]).wall.tolist() == expected


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_every_resolution(unit):
    series = pd.Series(np.array(["2020-05-06T01:02:03", "NaT"], dtype=f"datetime64[{unit}]"))
    assert instants(series).wall[0] == np.datetime64("2020-05-06T01:02:03")
    assert np.isnat(instants(series).wall[1])
    paris = series.dt.tz_localize("Europe/Paris")
    assert instants(paris).wall[0] == np.datetime64("2020-05-06T01:02:03")
    assert instants(paris).moment[0] == np.datetime64("2020-05-05T23:02:03")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1850", "1850-01-01"),
        ("1850.0", "1850-01-01"),
        ("1850.", "1850-01-01"),
        ("-500.00", "-500-01-01"),
        ("20190506.0", "2019-05-06"),
        ("500 BCE", "-500-01-01"),
        ("500 b.c.", "-500-01-01"),
        ("500 B. C. E.", "-500-01-01"),
        ("500-400 BC", "-500-01-01"),
        ("1850 CE", "1850-01-01"),
        ("1850 C.E.", "1850-01-01"),
        ("1850AD", "1850-01-01"),
        ("AD 100", "0100-01-01"),
        ("A.D. 100", "0100-01-01"),
        ("CE 100", "0100-01-01"),
        ("c. AD 100", "0100-01-01"),
        ("AD 100-200", "0100-01-01"),
        ("c. 1850", "1850-01-01"),
        ("c1850", "1850-01-01"),
        ("ca 1850", "1850-01-01"),
        ("circa 1850", "1850-01-01"),
        ("About 1850", "1850-01-01"),
        ("~1850", "1850-01-01"),
        ("1850?", "1850-01-01"),
        ("1850 (?)", "1850-01-01"),
        ("[1850]", "1850-01-01"),
        ("1850s", "1850-01-01"),
        ("1850's", "1850-01-01"),
        ("1850-55", "1850-01-01"),
        ("1850–1855", "1850-01-01"),
        ("1850 to 1855", "1850-01-01"),
        ("1850-00-00", "1850-01-01"),
        ("1850-00", "1850-01-01"),
        ("1850-05-00", "1850-05-01"),
        ("1850/00/00", "1850-01-01"),
        ("1850-00-00 00:00:00", "1850-01-01"),
    ],
)
def test_years_as_catalogs_have_them(text, date):
    made = instants([text, text.upper(), f" {text} "])
    assert made.problems == ()
    assert (made.wall == np.datetime64(date)).all()


@pytest.mark.parametrize("text", ["0000-00-00", "1850-13-00", "1850-00-05", "AD", "c.", "1850 XE", "1850.5.5.5", "s"])
def test_what_is_near_a_year_and_is_none(text):
    assert instants([text]).problems == ((0, f"{text!r} is no date"),)
