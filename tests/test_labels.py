"""The label column: any dtype in, the same dtype out."""

from __future__ import annotations

import datetime as dt
import decimal
import importlib.util
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_series_equal

from pixplot_widget.errors import LabelError
from pixplot_widget.labels import LabelColumn
from pixplot_widget.labels.scalars import TEXT_DTYPE
from pixplot_widget.values import composed

NASTY = [
    "a, b",
    'say "hi"',
    "<b>bold</b>",
    "&amp;",
    "tab\there",
    "line\nbreak",
    "🐈‍⬛",
    " spaced ",
    "None",
    "nan",
    "é",
    "'",
]

COLUMNS = {
    "str": (pd.Series(["b", "a", None, "b"], dtype=pd.Series([""]).dtype), "new", "new"),
    "object": (pd.Series(["b", "a", None, "b"], dtype=object), "new", "new"),
    "string": (pd.Series(["b", "a", None, "b"], dtype="string"), "new", "new"),
    "category": (pd.Series(pd.Categorical(["b", "a", None, "b"], categories=["b", "a", "z"])), "new", "new"),
    "ordered": (pd.Series(pd.Categorical(["b", "a", None, "b"], ["b", "a"], ordered=True)), "new", "new"),
    "category of int": (pd.Series(pd.Categorical([3, 1, None, 3])), "7", 7),
    "int": (pd.Series([3, 1, 2, 3]), "7", 7),
    "int8": (pd.Series([3, 1, 2, 3], dtype="int8"), " 7 ", 7),
    "uint16": (pd.Series([3, 1, 2, 3], dtype="uint16"), "7", 7),
    "Int64": (pd.Series([3, 1, None, 3], dtype="Int64"), "7", 7),
    "bool": (pd.Series([False, False, False, False]), "true", True),
    "boolean": (pd.Series([True, True, None, True], dtype="boolean"), "False", False),
    "float": (pd.Series([1.5, 2.0, None, 1.5]), "7", 7.0),
    "float32": (pd.Series([1.5, 0.1, None, 1.5], dtype="float32"), "0.25", 0.25),
    "Float64": (pd.Series([1.5, 2.0, None, 1.5], dtype="Float64"), "7.5", 7.5),
    "ints as objects": (pd.Series([3, 1, None, 3], dtype=object), "7", 7),
    "mixed": (pd.Series([1, True, "1", None], dtype=object), "new", "new"),
    "dates": (pd.to_datetime(pd.Series(["2020-01-01", "2021-05-05", None])), "2022-02-02", pd.Timestamp("2022-02-02")),
    "periods": (pd.Series(pd.period_range("2020", "2022", freq="Y")), "2023", pd.Period("2023", "Y")),
}

if importlib.util.find_spec("pyarrow"):
    COLUMNS["string[pyarrow]"] = (pd.Series(["b", "a", None, "b"], dtype="string[pyarrow]"), "new", "new")


def edit(column: LabelColumn, series: pd.Series, row: int, text: object) -> pd.Series:
    value = column.parse(text)
    code = -1 if value is None else column.add(value)
    rows, codes = np.array([row]), np.array([code], dtype=np.int32)
    out = column.written(series, rows, codes)
    column.assign(rows, codes)
    return out


@pytest.mark.parametrize("name", COLUMNS)
def test_an_edit_keeps_the_dtype_and_the_other_rows(name):
    series, text, value = COLUMNS[name]
    before = series.copy()
    column = LabelColumn(series)
    after = edit(column, series, 1, text)
    assert_series_equal(series, before)
    assert after.iloc[1] == value
    assert column.decode(column.codes[1]) == value
    assert type(column.decode(column.codes[1])) is type(value)
    if isinstance(series.dtype, pd.CategoricalDtype):
        assert after.cat.categories.tolist() == [*series.cat.categories, value]
        assert after.cat.ordered == series.cat.ordered
        assert after.cat.categories.dtype == series.cat.categories.dtype
    else:
        assert after.dtype == series.dtype
    rest = [0, 2, *range(3, len(series))]
    assert_series_equal(after.iloc[rest].astype(object), series.iloc[rest].astype(object))


