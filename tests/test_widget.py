"""The widget as a user has it: arguments in, messages from a page, and what `df` says in the end."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from packaging.version import Version
from page import Page
from PIL import Image
from plots import pictures

from pixplot_widget import PixPlot
from pixplot_widget.comm import messages
from pixplot_widget.protocol import (
    ImageWanted,
    RowWanted,
    Search,
    SheetWanted,
    SimilarWanted,
    Want,
    encode,
)

# --- the first street: what a page gets to see ---


def test_a_page_gets_everything_it_draws(make):
    plot = make(6).wait()
    page = Page(plot)
    page.hello()
    manifest = page.wait_part("manifest")
    assert (manifest.n, manifest.label_column, manifest.new_labels) == (6, "category", True)
    labels = page.wait_part("labels")
    assert labels.names == ["cat", "dog"]
    assert labels.codes.tolist() == [0, 1, -1, 0, 1, -1]
    assert page.wait_part("layout/umap").xy.shape == (12,)
    looks = page.wait_part("looks/1")
    assert looks.rows.tolist() == list(range(6))
    assert looks.shapes[:2].tolist() == [255, 191]
    sheet = page.wait_part("sheet/32/1/0")
    image = np.asarray(Image.open(io.BytesIO(sheet.jpeg.tobytes())).convert("RGB"))
    for k, row in enumerate(sheet.rows):
        seen = image[10, k * 32 + 10].astype(int)
        assert np.abs(seen - pictures(6)[row][0, 0]).max() < 12
    assert page.largest <= 1_000_000


def test_a_second_page_gets_all_and_the_first_nothing_twice(make):
    plot = make(4).wait()
    first = Page(plot, "first")
    first.hello()
    first.wait_part("progress", lambda progress: progress.stage == "")
    count = len(first.messages)
    first.hello()
    second = Page(plot, "second")
    second.hello()
    kinds = {"manifest", "labels", "names", "looks", "layout", "sheet"}
    second.wait(lambda _: kinds <= {name.split("/")[0] for name in second.parts})
    # What the first has is sent for the second only.
    assert [m.type for m in first.messages[count:]].count("manifest") == 1


def test_what_pages_ask_for_is_answered(make):
    df = pd.DataFrame(
        {
            "category": ["a", "b"],
            "description": ["<b>first</b>", None],
            "permalink": ["https://x.example/1", ""],
            "size": [1.5, 2.0],
        },
        index=["p", "q"],
    )
    plot = make(df=df).wait()
    page = Page(plot)
    row = page.ask(RowWanted, row=0)
    assert row.description == "<b>first</b>"
    assert row.permalink == "https://x.example/1"
    assert ["size", "1.5"] in row.fields
    assert ["index", "p"] in row.fields
    picture = page.ask(ImageWanted, row=1, whole=False)
    assert picture.mime == "image/jpeg"
    assert Image.open(io.BytesIO(picture.bytes.tobytes())).size == (16, 12)
    sheet = page.ask(SheetWanted, cell=128, rows=np.array([1], dtype=np.int32))
    assert sheet.rows.tolist() == [1]
    assert page.ask(Search, text="FIRST").rows.tolist() == [0]
    assert page.ask(Search, text="nothing").rows.tolist() == []
    assert page.ask(RowWanted, row=2).text.startswith("there is no row 2")
    similar = page.ask(SimilarWanted, rows=np.array([0], dtype=np.int32), k=5, among="all", label=None)
    assert similar.rows.tolist() == [1]


def test_layouts_and_colorings_come_when_wanted(make):
    plot = make(6).wait()
    page = Page(plot)
    page.hello()
    page.say(Want(part="layout/category"))
    layout = page.wait_part("layout/category")
    assert {caption["text"] for caption in layout.captions} >= {"cat", "dog"}
    page.say(Want(part="coloring/year"))
    coloring = page.wait_part("coloring/year")
    assert (coloring.kind, coloring.names) == ("scale", ["1900", "1905"])
    page.say(Want(part="layout/nowhere"))
    assert "nowhere" in page.wait(lambda m: m.type == "trouble").text


def test_strange_messages_are_answered_in_words_and_change_nothing(make):
    plot = make(3).wait()
    page = Page(plot)
    plot._handle_custom_msg({"type": "edit"}, [])
    assert "not a frame" in page.wait(lambda m: m.type == "trouble").text


# --- the second street: edits ---


def test_a_label_given_on_screen_is_in_the_frame(make):
    plot = make(6)
    df = plot.df
    page = Page(plot)
    assert page.edit("label", [0, 2], "dog").ok
    assert df.category.tolist()[:3] == ["dog", "dog", "dog"]
    changed = page.wait(lambda m: m.type == "changed")
    assert (changed.client, changed.seq, changed.rows.tolist()) == ("page", 1, [0, 2])
    assert plot.edits.loc[:, ["position", "old", "new", "how"]].values.tolist()[0] == [0, "cat", "dog", "manual"]


def test_an_edit_that_comes_twice_is_made_once(make):
    plot = make(6)
    page = Page(plot)
    page.edit("label", [0], "dog", seq=1)
    plot.relabel(0, "cat")
    assert page.edit("label", [0], "dog", seq=1).ok
    assert plot.df.category[0] == "cat"


def test_every_page_hears_of_an_edit(make):
    plot = make(6)
    one, two = Page(plot, "one"), Page(plot, "two")
    one.edit("label", [1], "cat")
    assert two.wait(lambda m: m.type == "changed").rows.tolist() == [1]
    plot.flag(3)
    assert one.wait(lambda m: m.type == "changed" and m.rows.tolist() == [3]).flags.tolist() == [1]


def test_a_refused_edit_says_why(make):
    plot = make(df=pd.DataFrame({"category": [1, 2, 3]}))
    page = Page(plot)
    ack = page.edit("label", [0], "many")
    assert not ack.ok
    assert "many" in ack.reason
    assert plot.df.category.tolist() == [1, 2, 3]
    assert not page.edit("label", [9], "1").ok
    assert page.edit("label", [0], "7").ok
    assert plot.df.category.tolist() == [7, 2, 3]
    assert plot.df.category.dtype == np.int64


def test_what_was_written_outside_is_shown_and_said(make):
    plot = make(6)
    df = plot.df
    page = Page(plot)
    df.loc[[1, 2], "category"] = "fox"
    plot.refresh()
    news = page.wait(lambda m: m.type == "changed")
    assert news.rows.tolist() == [1, 2]
    assert [dict(zip(news.places, news.names, strict=True))[code] for code in news.codes] == ["fox", "fox"]
    assert news.note == "2 images changed outside the widget"

    df.loc[0, "category"] = "owl"  # no refresh: noticed at the next edit of that row
    ack = page.edit("label", [0, 3], "dog")
    assert ack.ok
    assert "holds 'owl' now, not what was shown; left as it is" in ack.reason
    assert df.category.tolist()[:4] == ["owl", "fox", "fox", "dog"]
    assert page.edit("label", [0], "dog").ok  # now it was seen
    assert df.category[0] == "dog"

    df.loc[99] = df.loc[1]
    refused = page.edit("label", [0], "cat")
    assert not refused.ok
    assert "Make a new PixPlot of the frame" in refused.reason
    assert df.category[0] == "dog"


def test_whoever_goes_by_a_new_column_finds_it_in_the_menus(make):
    plot = make(6)
    page = Page(plot)
    page.hello()
    for go, name in (
        (lambda: plot.review("doubt"), "doubt"),
        (lambda: setattr(plot, "color_by", "width"), "width"),
        (lambda: setattr(plot, "filter", "score > 2"), "score"),
    ):
        plot.df[name] = np.arange(6.0)
        go()
        told = page.wait_part("manifest", lambda sent, name=name: name in dict(sent.facets))
        assert name in told.colorings
    plot.df["later"] = 1.5
    plot.refresh()
    told = page.wait_part("manifest", lambda sent: "later" in sent.colorings)
    assert not {"category", "remove", "remove_reason"} & {*told.colorings}
    # A flag makes a column of its own, of which nothing is to be told.
    plot.flag(1, reason="blurred")
    manifests = sum(message.type == "manifest" for message in page.messages)
    plot.color_by = "year"
    page.ask(RowWanted, row=0)
    assert sum(message.type == "manifest" for message in page.messages) == manifests


def test_flags_leave_labels_alone_and_clean_drops_their_rows(make):
    plot = make(6)
    page = Page(plot)
    page.edit("flag", [1], True, reason="blurred")
    assert plot.df.remove.tolist() == [False, True, False, False, False, False]
    assert plot.df.category[1] == "dog"
    assert page.ask(RowWanted, row=1).reason == "blurred"
    assert plot.clean().year.tolist() == [1900, 1902, 1903, 1904, 1905]


def test_undo_and_redo_from_the_page_and_from_code(make):
    plot = make(6)
    page = Page(plot)
    page.edit("label", [0, 1], "dog")
    page.edit("undo", [], None)
    assert plot.df.category.tolist()[:2] == ["cat", "dog"]
    plot.redo()
    assert plot.df.category.tolist()[:2] == ["dog", "dog"]
    page.edit("redo", [], None)  # nothing to redo is no error


def test_a_page_that_comes_later_is_told_what_undo_will_take_back(make, monkeypatch):
    plot = make(6)
    plot.relabel([0, 1], "owl")
    plot.flag([1, 4])
    plot.relabel([5], "cat")
    later = Page(plot, "later")
    later.hello()
    told = later.wait_part("labels")
    assert told.steps == ["relabel 1 image to 'cat'", "flag 2 images", "relabel 2 images to 'owl'"]
    assert (told.undo_steps, told.more_undo, told.more_redo) == (3, False, False)
    assert told.undo == told.steps[0]
    assert (told.step_sizes.tolist(), told.step_rows.tolist()) == ([1, 2, 2], [5, 1, 4, 0, 1])
    assert told.step_codes.tolist() == [-1, *map(told.names.index, ["owl", "dog", "cat", "dog"])]
    assert told.step_flags.tolist() == [0, 0, 0, 0, 0]
    assert told.step_edited.tolist() == [0, 1, 0, 0, 0]
    monkeypatch.setattr(messages, "MOST_TURNED", 4)
    last = Page(plot, "last")
    last.hello()
    told = last.wait_part("labels")
    assert (told.undo_steps, told.more_undo, told.step_rows.tolist()) == (2, True, [5, 1, 4])


def test_a_page_that_comes_later_is_told_what_redo_will_make_again(make, monkeypatch):
    plot = make(6)
    plot.relabel([0, 1], "owl")
    plot.flag([1, 4])
    plot.relabel([4], "owl")
    plot.undo()
    plot.undo()
    later = Page(plot, "later")
    later.hello()
    told = later.wait_part("labels")
    assert told.steps == ["relabel 2 images to 'owl'", "flag 2 images", "relabel 1 image to 'owl'"]
    assert (told.undo_steps, told.more_undo, told.more_redo) == (1, False, False)
    assert told.redo == told.steps[1]
    assert (told.step_sizes.tolist(), told.step_rows.tolist()) == ([2, 2, 1], [0, 1, 1, 4, 4])
    assert told.step_codes[2:].tolist() == [*map(told.names.index, ["owl", "dog", "owl"])]
    assert told.step_flags.tolist() == [0, 0, 1, 1, 1]
    assert told.step_edited[2:].tolist() == [1, 1, 1]
    monkeypatch.setattr(messages, "MOST_TURNED", 2)
    last = Page(plot, "last")
    last.hello()
    told = last.wait_part("labels")
    assert (told.undo_steps, told.more_undo, told.more_redo) == (1, False, True)
    assert told.step_rows.tolist() == [0, 1, 1, 4]


@pytest.mark.parametrize("slip", ["dresz", "dres", "Dress", "drses", "dress "])
def test_code_is_told_of_a_new_label_that_is_nearly_one_there_is(make, slip):
    plot = make(df=pd.DataFrame({"category": ["dress", "shirt", "dress", "type 1"]}))
    with pytest.warns(UserWarning, match=f"{slip!r} is a new label; did you mean 'dress'") as told:
        plot.relabel(0, slip)
    assert told[0].filename == __file__
    assert plot.df.category.tolist() == [slip, "shirt", "dress", "type 1"]
    plot.undo()
    assert plot.df.category[0] == "dress"


@pytest.mark.filterwarnings("error", "ignore::DeprecationWarning")  # old releases of ipywidgets warn of themselves
def test_code_is_told_nothing_of_labels_that_are_meant(make):
    plot = make(df=pd.DataFrame({"category": ["dress", "shirt", "dress", "type 1"]}))
    for label in ("trousers", "cress", "skirt 2", "type 10", "Hemd", "dress", None):
        plot.relabel(0, label)
    plot.rename_label("dress", "dresses")  # there is no "dress" any more that it could have been
    plot.relabel(1, "t")
    closed = make(df=pd.DataFrame({"category": ["dress", "shirt"]}), labels=["dress", "dresses", "shirt"])
    closed.relabel(1, "dresses")
    numbers = make(df=pd.DataFrame({"category": [15.0, 2.0]}))
    numbers.relabel(1, "1.5")
    column = make(df=pd.DataFrame({"category": pd.Categorical(["dress", "dress"], ["dress", "dresses"])}))
    column.relabel(1, "dresses")


def test_a_label_for_no_image_is_none(make):
    plot = make(df=pd.DataFrame({"category": ["dress", "shirt"]}))
    plot.relabel([], "hat")
    plot.relabel(0, "shirt")
    page = Page(plot, "page")
    page.hello()
    assert page.wait_part("labels").names == ["dress", "shirt"]


@pytest.mark.xfail(
    Version(pd.__version__) < Version("3"), reason="pandas takes texts that differ behind half a character for one"
)
def test_half_a_character_keeps_no_message_from_the_page(make):
    half = "\ud83d"  # of an emoji: text that was cut by another language's count of characters
    df = pd.DataFrame({"category": ["cat", half, f"{half}x"], "description": ["so", f"cut {half}", "so"]}, dtype=object)
    plot = make(df=df, label="category")
    page = Page(plot)
    page.hello()
    names = page.wait_part("labels").names
    assert names == ["cat", "\ufffd", "\ufffdx"]
    assert page.ask(RowWanted, row=1).description == "cut \ufffd"
    assert page.edit("label", [0], names[1]).ok
    assert df.category.tolist() == [half, half, f"{half}x"]
    for message in page.messages:
        for content, _ in encode(message):
            json.dumps(content, ensure_ascii=False).encode("utf-8")


def test_copy_leaves_the_given_frame_alone(make):
    df = pd.DataFrame({"category": ["a", "b"]})
    plot = make(df=df, copy=True)
    plot.relabel(0, "b")
    assert df.category.tolist() == ["a", "b"]
    assert plot.df.category.tolist() == ["b", "b"]


def test_changes_go_out_and_into_another_copy(make, tmp_path):
    plot, other = make(6), make(6)
    Page(plot).edit("label", [0], "dog")
    plot.flag(5)
    plot.changes_to_csv(tmp_path / "changes.csv")
    other.merge(tmp_path / "changes.csv")
    assert other.df.category.tolist() == plot.df.category.tolist()
    assert other.df.remove.tolist() == plot.df.remove.tolist()
    other.undo()
    assert other.df.category[0] == "cat"


def test_folders_by_label(make, tmp_path):
    plot = make(6)
    plot.relabel(0, "fox")
    plot.flag(3)
    plan = plot.to_folders(tmp_path / "sorted")
    assert len(plan) == 6
    assert not (tmp_path / "sorted").exists()
    plot.to_folders(tmp_path / "sorted", dry_run=False)
    assert sorted(folder.name for folder in (tmp_path / "sorted").iterdir()) == ["dog", "fox"]


def test_the_category_layout_follows_the_labels(make):
    plot = make(6).wait()
    before = plot.layouts["category"]
    plot.relabel([0, 1, 2, 3, 4, 5], "dog")
    after = plot.layouts["category"]
    assert [caption.count for caption in after.captions] == [6]
    assert len(before.captions) == 3


def test_a_journal_brings_edits_back(make, tmp_path):
    df = pd.DataFrame({"category": ["a", "b"], "filename": ["x.png", "y.png"]})
    for name in df.filename:
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    options = {"image": "filename", "image_dir": tmp_path, "journal": tmp_path / "edits.jsonl"}
    plot = make(df=df.copy(), **options)
    Page(plot).edit("label", [0], "b")
    plot.close()
    assert make(df=df.copy(), **options).df.category.tolist() == ["b", "b"]


def test_the_docstring_lists_what_can_be_done_by_task():
    index = PixPlot.__doc__.partition("Parameters\n")[0]
    named = set(re.findall(r"`(\w+)`", index))
    own = {name for name, value in vars(PixPlot).items() if callable(value) or isinstance(value, property)}
    traits = {name for name in PixPlot.class_own_traits() if name != "layout_name"}  # as pages see `layout`
    assert named == {name for name in own | traits if not name.startswith("_")} - {"set_state"}
