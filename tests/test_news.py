"""What pages are told of labels with an edit: what changed, so that they know the names and colors of all."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from page import Page
from plots import pictures

from pixplot_widget import PixPlot, protocol

MANY = 50_000
FEW_KB = 4_000


class Weighing(Page):
    """A page that adds up what it hears."""

    weight = 0

    def _hear(self, content, buffers):
        self.weight += len(json.dumps(content)) + sum(map(len, buffers))
        super()._hear(content, buffers)


def test_an_edit_takes_a_few_kb_however_many_labels_there_are():
    df = pd.DataFrame({"category": [f"label number {k}" for k in range(MANY)]})
    plot = PixPlot(df, image=[np.zeros((4, 4), np.uint8)] * MANY, cache=False)
    plot.stop()
    page = Weighing(plot)
    acts = [
        lambda: page.edit("label", [7], "label number 8"),
        lambda: page.edit("label", [9], "a new one"),
        lambda: page.edit("flag", [7], True),
        lambda: page.edit("undo", [], None),
        lambda: plot.relabel(3, "another new one"),
        lambda: plot.rename_label("label number 8", "renamed"),
        lambda: plot.undo(),
    ]
    for number, act in enumerate(acts):
        before, after = page.weight, len(page.messages)
        act()
        page.wait(lambda message: message.type == "changed", after)
        assert page.weight - before < FEW_KB, f"act {number}"
    plot.close()


class Reading:
    """Names and colors as a page has them that was there from the start, or came or lost something later."""

    def __init__(self, labels: protocol.Labels) -> None:
        self.take(labels)

    def take(self, labels: protocol.Labels) -> None:
        self.revision = labels.revision
        self.names, self.palette = list(labels.names), np.array(labels.palette).reshape(-1, 3)

    def hear(self, changed: protocol.Changed) -> None:
        if changed.revision != self.revision + 1:
            return
        self.revision = changed.revision
        more = max([len(self.names), *(int(place) + 1 for place in changed.places)]) - len(self.names)
        self.names += [""] * more
        self.palette = np.concatenate([self.palette, np.zeros((more, 3), np.uint8)])
        for place, name, color in zip(
            changed.places, changed.names, np.array(changed.palette).reshape(-1, 3), strict=True
        ):
            self.names[place], self.palette[place] = name, color


ROWS = st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True)
NAMES = st.sampled_from(["cat", "dog", "owl", "fox", "bee"])
ACTS = st.one_of(
    st.tuples(st.just("relabel"), ROWS, NAMES),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("flag"), ROWS, st.booleans()),
    st.tuples(st.just("outside"), ROWS, NAMES),
    st.tuples(st.just("append"), NAMES, NAMES),
    st.tuples(st.sampled_from(["undo", "redo", "palette", "come"]), st.none(), st.none()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, max_size=10))
def test_pages_know_all_names_and_colors_whenever_they_came(acts):
    df = pd.DataFrame({"category": ["cat", "dog", "cat", None, "dog", "cat"]})
    plot = PixPlot(df, image=pictures(6), cache=False)
    plot.stop()
    page = Page(plot)
    readings, heard = [Reading(plot._pages._messages.labels())], 0
    for kind, one, other in acts:
        if kind == "relabel":
            plot.relabel(one, other)
        elif kind == "rename" and one in set(df.category):
            plot.rename_label(one, other)
        elif kind == "flag":
            plot.flag(one, other)
        elif kind == "outside":
            df.loc[one, "category"] = other
            plot.refresh()
        elif kind == "append":
            plot.append(pd.DataFrame({"category": [one, other]}), image=pictures(2))
        elif kind == "palette":
            plot.palette = "colorblind" if plot.palette == "standard" else "standard"
        elif kind == "come":
            readings.append(Reading(plot._pages._messages.labels()))
        elif kind in ("undo", "redo"):
            getattr(plot, kind)()
        for message in page.messages[heard:]:
            if message.type == "changed":
                for reading in readings:
                    reading.hear(message)
        heard = len(page.messages)
        truth = plot._pages._messages.labels()
        for reading in readings:
            if kind in ("append", "palette"):  # these send the part to all
                reading.take(truth)
            assert reading.revision == truth.revision
            assert reading.names == list(truth.names)
            assert (reading.palette == np.array(truth.palette).reshape(-1, 3)).all()
    plot.close()
