"""A plot that was closed: nothing of it stays, and what its user still holds can be asked."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import weakref

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from breaking import Breaking
from page import Page
from plots import pictures

from pixplot_widget import PixPlot, link, protocol
from pixplot_widget.errors import JournalError
from pixplot_widget.workspace import Workspace
from tools.waiting import SECONDS, wait_until

PLOTS = 12


def frame(n: int = 4) -> pd.DataFrame:
    return pd.DataFrame({"category": (["cat", "dog"] * n)[:n], "year": range(1900, 1900 + n)})


def new(cache: bool = False, **options) -> PixPlot:
    return PixPlot(frame(), image=pictures(4), cache=cache, **options)


def waited(_folder):
    return new().wait(SECONDS)


def cached(_folder):
    return new(cache=True).wait(SECONDS)


def in_the_middle(_folder):
    return new()


def with_a_journal(folder):
    plot = new(journal=folder / "journal")
    plot.relabel([0, 1], "owl")
    plot.sprite_size = 2.0  # kept beside the journal a moment later
    return plot


def with_a_page(_folder):
    plot = new()
    page = Page(plot)
    plot._repr_mimebundle_()
    page.wait_part("labels")
    page.edit("label", [1], "owl")
    page.ask(protocol.RowWanted, row=1)
    return plot


def linked(_folder):
    plot = new()
    link(plot, new())
    plot.selection = [1]
    return plot


def grown(_folder):
    plot = new()
    plot.append(frame(2), image=pictures(2))
    return plot


def failed(_folder):
    with pytest.raises(ValueError, match="no layout 'nowhere'"):
        new(layout="nowhere")


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.fixture(autouse=True)
def others():
    """Threads and widgets that tests before these have left."""
    OTHERS[:] = [*threading.enumerate(), *widgets()]
    yield
    OTHERS.clear()


OTHERS: list = []


def ours() -> list[threading.Thread]:
    found = [thread for thread in threading.enumerate() if thread.name.startswith("pixplot")]
    return [thread for thread in found if thread not in OTHERS]


def widgets() -> list[PixPlot]:
    return [widget for widget in ipywidgets.widgets.widget._instances.values() if isinstance(widget, PixPlot)]


def noting(known: list[weakref.ref], step):
    return lambda each, *a, **o: known.append(weakref.ref(each)) or step(each, *a, **o)


@pytest.mark.parametrize(
    "made",
    [waited, cached, in_the_middle, with_a_journal, with_a_page, linked, grown, failed],
    ids=lambda f: f.__name__,
)
def test_nothing_of_it_stays(made, tmp_path, monkeypatch):
    monkeypatch.setenv("PIXPLOT_WIDGET_CACHE", str(tmp_path / "cache"))
    known: list[weakref.ref] = []
    for kind, step in ((PixPlot, "_follow"), (Workspace, "_open")):  # each early enough to be known if it fails
        monkeypatch.setattr(kind, step, noting(known, getattr(kind, step)))

    def once() -> None:
        before = len(known)
        made(tmp_path)
        for plot in [ref() for ref in known[before:]]:
            if plot is not None:
                plot.close()

    def rest() -> bool:
        gc.collect()
        return not ours() and all(ref() is None for ref in known)

    once()  # what is loaded at the first plot stays
    wait_until(rest, "the first plot stays")
    before = open_files()
    for _ in range(PLOTS):
        once()
    wait_until(rest, lambda: f"{sum(ref() is not None for ref in known)} plots stay, and {ours()}")
    assert len(known) >= PLOTS
    assert open_files() <= before


def test_the_front_end_is_read_once():
    plots = [new() for _ in range(2)]
    for name in ("_esm", "_css"):
        first, second = (plot.get_state(name)[name] for plot in plots)
        assert first is second, "a text of 0.3 MB a plot"
    for plot in plots:
        plot.close()


def test_whoever_develops_the_front_end_sees_its_changes():
    code = "from pixplot_widget import PixPlot; print(type(PixPlot._esm).__name__, type(PixPlot._css).__name__)"
    for hot, kind in (("1", "FileContents FileContents"), ("", "str str")):
        environment = os.environ | {"ANYWIDGET_HMR": hot}
        found = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert found.stdout.strip() == kind


@pytest.fixture
def closed():
    plot = new().wait(SECONDS)
    plot.relabel(0, "owl")
    plot.close()
    return plot


READS = {
    "df": lambda plot: plot.df.category.tolist() == ["owl", "dog", "cat", "dog"],
    "edits": lambda plot: len(plot.edits) == 1,
    "problems": lambda plot: len(plot.problems) == 0,
    "layouts": lambda plot: plot.layouts["grid"].xy.shape == (4, 2),
    "hotspots": lambda plot: len(plot.hotspots) == 0,
    "hotspot_columns": lambda plot: len(plot.hotspot_columns()) == 4,
    "vectors": lambda plot: plot.vectors is None,
    "selected": lambda plot: len(plot.selected) == 0,
    "filtered": lambda plot: len(plot.filtered) == 4,
    "similar": lambda plot: len(plot.similar(0, k=2)) == 2,
    "state": lambda plot: plot.state()["layout"] == "umap",
    "clean": lambda plot: len(plot.clean()) == 4,
    "to_csv": lambda plot: "owl" in plot.to_csv(),
    "changes_to_csv": lambda plot: "owl" in plot.changes_to_csv(),
    "to_image": lambda plot: max(plot.to_image(size=64).size) == 64,
    "progress": lambda plot: not plot.progress.running,
    "revision": lambda plot: plot.revision == 1,
    "repr": lambda plot: repr(plot) == "<PixPlot: 4 images, closed>",
}

HARMLESS = {
    "close": lambda plot: plot.close(),
    "wait": lambda plot: plot.wait(SECONDS),
    "stop": lambda plot: plot.stop(),
    "resume": lambda plot: plot.resume(),
    "select": lambda plot: plot.select([1]),
    "fly_to": lambda plot: plot.fly_to(1),
    "arrange": lambda plot: plot.arrange("category", by="year"),
    "add_layout": lambda plot: plot.add_layout("mine", np.zeros((4, 2))),
    "review": lambda plot: plot.review(by="year"),
    "restore": lambda plot: plot.restore(plot.state()),
    "relabel": lambda plot: plot.relabel(1, "cat"),
    "flag": lambda plot: plot.flag(1),
    "undo": lambda plot: plot.undo(),
    "redo": lambda plot: plot.redo(),
    "revert": lambda plot: plot.revert([0]),
    "rename_label": lambda plot: plot.rename_label("dog", "wolf"),
    "refresh": lambda plot: plot.refresh(),
    "append": lambda plot: plot.append(frame(1), image=pictures(1)),
    "on_edit": lambda plot: plot.on_edit(lambda change: None)(),
    "hotspots": lambda plot: setattr(plot, "hotspots", {"some": [0, 1]}),
    "layout": lambda plot: setattr(plot, "layout", "grid"),
    "color_by": lambda plot: setattr(plot, "color_by", "year"),
    "palette": lambda plot: setattr(plot, "palette", "colorblind"),
    "filter": lambda plot: setattr(plot, "filter", "year > 1901"),
    "selection": lambda plot: setattr(plot, "selection", [1]),
    "sprite_size": lambda plot: setattr(plot, "sprite_size", 2),
    "height": lambda plot: setattr(plot, "height", 300),
    "review_at": lambda plot: setattr(plot, "review_at", -1),
    "hovered": lambda plot: setattr(plot, "hovered", 1),
}

WORK = {
    "training_panel": lambda plot: plot.training_panel(),
    "vectors": lambda plot: setattr(plot, "vectors", np.zeros((4, 2))),
    "hotspots": lambda plot: setattr(plot, "hotspots", None),
}


@pytest.mark.parametrize("name", READS)
def test_it_can_be_read(closed, name):
    assert READS[name](closed)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_needs_no_work_is_done(closed, name):
    before = set(ours())
    HARMLESS[name](closed)
    assert set(ours()) <= before, "it has begun work again"


@pytest.mark.parametrize("name", WORK)
def test_what_needs_work_says_that_it_was_closed(closed, name):
    with pytest.raises(RuntimeError, match="this plot was closed"):
        WORK[name](closed)


def test_a_journal_that_was_let_go_takes_no_more_edits(tmp_path):
    plot = new(journal=tmp_path / "journal")
    plot.close()
    with pytest.raises(JournalError, match="closed"):
        plot.relabel(0, "owl")
    again = new(journal=tmp_path / "journal")
    again.relabel(0, "owl")
    again.close()


def test_what_pages_say_late_is_left_alone(closed):
    page = Page(closed)
    for message in (
        protocol.Hello(client="page", have=[], called=False),
        protocol.Want(part="layout/grid"),
        protocol.RowWanted(id=1, row=0),
        protocol.Select(client="page", rows=np.array([1], np.int32)),
        protocol.Hover(client="page", row=1),
        protocol.CameraMoved(client="page", x=0.0, y=0.0, width=1.0),
        protocol.PreparationWanted(on=True),
    ):
        page.say(message)
    assert page.messages == []
    assert (closed.selection.tolist(), closed.hovered) == ([], -1)


def test_one_part_that_fails_leaves_no_other_open(tmp_path, monkeypatch):
    plot = new(journal=tmp_path / "journal")

    def full() -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(plot._workspace.store, "close", full)
    with pytest.raises(OSError, match="no space"):
        plot.close()
    assert plot.comm is None
    new(journal=tmp_path / "journal").close()  # it is free


def rest(folder) -> None:
    """Nothing of a plot is left that was not finished: no thread, no widget, and the journal is free."""
    gc.collect()
    wait_until(lambda: not ours(), lambda: f"{ours()} go on")
    assert all(widget in OTHERS for widget in widgets())
    new(journal=folder / "journal").close()


def test_a_constructor_that_is_interrupted_leaves_nothing(tmp_path):
    new(journal=tmp_path / "journal").close()
    whole = Breaking(10**9, KeyboardInterrupt())
    with whole.watching():
        plot = new(journal=tmp_path / "journal")
    plot.close()
    plot = None
    assert len(whole.lines) > 300
    for line in range(0, len(whole.lines), 20):
        breaking = Breaking(line, KeyboardInterrupt())
        with breaking.watching():
            plot = new(journal=tmp_path / "journal")
        if plot is not None:  # one that was begun nearly whole, or whose threads had more to do meanwhile
            plot.close()
            plot = None
        try:
            rest(tmp_path)
        except Exception as error:
            raise AssertionError(f"after an interrupt in {list(breaking.lines)[-1]}") from error


def test_interrupted_waiting_interrupts_nothing_else(tmp_path):
    plot = new(journal=tmp_path / "journal")
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    plot._workspace.preparation.wait = lambda _timeout: os.kill(os.getpid(), signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            plot.wait()
    finally:
        signal.signal(signal.SIGINT, usual)
    del plot._workspace.preparation.wait
    plot.relabel(0, "owl")
    assert plot.wait(SECONDS).df.category[0] == "owl"
    plot.close()
    again = new(journal=tmp_path / "journal")
    assert again.df.category[0] == "owl"
    again.close()


def test_interrupted_closing_closes_all_first(tmp_path):
    plot = new(journal=tmp_path / "journal")
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    plot._at_close.append(lambda: os.kill(os.getpid(), signal.SIGINT))
    try:
        with pytest.raises(KeyboardInterrupt):
            plot.close()
    finally:
        signal.signal(signal.SIGINT, usual)
    assert plot.comm is None
    plot = None
    rest(tmp_path)


def test_what_is_being_sent_is_sent_before_it_is_closed():
    plot = new()
    sending, go_on, sent = threading.Event(), threading.Event(), []
    comm = plot.comm

    def slow(data=None, buffers=None, **_options):
        sending.set()
        assert go_on.wait(SECONDS)
        sent.append(plot.comm is comm)

    comm.send = slow
    plot._repr_mimebundle_()
    assert sending.wait(SECONDS)
    closing = threading.Thread(target=plot.close)
    closing.start()
    wait_until(lambda: plot._closed)
    go_on.set()
    closing.join(SECONDS)
    assert sent == [True]
    assert plot.comm is None
