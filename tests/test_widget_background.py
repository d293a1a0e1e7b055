"""What a widget does in the background: progress, errors, its end, and that it rests."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest
from page import Page
from PIL import Image
from plots import pictures

from pixplot_widget import protocol
from tools.waiting import SECONDS, wait_until


def test_an_error_in_the_background_is_shown_and_raised(make, monkeypatch):
    from pixplot_widget.preparation import positions

    def broken(*_args, **_options):
        raise MemoryError("no room for vectors")

    monkeypatch.setattr(positions, "thumbnail_vectors", broken)
    plot = make(6)
    page = Page(plot)
    page.hello()
    with pytest.raises(MemoryError, match="no room"):
        plot.wait(SECONDS)
    assert "no room" in plot.progress.error
    told = page.wait_part("progress", lambda progress: progress.error)
    assert (
        told.error
        == "Images could not be arranged by similarity and stay as they are: no room for vectors (MemoryError)"
    )
    assert not told.running


@pytest.mark.parametrize("by", ["page", "append"])
def test_what_failed_can_be_tried_again(make, monkeypatch, by):
    from pixplot_widget.thumbnails import store as thumbnails

    real = thumbnails.ThumbnailStore._put
    room = 3

    def put(store, rows, result):
        nonlocal room
        if room == 0:
            raise OSError("the disk is full")
        room -= 1
        real(store, rows, result)

    monkeypatch.setattr(thumbnails.ThumbnailStore, "_put", put)
    plot = make(40, image=[*pictures(39), b"broken"])
    page = Page(plot)
    page.hello()
    with pytest.raises(OSError, match="disk is full"):
        plot.wait(SECONDS)
    told = page.wait_part("progress", lambda progress: progress.error and not progress.running)
    assert told.stopped
    assert "disk is full" in told.error
    assert len(plot.layouts["umap"].apart) > 1
    room = 1000
    if by == "append":
        plot.append(pd.DataFrame({"category": ["cat"], "year": [1950]}), image=pictures(41)[40:])
    else:
        page.say(protocol.PreparationWanted(on=True))
    assert page.wait_part("progress", lambda progress: progress.running).error == ""
    plot.wait(SECONDS)
    assert not plot.progress.stopped
    assert plot.problems["position"].tolist() == [39]
    # All are compared, though the first time most of them could not be.
    assert plot.layouts["umap"].apart.tolist() == [39]


def test_progress_has_a_rate_and_an_end(make, monkeypatch):
    from pixplot_widget.preparation import progress
    from pixplot_widget.thumbnails import store as thumbnails

    monkeypatch.setattr(progress, "TOLD_SECONDS", 0)
    monkeypatch.setattr(thumbnails, "PROGRESS_SECONDS", 0)
    go = threading.Event()
    real = thumbnails.ThumbnailStore.prepare
    monkeypatch.setattr(thumbnails.ThumbnailStore, "prepare", lambda *a, **o: go.wait(SECONDS) and real(*a, **o))
    plot = make(200)
    page = Page(plot)
    page.hello()
    told = []
    plot.observe(lambda change: told.append(change["new"]), "progress")
    go.set()
    plot.wait(SECONDS)
    reading = [each for each in told if each.stage == "Reading images" and each.rate > 0]
    assert reading, told
    for each in reading:
        assert each.total == 200
        assert each.seconds_left == pytest.approx((200 - each.done) / each.rate)
    assert page.wait(lambda message: message.type == "progress" and message.stage == "").error == ""


def test_nothing_goes_over_a_network(make, monkeypatch, tmp_path):
    import socket

    def refuse(*_args):
        raise AssertionError("something wants to connect")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    df = pd.DataFrame({"filename": ["a.png", "b.png"], "category": ["a", "b"]})
    plot = make(df=df, image="filename", image_dir=tmp_path).wait(SECONDS)
    assert np.isfinite(plot.layouts["umap"].xy).all()


def test_in_a_terminal_a_bar_shows_how_far_it_is(tmp_path):
    """As a script is run by hand: standard error is a terminal; and once more into a file, which stays empty."""
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    script = (
        "import numpy as np, pandas as pd, pixplot_widget as p, pixplot_widget.preparation.progress as q, time\n"
        "q.TOLD_SECONDS = 0\n"
        "df = pd.DataFrame({'category': ['a'] * 60})\n"
        "images = [np.full((800, 800, 3), k, np.uint8) for k in range(60)]\n"
        "p.PixPlot(df, np.eye(60), image=images, cache=False).wait()\n"
    )
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    run = subprocess.Popen([sys.executable, "-c", script], stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed when the script ends
        while piece := os.read(ours, 4096):
            shown += piece
    assert run.wait(SECONDS) == 0, shown
    os.close(ours)
    text = shown.decode()
    assert "Reading images: " in text
    assert re.search(r"\d+/60 .*images/s", text)
    assert re.search(r"Arranging by similarity: .*\d+/100", text)
    quiet = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert quiet.stderr == ""


def test_an_idle_widget_takes_no_processor_time(make):
    plot = make(6).wait()
    page = Page(plot)
    page.hello()
    page.wait_part("progress", lambda progress: progress.stage == "" and not progress.running)
    # What was sent just now is on its way, and other tests' threads may still be ending.
    wait_until(lambda: used(0.5) < 0.01, "rest")


def test_an_idle_widget_has_no_thread_that_looks_now_and_then(make):
    plot = make(6).wait()
    page = Page(plot)
    plot._repr_mimebundle_()
    page.wait_part("progress", lambda progress: not progress.running)
    page.ask(protocol.RowWanted, row=1)
    wait_until(lambda: all(at_work().values()), lambda: f"these do not wait for something to do: {at_work()}")
    assert any(name == "pixplot-parts" for name in at_work())


def at_work() -> dict[str, bool]:
    """Whether each thread of a plot waits without end, until it is told to go on."""
    frames, found = sys._current_frames(), {}
    for thread in threading.enumerate():
        if thread.name.startswith("pixplot") and (frame := frames.get(thread.ident)) is not None:
            while frame is not None and not frame.f_code.co_filename.endswith(("threading.py", "thread.py")):
                frame = frame.f_back
            waits = frame is not None and frame.f_code.co_name == "wait" and frame.f_locals.get("timeout", 0) is None
            idle = frame is not None and frame.f_code.co_name == "_worker"  # of a pool, at its queue
            found[thread.name] = waits or idle
    return found


def used(seconds: float) -> float:
    """Watch for some time; return the processor time that all threads of this process took meanwhile, in seconds."""
    before = time.process_time()
    threading.Event().wait(seconds)
    return time.process_time() - before


@pytest.fixture
def arranging(make, monkeypatch):
    """A plot that would take hours to arrange, while it does so, and its job."""
    from pixplot_widget.layouts import graph

    real, slow = graph.embed, threading.Event()
    monkeypatch.setattr(graph, "embed", lambda *a, **o: real(*a, **o | ({} if slow.is_set() else {"epochs": 10**8})))
    plot = make(300, vectors=np.random.default_rng(0).normal(size=(300, 8)))
    page = Page(plot)
    page.hello()
    page.wait(lambda message: message.type == "progress" and message.stage == "Arranging by similarity")
    slow.set()
    return plot, plot._workspace.preparation._jobs["layout"]


def test_closing_cancels_what_is_running_soon(arranging):
    plot, job = arranging
    assert not job.done
    plot.close()
    assert job.wait(SECONDS)
    assert job.error is None


def test_new_vectors_while_the_first_are_arranged(arranging):
    plot, job = arranging
    places = np.linspace(0, 3, 300)
    plot.vectors = np.column_stack([np.cos(places), np.sin(places), -np.cos(places), -np.sin(places)])
    assert job.wait(SECONDS), "the first is cancelled, not waited for: that would be hours"
    plot.wait(SECONDS)
    assert job.error is None
    assert plot._workspace.preparation.vectors.shape == (300, 4)
    xy = plot.arrange("umap", raw=True).xy
    steps = np.linalg.norm(np.diff(xy, axis=0), axis=1)
    assert np.quantile(steps, 0.98) < 0.2, "a line: each beside the next, though it may be torn in a place or two"


def test_stopped_from_a_page_while_arranging_and_taken_up_again(arranging):
    plot, job = arranging
    page = Page(plot)
    page.hello()
    before = plot.layouts["umap"].xy
    page.say(protocol.PreparationWanted(on=False))
    told = page.wait_part("progress", lambda progress: progress.stopped)
    assert (told.stage, told.running) == ("", False)
    plot.wait(SECONDS)
    assert job.done
    assert job.error is None
    assert (plot.layouts["umap"].xy == before).all(), "what is shown stays"
    assert plot.progress.stopped
    page.say(protocol.PreparationWanted(on=True))
    page.wait_part("progress", lambda progress: not progress.stopped)
    plot.wait(SECONDS)
    assert not plot.progress.stopped
    assert not plot.progress.running
    assert (plot.layouts["umap"].xy != before).any()


def halfway(make, monkeypatch):
    """Make a plot of 40 images whose thumbnails wait after the tenth, and what lets them go on."""
    from pixplot_widget.images import Images

    go, real = threading.Event(), Images.load_group
    monkeypatch.setattr(
        Images, "load_group", lambda self, rows, *a: (rows[0] < 10 or go.wait(SECONDS)) and real(self, rows, *a)
    )
    plot = make(40)
    page = Page(plot)
    page.hello()
    page.wait(lambda message: message.type == "looks" and 9 in message.rows)
    return plot, page, go


def test_stopped_while_reading_nothing_is_lost_and_nothing_arranged_of_half_of_it(make, monkeypatch):
    from pixplot_widget.preparation import progress

    monkeypatch.setattr(progress, "TOLD_SECONDS", 0)
    plot, page, go = halfway(make, monkeypatch)
    plot.stop()
    assert plot.progress.stopped
    assert not plot.progress.running
    go.set()
    plot.wait(SECONDS)
    assert plot._workspace.store.state[:10].all()
    assert not plot._workspace.store.state.all()
    assert plot._workspace.preparation.vectors is None, "vectors come of all thumbnails"
    row = int(np.flatnonzero(plot._workspace.store.state == 0)[-1])
    after = len(page.messages)
    assert page.ask(protocol.SheetWanted, cell=32, rows=np.array([row], np.int32)).rows.tolist() == [row]
    page.wait(lambda message: message.type == "looks" and row in message.rows, after)
    plot.vectors = None  # asks for places of all, so for all thumbnails
    plot.wait(SECONDS)
    assert plot._workspace.store.state.all()
    assert len(plot._workspace.preparation.vectors) == 40
    assert not plot.progress.stopped


def test_given_vectors_are_arranged_though_reading_was_stopped(make, monkeypatch):
    plot, _page, go = halfway(make, monkeypatch)
    plot.stop()
    go.set()
    plot.vectors = np.random.default_rng(0).normal(size=(40, 4))
    plot.wait(SECONDS)
    assert plot.progress.stopped, "the pictures were not asked for"
    assert plot._workspace.preparation.vectors.shape == (40, 4)
    assert not plot._workspace.store.state.all()
    plot.resume()
    assert not plot.wait(SECONDS).progress.stopped
    assert plot._workspace.store.state.all()


def test_components_of_very_many_images_leave_the_first_pictures_alone(make, monkeypatch):
    from pixplot_widget.images import Images
    from pixplot_widget.preparation import positions
    from pixplot_widget.workspace import Workspace

    monkeypatch.setattr(positions, "HEAD_START_ROWS", 10)
    monkeypatch.setattr(positions, "GLANCE_SECONDS", 1000)
    go, placed = threading.Event(), []
    read, place, wait = Images.load_group, Workspace.placed, positions._wait
    monkeypatch.setattr(Images, "load_group", lambda *a: go.wait(SECONDS) and read(*a))
    monkeypatch.setattr(positions, "_wait", lambda *a: go.set() or wait(*a))  # images are read once they are waited for

    def note(self, name, layout):
        placed.append((name, bool(self.store.state.all())))
        place(self, name, layout)

    monkeypatch.setattr(Workspace, "placed", note)
    make(40, vectors=np.random.default_rng(0).normal(size=(40, 4))).wait(SECONDS)
    assert ("pca", True) in placed
    assert all(done for _, done in placed), placed


def test_what_is_there_from_the_last_time_is_told_at_once(monkeypatch):
    from pixplot_widget.preparation import progress

    monkeypatch.setattr(progress, "TOLD_SECONDS", 1000)
    told = []
    pace = progress.Pace("Reading images", told.append)
    for done in (40, 41):
        pace(done, 100)
    assert [(each.done, each.total, each.rate) for each in told] == [(40, 100, 0.0)]


def test_many_threads_at_one_plot(make):
    """Pages' messages may be heard in another thread than the user's code runs in."""
    plot = make(60, vectors=np.random.default_rng(0).normal(size=(60, 4)))
    page = Page(plot)
    page.hello()
    failed: list[BaseException] = []

    def at_work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        acts = [
            plot.stop,
            plot.resume,
            lambda: setattr(plot, "vectors", rng.normal(size=(len(plot.df), 4))),
            lambda: page.say(protocol.PreparationWanted(on=bool(rng.integers(2)))),
            lambda: page.ask(protocol.SheetWanted, cell=32, rows=rng.integers(0, 60, 20).astype(np.int32)),
            lambda: plot.relabel(rng.integers(0, 60, 3), "owl"),
            lambda: plot.progress.done,
        ]
        try:
            for act in rng.integers(0, len(acts), 25):
                acts[act]()
        except BaseException as error:  # noqa: BLE001 - raised below
            failed.append(error)

    threads = [threading.Thread(target=at_work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not failed, failed
    plot.append(pd.DataFrame({"category": ["cat"]}), np.array([[1.0, 2, 3, 5]]), image=pictures(1))
    plot.resume()
    plot.wait(SECONDS)
    assert not plot.progress.stopped
    assert plot._workspace.store.state.all()
    assert plot._workspace.preparation.vectors.shape == (61, 4)
    assert np.isfinite(plot.layouts["umap"].xy).all()
    assert plot.layouts["umap"].xy.shape == (61, 2)


def test_nothing_to_stop_and_nothing_to_go_on_with(make):
    plot = make(6).wait(SECONDS)
    for act in (plot.stop, plot.resume):
        act()
        assert not plot.progress.stopped
        assert not plot.progress.running
    plot.close()
    plot.stop()
    plot.resume()


def test_waiting_has_an_end(make, monkeypatch):
    from pixplot_widget.preparation import positions

    go = threading.Event()
    real = positions.thumbnail_vectors
    monkeypatch.setattr(positions, "thumbnail_vectors", lambda *a, **o: go.wait(SECONDS) and real(*a, **o))
    plot = make(6)
    with pytest.raises(TimeoutError):
        plot.wait(0.05)
    go.set()
    plot.wait(SECONDS)


def new_threads(before: set) -> set:
    """Threads begun since, once those that are ending have ended."""
    fresh = set(threading.enumerate()) - before
    for thread in fresh:
        thread.join(SECONDS)
    return set(threading.enumerate()) - before


def test_closing_ends_the_work(make):
    before = set(threading.enumerate())
    plot = make(6)
    Page(plot).hello()
    plot.close()
    plot._workspace.preparation.wait(SECONDS)
    assert not any(thread.name.startswith("pixplot") and thread.is_alive() for thread in new_threads(before))
    plot.relabel(0, "x")  # what the user holds still works
    assert plot.df.category[0] == "x"
