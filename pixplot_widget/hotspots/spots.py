"""The hotspots of one widget: found at first, a user's own once touched, and kept with the journal from then on.

They are no edits of the frame, so undo does not know them; every change is one record of the journal.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..packing import pack, sendable, unpack
from ..rows import RowKeys
from . import check_hotspots

__all__ = ["RECORD", "Spots"]

RECORD = "hotspots"
"""What their records are called in the journal."""


class Spots:
    """A list of hotspots that pages and code change.

    Parameters
    ----------
    keys : RowKeys
        What each row is called, so that kept hotspots find their rows again.
    keep : callable
        ``keep(record)``: puts a record on disk, or raises.
    told : callable
        Called after every change.

    Examples
    --------
    >>> spots = Spots(RowKeys(["a", "b", "c"]), keep=lambda record: None, told=lambda: None)
    >>> key = spots.add("pair", np.array([0, 2]))
    >>> spots.rename(key, "two")
    >>> spots.frame["name"].tolist(), spots.frame["size"].tolist(), spots.own
    (['two'], [2], True)
    """

    def __init__(self, keys: RowKeys, keep: Callable[[dict[str, Any]], None], told: Callable[[], None]) -> None:
        self._keys = keys
        self._keep = keep
        self._told = told
        self._lock = threading.RLock()
        self._frame = check_hotspots({}, len(keys))
        self._numbers = itertools.count(1)
        self._written: set[str] = set()
        self.ids: list[int] = []
        self.own = False

    @property
    def frame(self) -> pd.DataFrame:
        """The hotspots as they are: name, size, cover, positions; a copy."""
        with self._lock:
            return self._frame.copy()

    def listed(self) -> tuple[list[int], pd.DataFrame]:
        """Return the numbers by which pages know them, and the hotspots, of one moment."""
        with self._lock:
            return list(self.ids), self._frame.copy()

    # --- changes ---

    def found(self, frame: pd.DataFrame) -> None:
        """Take over what was found, unless there are a user's own."""
        with self._lock:
            if self.own:
                return
            self._put(frame, [next(self._numbers) for _ in range(len(frame))])

    def set(self, hotspots: Any, points: np.ndarray | None = None) -> None:
        """Set all of them, as `check_hotspots` takes them; None: those that are found."""
        frame = check_hotspots({} if hotspots is None else hotspots, len(self._keys), points)
        with self._lock:
            self._change(frame, [next(self._numbers) for _ in range(len(frame))], own=hotspots is not None)

    def add(self, name: str, rows: np.ndarray, points: np.ndarray | None = None) -> int:
        """Put one in front; return its number."""
        made = check_hotspots({_checked(name): rows}, len(self._keys), points)
        with self._lock:
            number = next(self._numbers)
            self._change(pd.concat([made, self._frame], ignore_index=True), [number, *self.ids])
            return number

    def rename(self, key: int, name: str) -> None:
        """Give one another name."""
        with self._lock:
            frame = self._frame.copy()
            frame.loc[self._at(key), "name"] = _checked(name)
            self._change(frame, self.ids)

    def cover(self, key: int, row: int) -> None:
        """Give one another cover, one of its rows."""
        with self._lock:
            at = self._at(key)
            if row not in self._frame["positions"][at]:
                raise ValueError(f"the cover of {self._frame['name'][at]!r} must be one of its images, not row {row}")
            frame = self._frame.copy()
            frame.loc[at, "cover"] = row
            self._change(frame, self.ids)

    def move(self, key: int, to: int) -> None:
        """Put one at another place in the list."""
        with self._lock:
            order = list(range(len(self.ids)))
            order.insert(max(0, min(to, len(order) - 1)), order.pop(self._at(key)))
            self._change(self._frame.iloc[order].reset_index(drop=True), [self.ids[k] for k in order])

    def remove(self, key: int) -> None:
        """Take one out of the list."""
        with self._lock:
            at = self._at(key)
            self._change(self._frame.drop(index=at).reset_index(drop=True), [each for each in self.ids if each != key])

    # --- the journal ---

    def recall(self, records: Sequence[dict[str, Any]]) -> int:
        """Take over what earlier kernels kept; return how many rows are not where they were, and were left out.

        Raises
        ------
        ValueError
            A record is not one of ours.
        """
        if not records:
            return 0
        sets: dict[str, dict[str, Any]] = {}
        for record in records:
            sets |= record["sets"]
        last, lost, kept, most = records[-1], 0, [], _most_rows(len(self._keys))
        for name, cover, key in last["spots"]:
            rows = unpack(sets[key]["rows"], most)
            files = unpack(sets[key]["files"], len(rows))
            if len(files) != len(rows) or not isinstance(name, str) or type(cover) is not int:
                raise ValueError("a hotspot has a name, a cover, and as many files as rows")
            most -= len(rows)
            there = (rows >= 0) & (rows < len(self._keys))
            there[there] = self._keys.checksums(rows[there]) == files[there]
            lost += int((~there).sum())
            if there.any():
                rows = rows[there]
                kept.append(
                    {"name": sendable(name), "cover": cover if cover in rows.tolist() else None, "positions": rows}
                )
        with self._lock:
            self.own = bool(last["own"])
            self._written = set(sets) if not lost else set()
            frame = pd.DataFrame(kept, columns=["name", "cover", "positions"])
            frame = check_hotspots(frame, len(self._keys))
            self._put(frame, [next(self._numbers) for _ in range(len(frame))])
        return lost

    # --- inside ---

    def _at(self, key: int) -> int:
        if key not in self.ids:
            raise KeyError("that hotspot is gone")
        return self.ids.index(key)

    def _change(self, frame: pd.DataFrame, ids: list[int], own: bool = True) -> None:
        if int(frame["size"].sum()) > (most := _most_rows(len(self._keys))):
            raise ValueError(
                f"all hotspots together have {most:,} rows at most, where there are {len(self._keys):,} images"
            )
        self._write(frame, own)
        self.own = own
        self._put(frame, ids)

    def _put(self, frame: pd.DataFrame, ids: list[int]) -> None:
        self._frame, self.ids = frame, list(ids)
        self._told()

    def _write(self, frame: pd.DataFrame, own: bool) -> None:
        """Put them on disk; rows that are there already, as after a new name or order, are not written again."""
        keys = [_key(rows) for rows in frame["positions"]]
        new = {
            key: {"rows": pack(rows), "files": pack(self._keys.checksums(rows))}
            for key, rows in zip(keys, frame["positions"], strict=True)
            if key not in self._written
        }
        spots = [[name, int(cover), key] for name, cover, key in zip(frame["name"], frame["cover"], keys, strict=True)]
        self._keep({"own": own, "spots": spots, "sets": new})
        self._written |= new.keys()


def _most_rows(n: int) -> int:
    """How many rows all hotspots may have together: a line of the journal may say that it names any number."""
    return 100 * n + 100_000


def _key(rows: np.ndarray) -> str:
    return hashlib.blake2b(rows.astype("<i8").tobytes(), digest_size=9).hexdigest()


def _checked(name: Any) -> str:
    text = str(name).strip()
    if not text:
        raise ValueError("a hotspot must have a name")
    return text
