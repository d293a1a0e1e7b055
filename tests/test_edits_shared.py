"""One frame with several writers: two logs, and code that knows of neither; nobody's cells are lost."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import threading
import weakref

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixplot_widget.edits import EditLog
from pixplot_widget.edits.locks import lock_of
from tools.waiting import SECONDS

ARROW = importlib.util.find_spec("pyarrow") is not None
N = 8


def days(*numbers: int) -> list[pd.Timestamp]:
    return [pd.Timestamp(2020, 1, number) for number in numbers]


def columns() -> dict[str, pd.Series]:
    """A column of N cells for each dtype, which holds three values and a gap where it can."""
    words, numbers, gaps = list("abcabc"), [1, 2, 3, 1, 2, 3], [None, None]
    made = {
        "object": pd.Series([*words, *gaps], dtype=object),
        "mixed": pd.Series(["a", 1, True, "a", 1, True, *gaps], dtype=object),
        "str": pd.Series([*words, *gaps], dtype="str"),
        "string[python]": pd.Series([*words, *gaps], dtype="string[python]"),
        "category": pd.Series([*words, *gaps], dtype="category"),
        "category of float32": pd.Series(pd.Categorical([*numbers, *gaps], pd.Index([1, 2, 3], dtype="float32"))),
        "bool": pd.Series([True, False] * 4),
        "boolean": pd.Series([True, False, True, True, False, True, *gaps], dtype="boolean"),
        "int8": pd.Series([*numbers, 1, 1], dtype="int8"),
        "Int64": pd.Series([*numbers, *gaps], dtype="Int64"),
        "float32": pd.Series([*numbers, *gaps], dtype="float32"),
        "Float32": pd.Series([*numbers, *gaps], dtype="Float32"),
        "datetime64[s]": pd.Series([*days(*numbers), *gaps], dtype="datetime64[s]"),
        "with a zone": pd.Series([*days(*numbers), *gaps], dtype="datetime64[us, Europe/Zurich]"),
    }
    if ARROW:
        import pyarrow as pa

        kinds = {
            "string": (words, pa.string()),
            "large_string": (words, pa.large_string()),
            "bool": ([True, False, True, True, False, True], pa.bool_()),
            "int": (numbers, pa.int16()),
            "double": (numbers, pa.float64()),
            "float": (numbers, pa.float32()),
            "timestamp": (days(*numbers), pa.timestamp("ms")),
        }
        made["string[pyarrow]"] = pd.Series([*words, *gaps], dtype="string[pyarrow]")
        for name, (values, kind) in kinds.items():
            array = pa.array([*values, *gaps], type=kind)
            made[f"Arrow {name}"] = pd.Series(pd.arrays.ArrowExtensionArray(array))
            if name in ("string", "int"):
                coded = pd.arrays.ArrowExtensionArray(array.dictionary_encode())
                made[f"Arrow dictionary of {name}"] = pd.Series(coded)
    return made


COLUMNS = columns()


def values_of(series: pd.Series) -> list:
    return [None if pd.isna(value) else value for value in series]


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_an_edit_changes_its_rows_and_no_others(name, data):
    df = pd.DataFrame({"category": COLUMNS[name].copy()})
    dtype, start = df["category"].dtype, values_of(df["category"])
    labels = [value for value in dict.fromkeys(start) if value is not None]
    if None in start:
        labels.append(None)
    log, expected, history = EditLog(df), list(start), [list(start)]
    rows, choice = st.lists(st.integers(0, N - 1), min_size=1, unique=True), st.sampled_from(labels)
    for picked, label in data.draw(st.lists(st.tuples(rows, choice), min_size=1, max_size=5)):
        if log.relabel(picked, label):
            for row in picked:
                expected[row] = label
            history.append(list(expected))
        assert values_of(df["category"]) == expected
        assert df["category"].dtype == dtype
    for before in reversed(history[:-1]):
        assert log.undo()
        assert values_of(df["category"]) == before
    assert not log.undo()


@pytest.mark.parametrize("name", COLUMNS)
def test_what_is_written_while_an_edit_goes_to_disk_stays(name, monkeypatch, tmp_path):
    df = pd.DataFrame({"category": COLUMNS[name].copy()})
    first, second = (df["category"].iloc[row] for row in (0, 1))
    log = EditLog(df, journal=tmp_path / "edits.jsonl")
    fsync = os.fsync

    def write_meanwhile(descriptor):
        fsync(descriptor)
        df["category"] = df["category"].where(pd.Series(range(N)) != writing, second if writing % 2 else first)

    monkeypatch.setattr(os, "fsync", write_meanwhile)
    for writing in (4, 5, 3):
        log.relabel([0, 6], second if writing != 5 else first)
        assert df["category"].iloc[writing] == (second if writing % 2 else first)
        assert df["category"].iloc[0] == (second if writing != 5 else first)


@pytest.mark.parametrize("name", ["object", "str", "category", "Int64"])
def test_two_logs_and_two_threads(name):
    """Each has rows of its own; a thread may be stopped between any two lines of the other."""
    df = pd.DataFrame({"category": COLUMNS[name].copy()})
    labels = values_of(df["category"])[:3]
    logs = [EditLog(df), EditLog(df)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def edit(log: EditLog, rows: list[int]) -> None:
        for k in range(60):
            log.relabel(rows, labels[k % 3])

    try:
        threads = [threading.Thread(target=edit, args=pair) for pair in zip(logs, ([0, 1], [4, 5]), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
    finally:
        sys.setswitchinterval(interval)
    assert not any(thread.is_alive() for thread in threads)
    assert [df["category"].iloc[row] for row in (0, 1, 4, 5)] == [labels[2]] * 4
    for log in logs:
        log.refresh()
        assert [log.labels.decode(code) for code in log.labels.codes] == values_of(df["category"])


def test_logs_of_one_frame_take_turns_and_may_call_each_other():
    """Each log's observer edits by the other one: with a lock each they would wait for each other crosswise."""
    df = pd.DataFrame({"category": list("aaaa")})
    logs = [EditLog(df), EditLog(df)]
    assert logs[0].lock is logs[1].lock
    assert EditLog(df.copy()).lock is not logs[0].lock
    for log, other, row in ((logs[0], logs[1], 2), (logs[1], logs[0], 3)):
        log.observe(lambda change, other=other, row=row: other.relabel(row, "c") if change.rows[0] < 2 else None)
    threads = [threading.Thread(target=log.relabel, args=(row, "b")) for row, log in enumerate(logs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert df["category"].tolist() == ["b", "b", "c", "c"]


def test_a_lock_does_not_keep_its_frame():
    df = pd.DataFrame({"category": ["a"]})
    lock, gone = weakref.ref(lock_of(df)), weakref.ref(df)
    del df
    gc.collect()
    assert gone() is None
    lock_of(pd.DataFrame())
    gc.collect()
    assert lock() is None


def test_an_array_that_the_frame_was_made_of_is_left_alone():
    array = np.array([1, 2, 3])
    df = pd.DataFrame({"category": pd.Series(array, copy=False)}, copy=False)
    log = EditLog(df)
    log.relabel(0, 3)
    log.relabel(1, 3)
    assert df["category"].tolist() == [3, 3, 3]
    assert array.tolist() == [1, 2, 3]
    seen = df["category"]
    log.relabel(2, 1)
    assert seen.tolist() == [3, 3, 3], "a column that was taken before an edit is as it was"
