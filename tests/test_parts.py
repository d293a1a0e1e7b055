"""Parts reach every page: those that listen, those that come later, and those that could not answer."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from pixplot_widget.comm import parts as module
from pixplot_widget.comm.parts import Parts
from pixplot_widget.protocol import Select
from tools.waiting import SECONDS


class Wire:
    """What went out, and a way to wait for it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.texts: list[str] = []
        self.types: list[str] = []
        self._condition = threading.Condition()

    def send(self, content: dict, _buffers: list) -> None:
        with self._condition:
            self.parts.append(content.get("part", ""))
            self.types.append(content["type"])
            self.texts.append(content.get("fields", {}).get("text", ""))
            self._condition.notify_all()

    def wait(self, parts: list[str]) -> None:
        with self._condition:
            assert self._condition.wait_for(lambda: self.parts == parts, SECONDS), (self.parts, parts)


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def parts(wire):
    made = Parts(wire.send)
    yield made
    made.close()


def message(client: str = "a") -> Select:
    return Select(client=client, rows=np.zeros(1, dtype=np.int32))


def test_nothing_is_sent_before_someone_watches(parts, wire):
    parts.post("one", message)
    assert wire.parts == []
    parts.hello([])
    wire.wait(["one@1"])


def test_a_page_gets_what_it_does_not_have(parts, wire):
    for name in ("one", "two", "three"):
        parts.post(name, message)
    parts.post("two", message)
    parts.hello(["one@1", "two@1"])
    wire.wait(["two@2", "three@1"])


def test_news_are_sent_to_those_who_watch_and_quiet_ones_are_not(parts, wire):
    parts.hello([])
    parts.post("one", message)
    wire.wait(["one@1"])
    parts.post("one", message, quietly=True)
    parts.post("two", message)
    wire.wait(["one@1", "two@1"])
    parts.hello(["two@1"])
    wire.wait(["one@1", "two@1", "one@2"])


def test_the_first_picture_is_repeated_until_a_page_answers(wire, monkeypatch):
    monkeypatch.setattr(module, "REPEATS", (0.05, 0.1))
    parts = Parts(wire.send)
    parts.post("one", message)
    parts.displayed()
    wire.wait(["one@1"] * 3)
    parts.close()


def test_it_is_not_repeated_to_a_page_that_answered(parts, wire, monkeypatch):
    monkeypatch.setattr(module, "REPEATS", (0.05,))
    parts.post("one", message)
    parts.displayed()
    wire.wait(["one@1"])
    parts.hello(["one@1"], called=True)
    parts.post("two", message)
    wire.wait(["one@1", "two@1"])
    assert parts._repeat_at == []


def test_to_a_page_that_greeted_before_the_widget_was_displayed_nothing_is_repeated(parts, wire):
    parts.post("one", message)
    parts.hello([])
    wire.wait(["one@1"])
    parts.displayed()
    wire.wait(["one@1", "one@1", ""])
    assert wire.types[-1] == "roll-call"
    parts.hello(["one@1"], called=True)
    assert parts._repeat_at == []


def test_a_page_that_greeted_before_it_could_know_is_called_and_gets_what_was_lost(parts, wire):
    go = threading.Event()
    parts.post("one", lambda: go.wait(SECONDS) and message())
    parts.post("two", message)
    parts.displayed()
    parts.hello([])  # sent when there was nothing, heard now
    go.set()
    wire.wait(["one@1", "two@1", ""])
    assert wire.types[-1] == "roll-call", "after all that it asks about"
    parts.hello(["one@1"], called=True)
    wire.wait(["one@1", "two@1", "", "two@1"])
    parts.hello(["one@1"])  # another page, or this one anew: nothing went out that it cannot know of
    wire.wait(["one@1", "two@1", "", "two@1", "two@1"])


def test_a_part_that_cannot_be_made_is_reported_and_the_others_go_on(parts, wire):
    def broken():
        raise OSError("no such disk")

    parts.post("one", broken)
    parts.post("two", message)
    parts.hello([])
    wire.wait(["", "two@1"])
    assert "no such disk" in wire.texts[0]


def test_a_part_that_was_dropped_comes_again_as_a_new_version(parts, wire):
    parts.hello([])
    parts.post("one", message)
    wire.wait(["one@1"])
    parts.drop("one")
    assert not parts.has("one")
    parts.post("one", message)
    wire.wait(["one@1", "one@2"])


def test_the_manifest_goes_before_whatever_waits(parts, wire, monkeypatch):
    """Pages can make nothing of other parts before it: at first, where they are repeated, and asked for."""
    monkeypatch.setattr(module, "REPEATS", (0.05,))
    for name in ("layout", "manifest", "labels"):
        parts.post(name, message, patiently=name == "layout")
    parts.displayed()
    first = ["manifest@1", "labels@1", "layout@1"]
    wire.wait([*first, *first])
    parts.hello([], called=True)
    wire.wait([*first, *first, *first])


def test_what_waited_when_rows_were_added_goes_after_the_new_manifest(parts, wire):
    holding, held = threading.Event(), threading.Event()

    def slow():
        held.set()
        holding.wait(SECONDS)
        return message()

    parts.post("manifest", message)
    parts.post("slow", slow)
    parts.post("labels", message)
    parts.displayed()
    assert held.wait(SECONDS)
    pausing = threading.Thread(target=grow, args=(parts,))
    pausing.start()
    holding.set()
    pausing.join(SECONDS)
    with wire._condition:
        assert wire._condition.wait_for(lambda: "labels@2" in wire.parts, SECONDS), wire.parts
    sent = wire.parts
    assert sent.index("manifest@2") < sent.index("labels@2")
    assert "labels@1" not in sent[sent.index("manifest@2") :]


def grow(parts: Parts) -> None:
    with parts._making:
        parts.post("labels", message)
        parts.post("manifest", message)


def test_what_the_first_picture_can_do_without_lets_others_pass(parts, wire):
    go = threading.Event()
    parts.post("first", lambda: go.wait(SECONDS) and message())
    parts.post("names", message, patiently=True)
    parts.post("hidden", message, patiently=True)
    parts.hello([])
    parts.post("picture", message)
    parts.again("hidden")  # a page waits for it now
    go.set()
    wire.wait(["first@1", "hidden@1", "picture@1", "names@1"])
