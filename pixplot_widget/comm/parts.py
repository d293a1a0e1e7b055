"""What every page of a widget should hold, kept by name, and the thread that sends it.

The kernel does not wait to be asked: a page's first request is answered only when the kernel is free, while
messages to the page pass a busy kernel freely. So the parts go out when the widget is displayed. What goes out
before the page's model exists is lost, and no word of that can come back while the kernel is busy: until a
page has said hello, the first picture is repeated after `REPEATS` seconds. Pages drop what they already have.

A page greets as soon as it is there, which is heard when the kernel is free: by then more has gone out than the page
could name. So it is called again once all has gone out, and what it lacks then is what was lost. (Of a million images
the parts are 14 MB. They used to be sent twice, and the first colors came a second later.)
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any

from ..protocol import Message, RollCall, Trouble, encode
from ..threads import start

__all__ = ["Parts"]

logger = logging.getLogger(__name__)

REPEATS = (1.0, 2.5)

FIRST = "manifest"
"""The part without which pages can make nothing of the others."""

Make = Callable[[], Message | None]


class Parts:
    """Named parts, the newest of each, and who should have them.

    Parameters
    ----------
    send : callable
        ``send(content, buffers)``: hands one frame to the comm.
    making : threading lock, optional
        Held while a part is made: whoever holds it changes in peace what parts are made of.

    Notes
    -----
    A part is a function, not a message: what is sent is made when its turn comes, so that it is the newest and
    nothing large is kept. The manifest goes out before whatever waits: it says how many rows there are, and pages can
    make nothing of the others without it. These go out in the order of their first posting, later versions at the end;
    but those that the first picture can do without go out when no other waits.

    Parts are sent in the context in which this was made.
    """

    def __init__(
        self, send: Callable[[dict, list[bytes]], None], making: AbstractContextManager[Any] | None = None
    ) -> None:
        self._send_frame = send
        self._parts: dict[str, tuple[int, Make]] = {}
        self._dropped: dict[str, int] = {}  # their last versions
        self._patient: set[str] = set()  # parts that let others pass
        self._queue: dict[str, None] = {}  # an ordered set
        self._condition = threading.Condition()
        self._sending = threading.Lock()
        self._making = threading.RLock() if making is None else making
        self._context = copy_context()
        self._thread: threading.Thread | None = None
        self._watched = False
        self._greeted = False
        self._calling = False  # whether pages are to be called when all has gone out
        self._repeat_at: list[float] = []
        self._closed = False

    def post(self, name: str, make: Make, quietly: bool = False, patiently: bool = False) -> None:
        """Keep a part under its name, in place of an older one; send it where someone is watching.

        `quietly`: pages that watch know the news already, only those that come later need the part. `patiently`:
        other parts may pass it: names of files and layouts that are not shown are half a megabyte at 10,000 images,
        ahead of the first pictures.
        """
        with self._condition:
            if self._closed:
                return
            (self._patient.add if patiently else self._patient.discard)(name)
            version = (self._parts[name][0] if name in self._parts else self._dropped.pop(name, 0)) + 1
            self._parts[name] = (version, make)
            if self._watched and not quietly:
                self._enqueue([name])

    def again(self, name: str) -> bool:
        """Send a part once more; False if there is none of that name."""
        with self._condition:
            if name in self._parts:
                self._patient.discard(name)
                self._enqueue([name])
            return name in self._parts

    def hurry(self, name: str) -> None:
        """Let no other part pass this one any longer, should it still wait: it is looked at now."""
        with self._condition:
            self._patient.discard(name)

    def has(self, name: str) -> bool:
        """Whether there is a part of that name."""
        with self._condition:
            return name in self._parts

    def drop(self, name: str) -> None:
        """Forget a part; pages are not told, and know it by a new version if it comes again."""
        with self._condition:
            if name in self._parts:
                self._dropped[name] = self._parts.pop(name)[0]
                self._queue.pop(name, None)

    def displayed(self) -> None:
        """Send all there is; again later while no page answers. One that greeted before is called to do so."""
        with self._condition:
            self._watched = True
            self._calling = self._greeted
            self._greeted = False
            now = time.monotonic()
            self._repeat_at = [now + delay for delay in REPEATS]
            self._enqueue(self._parts)

    def hello(self, have: Iterable[str], called: bool = False) -> None:
        """Send what a page that holds the parts `have` (``name@version``) is missing.

        Unless it was `called` to say so, it may have greeted before the first picture went out, and is called.
        """
        held = set(have)
        with self._condition:
            if self._watched and not (self._greeted or called):
                self._calling = True
                self._repeat_at = self._repeat_at[-1:]  # it will answer, unless the kernel is busy again
                self._enqueue([])
                return
            self._watched = self._greeted = True
            self._repeat_at = []
            self._enqueue(name for name, (version, _) in self._parts.items() if f"{name}@{version}" not in held)

    def tell(self, message: Message) -> None:
        """Send a message at once, to whoever listens; it is not kept."""
        if not self._closed:
            self._send(message, "")

    def close(self) -> None:
        """Stop sending."""
        with self._condition:
            self._closed = True
            self._parts.clear()
            self._queue.clear()
            self._condition.notify_all()

    def _enqueue(self, names: Iterable[str]) -> None:
        for name in names:
            self._queue[name] = None
        if self._closed:
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = start(self._run, name="pixplot-parts", context=self._context)
        self._condition.notify_all()

    def _wait(self) -> bool:
        """Wait until something is to be sent; False once closed."""
        with self._condition:
            while not (self._closed or self._queue or self._calling):
                now = time.monotonic()
                if self._repeat_at and self._repeat_at[0] <= now:
                    self._repeat_at.pop(0)
                    if not self._greeted:
                        self._enqueue(self._parts)
                    continue
                self._condition.wait(self._repeat_at[0] - now if self._repeat_at else None)
            return not self._closed

    def _take(self) -> tuple[str, Make] | None:
        """Take what is to be sent next: the name and version of a part, "" for what is none; and what makes it."""
        with self._condition:
            if FIRST in self._queue:
                name = FIRST
            elif self._queue:
                name = next((part for part in self._queue if part not in self._patient), next(iter(self._queue)))
            elif self._calling:
                self._calling = False
                return "", RollCall
            else:
                return None
            del self._queue[name]
            if name not in self._parts:
                return None
            version, make = self._parts[name]
            return f"{name}@{version}", make

    def _run(self) -> None:
        while self._wait():
            with self._making:  # and taken here: what was taken before a pause might be made of what came in it
                if (job := self._take()) is None:
                    continue
                part, make = job
                try:
                    message = make()
                except Exception as error:
                    name = part.rpartition("@")[0]
                    logger.exception("the part %s could not be made", name)
                    message, part = Trouble(id=-1, text=f"{name} could not be sent: {error}"), ""
            if message is not None and not self._closed:
                self._send(message, part)

    def _send(self, message: Message, part: str) -> None:
        with self._sending:  # the comm is not made for several threads
            for content, buffers in encode(message, part):
                self._send_frame(content, buffers)
