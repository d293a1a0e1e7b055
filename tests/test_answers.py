"""Edits over a channel that drops, repeats and reorders: both sides end up equal, and nothing is made twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixplot_widget.edits import EditLog
from pixplot_widget.edits import answers as module
from pixplot_widget.edits.answers import Inbox
from pixplot_widget.errors import EditError

N = 4


def frame() -> pd.DataFrame:
    return pd.DataFrame({"filename": [f"{i}.jpg" for i in range(N)], "category": ["start"] * N})


class Kernel:
    """The kernel's end: a log, an inbox, and pages that listen."""

    def __init__(self, path: Path | None, pages: list) -> None:
        self.path, self.pages, self.session = path, pages, 0
        self.start()

    def start(self) -> None:
        self.session += 1
        self.df = frame()
        self.log = EditLog(self.df, identity=["filename"], journal=self.path)
        self.inbox = Inbox(self.log)
        self.log.observe(self.tell)

    def restart(self) -> None:
        self.log.close()
        self.start()

    def tell(self, change) -> None:
        labels = [self.log.labels.decode(code) for code in change.codes]
        for page in self.pages:
            page.arriving.append(("news", self.session, change.revision, change.rows.tolist(), labels))

    def state(self) -> tuple:
        return ("state", self.session, self.log.revision, list(range(N)), self.df["category"].tolist())

    def receive(self, page: Page, message: dict) -> None:
        if message == "hello":
            return page.arriving.append(self.state())
        client, seq = page.client, message["seq"]

        def act():
            if message["kind"] in ("undo", "redo"):
                return getattr(self.log, message["kind"])(client=client, seq=seq)
            return self.log.apply(message["rows"], "label", message["value"], client=client, seq=seq)

        for answer in self.inbox.receive(client, seq, act, oldest=message["oldest"]):
            page.arriving.append(("answer", answer.client, answer.seq, answer.ok))
        return None


class Page:
    """A page as the front end is: it numbers edits, keeps them until answered, and asks again for what it missed."""

    def __init__(self, client: str) -> None:
        self.client, self.seq = client, 0
        self.pending: list[dict] = []
        self.leaving: list = ["hello"]
        self.arriving: list = []
        self.session, self.revision, self.labels = 0, -1, [None] * N
        self.answers: dict[int, bool] = {}

    def edit(self, kind: str, rows=(), value=None) -> None:
        self.seq += 1
        self.pending.append({"seq": self.seq, "kind": kind, "rows": list(rows), "value": value})
        self.send([self.pending[-1]])

    def send(self, edits: list[dict]) -> None:
        self.leaving += [{**edit, "oldest": self.pending[0]["seq"]} for edit in edits]

    def hear(self, message: tuple) -> None:
        kind, *rest = message
        if kind == "answer":
            _, seq, ok = rest
            assert self.answers.setdefault(seq, ok) == ok, "another answer to the same edit"
            self.pending = [edit for edit in self.pending if edit["seq"] > seq]
            return
        session, revision, rows, labels = rest
        fresh = session > self.session or (session == self.session and revision > self.revision)
        if kind == "state" and fresh:
            self.session, self.revision, self.labels = session, revision, labels
        elif kind == "news" and fresh:
            if session > self.session or revision > self.revision + 1:
                self.leaving.append("hello")
                return
            self.revision = revision
            for row, label in zip(rows, labels, strict=True):
                self.labels[row] = label


pages = st.integers(0, 1)
places = st.integers(0, 50)
events = st.one_of(
    st.tuples(st.just("edit"), pages, st.lists(st.integers(0, N), min_size=1, max_size=N)),  # N is no row: refused
    st.tuples(st.just("undo"), pages),
    st.tuples(st.just("redo"), pages),
    st.tuples(st.sampled_from(["drop", "repeat", "deliver", "deliver late"]), pages, st.booleans(), places),
    st.tuples(st.just("send again"), pages),
    st.tuples(st.just("restart")),
)


@given(st.lists(events, max_size=40), st.booleans())
@settings(max_examples=150, deadline=None)
def test_both_sides_end_up_equal(story, with_journal):
    with tempfile.TemporaryDirectory() as folder:
        everyone: list[Page] = [Page("one"), Page("two")]
        kernel = Kernel(Path(folder) / "edits.jsonl" if with_journal else None, everyone)
        for name, *details in story:
            if name == "restart":
                if with_journal:
                    kernel.restart()
                continue
            page = everyone[details[0]]
            if name == "edit":
                page.edit("label", details[1], f"{page.client} {page.seq + 1}")
            elif name in ("undo", "redo"):
                page.edit(name)
            elif name == "send again":
                page.send(page.pending)
            else:
                travel(kernel, page, name, *details[1:])
        settle(kernel, everyone)
        for page in everyone:
            assert page.labels == kernel.df["category"].tolist()
            assert sorted(page.answers) == list(range(1, page.seq + 1))
            check_made_once_and_in_order(kernel, page)
        kernel.log.close()


