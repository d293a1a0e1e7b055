"""The hotspots of one workspace: found when the images have their places, changed by code and on screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..cache import Cache
from ..edits import Aside, Change, EditLog
from ..errors import JournalError
from .clusters import find_hotspots, name_groups, numbered
from .spots import RECORD, Kept, Spots

__all__ = ["HotspotList"]


class HotspotList:
    """Finds hotspots, changes them, and says that they have changed.

    Parameters
    ----------
    tell : callable
        ``tell(in_step)`` is called when there are others; `in_step`: by a step of the log, which is told next.
    log : EditLog
        Whose journal keeps them.
    df : callable
        Gives the frame as it is now.
    label : str
        The label column.
    roles : mapping
        Role to column; they are named after "tags" and labels.
    points : callable
        Gives the places by similarity, (n, 2), by which covers are chosen.
    cache : bool
        Whether what was found is kept on disk.
    """

    def __init__(
        self,
        tell: Callable[[bool], None],
        log: EditLog,
        df: Callable[[], pd.DataFrame],
        label: str,
        roles: Mapping[str, str],
        points: Callable[[], np.ndarray],
        cache: bool,
    ) -> None:
        self._tell = tell
        self._df = df
        self._label = label
        self._roles = roles
        self._points = points
        self._cache = cache
        self.spots = Spots(log.keys, self._step, log.lock)
        self._told = 0  # how often the list had changed when pages were last told of it
        self._log = log
        log.turn_aside(RECORD, self.spots.restoring)
        try:
            lost = self.spots.recall(log.kept.get(RECORD, []))
        except Exception as error:  # whatever a file makes Python raise, the file is what is wrong
            raise JournalError(
                f"the hotspots in the journal are damaged: {repr(error)[:200]}; mend it or give another path"
            ) from error
        if lost:
            log.replayed.notes.append(f"{lost:,} images of hotspots are not where they were and were left out of them")
        self._told = self.spots.changes
        log.observe(self._stepped, whole=True)

    def projected(self, xy: np.ndarray, cancel: threading.Event) -> None:
        """Find the hotspots of a projection, float32 (n, 2), unless a user's own are there."""
        if self.spots.own:
            return
        cache = Cache() if self._cache else None
        found = find_hotspots(xy, **self._words(), cache=cache, cancel=cancel)
        with self._log.lock:
            if not cancel.is_set() and self.spots.found(found):
                self._told = self.spots.changes
                self._tell(False)

    def set(self, hotspots: Any) -> None:
        """Set all of them, as `check_hotspots` takes them; None: those that are found."""
        self.spots.set(hotspots, self._points())

    def edit(self, kind: str, key: str, name: str, at: int, rows: np.ndarray, **asked: Any) -> Change:
        """Make one change, as one step.

        Parameters
        ----------
        kind : {"add", "rename", "cover", "move", "remove"}
            "add" makes one of `rows`, called `name` or, if that is "", after what sets it apart; "rename" calls it
            `name`; "cover" takes row `at` for its picture; "move" puts it at place `at`.
        key : str
            Its id.
        **asked
            `client` and `seq`: who asks, once for each number.

        Raises
        ------
        EditError
            It was refused, now or before: with why.
        """
        spots = self.spots
        if kind == "add":
            rows = rows.astype(np.int64)
            called = lambda: name or self._name(rows)  # noqa: E731
            return spots.add(called, rows, self._points, id=key, **asked)
        if kind == "rename":
            return spots.rename(key, name, **asked)
        if kind == "cover":
            return spots.cover(key, at, **asked)
        if kind == "move":
            return spots.move(key, at, **asked)
        if kind == "remove":
            return spots.remove(key, **asked)

        def unknown() -> Kept:
            raise ValueError(f"there is no change {kind!r}; there are add, rename, cover, move, remove")

        return self._step(unknown, **asked)

    def listed(self) -> tuple[int, list[str], pd.DataFrame]:
        """Return the log's revision, the hotspots' ids and the hotspots, of one moment."""
        with self._log.lock:
            return self._log.revision, *self.spots.listed()

    def _step(self, make: Callable[[], Kept], **asked: Any) -> Change:
        """Make a change a step of the log's history, when its turn has come."""

        def prepared() -> tuple[Aside, str, Callable[[], None]]:
            kept = make()
            return Aside(RECORD, kept.before, kept.after), kept.text, kept.put

        return self._log.step_aside(prepared, **asked)

    def _stepped(self, _change: Change) -> None:
        """Tell of the list before the step that made it is told: both show at once."""
        if self.spots.changes != self._told:
            self._told = self.spots.changes
            self._tell(True)

    def _words(self) -> dict[str, Any]:
        df = self._df()
        return {"labels": df[self._label], "tags": df[self._roles["tags"]] if "tags" in self._roles else None}

    def _name(self, rows: np.ndarray) -> str:
        """Name a new one after what sets it apart."""
        if not len(rows) or rows.min() < 0 or rows.max() >= len(self._df()):
            raise ValueError("a hotspot is made of images that are there")
        (name,) = name_groups([rows], len(self._df()), **self._words())
        return numbered(name, self.spots.frame["name"].tolist())
