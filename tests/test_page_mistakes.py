"""What a page asks for and cannot have is told in words; nothing is changed, run or opened, or stands in the log."""

from __future__ import annotations

import json
import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import Page

from pixplot_widget import protocol
from pixplot_widget.facets import filters

ROWS = {
    "select": lambda rows: protocol.Select(client="page", rows=rows),
    "similar": lambda rows: protocol.SimilarWanted(id=7, rows=rows, k=3, among="all", label=None),
    "sheet": lambda rows: protocol.SheetWanted(id=7, cell=32, rows=rows),
    "review": lambda rows: protocol.ReviewWanted(rows=rows, by=""),
    "row": lambda rows: protocol.RowWanted(id=7, row=int(rows[-1])),
    "image": lambda rows: protocol.ImageWanted(id=7, row=int(rows[-1]), whole=False),
    "boxes": lambda rows: protocol.BoxesWanted(id=7, row=int(rows[-1])),
}


@pytest.fixture
def plot(make):
    df = pd.DataFrame({"category": ["cat", "dog", None] * 2, "year": range(6), "data": [{"a": 1}] * 6})
    df["lat"], df["lng"] = np.linspace(1, 40, 6), np.linspace(3, 50, 6)
    return make(df=df).wait()


@pytest.fixture
def page(plot):
    made = Page(plot)
    made.hello()
    made.wait_part("manifest")
    return made


def told(page: Page, message: protocol.Message) -> str:
    """Say something; return the words of the trouble that comes of it."""
    after = len(page.messages)
    page.say(message)
    return page.wait(lambda each: each.type == "trouble", after).text


@pytest.mark.parametrize("row", [-1, 6, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("kind", sorted(ROWS))
def test_rows_that_there_are_not(plot, page, caplog, kind, row):
    before = plot.state(), plot.selection.tolist(), plot.hotspots["name"].tolist(), plot.review_at
    text = told(page, ROWS[kind](np.array([0, row], dtype=np.int32)))
    assert text == f"there is no row {row}; there are 6"
    assert (plot.state(), plot.selection.tolist(), plot.hotspots["name"].tolist(), plot.review_at) == before
    assert caplog.records == []


def test_an_edit_of_rows_that_there_are_not_is_acknowledged_as_refused(plot, page):
    refused = page.edit("label", [1, 6], "dog")
    assert (refused.ok, refused.reason) == (False, "there is no row 6; there are 6")
    for kind, fields, words in (
        ("add", {"rows": [1, 6]}, "there is no row 6; there are 6"),
        ("paint", {}, "there is no change 'paint'"),
        ("cover", {"at": -5}, "that hotspot is gone"),
    ):
        refused = page.edit_hotspot(kind, "it", **fields)
        assert (refused.ok, words in refused.reason) == (False, True)
    assert page.edit("label", [0], "dog").ok
    assert plot.df.category.tolist()[0] == "dog"


@pytest.mark.parametrize(
    "part",
    [
        "",
        "/",
        "nonsense",
        "facet/none",
        "facet/",
        "facet/data",
        "layout/none",
        "layout/__class__",
        "layout/category?by=none",
        "layout/category?by",
        "layout/umap?n_neighbors=7",
        "layout/map?overlay=/etc/passwd",
        "layout/map?geojson=/etc/passwd",
        "layout/custom?fill=9",
        "coloring/none",
        "coloring/",
        "labels@1",
        "x" * 10_000,
        "layout/\ud800",
    ],
)
def test_parts_that_there_are_not(plot, page, caplog, part):
    parts = set(plot._pages.parts._parts)
    assert told(page, protocol.Want(part=part))
    assert set(plot._pages.parts._parts) == parts
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "message",
    [
        protocol.ReviewMove(at=99, client="page"),
        protocol.ReviewWanted(rows=np.zeros(0, np.int32), by="none"),
        protocol.CameraMoved(client="page", x=0, y=0, width=0),
        protocol.CameraMoved(client="page", x=1e300, y=0, width=1),
        protocol.SheetWanted(id=3, cell=33, rows=np.zeros(1, np.int32)),
        protocol.SheetWanted(id=3, cell=256, rows=np.zeros(100, np.int32)),
    ],
)
def test_what_cannot_be_done(plot, page, caplog, message):
    before = plot.state(), plot.review_at
    assert told(page, message)
    assert (plot.state(), plot.review_at) == before
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "condition",
    [
        {"query": "year > 1"},
        {"query": "@pd.io.common.os.getcwd()"},
        {"query": "year > 1", "rows": 99},
        {"rows": [0, 1]},
        {"rows": True},
        {"known": "1"},
        {"column": "year", "min": "1"},
        {"column": "year", "min": 10**300},
        {"column": ["year"], "min": 1},
        {"column": "category", "any": "cat"},
        {"column": "category", "any": [["cat"]]},
        {"column": "category", "any": {"a": 1}},
        {"column": "data", "any": ["cat"]},
        {"is": ["flagged"]},
        {"min": 1},
        {},
    ],
)
def test_conditions_that_are_none_are_refused_or_hold_of_nothing(plot, page, caplog, monkeypatch, condition):
    monkeypatch.setattr("pixplot_widget.facets.filters.query_mask", None)  # called, it would raise TypeError
    plot.filter = {"category": "dog"}
    after = len(page.messages)
    page.say(protocol.FilterWanted(client="page", seq=1, conditions=[condition]))
    page.wait(lambda part: part.type == "filter" and part.seq == 1, after)
    if plot.filter == [{"column": "category", "any": ["dog"]}]:
        assert "The filter was refused" in page.wait(lambda each: each.type == "trouble", after).text
    else:
        assert not len(plot.filtered)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_a_query_comes_back_by_its_number_whatever_text_stands_beside_it(plot, page, monkeypatch):
    plot.filter = "year > 3"
    (query,) = page.wait_part("filter", lambda part: len(part.conditions) == 1).conditions
    run = []
    real = filters.query_mask
    monkeypatch.setattr(filters, "query_mask", lambda df, text: run.append(text) or real(df, text))
    page.say(
        protocol.FilterWanted(client="page", seq=1, conditions=[query | {"query": "@pd.io"}, {"is": "not edited"}])
    )
    page.wait_part("filter", lambda part: part.seq == 1)
    assert plot.filter == [{"query": "year > 3"}, {"is": "not edited"}]
    assert set(run) == {"year > 3"}
    plot.relabel(4, "cat")  # what code gave follows the frame
    assert plot.filtered.index.tolist() == [5]


