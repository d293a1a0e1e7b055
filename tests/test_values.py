"""Values as text: all digits, no bytes, bounded in length, and compared whatever the encoding of accents."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page import Page
from PIL import Image

from pixplot_widget import PixPlot, datasets
from pixplot_widget.errors import nearest
from pixplot_widget.facets import kind_of
from pixplot_widget.facets.coloring import colors_of
from pixplot_widget.facets.reading import MOST_SHOWN, inspected, searchable
from pixplot_widget.protocol import RowWanted
from pixplot_widget.values import LONGEST, as_text, folded, number_text, text_column, two_forms


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_all_its_digits(number):
    text = number_text(number)
    assert float(text) == number
    if 1e-6 <= abs(number) < 1e21 or number == 0:
        assert "e" not in text
        assert not text.endswith(".0")


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_narrow_number_has_no_digits_that_it_does_not_hold(number):
    narrow = np.float32(number)
    text = number_text(narrow)
    assert np.float32(text) == narrow
    significant = text.lstrip("-0.").partition("e")[0].replace(".", "").rstrip("0")
    assert len(significant) <= 9 or abs(number) >= 1e9  # whole numbers are written whole


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567890.0, "1234567890"),
        (np.float32(16777216), "16777216"),
        (np.float16(0.1), "0.1"),
        (0.00001234, "0.00001234"),
        (-0.0, "0"),
        (2.0**60, "1152921504606847000"),
        (float("inf"), "inf"),
        (np.int64(2**62 + 1), str(2**62 + 1)),
        (np.uint64(2**64 - 1), str(2**64 - 1)),
        (decimal.Decimal("1E+3"), "1000"),
        (True, "True"),
        (pd.Timestamp("2020-01-02"), "2020-01-02"),
        (pd.Timestamp("2020-01-02", tz="Europe/Berlin"), "2020-01-02 00:00:00+01:00"),
        (np.datetime64("2020-01-02T03:04"), "2020-01-02 03:04:00"),
        (np.datetime64("-0044-03-15"), "-044-03-15"),  # as numpy writes it
        (dt.datetime(2020, 1, 2, tzinfo=dt.UTC), "2020-01-02 00:00:00+00:00"),
        (dt.date(2020, 1, 2), "2020-01-02"),
        (pd.Period("2020-01", "M"), "2020-01"),
        (("a", 2.0), "a | 2"),
        (frozenset({"b", "a"}), "a | b"),
        (np.array(["fur", "paws"], dtype=object), "fur | paws"),
        (pd.array(["fur", None], dtype="string"), "fur | <NA>"),
        (np.zeros(512), "array of shape (512,)"),
        (memoryview(b"abc"), "3 bytes"),
        ([b"abc", {"path": "a.jpg", "bytes": bytearray(4)}], '3 bytes | {"path": "a.jpg", "bytes": "4 bytes"}'),
        (np.array([b"abc"]), "array of shape (1,)"),
        (Image.new("RGB", (4, 3)), "image of 4 x 3 px"),
    ],
)
def test_values_as_people_write_them(value, text):
    assert as_text(value) == text


def holding_itself():
    value: list = ["a"]
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, ["x"] * 10**6, ["x" * 10**6] * 9, {f"{k}": k for k in range(10**5)}, 10**6000, holding_itself()],
    ids=["text", "list", "list of long texts", "dict", "whole number", "list in itself"],
)
def test_no_value_is_shown_at_any_length(value):
    assert len(as_text(value)) < 2 * LONGEST + 100


def test_an_inspected_row_is_bounded_too():
    df = pd.DataFrame([["x" * 4000] * 500])
    fields = inspected(df, 0, {})[1]
    assert sum(len(name) + len(text) for name, text in fields) < MOST_SHOWN + 5000
    assert fields[-1] == ["…", "500 columns"]


def test_columns_of_any_name_are_inspected_and_searched():
    columns = pd.Index(["category", "note", "note", 7, None, ("a", 1), float("nan")], dtype=object, tupleize_cols=False)
    df = pd.DataFrame([["cat", "one", "two", "three", "four", "five", "six"]], columns=columns)
    texts, fields = inspected(df, 0, {"description": "note", "permalink": "gone"})
    assert texts == {"description": "one", "permalink": ""}
    assert fields[1:] == [
        ["category", "cat"], ["note", "two"], ["7", "three"], ["None", "four"], ["('a', 1)", "five"], ["nan", "six"]
    ]  # fmt: skip
    assert {text for texts in searchable(df, ["a.jpg"]) for text in texts} == {
        "a.jpg", "cat", "one", "two", "three", "four", "five", "six"
    }  # fmt: skip


def test_numbers_of_a_narrow_column_and_of_a_scale_have_its_precision():
    column = pd.Series([0.1, 0.7], dtype="Float32")
    assert inspected(pd.DataFrame({"p": column}), 0, {})[1][1] == ["p", "0.1"]
    assert colors_of(column).names == ["0.1", "0.7"]
    assert colors_of(pd.Series([1234567890123.0, 2234567890123.0])).names == ["1234567890123", "2234567890123"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_both_forms_of_a_text_are_found_by_each_other(text):
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    assert folded(forms[0]) == folded(forms[1]) == folded(folded(text))
    df = pd.DataFrame({"word": [forms[1]]})
    assert folded(forms[0]) in list(searchable(df, [""]))[1][0]


def test_labels_of_two_forms_are_told_apart_and_are_near_each_other():
    composed, apart = "Caf\u00e9", "Cafe\u0301"
    assert two_forms([composed, "dog", apart, None, 3, composed]) == [(composed, apart)]
    assert nearest(apart.upper(), [composed, "dog"], 1.0) == composed


LISTS = {
    "lists": [["fur", "paws"], ["fur"], None],
    "tuples": [("fur", "paws"), ("fur",), ()],
    "sets": [{"fur", "paws"}, {"fur"}, None],
    "frozensets": [frozenset({"fur", "paws"}), frozenset({"fur"}), None],
    "arrays": [np.array(["fur", "paws"], dtype=object), np.array(["fur"]), None],
    "pandas arrays": [pd.array(["fur", "paws"]), pd.Series(["fur"]), None],
    "with gaps": [["fur", float("nan"), "paws"], ["fur", None], None],
}


@pytest.mark.parametrize("values", LISTS.values(), ids=LISTS)
def test_several_values_in_a_cell_are_tags_whatever_holds_them(values):
    cells = np.empty(3, dtype=object)
    for row, value in enumerate(values):
        cells[row] = value
    column = pd.Series(cells)
    assert kind_of(column) == "tags"
    found = list(searchable(pd.DataFrame({"tags": column}), [""] * 3))[1]
    assert ["paws" in text for text in found] == [True, False, False]


def test_lists_of_the_parquet_kind_are_tags():
    pa = pytest.importorskip("pyarrow")
    column = pd.Series(pd.array([["fur", "paws"], None], dtype=pd.ArrowDtype(pa.list_(pa.string()))))
    assert kind_of(column) == "tags"
    assert inspected(pd.DataFrame({"t": column}), 0, {})[1][1] == ["t", "fur | paws"]
    assert inspected(pd.DataFrame({"t": column}), 1, {})[1][1:] == []


def test_vectors_and_pictures_are_not_tags():
    for values in ([[0.5, 1.5]], [np.zeros((2, 2), np.uint8)], [np.array([0.5])], [np.array([b"a"])]):
        assert kind_of(pd.Series(values)) is None


def test_a_column_takes_half_a_character():
    names = ["a.png", "caf\udce9.png"]
    assert text_column(names).tolist() == names
    assert text_column(["a", None]).dtype == pd.Series(["a", None]).dtype


def test_one_name_that_is_not_utf8_keeps_nothing_from_being_shown_edited_and_laid_out(tmp_path):
    (tmp_path / "set" / "cat").mkdir(parents=True)
    for name in ("a.png", os.fsdecode(b"caf\xe9.png")):
        try:
            Image.new("RGB", (8, 8)).save(tmp_path / "set" / "cat" / name)
        except OSError:
            pytest.skip("this file system takes only names in UTF-8")
    plot = PixPlot(datasets.from_folder(tmp_path / "set"), cache=False).wait()
    try:
        plot.relabel(1, "dog")
        assert len(plot.problems) == 0
        assert plot.edits["file"].tolist() == plot.df["filename"].tolist()[1:]
        assert plot.to_folders(tmp_path / "out", dry_run=False)["target"].tolist() == ["cat/a.png", "dog/caf_.png"]
        page = Page(plot)
        page.hello()
        assert dict(page.ask(RowWanted, row=1).fields)["category"] == "dog"
    finally:
        plot.close()


def test_bytes_are_told_by_their_number_also_as_an_array():
    data = np.frombuffer(b"x" * 1000, np.uint8)
    assert as_text(data) == "array of shape (1000,)"
    assert kind_of(pd.Series([data])) is None
