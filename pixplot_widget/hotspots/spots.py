"""The hotspots of one widget: found at first, a user's own once touched, and kept with the journal from then on.

Every change that a user makes, on screen or by code, is one step of the log: undone and done again like any other, and
kept with the journal. Those that are found are no step.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import EditError
from ..packing import pack, sendable, unpack
from ..rows import RowKeys
from . import check_hotspots

__all__ = ["RECORD", "Spots"]

MOST_ADDED = 1_000
"""Hotspots that may be added one by one: every change of one writes the list of all."""

RECORD = "hotspots"
"""What their records are called in the journal."""


class Kept(NamedTuple):
    """A change: in words, as records of what was before and is after it, and what puts it in place."""

    text: str
    before: dict[str, Any]
    after: dict[str, Any]
    put: Callable[[], None]


class Spots:
    """A list of hotspots that pages and code change.

    Parameters
    ----------
    keys : RowKeys
        What each row is called, so that kept hotspots find their rows again.
    keep : callable
        ``keep(kept)``, a `Kept`: puts the change on disk, or raises, and then in place.
    told : callable
        Called after every change.
    lock : threading.RLock, optional
        Under which `keep` is called; that of the log, where it makes a step of its history.

    Examples
    --------
    >>> spots = Spots(RowKeys(["a", "b", "c"]), keep=lambda kept: kept.put(), told=lambda: None)
    >>> key = spots.add("pair", np.array([0, 2]))
    >>> spots.rename(key, "two")
    >>> spots.frame["name"].tolist(), spots.frame["size"].tolist(), spots.own
    (['two'], [2], True)
    """

    def __init__(
        self,
        keys: RowKeys,
        keep: Callable[[Kept], Any],
        told: Callable[[], None],
        lock: threading.RLock | None = None,
    ) -> None:
        self._keys = keys
        self._keep = keep
        self._told = told
        self._lock = threading.RLock() if lock is None else lock
        self._frame = check_hotspots({}, len(keys))
        self._numbers = itertools.count(1)
        self._sets: dict[str, dict[str, Any]] = {}  # rows that are on disk, as they are there
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
        words = "find hotspots anew" if hotspots is None else f"set {len(frame)} hotspots"
        with self._lock:
            self._change(frame, [next(self._numbers) for _ in range(len(frame))], words, own=hotspots is not None)

    def add(self, name: str, rows: np.ndarray, points: np.ndarray | None = None) -> int:
        """Put one in front; return its number."""
        made = check_hotspots({_checked(name): rows}, len(self._keys), points)
        with self._lock:
            if len(self.ids) >= MOST_ADDED:
                raise ValueError(
                    f"there are {len(self.ids):,} hotspots already; one more can be made once one is removed"
                )
            number = next(self._numbers)
            self._change(
                pd.concat([made, self._frame], ignore_index=True), [number, *self.ids], f"make {_called(name)}"
            )
            return number

    def rename(self, key: int, name: str) -> None:
        """Give one another name."""
        with self._lock:
            frame, at = self._frame.copy(), self._at(key)
            frame.loc[at, "name"] = _checked(name)
            self._change(frame, self.ids, f"rename {_called(self._frame['name'][at])} to {_checked(name)!r}")

    def cover(self, key: int, row: int) -> None:
        """Give one another cover, one of its rows."""
        with self._lock:
            at = self._at(key)
            if row not in self._frame["positions"][at]:
                raise ValueError(f"the cover of {self._frame['name'][at]!r} must be one of its images, not row {row}")
            frame = self._frame.copy()
            frame.loc[at, "cover"] = row
            self._change(frame, self.ids, f"change the cover of {_called(frame['name'][at])}")

    def move(self, key: int, to: int) -> None:
        """Put one at another place in the list."""
        with self._lock:
            order, at = list(range(len(self.ids))), self._at(key)
            order.insert(max(0, min(to, len(order) - 1)), order.pop(at))
            frame = self._frame.iloc[order].reset_index(drop=True)
            self._change(frame, [self.ids[k] for k in order], f"move {_called(self._frame['name'][at])}")

    def remove(self, key: int) -> None:
        """Take one out of the list."""
        with self._lock:
            at = self._at(key)
            frame = self._frame.drop(index=at).reset_index(drop=True)
            ids = [each for each in self.ids if each != key]
            self._change(frame, ids, f"delete {_called(self._frame['name'][at])}")

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
        frame, lost = self._read(records[-1], sets)
        with self._lock:
            self._sets = sets
            self.own = bool(records[-1]["own"])
            self._put(frame, [next(self._numbers) for _ in range(len(frame))])
        return lost

    def restoring(self, record: dict[str, Any]) -> Callable[[], None]:
        """Give what brings back the hotspots of a record: those before a change that is undone, or after it.

        Raises
        ------
        EditError
            The record does not say what they were.
        """
        try:
            frame, _ = self._read(record, self._sets)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise EditError("the hotspots as they were cannot be read from the journal") from error
        same = dict(zip(zip(self._frame["name"], self._hashes(self._frame), strict=True), self.ids, strict=True))
        known = [same.get(each) for each in zip(frame["name"], self._hashes(frame), strict=True)]
        ids = [next(self._numbers) if each is None else each for each in known]

        def put() -> None:
            self.own = bool(record["own"])
            self._put(frame, ids if len(set(ids)) == len(ids) else [next(self._numbers) for _ in ids])

        return put

    def _read(self, record: dict[str, Any], sets: dict[str, dict[str, Any]]) -> tuple[pd.DataFrame, int]:
        """Read hotspots of a record, and how many of their rows are not where they were."""
        lost, kept, most = 0, [], _most_rows(len(self._keys))
        for name, cover, key in record["spots"]:
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
        frame = pd.DataFrame(kept, columns=["name", "cover", "positions"])
        return check_hotspots(frame, len(self._keys)), lost

    # --- inside ---

    def _at(self, key: int) -> int:
        if key not in self.ids:
            raise KeyError("that hotspot is gone")
        return self.ids.index(key)

    def _change(self, frame: pd.DataFrame, ids: list[int], words: str, own: bool = True) -> None:
        if int(frame["size"].sum()) > (most := _most_rows(len(self._keys))):
            raise ValueError(
                f"all hotspots together have {most:,} rows at most, where there are {len(self._keys):,} images"
            )
        before, after = self._record(self._frame, self.own), self._record(frame, own)
        # rows that are on disk already, as after a new name or order, are not written again
        new = {**before.pop("new"), **after.pop("new")}

        def put() -> None:
            self._sets |= new
            self.own = own
            self._put(frame, ids)

        self._keep(Kept(words, before | {"sets": {}}, after | {"sets": new}, put))

    def _put(self, frame: pd.DataFrame, ids: list[int]) -> None:
        self._frame, self.ids = frame, list(ids)
        self._told()

    def _record(self, frame: pd.DataFrame, own: bool) -> dict[str, Any]:
        keys = self._hashes(frame)
        new = {
            key: {"rows": pack(rows), "files": pack(self._keys.checksums(rows))}
            for key, rows in zip(keys, frame["positions"], strict=True)
            if key not in self._sets
        }
        spots = [[name, int(cover), key] for name, cover, key in zip(frame["name"], frame["cover"], keys, strict=True)]
        return {"own": own, "spots": spots, "new": new}

    @staticmethod
    def _hashes(frame: pd.DataFrame) -> list[str]:
        return [_key(rows) for rows in frame["positions"]]


def _called(name: Any) -> str:
    return f"hotspot {_checked(name)!r}"


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