@pytest.mark.parametrize(
    "settings",
    [
        {"layout_name": "none"},
        {"layout_name": "map?overlay=/etc/passwd"},
        {"color_by": "none"},
        {"palette": "loud"},
        {"sprite_size": float("nan")},
        {"border_width": 10**400},
        {"height": "tall"},
        {"hovered": [1]},
    ],
)
def test_settings_that_there_are_not(plot, page, caplog, settings):
    names = ("layout", "layout_name", "color_by", "palette", "sprite_size", "border_width", "height", "hovered")
    before = [getattr(plot, name) for name in names]
    after = len(page.messages)
    plot._handle_msg({"content": {"data": {"method": "update", "state": settings, "buffer_paths": []}}, "buffers": []})
    assert page.wait(lambda each: each.type == "trouble", after).text
    assert [getattr(plot, name) for name in names] == before
    assert caplog.records == []


def test_a_handler_that_fails_is_told_and_the_next_message_is_heard(plot, page, caplog, monkeypatch):
    def fail(*_):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(plot._workspace.review, "move", fail)
    assert "out of luck" in told(page, protocol.ReviewMove(at=0, client="page"))
    assert "could not be dealt with" in caplog.text  # for whoever develops
    assert page.edit("label", [0], "dog").ok


def test_a_map_that_a_page_asks_for_opens_no_file(plot, page, tmp_path):
    trail = tmp_path / "trail.json"
    trail.write_text(json.dumps({"type": "LineString", "coordinates": [[3, 1], [50, 40]]}), "utf-8")
    plot.arrange("map", geojson=trail)
    trail.unlink()
    plot.layout = "map?projection=mercator&overlay=trail"
    page.say(protocol.Want(part=f"layout/{plot.layout}"))
    sent = page.wait_part(f"layout/{plot.layout}")
    assert len(sent.overlay) > 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["category", "year", "data", "lat", "none", ""])
