"""The hotspots of one widget: found at first, a user's own once touched, and kept with the journal from then on.

Every change that a user makes, on screen or by code, is one step of the log: undone and done again like any other, and
kept with the journal. Those that are found are no step.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import EditError
from ..packing import pack, sendable, unpack
from ..rows import RowKeys
from .clusters import check_hotspots

__all__ = ["RECORD", "Spots"]

MOST_ADDED = 1_000
"""Hotspots that may be added one by one: every change of one writes the list of all."""

RECORD = "hotspots"
"""What their records are called in the journal."""

_LONGEST_ID = 100


class Kept(NamedTuple):
    """A change: in words, as records of what was before and is after it, and what puts it in place."""

    text: str
    before: dict[str, Any]
    after: dict[str, Any]
    put: Callable[[], None]


class Spots:
    """A list of hotspots that pages and code change.

    Each has an id, by which pages name it also to the next kernel: the one that the page which made it gave, or one
    that follows from its rows. It keeps it whatever is done to it, and has it again where it was taken back.

    Parameters
    ----------
    keys : RowKeys
        What each row is called, so that kept hotspots find their rows again.
    keep : callable
        ``keep(make, **asked)``: calls `make` for a `Kept` when its turn has come, puts that on disk, or raises, and
        then in place. `asked` is what the change was given to say who asks; what it returns, the change returns.
    lock : threading.RLock, optional
        Under which `keep` is called; that of the log, where it makes a step of its history.

    Examples
    --------
    >>> spots = Spots(RowKeys(["a", "b", "c"]), keep=lambda make: make().put())
    >>> spots.add(lambda: "pair", np.array([0, 2]), id="mine")
    >>> spots.rename("mine", "two")
    >>> spots.frame["name"].tolist(), spots.frame["size"].tolist(), spots.own
    (['two'], [2], True)
    """

    def __init__(
        self,
        keys: RowKeys,
        keep: Callable[..., Any],
        lock: threading.RLock | None = None,
    ) -> None:
        self._keys = keys
        self._keep = keep
        self._lock = threading.RLock() if lock is None else lock
        self._frame = check_hotspots({}, len(keys))
        self._sets: dict[str, dict[str, Any]] = {}  # rows that are on disk, as they are there
        self.ids: list[str] = []
        self.own = False
        self.changes = 0
        """Goes up with whatever changes the list."""

    @property
    def frame(self) -> pd.DataFrame:
        """The hotspots as they are: name, size, cover, positions; a copy."""
        with self._lock:
            return self._frame.copy()

    def listed(self) -> tuple[list[str], pd.DataFrame]:
        """Return the ids by which pages know them, and the hotspots, of one moment."""
        with self._lock:
            return list(self.ids), self._frame.copy()

    # --- changes ---

    def found(self, frame: pd.DataFrame) -> bool:
        """Take over what was found, unless there are a user's own; whether it was."""
        with self._lock:
            if self.own:
                return False
            self._put(frame, self._ids_of(frame))
            return True

    def set(self, hotspots: Any, points: np.ndarray | None = None, **asked: Any) -> Any:
        """Set all of them, as `check_hotspots` takes them; None: those that are found."""
        frame = check_hotspots({} if hotspots is None else hotspots, len(self._keys), points)
        words = "find hotspots anew" if hotspots is None else f"set {len(frame)} hotspots"
        own = hotspots is not None
        return self._change(lambda: self._kept(frame, self._ids_of(frame), words, own), asked)

    def add(
        self,
        name: Callable[[], str],
        rows: np.ndarray,
        points: Callable[[], np.ndarray] | None = None,
        *,
        id: str = "",
        **asked: Any,
    ) -> Any:
        """Put one in front. When its turn has come `name` and `points` are called; no `id`: it follows from `rows`."""

        def make() -> Kept:
            if len(id) > _LONGEST_ID:
                raise ValueError(f"the id of a hotspot has at most {_LONGEST_ID} characters, not {len(id)}")
            if id in self.ids:
                raise ValueError(f"there is a hotspot of the id {id!r} already")
            if len(self.ids) >= MOST_ADDED:
                raise ValueError(
                    f"there are {len(self.ids):,} hotspots already; one more can be made once one is removed"
                )
            made = check_hotspots({_checked(name()): rows}, len(self._keys), points and points())
            frame = pd.concat([made, self._frame], ignore_index=True)
            ids = [id, *self.ids] if id else self._ids_of(frame)
            return self._kept(frame, ids, f"make {_called(made['name'][0])}")

        return self._change(make, asked)

    def rename(self, id: str, name: str, **asked: Any) -> Any:
        """Give one another name."""

        def make() -> Kept:
            frame, at = self._frame.copy(), self._at(id)
            frame.loc[at, "name"] = _checked(name)
            return self._kept(frame, self.ids, f"rename {_called(self._frame['name'][at])} to {_checked(name)!r}")

        return self._change(make, asked)

    def cover(self, id: str, row: int, **asked: Any) -> Any:
        """Give one another cover, one of its rows."""

        def make() -> Kept:
            at = self._at(id)
            if row not in self._frame["positions"][at]:
                raise ValueError(f"the cover of {self._frame['name'][at]!r} must be one of its images, not row {row}")
            frame = self._frame.copy()
            frame.loc[at, "cover"] = row
            return self._kept(frame, self.ids, f"change the cover of {_called(frame['name'][at])}")

        return self._change(make, asked)

    def move(self, id: str, to: int, **asked: Any) -> Any:
        """Put one at another place in the list."""

        def make() -> Kept:
            order, at = list(range(len(self.ids))), self._at(id)
            order.insert(max(0, min(to, len(order) - 1)), order.pop(at))
            frame = self._frame.iloc[order].reset_index(drop=True)
            return self._kept(frame, [self.ids[k] for k in order], f"move {_called(self._frame['name'][at])}")

        return self._change(make, asked)

    def remove(self, id: str, **asked: Any) -> Any:
        """Take one out of the list."""

        def make() -> Kept:
            at = self._at(id)
            frame = self._frame.drop(index=at).reset_index(drop=True)
            ids = [each for each in self.ids if each != id]
            return self._kept(frame, ids, f"delete {_called(self._frame['name'][at])}")

        return self._change(make, asked)

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
        frame, ids, lost = self._read(records[-1], sets)
        with self._lock:
            self._sets = sets
            self.own = bool(records[-1]["own"])
            self._put(frame, ids)
        return lost

    def restoring(self, record: dict[str, Any]) -> Callable[[], None]:
        """Give what brings back the hotspots of a record: those before a change that is undone, or after it.

        Raises
        ------
        EditError
            The record does not say what they were.
        """
        try:
            frame, ids, _ = self._read(record, self._sets)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise EditError("the hotspots as they were cannot be read from the journal") from error

        def put() -> None:
            self.own = bool(record["own"])
            self._put(frame, ids)

        return put

    def _read(self, record: dict[str, Any], sets: dict[str, dict[str, Any]]) -> tuple[pd.DataFrame, list[str], int]:
        """Read hotspots of a record, their ids, and how many of their rows are not where they were."""
        lost, kept, ids, most = 0, [], [], _most_rows(len(self._keys))
        given = _Ids()
        for name, cover, key, *own in record["spots"]:
            rows = unpack(sets[key]["rows"], most)
            files = unpack(sets[key]["files"], len(rows))
            if len(files) != len(rows) or not isinstance(name, str) or type(cover) is not int:
                raise ValueError("a hotspot has a name, a cover, and as many files as rows")
            if len(own) > 1 or not all(isinstance(id, str) and 0 < len(id) <= _LONGEST_ID for id in own):
                raise ValueError("a hotspot has one id, in words")
            most -= len(rows)
            there = (rows >= 0) & (rows < len(self._keys))
            there[there] = self._keys.checksums(rows[there]) == files[there]
            lost += int((~there).sum())
            if there.any():
                rows = rows[there]
                ids.append(given.free(sendable(own[0]) if own else key))
                kept.append(
                    {"name": sendable(name), "cover": cover if cover in rows.tolist() else None, "positions": rows}
                )
        frame = pd.DataFrame(kept, columns=["name", "cover", "positions"])
        return check_hotspots(frame, len(self._keys)), ids, lost

    # --- inside ---

    def _at(self, id: str) -> int:
        if id not in self.ids:
            raise KeyError("that hotspot is gone")
        return self.ids.index(id)

    def _ids_of(self, frame: pd.DataFrame) -> list[str]:
        """Give hotspots the ids of those of the same rows that there are, and others such as follow from their rows."""
        known: dict[str, list[str]] = {}
        for id, key in zip(self.ids, self._hashes(self._frame), strict=True):
            known.setdefault(key, []).append(id)
        given = _Ids(self.ids)
        return [known[key].pop(0) if known.get(key) else given.free(key) for key in self._hashes(frame)]

    def _change(self, make: Callable[[], Kept], asked: dict[str, Any]) -> Any:
        with self._lock:
            return self._keep(make, **asked)

    def _kept(self, frame: pd.DataFrame, ids: list[str], words: str, own: bool = True) -> Kept:
        if int(frame["size"].sum()) > (most := _most_rows(len(self._keys))):
            raise ValueError(
                f"all hotspots together have {most:,} rows at most, where there are {len(self._keys):,} images"
            )
        before, after = self._record(self._frame, self.ids, self.own), self._record(frame, ids, own)
        # rows that are on disk already, as after a new name or order, are not written again
        new = {**before.pop("new"), **after.pop("new")}

        def put() -> None:
            self._sets |= new
            self.own = own
            self._put(frame, ids)

        return Kept(words, before | {"sets": {}}, after | {"sets": new}, put)

    def _put(self, frame: pd.DataFrame, ids: list[str]) -> None:
        self._frame, self.ids = frame, list(ids)
        self.changes += 1

    def _record(self, frame: pd.DataFrame, ids: list[str], own: bool) -> dict[str, Any]:
        keys = self._hashes(frame)
        new = {
            key: {"rows": pack(rows), "files": pack(self._keys.checksums(rows))}
            for key, rows in zip(keys, frame["positions"], strict=True)
            if key not in self._sets
        }
        named = zip(frame["name"], frame["cover"], keys, ids, strict=True)
        spots = [[name, int(cover), key, *([id] if id != key else [])] for name, cover, key, id in named]
        return {"own": own, "spots": spots, "new": new}

    @staticmethod
    def _hashes(frame: pd.DataFrame) -> list[str]:
        return [_key(rows) for rows in frame["positions"]]


def _called(name: Any) -> str:
    return f"hotspot {_checked(name)!r}"


def _most_rows(n: int) -> int:
    """How many rows all hotspots may have together: a line of the journal may say that it names any number."""
    return 100 * n + 100_000


class _Ids:
    """Gives each id once: one that others have gets a number, as hotspots of the same rows do."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, int] = {}

    def free(self, id: str) -> str:
        free, number = id, self._numbers.get(id, 1)
        while free in self._taken:
            number += 1
            free = f"{id}/{number}"
        self._numbers[id] = number
        self._taken.add(free)
        return free


def _key(rows: np.ndarray) -> str:
    return hashlib.blake2b(rows.astype("<i8").tobytes(), digest_size=9).hexdigest()


def _checked(name: Any) -> str:
    text = str(name).strip()
    if not text:
        raise ValueError("a hotspot must have a name")
    return text
