"""Parts reach every page: those that listen, those that come later, and those that could not answer."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from pixplot_widget import publisher as module
from pixplot_widget.protocol import Select
from pixplot_widget.publisher import Publisher
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
def publisher(wire):
    made = Publisher(wire.send)
    yield made
    made.close()


def message(client: str = "a") -> Select:
    return Select(client=client, rows=np.zeros(1, dtype=np.int32))


def test_nothing_is_sent_before_someone_watches(publisher, wire):
    publisher.post("one", message)
    assert wire.parts == []
    publisher.hello([])
    wire.wait(["one@1"])


def test_a_page_gets_what_it_does_not_have(publisher, wire):
    for name in ("one", "two", "three"):
        publisher.post(name, message)
    publisher.post("two", message)
    publisher.hello(["one@1", "two@1"])
    wire.wait(["two@2", "three@1"])


def test_news_are_sent_to_those_who_watch_and_quiet_ones_are_not(publisher, wire):
    publisher.hello([])
    publisher.post("one", message)
    wire.wait(["one@1"])
    publisher.post("one", message, quietly=True)
    publisher.post("two", message)
    wire.wait(["one@1", "two@1"])
    publisher.hello(["two@1"])
    wire.wait(["one@1", "two@1", "one@2"])


def test_the_first_picture_is_repeated_until_a_page_answers(wire, monkeypatch):
    monkeypatch.setattr(module, "REPEATS", (0.05, 0.1))
    publisher = Publisher(wire.send)
    publisher.post("one", message)
    publisher.displayed()
    wire.wait(["one@1"] * 3)
    publisher.close()


def test_it_is_not_repeated_to_a_page_that_answered(publisher, wire, monkeypatch):
    monkeypatch.setattr(module, "REPEATS", (0.05,))
    publisher.post("one", message)
    publisher.displayed()
    wire.wait(["one@1"])
    publisher.hello(["one@1"], called=True)
    publisher.post("two", message)
    wire.wait(["one@1", "two@1"])
    assert publisher._repeat_at == []


def test_to_a_page_that_greeted_before_the_widget_was_displayed_nothing_is_repeated(publisher, wire):
    publisher.post("one", message)
    publisher.hello([])
    wire.wait(["one@1"])
    publisher.displayed()
    wire.wait(["one@1", "one@1", ""])
    assert wire.types[-1] == "roll-call"
    publisher.hello(["one@1"], called=True)
    assert publisher._repeat_at == []


def test_a_page_that_greeted_before_it_could_know_is_called_and_gets_what_was_lost(publisher, wire):
    go = threading.Event()
    publisher.post("one", lambda: go.wait(SECONDS) and message())
    publisher.post("two", message)
    publisher.displayed()
    publisher.hello([])  # sent when there was nothing, heard now
    go.set()
    wire.wait(["one@1", "two@1", ""])
    assert wire.types[-1] == "roll-call", "after all that it asks about"
    publisher.hello(["one@1"], called=True)
    wire.wait(["one@1", "two@1", "", "two@1"])
    publisher.hello(["one@1"])  # another page, or this one anew: nothing went out that it cannot know of
    wire.wait(["one@1", "two@1", "", "two@1", "two@1"])


def test_a_part_that_cannot_be_made_is_reported_and_the_others_go_on(publisher, wire):
    def broken():
        raise OSError("no such disk")

    publisher.post("one", broken)
    publisher.post("two", message)
    publisher.hello([])
    wire.wait(["", "two@1"])
    assert "no such disk" in wire.texts[0]


def test_a_part_that_was_dropped_comes_again_as_a_new_version(publisher, wire):
    publisher.hello([])
    publisher.post("one", message)
    wire.wait(["one@1"])
    publisher.drop("one")
    assert not publisher.has("one")
    publisher.post("one", message)
    wire.wait(["one@1", "one@2"])


def test_the_manifest_goes_before_whatever_waits(publisher, wire, monkeypatch):
    """Pages can make nothing of other parts before it: at first, where they are repeated, and asked for."""
    monkeypatch.setattr(module, "REPEATS", (0.05,))
    for name in ("layout", "manifest", "labels"):
        publisher.post(name, message, patiently=name == "layout")
    publisher.displayed()
    first = ["manifest@1", "labels@1", "layout@1"]
    wire.wait([*first, *first])
    publisher.hello([], called=True)
    wire.wait([*first, *first, *first])


def test_what_waited_when_rows_were_added_goes_after_the_new_manifest(publisher, wire):
    holding, held = threading.Event(), threading.Event()

    def slow():
        held.set()
        holding.wait(SECONDS)
        return message()

    publisher.post("manifest", message)
    publisher.post("slow", slow)
    publisher.post("labels", message)
    publisher.displayed()
    assert held.wait(SECONDS)
    pausing = threading.Thread(target=grow, args=(publisher,))
    pausing.start()
    holding.set()
    pausing.join(SECONDS)
    with wire._condition:
        assert wire._condition.wait_for(lambda: "labels@2" in wire.parts, SECONDS), wire.parts
    sent = wire.parts
    assert sent.index("manifest@2") < sent.index("labels@2")
    assert "labels@1" not in sent[sent.index("manifest@2") :]


def grow(publisher: Publisher) -> None:
    with publisher.paused():
        publisher.post("labels", message)
        publisher.post("manifest", message)


def test_what_the_first_picture_can_do_without_lets_others_pass(publisher, wire):
    go = threading.Event()
    publisher.post("first", lambda: go.wait(SECONDS) and message())
    publisher.post("names", message, patiently=True)
    publisher.post("hidden", message, patiently=True)
    publisher.hello([])
    publisher.post("picture", message)
    publisher.again("hidden")  # a page waits for it now
    go.set()
    wire.wait(["first@1", "hidden@1", "picture@1", "names@1"])
