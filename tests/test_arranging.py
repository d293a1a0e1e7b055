"""Layouts with options between kernel and pages: sent when shown, made anew when what they follow has changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from page import Page

from pixplot_widget.protocol import RowWanted, Want


def frame(n: int = 12) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "category": (["cat", "dog", "owl"] * n)[:n],
            "predicted": (["cat", "cat", "owl"] * n)[:n],
            "score": np.linspace(0, 1, n),
            "weight": np.arange(n) ** 2.0,
            "lat": [*np.linspace(-60, 60, n - 1), 91],
            "lng": np.linspace(-170, 170, n),
        }
    )


def counts(layout) -> list[int]:
    return [caption["count"] for caption in layout.captions]


def test_pages_learn_what_can_be_chosen(make):
    plot = make(df=frame()).wait()
    page = Page(plot)
    page.hello()
    options = page.wait_part("manifest").options
    across = options["category"][1]
    assert (across["name"], across["kind"], across["default"]) == ("across", "column", "")
    assert across["values"][:3] == ["", "category", "predicted"]
    assert [option["kind"] for option in options["custom"]] == ["column", "column", "share"]
    plot.df["year"] = 1900
    plot.refresh()
    page.wait_part("manifest", lambda manifest: "date" in manifest.options)


def test_a_layout_with_options_comes_when_it_is_shown(make):
    plot = make(df=frame()).wait()
    page = Page(plot)
    page.hello()
    plot.layout = "category?by=category&across=predicted"
    assert plot.layout == plot.layout_name == "category?across=predicted"
    wall = page.wait_part("layout/category?across=predicted")
    assert wall.extra["wall"]["titles"] == ["category", "predicted"]
    made = plot.arrange("custom", x="score", y="weight", fill=0.5)
    assert plot.layout == "custom?fill=0.5"
    sent = page.wait_part(f"layout/{plot.layout}")
    np.testing.assert_array_equal(sent.xy, made.xy.ravel())
    with pytest.raises(KeyError, match="no column 'color'"):
        plot.arrange("category", by="color")
    with pytest.raises(ValueError, match="no option 'color'"):
        plot.arrange("category", color="score")
    assert plot.layout == "custom?fill=0.5"


def test_what_is_shown_follows_an_edit_at_once_and_what_is_hidden_when_it_is_shown(make):
    plot = make(df=frame()).wait()
    page = Page(plot)
    page.hello()
    page.wait_part("layout/category", lambda layout: counts(layout) == [4, 4, 4])
    plot.arrange("category", across="predicted")
    page.wait_part("layout/category?across=predicted", lambda layout: counts(layout) == [4, 4, 4, 8, 4])
    page.edit("label", [1], "cat")
    page.wait_part("layout/category?across=predicted", lambda layout: counts(layout) == [5, 4, 3, 8, 4])
    assert counts(page.parts["layout/category"]) == [4, 4, 4]
    plot.layout = "category"
    page.wait_part("layout/category", lambda layout: counts(layout) == [5, 4, 3])


def test_what_a_slider_passed_is_not_made(make, monkeypatch):
    plot = make(df=frame()).wait()
    page = Page(plot)
    page.hello()
    plot.arrange("sorted", by="score")
    after = len(page.messages)
    page.say(Want(part="layout/custom?fill=0.4"))  # no longer shown
    page.say(Want(part="layout/sorted?by=score"))
    page.wait(lambda m: m.type == "layout" and m.name == "sorted?by=score", after)
    assert not [m for m in page.messages[after:] if m.type == "layout" and m.name == "custom?fill=0.4"]


def test_lines_of_a_map_go_as_arrays(make):
    plot = make(df=frame()).wait()
    page = Page(plot)
    page.hello()
    trail = {"type": "LineString", "coordinates": [[0, 0], [10, 10], [20, 0]]}
    made = plot.arrange("map", geojson=trail)
    assert plot.layout == "map?overlay=overlay"
    sent = page.wait_part("layout/map?overlay=overlay")
    assert "outline" not in sent.extra
    coasts = sent.outline.reshape(-1, 2)
    assert np.isnan(coasts).any(axis=1).sum() == len(made.extra["outline"]) - 1
    np.testing.assert_allclose(sent.overlay, made.extra["overlay"][0], atol=1e-6)


def test_impossible_places_are_problems_and_the_inspector_says_so(make):
    plot = make(df=frame()).wait()
    page = Page(plot)
    assert plot.problems[["position", "reason"]].values.tolist() == [[11, "latitude 91 is outside -90 to 90"]]
    assert page.ask(RowWanted, row=11).problem == "latitude 91 is outside -90 to 90"
    assert page.ask(RowWanted, row=3).problem == ""