@pytest.mark.parametrize("name", COLUMNS)
def test_writing_the_old_codes_back_restores_the_column(name):
    series, text, _ = COLUMNS[name]
    column = LabelColumn(series)
    old = column.codes.copy()
    edited = edit(column, series, 0, text)
    back = column.written(edited, np.arange(len(series)), old)
    assert_series_equal(back, series, check_categorical=False, check_dtype=False)
    assert back.isna().tolist() == series.isna().tolist()


@pytest.mark.parametrize("name", COLUMNS)
def test_names_are_text_counts_are_right_and_names_lead_back_to_values(name):
    series, _, _ = COLUMNS[name]
    column = LabelColumn(series)
    assert all(isinstance(name, str) for name in column.names)
    assert len(set(column.names)) == len(column)
    assert column.counts.sum() == series.notna().sum()
    assert column.codes.dtype == np.int32
    assert (column.codes == -1).tolist() == series.isna().tolist()
    for code, label in enumerate(column.names):
        assert column.code(column.parse(label)) == code
        assert column.counts[code] == (column.codes == code).sum()
    assert column.palette().shape == (len(column), 3)


def test_order_of_labels():
    assert LabelColumn(pd.Series(["b", "c", "a"])).names == ("a", "b", "c")
    assert LabelColumn(pd.Series([10, 9, 100])).names == ("9", "10", "100")
    assert LabelColumn(pd.Series([True, False])).names == ("False", "True")
    assert LabelColumn(pd.Series(pd.Categorical(["b"], ["z", "b"]))).names == ("z", "b")
    assert LabelColumn(pd.Series(["b", "c"]), labels=["c", "new", "b"]).names == ("c", "new", "b")


def test_numbers_are_written_as_people_write_them():
    assert LabelColumn(pd.Series([1.0, 2.0, None])).names == ("1", "2")
    assert LabelColumn(pd.Series([0.1], dtype="float32")).names == ("0.1",)
    assert LabelColumn(pd.Series([0.1, 1e20])).names == ("0.1", "1e+20")
    assert LabelColumn(pd.Series([1.0, float("inf")])).names == ("1", "inf")
    assert LabelColumn(pd.to_datetime(pd.Series(["2020-01-01"]))).names == ("2020-01-01",)
    assert LabelColumn(pd.to_datetime(pd.Series(["2020-01-01 10:00"]))).names == ("2020-01-01 10:00:00",)


def test_labels_that_look_alike_stay_apart():
    column = LabelColumn(pd.Series([1, "1", True, "True", 1.0], dtype=object))
    assert sorted(column.names) == ["1", "1 (float)", "1 (int)", "True", "True (bool)"]
    assert column.parse("1") == "1"
    assert type(column.parse(1)) is int
    assert column.parse(True) is True


@pytest.mark.parametrize("label", NASTY)
def test_any_text_is_a_label(label):
    series = pd.Series(["a", label, "a"])
    column = LabelColumn(series)
    assert label in column.names
    assert edit(column, series, 0, label).iloc[0] == label
    assert column.counts[column.code(label)] == 2


