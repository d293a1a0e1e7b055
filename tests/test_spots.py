"""Hotspots in the widget: found, changed by pages and code, kept with the journal."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page import Page
from plots import pictures

from pixplot_widget import PixPlot
from pixplot_widget.edits import Aside, EditLog
from pixplot_widget.edits.answers import Inbox
from pixplot_widget.errors import JournalError
from pixplot_widget.hotspots import check_hotspots
from pixplot_widget.hotspots.spots import Spots
from pixplot_widget.protocol import EditSent, HotspotEdit
from pixplot_widget.rows import RowKeys

NO_ROWS = np.zeros(0, dtype=np.int32)


def keep_in(records: list):
    """Keep what a change leads to, as a log without undo would."""

    def keep(make) -> None:
        kept = make()
        records.append(kept.after)
        kept.put()

    return keep


def blobs() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    which = np.repeat([0, 1, 2], [60, 50, 40])
    vectors = rng.normal(size=(150, 8)) + 12 * np.eye(8)[which]
    return pd.DataFrame({"category": np.array(["cat", "dog", "owl"])[which]}), vectors.astype(np.float32)


def change(page: Page, kind: str, key: str = "", **fields):
    """Say what a page says; return the hotspots as it then gets them."""
    after = len(page.messages)
    assert page.edit_hotspot(kind, key, **fields).ok
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
    message = page.wait_part("hotspots", lambda part: len(part.ids) == 3)
    assert sent(message) == {row["name"]: row["positions"].tolist() for _, row in found.iterrows()}
    assert message.covers.tolist() == found["cover"].tolist()
    columns = plot.hotspot_columns()
    assert columns["dog"].tolist() == (df.category == "dog").tolist()


def test_pages_change_them_and_code_sees_it(make):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors).wait()
    page = Page(plot)
    page.hello()
    cat, dog, owl = page.wait_part("hotspots", lambda part: len(part.ids) == 3).ids
    change(page, "rename", dog, name=" hounds ")
    assert change(page, "cover", cat, at=7).covers[0] == 7
    change(page, "move", owl, at=0)
    assert change(page, "remove", cat).names == ["owl", "hounds"]
    added = change(page, "add", rows=[3, 1, 2])
    assert added.names == ["cat", "owl", "hounds"]
    again = change(page, "add", rows=[5, 6])
    assert again.names[0] == "cat (2)"
    plot.hotspots = plot.hotspots.iloc[:2]
    assert plot.hotspots["positions"].map(list).tolist() == [[5, 6], [1, 2, 3]]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "rename", "name": "  "}, "must have a name"),
        ({"kind": "cover", "at": 149}, "must be one of its images"),
        ({"kind": "add", "key": "new", "rows": [150]}, "there is no row 150; there are 150"),
        ({"kind": "add", "key": "new"}, "images that are there"),
        ({"kind": "add", "rows": [1]}, "there is a hotspot of the id"),
        ({"kind": "add", "key": "x" * 101, "rows": [1]}, "at most 100 characters, not 101"),
        ({"kind": "remove", "key": "other"}, "that hotspot is gone"),
        ({"kind": "melt"}, "no change 'melt'"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(make, fields, words):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors).wait()
    page = Page(plot)
    page.hello()
    key = page.wait_part("hotspots", lambda part: len(part.ids) == 3).ids[0]
    for seq in (1, 1):
        answer = page.edit_hotspot(**({"key": key, "seq": seq} | fields))
        assert (answer.ok, words in answer.reason) == (False, True), answer.reason
    assert plot.hotspots["name"].tolist() == ["cat", "dog", "owl"]
    assert plot.undo() == "nothing to undo"


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
    key = plot._workspace.hotspots.spots.ids[1]
    plot._workspace.hotspots.spots.rename(key, "hounds")
    first = (tmp_path / "edits.jsonl").stat().st_size - before
    plot._workspace.hotspots.spots.move(key, 0)
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
    spots = Spots(RowKeys(["a", "b", "c", "d"]), keep_in(records))
    spots.set({"one": [0, 1], "two": [2, 3]})
    other = Spots(RowKeys(["a", "x", "y", "z", "b"]), keep_in(records))
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
    spots = Spots(RowKeys([str(k) for k in range(10)]), keep_in(records))
    for kind, which, number in steps:
        if kind == "add":
            rows = np.arange(number, 10)
            spots.add(lambda number=number: f"n{number}", rows)
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
    again = Spots(RowKeys([str(k) for k in range(10)]), keep_in(records))
    again.recall(records)
    return again


def test_nobody_sees_the_inside():
    spots = Spots(RowKeys(["a"]), lambda make: make().put())
    spots.set(check_hotspots({"x": [0]}, 1))
    frame = spots.frame
    frame.loc[0, "name"] = "y"
    assert spots.frame["name"].tolist() == ["x"]


# --- the one numbering of a page's edits ---------------------------------------------------------------------------


def test_edits_of_hotspots_keep_their_place_among_a_page_s_others(make):
    plot = make(df=pd.DataFrame({"category": list("aabb")}), image=pictures(4))
    plot.hotspots = {"one": [0]}
    page = Page(plot)
    page.hello()
    # the page makes one, names it, gives a label, and undoes that: in whatever order and however often they come
    label = {"client": "page", "oldest": 1, "kind": "label", "value": "c", "how": "manual", "reason": ""}
    rows = np.array([3], dtype=np.int32)
    spot = {"client": "page", "oldest": 1, "key": "page's own", "at": 0, "name": ""}
    sent = [
        HotspotEdit(seq=1, kind="add", rows=rows, **spot),
        HotspotEdit(seq=2, kind="rename", rows=NO_ROWS, **(spot | {"name": "two"})),
        EditSent(seq=3, rows=rows, **label),
        EditSent(seq=4, rows=NO_ROWS, **(label | {"kind": "undo", "value": None})),
        HotspotEdit(seq=5, kind="rename", rows=NO_ROWS, **(spot | {"key": "gone", "name": "three"})),
        EditSent(seq=6, rows=NO_ROWS, **(label | {"kind": "undo", "value": None})),
    ]
    for k in (3, 5, 1, 1, 2, 4):
        page.say(sent[k])
        assert plot.hotspots["name"].tolist() == ["one"]
    for edit in (sent[0], *sent):
        page.say(edit)
    acks = [(m.seq, m.ok) for m in page.messages if m.type == "ack"]
    assert acks[:6] == [(seq, seq != 5) for seq in range(1, 7)]
    assert dict(acks) == dict(acks[:6])
    assert plot.df["category"].tolist() == list("aabb")
    assert len(plot.hotspots) == 2
    assert plot.hotspots["name"][0] != "two", "the rename was undone"
    listed = [m for m in page.messages if m.type == "hotspots"]
    assert listed[-1].ids[0] == "page's own"
    # of a step that changed the list pages hear the list first
    news = [(m.type, m.revision) for m in page.messages if m.type in ("hotspots", "changed") and m.revision > 1]
    changed = [revision for kind, revision in news if kind == "changed"]
    assert changed == [2, 3, 4, 5, 6]
    assert all(news.index(("hotspots", r)) < news.index(("changed", r)) for r in (2, 3, 6))
    plot.undo(), plot.redo()
    assert plot._workspace.hotspots.spots.ids[0] == "page's own"


def test_what_the_kernel_took_before_it_was_killed_is_not_made_again_and_the_rest_finds_its_hotspots(make, tmp_path):
    df, vectors = blobs()
    df["filename"] = [f"{k}.jpg" for k in range(150)]
    options = {"vectors": vectors, "journal": tmp_path / "edits.jsonl", "image": pictures(150)}
    plot = make(df=df.copy(), **options).wait()
    page = Page(plot)
    page.hello()
    cat, dog, owl = page.wait_part("hotspots", lambda part: len(part.ids) == 3).ids
    edits = [("add", "mine", {"rows": [1, 2]}), ("remove", cat, {}), ("remove", "gone", {})]
    later = [("rename", "mine", {"name": "pair"}), ("rename", dog, {"name": "hounds"}), ("move", owl, {"at": 0})]
    given = [page.edit_hotspot(kind, key, **more) for kind, key, more in edits]
    plot.close()
    plot = make(df=df.copy(), **options).wait()
    page = Page(plot)
    again = [page.edit_hotspot(kind, key, **more) for kind, key, more in edits]
    assert [(a.ok, a.reason) for a in again] == [(a.ok, a.reason) for a in given]
    assert all(page.edit_hotspot(kind, key, **more).ok for kind, key, more in later)
    assert plot.hotspots["name"].tolist() == ["owl", "pair", "hounds"]
    said = [plot.undo() for _ in range(6)]
    assert said[-1] == "nothing to undo"
    assert plot.hotspots["name"].tolist() == ["cat", "dog", "owl"]


spot_edits = st.lists(st.tuples(st.sampled_from(["add", "rename", "move", "remove", "undo"]), st.integers(0, 5)))


@given(spot_edits.filter(bool), st.data())
@settings(max_examples=40, deadline=None)
def test_however_edits_travel_and_kernels_go_each_is_made_once_in_order(edits, data):
    """Against a list on which they are made one after the other."""

    def act(log, spots, seq):
        (kind, number), asked = edits[seq - 1], {"client": "page", "seq": seq}
        key = f"k{number % 3}"
        if kind == "undo":
            return log.undo(**asked)
        if kind == "add":
            return spots.add(lambda: f"n{seq}", np.arange(number, 6), id=key, **asked)
        return getattr(spots, kind)(key, *{"rename": [f"r{seq}"], "move": [number], "remove": []}[kind], **asked)

    def kernel(journal):
        log = EditLog(pd.DataFrame({"category": ["a"] * 6}), journal=journal)

        def keep(make, **asked):
            def prepared():
                kept = make()
                return Aside("hotspots", kept.before, kept.after), kept.text, kept.put

            return log.step_aside(prepared, **asked)

        spots = Spots(log.keys, keep, log.lock)
        log.turn_aside("hotspots", spots.restoring)
        spots.recall(log.kept.get("hotspots", []))
        return log, spots, Inbox(log)

    ideal, expected, inbox = kernel(None)
    answers = [
        inbox.receive("page", seq, lambda seq=seq: act(ideal, expected, seq)) for seq in range(1, len(edits) + 1)
    ]
    with tempfile.TemporaryDirectory() as folder:
        log, spots, inbox = kernel(Path(folder) / "edits.jsonl")
        travels = data.draw(st.lists(st.integers(0, len(edits)), max_size=30))
        heard = {}
        for seq in [*travels, *range(1, len(edits) + 1)]:
            if seq == 0:  # killed, and started again
                log.close()
                log, spots, inbox = kernel(Path(folder) / "edits.jsonl")
                continue
            for answer in inbox.receive("page", seq, lambda seq=seq, log=log, spots=spots: act(log, spots, seq)):
                assert heard.setdefault(answer.seq, answer.ok) == answer.ok
        assert heard == {answer.seq: answer.ok for (answer,) in answers}
        assert (seen(spots), spots.ids, log.undo_text) == (seen(expected), expected.ids, ideal.undo_text)
        log.close()


# --- undo -------------------------------------------------------------------------------------------------------


def test_what_was_deleted_on_screen_comes_back(make):
    df, vectors = blobs()
    plot = make(df=df, vectors=vectors, image=pictures(150)).wait()
    found = plot.hotspots
    page = Page(plot)
    page.hello()
    sent = page.wait_part("hotspots", lambda part: len(part.ids) == 3)
    assert page.edit_hotspot("remove", sent.ids[1]).ok
    assert plot.hotspots["name"].tolist() == [found["name"][0], found["name"][2]]
    told = page.wait(lambda message: message.type == "changed")
    assert (told.kind, told.undo, len(told.rows)) == ("hotspots", f"delete hotspot {found['name'][1]!r}", 0)
    assert page.edit("undo", NO_ROWS, None).ok
    pd.testing.assert_frame_equal(plot.hotspots, found)
    assert page.wait(lambda message: message.type == "hotspots" and message.revision == 2).ids == sent.ids
    assert (plot.undo(), plot.redo()) == ("nothing to undo", f"redo: delete hotspot {found['name'][1]!r}")
    assert len(plot.hotspots) == 2
    assert len(plot.edits) == 0, "these are changes of rows"


def test_they_are_undone_in_turn_with_labels_also_after_a_restart(make, tmp_path):
    df = pd.DataFrame({"category": list("aabb")})
    options = {"image": pictures(4), "journal": tmp_path / "edits.jsonl"}
    plot = make(df=df, **options)
    plot.hotspots = {"two": [0, 1], "one": [3]}
    plot.relabel(0, "c")
    plot._workspace.hotspots.spots.rename(plot._workspace.hotspots.spots.ids[0], "both")
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

    def keep(make) -> None:
        kept = make()
        log.step_aside(lambda: (Aside("hotspots", kept.before, kept.after), kept.text, kept.put))

    spots = Spots(log.keys, keep, log.lock)
    log.turn_aside("hotspots", spots.restoring)
    been, at = [seen(spots)], 0
    for kind, number in steps:
        if kind in ("undo", "redo"):
            getattr(log, kind)()
            at = max(at - 1, 0) if kind == "undo" else min(at + 1, len(been) - 1)
        elif kind == "add" or spots.ids:
            if kind == "add":
                spots.add(lambda number=number: f"n{number}", np.arange(number, 6))
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
    spots = Spots(RowKeys([str(k) for k in range(100)]), lambda make: make().put())
    with pytest.raises(ValueError, match="110,000 rows at most"):
        spots.set({str(k): range(100) for k in range(1200)})
    assert not len(spots.frame)
