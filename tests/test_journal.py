"""The journal: what is written and comes back, and files that are not ours."""

from __future__ import annotations

import json
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import N, lines, log_of, make
from pandas.testing import assert_frame_equal
from speed import quickest

from pixplot_widget.edits import EditLog
from pixplot_widget.edits.journal import fingerprint
from pixplot_widget.errors import JournalError
from pixplot_widget.packing import checksums, pack, unpack

# --- what is written, and read again --------------------------------------------------------------------------


def test_an_edit_can_be_read_with_the_eye(path):
    log = log_of(make(), path)
    log.apply([3, 1], "label", "cat", client="page", seq=1)
    log.undo()
    header, edit, undo = lines(path)
    assert header["pixplot_widget"] == "journal"
    assert header["version"] == 1
    assert (header["n"], header["columns"], header["label"]) == (N, ["filename", "category"], "category")
    assert header["files"] == fingerprint(make()["filename"])
    assert (edit["type"], edit["client"], edit["seq"], edit["how"]) == ("edit", "page", 1, "manual")
    (part,) = edit["parts"]
    assert (part["rows"], part["files"]) == ([1, 3], ["1.jpg", "3.jpg"])
    assert [part["values"][i] for i in part["new"]] == ["cat", "cat"]
    assert [part["values"][i] for i in part["old"]] == ["start", "start"]
    assert undo == {"type": "undo", "step": 1}


@pytest.mark.parametrize("dtype", ["str", "object"])
@pytest.mark.parametrize("corrected", [True, False])
def test_undo_after_a_restart_takes_added_categories_out_again(path, corrected, dtype):
    start = pd.DataFrame({"category": pd.Series(["a", "b", "a"], dtype=dtype).astype("category")})
    df = start.copy()
    log = EditLog(df, names=list("xyz"), journal=path)
    log.relabel([0], "new")
    log.relabel([0, 1], "b")
    log.relabel([1], "newer")
    end = df["category"].dtype
    log.close()
    again = df.copy() if corrected else start.copy()
    log = EditLog(again, names=list("xyz"), journal=path)
    while log.undo():
        pass
    assert_frame_equal(again, start)
    while log.redo():
        pass
    assert set(again["category"].cat.categories) == set(end.categories)
    log.close()


def test_everything_comes_back(path):
    df = make()
    log = log_of(df, path)
    log.relabel(range(10), "a")
    log.flag([1, 2], reason="blurry")
    log.relabel([0], None)
    log.undo()
    log.relabel([5], "b")
    log.revert([1])
    log.undo()
    log.undo()
    log.redo()
    log.close()
    again = make()
    back = log_of(again, path)
    assert_frame_equal(again, df)
    assert_frame_equal(back.edits, log.edits)
    assert_frame_equal(back.changes, log.changes)
    assert (back.undo_text, back.redo_text) == (log.undo_text, log.redo_text)
    assert back.replayed.steps == 5
    assert back.replayed.notes == []
    back.redo()
    assert again["category"].iloc[1] == "start"


def test_a_frame_that_was_saved_with_its_corrections_is_not_edited_twice(path):
    df = make()
    log = log_of(df, path)
    log.relabel([0, 1], "a")
    log.relabel([0], "b")
    log.close()
    again = log_of(df.copy(), path)
    assert again.replayed.applied == 0
    assert again.replayed.notes == []
    again.undo()
    again.undo()
    assert (again.df["category"] == "start").all()


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ([1, 2, 3], 10**18),
        (pd.array([1, None, 3], dtype="Int64"), None),
        ([0.1, np.nan, np.inf], 1e-300),
        ([True, False, True], False),
        (pd.Categorical(["a", None, "b"]), "new"),
        (pd.to_datetime(["2020-01-01", None, "2021-01-01"]), "2022-03-04"),
        (pd.Series([1, "1", None], dtype=object), "x"),
        (["a", "b\n\r\x0b", "🐈"], "\u2028 \\ \" '"),
        ([np.nan, np.nan, np.nan], "text in a column of nothing"),
    ],
)
def test_values_of_every_type_come_back(path, values, label):
    def fresh():
        return pd.DataFrame({"filename": ["a", "b", "c"], "category": values})

    df = fresh()
    log = log_of(df, path)
    log.relabel([0, 1], label)
    log.relabel([2], log.labels.decode(log.labels.codes[0]) if label is None else label)
    log.relabel([1], fresh()["category"].iloc[0] if fresh()["category"].notna()[0] else "other")
    log.close()
    again = fresh()
    back = log_of(again, path)
    assert_frame_equal(again, df)
    while back.undo():
        pass
    if df["category"].dtype == fresh()["category"].dtype:
        assert_frame_equal(again, fresh())


