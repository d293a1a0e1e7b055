"""Hotspots in the widget: found, changed by pages and code, kept with the journal."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page import Page
from plots import pictures

from pixplot_widget import PixPlot
from pixplot_widget.edits import Aside, EditLog
from pixplot_widget.errors import JournalError
from pixplot_widget.hotspots import check_hotspots
from pixplot_widget.hotspots.spots import Kept, Spots
from pixplot_widget.protocol import HotspotEdit
from pixplot_widget.rows import RowKeys

NO_ROWS = np.zeros(0, dtype=np.int32)


def keep_in(records: list):
    """Keep what a change leads to, as a log without undo would."""

    def keep(kept: Kept) -> None:
        records.append(kept.after)
        kept.put()

    return keep


def blobs() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    which = np.repeat([0, 1, 2], [60, 50, 40])
    vectors = rng.normal(size=(150, 8)) + 12 * np.eye(8)[which]
    return pd.DataFrame({"category": np.array(["cat", "dog", "owl"])[which]}), vectors.astype(np.float32)


def change(page: Page, kind: str, key: int = 0, name: str = "", at: int = 0, rows: np.ndarray = NO_ROWS):
    """Say what a page says; return the hotspots as it then gets them."""
    after = len(page.messages)
    page.say(HotspotEdit(kind=kind, key=key, name=name, at=at, rows=rows))
    return page.wait(lambda message: message.type == "hotspots", after)


def sent(message) -> dict[str, list[int]]:
    return {
        name: message.rows[start:end].tolist()
        for name, start, end in zip(message.names, message.starts, message.starts[1:], strict=False)
    }


def test_they_are_found_named_and_sent(make):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors).wait()
    found = plot.hotspots
    assert found["name"].tolist() == ["cat", "dog", "owl"]
    assert found["size"].tolist() == [60, 50, 40]
    page = Page(plot)
    page.hello()
    message = page.wait_part("hotspots")
    assert sent(message) == {row["name"]: row["positions"].tolist() for _, row in found.iterrows()}
    assert message.covers.tolist() == found["cover"].tolist()
    columns = plot.hotspot_columns()
    assert columns["dog"].tolist() == (df.category == "dog").tolist()


def test_pages_change_them_and_code_sees_it(make):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors).wait()
    page = Page(plot)
    page.hello()
    cat, dog, owl = page.wait_part("hotspots").ids
    change(page, "rename", dog, name=" hounds ")
    assert change(page, "cover", cat, at=7).covers[0] == 7
    change(page, "move", owl, at=0)
    assert change(page, "remove", cat).names == ["owl", "hounds"]
    added = change(page, "add", rows=np.array([3, 1, 2], dtype=np.int32))
    assert added.names == ["cat", "owl", "hounds"]
    again = change(page, "add", rows=np.array([5, 6], dtype=np.int32))
    assert again.names[0] == "cat (2)"
    plot.hotspots = plot.hotspots.iloc[:2]
    assert plot.hotspots["positions"].map(list).tolist() == [[5, 6], [1, 2, 3]]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "rename", "name": "  "}, "must have a name"),
        ({"kind": "cover", "at": 149}, "must be one of its images"),
        ({"kind": "add", "rows": np.array([150], dtype=np.int32)}, "images that are there"),
        ({"kind": "add"}, "images that are there"),
        ({"kind": "remove", "key": 999}, "that hotspot is gone"),
        ({"kind": "melt"}, "no change 'melt'"),
    ],
)
def test_what_cannot_be_is_refused_and_the_page_sees_what_is(make, fields, words):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors).wait()
    page = Page(plot)
    page.hello()
    key = page.wait_part("hotspots").ids[0]
    assert change(page, **({"key": key} | fields)).names == ["cat", "dog", "owl"]
    assert words in page.wait(lambda message: message.type == "trouble").text


def test_what_a_user_made_survives_new_vectors_and_none_finds_them_anew(make):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors).wait()
    plot.hotspots = {"mine": [1, 2]}
    plot.vectors = vectors[::-1].copy()
    plot.wait()
    assert plot.hotspots["name"].tolist() == ["mine"]
    plot.hotspots = None
    plot.wait()
    assert sorted(plot.hotspots["size"]) == [40, 50, 60]
    with pytest.raises(IndexError, match="there are 150 rows"):
        plot.hotspots = {"far": [150]}


def test_they_come_back_with_the_journal(make, tmp_path):
    df, vectors = blobs()
    df["filename"] = [f"{k}.jpg" for k in range(150)]
    options = {"vectors": vectors, "journal": tmp_path / "edits.jsonl", "image": pictures(150), "box": None}
    plot = make(df=df.copy(), **options).wait()
    before = (tmp_path / "edits.jsonl").stat().st_size
    key = plot._grouping.spots.ids[1]
    plot._grouping.spots.rename(key, "hounds")
    first = (tmp_path / "edits.jsonl").stat().st_size - before
    plot._grouping.spots.move(key, 0)
    assert (tmp_path / "edits.jsonl").stat().st_size - before - first < 600  # rows are written once
    expected = plot.hotspots
    plot.relabel(0, "dog")
    plot.close()
    again = make(df=df.copy(), **options).wait()
    pd.testing.assert_frame_equal(again.hotspots, expected)
    assert again.df.category[0] == "dog"
    again.hotspots = None
    again.close()
    assert make(df=df.copy(), **options).wait().hotspots["name"].tolist() != ["hounds", "cat", "owl"]


def test_rows_that_are_not_where_they_were_are_left_out():
    records = []
    spots = Spots(RowKeys(["a", "b", "c", "d"]), keep_in(records), lambda: None)
    spots.set({"one": [0, 1], "two": [2, 3]})
    other = Spots(RowKeys(["a", "x", "y", "z", "b"]), keep_in(records), lambda: None)
    assert other.recall(records) == 3
    assert other.frame["name"].tolist() == ["one"]
    assert other.frame["positions"].map(list).tolist() == [[0]]


@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "rename", "move", "remove", "cover"]), st.integers(0, 7), st.integers(0, 9)),
        max_size=20,
    )
)
def test_whatever_is_done_is_what_the_records_say(steps):
    """Against a plain list; then the records alone make the same."""
    records, model = [], []
    spots = Spots(RowKeys([str(k) for k in range(10)]), keep_in(records), lambda: None)
    for kind, which, number in steps:
        if kind == "add":
            rows = np.arange(number, 10)
            spots.add(f"n{number}", rows)
            model.insert(0, [f"n{number}", int(rows[0]), rows.tolist()])
        elif model:
            at = which % len(model)
            key = spots.ids[at]
            if kind == "rename":
                spots.rename(key, f"r{number}")
                model[at][0] = f"r{number}"
            elif kind == "move":
                spots.move(key, number)
                model.insert(min(number, len(model) - 1), model.pop(at))
            elif kind == "remove":
                spots.remove(key)
                model.pop(at)
            elif number in model[at][2]:
                spots.cover(key, number)
                model[at][1] = number
    for each in (spots, _recalled(records)):
        frame = each.frame
        assert frame["name"].tolist() == [name for name, _, _ in model]
        assert frame["cover"].tolist() == [cover for _, cover, _ in model]
        assert frame["positions"].map(list).tolist() == [rows for _, _, rows in model]
        assert len(set(each.ids)) == len(model)


def _recalled(records):
    again = Spots(RowKeys([str(k) for k in range(10)]), keep_in(records), lambda: None)
    again.recall(records)
    return again


def test_nobody_sees_the_inside():
    spots = Spots(RowKeys(["a"]), lambda kept: kept.put(), lambda: None)
    spots.set(check_hotspots({"x": [0]}, 1))
    frame = spots.frame
    frame.loc[0, "name"] = "y"
    assert spots.frame["name"].tolist() == ["x"]


# --- undo -------------------------------------------------------------------------------------------------------


def test_what_was_deleted_on_screen_comes_back(make):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors, image=pictures(150)).wait()
    found = plot.hotspots
    page = Page(plot)
    page.hello()
    sent = page.wait_part("hotspots")
    page.say(HotspotEdit(kind="remove", key=sent.ids[1], name="", at=0, rows=NO_ROWS))
    assert plot.hotspots["name"].tolist() == [found["name"][0], found["name"][2]]
    told = page.wait(lambda message: message.type == "changed")
    assert (told.kind, told.undo, len(told.rows)) == ("hotspots", f"delete hotspot {found['name'][1]!r}", 0)
    assert page.edit("undo", NO_ROWS, None).ok
    pd.testing.assert_frame_equal(plot.hotspots, found)
    page.wait_part("hotspots", lambda part: len(part.ids) == 3)
    assert (plot.undo(), plot.redo()) == ("nothing to undo", f"redo: delete hotspot {found['name'][1]!r}")
    assert len(plot.hotspots) == 2
    assert len(plot.edits) == 0, "these are changes of rows"


def test_they_are_undone_in_turn_with_labels_also_after_a_restart(make, tmp_path):
    df = pd.DataFrame({"category": list("aabb")})
    options = {"image": pictures(4), "journal": tmp_path / "edits.jsonl"}
    plot = make(df=df, **options)
    plot.hotspots = {"two": [0, 1], "one": [3]}
    plot.relabel(0, "c")
    plot._grouping.spots.rename(plot._grouping.spots.ids[0], "both")
    plot.undo()
    plot.close()
    plot = make(df=pd.DataFrame({"category": list("aabb")}), **options)
    assert plot.df["category"].tolist() == list("cabb")
    assert plot.hotspots["name"].tolist() == ["two", "one"]
    assert plot.redo() == "redo: rename hotspot 'two' to 'both'"
    assert plot.hotspots["name"].tolist() == ["both", "one"]
    said = [plot.undo() for _ in range(4)]
    assert said == [
        "undo: rename hotspot 'two' to 'both'",
        "undo: relabel 1 image to 'c'",
        "undo: set 2 hotspots",
        "nothing to undo",
    ]
    assert plot.df["category"].tolist() == list("aabb")
    assert "two" not in plot.hotspots["name"].tolist()


def test_a_change_that_cannot_be_kept_is_not_made(make, tmp_path):
    plot = make(df=pd.DataFrame({"category": list("ab")}), image=pictures(2), journal=tmp_path / "edits.jsonl")
    plot.hotspots = {"one": [0]}
    (tmp_path / "edits.jsonl").unlink()
    with pytest.raises(JournalError, match="moved or deleted"):
        plot.hotspots = {"other": [1]}
    assert plot.hotspots["name"].tolist() == ["one"]


@given(st.lists(st.tuples(st.sampled_from(["add", "rename", "move", "remove", "undo", "redo"]), st.integers(0, 5))))
@settings(max_examples=40, deadline=None)
def test_undo_and_redo_walk_through_all_that_was(steps):
    log = EditLog(pd.DataFrame({"category": ["a"] * 6}))

    def keep(kept: Kept) -> None:
        log.step_aside(Aside("hotspots", kept.before, kept.after), kept.text, kept.put)

    spots = Spots(log.keys, keep, lambda: None, log.lock)
    log.turn_aside("hotspots", spots.restoring)
    been, at = [seen(spots)], 0
    for kind, number in steps:
        if kind in ("undo", "redo"):
            getattr(log, kind)()
            at = max(at - 1, 0) if kind == "undo" else min(at + 1, len(been) - 1)
        elif kind == "add" or spots.ids:
            if kind == "add":
                spots.add(f"n{number}", np.arange(number, 6))
            else:
                key = spots.ids[number % len(spots.ids)]
                getattr(spots, kind)(key, *{"rename": [f"r{number}"], "move": [number], "remove": []}[kind])
            at += 1
            been[at:] = [seen(spots)]
        assert seen(spots) == been[at]
        assert len(set(spots.ids)) == len(spots.ids)


def seen(spots: Spots) -> list:
    frame = spots.frame
    return [*zip(frame["name"], frame["cover"], frame["positions"].map(list), strict=True)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record["sets"].clear(),
        lambda record: record["spots"].append(["x"]),
        lambda record: record["spots"].append([7, 0, "key"]),
        lambda record: record["spots"][0].__setitem__(1, 1.5),
        lambda record: record.__setitem__("spots", 3),
        lambda record: record["sets"][record["spots"][0][2]].__setitem__("rows", {"k": 10**10, "same": 0}),
        lambda record: record["sets"][record["spots"][0][2]].__setitem__("files", [1]),
        lambda record: record.__setitem__("spots", record["spots"] * 60_000),
    ],
)
def test_hotspots_of_a_damaged_journal_are_refused_in_a_sentence(tmp_path, spoil):
    path, df = tmp_path / "edits.jsonl", pd.DataFrame({"category": ["a"] * 3})
    plot = PixPlot(df, image=pictures(3), cache=False, journal=path)
    plot.hotspots = {"two": [0, 1]}
    plot.close()
    *before, last = path.read_text().splitlines()
    record = json.loads(last)
    spoil(record["aside"]["after"])
    path.write_text("\n".join([*before, json.dumps(record)]) + "\n")
    with pytest.raises(JournalError, match="the hotspots in the journal are damaged"):
        PixPlot(df, image=pictures(3), cache=False, journal=path)


def test_all_hotspots_together_have_only_so_many_rows():
    spots = Spots(RowKeys([str(k) for k in range(100)]), lambda kept: kept.put(), lambda: None)
    with pytest.raises(ValueError, match="110,000 rows at most"):
        spots.set({str(k): range(100) for k in range(1200)})
    assert not len(spots.frame)
