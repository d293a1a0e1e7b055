"""Edits are on disk before they are acknowledged: killed kernels, full disks, files that are not ours."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from pixplot_widget.edits import EditLog
from pixplot_widget.edits.journal import fingerprint
from pixplot_widget.errors import EditError, JournalError
from pixplot_widget.packing import checksums, pack, unpack

N = 20


def make(n: int = N, prefix: str = "") -> pd.DataFrame:
    return pd.DataFrame({"filename": [f"{prefix}{i}.jpg" for i in range(n)], "category": ["start"] * n})


def log_of(df: pd.DataFrame, path, **more) -> EditLog:
    return EditLog(df, identity=["filename"], journal=path, **more)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "edits.jsonl"


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


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


def test_a_hundred_thousand_rows_are_one_compact_line(path):
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
    again = make(n)
    start = time.perf_counter()
    log_of(again, path)
    assert time.perf_counter() - start < 3
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


# --- disks and kernels that fail ------------------------------------------------------------------------------


def in_child(act) -> int:
    """Run in a forked process; its exit status, 0 where `act` returned."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_full_disk_refuses_the_edit_and_later_ones_go_on(path):
    """A limit on the file's size is a disk that fills up while a line is written: half of it is there."""

    def fill_up() -> None:
        df = make()
        log = log_of(df, path)
        log.relabel(0, "a")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = path.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, hard))
        for _ in range(2):
            with pytest.raises(JournalError, match="the edit was not made, for it could not be written"):
                log.relabel([1, 2], "does not fit")
            assert df["category"].tolist()[:3] == ["a", "start", "start"]
            assert path.stat().st_size == size
        with pytest.raises(EditError, match="could not be written"):
            log.apply(1, "label", "x", client="page", seq=1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        log.relabel([1, 2], "fits")
        assert df["category"].tolist()[:3] == ["a", "fits", "fits"]

    assert in_child(fill_up) == 0
    df = make()
    back = log_of(df, path)
    assert df["category"].tolist()[:3] == ["a", "fits", "fits"]
    assert back.replayed.notes == []


@pytest.mark.parametrize("broken", ["write", "fsync", "ftruncate"])
def test_a_disk_that_gives_an_error(path, monkeypatch, broken):
    df = make()
    log = log_of(df, path)
    log.relabel(0, "a")

    def fail(descriptor, *rest):
        if broken == "ftruncate" and not isinstance(rest[0], int):
            os_write(descriptor, rest[0][:20])
        raise OSError(errno.EIO, "Input/output error")

    os_write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, broken, fail)
        if broken == "ftruncate":
            patch.setattr(os, "write", fail)
        for _ in range(2):
            with pytest.raises(JournalError, match=r"the edit was not made|cannot be removed"):
                log.relabel(1, "b")
    assert df["category"].tolist()[:2] == ["a", "start"]
    log.relabel(2, "c")
    log.close()
    again = make()
    log_of(again, path)
    assert_frame_equal(again, df)


def as_nobody(act) -> int:
    def act_as_nobody() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        act()

    return in_child(act_as_nobody)


def test_a_read_only_journal_is_refused_in_words(path):
    log = log_of(make(), path)
    log.relabel(0, "a")
    log.close()
    content = path.read_bytes()
    path.chmod(0o444)
    folder = path.parent
    while folder != folder.parent:  # pytest's folders are closed to others
        with contextlib.suppress(PermissionError):
            folder.chmod(folder.stat().st_mode | 0o055)
        folder = folder.parent

    def open_it() -> None:
        df = make()
        with pytest.raises(JournalError, match=r"cannot be written: Permission denied\. Give another path"):
            log_of(df, path)
        assert_frame_equal(df, make())

    assert as_nobody(open_it) == 0
    assert path.read_bytes() == content


def test_a_journal_that_was_moved_deleted_or_written_by_others(path):
    df = make()
    log = log_of(df, path)
    log.relabel(0, "a")
    aside = path.rename(path.with_suffix(".aside"))
    with pytest.raises(JournalError, match="moved or deleted"):
        log.relabel(1, "b")
    path.write_text("something else")
    with pytest.raises(JournalError, match="replaced by another file"):
        log.relabel(1, "b")
    aside.replace(path)
    log.relabel(1, "b")
    with path.open("a") as file:
        file.write("stray\n")
    with pytest.raises(JournalError, match="something else wrote to the journal"):
        log.relabel(2, "c")
    assert df["category"].tolist()[:3] == ["a", "b", "start"]


OTHER_KERNEL = """
import sys, pandas as pd
from pixplot_widget.edits import EditLog
df = pd.DataFrame({"filename": [f"{i}.jpg" for i in range(20)], "category": ["start"] * 20})
log = EditLog(df, identity=["filename"], journal=sys.argv[1])
log.relabel(0, "a")
print("ready", flush=True)
sys.stdin.read()
"""


