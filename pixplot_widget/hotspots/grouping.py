"""Hotspots between kernel and pages: found when the images have their places, changed from either side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..cache import Cache
from ..edits import Aside, EditLog
from ..edits.answers import REFUSALS, refusal
from ..errors import JournalError
from ..protocol import HotspotEdit, HotspotsSent, Trouble
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
        self.spots = Spots(log.keys, self._step, self._post, log.lock)
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

    def projected(self, xy: np.ndarray, cancel: threading.Event) -> None:
        """Find the hotspots of a projection, float32 (n, 2), unless a user's own are there."""
        if self.spots.own:
            return
        cache = Cache() if self._cache else None
        found = find_hotspots(xy, **self._words(), cache=cache, cancel=cancel)
        if not cancel.is_set():
            self.spots.found(found)

    def set(self, hotspots: Any) -> None:
        """Set all of them, as `check_hotspots` takes them; None: those that are found."""
        self.spots.set(hotspots, self._points())

    def receive(self, edit: HotspotEdit) -> None:
        """Do what a page asks; where that cannot be, it is told why and sees again what there is."""
        try:
            self._do(edit)
        except REFUSALS as error:
            self._publisher.tell(Trouble(id=-1, text=f"The hotspots were not changed: {refusal(error).reason}"))
            self._post()

    def _step(self, kept: Kept) -> None:
        """Make a change a step of the log's history."""
        self._log.step_aside(Aside(RECORD, kept.before, kept.after), kept.text, kept.put)

    def _do(self, edit: HotspotEdit) -> None:
        spots = self.spots
        if edit.kind == "add":
            rows = edit.rows.astype(np.int64)
            spots.add(edit.name or self._name(rows), rows, self._points())
        elif edit.kind == "rename":
            spots.rename(edit.key, edit.name)
        elif edit.kind == "cover":
            spots.cover(edit.key, edit.at)
        elif edit.kind == "move":
            spots.move(edit.key, edit.at)
        elif edit.kind == "remove":
            spots.remove(edit.key)
        else:
            raise ValueError(f"there is no change {edit.kind!r}; there are add, rename, cover, move, remove")

    def _words(self) -> dict[str, Any]:
        df = self._df()
        return {"labels": df[self._label], "tags": df[self._roles["tags"]] if "tags" in self._roles else None}

    def _name(self, rows: np.ndarray) -> str:
        """Name a new one after what sets it apart."""
        if not len(rows) or rows.min() < 0 or rows.max() >= len(self._df()):
            raise ValueError("a hotspot is made of images that are there")
        (name,) = name_groups([rows], len(self._df()), **self._words())
        return numbered(name, self.spots.frame["name"].tolist())

    def _post(self) -> None:
        self._publisher.post("hotspots", self._message)

    def _message(self) -> HotspotsSent:
        ids, frame = self.spots.listed()
        rows = [positions.astype(np.int32) for positions in frame["positions"]]
        return HotspotsSent(
            ids=ids,
            names=frame["name"].tolist(),
            covers=frame["cover"].to_numpy(dtype=np.int32),
            starts=np.concatenate([[0], np.cumsum(frame["size"])]).astype(np.int32),
            rows=np.concatenate([np.zeros(0, dtype=np.int32), *rows]),
        )
