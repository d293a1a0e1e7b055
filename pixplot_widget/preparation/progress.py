"""How far the work behind a widget is, and whom it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..layouts import Layout

__all__ = ["Listener", "Progress"]


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