def test_two_kernels_do_not_share_a_journal(path):
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_KERNEL, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "ready\n"
        content = path.read_bytes()
        with pytest.raises(JournalError, match="in use by another kernel; shut that one down or give another path"):
            log_of(make(), path)
        assert path.read_bytes() == content
    finally:
        other.kill()
        other.communicate()
    df = make()
    log_of(df, path)
    assert df["category"].iloc[0] == "a"


def test_running_the_cell_again_takes_the_journal_over(path):
    df = make()
    first = log_of(df, path)
    first.relabel(0, "a")
    second = log_of(df, path)
    assert df["category"].iloc[0] == "a"
    with pytest.raises(JournalError, match="a newer widget in this kernel has taken it over"):
        first.relabel(1, "b")
    second.relabel(1, "b")
    assert df["category"].tolist()[:2] == ["a", "b"]


def test_a_log_that_is_dropped_lets_go_of_its_journal(path):
    log = log_of(make(), path)
    log.relabel(0, "a")
    del log
    status = in_child(lambda: log_of(make(), path).relabel(1, "b"))
    assert status == 0


def test_a_forked_worker_neither_writes_nor_keeps_the_lock(path):
    log = log_of(make(), path)
    log.relabel(0, "a")

    def work() -> None:
        with pytest.raises(JournalError, match="forked process"):
            log.relabel(1, "b")

    assert in_child(work) == 0
    log.relabel(1, "c")
    assert len(lines(path)) == 3


def test_a_closed_journal_refuses(path):
    log = log_of(make(), path)
    log.close()
    log.close()
    with pytest.raises(JournalError, match="it was closed"):
        log.relabel(0, "a")


# --- killed ---------------------------------------------------------------------------------------------------


def keep_editing(path, acknowledge: int) -> None:
    """A kernel at work: each edit is told to the parent once it was acknowledged."""
    generator = random.Random(os.getpid())
    log = log_of(make(), path)
    seq = log.settled("page")
    os.write(acknowledge, b"ready\n")
    while True:
        seq += 1
        what = generator.random()
        if what < 0.7:
            log.apply(generator.sample(range(N), 3), "label", f"edit {seq}", client="page", seq=seq)
        elif what < 0.9:
            log.undo(client="page", seq=seq)
        else:
            log.redo(client="page", seq=seq)
        state = json.dumps([seq, log.df["category"].tolist(), len(log)])
        os.write(acknowledge, state.encode() + b"\n")


def kill_one(path, delay: float) -> list:
    """Fork a kernel, kill it after a while, and give what it acknowledged last."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            keep_editing(path, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.readline() == b"ready\n"
        time.sleep(delay)  # when it is killed is what is tried
        os.kill(child, signal.SIGKILL)
        heard = pipe.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    whole = heard.split(b"\n")[:-1]
    return json.loads(whole[-1]) if whole else []


def test_killed_two_hundred_times_between_any_two_steps(tmp_path):
    """Nothing acknowledged is lost, nothing is made twice, and the file is never damaged."""
    generator = random.Random(0)
    beyond = 0
    for journal in range(20):
        path = tmp_path / f"{journal}.jsonl"
        settled = edits = 0
        for _ in range(10):
            acknowledged = kill_one(path, generator.uniform(0.0005, 0.015))
            log = log_of(make(), path)
            reached = log.settled("page")
            assert settled <= reached
            assert edits <= len(log.edits)
            beyond += check_nothing_lost(log, acknowledged)
            settled, edits = reached, len(log.edits)
            log.close()
        assert settled > 0
    assert beyond > 0  # the kills did hit between the disk and the acknowledgement


def check_nothing_lost(log: EditLog, acknowledged: list) -> bool:
    """Compare what came back with what was acknowledged last; whether one edit more was on disk."""
    reached = log.settled("page")
    if acknowledged:
        seq, labels, standing = acknowledged
        assert seq <= reached <= seq + 1
        if reached == seq:
            assert log.df["category"].tolist() == labels
            assert len(log) == standing
    table = log.edits
    assert table["new"].str.removeprefix("edit ").astype(int).is_monotonic_increasing
    assert not table.duplicated(["position", "new"]).any()
    return bool(acknowledged) and reached > acknowledged[0]


def test_on_disk_before_it_is_in_the_frame_with_one_fsync_a_step(path, monkeypatch):
    df = make()
    log = log_of(df, path)
    events = []
    fsync, isetitem = os.fsync, pd.DataFrame.isetitem
    monkeypatch.setattr(os, "fsync", lambda descriptor: events.append("disk") or fsync(descriptor))
    monkeypatch.setattr(pd.DataFrame, "isetitem", lambda *args: events.append("frame") or isetitem(*args))
    log.observe(lambda change: events.append("told"))
    log.relabel(range(N), "a")
    log.undo()
    log.relabel(0, "start")  # nothing
    assert events == ["disk", "frame", "told"] * 2
