"""A file of JSON lines to which edits are appended, on disk before they are acknowledged.

The first line says what the file is and of which dataset; every other line is one record. A line counts once its line
feed is written: a last line without one was being written when the kernel died, was never acknowledged, and is dropped.

One kernel writes at a time. The operating system's lock says so where it works, and the file's size where it does not.
Within one kernel the newest user takes the file over: a cell that makes the widget is often run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import JournalError
from ..packing import strict_json

__all__ = ["MOST_ROWS", "Journal", "damaged", "fingerprint"]

VERSION = 1
MOST_ROWS = 2**53
"""A journal of a frame of more rows is not one of ours."""

_MAGIC = '{"pixplot_widget":"journal"'

_open_here: weakref.WeakValueDictionary[tuple[int, int], Journal] = weakref.WeakValueDictionary()


def _let_go_in_child() -> None:
    """A forked worker must neither write to the journal nor keep its lock when the kernel is gone."""
    for journal in list(_open_here.values()):
        journal.close("this is a forked process; only the kernel itself writes to it")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)


def fingerprint(keys: Sequence[str]) -> str:
    """Name a dataset by what its rows are called, in order: 32 hexadecimal digits.

    Examples
    --------
    >>> fingerprint(["a.jpg", "b.jpg"]) == fingerprint(["b.jpg", "a.jpg"])
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for key in keys:
        data = key.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def damaged(number: int, path: str, error: Exception) -> JournalError:
    """Give the error for a line that cannot be read, or makes no sense."""
    said = f"there is no {error}" if isinstance(error, KeyError) else str(error)
    return JournalError(
        f"line {number} of the journal {path!r} is damaged ({said[:200]}), so its edits were not replayed; mend or "
        "remove the line, or give another path"
    )