CONDITIONS = st.dictionaries(
    st.sampled_from(["column", "any", "all", "min", "max", "contains", "is", "query", "rows", "known", "count"]),
    NAMES | JSON | st.lists(JSON, max_size=2),
    max_size=3,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions=st.lists(CONDITIONS, max_size=2))
def test_whatever_a_page_filters_by_is_answered(plot, page, caplog, conditions):
    after = len(page.messages)
    for content, buffers in protocol.encode(protocol.FilterWanted(client="page", seq=after, conditions=conditions)):
        plot._handle_custom_msg(content, buffers)
    page.wait(lambda part: part.type == "trouble" or (part.type == "filter" and part.seq == after), after)
    assert plot.filtered.shape[1] == plot.df.shape[1]
    assert json.dumps(plot.state())
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [("paint", "dog"), ("", None), ("label", True), ("flag", "dog"), ("class", "dog"), ("undo", "dog")],
)
def test_strange_edits_are_acknowledged(plot, page, caplog, kind, value):
    answer = page.edit(kind, [0], value)
    assert answer.ok or answer.reason
    assert page.edit("label", [1], "cat").ok
    assert caplog.records == []


@pytest.mark.parametrize(
    "name", ["_esm", "_css", "_anywidget_id", "_model_module", "_view_name", "_dom_classes", "tooltip"]
)
def test_a_page_sets_nothing_but_its_settings(plot, page, caplog, name):
    before, height = getattr(plot, name), plot.height + 1
    for value in ("export default {render() {alert()}}", 7, ["x"], {"a": 1}, None):
        data = {"method": "update", "state": {name: value, "height": height}, "buffer_paths": []}
        plot._handle_msg({"content": {"data": data}, "buffers": []})
        assert getattr(plot, name) == before
    assert plot.height == height
    assert caplog.records == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("value", "x" * 10_001), ("value", "x" * 3_000_000), ("reason", "x" * 10_001), ("how", 7), ("kind", None)],
)
@pytest.mark.parametrize("rows", [1, 300_000])
def test_an_edit_that_is_not_understood_is_refused_and_holds_up_none(plot, page, field, value, rows):
    fields = {"oldest": 1, "kind": "label", "value": "dog", "how": "manual", "reason": "", field: value}
    edit = protocol.EditSent(client="page", seq=1, rows=np.zeros(rows, np.int32), **fields)
    after = len(page.messages)
    page.say(edit)
    answer = page.wait(lambda each: each.type == "ack", after)
    assert (answer.seq, answer.ok) == (1, False)
    assert 0 < len(answer.reason) < 300
    assert page.edit("label", [0], "dog", seq=2).ok
    assert set(plot.df.category.dropna()) == {"cat", "dog"}


def test_rows_are_named_once(plot, page):
    twice = np.array([0, 1] * 4, np.int32)
    words = "8 rows were named, some more than once; there are 6"
    assert page.edit("label", twice, "dog").reason == words
    assert told(page, protocol.Select(client="page", rows=twice)) == words
    assert plot.edits.empty


def test_what_a_page_sends_of_edits_that_have_to_wait_is_bounded(plot, page, monkeypatch):
    monkeypatch.setattr("pixplot_widget.edits.answers._MOST_HELD_BYTES", 400)
    for seq in range(2, 102):
        page.say(
            protocol.EditSent(
                client="page", seq=seq, oldest=1, kind="label", rows=np.arange(5, dtype=np.int32),
                value="dog", how="manual", reason="",
            )
        )  # fmt: skip
    assert page.edit("label", [0], "cat", seq=1).ok
    answered = [each.seq for each in page.messages if each.type == "ack"]
    assert answered == list(range(1, 22))  # what was dropped its page sends again


def test_hotspots_of_a_page_have_short_names_and_are_not_without_number(plot, page, monkeypatch):
    assert "it may have 10,000" in page.edit_hotspot("add", "new", name="x" * 900_000, rows=[0]).reason
    plot.hotspots = {"a": [0], "b": [1]}
    monkeypatch.setattr("pixplot_widget.hotspots.spots.MOST_ADDED", 2)
    assert "one more can be made once one is removed" in page.edit_hotspot("add", "new", name="c", rows=[0]).reason
    assert plot.hotspots["name"].tolist() == ["a", "b"]
