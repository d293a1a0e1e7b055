"""Frames as they come, through a whole widget: text in two encodings, odd names of columns, labels of any dtype."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from page import Page
from plots import pictures

from pixplot_widget import PixPlot

# --- text in two encodings of its accents -----------------------------------------------------------------------

ONE, TWO = "caf\u00e9", "cafe\u0301"


@pytest.fixture
def make():
    made = []

    def build(df: pd.DataFrame, **options) -> PixPlot:
        made.append(PixPlot(df, image=pictures(len(df)), cache=False, **options))
        return made[-1]

    yield build
    for plot in made:
        plot.close()


@pytest.mark.parametrize(("stands", "typed"), [(ONE, TWO), (TWO, ONE)])
def test_a_label_typed_in_the_other_encoding_makes_no_second_one(make, stands, typed):
    df = pd.DataFrame({"category": [stands, "bar", "bar"]})
    plot = make(df)
    page = Page(plot)
    page.hello()
    names = list(page.wait_part("labels").names)
    assert page.edit("label", [1], typed).ok
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it is no new label that one is warned of
        plot.relabel(2, typed)
    assert df["category"].tolist() == [stands] * 3
    assert plot.edits["new"].tolist() == [stands] * 2
    assert list(plot._workspace.log.labels.names) == names
    plot.undo()
    plot.undo()
    assert df["category"].tolist() == [stands, "bar", "bar"]


@pytest.mark.parametrize(("stands", "asked"), [(ONE, TWO), (TWO, ONE)])
def test_a_filter_finds_text_in_the_other_encoding(make, stands, asked):
    df = pd.DataFrame({"category": [stands, "bar", "bar"], "tags": ["x", f"{stands}|x", None]})
    plot = make(df)
    for condition, found in (
        ({"column": "category", "any": [asked]}, [0]),
        ({"column": "category", "contains": asked.upper()}, [0]),
        ({"column": "tags", "any": [asked]}, [1]),
    ):
        plot.filter = [condition]
        assert plot.filtered.index.tolist() == found


def test_where_both_encodings_stand_each_is_found_alone(make):
    plot = make(pd.DataFrame({"category": [ONE, TWO, "bar"]}))
    for row, label in enumerate((ONE, TWO)):
        plot.filter = [{"column": "category", "any": [label]}]
        assert plot.filtered.index.tolist() == [row]
    plot.rename_label(TWO, ONE)
    assert plot.df["category"].tolist() == [ONE, ONE, "bar"]


# --- columns of any name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        [0, 1, 2],
        [0.5, 1.5, 2.5],
        [b"file", b"category", b"kind"],
        ["file", True, False],
        ["file", pd.Timestamp("2020"), pd.Timestamp("2021")],
        ["file", ("a", "category"), ("b", "kind")],
        ["file", "category", float("nan")],
    ],
)
def test_a_column_goes_by_its_name_or_the_text_of_it(make, names):
    df = pd.DataFrame({"a": list("pqr"), "b": ["cat", "dog", None], "c": ["x", "y", "x"]})
    df.columns = pd.Index(names, tupleize_cols=False, dtype=object)
    plot = make(df, label=names[1])
    page = Page(plot)
    page.hello()
    manifest = page.wait_part("manifest")
    assert manifest.label_column == str(names[1])
    assert manifest.colorings == [str(names[2])]
    for name in (names[2], str(names[2])):
        plot.color_by = name
        assert plot.color_by == str(names[2])
        plot.filter = [{"column": name, "any": ["x"]}]
        assert plot.filtered.index.tolist() == [0, 2]
        plot.review(name)
        assert plot.state()["review"]["rows"] == [0, 2, 1]
    plot.relabel(2, "owl")
    assert df.iloc[:, 1].tolist()[2] == "owl"


def test_a_label_column_that_reads_as_another_is_refused(make):
    for names, label in (([1, "1"], 1), (["category", "category"], "category")):
        with pytest.raises(ValueError, match="read alike; rename all but one"):
            make(pd.DataFrame([["cat", "dog"]], columns=pd.Index(names, dtype=object)), label=label)


def test_columns_of_several_levels(tmp_path):
    df = pd.DataFrame([["a", 1], ["b", 2], ["a", 3]], columns=pd.MultiIndex.from_tuples([("category", ""), ("n", "x")]))
    with pytest.raises(KeyError, match="give all of it, such as"):
        PixPlot(df, image=pictures(3), label="category", cache=False)
    plot = PixPlot(df, image=pictures(3), label=("category", ""), journal=tmp_path / "edits.jsonl", cache=False)
    plot.relabel(0, "b")
    plot.flag([1], reason="blurred")
    assert df.columns.tolist()[2:] == [("remove", ""), ("remove_reason", "")]
    assert plot.clean()[("category", "")].tolist() == ["b", "a"]
    assert plot.undo() == "undo: flag 1 image"
    plot.close()
    again = df.iloc[:, :2].assign().set_axis(df.columns[:2], axis=1)
    again[("category", "")] = ["a", "b", "a"]
    plot = PixPlot(again, image=pictures(3), label=("category", ""), journal=tmp_path / "edits.jsonl", cache=False)
    assert again[("category", "")].tolist() == ["b", "b", "a"]
    plot.close()
