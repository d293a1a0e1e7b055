"""Edits are on disk before they are acknowledged: full disks, other kernels, killed ones."""

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

import pytest
from journals import N, lines, log_of, make
from pandas.testing import assert_frame_equal

from pixplot_widget.edits import EditLog
from pixplot_widget.errors import EditError, JournalError

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
    fsync = os.fsync

    def on_disk(descriptor):
        events.append(("disk", df["category"].iloc[0]))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", on_disk)
    log.observe(lambda change: events.append(("told", df["category"].iloc[0])))
    log.relabel(range(N), "a")
    log.undo()
    log.relabel(0, "start")  # nothing
    assert events == [("disk", "start"), ("told", "a"), ("disk", "a"), ("told", "start")]