@pytest.mark.parametrize(
    ("series", "value", "words"),
    [
        (pd.Series([1, 2], name="y"), "abc", "'abc' does not fit column 'y', which holds whole numbers"),
        (pd.Series([1, 2], name="y"), "1.5", "whole numbers"),
        (pd.Series([1, 2], name="y"), 1.5, "whole numbers"),
        (pd.Series([1, 2], name="y"), True, "whole numbers"),
        (pd.Series([1, 2], name="y"), "", "whole numbers"),
        (pd.Series([1, 2], name="y"), None, "astype('Int64')"),
        (pd.Series([1, 2], dtype="int8", name="y"), "300", "from -128 to 127"),
        (pd.Series([1, 2], dtype="uint8", name="y"), "-1", "from 0 to 255"),
        (pd.Series([True, False], name="y"), "maybe", "True and False"),
        (pd.Series([True, False], name="y"), 1, "True and False"),
        (pd.Series([True, False], name="y"), np.nan, "astype('boolean')"),
        (pd.Series([1.5, None], name="y"), "much", "numbers"),
        (pd.Series([1.5, None], name="y"), "nan", "numbers"),
        (pd.Series([1.5, None], name="y"), "inf", "numbers"),
        (pd.Series(["a"], name="y"), "", "at least one character"),
        (pd.Series(["a"], name="y"), " \t ", "at least one character"),
        (pd.Series(["a"], name="y"), 7, "give '7'"),
        (pd.Series(["a"], name="y"), "\ud800", "half a character"),
        (pd.Series(["a"], name="y"), ["a", "b"], "one value, not a list"),
        (pd.Series(["a"], name="y"), {"a"}, "one value, not a set"),
        (pd.Series(pd.Categorical([1, 2]), name="y"), "abc", "whole numbers"),
        (pd.to_datetime(pd.Series(["2020-01-01"], name="y")), "abc", "datetime64"),
        (pd.to_datetime(pd.Series(["2020-01-01"], name="y")), "", "datetime64"),
        (pd.to_datetime(pd.Series(["2020-01-01"], name="y")), 7, "datetime64"),
        (pd.to_datetime(pd.Series(["2020-01-01"], name="y")), True, "datetime64"),
        (pd.Series([1, "a"], dtype=object, name="y"), (1, 2), "text and numbers"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(series, value, words):
    column = LabelColumn(series)
    names = column.names
    with pytest.raises(LabelError) as caught:
        column.parse(value)
    assert words in caught.value.reason
    assert column.names == names


def test_missing_fits_where_the_dtype_has_it():
    for dtype in ("object", "string", "category", "Int64", "boolean", "float64"):
        series = pd.Series([1, 0, None] if dtype not in ("object", "string") else ["1", "0", None]).astype(dtype)
        for missing in (None, np.nan, pd.NA, pd.NaT):
            after = edit(LabelColumn(series), series, 0, missing)
            assert after.isna().tolist() == [True, False, True]
            assert after.dtype == series.dtype


def test_only_allowed_labels_are_assigned_but_others_are_shown():
    column = LabelColumn(pd.Series(["cat", "dgo", "dog"]), labels=["dog", "cat", "cow"])
    assert column.names == ("dog", "cat", "cow", "dgo")
    assert (column.allowed, column.closed) == (3, True)
    assert column.counts.tolist() == [1, 1, 0, 1]
    assert column.parse("cow") == "cow"
    for label in ("dgo", "horse"):
        with pytest.raises(LabelError, match="'dog', 'cat', 'cow'"):
            column.parse(label)
    assert column.parse(None) is None


def test_bad_lists_of_allowed_labels():
    series = pd.Series([1, 2])
    with pytest.raises(LabelError, match="'x' does not fit"):
        LabelColumn(series, labels=[1, "x"])
    with pytest.raises(LabelError, match="1 twice"):
        LabelColumn(series, labels=[1, "1"])
    with pytest.raises(LabelError, match="missing value"):
        LabelColumn(series, labels=[1, None])


@pytest.mark.parametrize("blank", [pd.Series([np.nan] * 3), pd.Series([None] * 3, dtype=object)])
def test_an_unlabeled_column_takes_text(blank):
    column = LabelColumn(blank)
    assert (column.names, column.codes.tolist()) == ((), [-1, -1, -1])
    after = edit(column, blank, 1, "cat")
    assert after.iloc[1] == "cat"
    assert after.isna().tolist() == [True, False, True]
    again = edit(column, after, 0, "7")
    assert again.tolist()[:2] == ["7", "cat"]


def test_an_unlabeled_float_column_takes_numbers_from_code_and_from_labels():
    blank = pd.Series([np.nan] * 3)
    assert edit(LabelColumn(blank), blank, 0, 7).dtype == "float64"
    column = LabelColumn(blank, labels=[0, 1])
    assert column.names == ("0", "1")
    assert edit(column, blank, 0, "1").tolist()[0] == 1.0
    column = LabelColumn(blank, labels=["cat", "dog"])
    assert edit(column, blank, 0, "dog").tolist()[0] == "dog"


def test_no_rows():
    column = LabelColumn(pd.Series([], dtype=object))
    assert (len(column), len(column.codes), len(column.counts)) == (0, 0, 0)


def test_columns_that_are_no_labels():
    with pytest.raises(TypeError, match="'tags' holds a list in row 1"):
        LabelColumn(pd.Series(["a", ["b", "c"]], name="tags"))
    with pytest.raises(TypeError, match="sparse"):
        LabelColumn(pd.Series(pd.arrays.SparseArray([0, 0, 1]), name="y"))


def test_a_label_that_was_not_used_is_forgotten():
    column = LabelColumn(pd.Series([np.nan, np.nan]))
    mark = column.mark()
    column.add(column.parse("cat"))
    column.forget(mark)
    assert column.names == ()
    assert column.parse(7) == 7.0  # undecided again
    code = column.add(column.parse("dog"))
    column.assign(np.array([1]), np.array([code]))
    column.forget(mark)
    assert column.names == ("dog",)


def test_encode_finds_what_was_written_from_outside():
    column = LabelColumn(pd.Series(["b", "a", None]))
    assert column.encode(pd.Series(["z", "a", None, "b", "y"])).tolist() == [3, 0, -1, 1, 2]
    assert column.names == ("a", "b", "y", "z")


labels = st.one_of(st.none(), st.text(min_size=1).filter(lambda text: "\x00" not in text and text.isprintable()))


@given(st.lists(labels, min_size=1, max_size=8), st.lists(st.tuples(st.integers(0, 7), labels), max_size=6))
def test_codes_and_column_say_the_same(start, edits):
    series = pd.Series(start, dtype=object)
    column = LabelColumn(series)
    shadow = list(start)
    for row, label in edits:
        if label is not None and not label.strip():
            continue
        series = edit(column, series, row % len(shadow), label)
        shadow[row % len(shadow)] = label
    assert [column.decode(code) for code in column.codes] == shadow
    assert series.astype(object).where(series.notna(), None).tolist() == shadow
    assert column.counts.tolist() == [shadow.count(value) for value in column.values]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.integers(-(2**63), 2**63 - 1))
def test_any_int64_goes_through_text(start, label):
    series = pd.Series(start, dtype="int64")
    assert edit(LabelColumn(series), series, 0, str(label)).iloc[0] == label


@given(st.lists(st.floats(allow_nan=True), min_size=1))
def test_any_float_goes_through_its_name(start):
    series = pd.Series(start, dtype="float64")
    column = LabelColumn(series)
    for value in start:
        if value == value:
            assert column.parse(column.names[column.code(value)]) == value


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 5), min_size=1, unique=True), st.sampled_from("abcdef")), max_size=12)
)
def test_labels_are_shown_somewhere_whatever_is_renamed(edits):
    column = LabelColumn(pd.Series([*list("aabbc"), None]))
    for rows, name in edits:
        code = column.add(column.parse(name))
        column.assign(np.array(rows), code)
        assert sorted(column.places) == list(range(len(column)))
        assert sorted(column.shown_names) == sorted(column.names)
        shown = [None if k < 0 else column.shown_names[k] for k in column.shown(column.codes)]
        assert shown == [None if k < 0 else column.names[k] for k in column.codes]


