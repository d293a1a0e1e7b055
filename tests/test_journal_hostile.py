"""Journals that are damaged, or written by somebody who means harm: a good log, or one sentence."""

from __future__ import annotations

import base64
import copy
import json
import tempfile
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import lines, log_of, make

from pixplot_widget.edits import Aside, EditLog
from pixplot_widget.errors import EditError, JournalError
from pixplot_widget.export import changes_to_csv
from pixplot_widget.packing import pack, strict_json, unpack

N = 50


def frame() -> pd.DataFrame:
    return make(N)


def genuine() -> list[dict]:
    """The records of a journal in which everything was done that can be done."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edits.jsonl"
        log = log_of(frame(), path)
        log.apply([3, 1], "label", "cat", client="page", seq=1)
        log.relabel(np.arange(N), "all")
        log.undo(client="page", seq=2)
        log.flag([2, 4], reason="blurred")
        with pytest.raises(EditError):
            log.apply([1000], "label", "x", client="page", seq=3)
        log.relabel(np.arange(0, N), ["even", "odd"] * (N // 2))
        log.revert([3])
        log.undo()
        log.undo()
        log.redo()
        log.keep("place", {"at": 1})
        log.step_aside(lambda: (Aside("place", {"at": 1}, {"at": 2}), "move the place", lambda: None))
        log.undo()
        log.append(make(2, prefix="new-"), ["new-0.jpg", "new-1.jpg"])
        log.close()
        return lines(path)


RECORDS = genuine()
DEEP = "[" * 100_000 + "]" * 100_000


def written(records: list[Any]) -> bytes:
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records).encode()


def bomb(k: int) -> dict:
    return {"k": k, "steps": "1:" + base64.b64encode(zlib.compress(b"\x01" * min(k, 50_000_000), 9)).decode()}


SCALARS = [None, True, -1, 0, 1, 7, 10**30, -(2**63), 2**63, 1.5, 1e308, "", "x", "\x00", "\ud800", "9"]
WORDS = ["label", "undo", "redo", "append", "kept", "answer", "edit"]
LISTS = [[], [0], [[]], {}, [10**30], ["a"], [-1], {"text": "x"}, {"text": 3}, {"text": "\ud800"}]
PACKED = [
    {"k": 10**10, "same": 0},
    {"k": -1, "same": 0},
    {"k": 3, "same": 10**40},
    {"k": N, "same": 1},
    {"k": 4, "steps": "1:eA=="},
    {"k": 4, "steps": "99:eA=="},
    bomb(10**6),
    {"k": N, "steps": bomb(10**6)["steps"]},
]
NASTY = st.sampled_from([*SCALARS, *WORDS, *LISTS, *PACKED])


def places(value: Any, at: tuple = ()) -> list[tuple]:
    """Every place in a record."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, each in inside for place in places(each, (*at, key)))]


def put(record: Any, place: tuple, value: Any) -> Any:
    if not place:
        return value
    *way, last = place
    holder = record
    for key in way:
        holder = holder[key]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return record


@st.composite
def spoilt(draw) -> bytes:
    records = copy.deepcopy(RECORDS)
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, len(records) - 1))
        what = draw(st.sampled_from(["value", "value", "value", "gone", "again", "order"]))
        if what == "again":
            records.insert(draw(st.integers(0, len(records))), copy.deepcopy(records[number]))
        elif what == "order":
            records.insert(draw(st.integers(0, len(records))), records.pop(number))
        elif isinstance(records[number], (dict, list)):
            place = draw(st.sampled_from(places(records[number])))
            if place or what == "value":
                records[number] = put(
                    records[number], place, ... if what == "gone" and place else copy.deepcopy(draw(NASTY))
                )
    data = bytearray(written(records))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


