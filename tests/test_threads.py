"""Whose context the threads of a plot work in."""

from __future__ import annotations

import re
import threading
from contextvars import ContextVar, copy_context

import numpy as np
import pytest
from page import Page

from pixplot_widget import protocol
from pixplot_widget.threads import carried, start
from tools.waiting import SECONDS

SESSION: ContextVar[str] = ContextVar("session", default="nobody's")


@pytest.fixture
def of_session(make):
    """Make a plot in the context of one session, whatever is the context of the test."""

    def build(**options):
        context = copy_context()
        context.run(SESSION.set, "mine")
        return context.run(lambda: make(6, **options))

    return build


def test_several_threads_may_work_in_one_context_at_a_time():
    inside = threading.Barrier(3)
    token = SESSION.set("mine")
    found = []

    def look() -> None:
        inside.wait(SECONDS)
        found.append(SESSION.get())

    threads = [start(carried(look), name="first"), start(look, name="second")]
    SESSION.reset(token)
    inside.wait(SECONDS)
    for thread in threads:
        thread.join(SECONDS)
    assert found == ["mine", "mine"]


def test_all_that_is_sent_is_sent_in_the_context_in_which_the_plot_was_made(of_session):
    plot = of_session()
    sent: dict[str, set[str]] = {}
    told: set[str] = set()
    before = plot.send

    def send(content, buffers=None):
        name = threading.current_thread().name
        if name.startswith("pixplot"):
            sent.setdefault(re.split("[-_]", name)[1], set()).add(SESSION.get())
        before(content, buffers)

    plot.send = send
    plot.observe(lambda _change: told.add(SESSION.get()), "progress")
    page = Page(plot)
    plot._repr_mimebundle_()
    page.wait_part("labels")
    page.ask(protocol.RowWanted, row=1)
    plot.vectors = np.random.default_rng(0).normal(size=(6, 3))
    plot.wait(SECONDS)
    page.wait_part("progress", lambda progress: not progress.running)
    assert sent["parts"] == sent["requests"] == {"mine"}
    assert told == {"mine"}