def test_several_labels_renamed_at_once_keep_their_places():
    column = LabelColumn(pd.Series(list("aabbc")))
    codes = [column.add(name) for name in "xy"]
    column.assign(np.array([0, 1, 2, 3]), np.array([codes[0]] * 2 + [codes[1]] * 2))  # as a journal does it
    assert column.shown_names[:3] == ("x", "y", "c")
    column.assign(np.array([0, 1, 2]), np.array([0, 0, 1]))  # one of them is given back whole, the other in part
    assert column.shown_names == ("a", "y", "c", "x", "b")


# --- what is logged is what the column holds --------------------------------------------------------------------


def held_dtypes() -> list:
    dtypes = ["float16", "float32", "float64", "Float32", "Float64", "int8", "uint8", "int64", "Int16", "UInt64"]
    dtypes += ["datetime64[s]", "datetime64[ms]", "datetime64[ns]", "timedelta64[s]"]
    if importlib.util.find_spec("pyarrow"):
        dtypes += ["halffloat[pyarrow]", "float[pyarrow]", "double[pyarrow]", "int8[pyarrow]", "uint32[pyarrow]"]
        dtypes += ["timestamp[s][pyarrow]", "date32[day][pyarrow]", "bool[pyarrow]", "large_string[pyarrow]"]
    return dtypes


