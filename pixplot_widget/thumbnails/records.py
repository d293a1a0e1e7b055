"""The file that thumbnails lie in: one record an image, mapped into memory, whole or partly filled.

A cached file is named by the keys of all its images, so its content never has to change: two processes at work on
one file write the same bytes, and a picture that changed makes another file, which takes the other rows over from
the old one. A row is marked as done only after its pixels have reached the disk, so neither a kill nor a power cut
leaves a mark over torn pixels.

The file is written with `write`, not through the map: on a full disk the one is an error to handle, the other a
SIGBUS that ends the kernel.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
import warnings
import weakref
from pathlib import Path
from typing import IO

import numpy as np

from ..cache import Cache
from ..private import NotPrivateError, open_own, refuse_others

__all__ = ["MEMORY_LIMIT", "RecordFile", "record_type"]

FORMAT = 2  # to be raised whenever thumbnails of the same image come out otherwise
MEMORY_LIMIT = 1_000_000_000
_NEIGHBORS = 64  # how many other entries are searched for rows already made
ROW = np.dtype([("done", "u1"), ("shape", "u1", 2), ("color", "u1", 3)])


def record_type(size: int) -> np.dtype:
    """Return the layout of one image's record.

    The 32-px level lies beside the full one, so that a coarse sheet of 1,024 images reads 3 MB, not 12: it takes
    6 ms against 17.
    """
    fields = [("full", "u1", (size, size, 3))]
    return np.dtype(fields if size == 32 else [*fields, ("coarse", "u1", (32, 32, 3))])


class RecordFile:
    """Records of n images: in the cache, in a temporary file, or in memory.

    Parameters
    ----------
    n : int
        How many, at least one.
    size : int
        Side of a thumbnail in pixels.
    cache : Cache
        Where it lies.
    keys : numpy.ndarray, optional
        uint8 (n, 16), what identifies each image. Without them it is a file that is gone when the process ends.
    whole : int
        Bytes that all records of the table take of which these are a part.

    Raises
    ------
    OSError
        If there is no room on disk, and the table needs more than may be held in memory.
    """

    def __init__(self, n: int, size: int, cache: Cache, keys: np.ndarray | None = None, whole: int = 0):
        self._dtype = record_type(size)
        self._lock = threading.Lock()
        self._marking = threading.RLock()  # held while the file is brought to disk, so that nobody closes it meanwhile
        self._file: IO[bytes] | None = None
        self._unmarked: list[np.ndarray] = []
        self.notice = ""
        self.rows = np.zeros(n, dtype=ROW)
        self.records: np.ndarray | None = None
        self._marks: np.ndarray | None = None
        self.need = n * self._dtype.itemsize
        self._whole = max(whole, self.need)
        try:
            self._open(keys, size, cache)
        except OSError as error:
            self._fall_back(error)

    def _open(self, keys: np.ndarray | None, size: int, cache: Cache) -> None:
        if keys is not None:
            try:
                self._open_entry(keys, size, cache)
                return
            except NotPrivateError as error:
                self.notice = (
                    f"thumbnails will not be kept: {error}. PIXPLOT_WIDGET_CACHE can name a folder of your own"
                )
                warnings.warn(self.notice, RuntimeWarning, stacklevel=4)
        self._open_temporary(cache)

    def _open_entry(self, keys: np.ndarray, size: int, cache: Cache) -> None:
        mark = hashlib.blake2b(keys.tobytes(), digest_size=16, person=f"thumbs{FORMAT}".encode()).hexdigest()
        name = f"{size}-{mark}"
        path = cache.entry("thumbnails", name)
        if path is not None and not self._intact(path, keys):
            cache.discard(path)
            path = cache.entry("thumbnails", name)
        new = path is None
        if path is None:
            path = cache.create("thumbnails", name, lambda aside: self._build(aside, keys), self.need)
        cache.used(path)
        self._map(open_own(path / "pixels.bin", "r+b", buffering=0))
        with open_own(path / "rows.bin", "r+b") as file:
            self._marks = np.memmap(file, dtype=ROW, mode="r+", shape=(len(keys),))
        self.rows[:] = self._marks
        if new:
            self._take_over(
                keys, [e for e in cache.entries("thumbnails") if e.name.startswith(f"{size}-") and e != path]
            )

    def _build(self, folder: Path, keys: np.ndarray) -> None:
        folder.mkdir()
        with open(folder / "pixels.bin", "wb") as file:
            file.truncate(self.need)
        (folder / "rows.bin").write_bytes(bytes(len(keys) * ROW.itemsize))
        (folder / "keys.bin").write_bytes(keys.tobytes())

    def _intact(self, folder: Path, keys: np.ndarray) -> bool:
        """Tell whether an entry's files are what they must be; anything else is remade."""
        try:
            return (
                refuse_others(folder / "pixels.bin").st_size == self.need
                and len(rows := _read(folder / "rows.bin")) == len(keys) * ROW.itemsize
                and _read(folder / "keys.bin") == keys.tobytes()
                and bool((np.frombuffer(rows, dtype=ROW)["done"] <= 1).all())
            )
        except NotPrivateError:
            raise
        except OSError:
            return False

    def _open_temporary(self, cache: Cache) -> None:
        """Open a file without a name, so that not even a kill leaves it behind (on Windows: a name, until closed)."""
        file = tempfile.NamedTemporaryFile(dir=cache.scratch(), delete=False)  # noqa: SIM115 - open as long as the store
        weakref.finalize(self, _remove, file.name)
        cache.make_room(0)
        file.truncate(self.need)
        self._map(open(file.name, "r+b", buffering=0))  # noqa: SIM115 - as above
        file.close()
        if os.name == "posix":
            os.unlink(file.name)

    def _map(self, file: IO[bytes]) -> None:
        self._file = file
        weakref.finalize(self, file.close)
        self.records = np.memmap(file, dtype=self._dtype, mode="r", shape=self.rows.shape)

    def _fall_back(self, error: OSError) -> None:
        """Go on in memory: with a full disk the pictures can still be seen, they are only not kept."""
        if self._whole > MEMORY_LIMIT:
            raise OSError(
                f"{self._whole / 1e9:.1f} GB are needed on disk for thumbnails: {error}. Free some room, or set "
                f"PIXPLOT_WIDGET_CACHE to a folder on a larger disk"
            ) from error
        self.notice = (
            f"thumbnails are held in memory and will not be kept: {error}. "
            f"PIXPLOT_WIDGET_CACHE can name a folder with more room"
        )
        warnings.warn(self.notice, RuntimeWarning, stacklevel=3)
        held = np.zeros(len(self.rows), dtype=self._dtype)
        if self.records is not None:
            for row in np.flatnonzero(self.rows["done"]):
                held[row] = self.records[row]
        self.records = held
        self._file, self._marks = None, None

    def put(self, row: int, record: np.ndarray, shape: np.ndarray, color: np.ndarray, final: bool) -> None:
        """Write one image's record.

        Parameters
        ----------
        row : int
            Position.
        record : numpy.ndarray
            uint8 (record size,).
        shape, color : numpy.ndarray
            uint8 (2,) and (3,).
        final : bool
            Whether it may be kept; a placeholder may not, so that the image is tried again next time.
        """
        with self._lock:
            if self._file is not None:
                try:
                    self._write(row, record)
                except OSError as error:
                    self._fall_back(error)
            if self._file is None:
                self.records[row] = record.view(self._dtype)[0]
            self.rows[row] = (final, shape, color)
            if final:
                self._unmarked.append(np.int64(row))

    def _write(self, row: int, record: np.ndarray) -> None:
        self._file.seek(row * self._dtype.itemsize)
        rest = memoryview(record)
        while len(rest):  # a disk that fills up takes a part first and complains the next time
            rest = rest[self._file.write(rest) :]

    def checkpoint(self) -> None:
        """Mark the rows put so far as done, once they are safe on disk."""
        with self._marking:
            with self._lock:
                rows, self._unmarked = self._unmarked, []
                file, marks = self._file, self._marks
            if not rows or file is None or marks is None:
                return
            try:
                os.fsync(file.fileno())
            except OSError as error:
                with self._lock:
                    self._fall_back(error)
                return
            marks[rows] = self.rows[rows]
            marks.flush()

    def close(self) -> None:
        """Mark what is done and stop writing. What has been mapped stays readable."""
        with self._marking:
            self.checkpoint()
            with self._lock:
                if self._file is not None:
                    self._file.close()
                self._file, self._marks = None, None
                self.records.flags.writeable = False

    def _take_over(self, keys: np.ndarray, entries: list[Path]) -> None:
        """Copy rows that other entries hold already: of a table with a row changed, added, or in another order."""
        mine = _short(keys)
        for entry in entries[:_NEIGHBORS]:
            with contextlib.suppress(OSError, ValueError):  # being deleted by another process, or damaged
                refuse_others(entry)
                theirs = np.frombuffer(_read(entry / "keys.bin"), dtype=np.uint8).reshape(-1, keys.shape[1])
                rows = np.frombuffer(_read(entry / "rows.bin"), dtype=ROW)
                with open_own(entry / "pixels.bin") as file:
                    pixels = np.memmap(file, dtype=self._dtype, mode="r", shape=rows.shape)
                ready = np.flatnonzero(rows["done"] == 1)
                if not len(ready):
                    continue
                order = ready[np.argsort(_short(theirs[ready]))]
                todo = np.flatnonzero(self.rows["done"] == 0)
                at = np.searchsorted(_short(theirs[order]), mine[todo]).clip(max=len(order) - 1)
                same = (theirs[order[at]] == keys[todo]).all(axis=1)
                for row, source in zip(todo[same].tolist(), order[at[same]].tolist(), strict=True):
                    record = np.frombuffer(pixels[source].tobytes(), dtype=np.uint8)
                    self.put(row, record, rows["shape"][source], rows["color"][source], True)
            if self.rows["done"].all():
                break
        self.checkpoint()


def _short(keys: np.ndarray) -> np.ndarray:
    """Return the first eight bytes of each key as a number, to search by; equality is then checked in full."""
    return np.ascontiguousarray(keys[:, :8]).view(np.uint64)[:, 0]


def _read(path: Path) -> bytes:
    with open_own(path) as file:
        return file.read()


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
