"""One lock for all logs of a frame, and keeping a step whole when Ctrl-C comes.

Order of locks
--------------
Whoever takes several locks takes them in this order, and none of an earlier row while holding one of a later row:

1. a workspace's own lock (`Workspace.lock`), then its `reading`: vectors, rows that are added; and the lock of a list
   of hotspots, which is held while a change of it goes into the journal
2. the lock of the frame (`lock_of`): edits, undo, reading codes and history, and the calls of observers
3. locks of what follows from the frame: the catalog of layouts, the work behind the picture, the queue of parts, a
   link between plots

So an observer of edits, which is called under 2, may take any of 3 and may edit any plot of the same frame, but must
not call what begins with 1. Plots of one frame share 2, so they cannot wait for each other crosswise.
"""

from __future__ import annotations

import signal
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

__all__ = ["interruptible", "lock_of", "uninterrupted"]

_registry = threading.Lock()
_locks: dict[int, tuple[weakref.ref[pd.DataFrame], threading.RLock]] = {}


def lock_of(frame: pd.DataFrame) -> threading.RLock:
    """Give the lock under which a frame is edited: the same one to whoever asks, for as long as there is the frame.

    A frame has no hash, and what is put into its `attrs` goes along into its copies, so it is known by its identity.

    Examples
    --------
    >>> df = pd.DataFrame({"category": ["cat"]})
    >>> lock_of(df) is lock_of(df), lock_of(df) is lock_of(df.copy())
    (True, False)
    """
    with _registry:
        known = _locks.get(id(frame))
        if known is not None and known[0]() is frame:
            return known[1]
        for key in [key for key, (reference, _) in _locks.items() if reference() is None]:
            del _locks[key]
        lock = threading.RLock()
        _locks[id(frame)] = (weakref.ref(frame), lock)
        return lock


_outside: list[Any] = []
"""What a signal does outside of the `uninterrupted` blocks that are open in the main thread, outermost first."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a KeyboardInterrupt wait until the end: a journal and a frame must not part between two lines.

    Examples
    --------
    >>> import os, signal
    >>> usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    >>> done = False
    >>> try:
    ...     with uninterrupted():
    ...         os.kill(os.getpid(), signal.SIGINT)
    ...         done = True
    ... except KeyboardInterrupt:
    ...     print("interrupted, but done:", done)
    interrupted, but done: True
    >>> restored = signal.signal(signal.SIGINT, usual)
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is interrupted
        return
    waiting: list[tuple[Any, ...]] = []
    usual = signal.signal(signal.SIGINT, lambda *what: waiting.append(what))
    _outside.append(usual)
    try:
        yield
    finally:
        _outside.pop()
        signal.signal(signal.SIGINT, usual)
        if waiting and callable(usual):
            usual(*waiting[0])


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C through again inside of `uninterrupted`: for code of the user, which may take its time."""
    if threading.current_thread() is not threading.main_thread() or not _outside:
        yield
        return
    waits = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, _outside[0])
        yield
    finally:
        signal.signal(signal.SIGINT, waits)