GIVEN = st.one_of(
    st.floats(),
    st.floats().map(str),
    st.integers(),
    st.integers().map(str),
    st.sampled_from([10**400, str(10**400), "1e400", "1e40", 65520.0, 16777217, "-1", "0001-01-01", "9999-12-31"]),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes().map(pd.Timestamp),
    st.timedeltas(pd.Timedelta.min.to_pytimedelta() / 2, pd.Timedelta.max.to_pytimedelta() / 2).map(pd.Timedelta),
    st.booleans(),
    st.text(max_size=5),
)


@pytest.mark.parametrize("as_category", [False, True])
@pytest.mark.parametrize("dtype", held_dtypes())
@given(value=GIVEN)
def test_what_is_parsed_is_what_stands_there_then_or_it_is_refused_in_words(dtype, as_category, value):
    first = pd.array([0, 1], dtype="int32").astype(dtype) if "string" not in dtype else pd.array(["a", "b"], dtype)
    series = pd.Series(first, dtype=dtype, name="label")
    if as_category and dtype not in ("float16", "halffloat[pyarrow]"):  # pandas has no index of those
        series = series.astype("category")
    column = LabelColumn(series)
    try:
        parsed = column.parse(value)
    except LabelError:
        return
    if parsed is None:
        return
    code = column.add(parsed)
    after = column.written(series, np.array([0]), np.array([code], dtype=np.int32))
    assert column.encode(after).tolist() == [code, 1], "taken for somebody else's value"
    held = after.iloc[0]
    assert not isinstance(held, float) or np.isfinite(held)
    column.assign(np.array([0]), np.array([code], dtype=np.int32))
    assert column.written(after, np.array([0]), np.array([0], dtype=np.int32)).tolist() == series.tolist()


@pytest.mark.parametrize("typed", [0.1, "0.1"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32"])
def test_the_name_of_a_narrow_number_is_its_shortest(dtype, typed):
    column = LabelColumn(pd.Series([0.5], dtype=dtype))
    code = column.add(column.parse(typed))
    assert column.names[code] == "0.1"


def test_dates_that_no_calendar_has():
    column = LabelColumn(pd.Series(np.array(["-0044-03-15", "2020-01-01"], dtype="datetime64[s]")))
    assert column.names[0].endswith("44-03-15T00:00:00")
    assert column.names[1] == "2020-01-01"
    with pytest.raises(LabelError, match="dates of the years 1 to 9999"):
        column.parse("-1")


@pytest.mark.skipif(not importlib.util.find_spec("pyarrow"), reason="needs pyarrow")
@pytest.mark.parametrize(("value", "dtype"), [("cat", "string"), (True, "bool"), (2.5, "double")])
def test_the_first_label_decides_what_an_arrow_column_of_gaps_holds(value, dtype):
    series = pd.Series([None] * 3, dtype="null[pyarrow]")
    column = LabelColumn(series)
    after = edit(column, series, 1, value)
    assert after.dtype == f"{dtype}[pyarrow]"
    assert after.isna().tolist() == [True, False, True]
    assert after.iloc[1] == value


# --- text in two encodings of its accents -----------------------------------------------------------------------

ONE, TWO = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize(("stands", "typed"), [(ONE, TWO), (TWO, ONE)])
@pytest.mark.parametrize("dtype", [object, "category", TEXT_DTYPE])
def test_a_label_that_looks_like_one_that_is_there_is_that_one(stands, typed, dtype):
    column = LabelColumn(pd.Series([stands, "bar"], dtype=dtype))
    assert (column.parse(typed), column.meant(typed)) == (stands, column.code(stands))
    assert column.rows_of(typed).tolist() == [0]
    assert column.names == ("bar", stands)


def test_labels_that_only_look_alike_stay_two_where_both_stand_there():
    column = LabelColumn(pd.Series([ONE, TWO]))
    assert [column.parse(each) for each in (ONE, TWO)] == [ONE, TWO]
    assert [column.rows_of(each).tolist() for each in (ONE, TWO)] == [[0], [1]]


def test_of_labels_that_look_alike_the_allowed_one_is_given():
    column = LabelColumn(pd.Series([TWO, TWO]), [ONE, "bar"])
    assert (column.parse(TWO), column.parse(ONE)) == (ONE, ONE)
    assert (column.rows_of(TWO).tolist(), column.rows_of(ONE).tolist()) == ([0, 1], [])


@given(st.lists(st.text("aeé\u0301ñ가\u1112", min_size=1), min_size=1, max_size=6), st.data())
def test_a_typed_label_is_the_one_called_so_or_else_one_that_looks_so(labels, data):
    column = LabelColumn(pd.Series(labels, dtype=object))
    typed = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), data.draw(st.sampled_from(labels)))
    mark, size = column.mark(), len(column)
    given = column.parse(typed)
    assert given in labels
    assert given == (typed if typed in labels else given)
    assert composed(given) == composed(typed)
    column.add(column.parse("\u00fcber"))
    column.forget(mark)
    assert (len(column), column.parse(typed), column.parse("u\u0308ber")) == (size, given, "u\u0308ber")