def test_a_hundred_thousand_rows_are_one_compact_line(path, tmp_path):
    n = 100_000
    df = make(n)
    log = log_of(df, path)
    size = path.stat().st_size
    log.relabel(np.arange(n), "all")
    assert path.stat().st_size - size < 800_000  # four bytes of each file name's checksum
    rows = np.random.default_rng(0).permutation(n)[: n // 2]
    log.relabel(rows, "half")
    assert len(lines(path)) == 3
    log.close()
    again, untouched = make(n), make(n)
    nothing = quickest(lambda: log_of(untouched, tmp_path / "new.jsonl").close(), 1)
    replayed = quickest(lambda: log_of(again, path).close(), 1)
    assert replayed < 20 * nothing, (replayed, nothing)
    assert_frame_equal(again, df)


@given(st.lists(st.integers(-(2**40), 2**40), max_size=200))
def test_packing_is_lossless(numbers):
    packed = json.loads(json.dumps(pack(np.array(numbers, dtype=np.int64))))
    assert unpack(packed).tolist() == numbers


@pytest.mark.parametrize(
    "packed", [None, 7, ["a"], [1.5], [True], {}, {"k": 2}, {"k": 3, "steps": "1:eA=="}, {"k": 1, "steps": 5}, "text"]
)
def test_what_is_not_packed_is_not_unpacked(packed):
    with pytest.raises(ValueError, match=r"expected|not a packed|padding|holds|base64|invalid"):
        unpack(packed)


def test_checksums_do_not_depend_on_the_machine():
    assert checksums(["", "a.jpg", "ü🐈.png", "\ud800"]).tolist()[:2] == [0, 2603921942]


# --- rows and datasets that are not those ---------------------------------------------------------------------


def test_an_edit_of_a_row_that_holds_another_file_is_reported_and_not_made(path):
    log = log_of(make(), path)
    log.relabel([0, 1, 2], "a")
    log.relabel(range(3, 15), "b")
    log.close()
    df = make()
    df.loc[[1, 4], "filename"] = ["new.jpg", "other.jpg"]
    back = log_of(df, path)
    assert df["category"].tolist()[:6] == ["a", "start", "a", "b", "start", "b"]
    assert back.replayed.moved == ["1.jpg", "4.jpg"]
    assert back.replayed.notes == [
        "2 edits of the journal were not applied, for their rows hold other files now: '1.jpg', '4.jpg'"
    ]
    back.undo()
    back.undo()
    assert (df["category"] == "start").all()


def test_the_same_for_many_rows(path):
    n = 1000
    log = log_of(make(n), path)
    log.relabel(range(n), "a")
    log.close()
    df = make(n)
    df.loc[7, "filename"] = "new.jpg"
    back = log_of(df, path)
    assert df["category"].tolist() == ["a"] * 7 + ["start"] + ["a"] * (n - 8)
    assert back.replayed.moved == ["row 7"]


def test_rows_appended_since_do_not_disturb(path):
    log = log_of(make(), path)
    log.relabel([0, 19], "a")
    log.close()
    df = make(N + 5)
    back = log_of(df, path)
    assert back.replayed.notes == ["the journal was begun with 20 rows; this frame has 25"]
    assert df["category"].tolist()[0] == df["category"].tolist()[19] == "a"


def test_a_value_that_the_journal_never_saw_is_left_and_reported(path):
    log = log_of(make(), path)
    log.relabel([0, 1], "a")
    log.relabel([0], "b")
    log.close()
    df = make()
    df.loc[0, "category"] = "mine"
    back = log_of(df, path)
    assert df["category"].tolist()[:2] == ["mine", "a"]
    assert back.replayed.kept == ["0.jpg"]
    assert "'0.jpg'" in back.replayed.notes[0]
    back.undo()
    back.undo()
    assert df["category"].tolist()[:2] == ["mine", "start"]
    assert not back.revert([0])


def test_a_journal_of_another_dataset_is_refused_and_left(path):
    log = log_of(make(), path)
    log.relabel([0, 1, 2], "a")
    log.close()
    content = path.read_bytes()
    other = make(prefix="other-")
    with pytest.raises(JournalError, match="another dataset: of the 3 images edited in it, 3 are not where they were"):
        log_of(other, path)
    assert (other["category"] == "start").all()
    assert path.read_bytes() == content
    log_of(make(), path)  # and it is not locked


@pytest.mark.parametrize(
    ("more", "words"),
    [({"label": "kind"}, "label='category', not 'kind'"), ({"flag": "bad"}, "flag='remove', not 'bad'")],
)
def test_a_journal_of_other_columns_is_refused(path, more, words):
    log_of(make(), path).close()
    with pytest.raises(JournalError, match=words):
        log_of(make().assign(kind="x"), path, **more)


def test_a_label_that_the_column_cannot_hold_any_more(path):
    log = log_of(make(), path)
    log.relabel(0, "text")
    log.close()
    df = make().assign(category=1)
    with pytest.raises(JournalError, match=r"line 2 .* cannot be replayed: 'start' does not fit"):
        log_of(df, path)


def test_boxes_of_one_file_are_told_apart(path):
    df = pd.DataFrame({"filename": ["a.jpg"] * 4, "x": [0, 10, 20, 30], "category": "start"})
    log = EditLog(df.copy(), identity=["filename", "x"], journal=path)
    log.relabel([0, 1, 2], "a")
    log.close()
    moved = df.assign(x=[0, 99, 20, 30])
    back = EditLog(moved, identity=["filename", "x"], journal=path)
    assert moved["category"].tolist() == ["a", "start", "a", "start"]
    assert back.replayed.moved == ["a.jpg|10"]


# --- torn, damaged and strange files --------------------------------------------------------------------------


def test_a_torn_last_line_is_dropped_wherever_it_is_torn(path):
    log = log_of(make(), path)
    log.relabel(0, "a")
    log.relabel(1, "b")
    log.close()
    whole = path.read_bytes()
    begin = whole.rindex(b"\n", 0, -1) + 1
    for end in range(begin, len(whole)):
        path.write_bytes(whole[:end])
        df = make()
        back = log_of(df, path)
        assert df["category"].tolist()[:2] == ["a", "start"]
        assert len(back.replayed.notes) == (end > begin)
        back.relabel(2, "after")
        back.close()
        df = make()
        back = log_of(df, path)
        assert df["category"].tolist()[:3] == ["a", "start", "after"]
        assert back.replayed.notes == []
        back.close()


def test_a_torn_header_is_written_anew(path):
    log_of(make(), path).close()
    whole = path.read_bytes()
    for end in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:end])
        log = log_of(make(), path)
        log.relabel(0, "a")
        log.close()
        assert [line.get("type", "header") for line in lines(path)] == ["header", "edit"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text.replace('"type":"edit"', '"type":"edit', 1), "line 2 .* is damaged"),
        (lambda text: text.replace('"step":1', '"step":9', 1), "line 2 .* is damaged .step 9 after step 0"),
        (lambda text: text.replace('"rows":[0]', '"rows":[-1]', 1), "line 2 .* is damaged"),
        (lambda text: text.replace('"rows":[0]', '"rows":"x"', 1), "line 2 .* is damaged"),
        (lambda text: text.replace('"kind":"label"', '"kind":"king"', 1), "line 2 .* is damaged"),
        (lambda text: text.replace('"new":[1]', '"new":[7]', 1), "line 2 .* is damaged"),
        (lambda text: text.replace('"type":"edit"', '"type":"magic"', 1), "unknown type 'magic'"),
        (
            lambda text: text.replace('"version":1', '"version":2', 1),
            "of version 2; this pixplot_widget reads version 1",
        ),
        (lambda text: text + '{"type":"undo","step":1}\n', "line 4 .* step 1, which was not due"),
        (lambda text: text + "[1, 2]\n", "line 4 .* is damaged"),
        (lambda text: text.replace("\n", "\n\n", 1), "line 2 .* is damaged"),
    ],
)
def test_a_damaged_journal_is_named_and_left(path, spoil, words):
    log = log_of(make(), path)
    log.relabel(0, "a")
    log.relabel(1, "b")
    log.close()
    text = path.read_text()
    assert spoil(text) != text
    path.write_text(spoil(text))
    df = make()
    with pytest.raises(JournalError, match=words):
        log_of(df, path)
    assert path.read_text() == spoil(text)
    assert_frame_equal(df, make())


@pytest.mark.parametrize("content", ["filename,category\n0.jpg,cat\n", "hello", "[]\n", "{}\n", "\x00" * 20, "\n"])
def test_a_file_of_something_else_is_not_touched(path, content):
    path.write_text(content)
    with pytest.raises(JournalError, match="is not a journal of pixplot_widget; it was left as it is"):
        log_of(make(), path)
    assert path.read_text() == content


def test_places_where_no_journal_can_be(tmp_path):
    for where in (tmp_path, tmp_path / "no folder" / "edits.jsonl"):
        with pytest.raises(JournalError, match=r"cannot be written: .*journal=None"):
            log_of(make(), where)


def test_a_device_or_a_pipe_is_no_journal(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for where in (pipe, "/dev/zero", "/dev/null"):
        with pytest.raises(JournalError, match="is a device or a pipe and keeps nothing"):
            log_of(make(), where)
