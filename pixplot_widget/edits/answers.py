"""Each numbered edit is made once, in its client's order, whatever the channel does to the messages.

A client (one page) numbers its edits from 1, keeps each until it is answered, and sends what it keeps again, in order,
after a while and when it comes back. The kernel's side of the rule:

* a number that was answered gets the same answer again, and nothing is done;
* a number that is next is done at once, and then those that were held back behind it;
* a later number is held back: it is answered when the gap before it is filled;
* with each edit a client may say which is the `oldest` it still keeps. Numbers before that one will never come (an
  earlier kernel answered them), so they are no gap.

So all edits of a client are done in the order they were made, each once, and answers come in that order too: an answer
to number s means that everything up to s was dealt with.

What is kept is bounded, however many clients come and go: the newest answers of the newest clients, in short where an
edit had many rows, and of other clients which numbers were answered.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Protocol, TypeVar

from ..errors import EditError
from .changes import Change, words

__all__ = ["Answer", "Answers", "Inbox"]

logger = logging.getLogger(__name__)

REFUSALS = (Exception,)
"""What becomes an answer: all of it, for one edit that is never answered keeps all later ones waiting."""

_EXPECTED = (IndexError, KeyError, TypeError, ValueError)
"""What bad input raises, with a sentence that says what was wrong."""

_MOST_HELD = 10_000  # edits held back, of all clients; what is beyond is dropped and will be sent again
_MOST_HELD_BYTES = 64_000_000  # of their rows
_MOST_ANSWERS = 1_000  # that are kept of one client
_MOST_ROWS = 100  # of an answer that is kept whole
_MOST_CLIENTS = 100  # of which answers are kept
_MOST_NUMBERS = 10_000  # clients of which the last number is known

K = TypeVar("K")
V = TypeVar("V")


class Newest(OrderedDict[K, V]):
    """A dict of the entries that were set last, so many at most.

    Examples
    --------
    >>> newest = Newest(2)
    >>> newest["a"], newest["b"], newest["a"], newest["c"] = 1, 2, 3, 4
    >>> dict(newest)
    {'a': 3, 'c': 4}
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            del self[next(iter(self))]


def refusal(error: Exception) -> EditError:
    """Give the answer to an edit that raised; what nobody foresaw is logged, with where it comes from."""
    if isinstance(error, EditError):
        return error
    if isinstance(error, _EXPECTED) and words(error).strip():
        return EditError(words(error))
    logger.error("an edit failed in a way that was not foreseen; it was refused", exc_info=error)
    said = words(error).strip()
    return EditError(f"the edit could not be made: {type(error).__name__}{f': {said}' if said else ''}")


class Answers:
    """What each client was answered."""

    def __init__(self) -> None:
        self._given: dict[str, dict[int, Change | EditError]] = {}
        self._last: Newest[str, int] = Newest(_MOST_NUMBERS)
        self._forgotten: Newest[str, int] = Newest(_MOST_NUMBERS)  # up to which number answers may be kept no more

    def last(self, client: str) -> int:
        """Give the highest number of a client that was answered; 0 if none."""
        return self._last.get(client, 0)

    def put(self, client: str, seq: int, answer: Change | EditError) -> None:
        """Remember an answer."""
        self._last[client] = max(self.last(client), seq)
        given = self._given.pop(client, {})
        given.pop(seq, None)
        given[seq] = answer.in_short(_MOST_ROWS) if isinstance(answer, Change) else answer
        self._given[client] = given
        if len(given) > _MOST_ANSWERS:
            gone = next(iter(given))
            del given[gone]
            self._forgotten[client] = max(gone, self._forgotten.get(client, 0))
        if len(self._given) > _MOST_CLIENTS:
            other = next(iter(self._given))
            del self._given[other]
            self._forgotten[other] = self.last(other)

    def once(
        self,
        client: str | None,
        seq: int | None,
        act: Callable[[], Change],
        keep: Callable[[str, int, str], None],
        made_before: Callable[[str, int], Change],
    ) -> Change:
        """Do what is asked for under a number once, and give the same answer ever after.

        Parameters
        ----------
        client, seq : str and int, or None
            Who asks, and their number for it; without them it is simply done.
        act : callable
            Does it.
        keep : callable
            ``keep(client, seq, reason)``: called for an answer that left no step, so that it outlasts the kernel.
        made_before : callable
            ``made_before(client, seq)``: the answer to what was dealt with and whose own answer is kept no more.

        Raises
        ------
        EditError
            It was refused, now or then.
        """
        if client is None or seq is None:
            return act()
        answer = self._given.get(client, {}).get(seq)
        if answer is None and seq <= self._forgotten.get(client, 0):
            return made_before(client, seq)
        if answer is None:
            try:
                answer = act()
            except REFUSALS as error:
                answer = refusal(error)
            self.put(client, seq, answer)
            if isinstance(answer, EditError) or answer.step is None:
                keep(client, seq, answer.reason if isinstance(answer, EditError) else "")
        if isinstance(answer, EditError):
            raise answer
        return answer