def check_outcome(data: bytes) -> bool:
    """Open a journal; whether it is a good one. If it is, all that a log can do works."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edits.jsonl"
        path.write_bytes(data)
        df = frame()
        log, refused = None, ""
        try:
            log = log_of(df, path)
        except JournalError as error:
            refused = str(error)
        if log is None:
            assert str(path) in refused
            assert "\n" not in refused
            pd.testing.assert_frame_equal(df, frame())
            return False
        json.dumps([log.undo_text, log.redo_text]).encode("ascii")
        (log.undo_text + log.redo_text + "".join(log.labels.names)).encode("utf-8")
        assert len(log.edits) >= len(log.changes)
        changes_to_csv(log)
        for turn in (log.undo, log.redo):
            for _ in range(20):
                try:
                    turn()
                except EditError:
                    break
        log.relabel(0, "goes on")
        assert df["category"].iloc[0] == "goes on"
        changes_to_csv(log)
        log.close()
        return True


@settings(max_examples=300, deadline=None)
@given(spoilt())
def test_a_spoilt_journal_is_a_good_one_or_is_refused_in_words(data):
    check_outcome(data)


def test_the_genuine_one_is_good():
    assert check_outcome(written(RECORDS))


def changed(number: int, **values: Any) -> list[dict]:
    records = copy.deepcopy(RECORDS)
    part = records[number].get("parts", [{}])[0]
    for name, value in values.items():
        put(part if name in part else records[number], (name,), value)
    return records


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (changed(0, n=...), "line 1 .*how many rows"),
        (changed(0, n="x"), "line 1 .*how many rows"),
        (changed(0, n=-1), "line 1 .*how many rows"),
        (changed(1, rows=[10**30]), "line 2 .*64 bits"),
        (changed(1, rows={"k": 10**10, "same": 0}), "line 2 .*10000000000 numbers .* at most"),
        (changed(1, rows=bomb(10**10)), "line 2 .*at most"),
        (changed(1, files=["3.jpg"]), "line 2 .*as many files as rows"),
        (changed(1, files=[1, 2, 3]), "line 2 .*at most"),
        (changed(1, old=["a", "b"]), "line 2 .*numbers were expected"),
        (changed(1, time=1e308), "line 2 .*seconds since 1970"),
        (changed(1, time=-1), "line 2 .*seconds since 1970"),
        (changed(1, time="now"), "line 2 .*seconds since 1970"),
        (changed(1, how="magic"), "line 2 .*unknown way, 'magic'"),
        (changed(1, how=...), "line 2 .*there is no 'how'"),
        (changed(1, parts=[]), "line 2 .*writes to each of its columns once"),
        (changed(1, parts=RECORDS[1]["parts"] * 2), "line 2 .*writes to each of its columns once"),
        (changed(1, values=[["a"], "b"]), "line 2 .*one value"),
        (changed(1, values=["start", "\ud800"]), "line 2 .*half a character"),
        (changed(1, seq=0), "line 2 .*whole number from 1"),
        (changed(1, client=[]), "line 2 .*text was expected"),
        (changed(1, aside={"what": "place"}), "line 2 .*there is no 'before'"),
        (changed(1, aside={"what": "place", "before": 1, "after": {}}), "line 2 .*before and after"),
        (changed(3, left=[]), "line 4 .*named by column"),
        (changed(3, left={"label": {"k": 10**12, "same": 1}}), "line 4 .*at most"),
    ],
)
def test_what_makes_no_sense_is_named_by_its_line(path, records, words):
    path.write_bytes(written(records))
    tracemalloc.start()
    with pytest.raises(JournalError, match=words):
        log_of(frame(), path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (DEEP, "nested too deeply"),
        ('{"type":"answer","type":"kept"}', "a key stands twice"),
        ('{"type":"edit","time":NaN}', "NaN is no number"),
        ('{"type":"edit","time":1e999}', "1e999 is no number"),
        ('{"type":' + "9" * 5000 + "}", "digits"),
        ('{"type":"\x00"}', "control character"),
        ('{"type":"\xff"}', "decode"),
        ("7", "not a record"),
        ("", "Expecting value"),
    ],
)
def test_what_is_no_json_is_named_by_its_line(path, line, words):
    path.write_bytes(written(RECORDS[:1]) + line.encode("latin-1") + b"\n" + written(RECORDS[1:]))
    with pytest.raises(JournalError, match=rf"line 2 .*is damaged \(.*{words}"):
        log_of(frame(), path)


def test_a_step_that_the_column_cannot_take_back_is_refused_when_it_is_undone(path):
    """The labels were gaps in a column that has none since."""
    df = pd.DataFrame({"filename": ["a", "b"], "category": [1.0, np.nan]})
    log = log_of(df, path)
    log.relabel(1, 2)
    log.close()
    whole = df.assign(category=df["category"].astype("int64"))
    log = log_of(whole, path)
    with pytest.raises(EditError, match="no missing values"):
        log.undo()
    assert whole["category"].tolist() == [1, 2]
    assert len(log.edits) == 1


def test_text_that_stood_there_and_cannot_be_given_comes_back(path):
    df = pd.DataFrame({"filename": ["a", "b"], "category": ["", "cat"]})
    log = log_of(df, path)
    log.relabel(0, "cat")
    log.close()
    log = log_of(df, path)
    log.undo()
    assert df["category"].tolist() == ["", "cat"]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=100), st.integers(0, 120))
def test_no_more_numbers_are_read_than_are_allowed(numbers, most):
    packed = strict_json(json.dumps(pack(np.array(numbers, dtype=np.int64))))
    if len(numbers) <= most:
        assert unpack(packed, most).tolist() == numbers
    else:
        with pytest.raises(ValueError, match="at most"):
            unpack(packed, most)


# --- journals of versions before --------------------------------------------------------------------------------


def test_a_journal_that_was_written_before_opens_as_it_was_left(tmp_path):
    """Relabels, flags with a reason, turns, an answer, hotspots and added rows, as the first version wrote them."""
    path = tmp_path / "edits.jsonl"
    path.write_bytes((Path(__file__).parent / "journal_of_version_1.jsonl").read_bytes())
    names = [f"image {row}" for row in range(41)]
    df = pd.DataFrame({"category": [*["cat", "dog"] * 20, "dog"]})
    log = EditLog(df, names=names, journal=path)
    assert df["category"].tolist() == ["owl", *["dog", "cat"] * 19, "dog", "new"]
    assert df["remove"].tolist() == [row in (1, 2) for row in range(41)]
    assert df["remove_reason"].dropna().tolist() == ["blurred", "blurred"]
    assert (len(log.edits), len(log.changes), log.replayed.steps, log.replayed.notes) == (47, 6, 5, [])
    assert log.settled("page") == 3
    with pytest.raises(EditError, match="no such row: 99"):
        log.apply([0], "label", "x", client="page", seq=2)
    (kept,) = log.kept["hotspots"]
    assert [name for name, _, _ in kept["spots"]] == ["first", "all"]
    while log.undo():
        pass
    assert df["category"].tolist() == [*["cat", "dog"] * 20, "dog"]
