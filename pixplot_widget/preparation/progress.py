"""How far the work behind a widget is, and whom it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..layouts import Layout

__all__ = ["Listener", "Pace", "Progress"]

TOLD_SECONDS = 0.25
"""How often it is told how far something is, and which thumbnails are new."""


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Attributes
    ----------
    stage : str
        What is being done; "" when all is ready.
    done, total : int
        Of how many; `total` is 0 where that is not known.
    seconds_left : float
        An estimate from the rate so far; -1 while there is none.
    error : str
        What went wrong, in words; "" if nothing.
    rate : float
        Images a second so far; 0 where `done` does not count images.
    running : bool
        Whether there is work that can be stopped.
    stopped : bool
        Whether some was stopped and can be gone on with.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float = -1.0
    error: str = ""
    rate: float = 0.0
    running: bool = False
    stopped: bool = False


class Pace:
    """Tells now and then how far it is with something that is counted, by the rate so far.

    Parameters
    ----------
    stage : str
        What is being done.
    tell : callable
        Is given a `Progress`.
    """

    def __init__(self, stage: str, tell: Callable[[Progress], None]) -> None:
        self._stage = stage
        self._tell = tell
        self._last = time.monotonic()
        self._start: tuple[float, int] | None = None

    def __call__(self, done: int, total: int) -> None:
        """So many are done of so many."""
        now = time.monotonic()
        if self._start is None:  # told at once: of what is kept from the last time there is much to see
            self._start = (now, done)  # what was there before was not done at this rate
        elif now - self._last < TOLD_SECONDS:
            return
        self._last = now
        began, first = self._start
        rate = (done - first) / (now - began) if now > began else 0.0
        left = (total - done) / rate if rate > 0 else -1.0
        self._tell(Progress(self._stage, done, total, left, rate=rate))


class Listener(Protocol):
    """What a preparation tells, from its own threads."""

    def looked(self, rows: np.ndarray) -> None:
        """Thumbnails of these rows are ready."""

    def placed(self, name: str, layout: Layout) -> None:
        """A layout is ready, or better than before."""

    def projected(self, xy: np.ndarray, cancel: threading.Event) -> None:
        """All has its place by similarity, float32 (n, 2), NaN without one: here is time for what follows from that."""

    def progressed(self, progress: Progress) -> None:
        """The work went on."""