class Journal:
    """An open journal: what it held, and a place to append.

    Use `Journal.open`.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    header : dict
        Its first line: version, n, columns, label, flag, files (the dataset's fingerprint).
    records : list of dict
        What it held when it was opened.
    notes : list of str
        What was wrong with it and was put right, in words.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.header: dict[str, Any] = {}
        self.records: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self._descriptor: int | None = descriptor
        self._end = 0
        self._dirty = False
        self._closed_because = ""
        # also where the object is dropped without close(), the lock goes with it
        self._finalizer = weakref.finalize(self, os.close, descriptor)

    @classmethod
    def open(cls, path: Any, *, keys: Sequence[str], columns: Sequence[str], label: Any, flag: Any) -> Journal:
        """Open a journal, making it if there is none.

        Parameters
        ----------
        path : path-like
            The file. Its folder must be there.
        keys : sequence of str
            What each row is called.
        columns : sequence of str
            Columns of the frame, for whoever reads the file.
        label, flag : column name
            Columns that are edited.

        Raises
        ------
        JournalError
            The file cannot be read or written, is no journal, is of a later version, of other columns, damaged, or in
            use by another kernel. It is left as it is.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"journal is the path of a file, not {path!r}")
        path = Path(path).expanduser()
        header = {
            "pixplot_widget": "journal",
            "version": VERSION,
            "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "n": len(keys),
            "columns": list(columns),
            "label": str(label),
            "flag": str(flag),
            "files": fingerprint(keys),
        }
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        except OSError as error:
            raise JournalError(
                f"the journal {str(path)!r} cannot be written: {error.strerror}. Give another path, or journal=None "
                "to keep edits in this kernel only"
            ) from error
        journal = cls(path, descriptor)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise JournalError(f"{str(path)!r} is a device or a pipe and keeps nothing; give the path of a file")
            journal._take_over()
            journal._lock()
            journal._read(header)
        except BaseException:
            journal.close()
            raise
        return journal

    @property
    def usable(self) -> bool:
        """Whether it is open."""
        return self._descriptor is not None

    def append(self, record: dict[str, Any]) -> int:
        """Write one record; it is on disk when this returns.

        Returns
        -------
        int
            Where it begins, for `take_back`.

        Raises
        ------
        JournalError
            It could not be written: the disk is full, the file is gone, or somebody else wrote to it. What was written
            of it is taken out again.
        """
        line = json.dumps(record, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
        descriptor = self._checked()
        start = self._end
        try:
            os.lseek(descriptor, start, os.SEEK_SET)
            left = memoryview(line)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        except OSError as error:
            self.take_back(start)
            raise JournalError(
                f"the edit was not made, for it could not be written to the journal {str(self.path)!r}: "
                f"{error.strerror or error}"
            ) from error
        except BaseException:
            self.take_back(start)
            raise
        self._end = start + len(line)
        return start

    def take_back(self, start: int) -> None:
        """Remove everything from `start` on."""
        self._end = start
        self._dirty = True
        self._cut()

    def close(self, because: str = "it was closed") -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            self._descriptor = None
            self._closed_because = because
            self._finalizer()

    def _cut(self) -> None:
        """Cut off what is behind the end; where that fails now it is tried again before the next record."""
        if self._dirty and self._descriptor is not None:
            try:
                os.ftruncate(self._descriptor, self._end)
            except OSError:
                return
            self._dirty = False

    def _checked(self) -> int:
        """Make sure that the file is still ours and as we left it."""
        name = str(self.path)
        if self._descriptor is None:
            raise JournalError(f"the journal {name!r} is not in use here any more: {self._closed_because}")
        self._cut()
        if self._dirty:
            raise JournalError(
                f"the journal {name!r} holds half a record that cannot be removed; the edit was not made"
            )
        here = os.fstat(self._descriptor)
        try:
            there = os.stat(self.path)
        except OSError as error:
            raise JournalError(
                f"the journal {name!r} was moved or deleted, so the edit could not be kept and was not made"
            ) from error
        if not os.path.samestat(here, there):
            raise JournalError(f"the journal {name!r} was replaced by another file, so the edit was not made")
        if here.st_size != self._end:
            raise JournalError(
                f"something else wrote to the journal {name!r}, so the edit was not made; is another kernel using it?"
            )
        return self._descriptor

    def _take_over(self) -> None:
        assert self._descriptor is not None
        status = os.fstat(self._descriptor)
        identity = (status.st_dev, status.st_ino)
        earlier = _open_here.get(identity)
        if earlier is not None and earlier.usable:
            earlier.close("a newer widget in this kernel has taken it over")
        _open_here[identity] = self

    def _lock(self) -> None:
        assert self._descriptor is not None
        if not _try_lock(self._descriptor):
            raise JournalError(
                f"the journal {str(self.path)!r} is in use by another kernel; shut that one down or give another path"
            )

    def _read(self, header: dict[str, Any]) -> None:
        assert self._descriptor is not None
        name = str(self.path)
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            data = file.read()
        *lines, torn = data.split(b"\n")
        first = lines[0] if lines else torn
        magic = _MAGIC.encode()
        if data and not first.startswith(magic[: len(first)] if not lines else magic):
            raise JournalError(f"{name!r} is not a journal of pixplot_widget; it was left as it is")
        for number, line in enumerate(lines, start=1):
            try:
                record = strict_json(line)
                if not isinstance(record, dict):
                    raise ValueError("it is not a record")
            except ValueError as error:
                raise damaged(number, name, error) from error
            self.records.append(record)
        self._end = len(data) - len(torn)
        if torn:
            self._dirty = True
            self._cut()
            self.notes.append(
                "the last line of the journal was cut off (the kernel died while writing it); it was never "
                "acknowledged and has been dropped"
            )
        if self.records:
            self.header = self.records.pop(0)
            self._check_header(header)
        else:
            self.header = header
            self._begin()

    def _check_header(self, header: dict[str, Any]) -> None:
        name, version = str(self.path), self.header.get("version")
        if version != VERSION:
            raise JournalError(
                f"the journal {name!r} is of version {version}; this pixplot_widget reads version {VERSION}"
            )
        n = self.header.get("n")
        if type(n) is not int or not 0 <= n <= MOST_ROWS:
            raise damaged(1, name, ValueError("it does not say how many rows there were"))
        for what in ("label", "flag"):
            if self.header.get(what) != header[what]:
                raise JournalError(
                    f"the journal {name!r} holds edits of {what}={self.header.get(what)!r}, not {header[what]!r}; "
                    "give another path"
                )

    def _begin(self) -> None:
        self.append(self.header)
        if hasattr(os, "O_DIRECTORY"):
            # a new file is only as safe as its entry in the folder
            folder = os.open(self.path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _try_lock(descriptor: int) -> bool:
    """Take the operating system's lock; False if another process has it, True also where there are no locks."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        os.lseek(descriptor, 1 << 40, os.SEEK_SET)  # far behind the end, so that reading stays possible
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # some network file systems have no locks: the size is watched instead
    return True