def travel(kernel: Kernel, page: Page, name: str, to_kernel: bool, place: int) -> None:
    """One message on its way: lost, doubled, or there, perhaps before those that left earlier."""
    queue = page.leaving if to_kernel else page.arriving
    if not queue:
        return
    at = place % len(queue) if name != "deliver" else 0
    if name == "repeat":
        queue.append(queue[at])
        return
    message = queue.pop(at)
    if name == "drop":
        return
    if to_kernel:
        kernel.receive(page, message)
    else:
        page.hear(message)


def settle(kernel: Kernel, everyone: list[Page]) -> None:
    """The channel works from now on; a page sends again what is not answered, and says hello."""
    for _ in range(3):
        for page in everyone:
            page.send(page.pending)
        for page in everyone:
            page.leaving.append("hello")
        while any(page.leaving or page.arriving for page in everyone):
            for page in everyone:
                while page.leaving:
                    kernel.receive(page, page.leaving.pop(0))
            for page in everyone:
                while page.arriving:
                    page.hear(page.arriving.pop(0))
    assert not any(page.pending for page in everyone)


def check_made_once_and_in_order(kernel: Kernel, page: Page) -> None:
    table = kernel.log.edits
    own = table[table["new"].astype(str).str.startswith(page.client + " ")]
    numbers = own["new"].str.split(" ").str[1].astype(int)
    assert numbers.is_monotonic_increasing
    assert not own.duplicated(["position", "new"]).any()
    assert set(numbers) <= {seq for seq, ok in page.answers.items() if ok}


def test_a_later_edit_waits_for_the_one_before():
    log = EditLog(frame())
    inbox = Inbox(log)
    edits = {seq: edit(log, seq, f"v{seq}") for seq in range(1, 5)}
    assert inbox.receive("page", 3, edits[3]) == []
    assert inbox.receive("page", 2, edits[2]) == []
    assert inbox.waiting("page") == 1
    assert [answer.seq for answer in inbox.receive("page", 1, edits[1])] == [1, 2, 3]
    assert inbox.waiting("page") is None
    assert log.edits["new"].tolist() == ["v1", "v2", "v3"]
    again = inbox.receive("page", 2, edits[2])
    assert [(answer.seq, answer.ok) for answer in again] == [(2, True)]
    assert len(log.edits) == 3
    assert [answer.seq for answer in inbox.receive("page", 4, edits[4])] == [4]


def edit(log: EditLog, seq: int, value: str, rows=0, client: str = "page"):
    return lambda: log.apply(rows, "label", value, client=client, seq=seq)


def test_a_refused_edit_does_not_stop_those_behind_it():
    log = EditLog(frame())
    inbox = Inbox(log)
    inbox.receive("page", 2, edit(log, 2, "fine"))
    answers = inbox.receive("page", 1, edit(log, 1, "x", rows=99))
    assert [(answer.seq, answer.ok) for answer in answers] == [(1, False), (2, True)]
    assert answers[0].reason.startswith("no such row: 99")
    assert answers[1].change.rows.tolist() == [0]
    again = inbox.receive("page", 1, edit(log, 1, "x", rows=99))
    assert [(answer.ok, answer.reason) for answer in again] == [(False, answers[0].reason)]


def test_what_a_client_no_longer_keeps_is_no_gap():
    """Another kernel answered 1 to 16; this one begins at 17."""
    log = EditLog(frame())
    inbox = Inbox(log)
    assert inbox.receive("page", 18, edit(log, 18, "later"), oldest=17) == []
    assert [answer.seq for answer in inbox.receive("page", 17, edit(log, 17, "first"), oldest=17)] == [17, 18]
    assert log.edits["new"].tolist() == ["first", "later"]
    # a copy of an old one that comes late is not made
    assert inbox.receive("page", 16, edit(log, 16, "old"), oldest=16) == []
    assert len(log.edits) == 2


def test_answers_outlast_the_kernel(tmp_path):
    path = tmp_path / "edits.jsonl"
    log = EditLog(frame(), journal=path)
    log.apply(0, "label", "x", client="page", seq=1)
    log.apply(0, "label", "x", client="page", seq=2)  # nothing to change
    with pytest.raises(EditError, match="99") as refused:
        log.apply(99, "label", "x", client="page", seq=3)
    log.undo(client="page", seq=4)
    log.close()
    df = frame()
    log = EditLog(df, journal=path)
    assert log.settled("page") == 4
    assert not log.apply(1, "label", "not again", client="page", seq=1)
    assert not log.apply(1, "label", "not again", client="page", seq=2)
    with pytest.raises(EditError, match="99") as again:
        log.apply(1, "label", "not again", client="page", seq=3)
    assert again.value.reason == refused.value.reason
    assert not log.undo(client="page", seq=4)
    assert (df["category"] == "start").all()
    assert len(log.edits) == 1


