"""Jobs in threads: all are done once, none that hangs holds up the others, and what goes wrong is told."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixplot_widget import pool
from pixplot_widget.pool import TookTooLong, run
from tools.waiting import SECONDS


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 700), st.integers(1, 8))
def test_every_job_is_done_once(count, threads):
    assert sorted(run(lambda task: task * 2, range(count), threads=threads)) == [(n, n * 2) for n in range(count)]


def test_hanging_jobs_are_given_up_and_the_rest_done():
    release = threading.Event()

    def work(task: int) -> int:
        if task < 5:
            release.wait(SECONDS)
        return task

    results = dict(run(work, range(200), threads=2, patience=0.02, give_up=0.5))
    release.set()
    assert [task for task, result in results.items() if isinstance(result, TookTooLong)] == [0, 1, 2, 3, 4]
    assert all(results[task] == task for task in range(5, 200))


def test_what_a_job_raises_is_raised_here():
    with pytest.raises(ZeroDivisionError):
        list(run(lambda task: 1 // task, [3, 2, 1, 0]))


def test_what_the_tasks_raise_is_raised_here():
    def tasks():
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(run(abs, tasks()))


def test_tasks_that_are_waited_for_keep_nobody_from_leaving():
    cancel, never, ended = threading.Event(), threading.Event(), threading.Event()

    def tasks():
        yield 1
        never.wait(SECONDS)
        ended.set()

    for _ in run(abs, tasks(), cancel=cancel):
        cancel.set()
    assert not ended.is_set()
    never.set()


def test_cancelled():
    cancel = threading.Event()
    taken = []
    for task, _ in run(lambda task: task, iter(range(10**9)), cancel=cancel):
        taken.append(task)
        if len(taken) == 10:
            cancel.set()
    assert len(taken) == 10


def test_leaving_the_loop_stops_the_threads():
    done = []
    for _ in run(done.append, iter(range(10**9)), threads=3):
        break
    for thread in threading.enumerate():
        if thread.name.startswith("pixplot-pool"):
            thread.join(SECONDS)
    assert not any(thread.name.startswith("pixplot-pool") for thread in threading.enumerate())
    assert len(done) < pool.BACKLOG + 1000


def test_results_wait_in_bounded_number():
    started = []
    for number, _ in enumerate(run(started.append, range(5000), threads=4)):
        assert len(started) - number <= pool.BACKLOG + 4 + 1
