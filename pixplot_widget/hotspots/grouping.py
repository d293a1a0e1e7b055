"""Hotspots between kernel and pages: found when the images have their places, changed from either side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..cache import Cache
from ..edits import Aside, Change, EditLog
from ..errors import JournalError
from ..protocol import HotspotEdit, HotspotsSent
from ..publisher import Publisher
from . import find_hotspots, name_groups, numbered
from .spots import RECORD, Kept, Spots

__all__ = ["Grouping"]


class Grouping:
    """The hotspots of one widget.

    Parameters
    ----------
    publisher : Publisher
        Sends.
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
        publisher: Publisher,
        log: EditLog,
        df: Callable[[], pd.DataFrame],
        label: str,
        roles: Mapping[str, str],
        points: Callable[[], np.ndarray],
        cache: bool,
    ) -> None:
        self._publisher = publisher
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
        self._publisher.post("hotspots", self._message)
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
                self._publisher.post("hotspots", self._message)

    def set(self, hotspots: Any) -> None:
        """Set all of them, as `check_hotspots` takes them; None: those that are found."""
        self.spots.set(hotspots, self._points())

    def edit(self, edit: HotspotEdit) -> Change:
        """Do what a page asks, as one step, once for its number.

        Raises
        ------
        EditError
            It was refused, now or before: with why.
        """
        spots, asked = self.spots, {"client": edit.client, "seq": edit.seq}
        if edit.kind == "add":
            rows = edit.rows.astype(np.int64)
            name = lambda: edit.name or self._name(rows)  # noqa: E731
            return spots.add(name, rows, self._points, id=edit.key, **asked)
        if edit.kind == "rename":
            return spots.rename(edit.key, edit.name, **asked)
        if edit.kind == "cover":
            return spots.cover(edit.key, edit.at, **asked)
        if edit.kind == "move":
            return spots.move(edit.key, edit.at, **asked)
        if edit.kind == "remove":
            return spots.remove(edit.key, **asked)

        def unknown() -> Kept:
            raise ValueError(f"there is no change {edit.kind!r}; there are add, rename, cover, move, remove")

        return self._step(unknown, **asked)

    def _step(self, make: Callable[[], Kept], **asked: Any) -> Change:
        """Make a change a step of the log's history, when its turn has come."""

        def prepared() -> tuple[Aside, str, Callable[[], None]]:
            kept = make()
            return Aside(RECORD, kept.before, kept.after), kept.text, kept.put

        return self._log.step_aside(prepared, **asked)

    def _stepped(self, _change: Change) -> None:
        """Tell pages of the list before they are told of the step that made it: both show at once there."""
        if self.spots.changes != self._told:
            self._told = self.spots.changes
            self._publisher.tell(self._message())
            self._publisher.post("hotspots", self._message, quietly=True)

    def _words(self) -> dict[str, Any]:
        df = self._df()
        return {"labels": df[self._label], "tags": df[self._roles["tags"]] if "tags" in self._roles else None}

    def _name(self, rows: np.ndarray) -> str:
        """Name a new one after what sets it apart."""
        if not len(rows) or rows.min() < 0 or rows.max() >= len(self._df()):
            raise ValueError("a hotspot is made of images that are there")
        (name,) = name_groups([rows], len(self._df()), **self._words())
        return numbered(name, self.spots.frame["name"].tolist())

    def _message(self) -> HotspotsSent:
        with self._log.lock:
            revision, (ids, frame) = self._log.revision, self.spots.listed()
        rows = [positions.astype(np.int32) for positions in frame["positions"]]
        return HotspotsSent(
            revision=revision,
            ids=ids,
            names=frame["name"].tolist(),
            covers=frame["cover"].to_numpy(dtype=np.int32),
            starts=np.concatenate([[0], np.cumsum(frame["size"])]).astype(np.int32),
            rows=np.concatenate([np.zeros(0, dtype=np.int32), *rows]),
        )