@dataclass(frozen=True)
class Answer:
    """An acknowledgement: `client`'s edits up to `seq` have been dealt with, and this one was made or refused.

    Attributes
    ----------
    client, seq : str and int
        Which edit.
    ok : bool
        Whether it stands.
    reason : str
        Why not, in words; empty where it stands.
    change : Change or None
        What it changed.
    """

    client: str
    seq: int
    ok: bool
    reason: str
    change: Change | None


class Log(Protocol):
    """What an inbox needs of an `EditLog`."""

    lock: RLock

    def settled(self, client: str) -> int:
        """Give the highest number of a client that was answered."""


class Inbox:
    """Puts the edits of each client in order.

    Parameters
    ----------
    log : EditLog
        Where they are made.

    Examples
    --------
    >>> import pandas as pd
    >>> from pixplot_widget.edits import EditLog
    >>> log = EditLog(pd.DataFrame({"category": ["cat", "cat"]}))
    >>> inbox = Inbox(log)
    >>> second = inbox.receive("page", 2, lambda: log.undo(client="page", seq=2))
    >>> first = inbox.receive("page", 1, lambda: log.apply([0], "label", "dog", client="page", seq=1))
    >>> [answer.seq for answer in second], [answer.seq for answer in first]
    ([], [1, 2])
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._held: dict[str, dict[int, tuple[Callable[[], Change], int]]] = {}  # and how many bytes each takes
        self._next: Newest[str, int] = Newest(_MOST_NUMBERS)
        self._oldest: Newest[str, int] = Newest(_MOST_NUMBERS)

    def waiting(self, client: str) -> int | None:
        """Give the number that a client's held-back edits wait for; None if none is held back."""
        return self._next[client] if self._held.get(client) else None

    def receive(
        self, client: str, seq: int, act: Callable[[], Change], *, oldest: int | None = None, size: int = 0
    ) -> list[Answer]:
        """Take in one edit.

        Parameters
        ----------
        client, seq : str and int
            Who sent it, and their number for it, from 1.
        act : callable
            Makes the edit, with that client and number: ``lambda: log.apply(..., client=client, seq=seq)``.
        oldest : int, optional
            The lowest number the client still keeps.
        size : int
            Bytes that `act` takes while it is held back.

        Returns
        -------
        list of Answer
            All that are due now, in order: none where the edit is held back.
        """
        with self._log.lock:
            kept = self._oldest[client] = max(self._oldest.get(client, 1), oldest or 1)
            due = max(self._next.get(client, 1), self._log.settled(client) + 1, kept)
            held = self._held.pop(client, {})
            self._held[client] = held
            answers = []
            if seq < kept:
                pass  # a late copy of what its client knows the answer of
            elif seq < due:
                # asked again; where the answer is not known any more (it left no trace in the journal) it is done now
                answers.append(self._answer(client, seq, act))
            else:
                self._hold(held, seq, act, size if seq > due else 0)  # what is next does not wait
            try:
                for passed in sorted(number for number in held if number < due):
                    answers.append(self._answer(client, passed, held.pop(passed)[0]))
                while due in held:
                    answers.append(self._answer(client, due, held.pop(due)[0]))
                    due += 1
            finally:  # also where an interrupt passes: what was answered is asked for again, and answered alike
                self._next[client] = due
                if not held:
                    del self._held[client]
            return answers

    def _hold(
        self, held: dict[int, tuple[Callable[[], Change], int]], seq: int, act: Callable[[], Change], size: int
    ) -> None:
        """Hold an edit back; where there are too many, those of the client that has been silent longest are dropped."""
        held[seq] = act, size
        while self._is_too_much():
            silent = next(iter(self._held))
            if self._held[silent] is held:
                del held[max(held)]
            else:
                del self._held[silent]

    def _is_too_much(self) -> bool:
        sizes = [size for held in self._held.values() for _, size in held.values()]
        return len(sizes) > _MOST_HELD or sum(sizes) > _MOST_HELD_BYTES

    def _answer(self, client: str, seq: int, act: Callable[[], Change]) -> Answer:
        try:
            return Answer(client, seq, True, "", act())
        except REFUSALS as error:
            return Answer(client, seq, False, refusal(error).reason, None)
