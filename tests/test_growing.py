"""Adding rows that fails, or is interrupted, at any line: all of it takes place or none, and pictures are the rows'."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from breaking import Breaking
from page import Page

from pixplot_widget import PixPlot
from pixplot_widget.edits import EditLog
from tools.waiting import SECONDS

N, MORE = 5, 3


def table(first: int, count: int) -> pd.DataFrame:
    rows = range(first, first + count)
    return pd.DataFrame({"filename": [f"{k}.png" for k in rows], "category": "a", "year": rows, "x": rows, "y": rows})


def make() -> PixPlot:
    plot = PixPlot(table(0, N), np.eye(N, 4), cache=False)
    plot.stop()
    plot.add_layout("mine", ("year", "year"))
    plot.filter = np.arange(N) < 2
    return plot


def append(plot: PixPlot) -> None:
    n = len(plot.df)
    plot.append(table(n, MORE), np.ones((MORE, 4)))


def broken_after(lines: int) -> tuple[PixPlot, Breaking]:
    """Add rows with an error after so many lines."""
    plot, breaking = make(), Breaking(lines, MemoryError("in a test"))
    with breaking.watching():
        append(plot)
    return plot, breaking


def check(plot: PixPlot) -> None:
    n = len(plot.df)
    assert n in (N, N + MORE)
    append(plot)
    files = plot.df.filename.tolist()
    assert files == [f"{k}.png" for k in range(n + MORE)]
    assert list(plot._images.names) == plot._workspace.log.names == files
    sizes = [
        len(plot._workspace.store),
        len(plot._workspace.log.flags),
        len(plot.vectors),
        len(plot._workspace.filter.mask()),
    ]
    assert sizes == [len(files)] * 4
    assert [len(plot.layouts[name]) for name in ("umap", "sorted", "custom", "mine")] == [len(files)] * 4
    assert (np.diff(plot.layouts["mine"].xy[:, 0]) > 0).all()
    assert plot.filtered.filename.tolist() == files[:2]
    page = Page(plot)
    page.hello()
    assert page.wait_part("manifest").n == len(files)
    assert len(page.wait_part("labels").codes) == len(files)


def check_work(plot: PixPlot) -> None:
    """All rows are read and placed, once the work goes on."""
    plot.resume()
    plot.wait(SECONDS)
    assert (plot._workspace.store.state != 0).all()
    assert np.isfinite(plot.layouts["umap"].xy).all()


def test_whatever_line_fails():
    plot, whole = broken_after(10**9)
    check(plot)
    check_work(plot)
    plot.close()
    assert len(whole.lines) > 150
    for line in range(0, len(whole.lines), 6):
        plot, breaking = broken_after(line)
        assert breaking.broke
        try:
            check(plot)
        except Exception as error:
            raise AssertionError(f"after an error in {list(breaking.lines)[-1]}") from error
        finally:
            plot.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupt_waits_until_all_is_done(monkeypatch, when):
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    real = EditLog.commit_append

    def interrupted(log, *arguments):
        if when == "before":
            os.kill(os.getpid(), signal.SIGINT)
        rows = real(log, *arguments)
        if when == "after":
            os.kill(os.getpid(), signal.SIGINT)
        return rows

    plot = make()
    monkeypatch.setattr(EditLog, "commit_append", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            append(plot)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert len(plot.df) == len(plot._images) == len(plot._workspace.store) == N + MORE
    monkeypatch.undo()
    check(plot)
    check_work(plot)
    plot.close()


def test_what_the_log_refuses_nothing_else_gets(monkeypatch):
    plot = make()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(EditLog, "commit_append", full)
    with pytest.raises(OSError, match="no space"):
        append(plot)
    monkeypatch.undo()
    assert len(plot.df) == len(plot._images) == len(plot._workspace.store) == len(plot.vectors) == N
    check(plot)
    plot.close()


def test_one_step_that_fails_keeps_no_other_from_the_rows(monkeypatch):
    plot = make()
    failing = [MemoryError("in a test")]
    real = plot._workspace.store.extension

    def extension(n: int) -> Callable:
        take = real(n)

        def once() -> None:
            if failing:
                raise failing.pop()
            take()

        return once

    monkeypatch.setattr(plot._workspace.store, "extension", extension)
    with pytest.raises(MemoryError):
        append(plot)
    monkeypatch.undo()
    assert len(plot.df) == N + MORE
    check(plot)
    check_work(plot)
    plot.close()