DAY = dt.date(1999, 1, 1)
FOREIGN = [
    (pd.Series([1j, 2j]), pd.Timestamp(DAY)),
    (pd.Series([1j, 2j]), b"1"),
    (pd.Series(pd.to_timedelta([1, 2], unit="h")), "1"),
    (pd.Series(pd.to_timedelta([1, 2], unit="h")), "-2.5"),
    (pd.Series(pd.to_timedelta([1, 2], unit="h")), DAY),
    (pd.Series(pd.to_datetime(["2020", "2021"])), decimal.Decimal("9.9")),
    (pd.Series(pd.period_range("2020", periods=2, freq="M")), decimal.Decimal("9.9")),
    (pd.Series(pd.interval_range(0, 2)), DAY),
]
"""Values of one kind where a column holds another: pandas would make something of most."""


@pytest.mark.parametrize(("series", "value"), FOREIGN, ids=lambda each: str(getattr(each, "dtype", repr(each))))
def test_a_value_of_another_kind_is_no_label(series, value):
    with pytest.raises(LabelError, match="does not fit column"):
        LabelColumn(series.rename("when")).parse(value)


ARROW = {"date32": DAY, "binary": b"b", "time64": dt.time(1), "timestamp": dt.datetime(2020, 1, 1)}
ARROW |= {"duration": dt.timedelta(1), "decimal": decimal.Decimal("1.50")}


@pytest.mark.parametrize("kind", ARROW)
@pytest.mark.parametrize("value", [decimal.Decimal("9.95"), pd.Timestamp("1999-01-01 05:00"), b"x", dt.time(3), DAY])
def test_arrow_makes_nothing_else_of_a_value(kind, value):
    pyarrow = pytest.importorskip("pyarrow")
    made = pyarrow.decimal128(9, 2) if kind == "decimal" else pyarrow.array([ARROW[kind]]).type
    column = LabelColumn(pd.Series([ARROW[kind]], dtype=pd.ArrowDtype(made), name="when"))
    try:
        label = column.parse(value)
    except LabelError:
        return
    assert pd.Timestamp(label) == pd.Timestamp(value) if isinstance(label, dt.date) else label == value


def test_moments_are_given_as_any_that_is_the_same():
    zoned = pd.Series(pd.to_datetime(["2020-06-01", "2021-06-01"], utc=True).tz_convert("Europe/Berlin"))
    column = LabelColumn(zoned.rename("when"))
    noon = pd.Timestamp("1999-06-01 12:00", tz="UTC")
    assert column.parse(noon) == noon
    assert column.parse(DAY) == pd.Timestamp(DAY, tz="Europe/Berlin")
    assert LabelColumn(pd.Series(pd.period_range("2020", periods=2, freq="M"))).parse(DAY) == pd.Period("1999-01", "M")
    hours = LabelColumn(pd.Series(pd.to_timedelta([1, 2], unit="h")))
    assert hours.parse("3 hours") == hours.parse(dt.timedelta(hours=3)) == pd.Timedelta(3, "h")


def test_intervals_of_whole_numbers_have_no_missing_ones():
    column = LabelColumn(pd.Series(pd.interval_range(0, 2), name="bin"))
    with pytest.raises(LabelError, match=r"astype\('interval\[float64, right\]'\) gives it one that has"):
        column.parse(None)


def test_lists_of_arrow_are_no_labels():
    pyarrow = pytest.importorskip("pyarrow")
    lists = pd.Series([[1], [2]], dtype=pd.ArrowDtype(pyarrow.list_(pyarrow.int64())), name="tags")
    with pytest.raises(TypeError, match="a label must be one value"):
        LabelColumn(lists)