def test_a_hundred_edits_in_any_order():
    rng = np.random.default_rng(0)
    df = frame()
    log = EditLog(df)
    inbox = Inbox(log)
    order = rng.permutation(np.repeat(np.arange(1, 101), 3))
    answered = [answer.seq for seq in order for answer in inbox.receive("p", int(seq), edit(log, int(seq), f"v{seq}"))]
    first = list(dict.fromkeys(answered))
    assert first == list(range(1, 101))
    assert log.edits["new"].tolist() == [f"v{seq}" for seq in range(1, 101)]
    assert df["category"].iloc[0] == "v100"


class OddError(Exception):
    """What no one foresaw."""


@pytest.mark.parametrize(
    "error", [NotImplementedError(), ArithmeticError("odd"), MemoryError(), OddError("odd"), KeyError()]
)
def test_whatever_an_edit_raises_is_an_answer_in_words(error, caplog, tmp_path):
    log = EditLog(frame(), journal=tmp_path / "edits.jsonl")
    inbox = Inbox(log)
    parse = log.labels.parse

    def fail(value):
        if value == "fails":
            raise error
        return parse(value)

    log.labels.parse = fail
    inbox.receive("page", 2, edit(log, 2, "fine"))
    failed, fine = inbox.receive("page", 1, edit(log, 1, "fails"))
    assert (failed.ok, fine.ok) == (False, True)
    assert type(error).__name__ in failed.reason
    assert "not foreseen" in caplog.text
    assert caplog.records[0].exc_info[1] is error
    log.close()
    log = EditLog(frame(), journal=tmp_path / "edits.jsonl")
    with pytest.raises(EditError, match=type(error).__name__):
        log.apply(0, "label", "not again", client="page", seq=1)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes_and_leaves_the_queue_in_order(stop):
    log = EditLog(frame())
    inbox = Inbox(log)

    def interrupted():
        raise stop

    inbox.receive("page", 3, edit(log, 3, "third"))
    inbox.receive("page", 2, interrupted)
    with pytest.raises(stop):
        inbox.receive("page", 1, edit(log, 1, "first"))
    answers = inbox.receive("page", 2, edit(log, 2, "second"))  # the page had no answer and sends it again
    assert [(answer.seq, answer.ok) for answer in answers] == [(2, True), (3, True)]
    assert [answer.ok for answer in inbox.receive("page", 1, edit(log, 1, "first"))] == [True]
    assert log.edits["new"].tolist() == ["first", "second", "third"]


def test_what_is_kept_of_clients_that_are_gone_is_bounded(monkeypatch):
    """Each page that is reloaded is another client."""
    most = 1_000
    for name in ("_MOST_NUMBERS", "_MOST_HELD"):
        assert getattr(module, name) == 10_000  # which would take a minute
        monkeypatch.setattr(module, name, most)
    log = EditLog(frame())
    inbox = Inbox(log)
    clients = 1_200
    for k in range(clients):
        client = f"page {k}"
        inbox.receive(client, 1, edit(log, 1, "start", client=client))  # nothing to change
        inbox.receive(client, 3, edit(log, 3, "never", client=client))
    answers = log._answers
    kept = [answers._given, answers._last, answers._forgotten, inbox._next, inbox._oldest, inbox._held]
    assert 100 < max(map(len, kept)) <= most
    assert sum(map(len, inbox._held.values())) <= most
    assert sum(map(len, answers._given.values())) <= 100
    assert inbox.waiting(client) == 2
    assert [answer.seq for answer in inbox.receive(client, 2, edit(log, 2, "made", client=client))] == [2, 3]


def test_what_is_kept_of_one_client_is_bounded_and_nothing_is_made_twice():
    df = pd.DataFrame({"category": ["start"] * 500})
    log = EditLog(df)
    inbox = Inbox(log)
    for seq in range(1, 3001):
        inbox.receive("page", seq, edit(log, seq, f"v{seq}" if seq % 100 == 0 else "v", rows=slice_of(seq)))
    kept = log._answers._given["page"]
    assert len(kept) == 1000
    assert max(len(answer.rows) for answer in kept.values()) <= 100
    steps = len(log.edits)
    for seq in (1, 100, 1500, 2500, 3000):
        (again,) = inbox.receive("page", seq, edit(log, seq, "not again", rows=range(500)))
        assert again.ok
    assert len(log.edits) == steps


def slice_of(seq: int) -> range:
    return range(500) if seq % 100 == 0 else range(seq % 7)
