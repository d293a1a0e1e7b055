"""Images → ThumbnailStore: small pictures of all rows in one memory-mapped array, filled in the background."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from .. import pool
from ..cache import DEFAULT_LIMIT, Cache
from ..images import KEY_BYTES, ImageError, Images
from ..threads import start
from .records import RecordFile, record_type
from .rendering import CELLS, Thumbnail, extent, placeholder, record_of, render
from .segments import BLOCK, REMOTE_BLOCK, JoinedArray, Segments, in_blocks

__all__ = ["CELLS", "PENDING", "READY", "UNREADABLE", "Thumbnail", "ThumbnailStore", "extent", "placeholder", "render"]

PENDING, READY, UNREADABLE = 0, 1, 2
CHECKPOINT_SECONDS = 1.0
PROGRESS_SECONDS = 0.1
BEAT_SECONDS = 0.3  # progress is told so often also while a file is waited for


class _Rendered(NamedTuple):
    """What a job brings back for one row: its record to be written, and whether that may be kept."""

    row: int
    record: np.ndarray
    thumbnail: Thumbnail
    problem: str
    lasting: bool


class ThumbnailStore:
    """Thumbnails of all images.

    Nothing is read until `prepare` runs, usually in a background thread. The arrays may be read meanwhile from any
    thread: a row is there once its `state` says so. A long table is worked through in blocks, each a fair sample of
    it: whatever is looked at, some of it is there soon.

    Parameters
    ----------
    images : Images
        What to show.
    size : {32, 64, 128, 256}
        Side of a thumbnail in pixels. Of so many images that those would take more than the cache may hold, smaller
        ones are kept: a million at 64 px are 15 GB, at 32 px 3 GB.
    cache : bool or Cache
        Keep thumbnails on disk for the next time. False: a temporary file, gone with the process.

    Attributes
    ----------
    size : int
        Of the thumbnails that are kept.
    shapes : numpy.ndarray
        uint8 (n, 2), width and height of each picture relative to its longest side, which is 255.
    colors : numpy.ndarray
        uint8 (n, 3), mean colors.
    state : numpy.ndarray
        uint8 (n,): 0 pending, 1 ready, 2 unreadable (and shown by a placeholder).
    made : callable
        Is told when `ensure` has made some.

    Raises
    ------
    ValueError
        If the size is none of those.

    Examples
    --------
    >>> import pandas as pd
    >>> store = ThumbnailStore(Images(pd.DataFrame({"a": range(1)}), [np.zeros((2, 4, 3), np.uint8)]), cache=False)
    >>> store.prepare()
    >>> store.pixels.shape, store.shapes.tolist()
    ((1, 64, 64, 3), [[255, 128]])
    """

    def __init__(self, images: Images, size: int = 64, cache: bool | Cache = True):
        if size not in CELLS:
            raise ValueError(f"thumbnails have a side of {', '.join(map(str, CELLS))} px, not {size!r}")
        n = len(images)
        self.images = images
        self._cache = cache if isinstance(cache, Cache) else Cache()
        self._notice = ""
        self.made: Callable[[], None] = lambda: None
        self.size, self._keep = self._bounded(size, n, cache is not False)
        self.shapes = np.full((n, 2), 255, dtype=np.uint8)
        self.colors = np.full((n, 3), 128, dtype=np.uint8)
        self.state = np.zeros(n, dtype=np.uint8)
        self._dtype = record_type(self.size)
        self._keys = np.zeros((0, KEY_BYTES), dtype=np.uint8)  # of rows that have a file, where they are kept
        self._files = Segments()
        self._planned = 0  # so many rows are in blocks
        self._blocks: list[np.ndarray] = []  # of rows that have a file
        self._waiting: list[np.ndarray] = []  # of those that are to get one
        self._problems: dict[int, str] = {}
        self._lock = threading.Lock()  # held to put a row
        self._opening = threading.Lock()
        self._closed = False

    def __len__(self) -> int:
        return len(self.state)

    def _bounded(self, size: int, n: int, keep: bool) -> tuple[int, bool]:
        """Say how large thumbnails of n images can be within the bound, and whether they are kept."""

        def fitting(bound: int) -> int:
            fit = [cell for cell in CELLS if cell <= size and n * record_type(cell).itemsize <= bound]
            return max(fit, default=0)

        need = n * record_type(size).itemsize
        within = fitting(self._cache.limit) if keep else 0
        found = within or fitting(DEFAULT_LIMIT) or CELLS[0]
        if keep and (found != size or not within):
            fate = (
                f"{found} px are kept, and finer ones made when they are looked at" if within else "they are not kept"
            )
            self._notice = (
                f"thumbnails of {n:,} images at {size} px take {need / 1e9:.1f} GB, more than the cache may hold "
                f"({self._cache.limit / 1e9:.1f} GB): {fate}. PIXPLOT_WIDGET_CACHE_LIMIT (bytes) raises the bound"
            )
        return found, within > 0

    def extension(self, n: int) -> Callable[[], None]:
        """Make room for `n` pictures in all; what is returned takes it, and may be called twice.

        `prepare` makes the thumbnails of those that `images` has more by then.
        """
        room = {
            "shapes": np.full((n, 2), 255, dtype=np.uint8),
            "colors": np.full((n, 3), 128, dtype=np.uint8),
            "state": np.zeros(n, dtype=np.uint8),
        }

        def take() -> None:
            with self._lock:
                for name, larger in room.items():
                    present = getattr(self, name)
                    larger[: len(present)] = present  # as it is now: threads are at work
                    setattr(self, name, larger)

        return take

    @property
    def pixels(self) -> np.ndarray | JoinedArray:
        """uint8 (n, size, size, 3), read only, memory-mapped; zero where a row is pending."""
        return self._level("full", self.size)

    @property
    def coarse(self) -> np.ndarray | JoinedArray:
        """uint8 (n, 32, 32, 3): the same at 32 px."""
        return self.pixels if self.size == 32 else self._level("coarse", 32)

    def _level(self, name: str, side: int) -> np.ndarray | JoinedArray:
        there = self._files.level(name)
        return np.broadcast_to(np.uint8(0), (len(self), side, side, 3)) if there is None else there

    @property
    def problems(self) -> list[tuple[int, str]]:
        """Rows whose image cannot be read, each with the reason, in order of position."""
        with self._lock:
            return sorted(self._problems.items())

    def prepare(
        self, cancel: threading.Event | None = None, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Make all thumbnails that are not there yet, in threads of its own, and return when all is done.

        May be called again after it was cancelled, and goes on where it stopped.

        Parameters
        ----------
        cancel : threading.Event, optional
            Ends it soon after it is set.
        progress : callable, optional
            Called with the number of rows done and of all rows, at most ten times a second and at the end.

        Raises
        ------
        OSError
            If there is no room for the thumbnails, neither on disk nor in memory.
        """
        if self._closed:
            raise ValueError("the thumbnail store is closed")
        if self._notice and not self._blocks:
            warnings.warn(self._notice, RuntimeWarning, stacklevel=2)
        report = _Throttle(progress, len(self))
        stop = threading.Event()
        self._open_next(cancel)
        report(self._done)
        keeper = start(self._beat, stop, report, name="pixplot-checkpoint")
        try:
            jobs = self._jobs(self._opened(cancel, stop))
            for rows, result in pool.run(self._render_rows, jobs, threads=self.images.threads, cancel=cancel):
                self._put(rows, result)
                report(self._done)
                if self._closed:
                    break
        finally:
            stop.set()
            keeper.join()
            self._files.checkpoint()
        report(self._done, last=True)

    def ensure(self, rows: Iterable[int], seconds: float = 5.0) -> None:
        """Make the thumbnails of these rows now, as far as that takes no longer than some seconds."""
        missing = [int(row) for row in rows if self.state[int(row)] == PENDING and self._files.holds(int(row))]
        if not missing or self._closed:
            return
        until = time.monotonic() + seconds
        for group, result in pool.run(self._render_rows, self.images.groups(missing), give_up=max(1.0, seconds)):
            if not isinstance(result, pool.TookTooLong):  # prepare() may have more patience
                self._put(group, result)
            if time.monotonic() > until:
                break
        self.made()

    @property
    def notice(self) -> str:
        """Why thumbnails are not kept although they should be, in words for the user; "" if nothing is amiss."""
        return self._files.notice or self._notice

    @property
    def identity(self) -> str:
        """What names these images and the state of each; "" where nothing of them is kept."""
        if not self._keep or not self._blocks or self._waiting or self._planned < len(self):
            return ""
        mark = hashlib.blake2b(self._keys.tobytes(), digest_size=16)
        mark.update(bytes([self.size // 32]) + self.state.tobytes())
        return mark.hexdigest()

    @property
    def cache(self) -> Cache:
        """Where they are kept."""
        return self._cache

    def close(self) -> None:
        """Keep what is done, and stop. Arrays taken from the store stay readable."""
        with self._opening, self._lock:
            self._closed = True
            self._files.close()

    def _open_next(self, cancel: threading.Event | None) -> np.ndarray | None:
        """Give the next block of rows a file; None if all have one, or if cancelled meanwhile."""
        with self._opening:
            if self._planned < len(self):
                size = BLOCK if self.images.threads is None else REMOTE_BLOCK
                self._waiting += in_blocks(self._planned, len(self), self.images.pictures, size)
                self._planned = len(self)
            if self._closed or not self._waiting:
                return None
            rows = self._waiting[0]
            keys = self.images.keys(cancel, rows) if self._keep else None
            if self._keep and keys is None:
                return None
            file = RecordFile(len(rows), self.size, self._cache, keys, len(self) * self._dtype.itemsize)
            ready = np.flatnonzero(file.rows["done"])
            with self._lock:
                if keys is not None:
                    if len(self._keys) < len(self):
                        more = np.zeros((len(self) - len(self._keys), KEY_BYTES), dtype=np.uint8)
                        self._keys = np.concatenate([self._keys, more])
                    self._keys[rows] = keys
                self.shapes[rows[ready]] = file.rows["shape"][ready]
                self.colors[rows[ready]] = file.rows["color"][ready]
                self._files.add(file, rows)
                self.state[rows[ready]] = READY
            self._blocks.append(self._waiting.pop(0))
            return rows

    def _opened(self, cancel: threading.Event | None, stop: threading.Event) -> Iterator[np.ndarray]:
        """Yield the blocks that have a file, then others as they get one, which goes on beside the work.

        Not beside the first, of which something is to be seen at once.
        """
        blocks, found = list(self._blocks), queue.SimpleQueue()

        def open_rest() -> None:
            end: BaseException | None = None
            try:
                while not stop.is_set() and (rows := self._open_next(cancel)) is not None:
                    found.put(rows)
            except BaseException as error:  # noqa: BLE001 - raised below, where it is waited for
                end = error
            found.put(end)

        yield from blocks[:1]
        start(open_rest, name="pixplot-opener")
        yield from blocks[1:]
        while isinstance(rows := found.get(), np.ndarray):
            yield rows
        if rows is not None:
            raise rows

    def _jobs(self, blocks: Iterable[np.ndarray]) -> Iterator[list[int]]:
        """Yield what is to be done: rows of one picture, some of them pending."""
        for rows in blocks:
            for group in self.images.groups(rows[self.state[rows] == PENDING]):
                if (self.state[group] == PENDING).any():
                    yield group

    def _done(self) -> int:
        return int(np.count_nonzero(self.state))

    def _render_rows(self, rows: list[int]) -> list[_Rendered]:
        """Do one job in a thread: the rows that show one picture. Records, not decoded originals, come back."""
        found: list[_Rendered] = []
        for row, image in self.images.load_group(rows, self.size):
            if isinstance(image, ImageError):
                found.append(self._unreadable(row, str(image)))
                continue
            thumbnail = render(image, self.size)
            # a file that was changed since its key was taken is shown as it is now, but not kept under that key
            same = not self._keep or self.images.unchanged(row, self._keys[row].tobytes())
            found.append(_Rendered(row, record_of(thumbnail.pixels, self._dtype), thumbnail, "", same))
        return found

    def _unreadable(self, row: int, reason: str) -> _Rendered:
        thumbnail = placeholder(self.size)
        return _Rendered(row, record_of(thumbnail.pixels, self._dtype), thumbnail, reason, False)

    def _put(self, rows: list[int], result: list[_Rendered] | pool.TookTooLong) -> None:
        """Take over a job's result."""
        if isinstance(result, pool.TookTooLong):
            result = [self._unreadable(row, str(result)) for row in rows]
        with self._lock:
            for row, record, thumbnail, problem, lasting in result:
                if self._closed or self.state[row] == READY:
                    continue
                self._files.put(row, record, thumbnail.shape, thumbnail.color, lasting)
                self.shapes[row] = thumbnail.shape
                self.colors[row] = thumbnail.color
                self.state[row] = UNREADABLE if problem else READY
                if problem:
                    self._problems[row] = problem
                else:
                    self._problems.pop(row, None)

    def _beat(self, stop: threading.Event, report: _Throttle) -> None:
        """Mark what is done every second, beside the work: a kill costs no more than that. Tell of it, too."""
        marked = time.monotonic()
        while not stop.wait(min(BEAT_SECONDS, CHECKPOINT_SECONDS)):
            report(self._done)
            if time.monotonic() - marked >= CHECKPOINT_SECONDS:
                self._files.checkpoint()
                marked = time.monotonic()


class _Throttle:
    """Calls back at most ten times a second."""

    def __init__(self, call: Callable[[int, int], None] | None, total: int):
        self._call, self._total = call, total
        self._last = -1.0
        self._calling = threading.Lock()

    def __call__(self, done: Callable[[], int], last: bool = False) -> None:
        if self._call is None or not (last or time.monotonic() - self._last >= PROGRESS_SECONDS):
            return
        with self._calling:  # by one thread at a time
            self._last = time.monotonic()
            self._call(done(), self._total)
